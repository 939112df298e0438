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

// What a denial needs at least: facts of its case, of which some are what was found and not only
// what was done in it; and words, of an answer, and of whatever has to be a sentence.
const (
	denialFacts    = 3
	denialFindings = 2
	answerWords    = 3
	sentenceWords  = 8
)

// Lacks says, a phrase each, what a verdict needs yet before it counts; nothing where it is
// whole. denials are earlier reviews: a denial is composed, and not copied from another. Where an appeal waits it is held to what LacksAnswer
// asks of one person: said and earlier are as there.
func Lacks(r *docket.Review, v *docket.Verdict, d *docket.Dossier, fam *policy.Family, denials []docket.Review, said, earlier []evenkeel.Entry) (lacks []string) {
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
	if v.Measure == evenkeel.MeasureDeny && len(lacks) == 0 {
		lacks = lacksWords(v)
		if n := countOf(r.Says); n < sentenceWords {
			say("the reason why it is proposed in at least %d words, as a denial needs; it has %d", sentenceWords, n)
		}
		if what := copied(r, v, denials); what != "" {
			say("words of its own: more than nine tenths of %s and of an earlier denial are the same", what)
		}
	}
	if AppealOpen(d) && r.About.OfMeasure() && v.Measure != evenkeel.MeasureNone && len(lacks) == 0 {
		lacks = lacksToAppeal(v, d, said, earlier)
	}
	return lacks
}

// blank says that a text has no word: a dash or a full stop answers nothing.
func blank(s string) bool { return countOf(s) == 0 }

// lacksWords says which texts of a verdict are too short to say why, in a denial or to an appeal.
func lacksWords(v *docket.Verdict) (lacks []string) {
	short := func(text string, least int, what string) {
		if n := countOf(text); n < least {
			lacks = append(lacks, fmt.Sprintf("%s in at least %d words, as a denial and an answer to an appeal need; it has %d", what, least, n))
		}
	}
	for i, a := range v.Answers {
		short(a, answerWords, fmt.Sprintf("answer %d", i+1))
	}
	short(v.Innocent, sentenceWords, "the strongest innocent explanation")
	if !blank(v.Argument) {
		short(v.Argument, sentenceWords, "the argument")
	}
	return lacks
}

// lacksFacts says what is wrong with the facts of a verdict.
func lacksFacts(v *docket.Verdict, d *docket.Dossier) (lacks []string) {
	known, named, found := facts(d), map[string]bool{}, 0
	for _, f := range v.Facts {
		seq, isEntry := strings.CutPrefix(f, "#")
		n, err := strconv.ParseInt(seq, 10, 64)
		switch {
		case named[f]:
		case known[f], isEntry && err == nil && n > 0 && n <= d.Entries && docket.FactOfEntry(n) == f:
			named[f] = true
			if known[f] {
				found++
			}
		default:
			lacks = append(lacks, fmt.Sprintf("facts of this case: %.80q is none of its findings, terms or entries (#1 to #%d)", f, d.Entries))
		}
	}
	switch {
	case len(v.Facts) > docket.MaxFacts:
		lacks = append(lacks, fmt.Sprintf("at most %d facts, there are %d", docket.MaxFacts, len(v.Facts)))
	case v.Measure == evenkeel.MeasureDeny && len(named) < denialFacts:
		lacks = append(lacks, fmt.Sprintf("%d different facts by reference, as a denial needs; it has %d", denialFacts, len(named)))
	case v.Measure == evenkeel.MeasureDeny && found < denialFindings:
		lacks = append(lacks, fmt.Sprintf("%d facts that were found, as a denial needs: ids of findings or names of terms; it has %d", denialFindings, found))
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
