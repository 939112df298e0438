package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// peopleView is who works here.
type peopleView struct {
	People      []Person
	Link        string // of who was just invited; it is shown once
	ID, Name    string // of the form to invite
	Roles       []roleChoice
	There, By   string // whom a provider signs in, and which provider
	Providers   []Provider
	May         bool   // change anything
	Conflicting bool   // somebody both decides and says who decides, and is not alone
	Done        string // what was done just now, in words
	Wrong, Hint string
}

// roleChoice is a role that can be ticked.
type roleChoice struct {
	Role Role
	For  string
	Has  bool
}

// Choices are all roles, those of the person ticked.
func (p *Person) Choices() (all []roleChoice) {
	for _, r := range roles {
		all = append(all, roleChoice{r.Role, r.For, p.Has(r.Role)})
	}
	return all
}

// people lists who works here.
func (s *Server) people(v *visit) error {
	return s.showPeople(v, http.StatusOK, peopleView{})
}

func (s *Server) showPeople(v *visit, status int, d peopleView) (err error) {
	if d.People, err = s.parts.Roster.Persons(v.ctx()); err != nil {
		return err
	}
	d.Providers = s.parts.Door.Providers()
	d.May = v.who.Person.May(roll.ManageStaff)
	if d.Roles == nil {
		d.Roles = (&Person{}).Choices() // none is ticked: who ticks viewer means viewer
	}
	deciders := 0
	for i := range d.People {
		if p := &d.People[i]; p.Enrolled && p.May(roll.Decide) {
			deciders++
		}
	}
	d.Conflicting = deciders > 1 && slices.ContainsFunc(d.People, func(p Person) bool { return p.Conflicting() })
	if d.Wrong == "" && d.Link == "" {
		d.Done = changed(d.People, v.r.URL.Query())
	}
	return s.show(v, status, sheet.Page{Title: "People"}, "people", d)
}

// changed says what was done just now, as far as it is so.
func changed(people []Person, q url.Values) string {
	account := q.Get("disabled")
	if i := slices.IndexFunc(people, func(p Person) bool { return string(p.ID) == q.Get("expected") }); i >= 0 {
		return fmt.Sprintf("%s can come in by the provider now.", people[i].ID)
	}
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
		return "the roles " + enumerated(words)
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
func rolesTyped(f form) (typed []Role) {
	for _, r := range roles {
		if f.line(string(r.Role)) != "" {
			typed = append(typed, r.Role)
		}
	}
	return typed
}

// invite makes a one-time link for somebody and shows it, once. It is no redirect: the link is
// a secret, and a path or a cookie would keep it.
func (s *Server) invite(v *visit) error {
	p := Person{ID: evenkeel.PersonID(v.form.line("id")), Name: v.form.line("name"), Roles: rolesTyped(v.form)}
	d := peopleView{ID: string(p.ID), Name: p.Name, Roles: p.Choices()}
	err := v.form.fits("id", "name")
	if err == nil {
		err = evenkeel.CheckID("person", d.ID)
	}
	if err == nil && len(p.Roles) == 0 {
		err = evenkeel.Invalid("no role; expected one of those below, or several")
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
		return s.refusePeople(v, err, peopleView{})
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
		return s.refusePeople(v, err, peopleView{})
	}
	http.Redirect(v.w, v.r, "/people?"+url.Values{"disabled": {id}, "of": {v.form.line("person")}}.Encode()+"#content", http.StatusSeeOther)
	return nil
}
