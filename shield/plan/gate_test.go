package plan

import (
	"math"
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
	pressed := visitors("d-4", shut, time.Second, time.Hour)
	pressed.Params = map[string]string{"when": "pressed"}
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
		{"a challenge that was ended does not begin again", []evenkeel.Order{ended, visitors("d-0", challenge, -time.Hour, 2*time.Hour)}, 0, none, "d-1"},
		{"until it would have been over", []evenkeel.Order{ended, visitors("d-0", challenge, -time.Hour, 2*time.Hour)}, time.Hour, challenge, "d-0"},
		{"one that took its place holds", []evenkeel.Order{ended, visitors("d-3", challenge, time.Second, 2*time.Hour)}, time.Second, challenge, "d-3"},
		{"one that may show the page, too", []evenkeel.Order{ended, pressed}, time.Second, shut, "d-4"},
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
			m := rapid.SampledFrom([]evenkeel.Measure{evenkeel.MeasureChallenge, evenkeel.MeasureShut}).Draw(t, "measure")
			from := time.Duration(-rapid.IntRange(0, 3).Draw(t, "since")) * time.Hour
			o := visitors(evenkeel.DecisionID(rune('a'+i)), m, from, time.Duration(rapid.IntRange(-1, 5).Draw(t, "hours"))*time.Hour)
			if m == evenkeel.MeasureShut && rapid.Bool().Draw(t, "pressed") {
				o.Params = map[string]string{"when": "pressed"}
			}
			o.Lift = rapid.Bool().Draw(t, "lift")
			orders = append(orders, o)
		}
		r, _ := Compile(orders, sites(), start)
		for h := range 7 {
			now := start.Add(time.Duration(h) * time.Hour)
			g, shuts, last, any := r.Gate("shop", now), false, evenkeel.Moment(math.MinInt64), false
			for _, o := range orders {
				if o.Until <= now || o.Until <= start || o.Lift && o.Measure == evenkeel.MeasureShut {
					continue
				}
				any, last = true, max(last, o.From)
				shuts = shuts || !o.Lift && o.Measure == evenkeel.MeasureShut && o.Params == nil
			}
			switch {
			case !any && g != (Gate{}):
				t.Fatalf("after %dh %+v, and nothing is ordered", h, g)
			case shuts != (g.Measure == evenkeel.MeasureShut && !g.Pressed):
				t.Fatalf("after %dh %+v; shut in any case: %v", h, g, shuts)
			case any && !shuts && g.From != last:
				t.Fatalf("after %dh %+v; expected what was ordered last", h, g)
			case any && g.Until <= now:
				t.Fatalf("after %dh %+v, which is over", h, g)
			}
		}
	})
}
