package desk

import (
	"cmp"
	"context"
	"regexp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/staff"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// personID is what an id may be that is given here: it stands in every decision, for ever.
var personID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Persons returns all who work here.
func (d Door) Persons(ctx context.Context) ([]console.Person, error) {
	all, err := d.desk.Persons(ctx)
	out := make([]console.Person, len(all))
	for i := range all {
		out[i] = personOf(&all[i].Person)
		for _, t := range all[i].Tenures {
			if t.Open() {
				out[i].Since = append(out[i].Since, console.Tenure{Role: console.Role(t.Role.String()), From: t.From, By: t.By})
			}
		}
		for _, a := range all[i].Accounts {
			out[i].Accounts = append(out[i].Accounts, console.Account{ID: string(a.ID), Name: a.Name, State: a.State.String(), By: a.Issuer, Whom: cmp.Or(a.Subject, a.Email)})
			out[i].Enrolled = out[i].Enrolled || a.State == roll.Active
		}
	}
	return out, err
}

// Invite returns the token of a one-time link for a person.
func (d Door) Invite(ctx context.Context, by console.Session, p console.Person) (token string, err error) {
	if !personID.MatchString(string(p.ID)) {
		return "", errPersonID(p.ID)
	}
	s, err := d.desk.Whose(ctx, by.Token)
	if err != nil {
		return "", err
	}
	who := roll.Person{ID: p.ID, Name: p.Name}
	if who.Roles, err = rolesOf(p.Roles); err != nil {
		return "", err
	}
	return d.desk.Invite(ctx, s, who)
}

// Disable ends an account and its sessions.
func (d Door) Disable(ctx context.Context, by console.Session, account string) error {
	s, err := d.desk.Whose(ctx, by.Token)
	if err != nil {
		return err
	}
	return d.desk.Disable(ctx, s, roll.AccountID(account))
}

// Appoint gives a person exactly these roles.
func (d Door) Appoint(ctx context.Context, by console.Session, p evenkeel.PersonID, roles []console.Role) error {
	s, err := d.desk.Whose(ctx, by.Token)
	if err != nil {
		return err
	}
	list, err := rolesOf(roles)
	if err != nil {
		return err
	}
	return d.desk.Appoint(ctx, s, p, list)
}

func errPersonID(id evenkeel.PersonID) error {
	return evenkeel.Invalid("the id %.80q of a person; expected up to 64 of a-z, 0-9, full stop, hyphen and underscore, beginning with a letter or digit", id)
}

func rolesOf(roles []console.Role) (list []roll.Role, err error) {
	for _, r := range roles {
		role, err := roll.ParseRole(string(r))
		if err != nil {
			return nil, err
		}
		list = append(list, role)
	}
	return roll.SortRoles(list), nil
}

// Enrolment says what an authenticator needs to know.
func (d Door) Enrolment(ctx context.Context, by console.Session) (console.Enrolment, error) {
	s, err := d.desk.Whose(ctx, by.Token)
	if err != nil {
		return console.Enrolment{}, err
	}
	o, err := d.desk.Enrolment(ctx, s)
	if err != nil {
		return console.Enrolment{}, err
	}
	qr, err := staff.QR(o.URI)
	return console.Enrolment{URI: o.URI, Secret: o.Secret, QR: qr}, err
}

// Enrol gives the account of a session a name, a password and a second factor, and returns the
// session as it goes on, with another token.
func (d Door) Enrol(ctx context.Context, by console.Session, c console.Credentials) (console.Session, error) {
	s, err := d.desk.Whose(ctx, by.Token)
	if err != nil {
		return console.Session{}, err
	}
	s, err = d.desk.Enrol(ctx, s, c.Name, c.Password, c.Code)
	return sessionOf(ctx, &s), err
}
