package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// propose opens a review with the first verdict, and the decision that waits for it.
func (p *pair) propose() error {
	c, a := p.dossier.Case, p.a
	switch {
	case a.By == "" || a.Says == "":
		return evenkeel.Invalid("by %q because of %q; expected the person who proposes it, and a sentence that says why", a.By, a.Says)
	case c == nil || c.State == evenkeel.CaseClosed && a.Hold == nil: // a court may write of what is closed
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "there is no open case of tenant " + string(p.dossier.Tenant) + " under " + p.dossier.Family}
	case a.Hold != nil && a.Measure != evenkeel.MeasureNone:
		return evenkeel.Invalid("a measure and a lawful order are proposed together; expected one of them")
	}
	assets := a.Assets
	if len(assets) == 0 {
		assets = c.Assets
	}
	assets = held(assets, c.Tenant, a.At, p.known)
	slices.Sort(assets)
	r := p.opened(docket.AboutMeasure, a.Measure, slices.Compact(assets))
	switch {
	case a.Hold != nil:
		r.About, r.Hold = docket.AboutHold, trimmed(a.Hold)
		if err := procedure.MayWithhold(&p.dossier, r.Hold, r.Assets, a.At); err != nil {
			return err
		}
	default:
		if err := procedure.MayAsk(&r, p.fam, p.parts.means(), a.At); err != nil {
			return err
		}
		wide, err := p.accountWide(a.Measure, r.Assets, a.At, p.known)
		switch {
		case err != nil:
			return err
		case a.Measure.NeedsTwo():
		case wide:
			r.About = docket.AboutAccount
		case r.Until > a.At.Add(p.fam.Terms[a.Measure].Lease):
			r.About = docket.AboutBlock
		}
	}
	if err := procedure.MayRaise(p.dossier, a.By, r.Assets); err != nil {
		return err
	}
	return p.ask(r, true)
}

// ask opens a review. Where whole is set the first verdict has to be there; else it may follow.
func (p *pair) ask(r docket.Review, whole bool) error {
	a := p.a
	if a.By == "" || a.Says == "" {
		return evenkeel.Invalid("by %q because of %q; expected a person, and a sentence that says why", a.By, a.Says)
	}
	for i := range p.dossier.Reviews {
		if o := &p.dossier.Reviews[i]; !o.State.Over() {
			return &evenkeel.Error{
				Kind: evenkeel.KindConflict, Says: fmt.Sprintf("review %s of case %s is open since %s", o.ID, o.Case, o.Opened),
				Hint: "give your verdict in it where you are asked for one; or refuse the decision, which one person may",
			}
		}
	}
	if err := p.seconded(&r); err != nil {
		return err
	}
	var v *docket.Verdict
	if a.Verdict != nil {
		own := *a.Verdict
		v = &own
		if v.Measure == evenkeel.MeasureNone && r.About.OfMeasure() {
			v.Measure = r.Wanted // who proposes a measure supports it
		}
		v.Grant = v.Grant || !r.About.OfMeasure()
	}
	lacks, err := p.lacks(&r, v)
	if err != nil {
		return err
	}
	if whole && len(lacks) > 0 {
		return missing(&r, lacks)
	}
	if err := p.acted(a); err != nil {
		return err
	}
	if r.Decision == "" && r.About.OfMeasure() {
		if err := p.waiting(&r); err != nil {
			return err
		}
	}
	p.moveCase(a.At, reviewing(p.dossier.Case, r.About), p.dossier.Case.Outcome, evenkeel.Actor{Policy: p.policy, Person: a.By})
	if len(lacks) > 0 {
		p.note(evenkeel.Entry{
			At: a.At, Kind: evenkeel.EntryDecided, Actor: evenkeel.Actor{Policy: p.policy, Person: a.By}, Ref: string(r.ID), State: r.State.String(), Decision: r.Decision,
			Says: fmt.Sprintf("%s takes two persons: review %s waits for the verdict of %s, which needs %s.", r.Wanted, r.ID, r.By, strings.Join(lacks, "; ")),
		})
		return p.keepReview(r, a.At)
	}
	return p.found(&r, v)
}

// waiting makes the decision that waits for a review: on the newest grounds of the case.
func (p *pair) waiting(r *docket.Review) error {
	x := evenkeel.Decision{
		ID:     evenkeel.NewDecisionID(r.Case, r.Opened, "review "+string(r.ID), p.policy, evenkeel.ModeLive),
		Wanted: r.Wanted, Assets: r.Assets, From: r.Opened, Until: procedure.Ends(r, r.Wanted, p.fam, r.Opened), At: r.Opened,
		Actor: evenkeel.Actor{Policy: p.policy, Person: r.By}, State: evenkeel.Proposed, Mode: evenkeel.ModeLive,
		Grounds: evenkeel.Grounds{Clause: p.fam.Clause, Row: rowAccount, Says: p.a.Says},
		Why:     []string{"It waits for a second person, who is drawn by lot."},
	}
	for i := range p.dossier.Decisions {
		if y := &p.dossier.Decisions[i]; y.Mode == evenkeel.ModeLive && len(y.Grounds.Basis) > 0 {
			x.Grounds.Basis, x.Safeguards = y.Grounds.Basis, y.Safeguards
		}
	}
	r.Decision = x.ID
	if err := p.decide(x, says(&x)); err != nil {
		return err
	}
	return p.apply(procedure.Effect{At: r.Opened}, p.fam, by{Actor: x.Actor})
}

// reviewing is the state of a case with a review. What a court ordered opens no closed one.
func reviewing(c *evenkeel.Case, about docket.About) evenkeel.CaseState {
	if c.State == evenkeel.CaseReopened || about == docket.AboutHold && c.State == evenkeel.CaseClosed {
		return 0
	}
	return evenkeel.CaseUnderReview
}

func missing(r *docket.Review, lacks []string) error {
	what := cmp.Or(r.Wanted, evenkeel.MeasureNone).String()
	if !r.About.OfMeasure() || r.Wanted == evenkeel.MeasureNone {
		what = r.About.Says()
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("a verdict on %s needs %s", what, strings.Join(lacks, "; ")),
		Hint: "evenkeel case verdict --template prints what there is to fill in",
	}
}
