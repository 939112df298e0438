package policy

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

var nameForm = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

const nameExpected = "expected 1 to 64 of a-z 0-9 -"

// otherName is the name of the section about families that have none of their own.
const otherName = "other"

// builder checks a document and compiles it. Beside faults it keeps what every part needs.
type builder struct {
	*faults
	live bool // absence that counts against a tenant is refused, not only shown
}

// build makes a policy of a document; where there are faults it is not to be used.
func build(d *document, found *faults) *Policy {
	p := &Policy{name: d.Policy.Value, version: d.Version.Value, families: map[string]*section{}}
	mode, err := evenkeel.ParseMode(d.Mode.Value)
	if err != nil {
		found.at(textSpot(d.Mode), "", "%v", err)
	}
	b := builder{found, mode == evenkeel.ModeLive}
	p.mode = mode
	b.named("policy", d.Policy)
	if p.version < 1 || p.version > mostVersion {
		b.at(spotOf(d.Version), "count it up with every change", "version %d; expected 1 to %d", p.version, mostVersion)
	}
	p.about = b.words("about", "say for the operator what the policy is for", d.About, maxAbout)
	p.authors = b.authors(d.Authors)
	b.safeguards(p, d.Safeguards)
	b.families(p, d)
	p.governor = b.governor(&d.Governor)
	p.promotion, p.credits = b.promotion(d.Promotion), b.credits(d.Credits)
	p.audit = b.audit(&d.Audit.Value)
	if d.Announcements.Line > 0 {
		p.bursts = b.announcements(p, &d.Announcements.Value)
	}
	return p
}

// mostAuthors is how many persons a policy names as its authors.
const mostAuthors = 16

func (b builder) authors(all []strict.Text) (out []evenkeel.PersonID) {
	for i, t := range all {
		switch p := evenkeel.PersonID(t.Value); {
		case i >= mostAuthors:
			b.at(textSpot(t), "", "more than %d authors", mostAuthors)
			return out
		case evenkeel.CheckID("person", t.Value) != nil || slices.Contains(out, p):
			b.at(textSpot(t), "write the id of a person, as evenkeel staff list shows it, once", "author %q", clip(t.Value))
		default:
			out = append(out, p)
		}
	}
	return out
}

// named checks a name.
func (b builder) named(what string, t strict.Text) {
	if !nameForm.MatchString(t.Value) {
		b.at(textSpot(t), nameExpected, "%s %q", what, clip(t.Value))
	}
}

// words reads a text for people, which must say something.
func (b builder) words(what, hint string, t strict.Text, most int) string {
	s := strings.TrimSpace(t.Value)
	switch {
	case s == "":
		b.at(textSpot(t), hint, "`%s` is empty", what)
	case len(s) > most:
		b.at(textSpot(t), "say it shorter", "`%s` has %d bytes, the limit is %d", what, len(s), most)
	}
	return s
}

// phrases reads a list of texts for people, at least one.
func (b builder) phrases(what, hint string, at spot, texts []strict.Text) []string {
	b.bounded(what, at, len(texts), mostPhrases)
	if len(texts) == 0 {
		b.at(at, hint, "`%s` is empty", what)
	}
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = b.words(what, hint, t, maxWords)
	}
	return out
}

// bounded checks how many of something there are.
func (b builder) bounded(what string, at spot, n, most int) {
	if n > most {
		b.at(at, "expected fewer", "%d %s, the limit is %d", n, what, most)
	}
}

// condition compiles an expression and refuses one by which a missing fact counts: against a
// tenant where the policy is live, and for one everywhere.
func (b builder) condition(t strict.Text, scope func() (*ternary.Scope, error), worse bad) condition {
	c := compileText(t, scope, b.faults)
	if c.x != nil && b.live && countsAbsence(c, worse, scope) {
		b.at(textSpot(t), "leave known() out: what cannot be decided is unknown by itself; only a policy in shadow may do this",
			"a missing fact would count against the tenant")
	}
	return c
}

// money refuses conditions that compare money and do not ask how the tenant pays.
func (b builder) money(at spot, facts []fact, cs ...condition) {
	if b.live && comparesMoney(facts, cs...) {
		b.at(at, "name tenant.standing too: nothing paid on credit is no payment history",
			"tenant.paid is compared with tenant.run_rate whatever the tenant's standing is")
	}
}

func (b builder) safeguards(p *Policy, docs []strict.Located[safeguardDoc]) {
	if len(docs) > mostSafeguards {
		b.bounded("safeguards", spotOf(docs[mostSafeguards]), len(docs), mostSafeguards)
	}
	seen := map[string]bool{}
	for i := range docs {
		d := &docs[i].Value
		if seen[d.Name.Value] {
			b.at(textSpot(d.Name), "give it another name", "safeguard %s is there twice", d.Name.Value)
		}
		seen[d.Name.Value] = true
		p.safeguards = append(p.safeguards, b.safeguard(d))
	}
}

func (b builder) safeguard(d *safeguardDoc) safeguard {
	b.named("safeguard", d.Name)
	s := safeguard{name: d.Name.Value, asks: b.words("asks", "write the question that the safeguard asks", d.Asks, maxWords)}
	applies := d.Applies.Line > 0
	if applies {
		s.applies = b.condition(d.Applies, findingScope, falseIsBad)
	}
	s.protects = b.condition(d.Protects, findingScope, falseIsBad)
	b.money(textSpot(d.Protects), findingFacts, s.applies, s.protects)

	says := func(key string, t strict.Text) sentence {
		b.words(key, "write the sentence that a person will read", t, maxWords)
		return sentenceOf(t, findingFacts, b.faults)
	}
	s.because = map[evenkeel.Answer]sentence{
		evenkeel.Protect: says("protect", d.Because.Protect), evenkeel.Permit: says("permit", d.Because.Permit),
	}
	switch told := d.Because.NotApplicable.Line > 0; {
	case told && !applies:
		b.at(textSpot(d.Because.NotApplicable), "remove it, or say in `applies` for whom the safeguard is meant",
			"safeguard %s always applies, and yet it says why not", d.Name.Value)
	case !told && applies:
		b.at(textSpot(d.Applies), "write the sentence under `because`, `n/a`", "safeguard %s does not say why it does not apply", d.Name.Value)
	case told:
		s.because[evenkeel.NotApplicable] = says("n/a", d.Because.NotApplicable)
	}
	return s
}

// inOrder returns the keys of a mapping in the order of the document.
func inOrder[T any](m map[strict.Located[string]]strict.Located[T]) []strict.Located[string] {
	out := make([]strict.Located[string], 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b strict.Located[string]) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return out
}

// within reads a length of time in bounds.
func (b builder) within(what string, l strict.Located[span], most span) span {
	if l.Value <= 0 || l.Value > most {
		b.at(spotOf(l), "expected more than 0 and at most "+most.String(), "`%s` of %s", what, l.Value)
	}
	return l.Value
}
