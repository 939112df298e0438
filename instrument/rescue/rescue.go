package rescue

import "strings"

// Step is one thing to do.
type Step struct {
	Name string // as Say writes it: a-z and -
	Do   string // a sentence
	Why  string // another
	// List is what it is to be done with, if that are several things.
	List []string
}

// Plan is all that is to be done, in one language.
type Plan struct {
	Lang  string // BCP 47
	Title string
	Steps []Step
	Proof string // how to show that it is done: a sentence
}

// plans are those that there are; the first is for whoever reads none of the others.
var plans = []*Plan{&english, &chinese}

// Of returns the plan in a language, by the first part of its tag, or else in English. It is not to
// be changed.
func Of(lang string) *Plan {
	first, _, _ := strings.Cut(strings.ReplaceAll(lang, "_", "-"), "-")
	for _, p := range plans {
		if own, _, _ := strings.Cut(p.Lang, "-"); strings.EqualFold(first, own) {
			return p
		}
	}
	return plans[0]
}

// Step returns the step of a name, or false.
func (p *Plan) Step(name string) (Step, bool) {
	for _, s := range p.Steps {
		if s.Name == name {
			return s, true
		}
	}
	return Step{}, false
}
