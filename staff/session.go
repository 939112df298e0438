package staff

import (
	"cmp"
	"context"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Session is who is there, for now.
type Session struct {
	// Token is what the browser shows next time; set only by what begins a session. It is worth
	// as much as a password for as long as the session lasts.
	Token   string
	ID      roll.PassID
	Person  roll.Person
	Account roll.AccountID
	Name    string          // of the account; "" until enrolled
	Until   evenkeel.Moment // when it ends at the latest; it ends earlier where nothing is done
	// Enrolled: it began with both factors.
	Enrolled bool
	// Fresh: it did so no longer than FreshFor ago.
	Fresh bool
	// FirstUse: it began with the first link on loopback, and nobody who administers has
	// enrolled yet. It may act all the same, and should be asked to enrol.
	FirstUse bool
}

// MayAct says whether the session may do more than enrol.
func (s *Session) MayAct() bool { return s.Enrolled || s.FirstUse }

// May says whether the session has a right.
func (s *Session) May(r roll.Right) bool { return s.MayAct() && s.Person.May(r) }

// How long sessions last. NIST SP 800-63B-4, 2.2.3, has people sign in again after at most 24
// hours, or one hour of doing nothing, at the level of two factors. Who reviews is given a
// shift instead of that hour: the desk is left and come back to while a case waits.
const (
	SessionFor   = 12 * time.Hour      // whatever happens
	AdminIdle    = time.Hour           // without a request, for who administers
	ReviewerIdle = 8 * time.Hour       // the same for others
	EnrolFor     = time.Hour           // a session that may only enrol
	familiarFor  = 30 * 24 * time.Hour // a browser is familiar after its last session
	seenEvery    = time.Minute         // how exactly the last request is known
)

// errOver is the one answer about a token that is no session's.
func errOver() error {
	return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "this session is over, or never was", Hint: "sign in again"}
}

// Whose says who shows a token, with the roles that the person has now. KindDenied where it is
// no session's, whatever the reason.
func (d *Desk) Whose(ctx context.Context, token string) (s Session, err error) {
	id, ok := passOf(token)
	if !ok {
		return Session{}, errOver()
	}
	stale := false
	err = d.store.View(ctx, func(x roll.Tx) (err error) {
		s, stale, err = d.whose(x, id)
		return err
	})
	if err != nil || !stale {
		return s, err
	}
	err = d.store.Transact(ctx, func(x roll.Tx) error { // it may have ended meanwhile
		p, found, err := x.Pass(id)
		if err != nil || !found {
			return cmp.Or(err, errOver())
		}
		p.Seen = max(p.Seen, d.moment())
		return x.PutPass(p)
	})
	if err != nil {
		return Session{}, err
	}
	return s, nil
}

// whose reads a session, and whether its last request is known too badly.
func (d *Desk) whose(x roll.Tx, id roll.PassID) (s Session, stale bool, err error) {
	p, found, err := x.Pass(id)
	now := d.moment()
	if err != nil || !found || !p.Kind.Session() || p.Until <= now {
		return s, false, cmp.Or(err, errOver())
	}
	a, person, err := belongs(x, &p)
	if err != nil {
		return s, false, err
	}
	s = Session{ID: p.ID, Person: person, Account: a.ID, Name: a.Name, Until: p.Until, Enrolled: p.Kind == roll.Full}
	s.Fresh = s.Enrolled && p.Made.Add(FreshFor) > now
	if a.State == roll.Disabled || s.Enrolled && a.State != roll.Active {
		return Session{}, false, errOver()
	}
	if p.Kind == roll.FirstUse && d.options.Loopback {
		enrolled, err := adminEnrolled(x)
		if err != nil {
			return Session{}, false, err
		}
		s.FirstUse = !enrolled
	}
	if p.Seen.Add(idle(&s)) <= now {
		return Session{}, false, errOver()
	}
	return s, now.Sub(p.Seen) >= seenEvery, nil
}

// idle is how long a session lasts without a request.
func idle(s *Session) time.Duration {
	switch {
	case s.FirstUse: // there is no other way in yet
		return SessionFor
	case s.Person.May(roll.ManageStaff):
		return AdminIdle
	}
	return ReviewerIdle
}

// belongs returns whose a pass is.
func belongs(x roll.Tx, p *roll.Pass) (a roll.Account, person roll.Person, err error) {
	a, found, err := x.Account(p.Account)
	if err == nil && found {
		person, found, err = x.Person(a.Person)
	}
	if err == nil && !found {
		err = errOver()
	}
	return a, person, err
}

// Leave ends the session of a token; where there is none, nothing. The browser stays familiar
// (see Attempt.Before).
func (d *Desk) Leave(ctx context.Context, token string) error {
	id, ok := passOf(token)
	if !ok {
		return nil
	}
	var left roll.Account
	err := d.store.Transact(ctx, func(x roll.Tx) error {
		p, found, err := x.Pass(id)
		if err != nil || !found || !p.Kind.Session() {
			return err
		}
		if p.Until > d.moment() {
			if left, _, err = belongs(x, &p); err != nil {
				return err
			}
		}
		if p.Kind != roll.Full {
			return x.DropPass(id)
		}
		p.Until, p.Offer = max(p.Made, min(p.Until, d.moment())), nil
		return x.PutPass(p)
	})
	if err == nil && left.ID != "" {
		d.note(ctx, "somebody has left", whom(left.Person), which(left.ID))
	}
	return err
}

// LeaveAll ends all sessions of an account, and no browser is familiar to it any more.
func (d *Desk) LeaveAll(ctx context.Context, a roll.AccountID) error {
	err := d.store.Transact(ctx, func(x roll.Tx) error {
		return x.DropPasses(a, roll.Full, roll.Enrolling, roll.FirstUse)
	})
	if err == nil {
		d.note(ctx, "all sessions of an account were ended", which(a))
	}
	return err
}

// live returns the session again, as it is now, in the transaction of what it does. Sessions
// are values: what they allow is asked at the moment of use.
func (d *Desk) live(x roll.Tx, s *Session) (Session, error) {
	now, _, err := d.whose(x, s.ID)
	return now, err
}

// begin keeps a session of an account.
func (d *Desk) begin(x roll.Tx, a *roll.Account, kind roll.PassKind, length time.Duration) (Session, error) {
	token, p, err := d.mint(kind, a.ID, length)
	if err != nil {
		return Session{}, err
	}
	if err := x.PutPass(p); err != nil {
		return Session{}, err
	}
	if err := x.SweepPasses(d.moment().Add(-familiarFor)); err != nil {
		return Session{}, err
	}
	s, _, err := d.whose(x, p.ID)
	s.Token = token
	return s, err
}
