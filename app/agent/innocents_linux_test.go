package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/live"
	"github.com/evenkeel/evenkeel/lab/testhost"
	"github.com/evenkeel/evenkeel/lab/testmachine"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

func TestMain(m *testing.M) {
	testhost.Child()
	testmachine.Child()
	os.Exit(m.Run())
}

// found is a statement, and when the test had it.
type found struct {
	evenkeel.Finding
	came time.Time
}

// observed is a test host whose guests are seen as on a real one: programs at their ports, a batch a second, all rules.
type observed struct {
	*testhost.World
	guests  []*testhost.Guest // vm-1 and so on
	batches chan *evenkeel.Batch
	engine  *watch.Engine
	found   []found
}

func observe(t *testing.T, guests int) *observed {
	t.Helper()
	w, err := testhost.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &observed{World: w, batches: make(chan *evenkeel.Batch, 64)} // one a second
	dir := t.TempDir()
	pins := testhost.Pins(t, dir)
	text := fmt.Sprintf("data: %s\npins: %s/evenkeel\nports: [{name: \"tap-{guest}\", kind: veth}]\nguests:\n", dir, pins)
	for i := range guests {
		g, err := w.Plug(fmt.Sprintf("tap-vm-%d", i+1))
		if err != nil {
			t.Fatal(err)
		}
		o.guests = append(o.guests, g)
		text += fmt.Sprintf("  vm-%d: {macs: [%q], addresses: [%s]}\n", i+1, g.MAC, g.Addr)
	}
	s, err := Parse("host.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	k, err := live.Open(live.Options{Dir: s.Pins, Ports: 8, Flows: 4096, Destinations: 4096, Ring: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	rules, err := builtin.Rules()
	if err != nil {
		t.Fatal(err)
	}
	if o.engine, err = watch.New(rules, watch.Options{}); err != nil {
		t.Fatal(err)
	}
	running(t, Parts{
		Settings: s, Kernel: k, Clock: clock, Name: "host-1", Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Watch:   func(ctx context.Context, f func(port.Event)) error { return live.Watch(ctx, nil, f) },
		Deliver: func(b *evenkeel.Batch) error { o.batches <- b; return nil },
	})
	eventually(t, "programs hang at all ports", func() bool { return len(k.Ports()) == guests })
	return o
}

func (o *observed) begin(t *testing.T, p *testhost.Place, l testhost.Load) *testhost.Running {
	t.Helper()
	r, err := p.Start(l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// follow puts batches through the rules until a moment, or as long as it is wanted.
func (o *observed) follow(until time.Time, more func() bool) {
	end := time.After(time.Until(until))
	for more() {
		select {
		case b := <-o.batches:
			for _, f := range o.engine.Observe(b, renter{}) {
				o.found = append(o.found, found{f, time.Now()})
			}
		case <-end:
			return
		}
	}
}

// Those who send much, or to many, and harm nobody, are not what any live rule says something of.
func TestLawfulGuestsRaiseNothing(t *testing.T) { testhost.Alone(t, lawful) }

func lawful(t *testing.T) {
	o := observe(t, 5)
	const lasts = 15 * time.Second
	peers := o.begin(t, &o.Internet, testhost.Answer{TCP: true, Ports: []uint16{25, 80, 5201, 51413, 51414, 51415, 51416, 51417}, Bytes: 5000})
	names := []string{"speed test", "crawler", "relay", "torrent over TCP", "torrent over UDP"}
	var loads []*testhost.Running
	for i, l := range []testhost.Talk{
		testhost.SpeedTest(lasts), testhost.Crawler(100, 5000, lasts), testhost.Relay(50, lasts), testhost.Torrent(false, 15, lasts), testhost.Torrent(true, 15, lasts),
	} {
		loads = append(loads, o.begin(t, &o.guests[i].Place, l))
	}
	o.follow(time.Now().Add(lasts+2*time.Second), func() bool { return true })
	for i, l := range loads {
		r, err := l.Wait()
		if err != nil || r.Sent == 0 {
			t.Errorf("%s: %+v, %v", names[i], r, err)
		}
		t.Logf("figure: vm-%d, %s: %d connections or datagrams, %d of them answered, %d bytes", i+1, names[i], r.Sent, r.Answered, r.Bytes)
	}
	if _, err := peers.Stop(); err != nil {
		t.Error(err)
	}
	told := map[string]bool{}
	for _, f := range o.found {
		what := fmt.Sprintf("%s %s of %s", f.Mode, f.Rule, f.Subject.Asset)
		if !told[what] {
			t.Logf("figure: %s: %.1f, %+v", what, f.Score, f.Terms)
		}
		told[what] = true
		if f.Mode == evenkeel.ModeLive {
			t.Errorf("a lawful guest: %s", what)
		}
	}
	if n := o.engine.Tally(); n.Records == 0 {
		t.Errorf("nothing was seen: %+v", n)
	}
}

// What harms is told within two seconds; 8 s are asserted, as the cores are shared.
func TestHarmIsSeenWithinSeconds(t *testing.T) { testhost.Alone(t, harmful) }

func harmful(t *testing.T) {
	o := observe(t, 4)
	to := testhost.Victim
	amplifier := o.begin(t, &o.guests[3].Place, testhost.Answer{Addr: o.guests[3].Addr, Ports: []uint16{53, 123}, Bytes: 1400})
	asked := o.guests[3].Amplified(53, 4000, 14*time.Second)
	asked.Sources = 4 // victims
	for _, c := range []struct {
		rule, asset string
		from        *testhost.Place
		load        testhost.Load
		within      time.Duration
	}{
		{"outbound-flood", "vm-1", &o.guests[0].Place, o.guests[0].Flood(netip.AddrPortFrom(to, 80), 20000, 0, 8*time.Second), 8 * time.Second},
		{"port-scan", "vm-2", &o.guests[1].Place, o.guests[1].Scan(testhost.Attacked.Addr(), 2000, []uint16{22}, 200), 10 * time.Second},
		{"spoofed-source", "vm-3", &o.guests[2].Place, o.guests[2].Flood(netip.AddrPortFrom(to, 80), 20000, 1e6, 8*time.Second), 8 * time.Second},
		{"amplification", "vm-4", &o.Internet, asked, 14 * time.Second},
	} {
		l := o.begin(t, c.from, c.load)
		began := time.Now()
		of := func() *found {
			for i := range o.found {
				if f := &o.found[i]; f.Rule == c.rule && string(f.Subject.Asset) == c.asset {
					return f
				}
			}
			return nil
		}
		o.follow(began.Add(c.within), func() bool { return of() == nil })
		if f := of(); f == nil {
			t.Errorf("%s of %s is not told %v after it began; told is %d", c.rule, c.asset, c.within, len(o.found))
		} else {
			t.Logf("figure: %s of %s, %s, %.1f, %v after it began", c.rule, c.asset, f.Mode, f.Score, f.came.Sub(began).Round(time.Millisecond))
		}
		if _, err := l.Stop(); err != nil {
			t.Error(err)
		}
	}
	if _, err := amplifier.Stop(); err != nil {
		t.Error(err)
	}
}
