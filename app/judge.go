package app

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Policies are what a judge goes by: the one in force, and those that are watched beside it.
type Policies struct {
	Force  *policy.Policy
	Shadow []*policy.Policy
}

// Choose sorts policies by what is written in them. Without one that is live, the one that
// comes with the program is in force. Two live ones, or one twice, are KindInvalid.
func Choose(all []*policy.Policy) (Policies, error) {
	var p Policies
	seen := map[string]bool{}
	for _, one := range all {
		switch {
		case seen[one.Digest()]:
			return Policies{}, evenkeel.Invalid("policy %s is given twice; expected each once", one.ID())
		case one.Mode() == evenkeel.ModeShadow:
			p.Shadow = append(p.Shadow, one)
		case p.Force != nil:
			return Policies{}, &evenkeel.Error{
				Kind: evenkeel.KindInvalid, Says: "policies " + p.Force.ID() + " and " + one.ID() + " are both live; expected one in force",
				Hint: "mode: shadow in a policy's document has it watched beside the one in force",
			}
		default:
			p.Force = one
		}
		seen[one.Digest()] = true
	}
	if p.Force != nil {
		return p, nil
	}
	var err error
	p.Force, err = builtin.Default()
	return p, err
}

// Fit says which rules a policy names that nobody has loaded, or nil.
func (p Policies) Fit(rules []*rule.Rule) error {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.ID
	}
	for _, one := range append([]*policy.Policy{p.Force}, p.Shadow...) {
		if err := one.Misnamed(names); err != nil {
			return err
		}
	}
	return nil
}

// Judge is a docket and the books that it keeps.
type Judge struct {
	*judge.Docket
	heads *headed                            // where they are kept; nil on paper
	head  func() (size int64, signed string) // the latest of the ledger
	end   func(at evenkeel.Moment) error
	drop  func() error
}

// Close ends the keeping of books, and leaves them. At is the last moment that they are about.
func (j *Judge) Close(at evenkeel.Moment) error { return j.end(at) }

// Drop ends the keeping of books and leaves none, in the place of Close.
func (j *Judge) Drop() error { return j.drop() }

// onPaper are the means of whoever carries nothing out: nothing is lost.
var onPaper = procedure.Means{Declared: true, Keeps: []string{"console", "export", "backup"}, Proven: true, Finishes: true}

// OnPaper returns a judge whose books are forgotten, and whose measures nobody carries out.
func OnPaper(p Policies) (*Judge, error) {
	d, err := judge.New(judge.Parts{Books: PaperBooks(), Policy: p.Force, Shadow: p.Shadow, Means: onPaper})
	return &Judge{Docket: d, end: func(evenkeel.Moment) error { return nil }, drop: func() error { return nil }}, err
}

// PaperBooks returns books that are new and empty, and forgotten at the end.
func PaperBooks() docket.Books { return memory.New(nil) }
