package console

import (
	"crypto/rand"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// cameView are the contacts who came while a case is open, and the form by which a person confirms one of them,
// having checked by a second way who that is (R27).
type cameView struct {
	refusal
	Case   evenkeel.CaseID
	All    []cameOne
	Passed []docket.Confirmed
	May    bool // confirm one
	Nonce  string
	Listed string // of which list
	Chosen string
	Reason string
}

// cameOne is one of them. The console shows no address; so much of it that it can be compared with one.
type cameOne struct{ Name, Masked string }

// came is what the page of a case says of them, nil where nobody came.
func (s *Server) came(v *visit, f *docket.Folder) (*cameView, error) {
	if f.Case.State == evenkeel.CaseClosed {
		return nil, nil
	}
	r, err := s.parts.Reach.ReachOf(v.ctx(), f.Case.ID)
	if err != nil {
		return nil, err
	}
	c := &cameView{Case: f.Case.ID, Passed: r.Confirmed, May: v.who.Person.May(roll.GrantFlags), Nonce: rand.Text(), Listed: r.Listed.String()}
	for _, x := range r.Came() {
		c.All = append(c.All, cameOne{x.Name, redact.Masked(x.Email)})
	}
	if len(c.All)+len(c.Passed) == 0 {
		return nil, nil
	}
	return c, nil
}

// confirm confirms one of them.
func (s *Server) confirm(v *visit) error {
	f, err := s.folder(v, evenkeel.CaseID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	if kind, err := s.doneBefore(v, &f); kind != "" && err == nil {
		s.entered(v, f.Case.ID, kind)
		return nil
	}
	c, err := s.came(v, &f)
	if err == nil && c == nil {
		err = &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "no contact came while this case is open", Hint: "look at the case: who is a contact now is known"}
	}
	if err != nil {
		return err
	}
	c.Chosen, c.Reason = v.form.line("newcomer"), reason(v.form, "confirm-reason", &c.refusal)
	if c.Chosen == "" {
		c.wrong("confirm-newcomer", "Choose whom you confirm.")
	}
	listed, bad := evenkeel.ParseMoment(v.form.line("listed"))
	switch {
	case bad != nil || !nonceForm.MatchString(v.form.line("nonce")):
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	case len(c.Wrong) > 0:
		err = evenkeel.Invalid("%s", "nobody was confirmed yet: something is missing")
	default:
		err = s.parts.Acts.Do(v.ctx(), v.sent(docket.Act{Kind: docket.ActConfirm, Case: f.Case.ID, At: v.now, Says: c.Reason, Confirm: &docket.Confirming{Contact: c.Chosen, Listed: listed}}, ""))
	}
	switch {
	case err == nil:
		s.entered(v, f.Case.ID, docket.ActConfirm.String())
		return nil
	case evenkeel.KindOf(err) == evenkeel.KindInternal:
		return err
	}
	if now, gone := s.came(v, &f); gone == nil && now != nil { // it may be another list by now
		now.Wrong, now.Chosen, now.Reason = c.Wrong, c.Chosen, c.Reason
		c = now
	}
	c.Refused, c.Hint = told(err), evenkeel.HintOf(err)
	if unseen := s.look(v, f.Case.ID); unseen != nil {
		return unseen
	}
	v.came = c
	terms := s.parts.Policy.Family(f.Case.Family)
	return s.showFolder(v, evenkeel.KindOf(err).HTTPStatus(), &f, &terms, s.newDecide(&f, &terms, v.who.Person.ID))
}
