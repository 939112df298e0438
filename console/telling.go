package console

import (
	"crypto/rand"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// tellingForm says that a person told the tenant otherwise what its notice told nobody.
type tellingForm struct {
	refusal
	Case    evenkeel.CaseID
	Nonce   string
	Nobody  bool     // a notice reached nobody; else one has only not arrived yet
	Roles   []string // of the tenant's contacts who are persons
	Hows    []measureView
	Contact string // typed
	When    string // typed, in UTC; "" now
	Reason  string // typed
}

// hows are the ways on which a person can tell, as pages offer them.
func hows(chosen string) (out []measureView) {
	words := map[docket.How]string{
		docket.ByPhone: "by phone, spoken with", docket.ByPost: "by post, a letter that arrived", docket.InPerson: "in person",
		docket.ByMessages: "by messages of another service, which they answered",
	}
	for _, h := range docket.Hows() {
		out = append(out, measureView{Word: h.String(), Label: words[h], Is: h.String() == chosen})
	}
	return out
}

// newTelling returns an empty form where there is something that nobody was told of, for whoever may say so; else nil.
func (s *Server) newTelling(v *visit, f *docket.Folder) *tellingForm {
	some, nobody := untellable(f)
	if !some || !v.who.Person.May(roll.Decide) {
		return nil
	}
	d := &tellingForm{Case: f.Case.ID, Nonce: rand.Text(), Nobody: nobody, Hows: hows("")}
	for _, c := range s.parts.Tenants.Profile(f.Case.Tenant).Contacts {
		if !c.Machine && !slices.Contains(d.Roles, c.Role) {
			d.Roles = append(d.Roles, c.Role)
		}
	}
	return d
}

// untellable says whether there are notices of measures that nobody has (judge/toldby.go asks the same), and whether
// one of them reached nobody.
func untellable(f *docket.Folder) (some, nobody bool) {
	if f.Case.State == evenkeel.CaseClosed {
		return false, false
	}
	byID := dispatches(f)
	for i := range f.Decisions {
		x := &f.Decisions[i]
		if x.Mode != evenkeel.ModeLive || docket.Withholds(x) {
			continue
		}
		for _, state := range []evenkeel.DecisionState{evenkeel.Held, evenkeel.InForce} {
			id := evenkeel.NewNoticeID(x.ID, state)
			if !slices.ContainsFunc(f.Notices, func(n evenkeel.Notice) bool { return n.ID == id }) {
				continue
			}
			d := byID[string(id)]
			reached := d != nil && slices.ContainsFunc(d.Deliveries, func(y docket.Delivery) bool { return y.Reached() })
			untold := d != nil && d.Untold()
			some, nobody = some || untold || !reached && x.State == state, nobody || untold
		}
	}
	return some, nobody
}

// tell takes in that a person told the tenant otherwise.
func (s *Server) tell(v *visit) error {
	f, terms, done, err := s.reviewed(v)
	if err != nil || done {
		return err
	}
	d := s.newTelling(v, &f)
	if d == nil {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "there is nothing here of which nobody was told", Hint: "look at the case: it says what was told to whom; what a contact says is passed on as an answer"}
	}
	a := d.read(v)
	switch {
	case !nonceForm.MatchString(v.form["nonce"]):
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	case len(d.Wrong) > 0:
		err = evenkeel.Invalid("%s", "nothing was done yet: something is missing")
	default:
		err = s.parts.Acts.Do(v.ctx(), v.sent(a, ""))
	}
	switch {
	case err == nil:
		s.entered(v, f.Case.ID, a.Kind.String())
		return nil
	case evenkeel.KindOf(err) == evenkeel.KindInternal:
		return err
	}
	d.Refused, d.Hint = told(err), evenkeel.HintOf(err)
	if unseen := s.look(v, f.Case.ID); unseen != nil {
		return unseen
	}
	v.tell = d
	return s.showFolder(v, evenkeel.KindOf(err).HTTPStatus(), &f, &terms, s.newDecide(&f, &terms, v.who.Person.ID))
}

// read makes the act, or notes what is wrong, field by field, and keeps what was typed.
func (d *tellingForm) read(v *visit) docket.Act {
	if nonceForm.MatchString(v.form["nonce"]) {
		d.Nonce = v.form["nonce"]
	}
	d.Contact, d.When = v.form.line("t-contact"), v.form.line("t-when")
	how := v.form.line("t-how")
	d.Hows = hows(how)
	a := docket.Act{Kind: docket.ActTold, At: v.now, Case: d.Case, Contact: d.Contact, Telling: &docket.Telling{}}
	if d.Contact == "" || strings.Contains(d.Contact, "@") || len(d.Contact) > evenkeel.MaxID {
		d.wrong("t-contact", "Say whom you told, by the role, such as owner, and by no address.")
	}
	var err error
	if a.Telling.How, err = docket.ParseHow(how); err != nil {
		d.wrong("t-how", "Choose how you told them.")
	}
	if d.When != "" {
		when, ok := readTime(d.When)
		if a.Telling.When = when; !ok || when > v.now {
			d.wrong("t-when", "Give a time in UTC before now such as 2026-11-27 01:00, or nothing for now.")
		}
	}
	d.Reason = reason(v.form, "t-reason", &d.refusal)
	a.Says = d.Reason
	return a
}
