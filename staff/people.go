package staff

import (
	"context"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// MaxPersons is how many may work here.
const MaxPersons = 4096

// Member is a person with what may be shown of their accounts.
type Member struct {
	Person   roll.Person
	Accounts []Entry
	Tenures  []roll.Tenure // since when the person has had which role; the oldest first, ended ones too
}

// Entry is what may be shown of an account.
type Entry struct {
	ID     roll.AccountID
	Name   string
	State  roll.State
	Factor roll.Factor
	Made   evenkeel.Moment
	// Issuer, Subject and Email are whom a provider signs in, or is to: see roll.Account.
	Issuer, Subject, Email string
}

// Persons returns all who work here, by id, with their accounts.
func (d *Desk) Persons(ctx context.Context) (out []Member, err error) {
	err = d.store.View(ctx, func(x roll.Tx) error {
		all, err := x.Persons()
		if err != nil {
			return err
		}
		for _, p := range all {
			accounts, err := x.AccountsOf(p.ID)
			if err != nil {
				return err
			}
			m := Member{Person: p}
			if m.Tenures, err = x.TenuresOf(p.ID); err != nil {
				return err
			}
			for _, a := range accounts {
				m.Accounts = append(m.Accounts, Entry{ID: a.ID, Name: a.Name, State: a.State, Factor: a.Factor, Made: a.Made, Issuer: a.Issuer, Subject: a.Subject, Email: a.Email})
			}
			out = append(out, m)
		}
		return nil
	})
	return out, err
}

// Invite makes a link with which a person enrols, good for InviteFor; who was invited before and
// has not come gets another link in the place of the first. For a person who is known the roles,
// if any are given, must be the ones that the person has: Appoint changes them. KindConflict
// where the person can sign in: else an admin could make a second account of theirs, and decide
// as them.
func (d *Desk) Invite(ctx context.Context, by Session, p roll.Person) (token string, err error) {
	p.Roles = roll.SortRoles(p.Roles)
	if err := p.Check(); err != nil {
		return "", err
	}
	err = d.administer(ctx, &by, "invite", func(x roll.Tx) error {
		a, err := d.newcomer(x, &p, by.Person.ID)
		if err != nil {
			return err
		}
		token, err = d.link(x, roll.Link, a.ID, InviteFor)
		return err
	})
	if err != nil {
		return "", err
	}
	d.note(ctx, "somebody was invited", byWhom(&by), whom(p.ID), rolesOf(p.Roles))
	return token, nil
}

// newcomer returns an account of a person who cannot sign in yet, keeping the person where new.
func (d *Desk) newcomer(x roll.Tx, p *roll.Person, by evenkeel.PersonID) (roll.Account, error) {
	if err := d.introduce(x, p, by); err != nil {
		return roll.Account{}, err
	}
	if err := absent(x, p.ID); err != nil {
		return roll.Account{}, err
	}
	return d.invited(x, p.ID)
}

// absent wants that a person cannot sign in.
func absent(x roll.Tx, p evenkeel.PersonID) error {
	all, err := x.AccountsOf(p)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State == roll.Active {
			return &evenkeel.Error{
				Kind: evenkeel.KindConflict, Says: fmt.Sprintf("invite %s: they have an account with which they can sign in", p),
				Hint: "for a lost phone or password the owner of the machine makes a link: evenkeel staff link --person " + string(p) + "; for another human being choose another id",
			}
		}
	}
	return nil
}

// introduce keeps a person who is new, and says what roles one has who is known.
func (d *Desk) introduce(x roll.Tx, p *roll.Person, by evenkeel.PersonID) error {
	known, found, err := x.Person(p.ID)
	switch {
	case err != nil:
		return err
	case found && len(p.Roles) > 0 && !slices.Equal(known.Roles, p.Roles):
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("invite %s: a person of this id is known, with the roles %q", p.ID, roll.JoinRoles(known.Roles)),
			Hint: "for another human being choose another id; for the same one, change the roles first",
		}
	case found:
		p.Roles = known.Roles
		return nil
	case len(p.Roles) == 0:
		return evenkeel.Invalid("invite %s: no role; expected one of %s, or several", p.ID, roll.JoinRoles(roll.Roles()))
	}
	if err := apart(x, &roll.Person{ID: p.ID}, p.Roles); err != nil {
		return err
	}
	all, err := x.Persons()
	if err != nil {
		return err
	}
	if len(all) >= MaxPersons {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("invite %s: %d persons are known; expected at most that many", p.ID, len(all))}
	}
	return d.keep(x, *p, by)
}

// Disable ends an account and its sessions: nobody signs in with it any more. The person stays,
// since their decisions do; the account's name stays taken. One that nobody has enrolled is taken
// away with its link. The last account that administers stays (KindConflict).
func (d *Desk) Disable(ctx context.Context, by Session, id roll.AccountID) error {
	var whose evenkeel.PersonID
	err := d.administer(ctx, &by, "disable", func(x roll.Tx) error {
		a, found, err := x.Account(id)
		whose = a.Person
		switch {
		case err != nil:
			return err
		case !found:
			return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "disable " + string(id) + ": there is no such account"}
		case a.State == roll.Disabled:
			whose = "" // nothing to tell
			return nil
		case a.State == roll.Invited:
			return x.DropAccount(id)
		}
		before, err := admins(x, "")
		if err != nil {
			return err
		}
		others, err := admins(x, id)
		if err == nil && before > 0 && others == 0 {
			err = errLast("disable " + string(id))
		}
		if err != nil {
			return err
		}
		// What nobody signs in with any more needs no secrets.
		a.State, a.Password, a.Factor, a.Seed = roll.Disabled, nil, roll.NoFactor, nil // its name or subject stays taken
		if err := x.PutAccount(a); err != nil {
			return err
		}
		return x.DropPasses(id)
	})
	if err == nil && whose != "" {
		d.note(ctx, "an account was disabled", byWhom(&by), whom(whose), which(id))
	}
	return err
}

func errLast(doing string) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindConflict, Says: doing + ": nobody else who administers can sign in",
		Hint: "invite another person as admin first, and wait until they have enrolled",
	}
}

// administer does what only an admin may, in one transaction with asking who that is, which by
// says afterwards.
func (d *Desk) administer(ctx context.Context, by *Session, doing string, f func(roll.Tx) error) error {
	return d.store.Transact(ctx, func(x roll.Tx) error {
		now, err := d.live(x, by)
		if err != nil {
			return err
		}
		*by = now
		if !now.May(roll.ManageStaff) {
			return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: doing + ": only an admin may", Hint: "ask one; the people page names them"}
		}
		return f(x)
	})
}

// Person returns somebody who works here, with the roles of now. KindDenied where there is nobody of
// that id.
func (d *Desk) Person(ctx context.Context, id evenkeel.PersonID) (p roll.Person, err error) {
	err = d.store.View(ctx, func(x roll.Tx) (err error) {
		var found bool
		if p, found, err = x.Person(id); err == nil && !found {
			err = &evenkeel.Error{Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%.80q is nobody who works here", id), Hint: "an admin invites people"}
		}
		return err
	})
	return p, err
}
