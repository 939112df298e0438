package shield_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
)

func enforcer(t testing.TB) (*shield.Enforcer, *unsure, *backendtest.Clock) {
	t.Helper()
	c := backendtest.NewClock()
	u := newUnsure(t, c.Now)
	return shield.NewEnforcer(u, nil, c.Now, shield.Options{}), u, c
}

func TestAnOrderIsGivenOnce(t *testing.T) {
	e, u, c := enforcer(t)
	o := backendtest.Throttle("d-1", "vm-1")
	first, err := e.Apply(t.Context(), o)
	if err != nil || first.State != evenkeel.ReceiptApplied || first.Node != "paper" || first.Effect != "on paper" {
		t.Fatalf("got %+v, %v", first, err)
	}
	c.Pass(time.Minute)
	again, err := e.Apply(t.Context(), o)
	if err != nil || again != first || len(u.called()) != 1 {
		t.Errorf("the second time: %+v, %v, given %d times", again, err, len(u.called()))
	}
}

func TestAnOrderThatComesManyTimesAtOnceIsGivenOnce(t *testing.T) {
	e, u, _ := enforcer(t)
	come := make(chan struct{})
	u.before = func(int, evenkeel.Order) error { <-come; return nil }
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if r, err := e.Apply(t.Context(), backendtest.Throttle("d-1", "vm-1")); err != nil || r.State != evenkeel.ReceiptApplied {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
	close(come)
	all.Wait()
	if n := len(u.called()); n != 1 {
		t.Errorf("it was given %d times", n)
	}
}

func TestWhoWaitsForAnOrderMayGoAway(t *testing.T) {
	e, u, _ := enforcer(t)
	o := backendtest.Throttle("d-1", "vm-1")
	gone, leave := context.WithCancel(t.Context())
	u.before = func(int, evenkeel.Order) error {
		leave()
		if _, err := e.Apply(gone, o); !errors.Is(err, context.Canceled) {
			t.Errorf("who went away got %v", err)
		}
		return nil
	}
	if _, err := e.Apply(t.Context(), o); err != nil {
		t.Error(err)
	}
}

func TestWhatDidNotArriveIsGivenAgain(t *testing.T) {
	e, u, _ := enforcer(t)
	o := backendtest.Throttle("d-1", "vm-1")
	lost := errors.New("the answer was lost")
	u.after = func(n int, _ evenkeel.Order) (evenkeel.Receipt, error) {
		if n == 1 {
			return evenkeel.Receipt{}, lost
		}
		return evenkeel.Receipt{}, nil
	}
	if _, err := e.Apply(t.Context(), o); !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
	if r, err := e.Apply(t.Context(), o); err != nil || r.State != evenkeel.ReceiptApplied || len(u.called()) != 2 {
		t.Errorf("the second time: %+v, %v", r, err)
	}
}

func TestWhatMustNotLeaveDoesNot(t *testing.T) {
	isolate := backendtest.Throttle("d-1", "vm-1")
	isolate.Measure = evenkeel.MeasureIsolate
	nothing := backendtest.Throttle("d-1")
	every := []evenkeel.Measure{evenkeel.MeasureThrottle, evenkeel.MeasureIsolate}
	for _, c := range []struct {
		name  string
		order evenkeel.Order
		means shield.Means
		after time.Duration
		state evenkeel.ReceiptState
		why   string
	}{
		{"more than limit and throttle for a backend that declares nothing", isolate, shield.Means{Measures: every}, 0, evenkeel.ReceiptRefused, "nothing above limit and throttle"},
		{"more than limit and throttle for one that has proven nothing", isolate, shield.Means{Measures: every, Declared: true, Keeps: []string{"export"}}, 0, evenkeel.ReceiptRefused, "not proven"},
		{"what it cannot do", isolate, shield.Means{Measures: every[:1]}, 0, evenkeel.ReceiptRefused, "it cannot isolate"},
		{"an order without assets", nothing, shield.Means{Measures: every}, 0, evenkeel.ReceiptRefused, "no asset"},
		{"an order whose end has come", backendtest.Throttle("d-1", "vm-1"), shield.Means{Measures: every}, time.Hour, evenkeel.ReceiptLapsed, "its end has come"},
		{"a lift without assets", backendtest.Lift(nothing), shield.Means{Measures: every}, 0, evenkeel.ReceiptRefused, "no asset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, u, clock := enforcer(t)
			u.means = &c.means
			clock.Pass(c.after)
			r, err := e.Apply(t.Context(), c.order)
			if err != nil || r.State != c.state || r.Node != shield.Self || r.Order != c.order.ID || r.At != clock.Now() || !strings.Contains(r.Why, c.why) {
				t.Errorf("got %+v, %v; expected %v, %q", r, err, c.state, c.why)
			}
			if n := len(u.called()); n != 0 {
				t.Errorf("the backend was asked %d times", n)
			}
		})
	}
}

func TestALiftAlwaysLeaves(t *testing.T) {
	isolate := backendtest.Throttle("d-1", "vm-1")
	isolate.Measure = evenkeel.MeasureIsolate
	e, u, c := enforcer(t)
	u.means = &shield.Means{}
	r, err := e.Apply(t.Context(), backendtest.Lift(isolate))
	if err != nil || r.State != evenkeel.ReceiptLifted || r.Node != "paper" {
		t.Errorf("of what it never declared: %+v, %v", r, err)
	}
	c.Pass(2 * time.Hour)
	r, err = e.Apply(t.Context(), backendtest.Lift(backendtest.Throttle("d-2", "vm-1")))
	if err != nil || r.State != evenkeel.ReceiptLapsed || r.Node != "paper" {
		t.Errorf("after the end: %+v, %v", r, err)
	}
}

func TestAfterItsLiftAnOrderDoesNotLeave(t *testing.T) {
	e, u, _ := enforcer(t)
	o := backendtest.Throttle("d-1", "vm-1")
	// The lift has not arrived, and counts from the moment that it was given.
	u.before = func(int, evenkeel.Order) error { return errors.New("the line is dead") }
	if _, err := e.Apply(t.Context(), backendtest.Lift(o)); err == nil {
		t.Fatal("the lift arrived")
	}
	u.before = nil
	r, err := e.Apply(t.Context(), o)
	if err != nil || r.State != evenkeel.ReceiptLifted || r.Node != shield.Self || len(u.called()) != 1 {
		t.Errorf("got %+v, %v", r, err)
	}
	if r, err := e.Apply(t.Context(), backendtest.Throttle("d-2", "vm-1")); err != nil || r.State != evenkeel.ReceiptApplied {
		t.Errorf("another decision: %+v, %v", r, err)
	}
}

func TestABackendThatBreaksItsWordConfirmsNothing(t *testing.T) {
	o := backendtest.Throttle("d-1", "vm-1")
	for _, c := range []struct {
		name  string
		order evenkeel.Order
		says  evenkeel.Receipt
	}{
		{"a receipt of another order", o, evenkeel.Receipt{Order: "o-other", State: evenkeel.ReceiptApplied}},
		{"a state that does not exist", o, evenkeel.Receipt{Order: o.ID, State: 99}},
		{"a refusal without a reason", o, evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptRefused}},
		{"a lift that is applied", backendtest.Lift(o), evenkeel.Receipt{Order: backendtest.Lift(o).ID, State: evenkeel.ReceiptApplied}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, u, _ := enforcer(t)
			u.after = func(int, evenkeel.Order) (evenkeel.Receipt, error) { return c.says, nil }
			r, err := e.Apply(t.Context(), c.order)
			if err == nil || shield.Final(err) || r != (evenkeel.Receipt{}) {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}

func TestWhatNobodyConfirmedStaysUnconfirmed(t *testing.T) {
	e, u, c := enforcer(t)
	o := backendtest.Throttle("d-1", "vm-1")
	u.after = func(int, evenkeel.Order) (evenkeel.Receipt, error) {
		return evenkeel.Receipt{Order: o.ID, Why: "taken with 202, not confirmed"}, nil
	}
	r, err := e.Apply(t.Context(), o)
	want := evenkeel.Receipt{Order: o.ID, Node: "paper", Why: "taken with 202, not confirmed", At: c.Now()}
	if err != nil || r != want {
		t.Errorf("got %+v, %v; expected %+v", r, err, want)
	}
}

func TestAPanicOfABackendIsNotForever(t *testing.T) {
	e, u, _ := enforcer(t)
	u.before = func(n int, _ evenkeel.Order) error {
		if n == 1 {
			panic("a fault of the backend")
		}
		return nil
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = e.Apply(t.Context(), backendtest.Throttle("d-1", "vm-1"))
		t.Error("the panic was swallowed")
	}()
	if r, err := e.Apply(t.Context(), backendtest.Throttle("d-1", "vm-1")); err != nil || r.State != evenkeel.ReceiptApplied {
		t.Errorf("the next time: %+v, %v", r, err)
	}
}

// TestWhatIsForgottenIsAskedAgainAndDoneOnce: the enforcer's memory is bounded, the
// backend's word is not needed twice.
func TestWhatIsForgottenIsAskedAgainAndDoneOnce(t *testing.T) {
	c := backendtest.NewClock()
	b := &counter{told: map[evenkeel.OrderID]int{}}
	e := shield.NewEnforcer(b, nil, c.Now, shield.Options{})
	for i := range 40_000 {
		d := evenkeel.DecisionID(fmt.Sprint("d-", i))
		for _, o := range []evenkeel.Order{backendtest.Throttle(d, "vm-1"), backendtest.Lift(backendtest.Throttle(d, "vm-1"))} {
			if _, err := e.Apply(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
	}
	calls, lifts := shield.Remembered(e)
	if calls > 1<<14 || lifts > 1<<14 {
		t.Errorf("it remembers %d orders and %d lifts", calls, lifts)
	}
}

// counter says that everything was done.
type counter struct{ told map[evenkeel.OrderID]int }

func (*counter) Name() string { return "counter" }
func (*counter) Means() shield.Means {
	return shield.Means{Measures: []evenkeel.Measure{evenkeel.MeasureThrottle}}
}
func (c *counter) Apply(_ context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	c.told[o.ID]++
	s := evenkeel.ReceiptApplied
	if o.Lift {
		s = evenkeel.ReceiptLifted
	}
	return evenkeel.Receipt{Order: o.ID, State: s}, nil
}
