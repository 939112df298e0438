package judge_test

import (
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// withheld are the lawful orders in force about the tenant of the scene at a moment.
func (s *reviewed) withheld(at evenkeel.Moment) []docket.Withholding {
	f := s.folder()
	return f.Withheld(at)
}

func (s *reviewed) now() evenkeel.Moment { return start.Add(s.at) }

// order has ada and whoever is drawn agree on a lawful order.
func (s *reviewed) order(h docket.Hold) {
	s.t.Helper()
	must(s.t, s.does(docket.ActPropose, "ada", func(a *docket.Act) { a.Hold, a.Verdict = &h, s.whole(0, "ada") }))
	must(s.t, s.does(docket.ActVerdict, s.last().Waits(), func(a *docket.Act) { a.Verdict = s.whole(0, "the second"); a.Verdict.Grant = true }))
}

// data are the orders that say something of data, in the order of their writing.
func data(f *docket.Folder) (out []evenkeel.Order) {
	for _, o := range f.Orders {
		if o.Data != "" {
			out = append(out, o)
		}
	}
	return out
}

var court = docket.Hold{Authority: "District court", Reference: "7 Qs 12/26", Until: start.Add(24 * time.Hour)}

// TestALawfulOrderIsCarriedOut (D, R6, F6): by an order that takes the data and no measure, with a clock to its
// end, a notice that names it, and leaves; and given back at its end, by nobody.
func TestALawfulOrderIsCarriedOut(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	s.order(court)
	f := s.folder()
	orders := data(&f)
	if len(orders) != 1 || orders[0].Data != evenkeel.DataWithheld || orders[0].Measure != evenkeel.MeasureNone || orders[0].Until != court.Until || len(orders[0].Assets) == 0 {
		t.Fatalf("the orders are %+v", orders)
	}
	if n := f.Notices[len(f.Notices)-1]; n.Withheld != (evenkeel.Withheld{Authority: court.Authority, Reference: court.Reference, Until: court.Until}) || n.Check() != nil {
		t.Errorf("the notice is %+v", n)
	}
	if !slices.ContainsFunc(f.Clocks, func(k docket.Clock) bool { return k.Kind == docket.ClockWithheld && k.Due == court.Until }) {
		t.Errorf("no clock runs to its end: %+v", f.Clocks)
	}
	if _, err := s.d.Sweep(t.Context(), court.Until, world); err != nil {
		t.Fatal(err)
	}
	f = s.folder()
	if orders = data(&f); len(orders) != 2 || !orders[1].Lift || len(s.withheld(court.Until)) > 0 {
		t.Errorf("at its end the orders are %+v", orders)
	}
	for _, state := range []evenkeel.DecisionState{evenkeel.Lapsed} {
		if !slices.ContainsFunc(f.Decisions, func(x evenkeel.Decision) bool { return docket.Withholds(&x) && x.State == state }) {
			t.Errorf("the decision is not %s", state)
		}
	}
}

// TestNobodyAloneChangesALawfulOrder (D, R5): not by any act, not by closing the case.
func TestNobodyAloneChangesALawfulOrder(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	s.order(court)
	id := s.withheld(s.now())[0].Decision
	for _, kind := range []docket.ActKind{docket.ActLift, docket.ActLower, docket.ActRenew, docket.ActApprove, docket.ActRefuse} {
		if err := s.does(kind, "bea", func(a *docket.Act) { a.Decision, a.Measure = id, 0 }); err == nil || evenkeel.KindOf(err) != evenkeel.KindDenied {
			t.Errorf("%s by one person: %v; expected that it is denied", kind, err)
		}
	}
	must(t, s.does(docket.ActClear, "cem", func(a *docket.Act) { a.NoFlag = docket.NoFlagOnce }))
	if h := s.withheld(s.now()); len(h) != 1 {
		t.Fatal("closing the case gives the data back")
	}
	must(t, s.does(docket.ActPropose, "ada", func(a *docket.Act) {
		h := docket.Hold{Authority: court.Authority, Reference: court.Reference, Ends: true}
		a.Hold, a.Verdict = &h, s.whole(0, "ada")
	}))
	if len(s.withheld(s.now())) != 1 {
		t.Error("one person ends it")
	}
	must(t, s.does(docket.ActVerdict, s.last().Waits(), func(a *docket.Act) { a.Verdict = s.whole(0, "the second"); a.Verdict.Grant = true }))
	f := s.folder()
	if orders := data(&f); len(s.withheld(s.now())) > 0 || len(orders) != 2 || !orders[1].Lift {
		t.Errorf("two do not end it: %+v", orders)
	}
	if f.Case.State != evenkeel.CaseClosed {
		t.Errorf("the case is %s by it", f.Case.State)
	}
}

// TestWhoClosesTheCaseTakesNoOrderFromTwo (D, R5): what a court ordered waits on for its second person where the
// case is closed meanwhile, by a person or by silence; where who was drawn is late, another is.
func TestWhoClosesTheCaseTakesNoOrderFromTwo(t *testing.T) {
	for _, c := range []struct {
		name  string
		close docket.ActKind
		with  func(*docket.Act)
	}{
		{"cleared", docket.ActClear, func(a *docket.Act) { a.NoFlag = docket.NoFlagOnce }},
		{"closed as confirmed", docket.ActClose, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }},
		{"closed as inconclusive", docket.ActClose, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeInconclusive }},
	} {
		inBoth(t, c.name, func(t *testing.T, b books) {
			s := reviewIn(t, b, since(30, "ada", "bea", "cem", "dov"))
			must(t, s.does(docket.ActPropose, "ada", func(a *docket.Act) { a.Hold, a.Verdict = &court, s.whole(0, "ada") }))
			first := s.last().Waits()
			must(t, s.does(c.close, "ada", c.with))
			if f := s.folder(); f.Case.State != evenkeel.CaseClosed || s.last().Waits() != first {
				t.Fatalf("the case is %s, and the order waits for %q; expected for %s still", f.Case.State, s.last().Waits(), first)
			}
			s.at += 31 * minute
			play(t, s.d, s.at)
			second := s.last().Waits()
			if second == "" || second == first {
				t.Fatalf("half an hour later it waits for %q; expected another than %s", second, first)
			}
			must(t, s.does(docket.ActVerdict, second, func(a *docket.Act) { a.Verdict = s.whole(0, "the second"); a.Verdict.Grant = true }))
			if f := s.folder(); len(s.withheld(s.now())) != 1 || f.Case.State != evenkeel.CaseClosed {
				t.Errorf("%d orders withhold data, and the case is %s; expected what two agreed to, and that it is closed still", len(s.withheld(s.now())), f.Case.State)
			}
		})
	}
}

// TestALawfulOrderEndsThoughItsCaseIsClosed (D): its clock runs on, so that the data is given back at its end and
// not before.
func TestALawfulOrderEndsThoughItsCaseIsClosed(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	s.order(court)
	must(t, s.does(docket.ActClear, "bea", func(a *docket.Act) { a.NoFlag = docket.NoFlagOnce }))
	sweep := func(at evenkeel.Moment) []evenkeel.Order {
		t.Helper()
		if _, err := s.d.Sweep(t.Context(), at, world); err != nil {
			t.Fatal(err)
		}
		f := s.folder()
		return data(&f)
	}
	if before := court.Until.Add(-time.Minute); len(sweep(before)) != 1 || len(s.withheld(before)) != 1 {
		t.Error("it is given back before its end")
	}
	if orders := sweep(court.Until); len(orders) != 2 || !orders[1].Lift {
		t.Errorf("at its end the orders are %+v; expected that the data is given back", orders)
	}
}

// TestASecretOrderIsToldToNobody: no notice is written of it, and none names a way meanwhile.
func TestASecretOrderIsToldToNobody(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	secret := court
	secret.Secret = true
	before := len(s.folder().Notices)
	s.order(secret)
	if f := s.folder(); len(f.Notices) != before || len(data(&f)) != 1 {
		t.Errorf("%d notices and orders %+v", len(f.Notices)-before, data(&f))
	}
	must(t, s.does(docket.ActLower, "bea", func(a *docket.Act) { a.Measure = evenkeel.MeasureNotify }))
	f := s.folder()
	if n := f.Notices[len(f.Notices)-1]; n.Withheld.Authority != "" || len(n.Keeps) != 1 || len(f.Notices) == before {
		t.Errorf("the notice says %+v and keeps %q", n.Withheld, n.Keeps)
	}
}

// TestOrdersStandBesideOneAnother (D): what one court ordered is not ended by another, nor by the end of theirs.
func TestOrdersStandBesideOneAnother(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem", "dov", "eli", "fay"))
	other := docket.Hold{Authority: "High court", Reference: "1 A 2", Until: court.Until.Add(-time.Hour), Secret: true}
	s.order(court)
	s.order(other)
	if h := s.withheld(s.now()); len(h) != 2 || h[0].Hold.Same(&h[1].Hold) {
		t.Fatalf("%+v; expected that both withhold", h)
	}
	other.Ends = true
	s.order(other)
	if h := s.withheld(s.now()); len(h) != 1 || !h[0].Hold.Same(&court) || h[0].Hold.Secret {
		t.Errorf("%+v; expected that the first withholds on, and is told", h)
	}
}

// denied is a tenant whose contract has ended, by two persons; and its time to fetch the data.
func denied(t *testing.T) (*reviewed, func() docket.Clock) {
	s := review(t, since(30, "ada", "bea", "cem", "dov", "eli", "fay", "gus", "hal"))
	must(t, s.propose("ada", evenkeel.MeasureDeny))
	must(t, s.says(s.last().Waits(), evenkeel.MeasureDeny))
	id := s.folder().Case.ID
	fetching := func() (out docket.Clock) {
		for _, f := range folders(t, s.b) {
			for _, k := range f.Clocks {
				if f.Case.ID == id && k.Kind == docket.ClockRetrieval {
					out = k
				}
			}
		}
		return out
	}
	if k := fetching(); k.Due == 0 || k.Paused != "" {
		t.Fatalf("the time to fetch the data is %+v", k)
	}
	return s, fetching
}

// TestAnOrderEnteredAnewLeavesTheTimeToFetchStandingStill (D): it neither runs on nor stands still anew.
func TestAnOrderEnteredAnewLeavesTheTimeToFetchStandingStill(t *testing.T) {
	s, fetching := denied(t)
	s.order(court)
	first := fetching()
	if first.Paused != docket.PausedByOrder || first.PausedAt != s.now() {
		t.Fatalf("under the order the clock is %+v", first)
	}
	longer := court
	longer.Until = court.Until.Add(time.Hour)
	s.order(longer)
	if again := fetching(); again.PausedAt != first.PausedAt || again.Due != first.Due || again.Stood != first.Stood || len(s.withheld(s.now())) != 1 {
		t.Errorf("entered anew the clock is %+v; expected %+v", again, first)
	}
	if _, err := s.d.Sweep(t.Context(), longer.Until, world); err != nil {
		t.Fatal(err)
	}
	if k := fetching(); k.Paused != "" || k.Due != first.Due.Add(longer.Until.Sub(first.PausedAt)) {
		t.Errorf("after the order the clock is %+v; expected all the time that it had left", k)
	}
}

// TestAnOrderHoldsTheTimeToFetchOfEveryCase (D): of an old one too, behind more cases than a dossier holds.
func TestAnOrderHoldsTheTimeToFetchOfEveryCase(t *testing.T) {
	s, fetching := denied(t)
	k := fetching()
	later := docket.Changes{Tenant: "trial"}
	for n := range docket.MaxPrior + 8 {
		at := s.now().Add(time.Duration(n) * time.Second)
		later.Cases = append(later.Cases, evenkeel.Case{
			ID: evenkeel.NewCaseID("trial", "login", at), Tenant: "trial", Family: "login", Opened: at, State: evenkeel.CaseClosed, Since: at, Latest: at, Outcome: evenkeel.OutcomeInconclusive,
		})
	}
	must(t, s.does(docket.ActClose, "ada", func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }))
	must(t, s.b.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(later) }))
	s.at += minute
	play(t, s.d, finding("trial-2", "trial", s.at, evenkeel.Provisional, usage), finding("trial-2", "trial", s.at+2*minute, evenkeel.Final, usage, wire))
	s.at += 3 * minute
	long := court
	long.Until = k.Due.Add(10 * 24 * time.Hour)
	s.order(long)
	if x := s.folder(); x.Case.ID == k.Case {
		t.Fatal("the order is about the old case")
	}
	if _, err := s.d.Sweep(t.Context(), k.Due.Add(time.Hour), world); err != nil {
		t.Fatal(err)
	}
	if held := fetching(); held.Ended != 0 || held.Paused != docket.PausedByOrder {
		t.Errorf("the time to fetch the data of the old case is %+v; expected that it stands still", held)
	}
}

// TestAnotherPersonIsDrawnBesideAClockThatStandsStill (R5): whatever that one waits for.
func TestAnotherPersonIsDrawnBesideAClockThatStandsStill(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	drawn, f := s.last().Waits(), s.folder()
	paused := docket.Clock{Case: f.Case.ID, Kind: docket.ClockDesk, Started: start, Due: start.Add(time.Minute), Paused: "nobody is at work", PausedAt: start}
	must(t, s.b.Transact(t.Context(), func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Tenant: "trial", Clocks: []docket.Clock{paused}})
	}))
	if _, err := s.d.Sweep(t.Context(), s.now().Add(procedure.SecondFor), world); err != nil {
		t.Fatal(err)
	}
	if r := s.last(); len(r.Draws) != 2 || r.Draws[0].Ended != "late" || r.Waits() == drawn || r.Waits() == "" {
		t.Errorf("the review waits for %q after %+v; expected another person than %s", r.Waits(), r.Draws, drawn)
	}
}

// TestTwoWhoEnteredAnOrderMayEndIt (D, R5) where nobody else is left, and each of them once; where somebody is
// left who had no part in it, that one is drawn.
func TestTwoWhoEnteredAnOrderMayEndIt(t *testing.T) {
	ends := docket.Hold{Authority: court.Authority, Reference: court.Reference, Ends: true}
	t.Run("two work here", func(t *testing.T) {
		s := review(t, since(30, "ada", "bea"))
		s.order(court)
		must(t, s.does(docket.ActPropose, "ada", func(a *docket.Act) { a.Hold, a.Verdict = &ends, s.whole(0, "ada") }))
		if r := s.last(); r.Waits() != "bea" || len(s.withheld(s.now())) != 1 {
			t.Fatalf("the review waits for %q", r.Waits())
		}
		if err := s.does(docket.ActVerdict, "ada", func(a *docket.Act) { a.Verdict = s.whole(0, "ada"); a.Verdict.Grant = true }); err == nil {
			t.Error("one person is both")
		}
		must(t, s.does(docket.ActVerdict, "bea", func(a *docket.Act) { a.Verdict = s.whole(0, "bea"); a.Verdict.Grant = true }))
		if h := s.withheld(s.now()); len(h) > 0 {
			t.Errorf("%+v; expected that the data is given back", h)
		}
	})
	t.Run("a third works here", func(t *testing.T) {
		s := review(t, since(30, "ada", "bea", "cem"))
		s.order(court)
		third := evenkeel.PersonID("bea")
		if f := s.folder(); f.Reviews[0].VerdictOf("bea") != nil {
			third = "cem"
		}
		must(t, s.does(docket.ActPropose, "ada", func(a *docket.Act) { a.Hold, a.Verdict = &ends, s.whole(0, "ada") }))
		if r := s.last(); len(r.Draws[0].Candidates) != 1 || r.Waits() != third {
			t.Errorf("drawn among %v; expected %s, who had no part in it", r.Draws[0].Candidates, third)
		}
	})
	t.Run("an order takes somebody who had no part in the case", func(t *testing.T) {
		s := review(t, since(30, "ada", "bea"))
		s.order(court)
		other := docket.Hold{Authority: "High court", Reference: "1 A 2", Until: court.Until}
		if err := s.does(docket.ActPropose, "ada", func(a *docket.Act) { a.Hold, a.Verdict = &other, s.whole(0, "ada") }); evenkeel.KindOf(err) != evenkeel.KindDenied || err == nil {
			t.Errorf("%v; expected that nobody could be drawn", err)
		}
	})
}

// TestAnOrderThatAnOlderProgramAskedForWithholdsNothing (D): before form 15 a review named no machines, and
// whoever is asked now would not know of which; nor was it kept with which words an act came.
func TestAnOrderThatAnOlderProgramAskedForWithholdsNothing(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	c := s.folder().Case
	old := docket.Review{
		ID: docket.NewReviewID(c.ID, "old"), Case: c.ID, Tenant: c.Tenant, About: docket.AboutHold, Hold: &court, Opened: start.Add(s.at), By: "ada", State: docket.ReviewDrawn, Since: start.Add(s.at),
		Draws: []docket.Draw{{Round: 1, Nonce: "n", Candidates: []evenkeel.PersonID{"bea"}, Hash: procedure.CandidatesHash([]evenkeel.PersonID{"bea"}), Drawn: "bea", At: start.Add(s.at)}},
	}
	v := *s.whole(0, "ada")
	v.Person, v.At, v.Grant, old.Criteria = "ada", old.Opened, true, make([]string, len(v.Answers))
	old.Verdicts = []docket.Verdict{v}
	must(t, s.b.Transact(t.Context(), func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Tenant: c.Tenant, Reviews: []docket.Review{old}, Taken: []string{docket.ActKey("old")}})
	}))
	a := act(docket.ActPropose, "trial", s.at)
	a.ID, a.By, a.Hold, a.Verdict = "old", "ada", &court, s.whole(0, "ada")
	if _, err := one(s.d, a); evenkeel.KindOf(err) != evenkeel.KindConflict || err == nil || len(s.folder().Reviews) != 1 {
		t.Errorf("the same act once more: %v; expected that nothing is done", err)
	}
	must(t, s.does(docket.ActVerdict, "bea", func(a *docket.Act) { a.Verdict = s.whole(0, "bea"); a.Verdict.Grant = true }))
	r, f := s.last(), s.folder()
	if r.State != docket.ReviewOvertaken || r.Granted || r.Why != "It was asked by an older program, which did not keep of which machines: ask two persons anew." || len(data(&f)) > 0 || len(s.withheld(s.now())) > 0 {
		t.Errorf("the review is %s, %q, and the orders are %+v", r.State, r.Why, data(&f))
	}
	s.order(court)
	if len(s.withheld(s.now())) != 1 {
		t.Error("asked anew it withholds nothing")
	}
}
