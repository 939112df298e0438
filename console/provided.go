package console

import (
	"net/http"
	"net/url"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// Provider is somebody who signs people in for us.
type Provider struct {
	Name  string // in addresses
	Title string // as people read it
}

// thereFor is how long a browser remembers that it was sent to a provider.
const thereFor = 10 * time.Minute

// thereCookie remembers what a provider's answer has to fit. Unlike the session's it comes along
// when the provider sends the browser back, and it lets nobody in.
func (s *Server) thereCookie(value string, age time.Duration) *http.Cookie {
	name := "evenkeel-there"
	if s.parts.Secure {
		name = "__Secure-evenkeel-there"
	}
	if s.parts.Name != "" {
		name += "-" + s.parts.Name
	}
	return &http.Cookie{
		Name: name, Value: value, Path: "/enter/with/", MaxAge: int(age / time.Second), HttpOnly: true, Secure: s.parts.Secure, SameSite: http.SameSiteLaxMode,
	}
}

// sendThere sends a browser to a provider. It is asked for by GET, since no form may lead to another
// site: it changes nothing but what the browser remembers.
func (s *Server) sendThere(v *visit) error {
	return s.send(v, nil, back(v.r.URL.Query().Get("to")))
}

// sendToJoin sends somebody there who has a session, so that who they are there becomes a way in here.
func (s *Server) sendToJoin(v *visit) error { return s.send(v, v.who, "/") }

func (s *Server) send(v *visit, join *Session, to string) error {
	there, remember, err := s.parts.Door.SendTo(v.ctx(), v.r.PathValue("provider"), join, to)
	if err != nil {
		return s.refuseThere(v, err, to)
	}
	http.SetCookie(v.w, s.thereCookie(remember, thereFor))
	http.Redirect(v.w, v.r, there, http.StatusSeeOther)
	return nil
}

// comeBack takes what a browser brings back from a provider.
func (s *Server) comeBack(v *visit) error {
	remembered := ""
	if c, err := v.r.Cookie(s.thereCookie("", 0).Name); err == nil {
		remembered = c.Value
	}
	gone := s.thereCookie("", 0)
	gone.MaxAge = -1
	http.SetCookie(v.w, gone)
	who, to, err := s.parts.Door.ComeBack(v.ctx(), v.r.PathValue("provider"), remembered, v.r.URL.Query())
	if err != nil {
		return s.refuseThere(v, err, to)
	}
	s.let(v.w, &who)
	// The cookie of the session is not sent with anything that another site began, which a redirect
	// from here would still be. A page of ours that leads on is no part of that.
	to = back(to)
	v.w.Header().Set("Refresh", "0; url="+to)
	return s.show(v, http.StatusOK, sheet.Page{Title: "You are signed in", Narrow: true}, "there", doorView{To: to})
}

// refuseThere shows where one signs in, with what was wrong: whoever has a password goes on with it.
func (s *Server) refuseThere(v *visit, err error, to string) error {
	if evenkeel.KindOf(err) == evenkeel.KindNotFound {
		return err
	}
	return s.refuseAtDoor(v, err, "enter", sheet.Page{Title: "Sign in", Narrow: true}, doorView{To: back(to)})
}

// expect invites somebody whom a provider signs in.
func (s *Server) expect(v *visit) error {
	p := Person{ID: evenkeel.PersonID(v.form.line("id")), Name: v.form.line("name"), Roles: rolesTyped(v.form)}
	d := peopleView{ID: string(p.ID), Name: p.Name, Roles: p.Choices(), There: v.form.line("there"), By: v.form.line("provider")}
	err := v.form.fits("id", "name", "there")
	if err == nil {
		err = evenkeel.CheckID("person", d.ID)
	}
	if err == nil {
		err = s.parts.Roster.Expect(v.ctx(), *v.who, p, d.By, d.There)
	}
	if err != nil {
		return s.refusePeople(v, err, d)
	}
	http.Redirect(v.w, v.r, "/people?"+url.Values{"expected": {d.ID}}.Encode()+"#content", http.StatusSeeOther)
	return nil
}
