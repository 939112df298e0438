package console

import (
	"encoding/base64"
	"html/template"
	"net/http"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// doorView is what the pages of signing in show.
type doorView struct {
	To    string // where to go afterwards
	Name  string
	Error string
	Hint  string
	Token string
	Enrolment
	Providers []Provider
	Image     template.URL // the QR code
}

// door shows where to sign in.
func (s *Server) door(v *visit) error {
	to := back(v.r.URL.Query().Get("to"))
	if v.who != nil {
		http.Redirect(v.w, v.r, to, http.StatusSeeOther)
		return nil
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "Sign in", Narrow: true}, "enter", doorView{To: to, Providers: s.parts.Door.Providers()})
}

// enter takes both factors.
func (s *Server) enter(v *visit) error {
	f := v.form
	var who Session
	err := f.fits("name", "password", "code")
	if err == nil {
		who, err = s.parts.Door.Enter(v.ctx(), Credentials{
			Name: f.line("name"), Password: f.secret("password"), Code: f.line("code"), Before: s.token(v.r),
		})
	}
	if err != nil {
		return s.refuseAtDoor(v, err, "enter", sheet.Page{Title: "Sign in", Narrow: true}, doorView{To: back(f.line("to")), Name: f.line("name")})
	}
	s.let(v.w, &who)
	http.Redirect(v.w, v.r, back(f.line("to")), http.StatusSeeOther)
	return nil
}

// refuseAtDoor shows the form again with what was wrong. What is not about the form is a page
// of its own.
func (s *Server) refuseAtDoor(v *visit, err error, name string, p sheet.Page, d doorView) error {
	d.Providers = s.parts.Door.Providers()
	switch evenkeel.KindOf(err) {
	case evenkeel.KindInternal:
		return err
	}
	d.Error, d.Hint = told(err), evenkeel.HintOf(err)
	return s.show(v, evenkeel.KindOf(err).HTTPStatus(), p, name, d)
}

// showLink shows a button. Looking at a link, as programs that check mail do, does not use it.
func (s *Server) showLink(v *visit) error {
	token := v.r.PathValue("token")
	if len(token) > maxToken {
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no such link"}
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "Come in", Narrow: true}, "link", doorView{Token: token})
}

// enterByLink uses the link.
func (s *Server) enterByLink(v *visit) error {
	token := v.r.PathValue("token")
	if len(token) > maxToken {
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no such link"}
	}
	who, err := s.parts.Door.EnterByLink(v.ctx(), token)
	if err != nil {
		return err
	}
	s.let(v.w, &who)
	to := "/"
	if who.MustEnrol {
		to = "/enrol"
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// leave ends the session. Its token stays in the browser and lets nobody in any more.
func (s *Server) leave(v *visit) error {
	if v.who != nil {
		if err := s.parts.Door.Leave(v.ctx(), v.who.Token); err != nil {
			return err
		}
	}
	http.Redirect(v.w, v.r, "/enter", http.StatusSeeOther)
	return nil
}

// enrolPage is the page of enrolling.
func enrolPage() sheet.Page { return sheet.Page{Title: "Enrol", Narrow: true} }

// showEnrol shows what an authenticator needs, and the form.
func (s *Server) showEnrol(v *visit) error {
	if v.who.Enrolled && len(s.parts.Door.Providers()) > 0 {
		return s.show(v, http.StatusOK, enrolPage(), "join", doorView{Providers: s.parts.Door.Providers()})
	}
	if v.who.Enrolled {
		http.Redirect(v.w, v.r, "/", http.StatusSeeOther)
		return nil
	}
	d, err := s.enrolView(v)
	if err != nil {
		return err
	}
	return s.show(v, http.StatusOK, enrolPage(), "enrol", d)
}

func (s *Server) enrolView(v *visit) (doorView, error) {
	e, err := s.parts.Roster.Enrolment(v.ctx(), *v.who)
	d := doorView{Enrolment: e, Providers: s.parts.Door.Providers()}
	if len(e.QR) > 0 {
		d.Image = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(e.QR))
	}
	return d, err
}

// enrol gives the account both factors.
func (s *Server) enrol(v *visit) error {
	f := v.form
	c := Credentials{Name: f.line("name"), Password: f.secret("password"), Code: f.line("code")}
	var who Session
	err := f.fits("name", "password", "code")
	switch {
	case err != nil:
	case f.secret("again") != c.Password:
		err = evenkeel.Invalid("the two passwords are not the same; expected one, typed twice")
	default:
		who, err = s.parts.Roster.Enrol(v.ctx(), *v.who, c)
	}
	if err != nil {
		d, failed := s.enrolView(v)
		if failed != nil {
			return failed
		}
		d.Name = c.Name
		return s.refuseAtDoor(v, err, "enrol", enrolPage(), d)
	}
	s.let(v.w, &who)
	http.Redirect(v.w, v.r, "/", http.StatusSeeOther)
	return nil
}
