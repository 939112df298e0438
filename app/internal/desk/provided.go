package desk

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/staff"
	"github.com/evenkeel/evenkeel/staff/oidc"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Provider is somebody who signs people in, and the roles that a group there gives whoever is made a
// person by coming in. No grants: nobody is.
type Provider struct {
	*oidc.Provider
	Grants map[string]roll.Role // by group
}

// With adds providers to a door. log is told why one cannot be reached.
func (d Door) With(log *slog.Logger, all ...Provider) Door {
	d.log, d.providers = log, all
	return d
}

// Providers are those who sign people in for us.
func (d Door) Providers() (all []console.Provider) {
	for i := range d.providers {
		all = append(all, console.Provider{Name: d.providers[i].Name(), Title: d.providers[i].Title()})
	}
	return all
}

func (d Door) provider(name string) (*Provider, error) {
	for i := range d.providers {
		if d.providers[i].Name() == name {
			return &d.providers[i], nil
		}
	}
	return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no provider %.80q", name), Hint: "the page where one signs in names those there are"}
}

// SendTo returns where to send a browser.
func (d Door) SendTo(ctx context.Context, provider string, join *console.Session, to string) (there, remember string, err error) {
	p, err := d.provider(provider)
	if err != nil {
		return "", "", err
	}
	t := oidc.Ticket{To: to}
	if join != nil {
		s, err := d.desk.Whose(ctx, join.Token)
		if err != nil {
			return "", "", err
		}
		t.Pass = s.ID.String()
	}
	there, remember, err = p.Begin(ctx, t)
	d.tell(ctx, p, err)
	return there, remember, err
}

// ComeBack takes what a browser brings back: it joins who began with a session, and signs others in.
func (d Door) ComeBack(ctx context.Context, provider, remembered string, brought url.Values) (console.Session, string, error) {
	p, err := d.provider(provider)
	if err != nil {
		return console.Session{}, "", err
	}
	id, t, err := p.Finish(ctx, remembered, brought)
	if err != nil {
		d.tell(ctx, p, err)
		return console.Session{}, t.To, err
	}
	who := staff.Identity{Issuer: id.Issuer, Subject: id.Subject, Email: id.Email, Login: id.Login, Name: id.Name}
	var s staff.Session
	if t.Pass != "" {
		var pass roll.PassID
		if b, bad := hex.DecodeString(t.Pass); bad == nil && len(b) == len(pass) {
			copy(pass[:], b)
		}
		s, err = d.desk.JoinProvider(ctx, pass, who)
	} else {
		s, err = d.desk.EnterByProvider(ctx, who, p.grants(id.Groups), from(ctx))
	}
	return sessionOf(ctx, &s), t.To, err
}

// grants are the roles that somebody's groups give.
func (p *Provider) grants(groups []string) (list []roll.Role) {
	for _, g := range groups {
		if r, has := p.Grants[g]; has {
			list = append(list, r)
		}
	}
	return roll.SortRoles(list)
}

// tell has the log say why a provider cannot be reached or is not believed, which pages do not.
func (d Door) tell(ctx context.Context, p *Provider, err error) {
	switch evenkeel.KindOf(err) {
	case evenkeel.KindUnavailable, evenkeel.KindDenied:
		d.log.LogAttrs(ctx, slog.LevelWarn, "a sign-in by a provider came to nothing", slog.String("provider", p.Name()), slog.Any("error", err))
	}
}

// Expect invites a person whom a provider signs in.
func (d Door) Expect(ctx context.Context, by console.Session, person console.Person, provider, there string) error {
	p, err := d.provider(provider)
	if err != nil {
		return err
	}
	if !personID.MatchString(string(person.ID)) {
		return errPersonID(person.ID)
	}
	s, err := d.desk.Whose(ctx, by.Token)
	if err != nil {
		return err
	}
	who := roll.Person{ID: person.ID, Name: person.Name}
	if who.Roles, err = rolesOf(person.Roles); err != nil {
		return err
	}
	return d.desk.Expect(ctx, s, who, p.Issuer(), there)
}
