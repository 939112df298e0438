package judge_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// waitsFor are the notices that what was announced waits for a person.
func waitsFor(f docket.Folder) (out []evenkeel.Notice) {
	return slices.DeleteFunc(slices.Clone(f.Notices), func(n evenkeel.Notice) bool { return n.State != evenkeel.Proposed || n.Receipt != "" })
}

// announcedLimit is a case in which a limit of trial-1 was announced, and a question asked.
func announcedLimit(t *testing.T) (books, *judge.Docket, *evenkeel.Decision) {
	t.Helper()
	b := newBooks()
	d := newDocket(t, b)
	late(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), afterwards)
	late(t, d, finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire), afterwards+time.Second)
	x := stateOf(t, b, evenkeel.MeasureThrottle)
	return b, d, &x
}

// N, R24: what was announced and becomes a question is told once; the letter about what a person ended by it does not say
// that there is nothing to do; and what is approved before its time names the time that was told.
func TestWhatWasAnnouncedAndIsAskedIsTold(t *testing.T) {
	b, d, x := announcedLimit(t)
	from := x.From
	lift := act(docket.ActLift, "trial", afterwards+minute)
	lift.Decision = stateOf(t, b, evenkeel.MeasureNotify).ID
	play(t, d, lift)
	f := folders(t, b)[0]
	told := waitsFor(f)
	if len(told) != 1 || told[0].Measure != evenkeel.MeasureThrottle || !slices.Equal(told[0].Assets, x.Assets) || told[0].PersonBy == 0 || told[0].Appeal != 0 {
		t.Fatalf("told that it waits for a person: %+v; expected one letter about the throttle", told)
	}
	over := slices.IndexFunc(f.Notices, func(n evenkeel.Notice) bool { return n.State == evenkeel.Lifted })
	if over < 0 || !f.Notices[over].Undecided {
		t.Errorf("%+v; expected that the letter about the end of the question knows that a person decides", f.Notices)
	}
	approve := act(docket.ActApprove, "trial", afterwards+minute+31*time.Second)
	approve.Decision = x.ID
	play(t, d, approve)
	f = folders(t, b)[0]
	n := f.Notices[len(f.Notices)-1]
	if n.State != evenkeel.InForce || n.Measure != evenkeel.MeasureThrottle || n.Announced != from || n.From >= from {
		t.Errorf("%s %s from %s, announced for %s; expected the throttle, earlier than %s", n.Measure, n.State, n.From, n.Announced, from)
	}
	if len(waitsFor(f)) != 1 {
		t.Errorf("%+v; expected that it was told once", waitsFor(f))
	}
}

// N: the tenant knows what an answer of its own does: it was told before, and reads it on its page.
func TestAnAnswerIsNotToldAsAQuestion(t *testing.T) {
	b, d, _ := announcedLimit(t)
	play(t, d, act(docket.ActAnswer, "trial", afterwards+minute))
	if n := waitsFor(folders(t, b)[0]); len(n) != 0 {
		t.Errorf("%+v; expected no letter about what the tenant did", n)
	}
	if f := folders(t, b)[0]; len(f.Decisions) == 0 || f.Case.Waiting == 0 {
		t.Errorf("%+v; expected that it was heard", f.Case)
	}
}

// N: what begins when it was announced is not said to come earlier, nor to wait.
func TestWhatBeginsAsAnnouncedSaysNothingOfThat(t *testing.T) {
	b, d, x := announcedLimit(t)
	play(t, d, x.From.Sub(start)+minute)
	f := folders(t, b)[0]
	if i := slices.IndexFunc(f.Notices, func(n evenkeel.Notice) bool { return n.State == evenkeel.InForce && n.Measure == x.Measure }); i < 0 || f.Notices[i].Announced != 0 || len(waitsFor(f)) != 0 {
		t.Errorf("%+v; expected the throttle as announced, and no word of a person", f.Notices)
	}
}

// N, B: under a switch many machines become a question in one moment: that is one letter with all of them, also where it is
// looked at twice, and no restriction.
func TestManyThatAreAskedTogetherAreOneLetter(t *testing.T) {
	b := newBooks()
	d, known := newDocket(t, b), &land{}
	machines := []evenkeel.AssetID{"trial-1", "trial-2", "trial-3"}
	for i, signs := range [][]sign{{usage}, {usage, stratum}, {usage, stratum}} {
		for _, a := range machines {
			considered(t, d, known, finding(a, "trial", time.Duration(i)*61*minute, evenkeel.Final, signs...))
		}
	}
	do(t, d, known, houseAct(docket.ActPull, "ada", 123*minute, scoped(docket.SwitchGlobal, "")))
	for range 2 {
		if _, err := d.Sweep(context.Background(), start.Add(200*minute), known); err != nil {
			t.Fatal(err)
		}
	}
	f := folders(t, b)[0]
	told := waitsFor(f)
	if len(told) != 1 || told[0].Measure != evenkeel.MeasureIsolate || !slices.Equal(told[0].Assets, machines) {
		t.Fatalf("%+v; expected one letter about the three", told)
	}
	if n := told[0]; len(n.Beside) != 1 || n.Beside[0].State != evenkeel.InForce || n.Beside[0].Measure != evenkeel.MeasureThrottle {
		t.Errorf("beside it stands %+v; expected the throttle that goes on", n.Beside)
	}
	for _, o := range f.Orders {
		if o.Measure == evenkeel.MeasureIsolate {
			t.Errorf("%+v was ordered", o)
		}
	}
}
