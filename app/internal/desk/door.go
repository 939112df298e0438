package desk

import (
	"context"
	"log/slog"

	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/staff"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Door is how people come in, and who works here, as the console asks for it.
type Door struct {
	desk      *staff.Desk
	providers []Provider
	log       *slog.Logger
}

// NewDoor returns the door of a desk.
func NewDoor(d *staff.Desk) Door { return Door{desk: d, log: slog.New(slog.DiscardHandler)} }

// EnterByLink takes a one-time link.
func (d Door) EnterByLink(ctx context.Context, token string) (console.Session, error) {
	s, err := d.desk.EnterByLink(ctx, token, from(ctx))
	return sessionOf(ctx, &s), err
}

// Enter takes both factors.
func (d Door) Enter(ctx context.Context, c console.Credentials) (console.Session, error) {
	s, err := d.desk.Enter(ctx, staff.Attempt{Name: c.Name, Password: c.Password, Code: c.Code, Source: from(ctx), Before: c.Before})
	return sessionOf(ctx, &s), err
}

// Whose returns the session of a token.
func (d Door) Whose(ctx context.Context, token string) (console.Session, error) {
	s, err := d.desk.Whose(ctx, token)
	return sessionOf(ctx, &s), err
}

// Leave ends the session of a token.
func (d Door) Leave(ctx context.Context, token string) error { return d.desk.Leave(ctx, token) }

// sessionOf is a session as the console has it. One that may look around before anybody has
// enrolled may do so on this machine only.
func sessionOf(ctx context.Context, s *staff.Session) console.Session {
	return console.Session{
		Token: s.Token, Person: personOf(&s.Person), Account: s.Name, Until: s.Until, Enrolled: s.Enrolled, MustEnrol: !s.MayAct() || s.FirstUse && !near(ctx),
	}
}

func personOf(p *roll.Person) console.Person {
	out := console.Person{ID: p.ID, Name: p.Name}
	for _, r := range p.Roles {
		out.Roles = append(out.Roles, console.Role(r.String()))
	}
	return out
}
