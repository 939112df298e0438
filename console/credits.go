package console

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// maxCredits is how many credits one page shows of those that are settled.
const maxCredits = 50

// creditsView is the page of what is made good.
type creditsView struct {
	Waiting []creditView // what waits longest first
	Settled []creditView // what was settled last first
	Part    part
	May     bool // grant and refuse
	Nonce   string
	Done    string          // what was settled just now, in words
	Of      docket.CreditID // whose form was refused
	Wrong   string          // what is wrong with it
	Over    bool            // it is settled already, and has no form
	Hint    string
	Reason  string
	Now     evenkeel.Moment
}

// creditView is one credit, and to whom.
type creditView struct {
	docket.Credit
	Name string
	Mark Mark
}

// credits shows what is owed to whom, and what became of it.
func (s *Server) credits(v *visit) error {
	return s.showCredits(v, http.StatusOK, creditsView{Of: docket.CreditID(v.r.URL.Query().Get("settled"))})
}

func (s *Server) showCredits(v *visit, status int, d creditsView) error {
	all, err := s.parts.Credits(v.ctx(), 0)
	if err != nil {
		return err
	}
	for i := range all {
		k := creditView{Credit: all[i], Name: cmp.Or(s.parts.Tenants.Profile(all[i].Tenant).Name, string(all[i].Tenant)), Mark: Mark{"good", "granted"}}
		switch {
		case k.State == docket.CreditProposed:
			d.Waiting = append(d.Waiting, k)
			continue
		case k.State == docket.CreditRefused:
			k.Mark = Mark{"mute", "refused"}
		}
		switch {
		case k.ID != d.Of:
		case d.Wrong != "":
			d.Over = true
		default:
			d.Done = k.State.String()
		}
		d.Settled = append(d.Settled, k)
	}
	slices.SortStableFunc(d.Waiting, func(a, b creditView) int { return cmp.Compare(a.Closed, b.Closed) })
	slices.SortStableFunc(d.Settled, func(a, b creditView) int { return cmp.Compare(b.At, a.At) })
	d.Part = v.pages("/credits").of("from", len(d.Settled), maxCredits, "settled", "credits")
	d.Settled = d.Settled[d.Part.From:d.Part.Until]
	d.May, d.Nonce, d.Now = v.who.Person.May(roll.Steer), rand.Text(), v.now
	return s.show(v, status, sheet.Page{Title: "Credits"}, "credits", &d)
}

// settle grants or refuses a credit. All forms of the page have one nonce, so the credit is part of the
// act's identity.
func (s *Server) settle(v *visit) error {
	all, err := s.parts.Credits(v.ctx(), 0)
	if err != nil {
		return err
	}
	id := docket.CreditID(v.form.line("credit"))
	i := slices.IndexFunc(all, func(k docket.Credit) bool { return k.ID == id })
	if i < 0 {
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no credit %.80s", id), Hint: "the page of credits lists all"}
	}
	k, there := &all[i], "/credits?"+url.Values{"settled": {string(id)}}.Encode()
	kind := map[string]docket.ActKind{"grant": docket.ActCredit, "refuse": docket.ActNoCredit}[v.form.line("settle")]
	var r refusal
	d := creditsView{Of: id, Reason: reason(v.form, "reason", &r)}
	switch {
	case k.By == v.who.Person.ID && k.Why == d.Reason && (k.State == docket.CreditGranted && kind == docket.ActCredit || k.State == docket.CreditRefused && kind == docket.ActNoCredit): // the button was pressed twice
		http.Redirect(v.w, v.r, there, http.StatusSeeOther)
		return nil
	case !nonceForm.MatchString(v.form.line("nonce")) || kind == 0:
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	case len(r.Wrong) > 0:
		err = evenkeel.Invalid("%s", r.WrongAt("reason"))
	default:
		err = s.parts.Acts.Do(v.ctx(), v.sent(docket.Act{
			Kind: kind, At: v.now, Says: d.Reason, Case: k.Case, Tenant: k.Tenant, Family: k.Family, Credit: id,
		}, "credit "+string(id)))
	}
	switch {
	case err == nil:
		http.Redirect(v.w, v.r, there, http.StatusSeeOther)
		return nil
	case evenkeel.KindOf(err) == evenkeel.KindInternal:
		return err
	}
	d.Wrong, d.Hint = told(err), evenkeel.HintOf(err)
	return s.showCredits(v, evenkeel.KindOf(err).HTTPStatus(), d)
}
