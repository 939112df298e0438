package judge_test

import (
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// without is the same crew once somebody was withdrawn.
func (c crew) without(gone evenkeel.PersonID) crew {
	return slices.DeleteFunc(slices.Clone(c), func(r docket.Reviewer) bool { return r.Person == gone })
}

// R5, N: a reviewer who is withdrawn while a review waits for them decides nothing any more: another
// one is drawn when their time is over, and our clock towards the tenant runs on as it did.
func TestAReviewerWhoIsWithdrawnHoldsNothingUp(t *testing.T) {
	all := since(30, "ada", "bea", "cem", "dov")
	s := review(t, all)
	play(t, s.d, act(docket.ActAnswer, "trial", s.at))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	gone := s.last().Waits()
	s.d = docketOf(t, s.b, all.without(gone))
	if err := s.says(gone, evenkeel.MeasureSuspend); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("the verdict of who was withdrawn: %v; expected that it is refused", err)
	}
	our := clockOf(s.folder(), docket.ClockOurAnswer)
	s.at += 31 * minute
	play(t, s.d, s.at)
	r := s.last()
	next := r.Waits()
	if next == "" || next == gone || next == "ada" || r.Draws[0].Ended != "late" {
		t.Fatalf("%q is waited for after %+v; expected somebody else", next, r.Draws)
	}
	f := s.folder()
	if now := clockOf(f, docket.ClockOurAnswer); now.Ended != 0 || now.Due != our.Due || our.Due == 0 {
		t.Errorf("our clock is %+v; expected that it runs on to %s", now, our.Due)
	}
	if sentences(f, "A person was drawn by lot") != 2 {
		t.Errorf("the timeline says of %d draws; expected both", sentences(f, "A person was drawn by lot"))
	}
	must(t, s.says(next, evenkeel.MeasureSuspend))
	if x := s.inForce(); x.Measure != evenkeel.MeasureSuspend || x.Actor.Person != "ada" || x.Actor.Second != next {
		t.Errorf("%s by %s and %s; expected the suspension by who is left", x.Measure, x.Actor.Person, x.Actor.Second)
	}
}

// Whoever opened a review and is withdrawn before their verdict is in leaves it to others, who end what
// waits and ask anew; people are called to it meanwhile.
func TestWhoOpenedAReviewAndIsWithdrawnLeavesItToOthers(t *testing.T) {
	all := since(30, "ada", "bea", "cem", "dov")
	s := review(t, all)
	play(t, s.d, act(docket.ActAnswer, "trial", s.at))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	waited := s.last().Decision
	s.d = docketOf(t, s.b, all.without("ada"))
	must(t, s.does(docket.ActRefuse, "bea", func(a *docket.Act) { a.Decision = waited }))
	if r := s.last(); r.State != docket.ReviewOvertaken {
		t.Errorf("the review is %s; expected that it is over", r.State)
	}
	must(t, s.does(docket.ActMessage, "", func(*docket.Act) {}))
	must(t, s.propose("cem", evenkeel.MeasureSuspend))
	if next := s.last().Waits(); next != "dov" {
		t.Errorf("%q is waited for; expected dov, who had no part", next)
	}
}
