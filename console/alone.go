package console

import (
	"cmp"
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
	err := s.unseconded(v, a)
	if err == nil {
		return nil
	}
	return &aloneView{Says: told(err), Hint: evenkeel.HintOf(err)}
}

// unseconded is the refusal itself; nil where alone says nothing.
func (s *Server) unseconded(v *visit, a docket.Act) error {
	a.At, a.By = v.now, v.who.Person.ID
	err := s.parts.Second(v.ctx(), a)
	if err != nil && evenkeel.KindOf(err) != evenkeel.KindDenied {
		s.parts.Log.WarnContext(v.ctx(), "who could be the second is not known", "case", a.Case, "err", err)
		return nil
	}
	return err
}

// lacking is why a form about a review that is not whole is refused: first that nobody could be the second, where it
// would ask for one, since then nothing that is added to it helps.
func (s *Server) lacking(v *visit, d *verdictForm, hold *docket.Hold) error {
	missing := evenkeel.Invalid("%s", "your verdict was not taken in yet: something is missing")
	if !d.Opens() {
		return missing
	}
	if d.WrongAt("v-measure") != "" && d.gives() { // nothing was chosen, and that takes nobody else
		hold = &docket.Hold{Ends: true}
	}
	return cmp.Or(s.unseconded(v, docket.Act{Kind: docket.ActPropose, Case: d.Case, Hold: hold}), missing)
}

// gives says whether a form offers that what a court ordered is given back.
func (d *verdictForm) gives() bool {
	return slices.ContainsFunc(d.Measures, func(m measureView) bool { return m.hold != nil && m.hold.Ends })
}

// seconded puts into a form that would ask two persons why nobody could be the second. What a court ordered is
// given back by whoever there is.
func (s *Server) seconded(v *visit, f *docket.Folder, t *twoView) {
	if t == nil || t.Form == nil || !t.Form.Opens() {
		return
	}
	a := docket.Act{Kind: docket.ActPropose, Case: f.Case.ID}
	t.Form.Alone = s.alone(v, a)
	if a.Hold = (&docket.Hold{Ends: true}); t.Form.Alone != nil && t.Form.gives() && s.alone(v, a) == nil {
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
