package console

import (
	"net/http"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// peopleView is who works here.
type peopleView struct {
	People      []Person
	Link        string // of who was just invited; it is shown once
	ID, Name    string
	IsReviewer  bool
	IsAdmin     bool
	Wrong, Hint string
}

// people lists who works here.
func (s *Server) people(v *visit) error {
	return s.showPeople(v, http.StatusOK, peopleView{IsReviewer: true})
}

func (s *Server) showPeople(v *visit, status int, d peopleView) (err error) {
	if d.People, err = s.parts.Roster.Persons(v.ctx()); err != nil {
		return err
	}
	return s.show(v, status, sheet.Page{Title: "People"}, "people", d)
}

// invite makes a one-time link for somebody and shows it, once. It is no redirect: the link is
// a secret, and a path or a cookie would keep it.
func (s *Server) invite(v *visit) error {
	d := peopleView{ID: v.form.line("id"), Name: v.form.line("name"), IsReviewer: v.form.line("reviewer") != "", IsAdmin: v.form.line("admin") != ""}
	p := Person{ID: evenkeel.PersonID(d.ID), Name: d.Name}
	if d.IsReviewer {
		p.Roles = append(p.Roles, RoleReviewer)
	}
	if d.IsAdmin {
		p.Roles = append(p.Roles, RoleAdmin)
	}
	err := evenkeel.CheckID("person", d.ID)
	if err == nil && len(p.Roles) == 0 {
		err = evenkeel.Invalid("no role; expected %s, %s or both", RoleReviewer, RoleAdmin)
	}
	token := ""
	if err == nil {
		token, err = s.parts.Roster.Invite(v.ctx(), *v.who, p)
	}
	if err != nil {
		if evenkeel.KindOf(err) == evenkeel.KindInternal {
			return err
		}
		d.Wrong, d.Hint = told(err), evenkeel.HintOf(err)
		return s.showPeople(v, evenkeel.KindOf(err).HTTPStatus(), d)
	}
	scheme := "http://"
	if s.parts.Secure {
		scheme = "https://"
	}
	d.Link = scheme + v.r.Host + "/enter/" + token
	return s.showPeople(v, http.StatusOK, d)
}
