package console

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// who says which sessions a route is for: by how somebody is there, or by a right. The zero value is
// for nobody, so that a route which declares nothing is no route (New refuses it).
type who struct {
	stands standing
	right  roll.Right
}

// standing is how somebody is there.
type standing uint8

const (
	stranger standing = iota + 1 // also who is not signed in
	starter                      // who is signed in, and may have to enrol first
	holder                       // who has the right
)

// Whom routes are for.
var (
	anybody  = who{stands: stranger}
	newcomer = who{stands: starter}
)

// with is for who has a right.
func with(r roll.Right) who { return who{holder, r} }

// declared says whether this says anything.
func (w who) declared() bool {
	return w == anybody || w == newcomer || w.stands == holder && w.right.String() != "invalid"
}

// lets says why somebody who is signed in may not pass, or nil.
func (w who) lets(s *Session) error {
	switch {
	case w.stands == stranger || w.stands == starter:
		return nil
	case w.declared() && s.Person.May(w.right):
		return nil
	case len(s.Person.Roles) == 0:
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "you have no role here", Hint: "ask an admin to give you one"}
	}
	return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "this is for " + plural(roll.With(w.right)) + " only", Hint: "ask one of them, or ask an admin to make you one"}
}

// plural names roles: "reviewers and leads".
func plural(list []roll.Role) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = r.String() + "s"
	}
	return enumerated(words)
}

// enumerated puts words into a sentence: "a, b and c".
func enumerated(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// May says whether one of the person's roles has a right.
func (p *Person) May(right roll.Right) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool {
		role, err := roll.ParseRole(string(r))
		return err == nil && roll.May(role, right)
	})
}

// Has says whether the person has a role.
func (p *Person) Has(r Role) bool { return slices.Contains(p.Roles, r) }

// Administers says whether the person says who works here.
func (p *Person) Administers() bool { return p.May(roll.ManageStaff) }

// Conflicting says whether the person both decides and says who decides: see roll.Conflicting.
func (p *Person) Conflicting() bool { return p.May(roll.Decide) && p.May(roll.ManageStaff) }
