package docket

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// TestWhatIsWrittenIsReadBack holds ReadReasons to Text, for whatever is written.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	words := rapid.SliceOf(rapid.SampledFrom([]string{"a", " b", "\n", "\n\n", "1. x", "   y", pointByPoint, ">", "Cannot tell.", "Speaks for the tenant. ", "Point", "é", "\t"}))
	text := rapid.Map(words, func(w []string) string { return strings.TrimSpace(strings.Join(w, "")) })
	rapid.Check(t, func(t *rapid.T) {
		r := Reasons{Reason: text.Draw(t, "reason")}
		for range rapid.IntRange(0, 4).Draw(t, "points") {
			r.Points = append(r.Points, Point{
				Criterion: OneLine(text.Draw(t, "criterion")), Speaks: rapid.SampledFrom([]Speaks{SpeaksFor, SpeaksAgainst, CannotTell}).Draw(t, "speaks"), Note: text.Draw(t, "note"),
			})
		}
		got := ReadReasons(r.Text())
		if got.Reason != r.Reason || !slices.Equal(got.Points, r.Points) {
			t.Fatalf("read back\n%+v from\n%s\nwant\n%+v", got, r.Text(), r)
		}
	})
}

// FuzzReadReasons reads what anybody may have said.
func FuzzReadReasons(f *testing.F) {
	f.Add("It is ours.")
	f.Add("x\n\nPoint by point:\n1. a\n   Cannot tell. b\n   c\n2. d\n   Speaks for the tenant.")
	f.Add("Point by point:\n1. \n   ")
	f.Fuzz(func(t *testing.T, words string) {
		r := ReadReasons(words)
		if len(r.Points) == 0 && r.Reason != words {
			t.Errorf("%q became %q", words, r.Reason)
		}
		if again := ReadReasons(r.Text()); len(r.Points) > 0 && len(again.Points) != len(r.Points) {
			t.Errorf("%q has %d points, and %d when it is written again", words, len(r.Points), len(again.Points))
		}
	})
}

// R5: whoever acts against a tenant, clears it or closes its case answers each criterion of the family, by whatever way the
// act comes.
func TestAnActIsHeldAgainstWhatIsAsked(t *testing.T) {
	criteria := []string{"Does it mine?", "Who  runs\nit?"}
	asked := PointsAsked(criteria)
	if !slices.Equal(asked, []string{"Does it mine?", "Who runs it?", Innocent}) || len(PointsAsked([]string{"The strongest innocent explanation?"})) != 1 {
		t.Fatalf("asked is %q", asked)
	}
	says := func(reason string, points ...Point) string { r := Reasons{reason, points}; return r.Text() }
	all := []Point{{"", SpeaksAgainst, "The flows name a pool."}, {"", CannotTell, ""}, {"", SpeaksFor, "A node of another network."}}
	for _, c := range []struct {
		name, says string
		kind       ActKind
		outcome    evenkeel.Outcome
		wrong      string
	}{
		{"all of it", says("It mines.", all...), ActApprove, 0, ""},
		{"a sentence", "It mines.", ActApprove, 0, "to approve takes an answer to each of 3 criteria, and 0 are answered: 1. Does it mine? 2. Who runs it? 3. What is"},
		{"a point too few", says("It mines.", all[:2]...), ActUphold, 0, "and 2 are answered"},
		{"a point too many", says("It mines.", append(slices.Clone(all), all[0])...), ActClear, 0, "and 4 are answered"},
		{"another criterion", says("It mines.", Point{"Is it nice?", SpeaksFor, ""}, all[1], all[2]), ActClose, evenkeel.OutcomeVictim, `point 1 answers "Is it nice?"; expected an answer to "Does it mine?"`},
		{"no innocent explanation against the tenant", says("It mines.", all[0], all[1], Point{"", CannotTell, ""}), ActClose, evenkeel.OutcomeConfirmed, "point 3 has no words"},
		{"no innocent explanation for the tenant", says("Ours.", all[0], all[1], Point{"", SpeaksFor, ""}), ActClear, evenkeel.OutcomeFalsePositive, ""},
	} {
		a := Act{Kind: c.kind, Outcome: c.outcome, Says: c.says}
		err := a.Answer(asked)
		switch {
		case (err == nil) != (c.wrong == ""), err != nil && (evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.wrong) || a.Says != c.says):
			t.Errorf("%s: %v; expected %q", c.name, err, c.wrong)
		case err == nil && (ReadReasons(a.Says).Points[1].Criterion != "Who runs it?" || a.Answer(asked) != nil):
			t.Errorf("%s: it says %q, without the criteria, or not twice the same", c.name, a.Says)
		}
	}
	for k, want := range map[ActKind]bool{ActApprove: true, ActUphold: true, ActClear: true, ActClose: true, ActFlag: true, ActRevoke: false, ActLift: false, ActLower: false, ActRefuse: false, ActRenew: false, ActAnswer: false} {
		if a := (Act{Kind: k}); a.Weighs() != want {
			t.Errorf("%s weighs %v", k, !want)
		}
	}
	if a := (Act{Kind: ActApprove, Verdict: &Verdict{}}); a.Weighs() {
		t.Error("a verdict has its answers elsewhere")
	}
}
