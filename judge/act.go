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

// Do takes in what a person does. The same act told twice counts once, and one
// that has the identity of another is refused. An error says why it
// may not be done, and then nothing of it is kept.
func (d *Docket) Do(ctx context.Context, a docket.Act, known Holder) (Heard, error) {
	a.Form = a.Sum()
	if a.Kind.OfHouse() {
		heard, err := d.overhaul(ctx, a, known)
		if err != nil {
			err = fmt.Errorf("%s: %w", a.Kind, err)
		}
		return heard, err
	}
	if a.Kind == docket.ActAnnounce && a.Family == "" {
		a.Family = docket.Announcements
	}
	var before, heard Heard
	var err error
	if a.Kind == docket.ActShut {
		err = d.ofSite(&a, known)
	}
	err = cmp.Or(err, valid(&a))
	if err == nil && a.Kind.OfReview() {
		// What a lot decided is kept, whatever becomes of the act: whoever was refused, and made
		// the draw undone with that, could ask again until it falls on them.
		before, err = d.ranOut(ctx, a.At, known, func(tx docket.Tx) (docket.Dossier, error) { return dossierOf(tx, &a) })
	}
	if err == nil {
		heard, err = d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
			w, err := d.act(ctx, tx, a, known)
			return w, a.At, err
		})
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", strings.ReplaceAll(a.Kind.String(), "_", " "), target(&a), err)
	}
	before.add(heard)
	return before, err
}

// valid is an error where the act does not say which it is, when it is done, and about what.
func valid(a *docket.Act) error {
	switch {
	case a.ID == "" || a.At == 0:
		return evenkeel.Invalid("act %q at %v; expected an id and a time", a.ID, a.At)
	case a.Case == "" && (a.Tenant == "" || a.Family == ""):
		return evenkeel.Invalid("tenant %q, family %q; expected a case, or both of these", a.Tenant, a.Family)
	}
	return nil
}

func target(a *docket.Act) string {
	switch {
	case a.Kind == docket.ActShut && len(a.Assets) == 1:
		return string(a.Assets[0])
	case a.Case != "":
		return "case " + string(a.Case)
	}
	return strings.TrimSpace(string(a.Tenant) + " " + a.Family)
}

func (d *Docket) act(ctx context.Context, tx docket.Tx, a docket.Act, known Holder) (*draft, error) {
	keys, done, err := again(tx, &a)
	if done || err != nil {
		return nil, err
	}
	dossier, err := dossierOf(tx, &a)
	if err != nil {
		return nil, err
	}
	a.Tenant, a.Family = dossier.Tenant, dossier.Family
	w, err := d.newDraft(tx, dossier)
	if err != nil {
		return nil, err
	}
	w.out.Taken = append(w.out.Taken, keys...)
	if err := d.runOutAll(ctx, w, a.At, known); err != nil {
		return nil, err
	}
	fam := d.family(a.Family)
	if err := d.hearers(ctx, w, &a); err != nil {
		return nil, err
	}
	if is, err := d.pair(ctx, w, &a, known).takesTwo(); is || err != nil {
		return w, err
	}
	if a.Kind == docket.ActCredit || a.Kind == docket.ActNoCredit {
		return w, w.settle(&a)
	}
	if a.Kind == docket.ActTold {
		if err := w.toldOtherwise(&a); err != nil {
			return nil, err
		}
		return w, d.pair(ctx, w, &a, known).goOnTold()
	}
	if a.Kind == docket.ActVouch || a.Kind == docket.ActConfirm {
		return w, w.confirm(&a, fam)
	}
	if a.Kind == docket.ActShut {
		return w, w.shut(&a, fam, known, d.parts.means())
	}
	earned, err := d.earned(tx, w, &a, known)
	if err != nil {
		return nil, err
	}
	e, err := procedure.Hear(w.dossier, a, fam, earned, d.parts.means())
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(w.mayApprove(&e, known), w.isolatedElsewhere(tx, &a, &e), w.toldBefore(&e, fam), w.pointByPoint(&a, &e, fam)); err != nil {
		return nil, err
	}
	c := w.dossier.Case
	if c == nil && e.Case != 0 || c != nil && c.State == evenkeel.CaseClosed && e.Case == evenkeel.CaseUnderReview {
		w.open(max(e.At, a.At))
	}
	if err := w.actedAs(&a, counted(&a, &e)); err != nil {
		return nil, err
	}
	if err := cmp.Or(w.keepsUpheld(&a, &e), w.keepsFormer(&a), w.notClosedBy(&a, &e), w.inWordsOfItsOwn(&a, &e), w.receipt(&a, &e)); err != nil {
		return nil, err
	}
	who := by{Actor: evenkeel.Actor{Policy: w.policy, Person: a.By}, says: a.Says, vain: inVain(&a, &e)}
	if e.Case == evenkeel.CaseClosed {
		who.outcome = e.Outcome
		for i := range e.Grants {
			who.allowed = max(who.allowed, e.Grants[i].Until)
		}
	}
	before := len(w.unheld)
	if err := w.apply(e, fam, who); err != nil {
		return nil, err
	}
	if a.Kind == docket.ActAnswer || a.Kind == docket.ActMessage { // it was told what an answer does, and reads it on its page
		w.unheld = w.unheld[:before]
	}
	if e.Spoke || e.Appealed != "" && !e.Exhausted {
		if err := d.pair(ctx, w, &a, known).goOnTold(); err != nil {
			return nil, err
		}
	}
	return w, cmp.Or(w.tellReceived(&a, &e, fam), w.tellHeard(&a, &e, fam), w.tellUpheld(&a, &e, fam, who))
}

func dossierOf(tx docket.Tx, a *docket.Act) (docket.Dossier, error) {
	if a.Case != "" {
		return tx.DossierOf(a.Case)
	}
	return tx.Dossier(a.Tenant, a.Family)
}

// pointByPoint holds what a person decides alone against what the policy in force asks of whoever weighs such a case, and
// writes the criteria beside the answers (R5). By whichever door an act comes, it comes by here.
func (w *draft) pointByPoint(a *docket.Act, e *procedure.Effect, fam *policy.Family) error {
	switch c := w.dossier.Case; {
	case a.By == "" || !a.Weighs():
		return nil
	case a.Kind == docket.ActUphold && !e.Answered: // it says only that it is not the measure which cuts a way
		return nil
	case a.Kind == docket.ActFlag && (c == nil || c.State == evenkeel.CaseClosed): // nothing was found that it would be about
		return nil
	}
	was := a.Says
	if err := a.Answer(docket.PointsAsked(fam.Criteria)); err != nil {
		return err
	}
	e.Reword(was, a.Says)
	return nil
}

// earned is what the policy says of an announcement, with the facts of its time and the flags
// that the tenant has of what it announces.
func (d *Docket) earned(tx docket.Tx, w *draft, a *docket.Act, known Holder) (policy.Earned, error) {
	if a.Kind != docket.ActAnnounce && a.Family != docket.Announcements {
		return policy.Earned{}, nil
	}
	var burst evenkeel.Burst
	if a.Burst != nil {
		burst = *a.Burst
	}
	f := evenkeel.Finding{At: a.At, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: a.Tenant}}
	v := d.view(w, &f, known)
	v.Running, v.More = running(&f, nil, known)
	e := d.parts.Policy.Earned(v, burst)
	if len(e.Families) == 0 {
		return e, nil
	}
	about, err := tx.Dossier(a.Tenant, e.Families[0]) // a flag is granted for all of them at once
	if err != nil {
		return e, err
	}
	v.Flags = about.Flags
	return d.parts.Policy.Earned(v, burst), nil
}

// counted is as what the ledger counts an act. An appeal that opens none, since one is open or no more
// are heard, is a message.
func counted(a *docket.Act, e *procedure.Effect) docket.ActKind {
	opens := func(k docket.Clock) bool { return k.Kind == docket.ClockAppealAnswer }
	if a.Kind == docket.ActAppeal && !slices.ContainsFunc(e.Start, opens) {
		return docket.ActMessage
	}
	return a.Kind
}

// acted writes into the timeline and the ledger what somebody did or said.
func (w *draft) acted(a *docket.Act) error { return w.actedAs(a, a.Kind) }

func (w *draft) actedAs(a *docket.Act, counted docket.ActKind) error {
	kind, says := evenkeel.EntryActed, fmt.Sprintf("%s: %s.", a.By, a.Kind)
	if a.Kind.OfTenant() {
		kind, says = evenkeel.EntrySaid, fmt.Sprintf("The tenant: %s.", a.Kind)
		if a.Contact != "" {
			says = fmt.Sprintf("The tenant, by its %s contact: %s.", clip(withoutAddresses(a.Contact)), a.Kind)
		}
	}
	w.note(evenkeel.Entry{
		At: a.At, Kind: kind, Actor: evenkeel.Actor{Person: a.By}, Says: says, Ref: a.ID, Words: a.Says, State: a.Kind.String(), Decision: a.Decision,
	})
	whole, err := json.Marshal(a)
	if err != nil {
		return err
	}
	var c evenkeel.CaseID
	if w.dossier.Case != nil {
		c = w.dossier.Case.ID
	}
	w.leaf(ledger.OfAct(w.key, c, a.At, a.Family, w.policy, a.By == "", whole).Doing(counted.String()))
	return nil
}

// apply carries out what follows from an act or from a clock that ran out.
func (w *draft) apply(e procedure.Effect, fam *policy.Family, who by) error {
	defer w.during(&e)()
	c := w.dossier.Case
	if c != nil && e.Spoke {
		c.Spoke = e.At
		if c.Waiting == 0 {
			c.Waiting = e.At
		}
		w.caseChanged()
	}
	if c != nil && e.Appealed != "" && !e.Exhausted {
		c.Spoke = e.At
		w.caseChanged()
	}
	if c != nil && e.Decided {
		c.Waiting = 0
		w.caseChanged()
	}
	for _, s := range e.Stop {
		w.clock(s)
		if s.Kind.Beside() {
			continue // what it was beside says the same
		}
		w.note(evenkeel.Entry{At: e.At, Kind: evenkeel.EntryClock, Actor: who.Actor, Says: fmt.Sprintf("Clock %s: %s.", s.Kind, s.Because), Ref: string(s.Decision), State: "ended"})
	}
	for _, t := range e.Turns {
		if err := w.turn(t, who.Actor); err != nil {
			return err
		}
		x := *w.find(t.Decision)
		w.order(&x, fam)
		if err := w.tell(&x, fam, who); err != nil {
			return err
		}
	}
	if who.Person == "" {
		if err := w.followed(&e); err != nil {
			return err
		}
	}
	for _, i := range e.Instead {
		if err := w.replace(i, fam, who); err != nil {
			return err
		}
	}
	for _, s := range e.Says {
		w.note(evenkeel.Entry{At: e.At, Kind: who.entry(), Actor: who.Actor, Says: s})
	}
	for _, s := range e.Start {
		w.start(s)
	}
	for _, r := range e.Remind {
		if err := w.remind(r, e.At, fam, who); err != nil {
			return err
		}
	}
	if e.Unreached != "" {
		if err := w.tellCut(e.Unreached, e.At, fam, who); err != nil {
			return err
		}
	}
	if err := w.impartially(e.Calls); err != nil {
		return err
	}
	w.out.Pages = append(w.out.Pages, pages(w.parts.Rota, c, e.Calls, w.note)...)
	for i := range e.Grants {
		w.grant(e.Grants[i], e.At, "A flag was granted.")
	}
	if e.Revoke != nil {
		w.grant(*e.Revoke, e.At, "The flag was revoked.")
	}
	w.fetching(e.At, who.Actor)
	w.moveCase(e.At, e.Case, e.Outcome, who.Actor)
	if c != nil && e.Decided && who.Person != "" {
		if err := w.withdraw(e.At, who.Person); err != nil {
			return err
		}
	}
	w.atDesk(e.At)
	if c != nil && e.Case == evenkeel.CaseClosed {
		return w.tellClosed(fam, who)
	}
	return nil
}

// foundBy is the newest decision of a machine in the case that rests on something that was found, or nil.
func (w *draft) foundBy() *evenkeel.Decision {
	for i := len(w.dossier.Decisions) - 1; i >= 0; i-- {
		if x := &w.dossier.Decisions[i]; x.Mode == evenkeel.ModeLive && x.Actor.Automatic() && len(x.Grounds.Basis) > 0 {
			return x
		}
	}
	return nil
}

// replace puts another measure in the place of one that stands: first the new one, then
// the old one is let go.
func (w *draft) replace(i procedure.Instead, fam *policy.Family, who by) error {
	old := w.find(i.Of)
	if old == nil {
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "decision " + string(i.Of) + ": not found in its case"}
	}
	x := *old
	x.ID = evenkeel.NewDecisionID(old.Case, i.At, "instead of "+string(old.ID), w.policy, old.Mode)
	x.Measure, x.From, x.Until, x.At, x.State, x.Supersedes = i.Measure, i.At, i.Until, i.At, evenkeel.InForce, old.ID
	if i.Rest && old.State == evenkeel.Superseded { // beside what took its place
		x.ID = evenkeel.NewDecisionID(old.Case, i.At, "the rest of "+string(old.ID), w.policy, old.Mode)
	}
	if !i.Rest { // else it stays theirs who decided it
		x.Actor = who.Actor
	}
	x.Why = []string{i.Why}
	if i.Says != "" || !i.Rest && len(x.Grounds.Basis) > 0 { // a person's reason may be all that it rests on
		x.Grounds.Says = i.Says
	}
	if i.Assets != nil {
		x.Assets = i.Assets
	}
	if g := w.foundBy(); g != nil && who.Person == "" && !old.Actor.Automatic() && !procedure.Contains(old.Assets, x.Assets) {
		x.Wanted, x.Grounds, x.Safeguards = g.Wanted, g.Grounds, g.Safeguards // on more than persons looked at a machine's own
	}
	if i.Wanted != evenkeel.MeasureNone {
		x.Wanted, x.Grounds.Row = i.Wanted, rowAccount
	}
	var envelope map[string]string
	if p := i.Anew; p != nil {
		x.Safeguards, x.Grounds.Row = p.Safeguards, p.Row
		if p.Allowed == x.Measure { // it is that of what may be done
			envelope = p.Params
		}
	}
	if x.Measure != old.Measure || i.Anew != nil { // else the same goes on
		x.Params = numbers(&x, fam, envelope)
	}
	w.order(&x, fam)
	if stands := !old.State.Over() && !i.Beside; stands {
		if err := w.turn(procedure.Turn{Decision: i.Of, To: evenkeel.Superseded, At: i.At, Why: i.Why}, who.Actor); err != nil {
			return err
		}
	} else if !i.Rest {
		x.Supersedes = ""
	}
	if err := w.decide(x, i.Why); err != nil {
		return err
	}
	w.startLease(&x)
	if who.Person == "" && x.Supersedes != "" {
		if err := w.follow(i.Of, x.ID, i.At); err != nil {
			return err
		}
	}
	return w.tell(&x, fam, who)
}
