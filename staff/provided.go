package staff

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Identity is who a provider of OpenID Connect says that somebody is. How that was found out is not
// asked here.
type Identity struct {
	Issuer, Subject string
	Email           string // in lower case; "" unless the provider says that it is verified
	Login, Name     string // what they go by there, for who is provisioned
}

// FreshFor is how long after signing in somebody may add another way in.
const FreshFor = 10 * time.Minute

var newID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// EnterByProvider signs somebody in whom a provider knows. Where the subject is not known and an
// invited account waits for it, or for its verified address, that account is theirs from now on.
// Nobody becomes a person by this, unless grant has roles: then who is unknown is made a person with
// these, under the name that they go by at the provider. KindDenied where nobody is meant.
func (d *Desk) EnterByProvider(ctx context.Context, id Identity, grant []roll.Role, source netip.Addr) (s Session, err error) {
	var began string
	err = d.store.Transact(ctx, func(x roll.Tx) error {
		a, how, err := d.meant(x, &id, grant)
		if err != nil {
			return err
		}
		if began = how; how != "" {
			if err := d.activate(x, &a, &id); err != nil {
				return err
			}
		}
		s, err = d.begin(x, &a, roll.Full, SessionFor)
		return err
	})
	switch {
	case err == nil:
		if began != "" {
			d.warn(ctx, "an account has become one of a provider", whom(s.Person.ID), which(s.Account), slog.String("how", began), slog.String("issuer", id.Issuer))
		}
		d.entered(ctx, &s, "provider", source)
	case evenkeel.KindOf(err) == evenkeel.KindDenied:
		d.warn(ctx, "a try to sign in by a provider was refused", slog.String("issuer", id.Issuer), from(source))
		s = Session{}
	}
	return s, err
}

// meant finds the account of an identity; how says how it came to be theirs just now, "" where it was.
func (d *Desk) meant(x roll.Tx, id *Identity, grant []roll.Role) (a roll.Account, how string, err error) {
	a, found, err := x.Known(id.Issuer, id.Subject)
	switch {
	case err != nil || found && a.State == roll.Active:
		return a, "", err
	case found && a.State == roll.Invited:
		return a, "its subject was expected", nil
	case found: // and disabled: nobody comes back by being provisioned
		return a, "", errUnknown()
	}
	if id.Email != "" {
		a, found, err := waiting(x, id)
		if err != nil || found {
			return a, "its address was expected", err
		}
	}
	if len(grant) == 0 {
		return a, "", errUnknown()
	}
	a, err = d.provision(x, id, grant)
	return a, "provisioned", err
}

// waiting finds the invited account that waits for an address at an issuer.
func waiting(x roll.Tx, id *Identity) (roll.Account, bool, error) {
	all, err := x.Persons()
	for i := 0; i < len(all) && err == nil; i++ {
		var accounts []roll.Account
		accounts, err = x.AccountsOf(all[i].ID)
		for _, a := range accounts {
			if a.State == roll.Invited && a.Issuer == id.Issuer && a.Email == id.Email {
				return a, true, nil
			}
		}
	}
	return roll.Account{}, false, err
}

// provision makes a person of somebody whom nobody invited. An id that is taken is never taken over:
// names at a provider change hands.
func (d *Desk) provision(x roll.Tx, id *Identity, grant []roll.Role) (a roll.Account, err error) {
	local, _, _ := strings.Cut(strings.ToLower(id.Login), "@")
	p := roll.Person{ID: evenkeel.PersonID(local), Name: id.Name, Roles: roll.SortRoles(grant)}
	if !newID.MatchString(local) || p.Check() != nil {
		return a, &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("sign in by a provider: you go by %.80q there, which can be nobody's id here", id.Login),
			Hint: "ask an admin to invite you under another id",
		}
	}
	_, found, err := x.Person(p.ID)
	if err != nil {
		return a, err
	}
	if found {
		return a, &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("sign in by a provider: somebody here is %s already, and nothing says that it is you", p.ID),
			Hint: "if it is you, open an invitation or sign in as before and choose the provider there; else ask an admin to invite you under another id",
		}
	}
	if err := d.introduce(x, &p, ""); err != nil {
		return a, err
	}
	return d.invited(x, p.ID)
}

func errUnknown() error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: "sign in by a provider: nobody who works here is known by who you are there",
		Hint: "ask an admin for an invitation, open its link, and choose the provider on the page that it leads to",
	}
}

// activate makes an account one that a provider signs in. A disabled account of the same person lets
// go of the subject; another person's never does.
func (d *Desk) activate(x roll.Tx, a *roll.Account, id *Identity) error {
	was, found, err := x.Known(id.Issuer, id.Subject)
	if err != nil {
		return err
	}
	if found && was.ID != a.ID {
		if was.Person != a.Person || was.State != roll.Disabled {
			return &evenkeel.Error{
				Kind: evenkeel.KindConflict, Says: "join a provider: who you are there is known here by another account",
				Hint: "sign out at the provider and begin again as yourself; else ask an admin to look at the people page",
			}
		}
		was.Issuer, was.Subject = "", ""
		if err := x.PutAccount(was); err != nil {
			return err
		}
	}
	person, _, err := x.Person(a.Person)
	if err != nil {
		return err
	}
	before, err := admins(x, "")
	if err != nil {
		return err
	}
	if person.Name == "" && id.Name != "" {
		if named := (roll.Person{ID: person.ID, Name: id.Name}); named.Check() == nil {
			person.Name = id.Name
			if err := x.PutPerson(person); err != nil {
				return err
			}
		}
	}
	a.State, a.Issuer, a.Subject, a.Email = roll.Active, id.Issuer, id.Subject, ""
	a.Name, a.Password, a.Factor, a.Seed, a.Step = "", nil, roll.NoFactor, nil, 0
	if err := x.PutAccount(*a); err != nil {
		return err
	}
	if err := x.DropPasses(a.ID); err != nil {
		return err
	}
	if before == 0 && person.May(roll.ManageStaff) {
		return closeFirst(x)
	}
	return nil
}

// JoinProvider makes an identity a way in for whoever a session is of: in the place of enrolling,
// where it began with a link; else as one more account of the same person, where the session began
// with both factors and is fresh. The session goes on as one of that account.
func (d *Desk) JoinProvider(ctx context.Context, session roll.PassID, id Identity) (out Session, err error) {
	err = d.store.Transact(ctx, func(x roll.Tx) error {
		now, _, err := d.whose(x, session)
		if err != nil {
			return err
		}
		a, _, err := x.Account(now.Account)
		if err != nil {
			return err
		}
		switch {
		case now.Enrolled && !now.Fresh:
			return &evenkeel.Error{
				Kind: evenkeel.KindDenied, Says: "join a provider: you signed in more than ten minutes ago",
				Hint: "sign out and in again, and begin again from there",
			}
		case now.Enrolled:
			if a, err = d.newAccount(now.Person.ID); err != nil {
				return err
			}
		}
		if err := d.activate(x, &a, &id); err != nil {
			return err
		}
		if now.Enrolled { // the browser goes on under the new account, and the old session ends
			if err := x.DropPass(session); err != nil {
				return err
			}
		}
		out, err = d.begin(x, &a, roll.Full, SessionFor)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	d.warn(ctx, "an account has become one of a provider", whom(out.Person.ID), which(out.Account), slog.String("how", "joined"), slog.String("issuer", id.Issuer))
	return out, nil
}

// Expect invites a person whom a provider signs in: by the subject there, or by the address that it
// has verified. KindConflict where the person can sign in, as in Invite.
func (d *Desk) Expect(ctx context.Context, by Session, p roll.Person, issuer, whoThere string) error {
	p.Roles = roll.SortRoles(p.Roles)
	if err := p.Check(); err != nil {
		return err
	}
	if issuer == "" || whoThere == "" {
		return evenkeel.Invalid("invite %s: no provider, or nobody there; expected the subject or the address by which the provider knows them", p.ID)
	}
	err := d.administer(ctx, &by, "invite", func(x roll.Tx) error {
		a, err := d.newcomer(x, &p, by.Person.ID)
		if err != nil {
			return err
		}
		a.Issuer, a.Subject, a.Email = issuer, whoThere, ""
		if strings.Contains(whoThere, "@") {
			a.Subject, a.Email = "", strings.ToLower(whoThere)
		}
		if err := x.DropPasses(a.ID); err != nil { // links of before lead nowhere else
			return err
		}
		return x.PutAccount(a)
	})
	if err == nil {
		d.note(ctx, "somebody is expected by a provider", byWhom(&by), whom(p.ID), rolesOf(p.Roles), slog.String("issuer", issuer))
	}
	return err
}
