package story

import (
	"errors"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Prove plays the fixtures of a rule with that rule alone: in each story of hit it must make
// a final finding, in each of miss none, not even a provisional one. open returns the text
// of a story by the name that the rule gives it. All failures come back joined.
func Prove(r *rule.Rule, open func(name string) ([]byte, error)) error {
	var errs []error
	for _, name := range r.Hit {
		final, all, err := findingsOf(r, name, open)
		switch {
		case err != nil:
			errs = append(errs, err)
		case final == 0 && all > 0:
			errs = append(errs, unproved(r, "hit", name, "made provisional findings but no final one"))
		case final == 0:
			errs = append(errs, unproved(r, "hit", name, "found nothing"))
		}
	}
	for _, name := range r.Miss {
		_, all, err := findingsOf(r, name, open)
		switch {
		case err != nil:
			errs = append(errs, err)
		case all > 0:
			errs = append(errs, unproved(r, "miss", name, "found something"))
		}
	}
	return errors.Join(errs...)
}

func unproved(r *rule.Rule, what, name, did string) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindConflict, Says: r.Source + ": rule " + r.ID + " " + did + " in its " + what + " fixture " + name,
		Hint: "evenkeel rehearse --rules FILE STORY prints what was found",
	}
}

func findingsOf(r *rule.Rule, name string, open func(string) ([]byte, error)) (final, all int, err error) {
	data, err := open(name)
	if err != nil {
		return 0, 0, &evenkeel.Error{Kind: evenkeel.KindOf(err), Says: r.Source + ": rule " + r.ID + ": fixture " + name, Err: err}
	}
	s, err := Parse(name, data)
	if err != nil {
		return 0, 0, err
	}
	s.Rules = nil
	found, err := Findings(s, Parts{Rules: []*rule.Rule{r}})
	for _, f := range found {
		all++
		if f.Revision == evenkeel.Final {
			final++
		}
	}
	return final, all, err
}
