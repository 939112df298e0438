package staff

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Offer is a second factor to enrol with.
type Offer struct {
	URI    string // otpauth://…, for an authenticator to read; QR draws it
	Secret string // the same secret to be typed, in groups of four
}

// Enrolment offers a session a second factor: the same one each time that the page is shown.
// KindConflict where the session has enrolled.
func (d *Desk) Enrolment(ctx context.Context, s Session) (o Offer, err error) {
	err = d.store.Transact(ctx, func(x roll.Tx) error {
		now, p, err := d.enrolling(x, &s)
		if err != nil {
			return err
		}
		if len(p.Offer) == 0 {
			if p.Offer, err = d.random(seedBytes); err != nil {
				return err
			}
			if err := x.PutPass(p); err != nil {
				return err
			}
		}
		label := now.Name
		if label == "" {
			label = string(now.Person.ID)
		}
		o, err = offer(d.options.Issuer, label, p.Offer)
		return err
	})
	return o, err
}

// enrolling returns a session that may enrol, and its pass.
func (d *Desk) enrolling(x roll.Tx, s *Session) (now Session, p roll.Pass, err error) {
	if now, err = d.live(x, s); err != nil {
		return now, p, err
	}
	if now.Enrolled {
		return now, p, &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: "enrol: this session has enrolled", Hint: "for a new phone or password, ask whoever runs the machine for a link: evenkeel staff link --person NAME",
		}
	}
	p, _, err = x.Pass(s.ID)
	return now, p, err
}

// Enrol makes name, password and the second factor that was offered the account's, in the place
// of what was before, and ends its other sessions and links; where this is the first who
// administers, also those of an operator who never enrolled. The session goes on under a new
// token: who knew the old one, which began with a link, does not know it. KindInvalid says what
// is wrong with what was typed, KindConflict that the name is taken.
func (d *Desk) Enrol(ctx context.Context, s Session, name, password, code string) (out Session, err error) {
	folded, err := checkAccountName(name)
	if err != nil {
		return Session{}, err
	}
	secret, err := checkPassword(folded, password)
	if err != nil {
		return Session{}, err
	}
	step, err := d.offered(ctx, &s, code)
	if err != nil {
		return Session{}, err
	}
	salt, err := d.random(saltBytes)
	if err != nil {
		return Session{}, err
	}
	kept, err := d.hashing.hash(ctx, secret, salt)
	if err != nil {
		return Session{}, err
	}
	err = d.store.Transact(ctx, func(x roll.Tx) error {
		_, p, err := d.enrolling(x, &s)
		if err != nil {
			return err
		}
		a, person, err := belongs(x, &p)
		if err != nil {
			return err
		}
		if other, found, err := x.Named(folded); err != nil || found && other.ID != a.ID {
			return orTaken(err, name)
		}
		if person.Name == "" {
			person.Name = name
			if err := x.PutPerson(person); err != nil {
				return err
			}
		}
		a.State, a.Name, a.Password = roll.Active, folded, roll.Secret(kept.String())
		a.Factor, a.Seed, a.Step = roll.TOTP, p.Offer, step
		before, err := admins(x, "")
		if err != nil {
			return err
		}
		if err := x.PutAccount(a); err != nil {
			return err
		}
		if err := x.DropPasses(a.ID); err != nil {
			return err
		}
		if before == 0 && person.May(roll.ManageStaff) {
			if err := closeFirst(x); err != nil {
				return err
			}
		}
		out, err = d.begin(x, &a, roll.Full, SessionFor)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	d.note(ctx, "somebody has enrolled", whom(out.Person.ID), which(out.Account))
	return out, nil
}

// offered holds a code against the factor that was offered, before any work is done.
func (d *Desk) offered(ctx context.Context, s *Session, code string) (step int64, err error) {
	err = d.store.View(ctx, func(x roll.Tx) error {
		_, p, err := d.enrolling(x, s)
		if err != nil {
			return err
		}
		if len(p.Offer) == 0 {
			return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "enrol: no second factor was offered yet", Hint: "open the page for enrolling first"}
		}
		var fits bool
		if step, fits = matches(p.Offer, code, d.now(), 0); !fits {
			return &evenkeel.Error{
				Kind: evenkeel.KindInvalid, Says: "enrol: the code does not fit; expected the six digits that the authenticator shows now",
				Hint: "the clocks of the phone and of this machine may differ by half a minute",
			}
		}
		return nil
	})
	return step, err
}

func orTaken(err error, name string) error {
	if err != nil {
		return err
	}
	return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "enrol: the name " + name + " is taken", Hint: "choose another"}
}
