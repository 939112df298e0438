package staff

import (
	"context"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// How long links are good for. An invitation has to outlast a weekend.
const (
	LinkFor   = 30 * time.Minute
	InviteFor = 72 * time.Hour
)

// FirstLink makes a link for the operator while nobody who administers has enrolled; earlier
// ones are void, and sessions that began with them end, so that whoever read an older log does
// not stay. first is false, and there is no token, once somebody has: a link in every log
// would be a way around the second factor for all who ever read logs. Who has lost the phone is
// given a Link by whoever owns the data directory.
func (d *Desk) FirstLink(ctx context.Context) (token string, first bool, err error) {
	err = d.store.Transact(ctx, func(x roll.Tx) error {
		enrolled, err := adminEnrolled(x)
		if err != nil || enrolled {
			return err
		}
		p, found, err := x.Person(roll.Operator)
		if err != nil {
			return err
		}
		if !found || !p.Has(roll.Admin) {
			p.ID, p.Roles = roll.Operator, []roll.Role{roll.Reviewer, roll.Admin, roll.Lead} // whoever is alone does all of it
			if err := d.keep(x, p, ""); err != nil {
				return err
			}
		}
		a, err := d.invited(x, roll.Operator)
		if err != nil {
			return err
		}
		if err := x.DropPasses(a.ID); err != nil {
			return err
		}
		token, err = d.link(x, roll.FirstLink, a.ID, LinkFor)
		first = true
		return err
	})
	if err != nil {
		return "", false, err
	}
	return token, first, nil
}

// Link makes a link for a person who has an account: to enrol again after the phone or the
// password was lost, or to enrol at last. Until that is done, the account stays as it is. It
// asks for no session: who calls it must be the owner of the machine. KindConflict where the
// person has several accounts: then LinkTo says which.
func (d *Desk) Link(ctx context.Context, p evenkeel.PersonID) (token string, err error) {
	err = d.store.Transact(ctx, func(x roll.Tx) error {
		all, err := x.AccountsOf(p)
		if err != nil {
			return err
		}
		var usable []roll.Account
		for _, a := range all {
			if a.State != roll.Disabled {
				usable = append(usable, a)
			}
		}
		switch {
		case len(all) == 0:
			return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "make a link: there is no person " + string(p) + " with an account", Hint: "the console's page of people lists who is there; who is nobody yet is invited there"}
		case len(usable) == 0:
			return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "make a link: all accounts of " + string(p) + " are disabled", Hint: "invite them again"}
		case len(usable) > 1:
			return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "make a link: " + string(p) + " has several accounts: " + listed(usable), Hint: "say which account"}
		}
		token, err = d.link(x, roll.Link, usable[0].ID, LinkFor)
		return err
	})
	return token, err
}

// LinkTo is Link to one account, named by its id or by its name.
func (d *Desk) LinkTo(ctx context.Context, account string) (token string, err error) {
	err = d.store.Transact(ctx, func(x roll.Tx) error {
		a, found, err := x.Account(roll.AccountID(account))
		if err == nil && !found {
			if name, ok := fold(account); ok {
				a, found, err = x.Named(name)
			}
		}
		switch {
		case err != nil:
			return err
		case !found:
			return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "make a link: there is no account " + account, Hint: "name the id of a person who was invited, or the name with which they enrolled: the console's page of people lists them; who is nobody yet is invited there"}
		case a.State == roll.Disabled:
			return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "make a link: account " + account + " is disabled", Hint: "invite the person again"}
		}
		token, err = d.link(x, roll.Link, a.ID, LinkFor)
		return err
	})
	return token, err
}

func listed(all []roll.Account) (out string) {
	for i, a := range all {
		if i > 0 {
			out += ", "
		}
		out += string(a.ID)
		if a.Name != "" {
			out += " (" + a.Name + ")"
		}
	}
	return out
}

// link keeps a link to an account, in the place of those before.
func (d *Desk) link(x roll.Tx, kind roll.PassKind, a roll.AccountID, length time.Duration) (string, error) {
	if err := x.DropPasses(a, roll.FirstLink, roll.Link); err != nil {
		return "", err
	}
	token, p, err := d.mint(kind, a, length)
	if err == nil {
		err = x.PutPass(p)
	}
	return token, err
}

// EnterByLink uses a link up and begins the session that it is for. Call it for what somebody
// pressed, never for what was only opened: programs that look into mail open links too.
// source is where the browser is, as in an Attempt. KindDenied where the link is over, was used,
// or never was.
func (d *Desk) EnterByLink(ctx context.Context, token string, source netip.Addr) (Session, error) {
	s, link, err := d.follow(ctx, token)
	switch {
	case err == nil:
		d.warn(ctx, "a link that signs in was used", whom(s.Person.ID), which(s.Account), linkOf(link), from(source))
		d.entered(ctx, &s, "link", source)
	case evenkeel.KindOf(err) == evenkeel.KindDenied:
		d.warn(ctx, "a link that signs in was refused", from(source))
	}
	return s, err
}

// follow is EnterByLink, and says what kind of link it was.
func (d *Desk) follow(ctx context.Context, token string) (s Session, link roll.PassKind, err error) {
	id, ok := passOf(token)
	if !ok {
		return Session{}, 0, errLink()
	}
	err = d.store.Transact(ctx, func(x roll.Tx) error {
		p, found, err := x.Pass(id)
		if err != nil || !found || p.Kind.Session() || p.Until <= d.moment() {
			return orLink(err)
		}
		a, _, err := belongs(x, &p)
		if err != nil || a.State == roll.Disabled {
			return orLink(err)
		}
		kind, length := roll.Enrolling, EnrolFor
		link = p.Kind
		if p.Kind == roll.FirstLink {
			if enrolled, err := adminEnrolled(x); err != nil || enrolled {
				return orLink(err)
			}
			if d.options.Loopback {
				kind, length = roll.FirstUse, SessionFor
			}
		}
		if err := x.DropPass(id); err != nil {
			return err
		}
		s, err = d.begin(x, &a, kind, length)
		return err
	})
	if err != nil {
		return Session{}, link, err
	}
	return s, link, nil
}

func errLink() error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: "this link was used, is over, or never was",
		Hint: "whoever runs the machine makes another: evenkeel staff link --person NAME; before anybody has enrolled, a restart does, and the log names it",
	}
}

func orLink(err error) error {
	if err != nil {
		return err
	}
	return errLink()
}

// invited returns an account of a person with which nobody can sign in yet, making one where
// there is none.
func (d *Desk) invited(x roll.Tx, p evenkeel.PersonID) (roll.Account, error) {
	all, err := x.AccountsOf(p)
	if err != nil {
		return roll.Account{}, err
	}
	for _, a := range all {
		if a.State == roll.Invited {
			return a, nil
		}
	}
	a, err := d.newAccount(p)
	if err == nil {
		err = x.PutAccount(a)
	}
	return a, err
}

// closeFirst ends what an operator who never enrolled began: the first link, its sessions, and
// what was invited with them. It is called when somebody who administers can sign in at last: from
// then on whoever has read a log must not become the operator by what it said.
func closeFirst(x roll.Tx) error {
	all, err := x.AccountsOf(roll.Operator)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State == roll.Invited {
			if err := x.DropPasses(a.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// adminEnrolled says whether somebody who administers can sign in with both factors.
func adminEnrolled(x roll.Tx) (bool, error) {
	n, err := admins(x, "")
	return n > 0, err
}

// admins counts the accounts with which somebody who administers can sign in, but one.
func admins(x roll.Tx, but roll.AccountID) (n int, err error) {
	all, err := x.Persons()
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if !p.May(roll.ManageStaff) {
			continue
		}
		accounts, err := x.AccountsOf(p.ID)
		if err != nil {
			return 0, err
		}
		for _, a := range accounts {
			if a.State == roll.Active && a.ID != but {
				n++
			}
		}
	}
	return n, nil
}
