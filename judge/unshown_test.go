package judge_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// proof is whether the way to the data is shown, as a test turns it.
type proof struct{ shown bool }

// withProof is a docket whose backend declares all and shows as much as the proof says.
func withProof(t tester, b docket.Books, p *proof) *judge.Docket {
	t.Helper()
	m := paper
	m.Proven = false
	d, err := judge.New(judge.Parts{
		Books: b, Policy: defaultPolicy(t), Means: m, Shown: func() bool { return p.shown },
		Rota: desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// conclusive leads to an isolation that is held from 70 minutes on.
func conclusive() []any {
	return []any{
		finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, stratum),
		finding("trial-1", "trial", 70*minute, evenkeel.Final, usage, stratum),
	}
}

// D: what stands when the proof goes steps down at once, with an order to let go, a notice, an entry and
// a page; once.
func TestWhatStandsStepsDownWhenTheProofGoes(t *testing.T) {
	b, p := newBooks(), &proof{shown: true}
	d := withProof(t, b, p)
	play(t, d, append(conclusive(), 120*minute)...)
	f := folders(t, b)[0]
	if got := standing(f); !slices.Equal(got, []string{"isolate of trial-1"}) {
		t.Fatalf("%v stands; expected the isolation", got)
	}
	now := start.Add(130 * minute)
	unshown := func() []docket.Changes {
		t.Helper()
		heard, err := d.Unshown(context.Background(), f.Case.ID, "under isolate, export brought nothing (ask ops@example.net)", now)
		if err != nil {
			t.Fatal(err)
		}
		return heard.Changes
	}
	if got := unshown(); len(got) != 0 {
		t.Fatalf("while it is shown it changed %+v", got)
	}
	p.shown = false
	got := unshown()
	if len(got) != 1 {
		t.Fatalf("%d transactions; expected one", len(got))
	}
	c := got[0]
	if len(c.Orders) != 1 || !c.Orders[0].Lift || len(c.Notices) != 1 || len(c.Pages) != 1 || !slices.Equal(c.Pages[0].For, []evenkeel.PersonID{"ada"}) {
		t.Errorf("orders %+v, notices %+v, pages %+v; expected one to let go, one that says so, one to ada", c.Orders, c.Notices, c.Pages)
	}
	f = folders(t, b)[0]
	if got := standing(f); len(got) != 0 {
		t.Errorf("%v stands; expected nothing", got)
	}
	if sentences(f, "A canary was not fetched: under isolate, export brought nothing") != 1 || sentences(f, "isolate ends.") == 0 {
		t.Error("the timeline does not say why it ended")
	}
	for _, e := range f.Entries {
		if strings.Contains(e.Says, "ops@example.net") {
			t.Errorf("P: an address of somebody stands in %q", e.Says)
		}
	}
	if got := unshown(); len(got) != 0 {
		t.Errorf("twice is not once: %+v", got)
	}
}

// D: a hearing that was begun while the way was shown does not end in a measure when it is not shown
// any more; a person decides, and cannot enter it either.
func TestAHearingDoesNotEndInWhatIsNotShown(t *testing.T) {
	b, p := newBooks(), &proof{shown: true}
	d := withProof(t, b, p)
	play(t, d, conclusive()...)
	p.shown = false
	play(t, d, 120*minute)
	f := folders(t, b)[0]
	if got := standing(f); !slices.Equal(got, []string{"throttle of trial-1"}) || sentences(f, "isolate does not take effect") == 0 {
		t.Fatalf("%v stands; expected the throttle, and a line that says why", got)
	}
	approve := act(docket.ActApprove, "trial", 121*minute)
	approve.Measure = evenkeel.MeasureIsolate
	if _, err := one(d, approve); err == nil {
		t.Error("a person entered what is not shown")
	}
	if got := standing(folders(t, b)[0]); !slices.Equal(got, []string{"throttle of trial-1"}) {
		t.Errorf("%v stands; expected the throttle", got)
	}
}

// D: without a proof nothing above limit and throttle begins; with one that came later it may.
func TestWithoutAProofNothingBegins(t *testing.T) {
	for _, shown := range []bool{false, true} {
		b, p := newBooks(), &proof{shown}
		play(t, withProof(t, b, p), append(conclusive(), 120*minute)...)
		want := []string{"throttle of trial-1"}
		if shown {
			want = []string{"isolate of trial-1"}
		}
		if got := standing(folders(t, b)[0]); !slices.Equal(got, want) {
			t.Errorf("shown %v: %v stands; expected %v", shown, got, want)
		}
	}
}

func TestNoCaseIsSteppedDownThatIsNotThere(t *testing.T) {
	d := withProof(t, newBooks(), &proof{})
	if _, err := d.Unshown(t.Context(), "c-none", "nothing came", start.Add(time.Hour)); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("got %v; expected not found", err)
	}
}

// D: what was found rightly runs to its end after its case was closed, and ends at once where the way to
// the data is not shown any more; the case stays closed.
func TestInAClosedCaseItEndsToo(t *testing.T) {
	b, p := newBooks(), &proof{shown: true}
	d := withProof(t, b, p)
	play(t, d, append(conclusive(), 120*minute)...)
	closes := act(docket.ActClose, "trial", 121*minute)
	closes.Outcome = evenkeel.OutcomeConfirmed
	if _, err := one(d, closes); err != nil {
		t.Fatal(err)
	}
	f := folders(t, b)[0]
	if got := standing(f); f.Case.State != evenkeel.CaseClosed || !slices.Equal(got, []string{"isolate of trial-1"}) {
		t.Fatalf("%s, %v stands; expected a closed case in which the isolation runs on", f.Case.State, got)
	}
	p.shown = false
	heard, err := d.Unshown(t.Context(), f.Case.ID, "under isolate, export brought nothing", start.Add(122*minute))
	if err != nil {
		t.Fatal(err)
	}
	if c := heard.Changes; len(c) != 1 || len(c[0].Orders) != 1 || !c[0].Orders[0].Lift || len(c[0].Notices) != 1 || len(c[0].Pages) == 0 {
		t.Errorf("%+v; expected an order to let go, a notice, a page", c)
	}
	if f = folders(t, b)[0]; f.Case.State != evenkeel.CaseClosed || len(standing(f)) != 0 {
		t.Errorf("%s, %v stands; expected the case closed, and nothing", f.Case.State, standing(f))
	}
}
