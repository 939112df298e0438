package judge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Consider takes findings in and decides about each in a transaction of its own. The facts
// are those of the finding's time. What is decided begins now, or at the finding's time where
// that is later: a finding that was held, or whose records came late, gives the tenant no
// less time to be heard. A replay, in which nobody is restricted, takes the time of the records
// for now, so that the same records give the same decisions.
//
// A finding that cannot be taken in does not stop the others: what went wrong is joined in the
// error, beside what was heard. A revision that was taken in before changes nothing, and neither does a finding whose
// tenant is not known: it comes again once it is.
func (d *Docket) Consider(ctx context.Context, found []evenkeel.Finding, known Holder, now evenkeel.Moment) (Heard, error) {
	return d.ConsiderLate(ctx, found, known, now, now)
}

// ConsiderLate is Consider of findings whose records arrived at a time that may lie back, as
// they do where a log is read that grew while nobody judged. Only clocks that were due by then
// run out before: what came later is in the log still, and may be the tenant's own word. But
// where they waited for more than a minute, what is decided begins now, and so does the time to
// answer and to be heard: it was written now, and nobody could read it before. Where they did
// not, it begins when they arrived, so that the same log gives the same decisions however fast
// it is judged.
func (d *Docket) ConsiderLate(ctx context.Context, found []evenkeel.Finding, known Holder, arrived, now evenkeel.Moment) (Heard, error) {
	var heard Heard
	var failed []error
	for i := range found {
		f := &found[i]
		if f.Held != "" || f.Subject.Tenant == "" {
			continue
		}
		one, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
			return d.weigh(ctx, tx, f, known, max(arrived, f.At), now)
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("consider finding %s about %s: %w", f.ID, f.Subject, err))
		}
		heard.add(one)
	}
	return heard, errors.Join(failed...)
}

// waited is how long after its records came a finding is judged at most that is judged at once.
const waited = time.Minute

// weigh is the way of a finding: what was due when it came first, then weighed, gated and
// entered as of when it came; or, where it had waited, or something was decided in its case
// since, as of now. It returns the draft with its time.
func (d *Docket) weigh(ctx context.Context, tx docket.Tx, f *evenkeel.Finding, known Holder, came, now evenkeel.Moment) (*draft, evenkeel.Moment, error) {
	key := docket.FindingKey(f)
	if !f.Again {
		if taken, err := tx.Taken(key); taken || err != nil {
			return nil, 0, err
		}
	}
	dossier, err := tx.Dossier(f.Subject.Tenant, f.Family)
	if err != nil {
		return nil, 0, err
	}
	w, err := d.newDraft(tx, dossier)
	if err != nil {
		return nil, 0, err
	}
	if f, err = w.watched(f); f == nil || err != nil {
		return nil, 0, err
	}
	if !f.Again {
		w.out.Taken = append(w.out.Taken, key)
		w.out.Findings = append(w.out.Findings, *f)
	}
	if err := d.runOutAll(ctx, w, came, known); err != nil {
		return nil, 0, err
	}
	if f.Again && !w.still(f, d.family(f.Family), max(came, now)) {
		return w, max(came, newest(&w.dossier)), nil
	}
	last := newest(&w.dossier)
	if now.Sub(came) > waited || came < min(last, now) {
		now = max(now, last)
	} else {
		now = came
	}
	view := d.view(w, f, known)
	view.Judged = now
	p := d.parts.Policy.Weigh(view)
	judged := *f // as procedure sees it, now
	judged.At = now
	p = ofThemNow(p, &judged, known)
	r := procedure.Gate(w.dossier, p, &judged, d.parts.means())
	if p, r, err = d.notAlone(w, p, &judged, r, known); err != nil {
		return nil, 0, err
	}
	if r, err = d.notUnheard(w, p, &judged, r); err != nil {
		return nil, 0, err
	}
	r.Until = whileHeld(r.Assets, r.From, r.Until, w.dossier.Tenant, known)
	p, r, notice, err := d.govern(w, p, &judged, r, &view, known)
	if err != nil {
		return nil, 0, err
	}
	w.weigh(f, p)
	shadows := w.differing(f, p, view, d.parts.Shadow)
	if w.needsCase(p, r, shadows) {
		w.open(now)
	}
	w.found(f, now)
	w.opened(f.Rule, now)
	if err := w.ask(&judged, p, notice); err != nil {
		return nil, 0, err
	}
	if err := w.enter(&judged, p, r); err != nil {
		return nil, 0, err
	}
	if err := w.callHeld(w.holds, now); err != nil {
		return nil, 0, err
	}
	for _, s := range shadows {
		if err := w.shadow(&judged, s); err != nil {
			return nil, 0, err
		}
	}
	return w, now, nil
}

// newest is when the last of what a dossier tells of its case was decided.
func newest(d *docket.Dossier) (at evenkeel.Moment) {
	if d.Case != nil {
		at = d.Case.Since
	}
	for i := range d.Decisions {
		at = max(at, d.Decisions[i].At)
	}
	return at
}

// ofThemNow leaves only a notice of what is wanted about assets that the tenant does not hold
// by now: whoever holds them today did nothing.
func ofThemNow(p policy.Proposal, f *evenkeel.Finding, known Holder) policy.Proposal {
	if !p.Allowed.Enforced() {
		return p
	}
	for _, a := range f.Named() {
		if !holds(known, f.Subject.Tenant, a, f.At) {
			p.Allowed = evenkeel.MeasureNotify
			p.Why = append(slices.Clone(p.Why), fmt.Sprintf("The tenant does not hold %s any more: nothing is enforced on it.", a))
			break
		}
	}
	return p
}

func (w *draft) weigh(f *evenkeel.Finding, p policy.Proposal) {
	w.weighed = append(w.weighed, Weighed{
		Finding: f.ID, Revision: f.Revision, Tenant: f.Subject.Tenant, Policy: p.Policy, Mode: p.Mode, Wanted: p.Wanted, Allowed: p.Allowed,
	})
}

// differing weighs a finding by the policies that are watched in shadow, and returns what
// those propose that is not what the policy in force does.
func (w *draft) differing(f *evenkeel.Finding, live policy.Proposal, view policy.View, shadow []*policy.Policy) (out []policy.Proposal) {
	for _, s := range shadow {
		p := s.Weigh(view)
		p.Mode = evenkeel.ModeShadow
		w.weigh(f, p)
		if p.Family != nil && (p.Allowed != live.Allowed || p.Wanted != live.Wanted || p.Flag != live.Flag) {
			out = append(out, p)
		}
	}
	return out
}

// needsCase says whether a new case is to be opened: something is to be written down that no
// open case is there for. Only procedure reopens a closed one.
func (w *draft) needsCase(p policy.Proposal, r procedure.Ruling, shadows []policy.Proposal) bool {
	live := r.Verdict != procedure.Note && p.Mode == evenkeel.ModeLive
	if c := w.dossier.Case; c != nil {
		return live && c.State == evenkeel.CaseClosed && (r.Case == evenkeel.CaseOpen || r.Case == evenkeel.CaseUnderReview)
	}
	return live || len(shadows) > 0 || p.Mode == evenkeel.ModeShadow && p.Family != nil && p.Wanted != evenkeel.MeasureNone
}

// mostHeld is how much of what a tenant holds is looked at. Who holds more is not known to have been cut off as a whole,
// nor to keep within an envelope.
const mostHeld = 4 * evenkeel.MaxCaseAssets

// view gathers the facts as they were at the finding's time.
func (d *Docket) view(w *draft, f *evenkeel.Finding, known Holder) policy.View {
	v := policy.View{Finding: *f, Account: known.AccountAt(f.Subject.Tenant, f.At), Flags: w.dossier.Flags}
	for _, a := range f.Named() {
		if h, ok := known.TenancyAt(a, f.At); ok { // another tenant's too: that is what a safeguard asks
			v.Holdings = append(v.Holdings, *h)
		}
	}
	if len(v.Flags) > 0 {
		v.Running, v.More = running(f, v.Holdings, known)
	}
	cases := w.dossier.Prior
	if c := w.dossier.Case; c != nil {
		cases = append([]evenkeel.Case{*c}, cases...)
	}
	for _, c := range cases {
		switch {
		case c.Cleared != 0 && c.Cleared <= f.At:
			v.Clearances++
		case c.Outcome == evenkeel.OutcomeConfirmed && c.Since <= f.At:
			v.Confirmed++
		}
	}
	return v
}

// running returns the machines of the tenant: those that it holds, and those that the finding is about; and
// whether there are more of them than that.
func running(f *evenkeel.Finding, found []evenkeel.Holding, known Holder) (all []evenkeel.Holding, more bool) {
	all = slices.Clone(found)
	seen := map[evenkeel.AssetID]bool{}
	for _, h := range found {
		seen[h.Asset] = true
	}
	held := known.HeldBy(f.Subject.Tenant, f.At, mostHeld)
	for _, h := range held {
		if !seen[h.Asset] && kindOf(h) == evenkeel.AssetVM {
			all = append(all, *h)
		}
	}
	return all, len(held) == mostHeld
}

// found writes the finding into the timeline of the case, if there is one.
func (w *draft) found(f *evenkeel.Finding, now evenkeel.Moment) {
	c := w.dossier.Case
	if c == nil || f.Again {
		return
	}
	if f.Mode == evenkeel.ModeLive { // of what is watched in shadow the tenant is not told
		c.AddAssets(f.Named()...)
		w.seen(f, 0)
	}
	w.caseChanged()
	var says []string
	for _, t := range f.Terms {
		if t.Weight > 0 {
			says = append(says, t.Says)
		}
	}
	w.note(evenkeel.Entry{
		At: now, Kind: evenkeel.EntryFound, Ref: string(f.ID), State: f.Revision.String(),
		Says: fmt.Sprintf("%s v%d about %s (%s, %s): %s", f.Rule, f.Version, f.Subject, f.Revision, f.Mode, strings.Join(says, " ")),
	})
}

// states says what a verdict makes of a new decision.
var states = map[procedure.Verdict]evenkeel.DecisionState{
	procedure.Enter: evenkeel.InForce, procedure.Hold: evenkeel.Held, procedure.Person: evenkeel.Proposed,
	procedure.Suppress: evenkeel.Suppressed, procedure.Refuse: evenkeel.Refused,
}

// enter carries a ruling out.
func (w *draft) enter(f *evenkeel.Finding, p policy.Proposal, r procedure.Ruling) error {
	who := w.machine()
	switch {
	case p.Mode == evenkeel.ModeShadow:
		return w.shadow(f, p)
	case f.Again && r.Verdict == procedure.Note:
		return nil
	case r.Verdict == procedure.Note || p.Family == nil:
		if why := slices.Concat(p.Why, p.NotCovered, r.Why); len(why) > 0 {
			w.note(evenkeel.Entry{
				At: f.At, Kind: evenkeel.EntryDecided, Actor: who, Ref: string(f.ID), Says: "Nothing new is decided. " + strings.Join(why, " "),
			})
		}
		for _, c := range r.Start {
			w.start(c)
		}
		w.moveCase(f.At, r.Case, r.Outcome, who)
		return nil
	}
	return w.carryOut(w.decision(f, p, r), f, p, r)
}

// carryOut makes a decision, and what comes with it.
func (w *draft) carryOut(x evenkeel.Decision, f *evenkeel.Finding, p policy.Proposal, r procedure.Ruling) error {
	who := w.machine()
	w.order(&x, p.Family)
	for _, id := range r.Supersedes {
		if err := w.turn(procedure.Turn{Decision: id, To: evenkeel.Superseded, At: f.At, Why: x.Measure.String() + " takes its place."}, who); err != nil {
			return err
		}
	}
	if err := w.decide(x, says(&x)); err != nil {
		return err
	}
	for _, id := range r.Supersedes {
		if err := w.follow(id, x.ID, f.At); err != nil {
			return err
		}
	}
	for _, c := range r.Start {
		if c.Kind == docket.ClockHearing {
			c.Decision = x.ID
		}
		w.start(c)
	}
	if x.State == evenkeel.InForce {
		w.startLease(&x)
	}
	w.out.Pages = append(w.out.Pages, pages(w.parts.Rota, w.dossier.Case, r.Calls, w.note)...)
	w.moveCase(f.At, r.Case, r.Outcome, who)
	return w.tell(&x, p.Family, by{Actor: who})
}

// decision makes the decision that a ruling allows.
func (w *draft) decision(f *evenkeel.Finding, p policy.Proposal, r procedure.Ruling) evenkeel.Decision {
	x := w.drafted(f, p)
	x.State, x.Measure, x.Assets, x.From, x.Until = states[r.Verdict], r.Measure, r.Assets, r.From, r.Until
	x.Why = slices.Concat(p.Why, p.NotCovered, r.Why)
	if x.State == evenkeel.Suppressed {
		x.SuppressedBy = p.Flag
	}
	if len(r.Supersedes) > 0 {
		x.Supersedes = r.Supersedes[0]
	}
	if p.Params == nil {
		w.restOn(&x, p.Family, r.Supersedes)
	}
	x.Params = numbers(&x, p.Family, p.Params)
	if x.From == 0 { // a decision has an interval also where nothing takes effect in it
		x.From, x.Until = f.At, f.At.Add(leaseOf(p))
	}
	return x
}

// restOn lets a measure that comes in the place of others of machines rest on what those rested on too and held: all of it where it
// is the same measure, and else what makes its numbers smaller, or a flood that is found while a sweep is limited would set the
// sweep free. What stood by the envelope of a flag was announced, and no reason for anything.
func (w *draft) restOn(x *evenkeel.Decision, fam *policy.Family, instead []evenkeel.DecisionID) {
	for _, id := range instead {
		old := w.find(id)
		if old == nil || old.State != evenkeel.InForce || !old.Actor.Automatic() {
			continue
		}
		for _, b := range old.Grounds.Basis {
			more := append(slices.Clip(x.Grounds.Basis), b)
			again := slices.ContainsFunc(x.Grounds.Basis, func(y evenkeel.Basis) bool { return y.Finding == b.Finding })
			goesOn := x.Measure == old.Measure && !again || !maps.Equal(fam.ParamsOf(x.Measure, x.Grounds.Basis), fam.ParamsOf(x.Measure, more))
			if goesOn && procedure.Holds(old, fam, []evenkeel.Basis{b}) && len(more) <= mostGrounds {
				x.Grounds.Basis = more
			}
		}
	}
}

// mostGrounds is how many findings a decision of a machine rests on.
const mostGrounds = 8

// drafted is what every decision about a finding has, whatever procedure says.
func (w *draft) drafted(f *evenkeel.Finding, p policy.Proposal) evenkeel.Decision {
	return evenkeel.Decision{
		ID:   evenkeel.NewDecisionID(w.dossier.Case.ID, f.At, docket.FindingKey(f), p.Policy, p.Mode),
		Case: w.dossier.Case.ID, Tenant: w.dossier.Tenant, Family: w.dossier.Family,
		Wanted: p.Wanted, At: f.At, Actor: evenkeel.Actor{Policy: p.Policy}, Mode: p.Mode,
		Grounds: evenkeel.Grounds{Clause: p.Family.Clause, Row: p.Row, Basis: []evenkeel.Basis{{
			Finding: f.ID, Revision: f.Revision, Rule: f.Rule, Version: f.Version, From: f.From, Until: f.Until, Terms: f.Terms, Aims: f.Aims,
		}}},
		Safeguards: p.Safeguards,
	}
}

// leaseOf is how long what a policy wants would stand.
func leaseOf(p policy.Proposal) time.Duration {
	for _, m := range []evenkeel.Measure{p.Wanted, p.Allowed, evenkeel.MeasureNotify} {
		if t, ok := p.Family.Terms[m]; ok {
			return t.Lease
		}
	}
	return 24 * time.Hour
}

// shadow records what would take effect, where that was not recorded about these assets
// before: of a rule or a policy in shadow nothing follows.
func (w *draft) shadow(f *evenkeel.Finding, p policy.Proposal) error {
	if p.Family == nil || w.dossier.Case == nil {
		return nil
	}
	x := w.drafted(f, p)
	x.State, x.Mode, x.Measure, x.Assets = evenkeel.Proposed, evenkeel.ModeShadow, p.Allowed, f.Named()
	x.From, x.Until, x.Why = f.At, f.At.Add(leaseOf(p)), slices.Concat(p.Why, p.NotCovered)
	if p.Flag != "" {
		x.Why = append(x.Why, "Flag "+string(p.Flag)+" would cover it.")
	}
	for _, old := range w.dossier.Decisions {
		if old.Mode == x.Mode && old.Actor == x.Actor && old.Measure == x.Measure && old.Wanted == x.Wanted && procedure.Contains(old.Assets, x.Assets) {
			return nil
		}
	}
	return w.decide(x, says(&x))
}

// says is the decision as a sentence of the timeline.
func says(x *evenkeel.Decision) string {
	s := ""
	switch {
	case x.Mode == evenkeel.ModeShadow:
		s = fmt.Sprintf("In shadow: %s would take effect; wanted was %s.", x.Measure, x.Wanted)
	case x.State == evenkeel.Suppressed:
		s = fmt.Sprintf("A flag covers it: only recorded; wanted was %s.", x.Wanted)
	case x.State == evenkeel.Proposed:
		s = fmt.Sprintf("A person has to decide; wanted was %s.", x.Wanted)
	case x.State == evenkeel.Held:
		s = fmt.Sprintf("%s takes effect at %s, if the tenant is not heard before.", x.Measure, x.From)
	case x.State == evenkeel.Refused:
		s = fmt.Sprintf("%s was refused.", x.Wanted)
	default:
		s = fmt.Sprintf("%s takes effect until %s; wanted was %s.", x.Measure, x.Until, x.Wanted)
	}
	return strings.Join(append([]string{s}, x.Why...), " ")
}
