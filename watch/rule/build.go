package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

var (
	idForm    = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	storyForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\.txtar$`)
)

const (
	idExpected  = "1 to 64 of a-z 0-9 -"
	mostVersion = 1 << 20
)

// build checks a document and compiles it. It returns nil where there was a fault.
func build(at spot, d *document, found *faults) *Rule {
	before := len(found.list)
	r := &Rule{Source: fmt.Sprintf("%s:%d", found.file, at.line)}
	head(r, d, found)
	said := d.windows()
	windows(r, d, said, at, found)
	terms(r, d, at, found)
	stories(r, d, found)
	if len(found.list) == before { // else expressions over what is wrong would only repeat the fault
		compile(r, d, said, at, found)
	}
	if len(found.list) > before {
		return nil
	}
	return r
}

// head reads what stands beside windows and terms.
func head(r *Rule, d *document, found *faults) {
	var err error
	if r.Digest, err = digest(d); err != nil {
		found.at(textSpot(d.Rule), "", "%v", err)
	}
	r.ID = name(d.Rule, "rule", idForm, idExpected, found)
	r.Family = name(d.Family, "family", idForm, idExpected, found)
	r.Version = d.Version.Value
	if r.Version < 1 || r.Version > mostVersion {
		found.at(spotOf(d.Version), "count it up with every change", "version %d; expected 1 to %d", r.Version, mostVersion)
	}
	r.Mode = word(d.Mode, evenkeel.ParseMode, found)
	r.Subject = word(d.Subject, evenkeel.ParseSubjectKind, found)
	r.About = strings.TrimSpace(d.About.Value)
	if r.About == "" {
		found.at(textSpot(d.About), "say for the operator what the rule looks for", "`about` is empty")
	}
	for i, t := range d.Authors {
		switch p := evenkeel.PersonID(t.Value); {
		case i >= mostAuthors:
			found.at(textSpot(t), "", "more than %d authors", mostAuthors)
			return
		case evenkeel.CheckID("person", t.Value) != nil || slices.Contains(r.Authors, p):
			found.at(textSpot(t), "write the id of a person, as evenkeel staff list shows it, once", "author %q", clip(t.Value))
		default:
			r.Authors = append(r.Authors, p)
		}
	}
}

// mostAuthors is how many persons a rule names as its authors.
const mostAuthors = 16

// name reads a name of a form.
func name(t strict.Text, what string, form *regexp.Regexp, expected string, found *faults) string {
	if !form.MatchString(t.Value) {
		found.at(textSpot(t), "expected "+expected, "%s %q", what, clip(t.Value))
	}
	return t.Value
}

// word reads an enumerated word with its parser from the root.
func word[E any](t strict.Text, parse func(string) (E, error), found *faults) E {
	e, err := parse(t.Value)
	if err != nil {
		found.at(textSpot(t), "", "%v", err)
	}
	return e
}

// terms reads the terms, which of them are required, and the score.
func terms(r *Rule, d *document, at spot, found *faults) {
	switch n := len(d.Terms); {
	case n == 0:
		found.at(at, "add a term", "the rule has no terms")
	case n > MaxTerms:
		found.at(spotOf(d.Terms[MaxTerms]), "split the rule", "%d terms, the limit is %d", n, MaxTerms)
	}
	seen := map[string]bool{}
	for i := range d.Terms {
		t := oneTerm(&d.Terms[i].Value, spotOf(d.Terms[i]), found)
		if seen[t.Name] {
			found.at(textSpot(d.Terms[i].Value.Name), "give it another name", "term %s is there twice", t.Name)
		}
		seen[t.Name] = true
		r.Terms = append(r.Terms, t)
	}
	require(r, d, found)
	score(r, d, at, found)
}

// oneTerm reads what a term says beside its expressions.
func oneTerm(d *termDoc, at spot, found *faults) Term {
	t := Term{
		Name: name(d.Name, "term", idForm, idExpected, found), Family: word(d.Family, evenkeel.ParseEvidence, found),
		Conclusive: d.Conclusive, When: d.When.Value, Sentence: d.Says.Value,
		weight: int64(d.Weight.Value), Weight: points(int64(d.Weight.Value)),
	}
	if !spotOf(d.Weight).said() {
		found.at(at, "say what the term adds to the score", `the key "weight" is missing`)
	}
	if t.weight < -maxWeight*perPoint || t.weight > maxWeight*perPoint {
		found.at(spotOf(d.Weight), fmt.Sprintf("expected -%d to %d", maxWeight, maxWeight), "weight %s", d.Weight.Value)
	}
	switch {
	case !t.Conclusive:
	case t.weight <= 0:
		found.at(textSpot(d.Name), "remove `conclusive`", "term %s is conclusive, but its weight is not positive", t.Name)
	case t.Family == evenkeel.EvidenceUsage:
		found.at(textSpot(d.Name), "remove `conclusive`",
			"term %s is conclusive, but of family usage: that is what a lawful batch job looks like too", t.Name)
	}
	if strings.TrimSpace(d.Says.Value) == "" {
		found.at(textSpot(d.Says), "write the sentence that a person will read", "`says` of term %s is empty", t.Name)
	}
	return t
}

// require marks the terms without which there is no finding.
func require(r *Rule, d *document, found *faults) {
	var names []string
	for _, t := range r.Terms {
		names = append(names, t.Name)
	}
	for _, t := range d.Require {
		i := slices.Index(names, t.Value)
		switch {
		case i < 0:
			found.at(textSpot(t), nearest(t.Value, names, "terms are "), "there is no term %q", clip(t.Value))
		case r.Terms[i].Required:
			found.at(textSpot(t), "remove one of them", "term %s is required twice", t.Value)
		default:
			r.Terms[i].Required = true
		}
	}
}

// score reads the score and refuses one that no weights reach.
func score(r *Rule, d *document, at spot, found *faults) {
	r.score, r.Score = int64(d.Score.Value), points(int64(d.Score.Value))
	if !spotOf(d.Score).said() {
		found.at(at, "say what the weights of the terms that are met must sum to", `the key "score" is missing`)
		return
	}
	if r.score <= 0 {
		found.at(spotOf(d.Score), "expected more than 0, so that some term must be met", "score %s", d.Score.Value)
		return
	}
	var most int64
	for _, t := range r.Terms {
		if t.weight > 0 || t.Required {
			most += t.weight
		}
	}
	if most < r.score {
		found.at(spotOf(d.Score), "lower the score or raise weights", "score %s can never be reached: the weights sum to at most %s",
			d.Score.Value, decimal(most))
	}
}

// stories reads the names of the tests; both kinds are needed.
func stories(r *Rule, d *document, found *faults) {
	read := func(list []strict.Text, key, what string) []string {
		if len(list) == 0 {
			found.at(spotOf(d.Tests), "name one, like ["+r.ID+"-"+key+".txtar]", "`tests` has no `%s`, a story in which the rule %s", key, what)
		}
		var out []string
		for _, t := range list {
			out = append(out, name(t, "story", storyForm, "a path to a .txtar file, without ..", found))
		}
		return out
	}
	r.Hit = read(d.Tests.Value.Hit, "hit", "must fire")
	r.Miss = read(d.Tests.Value.Miss, "miss", "must not fire")
}
