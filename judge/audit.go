package judge

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// mostInnocent is among how many known cases one is drawn: the newest, since rules change.
const mostInnocent = 64

// castLot draws two lots over a case that is closed now, in which a machine acted and the tenant never
// appealed: precision that is measured on those who complain says nothing of those who do not. One says
// whether somebody looks at the case, the other whether somebody looks at a known one. They have nothing
// to do with each other, so that neither kind comes in another way than the other. The nonces are drawn
// first, and that of the case is kept whatever the lot says, so that everybody can draw again.
func (d *Docket) castLot(ctx context.Context, w *draft) error {
	terms := d.parts.Policy.Audit()
	if d.parts.Bench == nil || terms.Share <= 0 || !w.closes() || !w.unappealed() {
		return nil
	}
	c := w.dossier.Case
	one := newAudit(c, c.Since, d.parts.nonce(), terms.Share)
	seed := d.parts.nonce()
	falls, known := learning.Audited(c.ID, one.Nonce, terms.Share), learning.Known(c.ID, seed, terms)
	if !falls {
		one.State = docket.AuditPassed
		w.out.Audits = append(w.out.Audits, one)
	}
	if !falls && !known {
		return nil
	}
	all, err := d.parts.Bench.Reviewers(ctx)
	if err != nil {
		return err
	}
	not, err := w.barred(c, w.dossier.Decisions, "")
	if err != nil {
		return err
	}
	who := procedure.Eligible(all, c.Since, c.Since, not, w.acting())
	if falls {
		w.askOne(one, who)
	}
	if known {
		return w.askKnown(seed, terms.Share, who)
	}
	return nil
}

// newAudit is an open audit of a case, by a lot that was drawn at a moment.
func newAudit(c *evenkeel.Case, at evenkeel.Moment, nonce string, share learning.Permille) docket.Audit {
	return docket.Audit{
		ID: docket.AuditID(learning.NameOf(nonce, c.ID)), Case: c.ID, Tenant: c.Tenant, Family: c.Family, Closed: c.Outcome,
		Opened: learning.Opens(at, nonce), Share: share, Nonce: nonce, State: docket.AuditOpen,
	}
}

// askOne draws who looks.
func (w *draft) askOne(a docket.Audit, who []evenkeel.PersonID) {
	a.Candidates = who
	a.Drawn = procedure.Draw(a.Case, docket.ReviewID(a.ID), 1, a.Nonce, who)
	w.out.Audits = append(w.out.Audits, a)
}

// nonce is what a draw is seeded with besides the case.
func (p *Parts) nonce() string {
	if p.Nonce != nil {
		return p.Nonce()
	}
	return rand.Text()
}

// unappealed says whether the case is one in which a measure of a machine took effect and the tenant never
// appealed, so that no person who had no part in it had to look again. Who only answered a question is among
// them: an answer is heard by whoever holds the case.
func (w *draft) unappealed() bool {
	c, appeal := w.dossier.Case, func(k docket.Clock) bool { return k.Kind == docket.ClockAppealAnswer }
	appealed := slices.ContainsFunc(w.dossier.Clocks, appeal) || slices.ContainsFunc(w.dossier.Heard, appeal)
	return !appealed && docket.Judged(c.Outcome) && !c.Outcome.Cleared() && docket.MachineActed(w.everInForce())
}

// everInForce are the decisions of the case but for those that gave way and never were in force: what was held, or a
// person was asked about, has no time to appeal.
func (w *draft) everInForce() []evenkeel.Decision {
	return slices.DeleteFunc(slices.Clone(w.dossier.Decisions), func(x evenkeel.Decision) bool {
		return x.State == evenkeel.Superseded && !slices.ContainsFunc(w.dossier.Clocks, func(k docket.Clock) bool { return k.Kind == docket.ClockAppeal && k.Decision == x.ID })
	})
}

// acting are the persons who act in this very transaction.
func (w *draft) acting() (out []evenkeel.PersonID) {
	for i := range w.out.Entries {
		if p := w.out.Entries[i].Actor.Person; p != "" {
			out = append(out, p)
		}
	}
	return out
}

// rulesOf are the rules that decisions rest on, and the policy in force.
func rulesOf(policy string, all []evenkeel.Decision) []string {
	out := []string{policy}
	for i := range all {
		for _, b := range all[i].Grounds.Basis {
			out = append(out, b.Rule)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// askKnown has somebody look at a case that was closed as a false positive: of the family of the case that
// is closed now, so that who knows when lots are drawn, and what is closed then, learns nothing by it. Asked
// is one of those who could be about the case itself, and have no part in the known one either: whoever closed a case
// just now would know that it is not the one. Where there is none for a known case, another is drawn.
func (w *draft) askKnown(seed string, share learning.Permille, who []evenkeel.PersonID) error {
	at := w.dossier.Case.Since
	known, err := w.tx.Innocent(w.dossier.Case.Family, mostInnocent)
	if err != nil {
		return err
	}
	for len(known) > 0 {
		i := learning.Pick(seed, len(known))
		c := known[i]
		known = slices.Delete(known, i, i+1)
		about, err := w.tx.DossierOf(c.ID)
		if err != nil {
			return err
		}
		not, err := w.barred(&c, about.Decisions, "")
		if err != nil {
			return err
		}
		left := slices.DeleteFunc(slices.Clone(who), func(p evenkeel.PersonID) bool { return slices.Contains(not, p) })
		if len(left) == 0 && len(who) > 0 {
			continue
		}
		one := newAudit(&c, at, seed, share)
		one.Control = true
		w.askOne(one, left)
		return nil
	}
	return nil
}

// barred are those who do not look at a case by lot: whoever has an interest in it, its tenant or its
// rules, and whoever another lot than this one asked about it before.
func (w *draft) barred(c *evenkeel.Case, decisions []evenkeel.Decision, this docket.AuditID) ([]evenkeel.PersonID, error) {
	out, err := w.tx.Interested(c.Tenant, c.ID, rulesOf(w.policy, decisions))
	if err != nil {
		return nil, err
	}
	before, err := w.tx.AuditsOf(c.ID)
	for i := range before {
		if before[i].ID != this {
			out = append(out, before[i].Drawn, before[i].By)
		}
	}
	return out, err
}

// audited takes in what a person found in a case that the lot fell on, or in a known one.
func (d *Docket) audited(ctx context.Context, tx docket.Tx, a *docket.Act, keys []string) (*draft, error) {
	const list = "evenkeel audit list prints those that are open"
	if a.Audit == "" || !docket.Judged(a.Outcome) {
		return nil, evenkeel.Invalid("audit %q with outcome %s; expected which audit, and confirmed, victim, policy_mismatch, false_positive or inconclusive", a.Audit, a.Outcome)
	}
	one, err := tx.Audit(a.Audit)
	if err != nil || !one.Shown(a.At) {
		kind := evenkeel.KindNotFound
		if err != nil {
			kind = evenkeel.KindOf(err)
		}
		return nil, &evenkeel.Error{Kind: kind, Says: fmt.Sprintf("audit %s is not open", a.Audit), Hint: list}
	}
	if d.parts.Bench != nil {
		all, err := d.parts.Bench.Reviewers(ctx)
		if err = cmp.Or(err, worksHere(all, a.By)); err != nil {
			return nil, err
		}
	}
	if one.State == docket.AuditDone {
		return nil, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("audit %s was done at %s by %s", one.ID, one.At, one.By), Hint: list}
	}
	if !one.For(a.By, a.At) {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("the lot of audit %s fell on %s", one.ID, one.Drawn),
			Hint: fmt.Sprintf("from %s on anybody may say what they found who had no part in it", one.Opened.Add(docket.AuditFor)),
		}
	}
	about, err := tx.DossierOf(one.Case)
	if err != nil {
		return nil, err
	}
	on := about
	if one.Control { // what is said of a known case is about the person, and nothing of it stands in the case
		on = docket.Dossier{Tenant: docket.House}
	}
	w, err := d.newDraft(tx, on)
	if err != nil {
		return nil, err
	}
	switch not, err := w.barred(about.Case, about.Decisions, one.ID); {
	case err != nil:
		return nil, err
	case slices.Contains(not, a.By):
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindDenied,
			Says: fmt.Sprintf("%s had a part in what audit %s is about: an act on the tenant or the case, or the rule is theirs, or they were asked about it before", a.By, one.ID),
			Hint: "another person says what they found",
		}
	}
	w.out.Taken = append(w.out.Taken, keys...)
	return w, w.finds(&one, a)
}

// finds keeps the verdict, and what follows from it.
func (w *draft) finds(one *docket.Audit, a *docket.Act) error {
	before, err := w.tx.Controls(a.By)
	if err != nil {
		return err
	}
	done := *one
	done.State, done.By, done.At, done.Found, done.Why = docket.AuditDone, a.By, a.At, a.Outcome, a.Says
	w.out.Audits = append(w.out.Audits, done)
	if done.Control {
		w.watch(before, &done)
		return w.sealAct(a)
	}
	actor := evenkeel.Actor{Policy: w.policy, Person: a.By}
	w.note(evenkeel.Entry{
		At: done.At, Kind: evenkeel.EntryActed, Actor: actor, Ref: string(done.ID), State: a.Kind.String(), Words: a.Says,
		Says: fmt.Sprintf("The lot fell on this case, and a person who had no part in it found: %s.", done.Found),
	})
	c := w.dossier.Case
	if c.State == evenkeel.CaseClosed && c.Outcome == done.Closed { // else somebody decided since, and knows more
		busy, err := w.attention()
		if err != nil {
			return err
		}
		w.lesson(docket.Lesson{Case: c.ID, At: done.At, Outcome: done.Found, Audited: true}, busy)
		if done.Found.Cleared() {
			w.openAgain(&done, actor)
		}
	}
	return w.sealAct(a)
}

// watch calls the lead where a person misses too many known cases, as surely as one can say it; once,
// when it comes to that.
func (w *draft) watch(before []docket.Audit, done *docket.Audit) {
	limit := w.parts.Policy.Audit().Limit
	was := docket.Watched(before)[done.By]
	is := was
	is.Count(done.Found)
	if was.Alarm(limit) || !is.Alarm(limit) {
		return
	}
	w.out.Pages = append(w.out.Pages, pages(w.parts.Rota, &evenkeel.Case{Tenant: docket.House}, []procedure.Call{{
		Level: docket.LevelLead, At: done.At, About: "vigilance " + string(done.By),
		Why: fmt.Sprintf("%s found the tenant guilty in %d of %d cases that are known to be innocent, which shows %s at least; the limit is %s. What they decided alone is to be looked at again.",
			done.By, is.Missed, is.Controls, is.Bound(), limit),
	}}, w.note)...)
}

// openAgain opens a case that was closed against the tenant, or over nothing, where a person who looked
// at it by lot found that it was not so; and calls the lead: it is for a person to clear it, with a flag
// and what it is owed.
func (w *draft) openAgain(done *docket.Audit, actor evenkeel.Actor) {
	c := w.dossier.Case
	c.State, c.Since = evenkeel.CaseReopened, done.At
	w.caseChanged()
	w.note(evenkeel.Entry{
		At: done.At, Kind: evenkeel.EntryCase, Actor: actor, State: c.State.String(),
		Says: "The case is open again, because of what was found by lot: a person has to look, and clear it where it is so.",
	})
	w.leaf(ledger.OfCase(w.key, c, w.policy))
	w.start(procedure.LotClock(&w.dossier, done.At))
	w.out.Pages = append(w.out.Pages, pages(w.parts.Rota, c, []procedure.Call{{
		Level: docket.LevelLead, At: done.At, About: "audit " + string(done.ID),
		Why: fmt.Sprintf("Case %s was closed as %s, and whoever looked at it by lot found: %s. It has to be cleared, or it is to be said why not.", c.ID, done.Closed, done.Found),
	}}, w.note)...)
}
