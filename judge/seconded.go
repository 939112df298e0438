package judge

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/governor"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Seconded says why nobody could be the second of what an act would ask two persons, a proposal or that a switch is
// let go: nil where somebody could. The error is that with which Do would refuse it, so that a page can say so
// before somebody writes a verdict. It keeps nothing, draws nobody and waits for nobody who writes.
func (d *Docket) Seconded(ctx context.Context, a docket.Act) error {
	return d.parts.Books.Peek(ctx, func(tx docket.Tx) error {
		if a.Kind == docket.ActRelease {
			return d.lettable(ctx, tx, &a)
		}
		dossier, err := tx.DossierOf(a.Case)
		if err != nil {
			return err
		}
		w, err := d.newDraft(tx, dossier)
		if err != nil {
			return err
		}
		p := d.pair(ctx, w, &a, nil)
		r := p.opened(docket.AboutMeasure, a.Measure, nil)
		r.Hold = a.Hold
		return p.seconded(&r)
	})
}

// seconded is an error where nobody could be the second of a review, or who opens it may not.
func (p *pair) seconded(r *docket.Review) error {
	if err := p.mayAsk(r.By); err != nil {
		return err
	}
	candidates, why, err := p.among(r)
	if err == nil && len(candidates) == 0 {
		err = solo(why)
	}
	return err
}

// lettable is an error where a switch that is pulled could not be asked about.
func (d *Docket) lettable(ctx context.Context, tx docket.Tx, a *docket.Act) error {
	w, err := d.houseDraft(tx)
	if err != nil {
		return err
	}
	state, err := tx.Governor(docket.Asked{})
	if err != nil || a.Scope == nil {
		return err
	}
	s := governor.Pulled(state.Switches, *a.Scope)
	if s == nil {
		return nil
	}
	p, err := d.releasing(ctx, w, s)
	if err != nil {
		return err
	}
	if err := worksHere(p.all, a.By); err != nil {
		return err
	}
	p.r = p.asked(a)
	candidates, why, err := p.among(a.At)
	if err == nil && len(candidates) == 0 {
		err = aloneAt(s, why)
	}
	return err
}

// among are who may be asked now whether a switch is let go, and why nobody may be where it is none.
func (p *releasing) among(at evenkeel.Moment) ([]evenkeel.PersonID, string, error) {
	wrote, err := p.tx.Interested(docket.House, "", p.r.Rules)
	if err != nil {
		return nil, "", err
	}
	// Cooling counts up to the question, not to the pull: whoever runs a cloud alone and pulled
	// a switch can still find a second person.
	out := procedure.Eligible(p.all, p.r.Opened, at, wrote, p.r.Asked())
	if len(out) > 0 {
		return out, "", nil
	}
	return nil, procedure.Nobody(p.all, p.r.By, p.r.Opened, at, wrote, "wrote the rule"), nil
}

// solo says what one person can do where nobody could be the second, and why nobody could.
func solo(why string) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: "this takes two persons, and nobody could be the second: " + why,
		Hint: "alone you can approve a measure that takes one person, or lower to it: for a time, and isolate for 4 hours at most; " +
			"to suspend, to deny or to act on all that a tenant runs, invite a second reviewer: they can be drawn seven days later, in cases opened after they enrolled",
	}
}

// aloneAt says what one person can do who is alone with a pulled switch, and why they are.
func aloneAt(s *docket.Switch, why string) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied,
		Says: fmt.Sprintf("letting the switch %s go takes two persons, and nobody could be the second: %s", s.Scope, why),
		Hint: "one person may approve each measure that machines ask for meanwhile; invite a second reviewer, who can be drawn after seven days, for this switch too",
	}
}
