package judge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestNoDoorDecidesWithoutTheCriteria: R5, F13. By whichever door an act comes, whoever weighs a case answers each
// criterion that the policy has for the family, and writes down the strongest innocent explanation before they act
// against the tenant. What is refused for that leaves nothing, and letting go takes a reason only.
func TestNoDoorDecidesWithoutTheCriteria(t *testing.T) {
	again := finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire)
	again.Assets = []evenkeel.AssetID{"trial-2"}
	asks := []any{finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), act(docket.ActAnswer, "trial", minute), again} // since it spoke, a person decides
	asked := docket.PointsAsked(criteriaOf(t, "mining"))
	points := func(n int, note string) (out []docket.Point) {
		for _, c := range asked[:n] {
			out = append(out, docket.Point{Criterion: c, Speaks: docket.SpeaksAgainst, Note: note})
		}
		return out
	}
	answered := func(a docket.Act, p []docket.Point) docket.Act {
		a.Says = (&docket.Reasons{Reason: "Seen.", Points: p}).Text()
		return a
	}
	closing := func(o evenkeel.Outcome) docket.Act {
		a := act(docket.ActClose, "trial", 10*minute)
		a.Outcome = o
		return a
	}
	clearing := act(docket.ActClear, "trial", 10*minute)
	clearing.Outcome, clearing.NoFlag = evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
	approving := act(docket.ActApprove, "trial", 10*minute)
	approving.Measure = evenkeel.MeasureThrottle
	refusing := act(docket.ActRefuse, "trial", 10*minute)
	flagging := act(docket.ActFlag, "trial", 10*minute)
	flagging.Grant = &docket.Grant{Selector: evenkeel.Selector{Principal: "ci"}, Until: start.Add(24 * time.Hour)}
	beforehand := flagging
	beforehand.Tenant = "credit"
	for _, c := range []struct {
		name  string
		act   docket.Act
		wrong string // "": it is done
	}{
		{"a sentence, to approve", approving, "to approve takes an answer to each of"},
		{"a sentence, to close", closing(evenkeel.OutcomeInconclusive), "to close takes an answer to each of"},
		{"a sentence, to clear", clearing, "to clear takes an answer to each of"},
		{"a sentence, to grant a flag for what was found", flagging, "to flag takes an answer to each of"},
		{"a sentence, to grant one before anything was found", beforehand, ""},
		{"one too few", answered(closing(evenkeel.OutcomeInconclusive), points(len(asked)-1, "Seen.")), "answered"},
		{"no words for the innocent explanation", answered(approving, points(len(asked), "")), "has no words"},
		{"all of it, against the tenant", answered(approving, points(len(asked), "A batch job.")), ""},
		{"all of it, for the tenant", answered(clearing, points(len(asked), "")), ""},
		{"a reason, to let go", refusing, ""},
	} {
		inBoth(t, c.name, func(t *testing.T, b books) {
			d := newDocket(t, b)
			play(t, d, asks...)
			before := folders(t, b)[0]
			heard, err := d.Do(t.Context(), c.act, world)
			after := folders(t, b)[0]
			if c.wrong == "" {
				if err != nil || len(heard.Changes) == 0 {
					t.Fatalf("%v, %d changes; expected that it is done", err, len(heard.Changes))
				}
				return
			}
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.wrong) || len(after.Entries) != len(before.Entries) || after.Case.State != before.Case.State {
				t.Errorf("%v, and the case has %d entries of %d; expected %q, and nothing", err, len(after.Entries), len(before.Entries), c.wrong)
			}
		})
	}
}

// TestTheCriteriaStandBesideTheirAnswers: whoever leaves them out answers what the policy in force asks, and the
// timeline has both; the same act told twice is one.
func TestTheCriteriaStandBesideTheirAnswers(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire))
	asked := docket.PointsAsked(criteriaOf(t, "mining"))
	r := docket.Reasons{Reason: "Nobody can tell."}
	for range asked {
		r.Points = append(r.Points, docket.Point{Speaks: docket.CannotTell})
	}
	closing := act(docket.ActClose, "trial", 10*minute)
	closing.Outcome, closing.Says = evenkeel.OutcomeInconclusive, r.Text()
	for i := range 2 {
		heard, err := d.Do(t.Context(), closing, world)
		if err != nil || len(heard.Changes) != 1-i {
			t.Fatalf("time %d: %v, %d changes", i+1, err, len(heard.Changes))
		}
	}
	for _, e := range folders(t, b)[0].Entries {
		if e.Kind == evenkeel.EntryActed && e.State == docket.ActClose.String() {
			if got := docket.ReadReasons(e.Words); len(got.Points) != len(asked) || got.Points[0].Criterion != asked[0] || got.Reason != r.Reason {
				t.Errorf("the timeline has %q", e.Words)
			}
			return
		}
	}
	t.Error("the timeline does not have the act")
}

// TestAFlagAndAMeasureHaveTheCriteriaBesideTheirAnswers (R4, F13): whoever reads a flag later reads what was asked, also where the act left it out.
func TestAFlagAndAMeasureHaveTheCriteriaBesideTheirAnswers(t *testing.T) {
	asked := docket.PointsAsked(criteriaOf(t, "mining"))
	r := docket.Reasons{Reason: "A batch job."}
	for range asked {
		r.Points = append(r.Points, docket.Point{Speaks: docket.CannotTell, Note: "Nobody can."})
	}
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire))
	clear := act(docket.ActClear, "trial", 10*minute)
	clear.Says, clear.Grant = r.Text(), &docket.Grant{Selector: evenkeel.Selector{Principal: "ci"}, Until: start.Add(24 * time.Hour)}
	if _, err := d.Do(t.Context(), clear, world); err != nil {
		t.Fatal(err)
	}
	flags := folders(t, b)[0].Flags
	if len(flags) != 1 || flags[0].ID != evenkeel.NewFlagID(&flags[0]) {
		t.Fatalf("%+v; expected one flag, named after what it says", flags)
	}
	if got := docket.ReadReasons(flags[0].Why); len(got.Points) != len(asked) || got.Points[0].Criterion != asked[0] || got.Reason != r.Reason {
		t.Errorf("the flag has %q", flags[0].Why)
	}

	b = newBooks()
	d = newDocket(t, b)
	again := finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire)
	again.Assets = []evenkeel.AssetID{"trial-2"}
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), act(docket.ActAnswer, "trial", minute), again)
	approve := act(docket.ActApprove, "trial", 10*minute)
	approve.Says = r.Text()
	for _, x := range folders(t, b)[0].Decisions {
		if x.State == evenkeel.Proposed {
			approve.Decision = x.ID
		}
	}
	approve.Measure = evenkeel.MeasureNotify // less than was wanted: another decision in the place of what waits
	if _, err := d.Do(t.Context(), approve, world); err != nil {
		t.Fatal(err)
	}
	decisions := folders(t, b)[0].Decisions
	last := decisions[len(decisions)-1]
	if got := docket.ReadReasons(last.Grounds.Says); len(got.Points) != len(asked) || got.Points[0].Criterion != asked[0] {
		t.Errorf("the measure %s has %q", last.Measure, last.Grounds.Says)
	}
}

func criteriaOf(t *testing.T, family string) []string {
	t.Helper()
	fam, ok := defaultPolicy(t).Family(family)
	if !ok || len(fam.Criteria) < 3 {
		t.Fatalf("the policy asks %+v of %s", fam, family)
	}
	return fam.Criteria
}
