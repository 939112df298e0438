package plan

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// sites is what an edge stands before.
func sites() *World {
	return &World{Guests: []Guest{{Asset: "shop"}, {Asset: "blog"}}, Can: Can{Ingress: true}}
}

// visitors is an order about the visitors of shop.
func visitors(d evenkeel.DecisionID, m evenkeel.Measure, from, until time.Duration) evenkeel.Order {
	return evenkeel.Order{
		ID: evenkeel.NewOrderID(d, false), Decision: d, Measure: m, Assets: []evenkeel.AssetID{"shop"}, From: start.Add(from), Until: start.Add(until),
	}
}

func TestWhatIsOrderedAboutVisitors(t *testing.T) {
	const challenge, shut, none = evenkeel.MeasureChallenge, evenkeel.MeasureShut, evenkeel.MeasureNone
	ended := visitors("d-1", challenge, 0, time.Hour)
	ended.Lift = true
	opened := visitors("d-2", shut, 0, time.Hour)
	opened.Lift = true
	for _, c := range []struct {
		name   string
		orders []evenkeel.Order
		after  time.Duration
		want   evenkeel.Measure
		by     evenkeel.DecisionID
	}{
		{"nothing", nil, 0, none, ""},
		{"visitors may be asked", []evenkeel.Order{visitors("d-1", challenge, 0, time.Hour)}, 0, challenge, "d-1"},
		{"until its end", []evenkeel.Order{visitors("d-1", challenge, 0, time.Hour)}, time.Hour, none, ""},
		{"what is shut goes before", []evenkeel.Order{visitors("d-1", challenge, 0, 2*time.Hour), visitors("d-2", shut, 0, time.Hour)}, 0, shut, "d-2"},
		{"and after it what is left", []evenkeel.Order{visitors("d-1", challenge, 0, 2*time.Hour), visitors("d-2", shut, 0, time.Hour)}, 90 * time.Minute, challenge, "d-1"},
		{"a challenge that a person ended does not begin again", []evenkeel.Order{ended, visitors("d-3", challenge, 0, 2*time.Hour)}, 0, none, "d-1"},
		{"until it would have been over", []evenkeel.Order{ended, visitors("d-3", challenge, 0, 2*time.Hour)}, time.Hour, challenge, "d-3"},
		{"one that shuts goes before that", []evenkeel.Order{ended, visitors("d-2", shut, 0, time.Hour)}, 0, shut, "d-2"},
		{"what was shut and is open again leaves nothing", []evenkeel.Order{opened}, 0, none, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := Compile(c.orders, sites(), start)
			if g := r.Gate("shop", start.Add(c.after)); g.Measure != c.want || g.By != c.by {
				t.Errorf("got %s by %q; expected %s by %q", g.Measure, g.By, c.want, c.by)
			}
			if g := r.Gate("blog", start); g != (Gate{}) {
				t.Errorf("another site has %+v", g)
			}
		})
	}
}

// TestNoGateOutlivesItsOrder: whatever is ordered, nothing holds that no order says, nor after its end.
func TestNoGateOutlivesItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var orders []evenkeel.Order
		for i := range rapid.IntRange(0, 6).Draw(t, "orders") {
			d := evenkeel.DecisionID(rune('a' + i))
			m := rapid.SampledFrom([]evenkeel.Measure{evenkeel.MeasureChallenge, evenkeel.MeasureShut}).Draw(t, "measure")
			o := visitors(d, m, 0, time.Duration(rapid.IntRange(-1, 5).Draw(t, "hours"))*time.Hour)
			o.Lift = rapid.Bool().Draw(t, "lift")
			orders = append(orders, o)
		}
		r, _ := Compile(orders, sites(), start)
		for h := range 7 {
			now := start.Add(time.Duration(h) * time.Hour)
			g := r.Gate("shop", now)
			var shuts, spared, asks bool
			for _, o := range orders {
				lives := o.Until > now && o.Until > start
				shuts = shuts || lives && !o.Lift && o.Measure == evenkeel.MeasureShut
				spared = spared || lives && o.Lift && o.Measure == evenkeel.MeasureChallenge
				asks = asks || lives && !o.Lift && o.Measure == evenkeel.MeasureChallenge
			}
			want := evenkeel.MeasureNone
			if shuts {
				want = evenkeel.MeasureShut
			} else if !spared && asks {
				want = evenkeel.MeasureChallenge
			}
			if g.Measure != want || (g.By != "") != (shuts || spared || asks) {
				t.Fatalf("after %dh %s by %q; expected %s", h, g.Measure, g.By, want)
			}
		}
	})
}
