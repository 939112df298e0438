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

// Person is a human being who works for the operator. What people decide is counted by
// persons, never by accounts.
type Person struct {
	ID    evenkeel.PersonID // for ever; it stands in decisions
	Name  string            // as others read it; may change, "" until the person has said it
	Roles []Role            // in the order of their numbers, each once
}

// Has says whether the person has a role. No role is part of another one: who administers does
// not decide about tenants unless also a reviewer.
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

// Role is what a person may do.
type Role uint8

// The roles.
const (
	Reviewer Role = iota + 1 // looks at cases and decides
	Admin                    // invites, appoints, disables
)

var roles = []string{Reviewer: "reviewer", Admin: "admin"}

// String returns the role's word.
func (r Role) String() string { return wordOf(roles, r) }

// ParseRole reads a role's word.
func ParseRole(s string) (Role, error) { return parseWord[Role]("role", roles, s) }

// JoinRoles writes roles in one line, a space between them.
func JoinRoles(list []Role) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = r.String()
	}
	return strings.Join(words, " ")
}

// ParseRoles reads what JoinRoles writes, in any order.
func ParseRoles(s string) (list []Role, err error) {
	for _, w := range strings.Fields(s) {
		r, err := ParseRole(w)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return SortRoles(list), nil
}

// SortRoles returns the roles as a Person has them: in order, each once.
func SortRoles(list []Role) []Role {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
