package judge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestAVerdictSaysWhatItLacks (R5, F14), and a denial is composed.
func TestAVerdictSaysWhatItLacks(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*docket.Verdict)
		spoke bool
		says  string
	}{
		"an answer":                        {func(v *docket.Verdict) { v.Answers[1] = " " }, false, "answer 2, to"},
		"all answers":                      {func(v *docket.Verdict) { v.Answers = nil }, false, "answer 1, to"},
		"an innocent explanation":          {func(v *docket.Verdict) { v.Innocent = "" }, false, "strongest innocent explanation"},
		"the ground":                       {func(v *docket.Verdict) { v.Ground = "" }, false, "the clause"},
		"facts":                            {func(v *docket.Verdict) { v.Facts = nil }, false, "a fact by reference"},
		"a fact that is there":             {func(v *docket.Verdict) { v.Facts[0] = "#999" }, false, "none of its findings"},
		"an answer to the tenant":          {func(v *docket.Verdict) { v.Argument = "" }, true, "what is said to the tenant's words"},
		"three facts of a denial":          {func(v *docket.Verdict) { v.Measure, v.Facts = evenkeel.MeasureDeny, []string{"#1", "#1", "#2"} }, false, "3 different facts"},
		"a measure that could be found":    {func(v *docket.Verdict) { v.Measure = evenkeel.MeasureShut }, false, "none, notify, throttle, isolate, suspend or deny"},
		"an answer where there are enough": {func(v *docket.Verdict) { v.Answers = append(v.Answers, "x") }, false, "and no more"},
	} {
		t.Run(name, func(t *testing.T) {
			s := review(t, since(30, "ada", "bea"))
			if c.spoke {
				play(t, s.d, act(docket.ActAnswer, "trial", 9*minute))
			}
			must(t, s.propose("ada", evenkeel.MeasureDeny))
			v := s.whole(evenkeel.MeasureSuspend, "bea")
			c.spoil(v)
			err := s.does(docket.ActVerdict, "bea", func(a *docket.Act) { a.Verdict = v })
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v; expected %q", err, c.says)
			}
		})
	}
}

// TestADenialThatIsATemplateIsRefused (F14): the answer of 31 May 2019 gave no reason, and everybody got it.
func TestADenialThatIsATemplateIsRefused(t *testing.T) {
	const (
		of2019 = "We have reviewed your account and have declined to activate it, and no further information or action is required from you."
		own    = "The pool is named in each of the flows of this night, and the machine was created for it."
	)
	s := review(t, since(30, "ada", "bea"))
	play(t, s.d, act(docket.ActAnswer, "trial", 9*minute))
	denies := func(spoil func(*docket.Act)) error {
		return s.does(docket.ActPropose, "ada", func(a *docket.Act) {
			a.Measure, a.Says, a.Verdict = evenkeel.MeasureDeny, of2019, s.whole(evenkeel.MeasureDeny, "ada")
			spoil(a)
		})
	}
	must(t, denies(func(*docket.Act) {}))
	must(t, s.does(docket.ActRefuse, "ada", func(a *docket.Act) { a.Decision = s.last().Decision }))
	if r := s.last(); r.State != docket.ReviewOvertaken {
		t.Fatalf("the review is %s; expected that the refusal of one person ends it", r.State)
	}
	anew := func(a *docket.Act) {
		a.Says = own
		a.Verdict.Innocent = "A test of the new pricing job, which nobody had announced and which ended at dawn."
		a.Verdict.Argument = "You wrote of a batch job; a batch job of yours has no reason to ask a pool for work."
		for i := range a.Verdict.Answers {
			a.Verdict.Answers[i] = fmt.Sprintf("As to %s: the sensor at the port shows it.", []string{"words", "wire", "doubt", "gaps", "before", "more"}[i])
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*docket.Act)
		says  string
	}{
		{"the same again", func(a *docket.Act) {}, "the verdict and of an earlier denial"},
		{"the same with the number of a ticket", func(a *docket.Act) {
			a.Verdict.Argument += " Case 4711, ticket 0815, with our kind regards."
		}, "the verdict and of an earlier denial"},
		{"a reason that was told before", func(a *docket.Act) { anew(a); a.Says = of2019 + " Ticket 0815." }, "the reason why it is proposed and of an earlier denial"},
		{"an argument that was told before as a reason", func(a *docket.Act) { anew(a); a.Verdict.Argument = "Sorry! " + of2019 }, "the argument and of an earlier denial"},
		{"no reason", func(a *docket.Act) { anew(a); a.Says = "Abuse." }, "the reason why it is proposed in at least 8 words"},
		{"dots for answers", func(a *docket.Act) { anew(a); a.Verdict.Answers[0] = " -. " }, "answer 1, to"},
		{"an answer of one word", func(a *docket.Act) { anew(a); a.Verdict.Answers[0] = "No." }, "answer 1 in at least 3 words"},
		{"a dot for what it could have been", func(a *docket.Act) { anew(a); a.Verdict.Innocent = "." }, "the strongest innocent explanation"},
		{"a word for what it could have been", func(a *docket.Act) { anew(a); a.Verdict.Innocent = "None." }, "the strongest innocent explanation in at least 8 words"},
		{"a word to the tenant's words", func(a *docket.Act) { anew(a); a.Verdict.Argument = "We do not believe you." }, "the argument in at least 8 words"},
		{"what was done for what was found", func(a *docket.Act) { anew(a); a.Verdict.Facts = []string{"#1", "#2", "term-0"} }, "2 facts that were found"},
	} {
		if err := denies(c.spoil); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; expected %q", c.name, err, c.says)
		}
	}
	must(t, denies(anew))
}
