package console

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// aloneView says, before a form is filled in, why nobody could be the second, and what to do instead.
type aloneView struct {
	Says, Hint string
	Else       string // what can be asked all the same
}

// alone asks whether somebody could be the second of an act; nil where somebody could, or where that cannot be
// told now: the form says so then.
func (s *Server) alone(v *visit, a docket.Act) *aloneView {
	a.At, a.By = v.now, v.who.Person.ID
	err := s.parts.Second(v.ctx(), a)
	switch {
	case err == nil:
		return nil
	case evenkeel.KindOf(err) == evenkeel.KindDenied:
		return &aloneView{Says: told(err), Hint: evenkeel.HintOf(err)}
	default:
		s.parts.Log.WarnContext(v.ctx(), "who could be the second is not known", "case", a.Case, "err", err)
		return nil
	}
}

// seconded puts into a form that would ask two persons why nobody could be the second. What a court ordered is
// given back by whoever there is.
func (s *Server) seconded(v *visit, f *docket.Folder, t *twoView) {
	if t == nil || t.Form == nil || !t.Form.Opens() {
		return
	}
	a := docket.Act{Kind: docket.ActPropose, Case: f.Case.ID}
	t.Form.Alone = s.alone(v, a)
	gives := slices.ContainsFunc(t.Form.Measures, func(m measureView) bool { return m.hold != nil && m.hold.Ends })
	if a.Hold = (&docket.Hold{Ends: true}); t.Form.Alone != nil && gives && s.alone(v, a) == nil {
		t.Form.Alone.Else = "That a lawful order ends can be asked all the same: for that whoever acted here is drawn too."
	}
}

// lettable puts into each switch that whoever looks could ask about why nobody could be the second.
func (s *Server) lettable(v *visit, d *brakesView) {
	for i := range d.Pulled[:min(len(d.Pulled), maxSwitches)] {
		if x := &d.Pulled[i]; d.MayPull && x.Asked() == nil {
			x.Alone = s.alone(v, docket.Act{Kind: docket.ActRelease, Scope: &x.Scope})
		}
	}
}
