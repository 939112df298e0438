package roll

import (
	"slices"
	"strings"
)

// Role is a part of the work that a person is given. What each may do is the table in right.go.
type Role uint8

// The roles. Their numbers are the order in which they are written down, and never change.
const (
	Reviewer Role = iota + 1 // decides cases
	Admin                    // says who works here
	Viewer                   // reads cases
	Lead                     // reviews, and answers for what reaches beyond one case
	Auditor                  // reads everything, and changes nothing
)

var roles = []string{Reviewer: "reviewer", Admin: "admin", Viewer: "viewer", Lead: "lead", Auditor: "auditor"}

// Roles are all roles, from who reads to who watches over those who decide.
func Roles() []Role { return []Role{Viewer, Reviewer, Lead, Admin, Auditor} }

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
