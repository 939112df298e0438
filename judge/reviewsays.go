package judge

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// asked returns the review in which the act's person is waited for.
func (p *pair) asked() (docket.Review, error) {
	a, c := p.a, p.dossier.Case
	var open []docket.Review
	for _, r := range p.dossier.Reviews {
		if (a.Review == "" && !r.State.Over()) || a.Review != "" && r.ID == a.Review {
			open = append(open, r)
		}
	}
	switch {
	case a.By == "" || a.Says == "":
		return docket.Review{}, evenkeel.Invalid("by %q because of %q; expected the person who was asked, and a sentence that says why", a.By, a.Says)
	case c == nil || len(open) == 0:
		return docket.Review{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no review of it is open"}
	}
	r := open[len(open)-1]
	switch {
	case r.State.Over():
		return r, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("review %s is %s since %s", r.ID, r.State, r.Since)}
	case r.About == docket.AboutRelease: // of a case: it was asked by an older program
		return r, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "a switch is not let go in a case", Hint: "evenkeel switch release asks for it"}
	case r.VerdictOf(a.By) != nil:
		return r, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("%s has given a verdict in review %s; expected another person", a.By, r.ID)}
	case r.Waits() != a.By:
		return r, &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("review %s does not wait for %s", r.ID, a.By),
			Hint: "whoever opened it, or was drawn by lot, gives a verdict; nobody chooses the second person",
		}
	}
	all, err := p.bench() // as of now: who was drawn may be withdrawn since
	return r, cmp.Or(err, worksHere(all, a.By))
}

// verdict takes in what a person found.
func (p *pair) verdict() error {
	r, err := p.asked()
	if err != nil {
		return err
	}
	var v docket.Verdict
	if p.a.Verdict != nil {
		v = *p.a.Verdict
	}
	lacks, err := p.lacks(&r, &v)
	switch {
	case err != nil:
		return err
	case len(lacks) > 0:
		return missing(&r, lacks)
	}
	if err := p.acted(p.a); err != nil {
		return err
	}
	return p.found(&r, &v)
}

// found adds a verdict that is whole, and goes on: draws the next person, or carries out what was
// found together.
func (p *pair) found(r *docket.Review, v *docket.Verdict) error {
	at := p.a.At
	v.Person, v.At = p.a.By, at
	r.Verdicts = append(slices.Clone(r.Verdicts), *v)
	p.stopSecond(r, at, "the verdict is in")
	if len(r.Verdicts) == 1 {
		r.State, r.Since = docket.ReviewDrawn, at
		return p.draw(r, at)
	}
	return p.weighed(r, at)
}

// weighed carries out what all verdicts that are in say together. Where nobody was told of what stands they are
// kept all the same, and wait: a third is drawn where two differ, and what they found takes effect once somebody was told.
func (p *pair) weighed(r *docket.Review, at evenkeel.Moment) error {
	before := *r
	procedure.Weigh(r, p.fam, at)
	var untold *untoldError
	switch err := p.carryOut(r, at); {
	case errors.As(err, &untold) && r.State != docket.ReviewSplit:
		before.Since = at
		*r = before
		return p.waits(r, untold.error, at)
	case errors.As(err, &untold):
	case err != nil:
		return err
	}
	if r.State == docket.ReviewSplit {
		return p.draw(r, at)
	}
	return p.keepReview(*r, at)
}

// untoldError is that what two persons found has to wait, as nobody was told of what stands.
type untoldError struct{ error }

// carryOut does what was found together.
func (p *pair) carryOut(r *docket.Review, at evenkeel.Moment) error {
	first, second := procedure.Backers(r, p.fam)
	who := by{Actor: evenkeel.Actor{Policy: p.policy, Person: first, Second: second}}
	if !r.About.OfMeasure() {
		who.Second = r.Verdicts[1].Person
		if r.About == docket.AboutHold && r.Granted {
			who.Person, who.Second = procedure.Granters(r)
			return p.ordered(r, who, at)
		}
		p.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryDecided, Actor: who.Actor, Says: answered(r), Ref: string(r.ID), State: r.State.String()})
		return nil
	}
	p.kept(*r)
	assets := slices.DeleteFunc(slices.Clone(r.Assets), func(a evenkeel.AssetID) bool { return !holds(p.known, r.Tenant, a, at) })
	if len(assets) == 0 && r.Result.Enforced() {
		r.State, r.Why = docket.ReviewOvertaken, "The tenant does not hold any of it any more."
		return p.apply(procedure.Nothing(p.dossier, r, p.fam, at), p.fam, who)
	}
	e := procedure.Together(p.dossier, r, p.fam, p.parts.means(), assets, at)
	if err := p.toldTogether(&e, r); err != nil {
		return err
	}
	for i := range e.Instead {
		if x := &e.Instead[i]; !x.Rest {
			who.says = x.Says
			x.Until = whileHeld(assets, at, x.Until, r.Tenant, p.known)
		}
	}
	before := len(p.dossier.Decisions)
	if err := p.apply(e, p.fam, who); err != nil {
		return err
	}
	for _, y := range p.dossier.Decisions[before:] { // what stands now, which a third may change
		if y.Actor == who.Actor && y.Measure == r.Result {
			r.Decision = y.ID
		}
	}
	return nil
}

// toldTogether is toldBefore of what two persons found, as an untoldError. It waits too while what nobody was told of is over.
func (p *pair) toldTogether(e *procedure.Effect, r *docket.Review) error {
	switch err := p.toldBefore(e, p.fam); {
	case evenkeel.KindOf(err) == evenkeel.KindConflict && err != nil:
		return &untoldError{err}
	case err != nil:
		return err
	case len(e.Instead) == 0 || !r.Result.Enforced() || p.fam != nil && p.fam.Harm == policy.HarmPackets:
		return nil
	}
	never, err := p.neverTold()
	if never && err == nil {
		return &untoldError{errors.New("no notice in the case reached anybody, and nothing above notify is put on somebody whom nobody told")}
	}
	return err
}

// answered says how a question of yes and no was answered.
func answered(r *docket.Review) string {
	what := "It is granted"
	switch h := r.Hold; {
	case h != nil && h.Ends:
		what = fmt.Sprintf("Access to the tenant's data is given back before the end of order %s of %s", h.Reference, h.Authority)
	case h != nil:
		what = fmt.Sprintf("The tenant's access to its data ends until %s, by order %s of %s", h.Until, h.Reference, h.Authority)
	}
	switch {
	case r.State == docket.ReviewSplit:
		return "Two persons differ: nothing changes until a third is heard."
	case r.Granted:
		return what + ": two persons agreed to it."
	}
	return "Not two persons agreed to it: nothing changes."
}
