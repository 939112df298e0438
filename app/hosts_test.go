package app

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/stream/hostlink"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

func withHosts(p *Parts) {
	p.Config.Hosts.Listen, p.Config.Hosts.Measures = "127.0.0.1:0", []config.OnHost{{Measure: evenkeel.MeasureLimit}, {Measure: evenkeel.MeasureThrottle}}
}

// hosted is an agent of a host that has enrolled, with a real link, and hands that do nothing.
type hosted struct {
	*hostlink.Agent
	mu      sync.Mutex
	got     []evenkeel.Order
	holds   []evenkeel.AssetID
	stands  []evenkeel.DecisionID
	carries func(context.Context, evenkeel.Order) (evenkeel.Receipt, error) // nil: nobody
}

func (a *hosted) handle(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got = append(a.got, o)
	if a.carries != nil {
		return a.carries(ctx, o)
	}
	if o.Lift {
		return evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptLifted}, nil
	}
	return evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptApplied, Effect: "the rate fell"}, nil
}

func (a *hosted) orders() []evenkeel.Order {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.got)
}

func enrol(t *testing.T, dir, host string, holds ...evenkeel.AssetID) *hosted {
	t.Helper()
	text, err := InviteHost(t.Context(), dir, host, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return enrolWith(t, text, nil, nil, holds...)
}

// enrolWith enrols one that answers questions, and has orders carried out by somebody; nil: nobody.
func enrolWith(t *testing.T, text string, answer func(context.Context, []byte) []byte, carries func(context.Context, evenkeel.Order) (evenkeel.Receipt, error), holds ...evenkeel.AssetID) *hosted {
	t.Helper()
	token, err := hostlink.ParseToken(text)
	if err != nil {
		t.Fatal(err)
	}
	at := t.TempDir()
	if _, err := hostlink.Enrol(t.Context(), at, token, time.Now); err != nil {
		t.Fatal(err)
	}
	a := &hosted{holds: holds, carries: carries}
	if a.Agent, err = hostlink.OpenAgent(hostlink.AgentOptions{
		Dir: at, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Answer: answer,
		About: func() hostlink.About {
			a.mu.Lock()
			defer a.mu.Unlock()
			return hostlink.About{
				Version: "test", Can: []string{"limit"}, Holds: slices.Clone(a.holds), Stands: slices.Clone(a.stands), Canary: "canary",
				Blind: []hostlink.BlindPort{{Port: "vf0", Why: "it is SR-IOV"}},
			}
		},
	}); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, a.handle) }()
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// flood is a second in which a guest sends SYNs that nobody accepts.
func flood(m *wire.Meter, host string, asset evenkeel.AssetID, second time.Time) *evenkeel.Batch {
	b := evenkeel.NewBatch(host, evenkeel.MomentOf(second.Add(time.Second)))
	addFlood(b, m, asset, second)
	return b
}

func addFlood(b *evenkeel.Batch, m *wire.Meter, asset evenkeel.AssetID, second time.Time) {
	c := wire.Counts{PacketsOut: 50_000, BytesOut: 50_000 * 60, SynsOut: 50_000, SmallOut: 50_000, FlowsOut: 50_000}
	c.Top[0] = wire.Destination{Address: netip.MustParseAddr("198.51.100.9"), Port: 80, Protocol: 6, Packets: 50_000, Bytes: 50_000 * 60, Syns: 50_000}
	c.Victim = c.Top[0]
	m.Count(b, asset, evenkeel.MomentOf(second), &c)
}

// acmeHolds has the inventory know the customer acme, and what it has held since a moment.
func acmeHolds(t *testing.T, s *served, since time.Time, machines ...string) {
	t.Helper()
	all := []request{event("tenant", "profile", since, map[string]any{
		"tenant": "acme", "since": "2020-01-01", "standing": "prepaid", "paid_total": "100", "currency": "EUR", "run_rate_month": "10",
		"contacts": []map[string]string{{"role": "owner", "email": "acme@example.net"}},
	})}
	for _, vm := range machines {
		all = append(all, event("asset", vm, since, map[string]any{"asset": vm, "kind": "vm", "tenant": "acme", "from": since.Format(time.RFC3339)}))
	}
	for _, r := range all {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFloodSeenOnAHostIsLimitedThereAndTheHostSaysWhatCameOfIt(t *testing.T) {
	s := serve(t, dataDir(t), withHosts)
	now := time.Now().UTC().Truncate(time.Second)
	acmeHolds(t, s, now.Add(-time.Hour), "vm-7")
	a, other := enrol(t, s.dir, "host-1", "vm-7"), enrol(t, s.dir, "host-2", "vm-8")
	m, err := wire.New(wire.Options{Source: "host-1", Key: siphash.Key{1}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := a.Publish(flood(m, "host-1", "vm-7", now.Add(time.Duration(i-3)*time.Second))); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the flood is limited on its host", func() bool { return len(a.orders()) > 0 })
	o := a.orders()[0]
	if o.Measure != evenkeel.MeasureLimit || o.Tenant != "acme" || !slices.Equal(o.Assets, []evenkeel.AssetID{"vm-7"}) || o.Until <= o.From || o.Params["syn_rate"] == "" {
		t.Errorf("%+v", o)
	}
	var f docket.Folder
	eventually(t, "the receipt is in the books", func() bool {
		f = caseOf(t, s.dir, "flood")
		return slices.ContainsFunc(f.Dispatches, func(d docket.Dispatch) bool { return d.Order == o.ID && d.Receipt.State == evenkeel.ReceiptApplied })
	})
	for _, d := range f.Dispatches {
		if r := d.Receipt; d.Order == o.ID && (r.Node != "host-1" || r.Effect != "the rate fell") {
			t.Errorf("%+v", r)
		}
	}
	if len(other.orders()) != 0 {
		t.Errorf("another host was ordered %+v", other.orders())
	}

	// The guest moves to the other host, and its measure with it: the one that it leaves says so first.
	for i, x := range []struct {
		host  *hosted
		holds []evenkeel.AssetID
	}{{a, []evenkeel.AssetID{}}, {other, []evenkeel.AssetID{"vm-7", "vm-8"}}} {
		x.host.mu.Lock()
		x.host.holds = x.holds
		x.host.mu.Unlock()
		x.host.Tell()
		eventually(t, "it is known who holds it", func() bool {
			hosts, err := ListHosts(t.Context(), s.dir)
			return err == nil && slices.ContainsFunc(hosts, func(h Hosting) bool { return h.Host == x.host.Host() && h.Holds == len(x.holds) })
		})
		if i > 0 {
			continue
		}
		if err := a.Report(evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptRefused, NotHeld: true, Why: `"vm-7": ` + plan.NotHeld, At: evenkeel.MomentOf(time.Now())}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the measure is on the other host", func() bool {
		f = caseOf(t, s.dir, "flood")
		return len(other.orders()) == 1 && slices.ContainsFunc(f.Dispatches, func(d docket.Dispatch) bool {
			return d.Order == o.ID && d.Receipt.State == evenkeel.ReceiptApplied && d.Receipt.Node == "host-2"
		})
	})

	// It is released by hand there: the case says so, and the decision stands.
	if err := other.Report(evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptLifted, Why: "released by hand on host-2: a mistake", At: evenkeel.MomentOf(time.Now())}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the case says that nobody carries it out, and why", func() bool {
		f = caseOf(t, s.dir, "flood")
		return f.Failed == 1 && f.Unstopped == 1 && slices.ContainsFunc(f.Dispatches, func(d docket.Dispatch) bool {
			return d.Order == o.ID && d.LetGo() && d.Receipt.Node == "host-2" && strings.Contains(d.Receipt.Why, "a mistake")
		})
	})
	if !slices.ContainsFunc(f.Notices, func(n evenkeel.Notice) bool { return n.Undone && n.Decision == o.Decision }) {
		t.Error("the tenant is not told")
	}

	hosts, err := ListHosts(t.Context(), s.dir)
	if err != nil || len(hosts) != 2 || !hosts[0].Here || hosts[0].Holds != 0 || hosts[0].Pending != 0 || len(hosts[0].Blind) != 1 {
		t.Errorf("%+v, %v", hosts, err)
	}
	if err := RevokeHost(t.Context(), s.dir, "host-1"); err != nil {
		t.Error(err)
	}
	if hosts, err := ListHosts(t.Context(), s.dir); err != nil || hosts[0].Revoked == 0 || hosts[0].Here {
		t.Errorf("%+v, %v", hosts, err)
	}
}

// caseOf is the case of a family; none is there yet where it has no id.
func caseOf(t *testing.T, dir, family string) (f docket.Folder) {
	t.Helper()
	b, err := Open(dir)
	if err != nil {
		return f // it is asked again
	}
	defer b.Close()
	rows, _ := b.Cases(t.Context(), docket.Query{})
	for _, r := range rows {
		if r.Case.Family == family {
			f, _ = b.Folder(t.Context(), r.Case.ID)
		}
	}
	return f
}

func TestAHostSaysWhatItSeesAndNothingElse(t *testing.T) {
	var took []*evenkeel.Batch
	x := &hosts{log: slog.New(slog.DiscardHandler), take: func(_ context.Context, b *evenkeel.Batch) error {
		took = append(took, b)
		return nil
	}, doubt: believed}
	for k := evenkeel.KindUsage; k <= evenkeel.KindRequest; k++ {
		b := evenkeel.NewBatch("host-1", 1)
		a := b.Intern("vm-1")
		b.Records = []evenkeel.Record{{Kind: evenkeel.KindUsage, Asset: a}, {Kind: k, Asset: a}}
		err := x.records(t.Context(), hostlink.Delivery{Host: "host-1", Batch: b})
		if seen := k == evenkeel.KindUsage || k == evenkeel.KindFlow || k == evenkeel.KindHostEvent || k == evenkeel.KindRequest; seen != (err == nil) || !seen && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: %v", k, err)
		}
	}
	if len(took) != 4 {
		t.Errorf("%d batches were taken; expected 4", len(took))
	}
}

func TestHostsAreInvitedOnlyWhereTheyCanConnect(t *testing.T) {
	s := serve(t, dataDir(t))
	if _, err := InviteHost(t.Context(), s.dir, "host-1", time.Hour); evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "hosts.listen") {
		t.Errorf("%v", err)
	}
	s = serve(t, dataDir(t), withHosts, func(p *Parts) {
		p.Config.Intake.Sources = []config.Source{{Name: "books", TokenSHA256: strings.Repeat("ab", 32), May: []string{"inventory"}}}
	})
	for host, within := range map[string]time.Duration{"books": time.Hour, "a b": time.Hour, "host-1": time.Second, "host-2": 30 * 24 * time.Hour} {
		if _, err := InviteHost(t.Context(), s.dir, host, within); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s within %v: %v", host, within, err)
		}
	}
}

func TestAHostThatIsSilentIsToldOnceAndCounted(t *testing.T) {
	s := serve(t, dataDir(t), withHosts)
	enrol(t, s.dir, "host-1", "vm-1")
	eventually(t, "it is counted", func() bool { return s.metric(t, `evenkeel_hosts{state="here"}`) == "1" })
	if n := s.metric(t, "evenkeel_hosts_blind_ports"); n != "1" {
		t.Errorf("%s blind ports", n)
	}
	// How it is told, with hosts of which one was never heard.
	var log lines
	x := &hosts{log: slog.New(slog.NewTextHandler(&log, nil))}
	now := time.Now()
	link, err := hostlink.Open(t.Context(), hostlink.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler), Keeper: remembered{
		Hosts: []hostlink.Host{{ID: "host-1", Key: "k-1", Enrolled: evenkeel.MomentOf(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))}, {ID: "host-2", Key: "k-2", Revoked: 1}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	x.link = link
	was := map[string]bool{}
	x.tellSilent(was)
	x.tellSilent(was)
	if got := log.String(); strings.Count(got, "was not heard since this process was started") != 1 || !strings.Contains(got, "enrolled=2026-03-02T12:00:00") || strings.Contains(got, "0001-01-01") || !strings.Contains(got, "host=host-1") || strings.Contains(got, "host-2") {
		t.Errorf("told:\n%s", got)
	}
	if !was["host-1"] || was["host-2"] {
		t.Errorf("noted: %v", was)
	}
}

// remembered is a list of hosts that does not change.
type remembered hostlink.Registered

func (r remembered) Load(context.Context) (hostlink.Registered, error) {
	return hostlink.Registered(r), nil
}

func (remembered) Save(context.Context, hostlink.Registered) error { return nil }

// believed is that all that hosts tell is believed.
func believed(_ string, all []evenkeel.AssetID) ([]hostlink.Doubt, error) {
	return make([]hostlink.Doubt, len(all)), nil
}

func TestAHostIsBelievedAboutItsOwnGuestsAlone(t *testing.T) {
	s := serve(t, dataDir(t), withHosts)
	now := time.Now().UTC().Truncate(time.Second)
	acmeHolds(t, s, now.Add(-time.Hour), "vm-7", "vm-8")
	one, two := enrol(t, s.dir, "host-1", "vm-7"), enrol(t, s.dir, "host-2", "vm-8")
	m, err := wire.New(wire.Options{Source: "host-2", Key: siphash.Key{1}})
	if err != nil {
		t.Fatal(err)
	}
	lied := 0
	for i := range 3 { // what it says of another's guest comes first, so that it is looked at before
		second := now.Add(time.Duration(i-3) * time.Second)
		b := flood(m, "host-2", "vm-7", second)
		lied += len(b.Records)
		addFlood(b, m, "vm-8", second)
		if err := two.Publish(b); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the rest of its batches is taken, and its own guest is limited", func() bool { return len(two.orders()) > 0 })
	if got := one.orders(); len(got) != 0 {
		t.Errorf("by the word of a host that does not hold it another's guest was ordered %+v", got)
	}
	eventually(t, "what it says of another's is counted", func() bool {
		hosts, err := ListHosts(t.Context(), s.dir)
		if err != nil || len(hosts) != 2 || len(hosts[0].Doubted) != 0 || len(hosts[1].Doubted) != 1 {
			return false
		}
		d := hosts[1].Doubted[0]
		return d.Why == hostlink.NotHeld && d.Asset == "vm-7" && d.Records == uint64(lied) && d.Last != 0
	})
	if n := s.metric(t, `evenkeel_hosts_refused_records{why="not held"}`); n != strconv.Itoa(lied) {
		t.Errorf("%s are counted; expected %d", n, lied)
	}
}

func TestWhatIsNotBelievedIsTakenOutCountedAndToldOnceInAWhile(t *testing.T) {
	var log lines
	var took []*evenkeel.Batch
	known := false
	x := &hosts{log: slog.New(slog.NewTextHandler(&log, nil)), take: func(_ context.Context, b *evenkeel.Batch) error {
		took = append(took, b)
		return nil
	}, doubt: func(_ string, all []evenkeel.AssetID) ([]hostlink.Doubt, error) {
		out := make([]hostlink.Doubt, len(all))
		for i, a := range all {
			switch a {
			case "vm-2":
				out[i].Why = hostlink.NotHeld
			case "vm-3":
				out[i] = hostlink.Doubt{Why: hostlink.Claimed, By: "host-9"}
			}
		}
		if !known {
			return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "not yet"}
		}
		return out, nil
	}}
	at := evenkeel.MomentOf(time.Now())
	send := func(assets ...string) error {
		b := evenkeel.NewBatch("host-1", at)
		for i, a := range assets {
			b.Records = append(b.Records, evenkeel.Record{Kind: evenkeel.KindUsage, ID: uint64(i), Asset: b.Intern(a)})
		}
		return x.records(t.Context(), hostlink.Delivery{Host: "host-1", Batch: b})
	}
	if err := send("vm-2"); evenkeel.KindOf(err) != evenkeel.KindUnavailable || len(x.doubts.of("host-1")) != 0 {
		t.Errorf("%v; expected that it comes again, for nobody knows yet", err)
	}
	known = true
	for _, assets := range [][]string{{"vm-2", "vm-1", "vm-3", "vm-2", "vm-1", ""}, {"vm-2"}} {
		if err := send(assets...); err != nil {
			t.Error(err)
		}
	}
	if len(took) != 1 || len(took[0].Records) != 2 || took[0].Text(took[0].Records[0].Asset) != "vm-1" || took[0].Records[1].ID != 4 {
		t.Errorf("%+v; expected the two records about vm-1", took)
	}
	at = at.Add(doubtsToldEvery)
	if err := send("vm-2"); err != nil {
		t.Error(err)
	}
	want := []Doubted{{Why: hostlink.Claimed, Records: 1, Asset: "vm-3", By: "host-9", Last: at.Add(-doubtsToldEvery)}, {Why: hostlink.NotHeld, Records: 5, Asset: "vm-2", Last: at}}
	if got := x.doubts.of("host-1"); !slices.Equal(got, want) {
		t.Errorf("%+v; expected %+v", got, want)
	}
	told := log.String()
	if strings.Count(told, "records of a host are refused") != 3 || !strings.Contains(told, "claimed_by=host-9") || !strings.Contains(told, "records=2 ") {
		t.Errorf("it says\n%s", told)
	}
}
