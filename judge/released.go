package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/governor"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// releasing is the question whether a switch is let go. One person asks and says yes with it; a
// second is drawn by lot and says what they find without having read why. Where they differ a third
// is drawn: two have to say yes. It is about no case, so it stands in the switch.
type releasing struct {
	*draft
	all []docket.Reviewer // who may decide at all
	s   docket.Switch
	r   docket.Review
}

// release takes in what a person says about letting a switch go.
func (d *Docket) release(ctx context.Context, w *draft, a *docket.Act) error {
	if a.Scope == nil {
		return evenkeel.Invalid("it does not say which switch; expected a kind and a key, or global")
	}
	state, err := w.tx.Governor(docket.Asked{})
	if err != nil {
		return err
	}
	s := governor.Pulled(state.Switches, *a.Scope)
	if s == nil {
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("switch %s is not pulled", a.Scope), Hint: "evenkeel switch list shows those that are"}
	}
	p, err := d.releasing(ctx, w, s)
	switch {
	case err != nil:
		return err
	case s.Asked() == nil:
		return p.ask(a)
	}
	if !p.void() {
		return p.answer(a)
	}
	waits := p.r.Waits() == a.By
	p.end(a.At)
	if waits && a.Keep {
		return p.keep(a.At)
	}
	if err := p.seal(a.At); err != nil {
		return err
	}
	return p.ask(a) // a yes of whoever works here is the first of a new question
}

// void says whether somebody who said yes may not decide any more: what they asked would hold up whoever asks
// after them, since no switch is let go on their word.
func (p *releasing) void() bool {
	return slices.ContainsFunc(p.r.Verdicts, func(v docket.Verdict) bool { return v.Grant && worksHere(p.all, v.Person) != nil })
}

// end ends a question that is void.
func (p *releasing) end(at evenkeel.Moment) {
	p.r.State, p.r.Since, p.r.Why = docket.ReviewOvertaken, at, "Whoever said yes to it may not decide any more: it stays pulled, and anybody who may can ask again."
	p.s.Review = &p.r
}

// releasing returns the question about a switch, with who may be asked.
func (d *Docket) releasing(ctx context.Context, w *draft, s *docket.Switch) (*releasing, error) {
	p := &releasing{draft: w, s: *s}
	if s.Review != nil {
		p.r = *s.Review
	}
	if d.parts.Bench == nil {
		return p, nil
	}
	var err error
	p.all, err = d.parts.Bench.Reviewers(ctx)
	return p, err
}

// ask opens the question, with a yes.
func (p *releasing) ask(a *docket.Act) error {
	if a.Keep {
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("nobody asks that the switch %s is let go, so it stays pulled", p.s.Scope),
			Hint: "only whoever was drawn says that it stays",
		}
	}
	if err := worksHere(p.all, a.By); err != nil {
		return err
	}
	p.r = p.asked(a)
	return p.draw(a.At)
}

// asked is the question that an act asks, with its yes.
func (p *releasing) asked(a *docket.Act) docket.Review {
	r := docket.Review{
		ID: docket.NewReviewID(evenkeel.CaseID(p.s.ID()), a.ID), Tenant: docket.House, About: docket.AboutRelease, Switch: p.s.Scope.String(),
		Opened: a.At, By: a.By, State: docket.ReviewDrawn, Since: a.At,
		Verdicts: []docket.Verdict{{Person: a.By, At: a.At, Grant: true, Argument: a.Says}},
	}
	if p.s.Kind == docket.SwitchRule { // who wrote it is not drawn
		r.Rules = []string{p.s.Key}
	}
	return r
}

// answer takes in what whoever was drawn found.
func (p *releasing) answer(a *docket.Act) error {
	switch {
	case p.r.VerdictOf(a.By) != nil:
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%s said so at %s already; %s takes two persons", a.By, p.r.VerdictOf(a.By).At, p.s.Scope),
			Hint: "another person was drawn by lot and called; where half an hour brings no answer, another is drawn",
		}
	case p.r.Waits() != a.By:
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("whether the switch %s is let go does not wait for %s", p.s.Scope, a.By),
			Hint: "whoever was drawn by lot says what they find; nobody chooses the second person",
		}
	}
	if err := worksHere(p.all, a.By); err != nil { // withdrawn since the lot fell on them
		return err
	}
	p.r.Verdicts = append(slices.Clone(p.r.Verdicts), docket.Verdict{Person: a.By, At: a.At, Grant: !a.Keep, Argument: a.Says})
	procedure.Weigh(&p.r, nil, a.At)
	if p.r.State == docket.ReviewSplit {
		return p.draw(a.At)
	}
	if p.r.Granted { // else two found that it stays pulled
		v := p.r.Verdicts
		p.s.First, p.s.Second = wordOf(&v[0]), wordOf(&v[len(v)-1])
	}
	return p.keep(a.At)
}

func wordOf(v *docket.Verdict) *docket.Word {
	return &docket.Word{By: v.Person, At: v.At, Why: v.Argument}
}

// draw draws the next person, the lot first, and calls them. Where nobody is left the switch stays pulled.
func (p *releasing) draw(at evenkeel.Moment) error {
	lot := p.parts.lot([]docket.Review{p.r, before(&p.s)}, at)
	candidates, why, err := p.among(at)
	if err != nil {
		return err
	}
	switch {
	case len(candidates) == 0 && len(p.r.Draws) == 0:
		return aloneAt(&p.s, why)
	case len(candidates) == 0:
		p.r.Why, p.r.Since = "Everybody who could be asked was, and not two said yes: it stays pulled.", at
		if p.r.State = docket.ReviewUnseconded; len(p.r.Verdicts) > 1 {
			p.r.State = docket.ReviewSettled
		}
		p.call(at, fmt.Sprintf("Nobody is left who could be asked whether the switch %s is let go. It stays pulled; anybody who may decide can ask again.", p.s.Scope))
		return p.keep(at)
	}
	p.callDrawn(&p.r, nextDraw(&p.r, lot, candidates, at), at.Add(procedure.SecondFor), fmt.Sprintf(
		"You were drawn by lot to say whether the switch %s is let go, pulled by %s at %s. After half an hour another person is drawn.", p.s.Scope, p.s.By, p.s.Pulled))
	return p.keep(at)
}

// call calls who leads.
func (p *releasing) call(at evenkeel.Moment, why string) {
	page := docket.Page{
		ID: docket.NewPageID("", docket.LevelLead, at, "release "+string(p.r.ID)), Tenant: docket.House, Level: docket.LevelLead, At: at, Why: withoutAddresses(why),
	}
	if p.parts.Rota != nil {
		page.For, _ = called(p.parts.Rota, docket.LevelLead, at)
	}
	p.out.Pages = append(p.out.Pages, page)
}

// keep keeps the switch with its question, and seals that: who was drawn, among whom, and what was found.
func (p *releasing) keep(at evenkeel.Moment) error {
	r := p.r
	p.s.Review = &r
	p.out.Switches = append(p.out.Switches, p.s)
	return p.seal(at)
}

func (p *releasing) seal(at evenkeel.Moment) error {
	whole, err := json.Marshal(&p.s)
	if err == nil {
		p.leaf(ledger.OfAct(p.key, "", at, "", p.policy, false, whole).Doing(docket.ActRelease.String()))
	}
	return err
}

// lateReleases draws another person about each switch where the one who was drawn said nothing in time.
func (d *Docket) lateReleases(ctx context.Context, now evenkeel.Moment) (Heard, error) {
	late, err := d.parts.Books.Drawn(ctx, now.Add(-procedure.SecondFor))
	if err != nil || !late {
		return Heard{}, err
	}
	heard, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		w, err := d.houseDraft(tx)
		if err != nil {
			return nil, 0, err
		}
		state, err := tx.Governor(docket.Asked{})
		if err != nil {
			return nil, 0, err
		}
		var failed []error
		for i := range state.Switches {
			s := &state.Switches[i]
			if s.Drawn() == 0 || s.Drawn() > now.Add(-procedure.SecondFor) {
				continue
			}
			p, err := d.releasing(ctx, w, s)
			if err == nil {
				p.r.Draws = slices.Clone(p.r.Draws)
				p.r.Draws[len(p.r.Draws)-1].Ended = "late"
				if p.void() {
					p.end(now)
					p.call(now, fmt.Sprintf("Whoever asked that the switch %s is let go may not decide any more. It stays pulled; anybody who may decide can ask again.", p.s.Scope))
					err = p.keep(now)
				} else {
					err = p.draw(now)
				}
			}
			failed = append(failed, err)
		}
		return w, now, errors.Join(failed...)
	})
	if err != nil {
		err = fmt.Errorf("draw another person about a switch: %w", err)
	}
	return heard, err
}
