package agent

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/live"
	"github.com/evenkeel/evenkeel/lab/testhost"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

func must(t *testing.T, command string) {
	t.Helper()
	f := strings.Fields(command)
	if out, err := exec.CommandContext(t.Context(), f[0], f[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// eventually waits until something is so, for a second and what a busy machine needs.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience / 2); !is(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%v later it is not so that %s", patience/2, what)
		}
	}
}

// R16: a guest that is plugged in, re-plugged and plugged out keeps its measure, neither lifted nor doubled, and within a
// second of its port's coming what is ordered is there.
func TestAMeasureFollowsTheGuestToItsPort(t *testing.T) { testhost.Alone(t, followed) }

func followed(t *testing.T) {
	dir := t.TempDir()
	pins := testhost.Pins(t, dir)
	s, err := Parse("host.yaml", []byte(`
data: `+dir+`
pins: `+pins+`/evenkeel
ports: [{name: "tap-{guest}", kind: veth}]
guests: {vm-1: {macs: ["52:54:00:00:00:01"]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	k, err := live.Open(live.Options{Dir: s.Pins, Ports: 8, Flows: 1024, Destinations: 1024, Ring: 4096})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan *evenkeel.Batch, 64)  // one a second
	said := make(chan evenkeel.Receipt, 64) // more than there are
	h := running(t, Parts{
		Settings: s, Kernel: k, Clock: clock, Name: "host-1", Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Watch: func(ctx context.Context, f func(port.Event)) error { return live.Watch(ctx, nil, f) },
		Said:  func(r evenkeel.Receipt) { said <- r },
		Deliver: func(b *evenkeel.Batch) error {
			seen <- b
			return nil
		},
	})

	now := clock.Wall()
	o := evenkeel.Order{
		ID: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureLimit, Params: map[string]string{"syn_rate": "200"},
		Assets: []evenkeel.AssetID{"vm-1"}, From: now, Until: now.Add(time.Hour),
	}
	if r, err := h.Apply(t.Context(), o); err != nil || r.State != 0 || !strings.Contains(r.Why+r.Effect, plan.NoPort) {
		t.Fatalf("without a port: %+v, %v; expected that it waits", r, err)
	}
	applied := func(what, command string) {
		t.Helper()
		must(t, command)
		began := time.Now()
		for {
			select {
			case r := <-said:
				if r.State != evenkeel.ReceiptApplied {
					continue
				}
				t.Logf("figure: %s: in force %v after it was there", what, time.Since(began).Round(time.Millisecond))
				if !strings.Contains(r.Effect, "syn_rate 200") {
					t.Errorf("%s: the effect is %q", what, r.Effect)
				}
				return
			case <-time.After(time.Second):
				t.Fatalf("%s: nothing is in force a second later; %+v", what, h.Standing(t.Context()))
			}
		}
	}
	limits := func() (n int) {
		for _, a := range k.Ports() {
			if r, err := k.Rules(a.Slot); err == nil && r.Limit[port.SYNs].PerSecond == 200 {
				n++
			}
		}
		return n
	}
	applied("plugged in", "ip link add tap-vm-1 type veth peer name g1")
	if n := limits(); n != 1 {
		t.Errorf("%d ports are limited; expected one", n)
	}
	must(t, "ip link add eth7 type veth peer name g7") // of the host's own, by default
	must(t, "ip link del tap-vm-1")
	// Under another name it is known by its card alone.
	applied("plugged in again under another name", "ip link add vnet5 address fe:54:00:00:00:01 type veth peer name g1")
	if n := limits(); n != 1 {
		t.Errorf("%d ports are limited; expected one", n)
	}
	if all := h.Standing(t.Context()); len(all) != 1 || all[0].State != plan.Carried {
		t.Errorf("it stands as %+v", all)
	}
	// R15: what the guest sends by itself when its card is up (RFC 4861) is told, as it is, by the name of the guest.
	must(t, "ip link set vnet5 up")
	must(t, "ip link set g1 up")
	for sent := 0.0; sent == 0; {
		select {
		case b := <-seen:
			if b.Source != "host-1" {
				t.Errorf("the source is %q", b.Source)
			}
			for i := range b.Records {
				r := &b.Records[i]
				if r.Kind != evenkeel.KindUsage {
					continue
				}
				if u := b.Usage(r); u.Asset != "vm-1" {
					t.Errorf("told of %s", u.Asset)
				} else if u.Meter == evenkeel.MeterPort && u.Part == evenkeel.PartPacketsOut {
					sent += u.Value
				}
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing that the guest sends is told")
		}
	}
	// What libvirt says afterwards makes a port that was nobody's a guest's: it is seen, and what is ordered is there. It goes
	// on when the guest is started again under another name.
	must(t, "ip link add ekv0 type veth peer name g2")
	domain := hypervisor.Domain{Name: "vm-1", State: hypervisor.Running, CPUs: 1, Cards: []hypervisor.Card{{Port: "ekv0", MAC: mac(2)}}}
	know := func() {
		t.Helper()
		if err := h.Know(s.Tell([]hypervisor.Domain{domain}, 0)); err != nil {
			t.Fatal(err)
		}
	}
	attached := func(name string) bool {
		return slices.ContainsFunc(k.Ports(), func(a port.Attached) bool { return a.Place.Name == name })
	}
	eventually(t, "ekv0 is nobody's", func() bool {
		return slices.ContainsFunc(h.Unknown(), func(u Unknown) bool { return u.Place.Name == "ekv0" })
	})
	know()
	if !attached("ekv0") {
		t.Error("nobody sees the port that became somebody's")
	}
	eventually(t, "both ports are limited", func() bool { return limits() == 2 })
	domain.State, domain.Cards[0].Port = hypervisor.Off, ""
	must(t, "ip link del ekv0")
	know()
	if w := h.World(); len(w.Guests) != 1 || !w.Guests[0].Off {
		t.Errorf("turned off, it is %+v", w.Guests)
	}
	must(t, "ip link add ekv4 type veth peer name g2")
	domain.State, domain.Cards[0].Port = hypervisor.Running, "ekv4"
	know()
	eventually(t, "started again it is limited at both ports", func() bool { return attached("ekv4") && limits() == 2 })
	for _, u := range h.Unknown() {
		if u.Place.Name == "eth7" || u.Place.Name == "vnet5" {
			t.Errorf("%s is nobody's: %s", u.Place.Name, u.Why)
		}
	}
}

// running is a host that runs until the test ends.
func running(t *testing.T, parts Parts) *Host {
	t.Helper()
	h, err := Open(t.Context(), parts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			t.Errorf("it ended with %v", err)
		}
		h.Close()
	})
	return h
}
