package staff

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Appoint gives a person exactly these roles, at once, in sessions that are open too. KindConflict
// where nobody who administers could sign in any more, and where the person would both decide and say
// who decides while somebody else decides already: see apart.
func (d *Desk) Appoint(ctx context.Context, by Session, id evenkeel.PersonID, roles []roll.Role) error {
	roles = roll.SortRoles(roles)
	err := d.administer(ctx, &by, "appoint", func(x roll.Tx) error { return d.appoint(x, by.Person.ID, id, roles) })
	if err == nil {
		d.note(ctx, "somebody was appointed", byWhom(&by), whom(id), rolesOf(roles))
	}
	return err
}

// AppointAs is Appoint at the word of the machine's owner, who names the person that answers for it;
// "" only until somebody who administers has enrolled. It asks for no session: who calls it must be
// the owner of the machine.
func (d *Desk) AppointAs(ctx context.Context, by, id evenkeel.PersonID, roles []roll.Role) error {
	roles = roll.SortRoles(roles)
	err := d.store.Transact(ctx, func(x roll.Tx) error {
		if err := d.answers(x, by); err != nil {
			return err
		}
		return d.appoint(x, by, id, roles)
	})
	if err == nil {
		d.warn(ctx, "somebody was appointed by the owner of the machine", slog.String("by", string(by)), whom(id), rolesOf(roles))
	}
	return err
}

// answers wants that a person may say who works here, and can sign in, or that nobody can yet.
func (d *Desk) answers(x roll.Tx, by evenkeel.PersonID) error {
	enrolled, err := adminEnrolled(x)
	if err != nil || !enrolled && by == "" {
		return err
	}
	p, _, err := x.Person(by)
	if err != nil {
		return err
	}
	in, err := signsIn(x, by)
	if err == nil && !(p.May(roll.ManageStaff) && (in || !enrolled)) {
		err = &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("appoint: %.80q is nobody who says who works here and can sign in", by),
			Hint: "name an admin, such as --by ada; evenkeel staff list shows who they are",
		}
	}
	return err
}

// appoint changes roles, and since when they are had.
func (d *Desk) appoint(x roll.Tx, by, id evenkeel.PersonID, roles []roll.Role) error {
	p, found, err := x.Person(id)
	if err == nil && !found {
		err = &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "appoint " + string(id) + ": there is no such person", Hint: "evenkeel staff list shows who is there; an admin invites others"}
	}
	if err != nil {
		return err
	}
	if err := apart(x, &p, roles); err != nil {
		return err
	}
	before, err := admins(x, "")
	if err != nil {
		return err
	}
	p.Roles = roles
	if err := d.keep(x, p, by); err != nil {
		return err
	}
	after, err := admins(x, "")
	switch {
	case err != nil:
		return err
	case before > 0 && after == 0:
		return errLast("appoint " + string(id))
	case before == 0 && after > 0:
		return closeFirst(x)
	}
	return nil
}

// apart refuses to give somebody roles that both decide and say who decides, while somebody else who
// decides can sign in. Who works alone has to do both; where there are two, each grave measure takes
// both of them, and whoever invites could be the second person in disguise. What a person has had
// before stays: a roll of an earlier form is not locked up by this.
func apart(x roll.Tx, p *roll.Person, roles []roll.Role) error {
	if !roll.Conflicting(roles) || roll.Conflicting(p.Roles) {
		return nil
	}
	all, err := x.Persons()
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].ID == p.ID || !all[i].May(roll.Decide) {
			continue
		}
		in, err := signsIn(x, all[i].ID)
		if err != nil {
			return err
		}
		if in {
			return &evenkeel.Error{
				Kind: evenkeel.KindConflict, Says: fmt.Sprintf("give %s the roles %s: they would both decide and say who decides, and %s decides too", p.ID, roll.JoinRoles(roles), all[i].ID),
				Hint: "give one person the role admin and another the cases; only who works alone has both (docs/sign-in.md says why)",
			}
		}
	}
	return nil
}

// keep keeps a person, and ends and begins tenures as their roles say.
func (d *Desk) keep(x roll.Tx, p roll.Person, by evenkeel.PersonID) error {
	if err := x.PutPerson(p); err != nil {
		return err
	}
	all, err := x.TenuresOf(p.ID)
	if err != nil {
		return err
	}
	now := d.moment()
	for i := range all {
		if t := &all[i]; t.Open() && !p.Has(t.Role) {
			t.Until, t.EndedBy = max(now, t.From), by
			if err := x.PutTenure(*t); err != nil {
				return err
			}
		}
	}
	for _, r := range p.Roles {
		if slices.ContainsFunc(all, func(t roll.Tenure) bool { return t.Role == r && t.Open() }) {
			continue
		}
		from := now
		for i := range all { // never at the moment at which another began: clocks jump
			if t := &all[i]; t.Role == r {
				from = max(from, t.From+1, t.Until)
			}
		}
		if err := x.PutTenure(roll.Tenure{Person: p.ID, Role: r, From: from, By: by}); err != nil {
			return err
		}
	}
	return nil
}

// signsIn says whether a person can sign in.
func signsIn(x roll.Tx, id evenkeel.PersonID) (bool, error) {
	accounts, err := x.AccountsOf(id)
	return slices.ContainsFunc(accounts, func(a roll.Account) bool { return a.State == roll.Active }), err
}

// RoleSince says since when the person has had a role without a break; false where they have it not.
func (m *Member) RoleSince(r roll.Role) (evenkeel.Moment, bool) {
	for i := range m.Tenures {
		if t := &m.Tenures[i]; t.Open() && t.Role == r {
			return t.From, true
		}
	}
	return 0, false
}

// Since says since when the person has had a right, by whatever role: what a cooling period counts
// from.
func (m *Member) Since(r roll.Right) (evenkeel.Moment, bool) { return roll.Since(m.Tenures, r) }

// Conflicting says whether the person both decides and says who decides.
func (m *Member) Conflicting() bool { return roll.Conflicting(m.Person.Roles) }
