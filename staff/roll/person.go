package roll

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

// MaxName is the longest name of a person or an account, in bytes.
const MaxName = 256

// Operator is the person whom the first link is for: whoever runs the machine and reads its log, and until anybody has
// enrolled the one person there is. It stays this person's id when they enrol and say their name, because what they decided
// before was decided by the same human being.
const Operator evenkeel.PersonID = "operator"

// Person is a human being who works for the operator. What people decide is counted by
// persons, never by accounts.
type Person struct {
	ID    evenkeel.PersonID // for ever; it stands in decisions
	Name  string            // as others read it; may change, "" until the person has said it
	Roles []Role            // in the order of their numbers, each once
}

// Has says whether the person has a role. What they may do is asked with May.
func (p *Person) Has(r Role) bool { return slices.Contains(p.Roles, r) }

// Check says what is wrong with a person, or nil.
func (p *Person) Check() error {
	if err := evenkeel.CheckID("person", string(p.ID)); err != nil {
		return err
	}
	for i, r := range p.Roles {
		if r.String() == "invalid" || i > 0 && p.Roles[i-1] >= r {
			return evenkeel.Invalid("person %s: roles %v; expected known ones in their order, each once", p.ID, p.Roles)
		}
	}
	return checkName("name of person "+string(p.ID), p.Name)
}

// checkName wants text that fits into one line.
func checkName(what, name string) error {
	switch {
	case len(name) > MaxName:
		return evenkeel.Invalid("%s has %d bytes; expected at most %d", what, len(name), MaxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return evenkeel.Invalid("%s %q: expected text without control characters", what, name)
	}
	return nil
}
