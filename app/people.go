package app

import (
	"context"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// People are who works here, by id, as far as books know them; books of a replay know nobody.
type People []Colleague

// Colleague is somebody who works here.
type Colleague struct {
	ID       evenkeel.PersonID
	Name     string   // as others read it; "" until they have said it
	Accounts []string // the names that they type
	Roles    []Tenure // that they have, the oldest first
	ComesIn  bool     // some account of theirs signs in, whether here or by a provider
}

// Tenure is since when somebody has a role.
type Tenure struct {
	Role string            `json:"role"`
	From evenkeel.Moment   `json:"from"`
	By   evenkeel.PersonID `json:"by,omitempty"` // who gave it; "" is the owner of the machine
}

// People returns who works here.
func (b *Books) People(ctx context.Context) (all People, err error) {
	err = b.db.Staff().View(ctx, func(x roll.Tx) error {
		persons, err := x.Persons()
		if err != nil {
			return err
		}
		for _, p := range persons {
			c := Colleague{ID: p.ID, Name: p.Name}
			accounts, err := x.AccountsOf(p.ID)
			if err != nil {
				return err
			}
			for _, a := range accounts {
				if c.ComesIn = c.ComesIn || a.State == roll.Active; a.State == roll.Active && a.Name != "" {
					c.Accounts = append(c.Accounts, a.Name)
				}
			}
			tenures, err := x.TenuresOf(p.ID)
			if err != nil {
				return err
			}
			for _, t := range tenures {
				if t.Open() {
					c.Roles = append(c.Roles, Tenure{t.Role.String(), t.From, t.By})
				}
			}
			all = append(all, c)
		}
		return nil
	})
	return all, err
}

// Name is how a person is called: by name where it is known, and by the id that commands take.
func (p People) Name(id evenkeel.PersonID) string {
	for i := range p {
		if c := &p[i]; c.ID == id && c.Name != "" && c.Name != string(id) {
			return c.Name + " (" + string(id) + ")"
		}
	}
	return string(id)
}

// Who is the person whom a word means: an id, or else the name of an account. A word that
// means nobody is taken for an id.
func (p People) Who(word string) evenkeel.PersonID {
	if slices.ContainsFunc(p, func(c Colleague) bool { return string(c.ID) == word }) {
		return evenkeel.PersonID(word)
	}
	for i := range p {
		if slices.ContainsFunc(p[i].Accounts, func(name string) bool { return strings.EqualFold(name, word) }) {
			return p[i].ID
		}
	}
	return evenkeel.PersonID(word)
}
