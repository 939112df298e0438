package host

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// slow is a hand that takes as long as a test wants: while it is shut, each change waits until it is opened.
type slow struct {
	Hand
	mu    sync.Mutex
	shut  chan struct{} // closed: it is open
	comes chan struct{} // has one for each change that waits
}

func newSlow(h Hand) *slow {
	s := &slow{Hand: h, shut: make(chan struct{}), comes: make(chan struct{}, 100)}
	close(s.shut)
	return s
}

func (s *slow) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = make(chan struct{})
}

func (s *slow) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.shut:
	default:
		close(s.shut)
	}
}

func (s *slow) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	s.mu.Lock()
	shut := s.shut
	s.mu.Unlock()
	select {
	case <-shut:
	default:
		s.comes <- struct{}{}
		<-shut
	}
	return s.Hand.Swap(ctx, r, now)
}

// soon fails where something takes longer than whoever is not held up takes on any machine.
func soon[T any](t *testing.T, what string, f func() T) T {
	t.Helper()
	done := make(chan T, 1)
	go func() { done <- f() }()
	select {
	case x := <-done:
		return x
	case <-time.After(20 * time.Second):
		t.Fatalf("%s is held up by a hand that takes long", what)
		panic("not reached")
	}
}

// One answer of a hypervisor may take ten seconds: packets are not held up by it, and nobody waits for it more than once.
func TestASlowHandHoldsUpNoPackets(t *testing.T) {
	m := newMachine(t)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	cpu, err := NewCgroups(m.root, filepath.Join(m.folder, "leases"), m.both())
	if err != nil {
		t.Fatal(err)
	}
	hand := newSlow(cpu)
	var mu sync.Mutex // over the world and what was said
	m.Backend, err = Open(t.Context(), m.folder, Hands{Traffic: m.net, CPU: hand}, func() plan.World {
		mu.Lock()
		defer mu.Unlock()
		return m.world
	}, m.both(), Options{Patience: time.Millisecond, Said: func(r evenkeel.Receipt) {
		mu.Lock()
		defer mu.Unlock()
		m.said = append(m.said, r)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Backend.Close() })
	t.Cleanup(hand.open)
	m.apply(t, throttle("slow", "vm-1"))
	hand.close()
	refresh := func() error { return m.Refresh(t.Context()) }
	for range 3 {
		if err := soon(t, "a refresh", refresh); err != nil {
			t.Fatal(err)
		}
	}
	<-hand.comes
	lift := make(chan error, 1)
	go func() { // and an order for the slow hand waits for its turn
		_, err := m.Apply(context.WithoutCancel(t.Context()), backendtest.Lift(throttle("slow", "vm-1")))
		lift <- err
	}()

	apply := func(o evenkeel.Order) evenkeel.Receipt {
		t.Helper()
		return soon(t, "an order about packets", func() evenkeel.Receipt {
			r, err := m.Apply(t.Context(), o)
			if err != nil {
				t.Error(err)
			}
			return r
		})
	}
	if r := apply(limit("fast", "vm-1")); r.State != evenkeel.ReceiptApplied || m.net.rules.At(1) == nil {
		t.Errorf("got %+v", r)
	}
	mu.Lock()
	m.world.Guests = append([]plan.Guest{{Asset: "vm-1", Ports: []plan.Port{{Name: "vnet7", Index: 7}}, Cgroup: "one", CPUs: 2}}, m.world.Guests[1:]...)
	mu.Unlock()
	if err := soon(t, "a guest that moved", refresh); err != nil || m.net.rules.At(7) == nil {
		t.Errorf("%v; it is not followed to its port: %+v", err, m.net.rules.Ports())
	}
	all := soon(t, "who asks what stands", func() []Standing { return m.Standing(t.Context()) })
	if len(all) != 2 || all[0].State != plan.Carried || all[0].Effect == "" || all[1].State != 0 || !strings.Contains(all[1].Why, "cgroup v2 is at work") {
		t.Errorf("it stands as %+v", all)
	}
	if r := soon(t, "the hand-brake", func() error { _, err := m.Release(t.Context(), "fast", "a mistake"); return err }); r != nil || m.net.rules.At(7) != nil {
		t.Errorf("%v, there stands %+v", r, m.net.rules.Ports())
	}
	select {
	case <-hand.comes:
		t.Error("the hand is asked again while it is at work")
	case err := <-lift:
		t.Errorf("the lift was answered before its hand was: %v", err)
	default:
	}
	hand.open()
	if err := soon(t, "the lift", func() error { return <-lift }); err != nil {
		t.Error(err)
	}
	if got := quotaOf(t, m.root, "one"); got != "max 100000" {
		t.Errorf("after the lift the quota is %s", got)
	}
}

// Whatever comes at once, for whatever hand: each order is carried out once and answered as it stands, and a lift has the last word.
func TestOrdersOfAllHandsAtOnce(t *testing.T) {
	m := newMachine(t)
	var work sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		for range 3 {
			for _, o := range []evenkeel.Order{limit(evenkeel.DecisionID("net-"+name), "vm-1"), throttle(evenkeel.DecisionID("cpu-"+name), "vm-2")} {
				work.Go(func() {
					if r, err := m.Apply(t.Context(), o); err != nil || r.State != evenkeel.ReceiptApplied || r.Effect == "" {
						t.Errorf("%+v, %v", r, err)
					}
				})
			}
		}
	}
	work.Go(func() {
		if err := m.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
	})
	work.Go(func() { m.Standing(t.Context()) })
	work.Wait()
	if m.net.swaps > 5 { // of each order once, and of the refresh
		t.Errorf("rules were changed %d times for four orders", m.net.swaps)
	}
	m.reopen(t) // what the book says is what was answered
	if all := m.Standing(t.Context()); len(all) != 8 {
		t.Errorf("there stand %+v", all)
	}
	for _, name := range []string{"a", "b", "c", "d"} {
		for _, o := range []evenkeel.Order{limit(evenkeel.DecisionID("net-"+name), "vm-1"), throttle(evenkeel.DecisionID("cpu-"+name), "vm-2")} {
			work.Go(func() {
				if r, err := m.Apply(t.Context(), backendtest.Lift(o)); err != nil || r.State != evenkeel.ReceiptLifted {
					t.Errorf("%+v, %v", r, err)
				}
				if r, err := m.Apply(t.Context(), o); err != nil || r.State != evenkeel.ReceiptLifted {
					t.Errorf("after its lift: %+v, %v", r, err)
				}
			})
		}
	}
	work.Wait()
	if got := quotaOf(t, m.root, "two"); got != "max 100000" || len(m.net.rules.Ports()) != 0 {
		t.Errorf("the quota is %s, and there stands %+v", got, m.net.rules.Ports())
	}
}

// One decision with orders of two measures at once has one of them, as it has where they come one after the other.
func TestOneDecisionHasOneOrderWhateverItsMeasure(t *testing.T) {
	for range 20 {
		m := newMachine(t)
		applied, refused := 0, 0
		var mu sync.Mutex
		var work sync.WaitGroup
		for i, o := range []evenkeel.Order{limit("d", "vm-1"), throttle("d", "vm-1")} {
			o.ID += evenkeel.OrderID(rune('a' + i))
			work.Go(func() {
				r, err := m.Apply(t.Context(), o)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					t.Error(err)
				case r.State == evenkeel.ReceiptApplied:
					applied++
				case r.State == evenkeel.ReceiptRefused && r.Why == otherOrder:
					refused++
				}
			})
		}
		work.Wait()
		if applied != 1 || refused != 1 || len(m.entries) != 1 {
			t.Fatalf("%d are applied and %d refused; the book has %+v", applied, refused, m.entries)
		}
		if err := errors.Join(m.Refresh(t.Context()), m.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
