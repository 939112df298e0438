package backendtest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// Start is when every scene begins: 2026-01-01T00:00:00Z.
const Start = evenkeel.Moment(1767225600_000000000)

// Clock is a time that a test turns.
type Clock struct{ at atomic.Int64 }

// NewClock returns one that stands at Start.
func NewClock() *Clock {
	c := &Clock{}
	c.at.Store(int64(Start))
	return c
}

// Now returns the time.
func (c *Clock) Now() evenkeel.Moment { return evenkeel.Moment(c.at.Load()) }

// Pass lets time pass.
func (c *Clock) Pass(d time.Duration) { c.at.Add(int64(d)) }

// Scene is a backend and how it is watched.
type Scene struct {
	Backend shield.Backend
	Clock   *Clock // of the backend and of its node
	// Restart ends the backend and returns what comes up again in its place.
	Restart func() shield.Backend
	// Standing says whether, at this moment, the node holds what a decision ordered.
	Standing func(evenkeel.DecisionID) bool
	// Acts returns how often the node did something about a decision, letting go included.
	Acts func(evenkeel.DecisionID) int
	// Later returns the receipt that comes on its own way; nil where none does.
	Later func(evenkeel.OrderID) evenkeel.Receipt
	// Cannot is an order that the node refuses, if there is one.
	Cannot *evenkeel.Order
}

// Open makes a scene. It sees to it that all ends with the test.
type Open func(t testing.TB) *Scene

// Throttle returns an order to throttle an asset for an hour from Start.
func Throttle(d evenkeel.DecisionID, assets ...evenkeel.AssetID) evenkeel.Order {
	return evenkeel.Order{
		ID: evenkeel.NewOrderID(d, false), Decision: d, Tenant: "raisup", Measure: evenkeel.MeasureThrottle,
		Params: map[string]string{"cpu": "20%"}, Assets: assets, From: Start, Until: Start.Add(time.Hour),
	}
}

// Withhold returns an order by which nobody fetches the data of assets, for an hour from Start.
func Withhold(d evenkeel.DecisionID, assets ...evenkeel.AssetID) evenkeel.Order {
	return evenkeel.Order{
		ID: evenkeel.NewOrderID(d, false), Decision: d, Tenant: "raisup", Measure: evenkeel.MeasureNone, Data: evenkeel.DataWithheld,
		Assets: assets, From: Start, Until: Start.Add(time.Hour),
	}
}

// Lift returns the order that lifts what another enforces.
func Lift(o evenkeel.Order) evenkeel.Order {
	o.ID, o.Lift, o.Params = evenkeel.NewOrderID(o.Decision, true), true, nil
	return o
}

// player is a scene within a test.
type player struct {
	*Scene
	t *testing.T
}

// apply gives an order and returns what became of it, from wherever the receipt comes.
func (p *player) apply(o evenkeel.Order) evenkeel.Receipt {
	p.t.Helper()
	r, err := p.Backend.Apply(p.t.Context(), o)
	if err != nil {
		p.t.Fatalf("apply %s: %v", o.ID, err)
	}
	if r.Order != o.ID {
		p.t.Fatalf("the receipt of %s names %q", o.ID, r.Order)
	}
	if r.State == 0 {
		if p.Later == nil {
			p.t.Fatalf("the receipt of %s has no state, and none comes later", o.ID)
		}
		r = p.Later(o.ID)
	}
	if err := shield.Fits(&o, &r); err != nil {
		p.t.Fatal(err)
	}
	if r.Node == "" || r.At == 0 {
		p.t.Errorf("the receipt %+v does not say who or when", r)
	}
	return r
}

func (p *player) says(o evenkeel.Order, want evenkeel.ReceiptState) {
	p.t.Helper()
	if r := p.apply(o); r.State != want {
		p.t.Errorf("the receipt of %s says %v (%s); expected %v", o.ID, r.State, r.Why, want)
	}
}

func (p *player) stands(d evenkeel.DecisionID, want bool) {
	p.t.Helper()
	if got := p.Standing(d); got != want {
		p.t.Errorf("decision %s stands: %v; expected %v", d, got, want)
	}
}

func (p *player) restart() { p.Backend = p.Restart() }
