package judge

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Bench tells who works for the operator and may decide, and since when.
type Bench interface {
	Reviewers(ctx context.Context) ([]docket.Reviewer, error)
}

// pair is one act about a review, with what it needs.
type pair struct {
	*draft
	parts *Parts
	bench func() ([]docket.Reviewer, error)
	a     *docket.Act
	fam   *policy.Family
	known Holder
}

// pair returns what an act about a review needs.
func (d *Docket) pair(ctx context.Context, w *draft, a *docket.Act, known Holder) *pair {
	bench := func() ([]docket.Reviewer, error) {
		if d.parts.Bench == nil {
			return nil, nil
		}
		return d.parts.Bench.Reviewers(ctx)
	}
	return &pair{draft: w, parts: &d.parts, bench: bench, a: a, fam: d.family(w.dossier.Family), known: known}
}

// takesTwo says whether an act is about a review, and carries it out. An approval is, where it
// would let something take effect that takes two persons.
func (p *pair) takesTwo() (bool, error) {
	switch p.a.Kind {
	case docket.ActPropose:
		return true, p.propose()
	case docket.ActVerdict:
		return true, p.verdict()
	case docket.ActRecuse:
		return true, p.recuse()
	case docket.ActApprove:
		x, m, err := procedure.Approves(p.dossier, *p.a, p.fam, p.parts.means())
		if err != nil {
			return false, nil // whoever hears it says so
		}
		about := docket.AboutMeasure
		if !m.NeedsTwo() {
			wide, err := p.accountWide(m, x.Assets, p.a.At, p.known)
			if err != nil || !wide {
				return false, err
			}
			about = docket.AboutAccount
		}
		r := p.opened(about, m, x.Assets)
		r.Decision, r.Criteria = x.ID, p.fam.Criteria
		return true, p.ask(r, p.a.Verdict != nil)
	}
	return false, nil
}

// opened is a review that the act opens.
func (p *pair) opened(about docket.About, m evenkeel.Measure, assets []evenkeel.AssetID) docket.Review {
	c := p.dossier.Case
	return docket.Review{
		ID: docket.NewReviewID(c.ID, p.a.ID), Case: c.ID, Tenant: c.Tenant, About: about, Wanted: m, Assets: assets, Until: p.a.Until,
		Opened: p.a.At, By: p.a.By, Says: p.a.Says, Rules: rulesOf(p.policy, p.dossier.Decisions), Criteria: p.fam.Criteria, State: docket.ReviewAsked, Since: p.a.At,
	}
}

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
	if err := p.mayAsk(a.By); err != nil {
		return err
	}
	candidates, err := p.candidates(&r)
	switch {
	case err != nil:
		return err
	case len(candidates) == 0:
		return solo(&r)
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

// reviewing is the state of a case with a review. What a court ordered opens no closed one.
func reviewing(c *evenkeel.Case, about docket.About) evenkeel.CaseState {
	if c.State == evenkeel.CaseReopened || about == docket.AboutHold && c.State == evenkeel.CaseClosed {
		return 0
	}
	return evenkeel.CaseUnderReview
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
	procedure.Weigh(r, p.fam, at)
	if err := p.carryOut(r, at); err != nil {
		return err
	}
	if r.State == docket.ReviewSplit {
		return p.draw(r, at)
	}
	return p.keepReview(*r, at)
}

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
	if err := p.toldBefore(&e, p.fam); err != nil {
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

// candidates are who may be drawn now. Who opens a review has to be one who may decide.
func (p *pair) candidates(r *docket.Review) ([]evenkeel.PersonID, error) {
	all, err := p.bench()
	if err != nil {
		return nil, err
	}
	interested, err := p.tx.Interested(r.Tenant, r.Case, r.Rules)
	if err != nil {
		return nil, err
	}
	if len(r.Draws) == 0 {
		if err := worksHere(all, r.By); err != nil {
			return nil, err
		}
	}
	out := procedure.Eligible(all, p.dossier.Case.Opened, p.now(r), interested, r.Asked())
	if len(out) == 0 && r.Hold != nil && r.Hold.Ends {
		// It takes nothing from anybody: where nobody else is left, who acted here is asked too, but nobody twice.
		out = procedure.Eligible(all, p.dossier.Case.Opened, p.now(r), r.Asked())
	}
	return out, nil
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

// now is the time of the act, or of the clock that ran out.
func (p *pair) now(r *docket.Review) evenkeel.Moment { return max(p.a.At, r.Since) }

// draw draws the next person: the nonce first, then who there is. Where nobody is left, that is
// said, and what waits is refused.
func (p *pair) draw(r *docket.Review, at evenkeel.Moment) error {
	nonce := p.parts.nonce()
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
	one := docket.Draw{Round: len(r.Draws) + 1, Nonce: nonce, Candidates: candidates, Hash: procedure.CandidatesHash(candidates), At: at}
	one.Drawn = procedure.Draw(r.Case, r.ID, one.Round, nonce, candidates)
	r.Draws = append(slices.Clone(r.Draws), one)
	p.note(evenkeel.Entry{
		At: at, Kind: evenkeel.EntryDecided, Actor: p.machine(), Ref: string(r.ID), State: "drawn",
		Says: fmt.Sprintf("A person was drawn by lot among %d for review %s: round %d, nonce %s, candidates sha256:%s.", len(candidates), r.ID, one.Round, nonce, one.Hash),
	})
	p.start(docket.Clock{Kind: docket.ClockSecond, Decision: r.Decision, Started: at, Due: at.Add(procedure.SecondFor), Breach: "Another person is drawn."})
	return p.keepReview(*r, at)
}

// lacks is what a verdict needs yet.
func (p *pair) lacks(r *docket.Review, v *docket.Verdict) ([]string, error) {
	var denials []docket.Review
	if v != nil && v.Measure == evenkeel.MeasureDeny {
		var err error
		if denials, err = p.tx.Denials(docket.MaxDenials); err != nil {
			return nil, err
		}
	}
	return procedure.Lacks(r, v, &p.dossier, p.fam, denials), nil
}

func missing(r *docket.Review, lacks []string) error {
	what := cmp.Or(r.Wanted, evenkeel.MeasureNone).String()
	if !r.About.OfMeasure() || r.Wanted == evenkeel.MeasureNone {
		what = "a question of " + r.About.String()
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("a verdict on %s needs %s", what, strings.Join(lacks, "; ")),
		Hint: "evenkeel case verdict --template prints what there is to fill in",
	}
}

// solo says what one person can do where nobody could be the second.
func solo(r *docket.Review) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied,
		Says: fmt.Sprintf("a question of %s takes two persons, and nobody else could be drawn: who may decide since before the case was opened and for seven days, and had no part in it", r.About),
		Hint: "one person may let a measure take effect for a time, isolate for 4 hours at most: approve or lower to one of these; " +
			"suspension, denial and what is account-wide need a second reviewer, who can be drawn seven days after being invited, in cases opened later",
	}
}

// stopSecond ends the clock of who was drawn.
func (w *draft) stopSecond(r *docket.Review, at evenkeel.Moment, because string) {
	for _, c := range w.dossier.Clocks {
		if c.Kind == docket.ClockSecond && c.Decision == r.Decision {
			c.Ended, c.Because = at, because
			w.clock(c)
		}
	}
}

// kept keeps a review as it is when the transaction is put.
func (w *draft) kept(r docket.Review) {
	same := func(o docket.Review) bool { return o.ID == r.ID }
	w.dossier.Reviews = slices.DeleteFunc(slices.Clone(w.dossier.Reviews), same)
	w.dossier.Reviews = append(w.dossier.Reviews, r)
	w.out.Reviews = append(slices.DeleteFunc(w.out.Reviews, same), r)
}

// keepReview keeps a review and seals it: who was drawn, among whom, and what was found.
func (w *draft) keepReview(r docket.Review, at evenkeel.Moment) error {
	w.kept(r)
	whole, err := json.Marshal(&r)
	if err != nil {
		return err
	}
	w.leaf(ledger.OfReview(w.key, r.Case, at, w.dossier.Family, w.policy, whole))
	return nil
}

// follow has the reviews about a decision be about the one that a machine or a clock put in its place: else whoever
// starts one more machine, gives one back or speaks until we are late would end what two persons began. What was
// found stays, who was drawn has no more time by it, and nothing is decided about more than was looked at: see
// procedure.Together.
func (w *draft) follow(from, to evenkeel.DecisionID, at evenkeel.Moment) error {
	for _, r := range slices.Clone(w.dossier.Reviews) {
		if r.State.Over() || r.Decision != from {
			continue
		}
		for _, k := range w.dossier.Clocks {
			if k.Kind == docket.ClockSecond && k.Decision == from {
				on := k
				on.Decision = to
				w.stopSecond(&r, at, "the review goes on about what took its place")
				w.start(on)
			}
		}
		r.Decision = to
		w.note(evenkeel.Entry{
			At: at, Kind: evenkeel.EntryDecided, Actor: w.machine(), Ref: string(r.ID), State: r.State.String(),
			Says: "Review " + string(r.ID) + " goes on about what took its place: that was no decision of a person.",
		})
		if err := w.keepReview(r, at); err != nil {
			return err
		}
	}
	return nil
}

// followed is follow where what was held takes the place of others, as the time to be heard is over.
func (w *draft) followed(e *procedure.Effect) error {
	enters := slices.IndexFunc(e.Turns, func(t procedure.Turn) bool { return t.To == evenkeel.InForce })
	for _, t := range e.Turns {
		if enters < 0 || t.To != evenkeel.Superseded {
			continue
		}
		if err := w.follow(t.Decision, e.Turns[enters].Decision, e.At); err != nil {
			return err
		}
	}
	return nil
}

// overtaken ends the reviews about what a person decided otherwise meanwhile, before all is put.
func (w *draft) overtaken(at evenkeel.Moment) error {
	for _, r := range slices.Clone(w.dossier.Reviews) {
		if r.State.Over() {
			continue
		}
		x, c := w.find(r.Decision), w.dossier.Case
		// A court writes of what is closed too: no one person takes its order from two by closing the case.
		closed := c != nil && c.ID == r.Case && c.State == evenkeel.CaseClosed && r.About != docket.AboutHold && c.Since >= r.Opened
		switch { // that the time of what stands meanwhile is up decides nothing
		case x != nil && x.State.Over() && x.State != evenkeel.Lapsed:
		case closed && (x == nil && r.Decision == "" || x != nil && x.State.Over()):
		default:
			continue
		}
		r.State, r.Since, r.Why = docket.ReviewOvertaken, at, "What it was about was decided otherwise meanwhile."
		w.stopSecond(&r, at, "it was decided otherwise")
		w.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryDecided, Actor: w.machine(), Says: "The review " + string(r.ID) + " is over: " + r.Why, Ref: string(r.ID), State: r.State.String()})
		if err := w.keepReview(r, at); err != nil {
			return err
		}
	}
	return nil
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
		if r.Decision == k.Decision && !r.State.Over() && r.Waits() != "" && len(r.Draws) > 0 {
			return true, p.next(&r, "late", k.Due)
		}
	}
	return false, nil
}

// Wrote takes in that a person wrote a rule, by its name, or a policy, by its digest: they are not
// drawn where it led to a case.
func (d *Docket) Wrote(ctx context.Context, person evenkeel.PersonID, rule string, at evenkeel.Moment) error {
	if err := evenkeel.CheckID("person", string(person)); err != nil {
		return err
	}
	return d.parts.Books.Transact(ctx, func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Interests: []docket.Interest{{Person: person, Kind: docket.InterestRule, Key: rule, Since: at}}})
	})
}
