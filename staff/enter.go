package staff

import (
	"bytes"
	"context"
	"net/netip"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Attempt is what somebody typed to sign in, and where from.
type Attempt struct {
	Name, Password, Code string
	// Source is where the browser is; the zero address where that is not known, as behind a
	// proxy. That, and this machine's own, which a proxy's may be, do not count: one could hold up all.
	Source netip.Addr
	// Before is the token of the session that this browser had last, which may be over, or "".
	// A browser in which the account signed in before does not wait for what others tried.
	Before string
}

// maxCode is the longest code that is looked at, in bytes.
const maxCode = 16

// errWrong is the one answer to whatever does not fit.
func errWrong() error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: "sign in: name, password and code do not fit together",
		Hint: "each code works once: wait for the next; if the phone or the password is lost, ask whoever runs the machine for a link: evenkeel staff link --person NAME",
	}
}

// candidate is what is known of an attempt before anything is compared.
type candidate struct {
	name     string // folded; as typed where it can be no name
	password []byte
	account  roll.Account // the zero one where nobody can sign in under the name
	hash     phc          // the account's, or the decoy
	before   *roll.PassID // the last session of a browser that is familiar
}

// Enter signs somebody in with both factors. KindDenied where anything does not fit: which part
// is not said, and an unknown name takes the same work. KindUnavailable where there were too many
// tries (ComeAgain says until when) or where too many sign in at once.
func (d *Desk) Enter(ctx context.Context, a Attempt) (Session, error) {
	s, failed, err := d.try(ctx, &a)
	switch {
	case err == nil:
		d.entered(ctx, &s, "password", a.Source)
	case evenkeel.KindOf(err) == evenkeel.KindDenied:
		d.refused(ctx, failed, a.Source)
	}
	return s, err
}

// try is Enter; failed is how often whoever tries has failed by now.
func (d *Desk) try(ctx context.Context, a *Attempt) (s Session, failed int, err error) {
	c, err := d.consider(ctx, a)
	if err != nil {
		return Session{}, 0, err
	}
	who, elsewhere := c.triers(a)
	right, failed, err := d.compare(ctx, &c, a.Source, append(who, elsewhere...))
	if err != nil {
		return Session{}, failed, err
	}
	// The code is compared whatever came of the password, and for a name that nobody has too.
	step, fits := matches(c.account.Seed, a.Code, d.now(), c.account.Step)
	if !right || !fits || c.account.State != roll.Active {
		return Session{}, failed, errWrong()
	}
	if s, err = d.admit(ctx, &c, step); err != nil {
		return Session{}, failed, err
	}
	d.tries.succeeded(who...)
	d.tries.takeBack(elsewhere...)
	return s, failed, nil
}

// compare says whether the password is right. A try counts when it has its turn, no sooner: what
// costs no hash must neither have others forgotten nor hold up who typed the right password while
// too many signed in. Who has to wait takes up no place among those who wait for a turn.
func (d *Desk) compare(ctx context.Context, c *candidate, source netip.Addr, who []trier) (right bool, failed int, err error) {
	now := d.moment()
	if w, must := d.tries.wait(now, who...); must {
		return false, 0, d.later(ctx, now, w, source)
	}
	done, err := d.hashing.turn.wait(ctx)
	if err != nil {
		return false, 0, err
	}
	defer done()
	now = d.moment() // others may have failed meanwhile
	failed, w, ok := d.tries.admit(now, who...)
	if !ok {
		return false, 0, d.later(ctx, now, w, source)
	}
	return d.hashing.fits(c.password, c.hash), failed, nil
}

// later turns a try away.
func (d *Desk) later(ctx context.Context, now evenkeel.Moment, w wait, source netip.Addr) error {
	if w.news {
		d.madeToWait(ctx, w.until, source)
	}
	return errLater(now, w.until)
}

// consider looks up what an attempt is about.
func (d *Desk) consider(ctx context.Context, a *Attempt) (c candidate, err error) {
	password, ok := prepare(a.Password)
	if !ok || len(a.Name) > roll.MaxName || len(a.Code) > maxCode {
		return c, errWrong() // nobody has typed that
	}
	c.password, c.hash, c.name = password, d.decoy, a.Name
	folded, ok := fold(a.Name)
	if !ok {
		return c, nil
	}
	c.name = folded
	err = d.store.View(ctx, func(x roll.Tx) error {
		account, found, err := x.Named(folded)
		if err != nil || !found || account.State != roll.Active || account.Factor != roll.TOTP {
			return err
		}
		if c.hash, err = parsePHC(string(account.Password)); err != nil {
			return &evenkeel.Error{Says: "sign in: read what is kept of account " + string(account.ID), Hint: "make a link and enrol again: evenkeel staff link", Err: err}
		}
		c.account = account
		if id, ok := passOf(a.Before); ok {
			p, found, err := x.Pass(id)
			if err != nil {
				return err
			}
			if found && p.Kind == roll.Full && p.Account == account.ID && p.Until.Add(familiarFor) > d.moment() {
				c.before = &p.ID
			}
		}
		return nil
	})
	return c, err
}

// triers are who tries: a familiar browser answers for itself alone; else the name, and where it
// is tried from.
func (c *candidate) triers(a *Attempt) (who, elsewhere []trier) {
	if c.before != nil {
		return []trier{browserTrier(*c.before)}, nil
	}
	if a.Source.IsValid() && !a.Source.IsLoopback() {
		elsewhere = append(elsewhere, sourceTrier(a.Source))
	}
	return append(who, nameTrier(c.name)), elsewhere
}

// admit begins the session. What was compared may have changed meanwhile: then it did not fit.
func (d *Desk) admit(ctx context.Context, c *candidate, step int64) (s Session, err error) {
	err = d.store.Transact(ctx, func(x roll.Tx) error {
		a, found, err := x.Account(c.account.ID)
		if err != nil {
			return err
		}
		if !found || a.State != roll.Active || !bytes.Equal(a.Password, c.account.Password) || !bytes.Equal(a.Seed, c.account.Seed) || a.Step >= step {
			return errWrong()
		}
		a.Step = step
		if err := x.PutAccount(a); err != nil {
			return err
		}
		if c.before != nil { // this browser goes on as the new session
			if err := x.DropPass(*c.before); err != nil {
				return err
			}
		}
		s, err = d.begin(x, &a, roll.Full, SessionFor)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	return s, nil
}
