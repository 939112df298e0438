package fleet

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/paper"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// park is hosts that write down what they are ordered, and what is known of them.
type park struct {
	t     testing.TB
	fleet *Fleet
	clock *backendtest.Clock

	mu    sync.Mutex
	hosts map[string]*paper.Backend
	holds map[evenkeel.AssetID][]string
	rest  []string // who holds all that nobody is named for
	state map[string]Host
	got   map[string][]evenkeel.Order
	says  func(host string, o evenkeel.Order, r evenkeel.Receipt) evenkeel.Receipt // instead of what paper says; nil: that
	shows map[string]func(p shield.Probe) ([]shield.Fetched, error)                // none: nothing
	asked map[string]int
	work  sync.WaitGroup
}

func newPark(t testing.TB, hosts ...string) *park {
	p := &park{
		t: t, clock: backendtest.NewClock(), hosts: map[string]*paper.Backend{}, holds: map[evenkeel.AssetID][]string{},
		state: map[string]Host{}, asked: map[string]int{}, got: map[string][]evenkeel.Order{},
	}
	for _, h := range hosts {
		b, err := paper.Open(filepath.Join(t.TempDir(), h), p.clock.Now)
		if err != nil {
			t.Fatal(err)
		}
		p.hosts[h], p.state[h] = b, Host{ID: h, Here: true, Known: true}
		t.Cleanup(func() { _ = b.Close() })
	}
	p.open(nil)
	t.Cleanup(p.work.Wait)
	return p
}

// answers is longer than any host of these tests takes, however busy the machine is.
const soon = 20 * time.Second

func (p *park) open(books Books) *Fleet {
	p.fleet = New(shield.Means{
		Measures: []evenkeel.Measure{evenkeel.MeasureLimit, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate},
		Declared: true, Keeps: []string{"rescue", "export"}, Destroys: []string{"connections"},
	}, p.clock.Now, Options{Answers: soon, Books: books})
	p.fleet.Open(p)
	return p.fleet
}

func (p *park) Holders(a evenkeel.AssetID) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if hosts := p.holds[a]; hosts != nil {
		return hosts
	}
	return p.rest
}

func (p *park) Hosts() (all []Host) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.state {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Host) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func (p *park) Probe(_ context.Context, host string, x shield.Probe) ([]shield.Fetched, error) {
	p.mu.Lock()
	shows := p.shows[host]
	p.asked[host]++
	p.mu.Unlock()
	if shows == nil {
		return nil, errors.New("nobody answers")
	}
	return shows(x)
}

// Nudge has a host that is here carry out what waits.
func (p *park) Nudge(host string) {
	p.mu.Lock()
	here := p.state[host].Here
	p.mu.Unlock()
	if here {
		p.work.Go(func() { p.carry(host) })
	}
}

func (p *park) carry(host string) {
	pending, err := p.fleet.Pending(context.Background(), host)
	if err != nil {
		p.t.Error(err)
	}
	for _, o := range pending {
		r, err := p.hosts[host].Apply(context.Background(), o)
		if err != nil {
			p.t.Error(err)
		}
		p.mu.Lock()
		p.got[host] = append(p.got[host], o)
		if p.says != nil {
			r = p.says(host, o, r)
		}
		p.mu.Unlock()
		r.Asked = o.Part()
		_ = p.fleet.Answer(context.Background(), host, r) // whoever is not heard is asked again
	}
}

func (p *park) here(h string, is, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state[h] = Host{ID: h, Here: is, Known: known, Shares: p.state[h].Shares}
}

func (p *park) apply(o evenkeel.Order) evenkeel.Receipt {
	p.t.Helper()
	r, err := p.fleet.Apply(p.t.Context(), o)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func (p *park) order(d string, assets ...evenkeel.AssetID) evenkeel.Order {
	o := backendtest.Throttle(evenkeel.DecisionID(d), assets[0])
	o.Assets = assets
	return o
}

func (p *park) gotBy(host string) (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.got[host] {
		all = append(all, fmt.Sprint(o.ID, o.Assets))
	}
	return all
}

func lift(o evenkeel.Order) evenkeel.Order {
	o.ID += "-lift"
	o.Lift = true
	return o
}

func TestAFleetKeepsTheContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) *backendtest.Scene {
		p := newPark(t, "h-1", "h-2")
		p.rest = []string{"h-1"}
		return &backendtest.Scene{
			Backend: p.fleet, Clock: p.clock,
			Restart: func() shield.Backend { return p.open(nil) },
			Standing: func(d evenkeel.DecisionID) bool {
				return slices.ContainsFunc(p.hosts["h-1"].Standing(p.clock.Now()), func(o evenkeel.Order) bool { return o.Decision == d })
			},
			Acts: func(d evenkeel.DecisionID) (n int) {
				seen := map[evenkeel.OrderID]bool{} // paper acts once for each order
				p.mu.Lock()
				defer p.mu.Unlock()
				for _, o := range p.got["h-1"] {
					if o.Decision == d && !seen[o.ID] {
						seen[o.ID], n = true, n+1
					}
				}
				return n
			},
		}
	})
}

func TestAnOrderGoesToWhoHoldsItsAssetsAndToNobodyElse(t *testing.T) {
	p := newPark(t, "h-1", "h-2", "h-3")
	p.holds["a"], p.holds["b"], p.holds["c"] = []string{"h-1"}, []string{"h-2"}, []string{"h-1"}
	o := p.order("d", "a", "b", "c")
	r := p.apply(o)
	if r.State != evenkeel.ReceiptApplied || r.Node != "hosts" || !strings.Contains(r.Effect, "h-1: ") || !strings.Contains(r.Effect, "h-2: ") {
		t.Errorf("%+v", r)
	}
	for h, want := range map[string][]string{"h-1": {string(o.ID) + "[a c]"}, "h-2": {string(o.ID) + "[b]"}, "h-3": nil} {
		if got := p.gotBy(h); !slices.Equal(got, want) {
			t.Errorf("%s got %v; want %v", h, got, want)
		}
	}
	if r := p.apply(p.order("e", "a")); r.Node != "h-1" {
		t.Errorf("of one host the receipt is that host's: %+v", r)
	}
}

func TestALiftGoesWhereTheOrderWent(t *testing.T) {
	p := newPark(t, "h-1", "h-2", "h-3")
	p.holds["a"] = []string{"h-1"}
	o := p.order("d", "a")
	p.apply(o)
	p.mu.Lock()
	p.holds["a"] = []string{"h-2"} // it moved
	p.mu.Unlock()
	if r := p.apply(lift(o)); r.State != evenkeel.ReceiptLifted {
		t.Errorf("%+v", r)
	}
	if len(p.gotBy("h-1")) != 2 || len(p.gotBy("h-2")) != 1 || len(p.gotBy("h-3")) != 0 {
		t.Errorf("got %v, %v, %v", p.gotBy("h-1"), p.gotBy("h-2"), p.gotBy("h-3"))
	}
	// After a restart nobody knows where it went.
	o = p.order("e", "a")
	p.apply(o)
	p.open(nil)
	p.mu.Lock()
	p.holds = map[evenkeel.AssetID][]string{}
	p.mu.Unlock()
	if p.apply(lift(o)); len(p.gotBy("h-2")) != 3 || len(p.gotBy("h-3")) != 1 {
		t.Errorf("after a restart the lift went to %v, %v", p.gotBy("h-2"), p.gotBy("h-3"))
	}
	// Nor whether the one that has it is the one that is away: nobody says lifted before it was heard.
	o = p.order("f", "a")
	p.open(nil)
	p.here("h-3", false, false)
	if r, err := p.fleet.Apply(t.Context(), lift(o)); evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "h-3") {
		t.Errorf("%+v, %v", r, err)
	}
	if got, _ := p.fleet.Pending(t.Context(), "h-3"); len(got) != 1 {
		t.Errorf("the lift does not wait for it: %v", got)
	}
	p.mu.Lock()
	delete(p.state, "h-3") // it is shut out: nobody waits for it any more
	p.mu.Unlock()
	if r := p.apply(lift(o)); r.State != evenkeel.ReceiptLifted {
		t.Errorf("%+v", r)
	}
}

// A host that was shut out hears of no lift: its guest is free when the lease ends, and the books say until when.
func TestALiftSaysWhereItIsNotHeard(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	out := func(h string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.state, h)
		for a, hosts := range p.holds {
			p.holds[a] = slices.DeleteFunc(slices.Clone(hosts), func(x string) bool { return x == h })
		}
	}
	p.holds["a"], p.holds["b"], p.holds["c"] = []string{"h-1"}, []string{"h-2"}, []string{"h-1"}
	alone, both, before := p.order("alone", "a"), p.order("both", "a", "b"), p.order("before", "c")
	refused := p.order("refused", "a")
	for _, o := range []evenkeel.Order{alone, both, before} {
		p.apply(o)
	}
	p.apply(lift(before))
	p.says = func(_ string, _ evenkeel.Order, r evenkeel.Receipt) evenkeel.Receipt {
		r.State, r.Why = evenkeel.ReceiptRefused, "its port is not known for sure"
		return r
	}
	p.apply(refused)
	p.says = nil
	out("h-1")
	still := "h-1 was shut out, and may hold it until " + alone.Until.String()
	for _, x := range []struct {
		order evenkeel.Order
		why   string
	}{{alone, "no host has it; " + still}, {both, still}, {before, "no host has it"}, {refused, "no host has it"}} {
		if r := p.apply(lift(x.order)); r.State != evenkeel.ReceiptLifted || r.Why != x.why {
			t.Errorf("%s: %+v; want %q", x.order.Decision, r, x.why)
		}
	}
	if r, err := p.fleet.Apply(t.Context(), lift(alone)); err != nil || r.Why != "no host has it; "+still {
		t.Errorf("again: %+v, %v", r, err)
	}
	p.clock.Pass(time.Hour)
	if r := p.apply(lift(alone)); r.State != evenkeel.ReceiptLapsed {
		t.Errorf("at its end: %+v", r)
	}
}

func TestNobodyRefusesForAHostThatWasNotHeard(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	if r := p.apply(p.order("d", "a")); r.State != evenkeel.ReceiptRefused || !strings.Contains(r.Why, "no host holds a") {
		t.Errorf("%+v", r)
	}
	p.here("h-2", false, false)
	_, err := p.fleet.Apply(t.Context(), p.order("e", "a"))
	if evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "h-2") || shield.Final(err) {
		t.Errorf("%v", err)
	}
	p.holds["b"] = []string{"h-1"}
	if _, err := p.fleet.Apply(t.Context(), p.order("f", "b", "a")); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("half of it may be there: %v", err)
	}
	if got := p.gotBy("h-1"); len(got) != 1 || !strings.HasSuffix(got[0], "[b]") {
		t.Errorf("what is here waits for what is not: %v", got)
	}
	p.here("h-2", true, true)
	if r := p.apply(p.order("g", "b", "a")); r.State != evenkeel.ReceiptApplied || !strings.Contains(r.Why, "no host holds a") {
		t.Errorf("%+v", r)
	}
}

func TestWhatASilentHostMissedItGetsWhenItComesAndItsAnswerIsTaken(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	kept := newBooks()
	kept.full = errors.New("the disk is full")
	p.open(kept)
	p.holds["a"] = []string{"h-2"}
	p.here("h-2", false, true)
	o := p.order("d", "a")
	kept.orders[o.ID] = o
	began := time.Now()
	if _, err := p.fleet.Apply(t.Context(), o); evenkeel.KindOf(err) != evenkeel.KindUnavailable || shield.Final(err) {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took >= soon {
		t.Errorf("it waited %v for a host that is away", took)
	}
	p.carry("h-2") // it came
	if got, err := p.fleet.Pending(t.Context(), "h-2"); len(got) != 1 || err != nil {
		t.Errorf("what became of it was not taken, and it is lost: %v, %v", got, err)
	}
	kept.full = nil
	p.carry("h-2")
	if got, _ := p.fleet.Pending(t.Context(), "h-2"); len(kept.taken()) != 1 || kept.taken()[0].State != evenkeel.ReceiptApplied || kept.taken()[0].Node != "h-2" || len(got) != 0 {
		t.Errorf("late %+v; still pending %v", kept.taken(), got)
	}
	if !p.fleet.Went("d", "h-2") || p.fleet.Went("d", "h-1") {
		t.Error("where it went is not remembered")
	}
}

// A guest of an order that needs to have been shown is not followed to where nobody has: it is said instead.
func TestAMeasureDoesNotFollowToWhereNobodyHasShownThatDataIsReached(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	p.holds["a"] = []string{"h-1"}
	p.shows = map[string]func(shield.Probe) ([]shield.Fetched, error){"h-1": whole}
	o := isolate(p, "d", "a")
	kept := newBooks(o)
	p.open(kept)
	p.apply(o)
	p.mu.Lock()
	p.holds["a"] = []string{"h-2"}
	p.mu.Unlock()
	if err := p.fleet.Answer(t.Context(), "h-1", evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptRefused, NotHeld: true, At: p.clock.Now(), Asked: evenkeel.Unasked}); err != nil {
		t.Fatal(err)
	}
	if len(p.gotBy("h-2")) != 0 || len(kept.taken()) != 1 || kept.taken()[0].Node != "h-2" || kept.taken()[0].State != evenkeel.ReceiptRefused {
		t.Errorf("h-2 got %v; the books took %+v", p.gotBy("h-2"), kept.taken())
	}
}

// An agent from before there was a field for it says in words alone that it does not hold a guest: its measure follows all the same.
func TestWordsOfAnOlderAgentThatItDoesNotHoldAGuestCount(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	p.holds["a"] = []string{"h-1"}
	o := p.order("d", "a")
	kept := newBooks(o)
	p.open(kept)
	p.apply(o)
	p.mu.Lock()
	p.holds["a"] = nil
	p.mu.Unlock()
	if err := p.fleet.Answer(t.Context(), "h-1", evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptRefused, Why: `"a": ` + plan.NotHeld, At: p.clock.Now()}); err != nil || len(kept.taken()) != 0 {
		t.Errorf("%v; of a guest on its way the books took %+v", err, kept.taken())
	}
	p.mu.Lock()
	p.holds["a"] = []string{"h-2"}
	p.mu.Unlock()
	for range 2 { // the order is handed on, and answered
		p.clock.Pass(time.Minute / 2)
		if err := p.fleet.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.work.Wait()
	}
	if len(kept.taken()) != 1 || kept.taken()[0].Node != "h-2" || kept.taken()[0].State != evenkeel.ReceiptApplied {
		t.Errorf("the books took %+v", kept.taken())
	}
}

// A guest that is with nobody counts as gone after a while, and not where a host that may have it was not heard.
func TestAGuestThatIsWithNobodyIsWaitedForAndNotForEver(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	p.holds["a"] = []string{"h-1"}
	o := p.order("d", "a")
	kept := newBooks(o)
	p.open(kept)
	p.apply(o)
	p.mu.Lock()
	p.holds["a"] = nil
	p.mu.Unlock()
	if err := p.fleet.Answer(t.Context(), "h-1", evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptRefused, NotHeld: true, At: p.clock.Now(), Asked: evenkeel.Unasked}); err != nil {
		t.Fatal(err)
	}
	settle := func(d time.Duration) {
		t.Helper()
		p.clock.Pass(d)
		if err := p.fleet.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p.here("h-2", false, false)
	if settle(2 * time.Minute); len(kept.taken()) != 0 {
		t.Errorf("h-2 may have it; the books took %+v", kept.taken())
	}
	p.here("h-2", true, true)
	if settle(time.Minute); len(kept.taken()) != 1 || kept.taken()[0].State != evenkeel.ReceiptRefused || !strings.Contains(kept.taken()[0].Why, "no host holds a") {
		t.Errorf("the books took %+v", kept.taken())
	}
	// One of which a host says what it said a moment ago otherwise is on its way, too.
	p.says = func(_ string, o evenkeel.Order, r evenkeel.Receipt) evenkeel.Receipt {
		r.State, r.NotHeld, r.Effect = evenkeel.ReceiptRefused, true, ""
		return r
	}
	p.holds["b"] = []string{"h-1"}
	if r, err := p.fleet.Apply(t.Context(), p.order("e", "b")); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("%+v, %v", r, err)
	}
	p.clock.Pass(time.Minute)
	if r := p.apply(p.order("e", "b")); r.State != evenkeel.ReceiptRefused {
		t.Errorf("%+v", r)
	}
}

// A host that is here and says nothing holds nobody up for longer than it may take.
func TestAHostThatIsHereAndMuteIsNotWaitedForForEver(t *testing.T) {
	p := newPark(t, "h-1")
	p.fleet = New(p.fleet.Means(), p.clock.Now, Options{Answers: time.Millisecond})
	p.fleet.Open(deaf{p})
	p.holds["a"] = []string{"h-1"}
	if _, err := p.fleet.Apply(t.Context(), p.order("d", "a")); evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "h-1 does not answer") {
		t.Errorf("%v", err)
	}
	if got, _ := p.fleet.Pending(t.Context(), "h-1"); len(got) != 1 {
		t.Errorf("the order waits there no more: %v", got)
	}
}

// deaf is a park whose hosts do not hear.
type deaf struct{ *park }

func (deaf) Nudge(string) {}

func TestWhatIsOverWaitsForNoHost(t *testing.T) {
	p := newPark(t, "h-1")
	p.holds["a"] = []string{"h-1"}
	p.here("h-1", false, true)
	o := p.order("d", "a")
	for _, o := range []evenkeel.Order{o, lift(o)} {
		if _, err := p.fleet.Apply(t.Context(), o); err == nil {
			t.Fatal("nobody is here")
		}
	}
	p.clock.Pass(o.Until.Sub(p.clock.Now()))
	if got, _ := p.fleet.Pending(t.Context(), "h-1"); len(got) != 1 || !got[0].Lift {
		t.Errorf("pending: %+v; expected the lift alone", got)
	}
	if r := p.apply(lift(o)); r.State != evenkeel.ReceiptLapsed {
		t.Errorf("a lift of what is over waits: %+v", r)
	}
}

func TestWhatWaitsForAHostIsBounded(t *testing.T) {
	p := newPark(t, "h-1")
	for i := range MostErrands + 10 {
		o := p.order(fmt.Sprint("d-", i), "a")
		p.fleet.leave("h-1", p.fleet.put("h-1", &o))
		p.fleet.note(&o, []string{"h-1"})
	}
	if got, _ := p.fleet.Pending(t.Context(), "h-1"); len(got) != MostErrands || got[0].Decision != "d-10" {
		t.Errorf("%d wait, the first is %s", len(got), got[0].Decision)
	}
	for i := range MostWent + 10 {
		o := p.order(fmt.Sprint("e-", i), "a")
		p.fleet.note(&o, []string{"h-1"})
	}
	if len(p.fleet.went) > MostWent {
		t.Errorf("%d decisions are remembered", len(p.fleet.went))
	}
}

func TestOneReceiptSaysWhatSeveralHostsSaid(t *testing.T) {
	f := New(shield.Means{}, func() evenkeel.Moment { return 1 }, Options{})
	r := func(node string, s evenkeel.ReceiptState, effect, why string) evenkeel.Receipt {
		return evenkeel.Receipt{Order: "o", Node: node, State: s, Effect: effect, Why: why}
	}
	const ap, re, la, li = evenkeel.ReceiptApplied, evenkeel.ReceiptRefused, evenkeel.ReceiptLapsed, evenkeel.ReceiptLifted
	for _, c := range []struct {
		lift bool
		said []evenkeel.Receipt
		want evenkeel.Receipt
	}{
		{false, []evenkeel.Receipt{r("a", ap, "x", "")}, r("a", ap, "x", "")},
		{false, []evenkeel.Receipt{r("a", re, "", "no"), r("b", ap, "x", "")}, r("hosts", ap, "b: x", "a: no")},
		{false, []evenkeel.Receipt{r("a", re, "", "no"), r("b", 0, "", "it waits")}, r("hosts", 0, "", "a: no; b: it waits")},
		{false, []evenkeel.Receipt{r("a", re, "", "no"), r("b", re, "", "never")}, r("hosts", re, "", "a: no; b: never")},
		{true, []evenkeel.Receipt{r("a", la, "", "over"), r("b", li, "", "")}, r("b", li, "", "")},
	} {
		if got := f.merge(&evenkeel.Order{Lift: c.lift}, c.said, nil); got != c.want {
			t.Errorf("%+v: %+v; want %+v", c.said, got, c.want)
		}
	}
	for _, lift := range []bool{true, false} {
		first, last := r("a", li, "", ""), r("b", la, "", "over")
		first.At, last.At = 7, 9
		for _, said := range [][]evenkeel.Receipt{{first, last}, {last, first}} {
			if got := f.merge(&evenkeel.Order{Lift: lift}, said, nil); got.At != 9 {
				t.Errorf("lift %t: it is of %d; expected 9, when the last host had let go", lift, got.At)
			}
		}
		if got := f.merge(&evenkeel.Order{Lift: lift}, []evenkeel.Receipt{first}, nil); got.At != 7 {
			t.Errorf("lift %t: what one host says is of %d; expected 7, as it says", lift, got.At)
		}
	}
	long := r("a", re, "", strings.Repeat("é", mostText))
	if got := f.merge(&evenkeel.Order{}, []evenkeel.Receipt{long}, nil); len(got.Why) > mostText+5 {
		t.Errorf("a reason of %d bytes", len(got.Why))
	}
}
