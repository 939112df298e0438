package console

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Lots are cases that are looked at by lot, though nobody complained: of those that somebody is or was asked
// about as many as a page takes, and how vigilant whoever looks is.
type Lots struct {
	Audits []docket.Audit
	Vigils []docket.Vigil
}

const maxLots = 50 // of each list, on a page

// lotsView is the page of what is looked at by lot.
type lotsView struct {
	Yours  []lotView      // whoever looks is waited for
	Free   []lotView      // anybody is, who had no part in it
	Mine   part           // of Yours
	Open   part           // of Free
	Others []docket.Audit // somebody else is; the names of who is drawn are for who leads
	Done   []lotView
	Part   part
	Own    *docket.Vigil  // of whoever looks
	Vigils []docket.Vigil // of everybody
	May    bool           // give a verdict
	All    bool           // see what others found
	Now    evenkeel.Moment
}

// lotView is one case that the lot fell on, or a known one among them.
type lotView struct {
	docket.Audit
	Until evenkeel.Moment // it is for one person
	Mark  Mark
	Says  string // feedback
}

func lotOf(a *docket.Audit) lotView {
	v := lotView{Audit: *a, Until: a.Opened.Add(docket.AuditFor), Says: a.Feedback(), Mark: Mark{"warn", "open"}}
	switch {
	case a.State != docket.AuditDone:
	case a.Missed():
		v.Mark = Mark{"danger", "a known case, missed"}
	case a.Control:
		v.Mark = Mark{"good", "a known case"}
	case a.Found == a.Closed:
		v.Mark = Mark{"good", "found as it was closed"}
	default:
		v.Mark = Mark{"warn", "found otherwise"}
	}
	return v
}

// mayReadLot says whether somebody may read what became of an audit: whoever gave the verdict, and who is
// to know how people of ours work.
func mayReadLot(p *Person, a *docket.Audit) bool { return a.By == p.ID || p.May(roll.SeeStaff) }

// lots shows what waits for whoever looks, what they found before, and, to who leads, what others miss.
func (s *Server) lots(v *visit) error {
	me := &v.who.Person
	by := me.ID
	if me.May(roll.SeeStaff) {
		by = ""
	}
	all, err := s.parts.Lots(v.ctx(), "", by)
	if err != nil {
		return err
	}
	d := lotsView{Now: v.now, May: me.May(roll.Decide), All: me.May(roll.SeeStaff)}
	var done []lotView
	for i := range all.Audits {
		switch a := &all.Audits[i]; {
		case a.State == docket.AuditDone && mayReadLot(me, a):
			done = append(done, lotOf(a))
		case !a.Waits(v.now):
		case a.Drawn == me.ID && a.Drawn != "":
			d.Yours = append(d.Yours, lotOf(a))
		case a.For(me.ID, v.now):
			d.Free = append(d.Free, lotOf(a))
		default:
			d.Others = append(d.Others, *a)
		}
	}
	longest := func(a, b lotView) int { return cmp.Compare(a.Opened, b.Opened) }
	slices.SortStableFunc(d.Yours, longest)
	slices.SortStableFunc(d.Free, longest)
	pages := v.pages("/audits")
	d.Mine, d.Open = waiting(pages.of("yours", len(d.Yours), maxLots, "yours", "")), waiting(pages.of("free", len(d.Free), maxLots, "free", ""))
	d.Yours, d.Free = d.Yours[d.Mine.From:d.Mine.Until], d.Free[d.Open.From:d.Open.Until]
	slices.SortStableFunc(done, func(a, b lotView) int { return cmp.Compare(b.At, a.At) })
	d.Part = pages.of("from", len(done), maxLots, "done", "verdicts")
	d.Done = done[d.Part.From:d.Part.Until]
	for i := range all.Vigils {
		if x := &all.Vigils[i]; x.Person == me.ID {
			d.Own = x
		}
	}
	if d.All {
		d.Vigils = all.Vigils
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "Looked at by lot"}, "lots", &d)
}

// waiting is a part of what waits, which begins with what waits longest.
func waiting(p part) part {
	p.Earlier, p.Later = "Those that wait longer", "Those that wait less long"
	return p
}

// lotPage is one case as it may be seen by lot, with the form or with what was found.
type lotPage struct {
	refusal
	lotView
	Nonce    string
	Sight    docket.Sight
	Asked    []answerView
	Seen     []seenView
	Outcomes []measureView
	Reason   string
	Mine     bool // the verdict is whoever looks'
	Form     bool // whoever looks may say what they found
	Now      evenkeel.Moment
}

// seenView is a finding without whom it is about.
type seenView struct {
	After string
	Rule  string
	Met   []evenkeel.Term
	Unmet []evenkeel.Term
}

// foundOutcomes are what somebody can find, with what each means; that abuse was confirmed does not
// come first.
var foundOutcomes = []struct {
	is   evenkeel.Outcome
	says string
}{
	{evenkeel.OutcomeFalsePositive, "False positive: it is not what it looked like"},
	{evenkeel.OutcomePolicyMismatch, "It is so, and allowed here"},
	{evenkeel.OutcomeVictim, "The tenant is a victim: somebody else is in its machines"},
	{evenkeel.OutcomeConfirmed, "Abuse is confirmed"},
	{evenkeel.OutcomeInconclusive, "It cannot be told from what is here"},
}

// lot is the audit that is asked for, where whoever asks may see it.
func (s *Server) lot(v *visit) (*docket.Audit, error) {
	id := docket.AuditID(v.r.PathValue("id"))
	all, err := s.parts.Lots(v.ctx(), id, "")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all.Audits, func(a docket.Audit) bool { return a.ID == id && a.Shown(v.now) })
	if i < 0 {
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("the lot fell on no case that is called %.40q", id), Hint: "the page of what is looked at by lot lists what waits for you"}
	}
	a, me := &all.Audits[i], &v.who.Person
	switch {
	case a.State == docket.AuditDone && !mayReadLot(me, a):
		return nil, &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "another person said what they found", Hint: "who leads can read it: whoever looks by lot is not told what others found"}
	case a.State == docket.AuditOpen && (!me.May(roll.Decide) || !a.For(me.ID, v.now)):
		return nil, &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "the lot fell on another person", Hint: "after a week anybody may who had no part in it"}
	}
	return a, nil
}

// showLot shows one.
func (s *Server) showLot(v *visit) error {
	a, err := s.lot(v)
	if err != nil {
		return err
	}
	return s.lotPage(v, http.StatusOK, a, lotPage{Nonce: rand.Text()})
}

func (s *Server) lotPage(v *visit, status int, a *docket.Audit, d lotPage) error {
	f, err := s.parts.Books.Folder(v.ctx(), a.Case)
	if err != nil {
		return err
	}
	d.lotView, d.Sight, d.Now = lotOf(a), docket.Veil(&f, a), v.now
	d.Mine, d.Form = a.By == v.who.Person.ID, a.State == docket.AuditOpen
	for _, g := range d.Sight.Safeguards {
		d.Asked = append(d.Asked, answerView{answerMark(g.Says), g.Name, g.Why})
	}
	for _, g := range d.Sight.Findings {
		d.Seen = append(d.Seen, seenView{sheet.Length(g.After), g.Rule, g.Terms, g.Unmet})
	}
	if d.Outcomes == nil {
		d.Outcomes = outcomes("")
	}
	page := sheet.Page{Title: "By lot: " + spoken(a.Family), Lead: `<p class="back"><a href="/audits">Looked at by lot</a></p>`, Narrow: true}
	return s.show(v, status, page, "lot", &d)
}

func outcomes(chosen string) (out []measureView) {
	for _, o := range foundOutcomes {
		out = append(out, measureView{Word: o.is.String(), Label: o.says, Is: o.is.String() == chosen})
	}
	return out
}

// findByLot takes in what somebody found; what the case was is said at once.
func (s *Server) findByLot(v *visit) error {
	a, err := s.lot(v)
	if err != nil {
		return err
	}
	there := "/audits/" + url.PathEscape(string(a.ID)) + "#content"
	if a.State == docket.AuditDone { // the button was pressed twice, or it is read only
		if a.By == v.who.Person.ID && (a.Found.String() != v.form.line("found") || a.Why != v.form.text("reason")) {
			return &evenkeel.Error{
				Kind: evenkeel.KindConflict, Says: "this form was sent before with other words; what you found then stands", Hint: "open what you looked at by lot anew: it says what you found",
			}
		}
		http.Redirect(v.w, v.r, there, http.StatusSeeOther)
		return nil
	}
	d := lotPage{Nonce: v.form.line("nonce"), Outcomes: outcomes(v.form.line("found"))}
	d.Reason = reason(v.form, "reason", &d.refusal)
	found, _ := evenkeel.ParseOutcome(v.form.line("found"))
	if !docket.Judged(found) {
		d.wrong("lot-found", "Choose what you found.")
	}
	switch {
	case !nonceForm.MatchString(d.Nonce):
		d.Nonce = rand.Text()
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	case len(d.Wrong) > 0:
		err = evenkeel.Invalid("%s", "nothing was taken in yet: something is missing")
	default:
		err = s.parts.Acts.Do(v.ctx(), v.sent(docket.Act{
			Kind: docket.ActAudit, At: v.now, Says: d.Reason, Audit: a.ID, Outcome: found,
		}, "audit "+string(a.ID)))
	}
	switch {
	case err == nil:
		http.Redirect(v.w, v.r, there, http.StatusSeeOther)
		return nil
	case evenkeel.KindOf(err) == evenkeel.KindInternal:
		return err
	}
	d.Refused, d.Hint = strings.TrimSpace(told(err)), evenkeel.HintOf(err)
	return s.lotPage(v, evenkeel.KindOf(err).HTTPStatus(), a, d)
}
