package judge

import (
	"context"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// candidates are who may be drawn now. Who opens a review has to be one who may decide.
func (p *pair) candidates(r *docket.Review) ([]evenkeel.PersonID, error) {
	out, _, err := p.among(r)
	return out, err
}

// among are the candidates, and why there are none where there are none.
func (p *pair) among(r *docket.Review) (out []evenkeel.PersonID, why string, err error) {
	all, err := p.bench()
	if err != nil {
		return nil, "", err
	}
	interested, err := p.tx.Interested(r.Tenant, r.Case, r.Rules)
	if err != nil {
		return nil, "", err
	}
	if len(r.Draws) == 0 {
		if err := worksHere(all, r.By); err != nil {
			return nil, "", err
		}
	}
	opened := p.dossier.Case.Opened
	out = procedure.Eligible(all, opened, p.now(r), interested, r.Asked())
	if len(out) == 0 && r.Hold != nil && r.Hold.Ends {
		// It takes nothing from anybody: where nobody else is left, who acted here is asked too, but nobody twice.
		interested, out = nil, procedure.Eligible(all, opened, p.now(r), r.Asked())
	}
	if len(out) == 0 {
		why = procedure.Nobody(all, r.By, opened, p.now(r), interested, "acted on this tenant before, or wrote the rule")
	}
	return out, why, nil
}

// worksHere is an error where somebody is not among those who may decide, as far as that is known.
func worksHere(all []docket.Reviewer, who evenkeel.PersonID) error {
	if len(all) == 0 || slices.ContainsFunc(all, func(x docket.Reviewer) bool { return x.Person == who }) {
		return nil
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%s is no person who works here and may decide", who),
		Hint: "a person is meant, not an account, a token or a program; evenkeel staff list shows who that is",
	}
}

// draw draws the next person: the lot first, then who there is. Where nobody is left, that is
// said, and what waits is refused.
func (p *pair) draw(r *docket.Review, at evenkeel.Moment) error {
	lot := p.parts.lot(append(slices.Clone(p.dossier.Reviews), *r), at)
	candidates, err := p.candidates(r)
	if err != nil {
		return err
	}
	if len(candidates) == 0 {
		e := procedure.Unseconded(p.dossier, r, p.fam, at)
		if err := p.apply(e, p.fam, by{Actor: p.machine(), clock: true}); err != nil {
			return err
		}
		return p.keepReview(*r, at)
	}
	one := nextDraw(r, lot, candidates, at)
	p.note(evenkeel.Entry{
		At: at, Kind: evenkeel.EntryDecided, Actor: p.machine(), Ref: string(r.ID), State: "drawn",
		Says: fmt.Sprintf("A person was drawn by lot among %d for review %s: round %d, nonce %s, candidates sha256:%s.", len(candidates), r.ID, one.Round, one.Nonce, one.Hash),
	})
	p.start(docket.Clock{Kind: docket.ClockSecond, Decision: r.Decision, Started: at, Due: at.Add(procedure.SecondFor), Breach: "Another person is drawn."})
	p.callSecond(r, one)
	return p.keepReview(*r, at)
}

// recuse takes in that a person who was drawn cannot, and draws another.
func (p *pair) recuse() error {
	r, err := p.asked()
	if err != nil {
		return err
	}
	if len(r.Draws) == 0 {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("%s opened review %s and was not drawn; expected a verdict", p.a.By, r.ID), Hint: "refuse the decision to end it"}
	}
	if err := p.acted(p.a); err != nil {
		return err
	}
	return p.next(&r, "recused: "+clip(p.a.Says), p.a.At)
}

// next ends the last drawing and draws again.
func (p *pair) next(r *docket.Review, because string, at evenkeel.Moment) error {
	r.Draws = slices.Clone(r.Draws)
	r.Draws[len(r.Draws)-1].Ended = because
	p.stopSecond(r, at, because)
	return p.draw(r, at)
}

// late draws another person where the one who was drawn gave no verdict in time, if that is what
// is due next.
func (d *Docket) late(ctx context.Context, w *draft, until evenkeel.Moment, known Holder) (bool, error) {
	k, due := w.next(until)
	if !due || k.Kind != docket.ClockSecond {
		return false, nil
	}
	p := d.pair(ctx, w, &docket.Act{Kind: docket.ActRecuse, At: k.Due}, known)
	for _, r := range w.dossier.Reviews {
		if r.Decision == k.Decision && whole(&r) {
			return true, p.goOn(&r, k.Due)
		}
		if r.Decision == k.Decision && !r.State.Over() && r.Waits() != "" && len(r.Draws) > 0 {
			return true, p.next(&r, "late", k.Due)
		}
	}
	return false, nil
}

// stopSecond ends the time of who was drawn, who is not called any more.
func (w *draft) stopSecond(r *docket.Review, at evenkeel.Moment, because string) {
	if w.endSecond(r, at, because) {
		w.uncall(r, at)
	}
}

// endSecond ends the clock of who was drawn, and says whether one ran.
func (w *draft) endSecond(r *docket.Review, at evenkeel.Moment, because string) (ran bool) {
	for _, c := range w.dossier.Clocks {
		if c.Kind == docket.ClockSecond && c.Decision == r.Decision {
			c.Ended, c.Because = at, because
			w.clock(c)
			ran = true
		}
	}
	return ran
}
