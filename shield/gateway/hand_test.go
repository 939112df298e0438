package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/mandate"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// boot is a clock of its own, by which orders end.
const boot = evenkeel.Moment(time.Hour)

// orders has an edge carry orders out about the visitors of a site, and returns their ruleset.
func (w *world) orders(now evenkeel.Moment, all ...evenkeel.Order) *plan.Ruleset {
	w.t.Helper()
	h, at := w.edge.Hand(), &plan.World{Guests: []plan.Guest{{Asset: "shop.example"}, {Asset: "blog.example"}}}
	at.Can = h.Can()
	r, _ := plan.Compile(all, at, now)
	if err := h.Swap(w.t.Context(), r, now); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func orderOf(d evenkeel.DecisionID, m evenkeel.Measure, params map[string]string) evenkeel.Order {
	return evenkeel.Order{
		ID: evenkeel.NewOrderID(d, false), Decision: d, Measure: m, Params: params, Assets: []evenkeel.AssetID{"shop.example"}, From: boot, Until: boot.Add(time.Hour),
	}
}

func TestASiteThatIsOrderedShutShowsItsOwnPage(t *testing.T) {
	w := newWorld(t, nil, document("shop", "maintenance: {en: \"We are back soon.\"}\n"), document("blog", ""))
	r := w.orders(boot, orderOf("d-1", evenkeel.MeasureShut, map[string]string{"update": "We were flooded, and mend it."}))
	seen, err := w.edge.Hand().Look(t.Context(), r, boot, "shop.example")
	if err != nil || seen.Amiss != "" || seen.Says != "shows its own page" {
		t.Errorf("%+v, %v", seen, err)
	}
	v := w.visits(person("shop.example", 1), "/")
	fields := http.Header{}
	v.Answer.Put(fields)
	if v.Forward || v.Answer.Status != 503 || fields.Get("Retry-After") == "" {
		t.Fatalf("a visitor is answered %d, %v", v.Answer.Status, fields)
	}
	for _, says := range []string{"We are back soon.", "We were flooded, and mend it."} {
		if !strings.Contains(string(v.Answer.Body), says) {
			t.Errorf("the page does not say %q:\n%s", says, v.Answer.Body)
		}
	}
	if !w.visits(person("blog.example", 1), "/").Forward {
		t.Error("the neighbour is shut too")
	}
	if err := w.edge.Stop("shop", 0); err != nil || w.visits(person("shop.example", 1), "/").Forward {
		t.Error("a start by hand ended the order")
	}
	w.now = w.now.Add(time.Hour) // nobody swaps: it ends by itself
	if !w.visits(person("shop.example", 1), "/").Forward {
		t.Error("it is shut beyond its end")
	}
	if seen, _ := w.edge.Hand().Look(t.Context(), r, boot, "elsewhere.example"); seen.Amiss == "" {
		t.Error("what is not served here seems to be")
	}
	if seen, _ := w.edge.Hand().Look(t.Context(), w.orders(boot.Add(time.Hour)), boot, "shop.example"); seen.Amiss != "" {
		t.Errorf("nothing is ordered, and amiss is %q", seen.Amiss)
	}
}

// TestAPageThatIsOrderedWhilePressedIsNotForced: where nobody presses, visitors reach the site.
func TestAPageThatIsOrderedWhilePressedIsNotForced(t *testing.T) {
	w := newWorld(t, nil, document("shop", ""), document("blog", ""))
	r := w.orders(boot, orderOf("d-1", evenkeel.MeasureShut, map[string]string{"when": "pressed"}))
	if !w.visits(person("shop.example", 1), "/").Forward {
		t.Error("nobody presses, and a visitor is held back")
	}
	if seen, _ := w.edge.Hand().Look(t.Context(), r, boot, "shop.example"); seen.Amiss != "" || seen.Says == "" {
		t.Errorf("%+v", seen)
	}
}

// flooded has a flood come that would overwhelm a site's backends, and says at which stage that ends.
func (w *world) flooded(b *backend, seconds int) stage.Stage {
	for range seconds {
		w.flood("shop.example", b, 200, imitator, "/article/", nil)
		w.second(nil)
	}
	return w.stageOf("shop")
}

func TestAJoinedEdgeGoesByTheWordOfControl(t *testing.T) {
	told := func(w *world, m evenkeel.Measure, except map[evenkeel.AssetID]evenkeel.Measure) {
		if taken, err := w.edge.Bind(mandate.Mandates{Until: momentOf(w.now.Add(time.Hour)), Highest: m, Except: except}); err != nil || taken.Sites != 2 {
			t.Fatalf("%+v, %v", taken, err)
		}
	}
	for _, c := range []struct {
		name string
		set  func(*world)
		most stage.Stage
		asks bool
	}{
		{"by itself", func(*world) {}, stage.Page, true},
		{"joined, and told nothing yet", func(w *world) { w.edge.Join(gateway.Unasked) }, stage.Filter, false},
		{"told that visitors may be asked", func(w *world) { told(w, evenkeel.MeasureChallenge, nil) }, stage.Queue, true},
		{"told to leave this one alone", func(w *world) {
			told(w, evenkeel.MeasureShut, map[evenkeel.AssetID]evenkeel.Measure{"shop.example": evenkeel.MeasureNotify})
		}, stage.Observe, false},
		{"told nothing, and ordered", func(w *world) {
			w.edge.Join(gateway.Unasked)
			w.orders(boot, orderOf("d-1", evenkeel.MeasureChallenge, nil))
		}, stage.Queue, true},
		{"a challenge that was lifted", func(w *world) {
			told(w, evenkeel.MeasureShut, nil)
			o := orderOf("d-1", evenkeel.MeasureChallenge, nil)
			o.Lift = true
			w.orders(boot, o)
		}, stage.Observe, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil, document("shop", ""), document("blog", ""))
			c.set(w)
			w.usual("shop.example", 2*time.Minute)
			if at := w.flooded(&backend{bears: 5}, 20); at > c.most || (at >= stage.Cookie) != c.asks {
				t.Errorf("a flood brings it to %s; expected at most %s, and that visitors are asked: %v", at, c.most, c.asks)
			}
		})
	}
}

// TestWhatControlToldEndsByItself: an edge of which control fell silent lets go.
func TestWhatControlToldEndsByItself(t *testing.T) {
	w := newWorld(t, nil, document("shop", ""), document("blog", ""))
	w.usual("shop.example", 2*time.Minute)
	if _, err := w.edge.Bind(mandate.Mandates{Until: momentOf(w.now.Add(time.Minute)), Highest: evenkeel.MeasureShut}); err != nil {
		t.Fatal(err)
	}
	b := &backend{bears: 5}
	if at := w.flooded(b, 20); at < stage.Cookie {
		t.Fatalf("a flood brings it to %s", at)
	}
	w.flooded(b, 50)
	if at := w.stageOf("shop"); at != stage.Observe {
		t.Errorf("it is at %s, and its mandate is over", at)
	}
}
