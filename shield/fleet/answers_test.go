package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/host/handstest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// books are those of a test.
type books struct {
	mu     sync.Mutex
	orders map[evenkeel.OrderID]evenkeel.Order
	last   map[evenkeel.OrderID]evenkeel.Receipt
	took   []evenkeel.Receipt
	full   error // they take nothing
}

func newBooks(all ...evenkeel.Order) *books {
	b := &books{orders: map[evenkeel.OrderID]evenkeel.Order{}, last: map[evenkeel.OrderID]evenkeel.Receipt{}}
	for _, o := range all {
		b.orders[o.ID] = o
	}
	return b
}

func (b *books) Order(_ context.Context, id evenkeel.OrderID) (evenkeel.Order, evenkeel.Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, known := b.orders[id]
	if !known {
		return o, evenkeel.Receipt{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "order " + string(id) + " is not known"}
	}
	return o, b.last[id], nil
}

func (b *books) Take(_ context.Context, r evenkeel.Receipt) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full != nil {
		return b.full
	}
	b.took = append(b.took, r)
	b.done(r)
	return nil
}

// done notes what became of an order; what is older than what is known takes no place. The lock is held.
func (b *books) done(r evenkeel.Receipt) {
	if r.At >= b.last[r.Order].At {
		b.last[r.Order] = r
	}
}

// said is what became of an order last.
func (b *books) said(id evenkeel.OrderID) evenkeel.Receipt {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last[id]
}

// taken are the receipts that were taken.
func (b *books) taken() []evenkeel.Receipt {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.took)
}

func (b *books) Standing(context.Context) (all []evenkeel.OrderID, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(b.orders)) {
		_, lifted := b.orders[evenkeel.NewOrderID(b.orders[id].Decision, true)]
		if b.last[id].Order != "" && !lifted {
			all = append(all, id)
		}
	}
	return all, nil
}

// rack is real hosts with a hand in memory, guests that move between them, and one order about all of them.
type rack struct {
	park  *park
	hosts map[string]*blade
	kept  *books
	order evenkeel.Order
	away  map[evenkeel.AssetID]time.Duration // for how long nobody has held a guest
	gone  map[evenkeel.AssetID]bool          // it was that for so long that it counts as gone: its measure need not follow
}

// blade is one of them.
type blade struct {
	*host.Backend
	holds map[evenkeel.AssetID]bool
	said  []evenkeel.Receipt // that nobody took yet
}

func (b *blade) says(r evenkeel.Receipt) {
	r.Asked = evenkeel.Unasked
	b.said = append(b.said, r)
}

const moves = 4 * time.Second

func newRack(t testing.TB, draw *rapid.T, guests ...evenkeel.AssetID) *rack {
	p := &park{t: t, clock: backendtest.NewClock(), holds: map[evenkeel.AssetID][]string{}, state: map[string]Host{}}
	x := &rack{park: p, hosts: map[string]*blade{}, away: map[evenkeel.AssetID]time.Duration{}, gone: map[evenkeel.AssetID]bool{}}
	for i := range 3 {
		b, name := &blade{holds: map[evenkeel.AssetID]bool{}}, fmt.Sprint("h-", i+1)
		clock := host.Clock{Wall: p.clock.Now, Boot: func() time.Duration { return time.Hour + p.clock.Now().Sub(backendtest.Start) }, BootID: "boot"}
		world := func() plan.World {
			var w plan.World
			for n, a := range guests {
				if b.holds[a] {
					w.Guests = append(w.Guests, plan.Guest{Asset: a, Ports: []plan.Port{{Name: "tap-" + string(a), Index: n + 1}}})
				}
			}
			return w
		}
		var err error
		b.Backend, err = host.Open(t.Context(), t.TempDir(), host.Hands{Traffic: handstest.OpenMemory(t).Hand}, world, clock, host.Options{
			Name: name, Said: func(r evenkeel.Receipt) { b.says(r) },
		})
		if err != nil {
			t.Fatal(err)
		}
		x.hosts[name], p.state[name] = b, Host{ID: name, Here: true, Known: true}
	}
	for _, a := range guests {
		x.put(a, x.draw(draw, "at"))
	}
	d := evenkeel.DecisionID("d-1")
	x.order = backendtest.Throttle(d, guests...)
	x.order.ID, x.order.Measure, x.order.Params = evenkeel.NewOrderID(d, false), evenkeel.MeasureLimit, map[string]string{"syn_rate": "200"}
	x.kept = newBooks(x.order)
	x.restart()
	return x
}

func (x *rack) close(t *rapid.T) {
	x.park.work.Wait()
	for _, b := range x.hosts {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

func (*rack) draw(t *rapid.T, what string) string {
	return rapid.SampledFrom([]string{"h-1", "h-2", "h-3"}).Draw(t, what)
}

// restart is of control.
func (x *rack) restart() {
	x.park.work.Wait()
	x.park.fleet = New(shield.Means{Measures: []evenkeel.Measure{evenkeel.MeasureLimit}}, x.park.clock.Now, Options{Answers: soon, Moves: moves, Books: x.kept})
	x.park.fleet.Open(carriers{x})
}

// carriers is a rack as a fleet knows it.
type carriers struct{ *rack }

func (c carriers) Holders(a evenkeel.AssetID) []string { return c.park.Holders(a) }
func (c carriers) Hosts() []Host                       { return c.park.Hosts() }
func (c carriers) Probe(context.Context, string, shield.Probe) ([]shield.Fetched, error) {
	return nil, errors.New("nobody answers")
}

// Nudge has a host that is here carry out what waits.
func (c carriers) Nudge(name string) {
	c.park.mu.Lock()
	here := c.park.state[name].Here
	c.park.mu.Unlock()
	if here {
		c.park.work.Go(func() { c.carry(name) })
	}
}

func (x *rack) carry(name string) {
	pending, _ := x.park.fleet.Pending(context.Background(), name)
	for _, o := range pending {
		r, err := x.hosts[name].Apply(context.Background(), o)
		if err != nil {
			x.park.t.Error(err)
		}
		r.Asked = o.Part()
		_ = x.park.fleet.Answer(context.Background(), name, r) // or it waits on
	}
}

// put has a guest run on a host, tells on it and on control.
func (x *rack) put(a evenkeel.AssetID, on string) {
	x.hosts[on].holds[a] = true
	x.park.mu.Lock()
	defer x.park.mu.Unlock()
	if at := x.park.holds[a]; !slices.Contains(at, on) {
		x.park.holds[a] = append(slices.Clone(at), on)
	}
}

func (x *rack) leave(a evenkeel.AssetID, from string) {
	x.hosts[from].holds[a] = false
	x.park.mu.Lock()
	defer x.park.mu.Unlock()
	x.park.holds[a] = slices.DeleteFunc(slices.Clone(x.park.holds[a]), func(h string) bool { return h == from })
}

// tell has hosts that are here look at their guests, and say what changed.
func (x *rack) tell(t *rapid.T) {
	x.park.work.Wait()
	for _, name := range slices.Sorted(maps.Keys(x.hosts)) {
		b := x.hosts[name]
		if err := b.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
		if !x.park.state[name].Here {
			continue
		}
		x.carry(name)
		for len(b.said) > 0 {
			if err := x.park.fleet.Answer(t.Context(), name, b.said[0]); err != nil {
				break // it comes again
			}
			b.said = b.said[1:]
		}
	}
	x.park.work.Wait()
}

// rounds lets time pass, with all that goes on meanwhile; the outbox brings what it has not been told of.
func (x *rack) rounds(t *rapid.T, n int) {
	for range n {
		for _, id := range slices.Sorted(maps.Keys(x.kept.orders)) {
			if o := x.kept.orders[id]; x.kept.said(id).Order == "" {
				if r, err := x.park.fleet.Apply(t.Context(), o); err == nil {
					x.kept.mu.Lock()
					x.kept.done(r)
					x.kept.mu.Unlock()
				} else if evenkeel.KindOf(err) != evenkeel.KindUnavailable {
					t.Fatal(err)
				}
			}
		}
		x.tell(t)
		x.park.clock.Pass(time.Second)
		if err := x.park.fleet.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		x.park.work.Wait()
		for _, a := range x.order.Assets {
			if x.away[a] += time.Second; len(x.park.Holders(a)) > 0 {
				x.away[a] = 0
			}
			x.gone[a] = x.gone[a] || x.away[a] >= moves
		}
	}
}

// holds says whether a host holds any guest of the order.
func (x *rack) holds(name string) bool {
	return slices.ContainsFunc(x.order.Assets, func(a evenkeel.AssetID) bool { return x.hosts[name].holds[a] })
}

// carries says whether a host has the order in force at a guest.
func (x *rack) carries(name string, a evenkeel.AssetID) bool {
	return slices.ContainsFunc(x.hosts[name].Standing(context.Background()), func(s host.Standing) bool {
		return s.Order.Decision == x.order.Decision && slices.Contains(s.At, a)
	})
}

// Whatever becomes of hosts, guests and control: once all is quiet a guest that was never gone is held back where it is, and none elsewhere, the books say
// what each host does, and a lift leaves nothing.
func TestWhatTheBooksSayIsWhatAllHostsDo(t *testing.T) {
	rapid.Check(t, func(d *rapid.T) {
		guests := []evenkeel.AssetID{"vm-1", "vm-2", "vm-3"}
		x := newRack(t, d, guests...)
		defer x.close(d)
		released, told := map[string]bool{}, map[string]bool{}
		for range rapid.IntRange(0, 6).Draw(d, "events") {
			name := x.draw(d, "host")
			switch rapid.SampledFrom([]string{"move", "move", "release", "away", "back", "restart", "time"}).Draw(d, "event") {
			case "move":
				a := rapid.SampledFrom(guests).Draw(d, "guest")
				from, step := x.park.Holders(a)[0], func() {}
				if rapid.Bool().Draw(d, "seen half way") {
					step = func() { x.rounds(d, rapid.IntRange(1, 2).Draw(d, "seconds")) }
				}
				if from == name {
					continue
				}
				if rapid.Bool().Draw(d, "the new host says it first") {
					x.put(a, name)
					step()
					x.leave(a, from)
				} else {
					x.leave(a, from)
					step()
					x.put(a, name)
				}
			case "release":
				if r, err := x.hosts[name].Release(d.Context(), x.order.Decision, "a mistake"); err == nil {
					released[name], told[name] = true, true
					x.hosts[name].says(r)
				}
			case "away":
				x.park.here(name, false, true)
			case "back":
				x.park.here(name, true, true)
			case "restart":
				x.restart()
				if err := errors.Join(x.park.fleet.Resume(d.Context()), x.park.fleet.Settle(d.Context())); err != nil {
					d.Fatal(err)
				}
				maps.DeleteFunc(told, func(name string, _ bool) bool { return !x.holds(name) }) // whoever holds nothing is not asked again
			case "time":
				x.rounds(d, 1)
			}
		}
		for name := range x.hosts {
			x.park.here(name, true, true)
		}
		x.rounds(d, 8)
		r, carried := x.kept.said(x.order.ID), 0
		for _, a := range guests {
			at := x.park.Holders(a)[0]
			for name := range x.hosts {
				is := x.carries(name, a)
				if is {
					carried++
				}
				if is && name != at || !is && name == at && len(released) == 0 && !x.gone[a] {
					d.Errorf("%s is on %s: held back on %s: %t", a, at, name, is)
				}
			}
		}
		for name := range x.hosts {
			is := slices.ContainsFunc(guests, func(a evenkeel.AssetID) bool { return x.carries(name, a) })
			if says := r.Node == name && r.State == evenkeel.ReceiptApplied || strings.Contains(r.Effect, name+": "); is != says {
				d.Errorf("%s has it in force: %t; the books say %+v", name, is, r)
			}
			if told[name] && x.holds(name) && !strings.Contains(r.Why, "released by hand on "+name) {
				d.Errorf("%s let go; the books say %+v", name, r)
			}
		}
		if (carried > 0) != (r.State == evenkeel.ReceiptApplied) {
			d.Errorf("it is in force at %d guests; the books say %+v", carried, r)
		}
		lift := x.order
		lift.ID, lift.Lift = evenkeel.NewOrderID(x.order.Decision, true), true
		x.kept.orders[lift.ID] = lift
		x.rounds(d, 3)
		for name := range x.hosts {
			for _, a := range guests {
				x.put(a, name) // wherever it goes after that
			}
		}
		x.rounds(d, 3)
		for name := range x.hosts {
			for _, a := range guests {
				if x.carries(name, a) {
					d.Errorf("after its lift %s is held back on %s", a, name)
				}
			}
		}
		if l := x.kept.said(lift.ID); l.State != evenkeel.ReceiptLifted {
			d.Errorf("the lift is %+v", l)
		}
	})
}

// One of two hosts that answers late neither confirms the order nor ends it: it stands in the books, and comes again.
func TestALateAnswerOfOneHostEndsNoOrderOfTwo(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	p.holds["a"], p.holds["b"] = []string{"h-1"}, []string{"h-2"}
	o := p.order("d", "a", "b")
	kept := newBooks(o, lift(o))
	p.fleet = New(p.fleet.Means(), p.clock.Now, Options{Answers: time.Millisecond, Books: kept})
	p.fleet.Open(deaf{p})
	for _, o := range []evenkeel.Order{o, lift(o)} {
		if _, err := p.fleet.Apply(t.Context(), o); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
			t.Fatal(err)
		}
		r := evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptApplied, Effect: "slowed down", At: p.clock.Now()}
		if o.Lift {
			r.State, r.Effect = evenkeel.ReceiptLifted, ""
		}
		if err := p.fleet.Answer(t.Context(), "h-1", r); err != nil || len(kept.taken()) != 0 {
			t.Errorf("%v; of one host the books took %+v", err, kept.taken())
		}
		if got, _ := p.fleet.Pending(t.Context(), "h-2"); len(got) != 1 {
			t.Errorf("at the other one waits %+v", got)
		}
		if err := p.fleet.Answer(t.Context(), "h-2", r); err != nil || len(kept.taken()) != 1 || kept.taken()[0].State != r.State || !o.Lift && kept.taken()[0].Effect != "h-1: slowed down; h-2: slowed down" {
			t.Errorf("%v; of both the books took %+v", err, kept.taken())
		}
		kept.took = nil
	}
	// After a start of control it is not known who has the lift; the books bring it again.
	p.fleet = New(p.fleet.Means(), p.clock.Now, Options{Answers: time.Millisecond, Books: kept})
	p.fleet.Open(deaf{p})
	delete(kept.last, lift(o).ID)
	if err := p.fleet.Answer(t.Context(), "h-1", evenkeel.Receipt{Order: lift(o).ID, State: evenkeel.ReceiptLifted, At: p.clock.Now()}); err != nil || len(kept.taken()) != 0 {
		t.Errorf("%v; the books took %+v", err, kept.taken())
	}
	// Whoever was shut out is not waited for.
	if _, err := p.fleet.Apply(t.Context(), lift(o)); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Fatal(err)
	}
	p.mu.Lock()
	delete(p.state, "h-2")
	p.mu.Unlock()
	if err := p.fleet.Answer(t.Context(), "h-1", evenkeel.Receipt{Order: lift(o).ID, State: evenkeel.ReceiptLifted, At: p.clock.Now()}); err != nil || len(kept.taken()) != 1 {
		t.Errorf("%v; the books took %+v", err, kept.taken())
	}
}

// A guest's measure waits for its host until that answers to just this: what the host said while it was away, and what it says of
// other guests, is no answer.
func TestWhatAHostWasNotAskedForAnswersNothing(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	p.holds["a"], p.holds["b"] = []string{"h-1"}, []string{"h-1"}
	o := p.order("d", "a", "b")
	kept := newBooks(o)
	p.open(kept)
	p.apply(o)
	p.here("h-2", false, true)
	before := p.clock.Now()
	p.clock.Pass(time.Second)
	p.mu.Lock()
	p.holds["a"] = []string{"h-2"}
	p.mu.Unlock()
	says := func(host string, r evenkeel.Receipt) {
		t.Helper()
		r.Order = o.ID
		if err := p.fleet.Answer(t.Context(), host, r); err != nil {
			t.Fatal(err)
		}
		if got, _ := p.fleet.Pending(t.Context(), "h-2"); len(got) != 1 || !slices.Equal(got[0].Assets, []evenkeel.AssetID{"a"}) || len(kept.taken()) != 0 {
			t.Errorf("after %+v waits %+v; the books took %+v", r, got, kept.taken())
		}
	}
	says("h-1", evenkeel.Receipt{State: evenkeel.ReceiptApplied, Effect: "slowed down", NotHeld: true, At: p.clock.Now(), Asked: evenkeel.Unasked})
	says("h-2", evenkeel.Receipt{State: evenkeel.ReceiptRefused, NotHeld: true, At: before, Asked: evenkeel.Unasked})
	says("h-2", evenkeel.Receipt{State: evenkeel.ReceiptApplied, Effect: "slowed down", At: before, Asked: o.Part()})
	p.carry("h-2")
	if got, _ := p.fleet.Pending(t.Context(), "h-2"); len(got) != 0 || len(p.gotBy("h-2")) != 1 || len(kept.taken()) != 1 || kept.taken()[0].State != evenkeel.ReceiptApplied {
		t.Errorf("%v waits; h-2 got %v; the books took %+v", got, p.gotBy("h-2"), kept.taken())
	}
}

// A guest that leaves its host while the lift of its measure is under way keeps its freedom: the order goes nowhere any more.
func TestWhatWasLiftedFollowsNobody(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	p.holds["a"] = []string{"h-1"}
	o := p.order("d", "a")
	lift := o
	lift.ID, lift.Lift = evenkeel.NewOrderID(o.Decision, true), true
	kept := newBooks(o, lift)
	p.open(kept)
	p.apply(o)
	p.mu.Lock()
	p.holds["a"] = []string{"h-2"}
	p.mu.Unlock()
	if err := p.fleet.Answer(t.Context(), "h-1", evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptRefused, NotHeld: true, At: p.clock.Now(), Asked: evenkeel.Unasked}); err != nil {
		t.Fatal(err)
	}
	if got, _ := p.fleet.Pending(t.Context(), "h-2"); len(got) != 0 || len(p.gotBy("h-2")) != 0 {
		t.Errorf("h-2 got %v, and %v waits there", p.gotBy("h-2"), got)
	}
}

// Where an order went before this program was started nobody remembers, also when it came again since.
func TestAfterAStartALiftGoesWhereItsOrderMayHaveGone(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	p.holds["a"] = []string{"h-1"}
	o := p.order("d", "a")
	p.apply(o)
	p.clock.Pass(time.Minute)
	p.open(newBooks(o))
	p.mu.Lock()
	p.holds["a"] = []string{"h-2"}
	p.mu.Unlock()
	p.apply(o)
	p.apply(lift(o))
	if got := p.gotBy("h-1"); len(got) != 2 || got[1] != string(lift(o).ID)+"[a]" {
		t.Errorf("h-1 got %v", got)
	}
}

// A host that carries what is over in the books is brought its end once more, whoever said before that it is over.
func TestWhatAHostCarriesAndIsOverInTheBooksIsLiftedThere(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	gone, stays, waits := p.order("d-gone", "a"), p.order("d-stays", "b"), p.order("d-waits", "c")
	kept := newBooks(gone, stays, waits)
	for _, o := range []evenkeel.Order{gone, waits} {
		l := o
		l.ID, l.Lift = evenkeel.NewOrderID(o.Decision, true), true
		kept.orders[l.ID] = l
	}
	end := evenkeel.NewOrderID("d-gone", true)
	kept.last[end] = evenkeel.Receipt{Order: end, Node: "paper", State: evenkeel.ReceiptLifted, At: p.clock.Now()}
	p.open(kept)
	over, err := p.fleet.Stands(t.Context(), "h-1", []evenkeel.DecisionID{"d-gone", "d-stays", "d-waits", "d-unknown"})
	if err != nil || !slices.Equal(over, []evenkeel.DecisionID{"d-gone"}) {
		t.Errorf("%v, %v", over, err)
	}
	p.work.Wait()
	if got := p.gotBy("h-1"); len(got) != 1 || !strings.HasPrefix(got[0], string(end)) || len(p.gotBy("h-2")) != 0 {
		t.Errorf("they got %v and %v", got, p.gotBy("h-2"))
	}
	if r := kept.said(end); r.Node != "h-1" || r.State != evenkeel.ReceiptLifted {
		t.Errorf("the books have %+v", r)
	}
	p.clock.Pass(100 * time.Hour)
	if over, err := p.fleet.Stands(t.Context(), "h-1", []evenkeel.DecisionID{"d-gone"}); err != nil || len(over) != 0 {
		t.Errorf("its time is over, and the host lets go by itself: %v, %v", over, err)
	}
}
