package judge_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// crew is who works here in a test.
type crew []docket.Reviewer

// Reviewers returns them.
func (c crew) Reviewers(context.Context) ([]docket.Reviewer, error) { return c, nil }

// since are persons who may decide since some days before the start.
func since(days int, persons ...evenkeel.PersonID) (out crew) {
	for _, p := range persons {
		out = append(out, docket.Reviewer{Person: p, Enrolled: start.Add(-time.Duration(days) * 24 * time.Hour)})
	}
	return out
}

func docketOf(t tester, b docket.Books, c crew) *judge.Docket {
	t.Helper()
	n := 0
	d, err := judge.New(judge.Parts{Books: b, Policy: defaultPolicy(t), Means: paper, Bench: c, Nonce: func() string {
		n++
		return fmt.Sprint("nonce ", n)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// bothFamilies is a machine that mines, on evidence of two families.
func bothFamilies() []any {
	return []any{finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire)}
}

// whole is a verdict that lacks nothing.
func whole(m evenkeel.Measure, words string) *docket.Verdict {
	v := &docket.Verdict{
		Measure: m, Innocent: "A benchmark that runs for hours, by " + words + ".", Facts: []string{"term-0", "term-1", "#1"},
		Ground: "Acceptable use.", Argument: "What was said of a batch job does not explain the pool at all, says " + words + ".",
	}
	for i := range 3 {
		v.Answers = append(v.Answers, fmt.Sprintf("Answer %d of %s is that it does not fit what was seen there at all.", i, words))
	}
	return v
}

// criteria is how many the policy has for mining.
func (s *reviewed) whole(m evenkeel.Measure, words string) *docket.Verdict {
	v := whole(m, words)
	fam, _ := defaultPolicy(s.t).Family("mining")
	for len(v.Answers) < len(fam.Criteria) {
		v.Answers = append(v.Answers, "And so says "+words+".")
	}
	v.Answers = v.Answers[:len(fam.Criteria)]
	return v
}

// reviewed is a case in which a machine mines, and who decides about it.
type reviewed struct {
	t  tester
	b  books
	d  *judge.Docket
	at time.Duration
}

func review(t tester, c crew) *reviewed {
	t.Helper()
	return reviewIn(t, newBooks(), c)
}

func reviewIn(t tester, b books, c crew) *reviewed {
	t.Helper()
	s := &reviewed{t: t, b: b, at: 10 * minute}
	s.d = docketOf(t, s.b, c)
	play(t, s.d, bothFamilies()...)
	return s
}

// does has somebody act, a minute later.
func (s *reviewed) does(kind docket.ActKind, by evenkeel.PersonID, with func(*docket.Act)) error {
	s.at += minute
	a := act(kind, "trial", s.at)
	a.By, a.ID = by, fmt.Sprint("test ", kind, s.at, by)
	with(&a)
	_, err := one(s.d, a)
	return err
}

func (s *reviewed) propose(by evenkeel.PersonID, m evenkeel.Measure) error {
	return s.does(docket.ActPropose, by, func(a *docket.Act) {
		a.Says = "It mined for a night, and " + string(by) + " found nothing else that explains it."
		a.Measure, a.Assets, a.Verdict = m, []evenkeel.AssetID{"trial-1"}, s.whole(m, string(by))
	})
}

func (s *reviewed) says(by evenkeel.PersonID, m evenkeel.Measure) error {
	return s.does(docket.ActVerdict, by, func(a *docket.Act) { a.Verdict = s.whole(m, string(by)) })
}

func (s *reviewed) folder() docket.Folder {
	all := folders(s.t, s.b)
	return all[len(all)-1]
}

func (s *reviewed) last() *docket.Review {
	r := s.folder().Reviews
	if len(r) == 0 {
		s.t.Fatal("there is no review")
	}
	return &r[len(r)-1]
}

// inForce is the highest live decision that stands.
func (s *reviewed) inForce() (out evenkeel.Decision) {
	for _, x := range s.folder().Decisions {
		if x.Mode == evenkeel.ModeLive && x.State == evenkeel.InForce && x.Measure >= out.Measure {
			out = x
		}
	}
	return out
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTwoPersonsWhoFindTheSameAreTwo (R5, F13; D: the notice says what is kept).
func TestTwoPersonsWhoFindTheSameAreTwo(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	r := s.last()
	if r.State != docket.ReviewDrawn || r.Waits() == "ada" || r.Waits() == "" || s.inForce().Measure == evenkeel.MeasureSuspend {
		t.Fatalf("the review is %+v; expected that another person was drawn, and that nothing stands", r)
	}
	if err := procedure.Drawn(r, &r.Draws[0]); err != nil {
		t.Error(err)
	}
	second := r.Waits()
	must(t, s.says(second, evenkeel.MeasureSuspend))
	x, f := s.inForce(), s.folder()
	if x.Measure != evenkeel.MeasureSuspend || x.Actor.Person != "ada" || x.Actor.Second != second || s.last().State != docket.ReviewAgreed {
		t.Errorf("in force is %s by %+v, the review is %s", x.Measure, x.Actor, s.last().State)
	}
	n := f.Notices[len(f.Notices)-1]
	if n.Measure != evenkeel.MeasureSuspend || n.Automatic || len(n.Keeps) == 0 || len(n.Seen) == 0 || !strings.Contains(n.Says, "does not explain the pool") {
		t.Errorf("the notice is %+v; expected the facts, what is kept, and the reasons of a person", n)
	}
	if c := f.Orders[len(f.Orders)-1]; c.Measure != evenkeel.MeasureSuspend || c.Lift {
		t.Errorf("the last order is %+v; expected that it is suspended", c)
	}
	if _, err := one(s.d, 9*24*time.Hour); err != nil || s.inForce().Measure == evenkeel.MeasureSuspend {
		t.Errorf("%v; after its end %s stands", err, s.inForce().Measure) // A: an end
	}
}

// TestWhereTwoDifferTheLowerCountsAndAThirdDecides (R5, F13).
func TestWhereTwoDifferTheLowerCountsAndAThirdDecides(t *testing.T) {
	for _, c := range []struct {
		name                       string
		first, second, third, then evenkeel.Measure
		between                    evenkeel.Measure // that stands until the third is heard
	}{
		{"the third is with the first", evenkeel.MeasureSuspend, evenkeel.MeasureThrottle, evenkeel.MeasureSuspend, evenkeel.MeasureSuspend, evenkeel.MeasureThrottle},
		{"the third is with the second", evenkeel.MeasureSuspend, evenkeel.MeasureThrottle, evenkeel.MeasureThrottle, evenkeel.MeasureThrottle, evenkeel.MeasureThrottle},
		{"the third is between them", evenkeel.MeasureDeny, evenkeel.MeasureThrottle, evenkeel.MeasureSuspend, evenkeel.MeasureSuspend, evenkeel.MeasureThrottle},
		{"both support what takes two", evenkeel.MeasureDeny, evenkeel.MeasureSuspend, evenkeel.MeasureDeny, evenkeel.MeasureDeny, evenkeel.MeasureSuspend},
		{"the second finds nothing and the third neither", evenkeel.MeasureSuspend, evenkeel.MeasureNone, evenkeel.MeasureNone, evenkeel.MeasureNotify, evenkeel.MeasureNotify},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := review(t, since(30, "ada", "bea", "cem", "dov"))
			// The throttle of the machine is not what is looked at: a person ends it first.
			for _, x := range s.folder().Decisions {
				if x.State == evenkeel.InForce && x.Measure == evenkeel.MeasureThrottle {
					must(t, s.does(docket.ActLift, "ada", func(a *docket.Act) { a.Decision = x.ID }))
				}
			}
			must(t, s.propose("ada", c.first))
			second := s.last().Waits()
			must(t, s.says(second, c.second))
			if x := s.inForce(); c.between != evenkeel.MeasureNotify && (x.Measure != c.between || x.Actor.Second == "") {
				t.Errorf("until a third is heard %s by %+v stands; expected %s, which both support", x.Measure, x.Actor, c.between)
			}
			third := s.last().Waits()
			if third == "" || third == "ada" || third == second {
				t.Fatalf("drawn is %q; expected a third person", third)
			}
			must(t, s.says(third, c.third))
			if x := s.inForce(); c.then != evenkeel.MeasureNotify && x.Measure != c.then || c.then == evenkeel.MeasureNotify && x.Measure > c.then {
				t.Errorf("%s stands; expected %s, the middle of the three", x.Measure, c.then)
			}
			if r := s.last(); r.State != docket.ReviewSettled {
				t.Errorf("the review is %s", r.State)
			}
		})
	}
}

// TestNobodyIsASecondPersonWhoIsNone: through the judge, as store/sqlite's TestNobodyIsTwo tries it
// in the database (R5).
func TestNobodyIsASecondPersonWhoIsNone(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	second := s.last().Waits()
	other := evenkeel.PersonID("bea")
	if second == "bea" {
		other = "cem"
	}
	for name, by := range map[string]evenkeel.PersonID{
		"a second session of the first person": "ada", "somebody who was not drawn": other, "an account": "a-ada", "a token": "tok-1", "the first under another name": "Ada",
	} {
		if err := s.says(by, evenkeel.MeasureSuspend); err == nil {
			t.Errorf("%s: the verdict is taken", name)
		}
	}
	if err := s.propose("eve", evenkeel.MeasureSuspend); err == nil {
		t.Error("somebody who does not work here proposes")
	}
	must(t, s.says(second, evenkeel.MeasureSuspend))
	if err := s.says(second, evenkeel.MeasureSuspend); err == nil {
		t.Error("a verdict is taken twice")
	}
}

// TestOfTwoVerdictsAtOnceOneCounts (R5: a race).
func TestOfTwoVerdictsAtOnceOneCounts(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	second := s.last().Waits()
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		a := act(docket.ActVerdict, "trial", s.at+minute)
		a.By, a.ID, a.Verdict = second, fmt.Sprint("test race ", i), s.whole(evenkeel.MeasureSuspend, string(second))
		all.Go(func() { _, errs[i] = one(s.d, a) })
	}
	all.Wait()
	failed := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(failed) != 3 || len(s.last().Verdicts) != 2 {
		t.Errorf("%d of 4 fail, %d verdicts are kept; expected that one counts: %v", len(failed), len(s.last().Verdicts), failed)
	}
}

// TestWhoIsNotDrawn (R5): the rule's author, who acted on the tenant, and who came too lately, such
// as an administrator who made himself a reviewer to be the second.
func TestWhoIsNotDrawn(t *testing.T) {
	part := "one other person acted on this tenant before, or wrote the rule"
	for name, c := range map[string]struct {
		crew crew
		do   func(s *reviewed)
		why  string
	}{
		"the author of the rule": {since(30, "ada", "bea"), func(s *reviewed) { must(s.t, s.d.Wrote(context.Background(), "bea", "crypto-mining", start)) }, part},
		"who granted the tenant a flag": {since(30, "ada", "bea"), func(s *reviewed) {
			must(s.t, s.does(docket.ActFlag, "bea", func(a *docket.Act) {
				a.Grant = &docket.Grant{Selector: evenkeel.Selector{Principal: "x"}, Until: a.At.Add(time.Hour)}
			}))
		}, part},
		"an administrator who became a reviewer just now": {append(since(30, "ada"), docket.Reviewer{Person: "root", Enrolled: start.Add(5 * minute)}), func(*reviewed) {}, "one other person got the right to decide only after the case was opened"},
		"who is here for six days":                        {append(since(30, "ada"), since(6, "bea")...), func(*reviewed) {}, "one other person got the right to decide less than seven days ago: one can be drawn from " + start.Add(day).String() + " on"},
		"several, and each for a reason": {append(since(30, "ada", "bea", "cem"), since(6, "dov")...), func(s *reviewed) {
			must(s.t, s.d.Wrote(context.Background(), "bea", "crypto-mining", start))
			must(s.t, s.d.Wrote(context.Background(), "cem", "crypto-mining", start))
		}, "2 other persons acted on this tenant before, or wrote the rule; one other person got the right to decide less than seven days ago: one can be drawn from " + start.Add(day).String() + " on"},
		"nobody but the first": {since(30, "ada"), func(*reviewed) {}, "nobody else here has enrolled and may decide"},
		"nobody at all":        {nil, func(*reviewed) {}, "nobody else here has enrolled and may decide"},
	} {
		t.Run(name, func(t *testing.T) {
			s := review(t, c.crew)
			c.do(s)
			before := s.d.Seconded(t.Context(), docket.Act{Kind: docket.ActPropose, Case: s.folder().Case.ID, By: "ada", At: start.Add(s.at + minute)})
			err := s.propose("ada", evenkeel.MeasureSuspend)
			if said := "this takes two persons, and nobody could be the second: " + c.why; before == nil || before.Error() != said || !strings.HasSuffix(fmt.Sprint(err), said) || evenkeel.HintOf(before) != evenkeel.HintOf(err) {
				t.Errorf("before one writes it says %v (hint %q), and then %v; expected %q both times", before, evenkeel.HintOf(before), err, said)
			}
			if evenkeel.KindOf(err) != evenkeel.KindDenied || !strings.Contains(evenkeel.HintOf(err), "isolate for 4 hours") {
				t.Errorf("proposing says %v (hint %q); expected that nobody could be drawn, and what one person can do", err, evenkeel.HintOf(err))
			}
		})
	}
}

// TestWhoLooksAtAPageWaitsForNobodyWhoWrites: a page says who could be the second while the books are written.
func TestWhoLooksAtAPageWaitsForNobodyWhoWrites(t *testing.T) {
	s := review(t, since(30, "ada", "bea"))
	asked := docket.Act{Kind: docket.ActPropose, Case: s.folder().Case.ID, By: "ada", At: start.Add(s.at + minute)}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // who waits does so for ever
	defer cancel()
	must(t, s.b.Transact(t.Context(), func(docket.Tx) error { return s.d.Seconded(ctx, asked) }))
}

// TestWhoeverWasDrawnMayRecuseAndIsReplacedWhenLate (R5).
func TestWhoeverWasDrawnMayRecuseAndIsReplacedWhenLate(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem", "dov"))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	first := s.last().Waits()
	must(t, s.does(docket.ActRecuse, first, func(*docket.Act) {}))
	second := s.last().Waits()
	if second == first || second == "ada" {
		t.Fatalf("drawn is %s again", second)
	}
	if err := s.says(first, evenkeel.MeasureSuspend); err == nil {
		t.Error("who recused gives a verdict all the same")
	}
	s.at += 31 * minute
	_, err := one(s.d, s.at)
	must(t, err)
	third := s.last().Waits()
	if third == first || third == second || third == "" || s.last().Draws[1].Ended != "late" {
		t.Fatalf("after half an hour %q is waited for; expected somebody else", third)
	}
	s.at += 31 * minute
	_, err = one(s.d, s.at)
	must(t, err)
	if r := s.last(); r.State != docket.ReviewUnseconded || !strings.Contains(r.Why, "Everybody") {
		t.Errorf("after everybody was asked it is %s: %s", r.State, r.Why)
	}
	for _, x := range s.folder().Decisions {
		if x.ID == s.last().Decision && x.State != evenkeel.Refused {
			t.Errorf("what waited is %s; expected that it is refused", x.State)
		}
	}
}

// TestWhatNeedsTwoIsAskedWhereItIsApproved: nobody is left with an error alone.
func TestWhatNeedsTwoIsAskedWhereItIsApproved(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	for i := 2; i <= 3; i++ {
		play(t, s.d, mines(evenkeel.AssetID(fmt.Sprintf("trial-%d", i)), time.Duration(20+i)*minute)...)
	}
	play(t, s.d, mines("trial-1", 40*minute)...)
	play(t, s.d, 4*time.Hour)
	s.at = 4 * time.Hour
	var asked evenkeel.Decision
	for _, x := range s.folder().Decisions {
		if x.State == evenkeel.Proposed && x.Wanted == evenkeel.MeasureIsolate && x.Grounds.Row == "above isolate, or account-wide" {
			asked = x
		}
	}
	if asked.ID == "" {
		t.Fatal("nothing account-wide is proposed")
	}
	approve := func(by evenkeel.PersonID) error {
		return s.does(docket.ActApprove, by, func(a *docket.Act) { a.Decision, a.Measure = asked.ID, evenkeel.MeasureIsolate })
	}
	must(t, approve("ada"))
	r, f := s.last(), s.folder()
	if r.State != docket.ReviewAsked || r.About != docket.AboutAccount || r.Waits() != "ada" || !strings.Contains(f.Entries[len(f.Entries)-1].Says, "answer 1, to") {
		t.Fatalf("the review is %+v; expected that it waits for the verdict of ada, and says what that needs", r)
	}
	if err := approve("bea"); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("approving it again: %v; expected that the review is named", err)
	}
	must(t, s.says("ada", evenkeel.MeasureIsolate))
	must(t, s.says(s.last().Waits(), evenkeel.MeasureIsolate))
	if x := s.inForce(); x.Measure != evenkeel.MeasureIsolate || x.Actor.Second == "" || x.Supersedes != asked.ID {
		t.Errorf("in force is %s by %+v in the place of %s", x.Measure, x.Actor, x.Supersedes)
	}
}

// TestOnlyALawfulOrderEndsTheWayToTheData (D, R6): two persons, and an end.
func TestOnlyALawfulOrderEndsTheWayToTheData(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	order := func(h docket.Hold) func(*docket.Act) {
		return func(a *docket.Act) { a.Hold, a.Verdict = &h, s.whole(0, "ada") }
	}
	for _, h := range []docket.Hold{{}, {Authority: "District court", Reference: "7 Qs 12/26"}, {Authority: "District court", Until: start.Add(24 * time.Hour)}} {
		if err := s.does(docket.ActPropose, "ada", order(h)); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("order %+v: %v; expected that it is refused", h, err)
		}
	}
	until := start.Add(24 * time.Hour)
	must(t, s.does(docket.ActPropose, "ada", order(docket.Hold{Authority: "District court", Reference: "7 Qs 12/26", Until: until})))
	now := func() evenkeel.Moment { return start.Add(s.at) }
	if len(s.withheld(now())) > 0 {
		t.Error("one person ends the way to the data")
	}
	must(t, s.does(docket.ActVerdict, s.last().Waits(), func(a *docket.Act) { a.Verdict = s.whole(0, "the second"); a.Verdict.Grant = true }))
	if h := s.withheld(now()); len(h) != 1 || h[0].Hold.Reference != "7 Qs 12/26" {
		t.Errorf("the orders are %+v; expected that it stands", h)
	}
	if len(s.withheld(until)) > 0 {
		t.Error("the order stands after its end")
	}
	if x := s.inForce(); x.Measure > evenkeel.MeasureThrottle {
		t.Errorf("by the order %s stands; expected no measure of it", x.Measure)
	}
}

// TestAPermanentBlockIsLookedAtWithinAYear (A: no measure is without an end).
func TestAPermanentBlockIsLookedAtWithinAYear(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	propose := func(days int) error {
		return s.does(docket.ActPropose, "ada", func(a *docket.Act) {
			a.Measure, a.Assets, a.Until, a.Verdict = evenkeel.MeasureIsolate, []evenkeel.AssetID{"trial-1"}, a.At.Add(time.Duration(days)*24*time.Hour), s.whole(evenkeel.MeasureIsolate, "ada")
		})
	}
	if err := propose(400); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("for 400 days: %v; expected that it is refused", err)
	}
	must(t, propose(200))
	if r := s.last(); r.About != docket.AboutBlock {
		t.Errorf("it is a question of %s", r.About)
	}
	must(t, s.says(s.last().Waits(), evenkeel.MeasureIsolate))
	if x := s.inForce(); x.Measure != evenkeel.MeasureIsolate || x.Until.Sub(x.From) < 199*24*time.Hour {
		t.Errorf("%s until %s stands", x.Measure, x.Until)
	}
}

// TestNeitherReadsWhatTheOtherFound (R5: blind).
func TestNeitherReadsWhatTheOtherFound(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	f := s.folder()
	second := s.last().Waits()
	for _, p := range []evenkeel.PersonID{second, "", "eve"} {
		seen := fmt.Sprintf("%+v", docket.Blind(f, p))
		for _, secret := range []string{"Because of this.", "by ada", "suspend", "ada", "nonce 1"} {
			if strings.Contains(seen, secret) {
				t.Errorf("%q reads %q of the first verdict", p, secret)
			}
		}
	}
	if b := docket.Blind(f, second); b.Reviews[0].Waits() == "" || b.Reviews[0].Draws[0].Drawn != second || len(b.Reviews[0].Criteria) == 0 {
		t.Errorf("who was drawn does not read that she was, and what to answer: %+v", b.Reviews[0])
	}
	if got := docket.Blind(f, "ada"); len(got.Reviews[0].Verdicts) != 1 {
		t.Error("the first does not read her own verdict")
	}
	must(t, s.says(second, evenkeel.MeasureSuspend))
	if got := docket.Blind(s.folder(), "eve"); len(got.Reviews[0].Verdicts) != 2 {
		t.Error("what is over is hidden still")
	}
}

// TestNothingThatTakesTwoStandsWithoutThem over random acts: two different persons, who may
// decide, were drawn, and had no part in it before (R5).
func TestNothingThatTakesTwoStandsWithoutThem(t *testing.T) {
	states := map[docket.ReviewState]int{}
	persons := []evenkeel.PersonID{"ada", "bea", "cem", "dov", "eve"}
	rapid.Check(t, func(r *rapid.T) {
		s := review(r, append(since(30, persons[:3]...), since(2, "dov")...))
		for range rapid.IntRange(2, 14).Draw(r, "acts") {
			by := rapid.SampledFrom(persons).Draw(r, "by")
			if f := s.folder(); len(f.Reviews) > 0 && rapid.Bool().Draw(r, "who is waited for") {
				by = f.Reviews[len(f.Reviews)-1].Waits()
			}
			m := rapid.SampledFrom([]evenkeel.Measure{evenkeel.MeasureDeny, evenkeel.MeasureSuspend, evenkeel.MeasureSuspend, evenkeel.MeasureThrottle, evenkeel.MeasureNone}).Draw(r, "measure")
			switch rapid.IntRange(0, 9).Draw(r, "act") {
			case 0, 1:
				_ = s.propose(by, m)
			case 2, 3, 4, 5:
				_ = s.says(by, m)
			case 6:
				_ = s.does(docket.ActRecuse, by, func(*docket.Act) {})
			case 7:
				_ = s.does(rapid.SampledFrom([]docket.ActKind{docket.ActApprove, docket.ActRefuse, docket.ActLift}).Draw(r, "kind"), by, func(*docket.Act) {})
			case 8:
				s.at += time.Duration(rapid.IntRange(1, 50).Draw(r, "minutes")) * minute
				_, _ = one(s.d, s.at)
			default:
				_ = s.does(docket.ActClear, by, func(a *docket.Act) { a.NoFlag = docket.NoFlagOnce })
			}
			for _, f := range folders(r, s.b) {
				for i := range f.Reviews {
					checkReview(r, &f, &f.Reviews[i])
				}
				for _, x := range f.Decisions {
					if x.Mode == evenkeel.ModeLive && x.State == evenkeel.InForce && x.Measure.NeedsTwo() {
						checkTwo(r, &f, &x)
					}
				}
			}
		}
		for _, f := range folders(r, s.b) {
			for i := range f.Reviews {
				states[f.Reviews[i].State]++
			}
		}
	})
	t.Logf("reviews by state: %v", states)
}

// checkReview wants that whoever gave a later verdict was drawn, among those who may be.
func checkReview(t tester, f *docket.Folder, r *docket.Review) {
	t.Helper()
	for i := range r.Draws {
		d := &r.Draws[i]
		if err := procedure.Drawn(r, d); err != nil || slices.Contains(d.Candidates, "dov") || slices.Contains(d.Candidates, "eve") || d.Drawn == r.By {
			t.Fatal(fmt.Sprintf("round %d draws %s among %v: %v", d.Round, d.Drawn, d.Candidates, err))
		}
		for _, e := range f.Entries {
			if e.Kind == evenkeel.EntryActed && e.Actor.Person == d.Drawn && e.At < r.Opened {
				t.Fatal(fmt.Sprintf("%s was drawn and had acted at %s", d.Drawn, e.At))
			}
		}
	}
	for _, v := range r.Verdicts[min(1, len(r.Verdicts)):] {
		if !slices.ContainsFunc(r.Draws, func(d docket.Draw) bool { return d.Drawn == v.Person && d.Ended == "" }) {
			t.Fatal(fmt.Sprintf("%s gave a verdict and was not drawn", v.Person))
		}
	}
}

// checkTwo wants a review in which both persons of a decision support it.
func checkTwo(t tester, f *docket.Folder, x *evenkeel.Decision) {
	t.Helper()
	for i := range f.Reviews {
		r := &f.Reviews[i]
		a, b := r.VerdictOf(x.Actor.Person), r.VerdictOf(x.Actor.Second)
		if x.Actor.Person != x.Actor.Second && a != nil && b != nil && a.Measure >= x.Measure && b.Measure >= x.Measure {
			return
		}
	}
	t.Fatal(fmt.Sprintf("%s is in force by %+v, and no review has the verdicts of both", x.Measure, x.Actor))
}
