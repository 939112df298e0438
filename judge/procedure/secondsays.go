package procedure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// denialFacts is on how many facts of its case a denial rests at least.
const denialFacts = 3

// Lacks says, a phrase each, what a verdict needs yet before it counts; nothing where it is
// whole. denials are earlier reviews: a denial is composed, and not copied from another.
func Lacks(r *docket.Review, v *docket.Verdict, d *docket.Dossier, fam *policy.Family, denials []docket.Review) (lacks []string) {
	say := func(format string, args ...any) { lacks = append(lacks, fmt.Sprintf(format, args...)) }
	if v == nil {
		v = &docket.Verdict{}
	}
	for i, c := range r.Criteria {
		if i >= len(v.Answers) || blank(v.Answers[i]) {
			say("answer %d, to %q", i+1, c)
		}
	}
	if len(v.Answers) > len(r.Criteria) {
		say("answers to %d criteria and no more, there are %d", len(r.Criteria), len(v.Answers))
	}
	if blank(v.Innocent) {
		say("the strongest innocent explanation")
	}
	if blank(v.Ground) {
		say("the ground: the clause of the terms")
	}
	if d.Case != nil && d.Case.Spoke != 0 && blank(v.Argument) {
		say("the argument: what is said to the tenant's words of %s", d.Case.Spoke)
	}
	lacks = append(lacks, lacksFacts(v, d)...)
	if r.About.OfMeasure() && !mayFind(v.Measure, r, fam) {
		say("a measure that can be found: %s", listed(findable(fam)))
	}
	for _, text := range append(slices.Clone(v.Answers), v.Innocent, v.Ground, v.Argument) {
		if len(text) > docket.MaxAnswer {
			say("texts of at most %d bytes, one has %d", docket.MaxAnswer, len(text))
			break
		}
	}
	if v.Measure == evenkeel.MeasureDeny && len(lacks) == 0 && copied(r, v, denials) {
		say("words of its own: more than nine tenths of it stand in an earlier denial")
	}
	return lacks
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// lacksFacts says what is wrong with the facts of a verdict.
func lacksFacts(v *docket.Verdict, d *docket.Dossier) (lacks []string) {
	known, named := facts(d), map[string]bool{}
	for _, f := range v.Facts {
		seq, isEntry := strings.CutPrefix(f, "#")
		n, err := strconv.ParseInt(seq, 10, 64)
		switch {
		case named[f]:
		case known[f], isEntry && err == nil && n > 0 && n <= d.Entries && docket.FactOfEntry(n) == f:
			named[f] = true
		default:
			lacks = append(lacks, fmt.Sprintf("facts of this case: %.80q is none of its findings, terms or entries (#1 to #%d)", f, d.Entries))
		}
	}
	switch {
	case len(v.Facts) > docket.MaxFacts:
		lacks = append(lacks, fmt.Sprintf("at most %d facts, there are %d", docket.MaxFacts, len(v.Facts)))
	case v.Measure == evenkeel.MeasureDeny && len(named) < denialFacts:
		lacks = append(lacks, fmt.Sprintf("%d different facts by reference, as a denial needs; it has %d", denialFacts, len(named)))
	case len(named) == 0 && len(lacks) == 0:
		lacks = append(lacks, fmt.Sprintf("a fact by reference: the id of a finding, the name of a term, or an entry (#1 to #%d)", d.Entries))
	}
	return lacks
}

// facts are the findings of a case on which something was decided, and the names of their terms.
func facts(d *docket.Dossier) map[string]bool {
	out := map[string]bool{}
	for i := range d.Decisions {
		for _, b := range d.Decisions[i].Grounds.Basis {
			out[string(b.Finding)] = true
			for _, t := range b.Terms {
				out[t.Name] = true
			}
		}
	}
	return out
}

// findable are the measures of a verdict: none, notify, the rungs, and what takes two.
func findable(fam *policy.Family) []evenkeel.Measure {
	out := []evenkeel.Measure{evenkeel.MeasureNone, evenkeel.MeasureNotify}
	if fam != nil {
		for _, m := range fam.Ladder {
			if !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return append(out, evenkeel.MeasureSuspend, evenkeel.MeasureDeny)
}

func mayFind(m evenkeel.Measure, r *docket.Review, fam *policy.Family) bool {
	return slices.Contains(findable(fam), m) || m == r.Wanted && m.String() != "invalid"
}
