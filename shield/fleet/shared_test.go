package fleet

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// edges are a park of edges that stand before the same site.
func edges(t *testing.T) (*park, evenkeel.Order, *books) {
	p := newPark(t, "e-1", "e-2", "e-3", "h-1")
	p.holds["site"], p.holds["vm"] = []string{"e-1", "e-2", "e-3"}, []string{"h-1"}
	for _, e := range p.holds["site"] {
		p.state[e] = Host{ID: e, Here: true, Known: true, Shares: true}
	}
	o := p.order("d", "site")
	o.Measure, o.Params = evenkeel.MeasureShut, nil
	kept := newBooks(o, lift(o))
	p.fleet = New(shield.Means{Measures: []evenkeel.Measure{evenkeel.MeasureChallenge, evenkeel.MeasureShut}}, p.clock.Now, Options{Answers: soon, Books: kept})
	p.fleet.Open(p)
	return p, o, kept
}

func TestOfThreeEdgesWithOneSiteAllGetTheOrderAndOneReceiptSaysSo(t *testing.T) {
	p, o, kept := edges(t)
	r := p.apply(o)
	if r.State != evenkeel.ReceiptApplied || r.Node != "hosts" {
		t.Errorf("%+v", r)
	}
	for _, e := range []string{"e-1", "e-2", "e-3"} {
		if len(p.gotBy(e)) != 1 {
			t.Errorf("%s got %v; expected the order", e, p.gotBy(e))
		}
	}
	if len(p.gotBy("h-1")) != 0 || len(kept.taken()) != 0 {
		t.Errorf("a host got %v, and the books took %v beside the receipt", p.gotBy("h-1"), kept.taken())
	}
}

func TestAnEdgeThatIsDeadHoldsUpNoMeasureAndGetsItWhenItComes(t *testing.T) {
	p, o, kept := edges(t)
	p.here("e-2", false, true)
	r := p.apply(o)
	if r.State != evenkeel.ReceiptApplied || len(p.gotBy("e-1")) != 1 || len(p.gotBy("e-3")) != 1 {
		t.Fatalf("%+v; expected that the two that are here carry it out", r)
	}
	kept.last[o.ID] = r
	// What one of them says of it is taken, though the third is silent still.
	p.clock.Pass(1)
	says := evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptApplied, Effect: "at proof", At: p.clock.Now(), Asked: evenkeel.Unasked}
	if err := p.fleet.Answer(t.Context(), "e-1", says); err != nil || len(kept.taken()) != 1 {
		t.Errorf("%v; the books took %+v; expected what an edge says now", err, kept.taken())
	}
	p.here("e-2", true, true)
	p.carry("e-2")
	if got := kept.taken(); len(p.gotBy("e-2")) != 1 || len(got) != 2 || got[1].State != evenkeel.ReceiptApplied {
		t.Errorf("it got %v, and the books took %+v", p.gotBy("e-2"), got)
	}
}

func TestALiftWaitsForAnEdgeThatIsAway(t *testing.T) {
	p, o, _ := edges(t)
	p.apply(o)
	p.here("e-2", false, true)
	if _, err := p.fleet.Apply(t.Context(), lift(o)); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("%v; the edge may come back with what was ordered", err)
	}
}

func TestNobodyCarriesItOutWhereAllEdgesAreAway(t *testing.T) {
	p, o, _ := edges(t)
	for _, e := range p.holds["site"] {
		p.here(e, false, true)
	}
	if r, err := p.fleet.Apply(t.Context(), o); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("%+v, %v; expected that nobody answers", r, err)
	}
}

func TestAnEdgeThatComesToASiteGetsWhatStandsThere(t *testing.T) {
	p, o, _ := edges(t)
	p.holds["site"] = []string{"e-1", "e-2"}
	p.apply(o)
	settle := func() {
		t.Helper()
		if err := p.fleet.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.work.Wait()
	}
	p.fleet.Came("e-3")
	p.fleet.Came("h-1")
	if settle(); len(p.gotBy("e-3")) != 0 {
		t.Errorf("it does not hold the site, and got %v", p.gotBy("e-3"))
	}
	p.mu.Lock()
	p.holds["site"] = []string{"e-1", "e-2", "e-3"}
	p.mu.Unlock()
	p.fleet.Came("e-3")
	if settle(); len(p.gotBy("e-3")) != 1 {
		t.Fatalf("it got %v; expected what stands", p.gotBy("e-3"))
	}
	p.fleet.Came("e-3")
	if settle(); len(p.gotBy("e-3")) != 1 || len(p.gotBy("e-1")) != 1 {
		t.Errorf("it came again to those that have it: %v, %v", p.gotBy("e-3"), p.gotBy("e-1"))
	}
}
