package judge_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// differ has ada and whoever is drawn differ about trial-1, so that a third is asked: what stands until then is what
// both support.
func differ(t *testing.T, lower evenkeel.Measure, more ...evenkeel.PersonID) *reviewed {
	t.Helper()
	s := review(t, since(30, append(more, "ada", "bea", "cem", "dov")...))
	for _, x := range s.folder().Decisions { // the machine's throttle is not what is looked at
		if x.State == evenkeel.InForce && x.Measure == evenkeel.MeasureThrottle {
			must(t, s.does(docket.ActLift, "ada", func(a *docket.Act) { a.Decision = x.ID }))
		}
	}
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	must(t, s.says(s.last().Waits(), lower))
	if r := s.last(); r.State != docket.ReviewSplit || s.inForce().Measure != lower {
		t.Fatalf("the review is %s and %s stands; expected that they differ, and %s", r.State, s.inForce().Measure, lower)
	}
	return s
}

// secondClock is the clock of whoever was drawn.
func (s *reviewed) secondClock() (out docket.Clock) {
	for _, k := range s.folder().Clocks {
		if k.Kind == docket.ClockSecond && k.Ended == 0 {
			out = k
		}
	}
	return out
}

// goesOn wants that the same person is waited for as before, for no longer, and about what stands now.
func (s *reviewed) goesOn(before docket.Review, due evenkeel.Moment) {
	s.t.Helper()
	r, k := s.last(), s.secondClock()
	if r.State != docket.ReviewSplit || r.Waits() != before.Waits() || len(r.Verdicts) != 2 || len(r.Draws) != len(before.Draws) || k.Due != due || k.Decision != r.Decision {
		s.t.Fatal(fmt.Sprintf("the review is %s (%s), waits for %q with %d verdicts about %s, until %+v; expected that it goes on until %s", r.State, r.Why, r.Waits(), len(r.Verdicts), r.Decision, k, due))
	}
}

// stands are the measures in force on an asset.
func (s *reviewed) stands(a evenkeel.AssetID) (out []string) {
	for _, x := range s.folder().Decisions {
		if x.Mode == evenkeel.ModeLive && x.State == evenkeel.InForce && slices.Contains(x.Assets, a) {
			by := "a machine"
			if !x.Actor.Automatic() {
				by = fmt.Sprint(len(slices.DeleteFunc([]evenkeel.PersonID{x.Actor.Person, x.Actor.Second}, func(p evenkeel.PersonID) bool { return p == "" })), " persons")
			}
			out = append(out, x.Measure.String()+" by "+by)
		}
	}
	slices.Sort(out)
	return out
}

// G, F13: whoever starts one more machine ends no review against him. What is found stays, the third decides, and
// what they decide is on what they looked at; the machine that joined stays under the measure that it is under.
func TestOneMoreMachineEndsNoReview(t *testing.T) {
	for third, want := range map[evenkeel.Measure][2]string{
		evenkeel.MeasureSuspend: {"notify by a machine, suspend by 2 persons", "notify by a machine"},
		evenkeel.MeasureNotify:  {"notify by a machine", "notify by a machine"},
		evenkeel.MeasureNone:    {"notify by a machine", "notify by a machine"},
	} {
		t.Run(third.String(), func(t *testing.T) {
			s := differ(t, evenkeel.MeasureNotify)
			before, due := *s.last(), s.secondClock().Due
			s.at += minute
			play(t, s.d, finding("trial-2", "trial", s.at, evenkeel.Final, usage))
			s.at += 11 * minute
			play(t, s.d, s.at)
			if got := s.stands("trial-2"); strings.Join(got, ", ") != "notify by a machine" {
				t.Fatalf("on the machine that joined stands %v; expected that the tenant was told of it, by a machine", got)
			}
			if before.Decision == s.last().Decision {
				t.Fatal("the notice was not superseded: this shows nothing")
			}
			s.goesOn(before, due)
			f := docket.Blind(s.folder(), before.Waits())
			for _, x := range f.Decisions {
				if x.Wanted == evenkeel.MeasureSuspend || x.Actor.Person == "ada" && x.From >= before.Opened || strings.Contains(x.Grounds.Says, "the pool, says") {
					t.Errorf("the third reads what was proposed: %s wanted %s by %+v: %q", x.Measure, x.Wanted, x.Actor, x.Grounds.Says)
				}
			}
			must(t, s.says(before.Waits(), third))
			one, two := strings.Join(s.stands("trial-1"), ", "), strings.Join(s.stands("trial-2"), ", ")
			if one != want[0] || two != want[1] || s.last().State != docket.ReviewSettled {
				t.Errorf("on what was looked at stands %q, on what joined %q, the review is %s; expected %q", one, two, s.last().State, want)
			}
			if k := s.secondClock(); k.Kind != 0 {
				t.Errorf("%+v runs still", k)
			}
		})
	}
}

// G, F13, N: where we miss our own clock what stands steps down or ends, and the third is heard all the same: whoever
// speaks until we are late ends no review against him.
func TestThatWeAreLateEndsNoReview(t *testing.T) {
	s := differ(t, evenkeel.MeasureThrottle, "eli", "fay", "gus", "hal", "ivo")
	play(t, s.d, act(docket.ActMessage, "trial", s.at+minute))
	s.at += 62 * minute
	play(t, s.d, s.at)
	r := s.last()
	if x := s.inForce(); x.Measure >= evenkeel.MeasureThrottle {
		t.Fatalf("%s stands still: this shows nothing", x.Measure)
	}
	if r.State != docket.ReviewSplit || r.Waits() == "" || len(r.Verdicts) != 2 || s.secondClock().Decision != r.Decision {
		t.Fatalf("the review is %s (%s) and waits for %q, until %+v; expected that a third is asked still", r.State, r.Why, r.Waits(), s.secondClock())
	}
	must(t, s.says(r.Waits(), evenkeel.MeasureSuspend))
	if got := strings.Join(s.stands("trial-1"), ", "); got != "suspend by 2 persons" || s.last().State != docket.ReviewSettled {
		t.Errorf("%s stands, and the review is %s", got, s.last().State)
	}
}

// What a person decides otherwise ends it, also where what stood has lapsed meanwhile (F13).
func TestWhoDecidesOtherwiseEndsTheReview(t *testing.T) {
	for name, does := range map[string]func(s *reviewed){
		"lifts what stands": func(s *reviewed) { must(s.t, s.does(docket.ActLift, "ada", func(*docket.Act) {})) },
		"lowers what stands": func(s *reviewed) {
			must(s.t, s.does(docket.ActLower, "ada", func(a *docket.Act) { a.Measure = evenkeel.MeasureNotify }))
		},
		"clears what has lapsed": func(s *reviewed) {
			play(s.t, s.d, act(docket.ActMessage, "trial", s.at+minute))
			s.at += 62 * minute
			play(s.t, s.d, s.at)
			must(s.t, s.does(docket.ActClear, "ada", func(a *docket.Act) { a.NoFlag = docket.NoFlagOnce }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := differ(t, evenkeel.MeasureThrottle, "eli", "fay", "gus", "hal", "ivo")
			does(s)
			if r := s.last(); r.State != docket.ReviewOvertaken || s.secondClock().Kind != 0 {
				t.Errorf("the review is %s, until %+v", r.State, s.secondClock())
			}
		})
	}
}

// G, F13: whoever gives a machine back ends no review about the others.
func TestGivingBackAMachineEndsNoReview(t *testing.T) {
	ctx := context.Background()
	s := review(t, since(30, "ada", "bea", "cem", "dov"))
	var lent land
	does := func(a docket.Act) {
		t.Helper()
		_, err := s.d.Do(ctx, a, &lent)
		must(t, err)
	}
	s.at += minute
	a := act(docket.ActPropose, "trial", s.at)
	a.Measure, a.Assets, a.Verdict = evenkeel.MeasureSuspend, []evenkeel.AssetID{"trial-1", "trial-2"}, s.whole(evenkeel.MeasureSuspend, "ada")
	does(a)
	says := func(m evenkeel.Measure) {
		t.Helper()
		s.at += minute
		a := act(docket.ActVerdict, "trial", s.at)
		a.By = s.last().Waits()
		a.Verdict = s.whole(m, string(a.By))
		does(a)
	}
	says(evenkeel.MeasureThrottle)
	before, due := *s.last(), s.secondClock().Due
	s.at += minute
	lent = *lent.without("trial-2", start.Add(s.at))
	_, err := s.d.Release(ctx, []evenkeel.AssetID{"trial-2"}, &lent, start.Add(s.at))
	must(t, err)
	if before.Decision == s.last().Decision {
		t.Fatal("nothing was let go of: this shows nothing")
	}
	s.goesOn(before, due)
	says(evenkeel.MeasureSuspend)
	if one, two := strings.Join(s.stands("trial-1"), ", "), strings.Join(s.stands("trial-2"), ", "); one != "suspend by 2 persons" || two != "" {
		t.Errorf("on what the tenant has stands %q, on what it gave back %q", one, two)
	}
}
