package visit

import (
	"context"
	"html/template"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// newcomers are the contacts who came while the case is open, and what the visitor may do about them (R27).
type newcomers struct {
	reach   docket.Reach
	on      docket.Footing
	speaker string // the visitor's address, where it is known
}

// meet reads who came since, and on what footing the visitor stands.
func (s *server) meet(ctx context.Context, v *visitor) error {
	v.came = newcomers{}
	if s.parts.Reach == nil || v.folder.Case.State == evenkeel.CaseClosed {
		return nil
	}
	r, err := s.parts.Reach.ReachOf(ctx, v.folder.Case.ID)
	if err != nil {
		return reading(err)
	}
	v.came.reach = r
	v.came.on, v.came.speaker = r.Footing(v.contact, v.folder.Dispatches, s.parts.Marks)
	return nil
}

// waits says whether somebody came whom nobody has confirmed.
func (n *newcomers) waits() bool { return len(n.reach.Came()) > 0 }

// newcomersPart is what the page says of them.
type newcomersPart struct {
	Says   []template.HTML
	Passed []template.HTML // who was confirmed
	Form   bool
	Wrong  string // with what was chosen
	All    []newcomer
	Listed string // of which list
}

// newcomer is one whom the visitor may confirm.
type newcomer struct {
	Name   string
	Says   template.HTML
	Chosen bool
}

// newcomers says who came, to whom it may be said; how they are confirmed; and where the visitor cannot, what to do.
func (t tongue) newcomers(v *visitor, f *form) *newcomersPart {
	n := &v.came
	if !n.waits() && len(n.reach.Confirmed) == 0 {
		return nil
	}
	p := &newcomersPart{Listed: n.reach.Listed.String()}
	for i := range n.reach.Confirmed {
		switch x := &n.reach.Confirmed[i]; {
		case x.By != "":
			p.Passed = append(p.Passed, say(t.PassedBy, redact.Named(x.Contact.Role), t.moment(x.At), x.By))
		default:
			p.Passed = append(p.Passed, say(t.PassedByUs, redact.Named(x.Contact.Role), t.moment(x.At)))
		}
	}
	switch {
	case !n.waits():
	case !v.speaks():
		p.Says = []template.HTML{say("%s", t.VouchShow)}
	case n.on != docket.FootingKnown:
		p.Says = []template.HTML{say("%s", t.vouchNot(n.on))}
	default:
		p.Form, p.Says = true, []template.HTML{say("%s", t.VouchIntro)}
		if f.Kind == docket.ActVouch {
			p.Wrong = f.Wrong["newcomer"]
		}
		for _, c := range n.reach.Came() {
			p.All = append(p.All, newcomer{Name: c.Name, Says: say(t.Newcomer, redact.Named(c.Role), redact.Masked(c.Email)), Chosen: f.Kind == docket.ActVouch && f.Newcomer == c.Name})
		}
	}
	return p
}

// vouchNot says why a contact cannot confirm another, and what to do.
func (t *texts) vouchNot(on docket.Footing) string {
	switch on {
	case docket.FootingNew:
		return t.VouchNew
	case docket.FootingFormer:
		return t.VouchFormer
	default:
		return t.VouchUnknown
	}
}

// vouch is whom a form confirms; what is wrong with it is in the form.
func (v *visitor) vouch(f *form, t *texts) *docket.Confirming {
	if v.came.on != docket.FootingKnown && f.Wrong[""] == "" {
		f.Wrong[""] = t.vouchNot(v.came.on)
	}
	listed, err := evenkeel.ParseMoment(f.Listed)
	switch {
	case err != nil || f.Newcomer == "":
		f.Wrong["newcomer"] = t.NoNewcomer
	case listed != v.came.reach.Listed:
		f.Wrong["newcomer"] = t.VouchAgain
	}
	return &docket.Confirming{Contact: f.Newcomer, Listed: listed, Speaker: v.came.speaker}
}
