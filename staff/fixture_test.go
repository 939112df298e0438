package staff

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
	"github.com/evenkeel/evenkeel/store/memory"
)

const password = "correct horse battery staple"

// place is a desk with a clock that stands until it is moved.
type place struct {
	testing.TB
	*Desk
	at time.Time
}

func open(t testing.TB, o Options) *place {
	p := &place{TB: t, at: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)}
	p.Desk = New(memory.NewStaff(), func() time.Time { return p.at }, o)
	// As much work as little work can be; what a hash costs is tested by itself.
	p.hashing.cost = cost{memory: 8, passes: 1, lanes: 1}
	p.decoy.cost = p.hashing.cost
	return p
}

func (p *place) pass(d time.Duration) { p.at = p.at.Add(d) }

// first enters by a new first link.
func (p *place) first() Session {
	p.Helper()
	token, first, err := p.FirstLink(p.Context())
	if err != nil || !first {
		p.Fatalf("first link: %t, %v", first, err)
	}
	return p.byLink(token)
}

func (p *place) byLink(token string) Session {
	p.Helper()
	s, err := p.EnterByLink(p.Context(), token, evil)
	if err != nil {
		p.Fatalf("enter by link: %v", err)
	}
	return s
}

// phone is what a person has in their hands.
type phone struct{ seed roll.Secret }

// scan reads what is offered to a session.
func (p *place) scan(s Session) phone {
	p.Helper()
	o, err := p.Enrolment(p.Context(), s)
	if err != nil {
		p.Fatalf("enrolment: %v", err)
	}
	seed, err := seedText.DecodeString(strings.ReplaceAll(o.Secret, " ", ""))
	if err != nil {
		p.Fatalf("the secret %s: %v", o.Secret, err)
	}
	return phone{seed}
}

// code is what the phone shows, some steps from now.
func (p *place) code(f phone, steps int64) string {
	p.Helper()
	code, err := codeOf(f.seed, stepAt(p.at)+steps, codeDigits)
	if err != nil {
		p.Fatalf("code: %v", err)
	}
	return code
}

// enrol enrols a session under a name, and waits until its phone shows another code.
func (p *place) enrol(s Session, name string) (Session, phone) {
	p.Helper()
	f := p.scan(s)
	s, err := p.Enrol(p.Context(), s, name, password, p.code(f, 0))
	if err != nil {
		p.Fatalf("enrol %s: %v", name, err)
	}
	p.pass(stepFor)
	return s, f
}

// person invites somebody, who enrols under their id.
func (p *place) person(by Session, id evenkeel.PersonID, roles ...roll.Role) (Session, phone) {
	p.Helper()
	token, err := p.Invite(p.Context(), by, roll.Person{ID: id, Name: string(id), Roles: roles})
	if err != nil {
		p.Fatalf("invite %s: %v", id, err)
	}
	return p.enrol(p.byLink(token), string(id))
}

// another makes one more account of a person, and returns a link to it.
func (p *place) another(id evenkeel.PersonID) (token string) {
	p.Helper()
	err := p.store.Transact(p.Context(), func(x roll.Tx) error {
		a, err := p.invited(x, id)
		if err == nil {
			token, err = p.link(x, roll.Link, a.ID, LinkFor)
		}
		return err
	})
	if err != nil {
		p.Fatalf("another account of %s: %v", id, err)
	}
	return token
}

func (p *place) enter(name, password, code string) (Session, error) {
	return p.Enter(p.Context(), Attempt{Name: name, Password: password, Code: code})
}

func (p *place) must(s Session, err error) Session {
	p.Helper()
	if err != nil {
		p.Fatalf("%v", err)
	}
	return s
}

// whose says who shows a token now; nil where the session is over.
func (p *place) whose(token string) *Session {
	p.Helper()
	s, err := p.Whose(p.Context(), token)
	if err == nil {
		return &s
	}
	if evenkeel.KindOf(err) != evenkeel.KindDenied {
		p.Fatalf("whose: %v", err)
	}
	return nil
}

func (p *place) wants(kind evenkeel.Kind, err error, says string) {
	p.Helper()
	if err == nil || evenkeel.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		p.Errorf("says %v (%s); expected %s, %q", err, evenkeel.KindOf(err), kind, says)
	}
}
