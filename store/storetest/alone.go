package storetest

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// both is a review in which ada and bea agreed on a measure, on some assets and until a moment; 0: no end was asked.
func both(c evenkeel.Case, n int, m evenkeel.Measure, until evenkeel.Moment, assets ...evenkeel.AssetID) docket.Review {
	r := aReview(c, n, 1, "ada", "bea")
	r.About, r.Wanted, r.Result, r.Assets, r.Until, r.State = docket.AboutAccount, m, m, assets, until, docket.ReviewAgreed
	for i := range r.Verdicts {
		r.Verdicts[i].Measure = m
	}
	return r
}

// cutting is a decision in force that cuts assets off for some hours; "" where a machine took it.
func cutting(c evenkeel.Case, n int, by evenkeel.PersonID, hours int, assets ...evenkeel.AssetID) evenkeel.Decision {
	d := aDecision(c, n, evenkeel.InForce)
	d.Measure, d.Actor.Person, d.Assets, d.Until = evenkeel.MeasureIsolate, by, assets, d.From.Add(time.Duration(hours)*time.Hour)
	return d
}

// runs are changes of which the books know what the tenant runs.
func runs(d evenkeel.Decision, assets ...evenkeel.AssetID) docket.Changes {
	return docket.Changes{Tenant: d.Tenant, Decisions: []evenkeel.Decision{d}, Runs: assets}
}

// accountByTwo: by what a decision names and by what the tenant runs, whoever says what it is (R5, mission: account-wide).
func accountByTwo(t *testing.T, s *scene) {
	c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 0)
	s.put(docket.Changes{Cases: []evenkeel.Case{c, other}})
	for _, by := range []evenkeel.PersonID{"", "ada"} {
		s.refused(runs(cutting(c, 1, by, 1, "vm-1", "vm-2"), "vm-1", "vm-2"), evenkeel.KindConflict)
		frozen := cutting(c, 1, by, 1, "vm-1", "vm-2")
		frozen.Measure = evenkeel.MeasureFreeze
		s.refused(runs(frozen, "vm-1", "vm-2"), evenkeel.KindConflict)
	}
	s.put(runs(cutting(c, 1, "", 1, "vm-1"), "vm-1", "vm-2"))
	held := cutting(c, 2, "", 1, "vm-1")
	held.State = evenkeel.Held
	over := cutting(c, 1, "", 1, "vm-1")
	over.State, over.At = evenkeel.Lapsed, at(61)
	s.refused(docket.Changes{Decisions: []evenkeel.Decision{cutting(other, 2, "ada", 1, "vm-2")}}, evenkeel.KindConflict) // by instalments
	s.put(docket.Changes{Decisions: []evenkeel.Decision{over, held}})
	s.refused(docket.Changes{Decisions: []evenkeel.Decision{cutting(other, 2, "ada", 1, "vm-2")}}, evenkeel.KindConflict)
	s.transact(func(tx docket.Tx) error {
		cut, err := tx.CutOff("raisup", other.ID)
		same(t, "what is cut off elsewhere", cut, []evenkeel.AssetID{"vm-1"})
		own, err2 := tx.CutOff("raisup", c.ID)
		if len(own) > 0 || err2 != nil {
			t.Errorf("in all cases but the one it stands in, %v is cut off (%v)", own, err2)
		}
		return err
	})
	s.put(runs(cutting(other, 2, "ada", 1, "vm-2"), "vm-1", "vm-2", "vm-3")) // one is left
	two := func(n int, assets ...evenkeel.AssetID) evenkeel.Decision {
		d := cutting(c, n, "ada", 1, assets...)
		d.Actor.Second = "bea"
		return d
	}
	all := []evenkeel.AssetID{"vm-1", "vm-2", "vm-3"}
	s.refused(runs(two(4, all...)), evenkeel.KindConflict) // two names and no review
	s.put(docket.Changes{Reviews: []docket.Review{both(other, 1, evenkeel.MeasureIsolate, 0, all...), both(c, 2, evenkeel.MeasureIsolate, 0, "vm-1"), both(c, 3, evenkeel.MeasureThrottle, 0, all...)}})
	s.refused(runs(two(4, all...)), evenkeel.KindConflict) // they agreed in another case, on less of it, on a lower measure
	s.put(docket.Changes{Reviews: []docket.Review{both(c, 4, evenkeel.MeasureIsolate, 0, all...)}, Decisions: []evenkeel.Decision{two(4, all...)}})
	down := cutting(c, 5, "", 1, all...)
	down.Measure, down.Supersedes = evenkeel.MeasureFreeze, two(4).ID
	s.refused(runs(down), evenkeel.KindConflict) // what it takes the place of stands still
	was := two(4, all...)
	was.State, was.At = evenkeel.Superseded, down.From
	s.put(docket.Changes{Decisions: []evenkeel.Decision{was, down}}) // a step down takes nobody
	more := down
	more.Assets = append(more.Assets, "vm-4")
	s.refused(runs(more), evenkeel.KindConflict)
}

// lastingByTwo: no measure lasts by one (R5, A: a lease has an end; alone at most isolate, four hours).
func lastingByTwo(_ *testing.T, s *scene) {
	c := aCase("raisup", "mining", 0)
	s.put(docket.Changes{Cases: []evenkeel.Case{c}})
	put := func(d evenkeel.Decision) docket.Changes { return docket.Changes{Decisions: []evenkeel.Decision{d}} }
	throttled := func(n int, by evenkeel.PersonID, hours int) evenkeel.Decision {
		d := cutting(c, n, by, hours, "vm-1")
		d.Measure = evenkeel.MeasureThrottle
		return d
	}
	s.refused(put(throttled(1, "", 25)), evenkeel.KindConflict)
	s.refused(put(throttled(1, "ada", 25)), evenkeel.KindConflict)
	s.refused(put(cutting(c, 1, "ada", 5, "vm-1")), evenkeel.KindConflict)
	s.put(put(throttled(1, "ada", 24)))
	longer := throttled(1, "ada", 48)
	s.refused(put(longer), evenkeel.KindConflict)
	waits := throttled(2, "ada", 48)
	waits.State = evenkeel.Proposed
	s.put(put(waits))
	waits.State, waits.Actor.Second = evenkeel.InForce, "bea"
	s.refused(put(waits), evenkeel.KindConflict)
	s.put(docket.Changes{Reviews: []docket.Review{both(c, 1, evenkeel.MeasureThrottle, at(2).Add(48*time.Hour), "vm-1")}})
	s.refused(put(waits), evenkeel.KindConflict) // it comes as a new one
	lasts := throttled(3, "ada", 47)
	lasts.Actor.Second = "bea"
	s.put(put(lasts))
	lasts.Until = at(2).Add(49 * time.Hour)
	s.refused(put(lasts), evenkeel.KindConflict) // later than they agreed on
	// On appeal one person upholds what a machine isolated, until no later.
	machine, upheld := cutting(c, 4, "", 20, "vm-1"), cutting(c, 5, "ada", 0, "vm-1")
	s.put(put(machine))
	upheld.Until, upheld.Supersedes = machine.Until, machine.ID
	machine.State, machine.At = evenkeel.Superseded, upheld.From
	later := upheld
	later.Until++
	s.refused(docket.Changes{Decisions: []evenkeel.Decision{machine, later}}, evenkeel.KindConflict)
	s.put(docket.Changes{Decisions: []evenkeel.Decision{machine, upheld}})
	// What was only proposed, or gave way before it began, says nothing of how long.
	held, approved := cutting(c, 6, "", 20, "vm-1"), cutting(c, 7, "ada", 19, "vm-1")
	held.State, held.From = evenkeel.Held, at(100)
	s.put(put(held))
	held.State, held.At, approved.Supersedes = evenkeel.Superseded, approved.From, held.ID
	s.refused(docket.Changes{Decisions: []evenkeel.Decision{held, approved}}, evenkeel.KindConflict)
}

// askedStays: what two were asked for is not made more of once they were asked (R5).
func askedStays(_ *testing.T, s *scene) {
	c := aCase("raisup", "mining", 0)
	r, order := aReview(c, 1, 1, "ada"), ordering(c, 2, 1, "ada", "bea")
	s.put(docket.Changes{Cases: []evenkeel.Case{c}, Reviews: []docket.Review{r, order}})
	for _, spoil := range []func(*docket.Review){
		func(r *docket.Review) { r.Assets = append(r.Assets, "vm-2") },
		func(r *docket.Review) { r.Until = at(99) },
		func(r *docket.Review) { r.Wanted = evenkeel.MeasureDeny },
		func(r *docket.Review) { r.Hold = &docket.Hold{Authority: "me", Until: at(999)} },
	} {
		more := r
		spoil(&more)
		s.refused(docket.Changes{Reviews: []docket.Review{more}}, evenkeel.KindConflict)
	}
	x := withholding(c, 3, &order)
	for _, spoil := range []func(*evenkeel.Decision){
		func(d *evenkeel.Decision) { d.Until = order.Hold.Until + 1 },
		func(d *evenkeel.Decision) { d.Assets = append(d.Assets, "vm-2") },
	} {
		more := x
		spoil(&more)
		s.refused(docket.Changes{Decisions: []evenkeel.Decision{more}}, evenkeel.KindConflict)
	}
	s.put(docket.Changes{Decisions: []evenkeel.Decision{x}})
	x.Until = order.Hold.Until + 1
	s.refused(docket.Changes{Decisions: []evenkeel.Decision{x}}, evenkeel.KindConflict)
}
