package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// peopleView is who works here.
type peopleView struct {
	People      []Person
	Link        string // of who was just invited; it is shown once
	ID, Name    string // of the form to invite
	IsReviewer  bool
	IsAdmin     bool
	Done        string // what was done just now, in words
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
	if d.Wrong == "" && d.Link == "" {
		d.Done = changed(d.People, v.r.URL.Query())
	}
	return s.show(v, status, sheet.Page{Title: "People"}, "people", d)
}

// changed says what was done just now, as far as it is so.
func changed(people []Person, q url.Values) string {
	account := q.Get("disabled")
	for i := range people {
		p := &people[i]
		if string(p.ID) == q.Get("roles") {
			return fmt.Sprintf("%s has %s now.", p.ID, rolesWords(p.Roles))
		}
		if string(p.ID) != q.Get("of") || account == "" {
			continue
		}
		if !slices.ContainsFunc(p.Accounts, func(a Account) bool { return a.ID == account && !a.Disabled() }) {
			return fmt.Sprintf("An account of %s is disabled, and its sessions have ended.", p.ID)
		}
	}
	return ""
}

// rolesWords names roles: "the roles reviewer and admin".
func rolesWords(roles []Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	switch len(words) {
	case 0:
		return "no role"
	case 1:
		return "the role " + words[0]
	default:
		return "the roles " + strings.Join(words, " and ")
	}
}

// refusePeople shows the page again with what was wrong.
func (s *Server) refusePeople(v *visit, err error, d peopleView) error {
	if evenkeel.KindOf(err) == evenkeel.KindInternal {
		return err
	}
	d.Wrong, d.Hint = told(err), evenkeel.HintOf(err)
	return s.showPeople(v, evenkeel.KindOf(err).HTTPStatus(), d)
}

// rolesTyped are the roles that are ticked in a form.
func rolesTyped(f form) (roles []Role) {
	for _, r := range []Role{RoleReviewer, RoleAdmin} {
		if f.line(string(r)) != "" {
			roles = append(roles, r)
		}
	}
	return roles
}

// invite makes a one-time link for somebody and shows it, once. It is no redirect: the link is
// a secret, and a path or a cookie would keep it.
func (s *Server) invite(v *visit) error {
	p := Person{ID: evenkeel.PersonID(v.form.line("id")), Name: v.form.line("name"), Roles: rolesTyped(v.form)}
	d := peopleView{ID: string(p.ID), Name: p.Name, IsReviewer: p.Reviewer(), IsAdmin: p.Admin()}
	err := v.form.fits("id", "name")
	if err == nil {
		err = evenkeel.CheckID("person", d.ID)
	}
	if err == nil && len(p.Roles) == 0 {
		err = evenkeel.Invalid("no role; expected %s, %s or both", RoleReviewer, RoleAdmin)
	}
	token := ""
	if err == nil {
		token, err = s.parts.Roster.Invite(v.ctx(), *v.who, p)
	}
	if err != nil {
		return s.refusePeople(v, err, d)
	}
	d.Link = s.origin(v.r) + "/enter/" + token
	return s.showPeople(v, http.StatusOK, d)
}

// appoint gives a person exactly the roles that are ticked.
func (s *Server) appoint(v *visit) error {
	id := v.form.line("person")
	err := evenkeel.CheckID("person", id)
	if err == nil {
		err = s.parts.Roster.Appoint(v.ctx(), *v.who, evenkeel.PersonID(id), rolesTyped(v.form))
	}
	if err != nil {
		return s.refusePeople(v, err, peopleView{IsReviewer: true})
	}
	http.Redirect(v.w, v.r, "/people?"+url.Values{"roles": {id}}.Encode()+"#content", http.StatusSeeOther)
	return nil
}

// disable ends an account and its sessions.
func (s *Server) disable(v *visit) error {
	id := v.form.line("account")
	err := evenkeel.CheckID("account", id)
	if err == nil && v.form.line("sure") == "" {
		err = evenkeel.Invalid("the account was not disabled; tick that you mean it, and send the form again")
	}
	if err == nil {
		err = s.parts.Roster.Disable(v.ctx(), *v.who, id)
	}
	if err != nil {
		return s.refusePeople(v, err, peopleView{IsReviewer: true})
	}
	http.Redirect(v.w, v.r, "/people?"+url.Values{"disabled": {id}, "of": {v.form.line("person")}}.Encode()+"#content", http.StatusSeeOther)
	return nil
}
