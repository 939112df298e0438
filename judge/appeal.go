package judge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// appealable runs the clock until which a decision that restricts can be appealed against, or moves its end, as
// something was decided of it now.
func (w *draft) appealable(x *evenkeel.Decision) {
	if x.Mode == evenkeel.ModeLive && x.Measure.Enforced() {
		w.start(procedure.Window(w.dossier, x, w.parts.family(x.Family), x.At))
	}
}

// closesWindows moves the ends of these clocks as a case is closed; where that is in the tenant's favour
// nothing is left to appeal against.
func (w *draft) closesWindows(at evenkeel.Moment, o evenkeel.Outcome) {
	for _, k := range slices.Clone(w.dossier.Clocks) {
		if k.Kind != docket.ClockAppeal || k.Ended != 0 {
			continue
		}
		if x := w.find(k.Decision); x != nil && !o.Cleared() {
			k = procedure.Window(w.dossier, x, w.parts.family(x.Family), at)
		} else {
			k.Ended, k.Because = at, "the case was cleared"
		}
		w.clock(k)
	}
}

// receipt writes down that an appeal was taken in, with a number that the tenant can name, and
// by when a person decides.
func (w *draft) receipt(a *docket.Act, e *procedure.Effect) error {
	if e.Appealed == "" {
		return nil
	}
	x := w.find(e.Appealed)
	if x == nil {
		return nil
	}
	number := docket.ReceiptOf(w.dossier.Case.ID, a.ID)
	says := fmt.Sprintf("Receipt %s: it is kept as a message. Persons have decided on %d appeals against this decision: it is heard no further, and nobody is called.", number, docket.MostAppeals)
	if open, heard := docket.AppealOf(x, w.dossier.Decisions, e.Start, w.dossier.Clocks, w.dossier.Heard); open != nil {
		alone, err := w.solo()
		if err != nil {
			return err
		}
		says = fmt.Sprintf("Receipt %s: the appeal was taken in. A person who did not take the decision decides by %s.", number, open.Due)
		if alone {
			says = fmt.Sprintf("Receipt %s: the appeal was taken in. The one person who works here hears it by %s.", number, open.Due)
		}
		if lastAppeal(heard) {
			says += " It is the last appeal against this decision that is heard."
		}
	}
	w.note(evenkeel.Entry{At: e.At, Kind: evenkeel.EntryToldTo, State: "receipt", Ref: number, Decision: e.Appealed, Says: says})
	return nil
}

// lastAppeal says whether, of the appeals against a decision on which persons have decided before, the
// next one is the last that is heard.
func lastAppeal(heard [][]evenkeel.PersonID) bool { return len(heard) == docket.MostAppeals-1 }

// hearers writes down who may decide, where a person does something while an appeal is open: another one
// than who took the decision hears it, and another one than before, if there is one; and where one is opened, since
// whoever is called is told who that can be.
func (d *Docket) hearers(ctx context.Context, w *draft, a *docket.Act) error {
	open := a.Kind == docket.ActAppeal || !a.Kind.OfTenant() && slices.ContainsFunc(w.dossier.Clocks, func(k docket.Clock) bool {
		return k.Kind == docket.ClockAppealAnswer && k.Ended == 0 || len(k.Heard) > 0 || k.Kind == docket.ClockWay && a.Kind == docket.ActUphold
	})
	if !open || d.parts.Bench == nil {
		return nil
	}
	all, err := d.parts.Bench.Reviewers(ctx)
	for _, r := range all {
		w.dossier.Bench = append(w.dossier.Bench, r.Person)
	}
	return err
}

// noAppeal says in a notice about a decision that no more appeals against it are heard.
func (w *draft) noAppeal(n *evenkeel.Notice, x *evenkeel.Decision) {
	open, heard := docket.AppealOf(x, w.dossier.Decisions, w.dossier.Clocks, w.dossier.Heard)
	if open == nil && len(heard) >= docket.MostAppeals && !n.Outcome.Cleared() {
		n.LastAppeal, n.Appeal = true, 0
	}
}

// appealDue is by when a person decides on the appeal against a decision, of some clocks; 0 where
// none of them says.
func appealDue(clocks []docket.Clock, d evenkeel.DecisionID) (due evenkeel.Moment) {
	for _, k := range clocks {
		if k.Kind == docket.ClockAppealAnswer && k.Decision == d && k.Ended == 0 {
			due = k.Due
		}
	}
	return due
}

// tellReceived writes to the tenant that its appeal was taken in, with the receipt's number and
// by when a person decides. Where an appeal against the same decision is open already, the number
// stands in the case and on the tenant's page: a flood of appeals is no flood of letters (G).
func (w *draft) tellReceived(a *docket.Act, e *procedure.Effect, fam *policy.Family) error {
	due := appealDue(e.Start, e.Appealed)
	x := w.find(e.Appealed)
	if x == nil || due == 0 {
		return nil
	}
	if fam == nil { // the policy has left it since
		fam = &policy.Family{}
	}
	n := w.notice(x, fam, by{Actor: x.Actor, says: x.Grounds.Says}, e.At)
	n.Receipt = docket.ReceiptOf(x.Case, a.ID)
	n.ID, n.AnswerBy, n.PersonBy = evenkeel.NewReceiptID(x.ID, n.Receipt), 0, due
	n.Appeal = max(procedure.AppealUntil(&w.dossier, x, fam, e.At), e.At)
	_, heard := docket.AppealOf(x, w.dossier.Decisions, e.Start)
	n.LastAppeal = lastAppeal(heard)
	return w.send(n, by{}, "A notice to the tenant was written, that the appeal was taken in.")
}

// tellUpheld writes to the tenant what a person answered to its appeal, where nothing else does: what two
// persons decided stays theirs, and what is over stays over, so there is no new decision that would say it.
func (w *draft) tellUpheld(a *docket.Act, e *procedure.Effect, fam *policy.Family, who by) error {
	if a.Kind != docket.ActUphold || !e.Answered || len(w.out.Notices) > 0 {
		return nil
	}
	if fam == nil { // the policy has left it since
		fam = &policy.Family{}
	}
	for _, k := range e.Stop {
		x := w.find(k.Decision)
		if k.Kind != docket.ClockAppealAnswer || x == nil {
			continue
		}
		n := w.notice(x, fam, who, e.At)
		n.ID, n.AnswerBy = evenkeel.NewUpheldID(x.ID, a.ID), 0
		n.Appealed, n.Upheld = k.Started, true
		if !n.LastAppeal {
			n.Appeal = max(procedure.AppealUntil(&w.dossier, x, fam, e.At), e.At)
		}
		if err := w.send(n, who, "A notice to the tenant was written, what was answered to its appeal."); err != nil {
			return err
		}
	}
	return nil
}

// appealedAt is when the first appeal was made of those on which a person decided, or that were open where one closed the case
// in the tenant's favour, whoever that is; 0: there was none.
func appealedAt(e *procedure.Effect, o evenkeel.Outcome) (at evenkeel.Moment) {
	for _, k := range e.Stop {
		if (e.Answered || o.Cleared()) && k.Kind == docket.ClockAppealAnswer && (at == 0 || k.Started < at) {
			at = k.Started
		}
	}
	return at
}

// receiptAt is the number of the receipt of the appeal that was made at a moment; "" where it is not found.
func (w *draft) receiptAt(at evenkeel.Moment) (string, error) {
	if at == 0 {
		return "", nil
	}
	said, err := w.tx.Said(w.dossier.Case.ID, docket.MaxSaid)
	for i := range said {
		if e := &said[i]; e.At == at && e.State == docket.ActAppeal.String() {
			return docket.ReceiptOf(e.Case, e.Ref), err
		}
	}
	return "", err
}

// inVain says whether an act of a person leaves what was appealed as it was, or goes further. Who closes a case as that
// of a victim leaves what is in force to its end, too.
func inVain(a *docket.Act, e *procedure.Effect) bool {
	victim := a.Kind == docket.ActClose && a.Outcome == evenkeel.OutcomeVictim
	return a.By != "" && (a.Against() || victim) && e.Answered
}

// inWordsOfItsOwn holds the answer to an appeal that was in vain to what a denial is held to: it says why, in this case,
// to this tenant, and is no template (F14). What one person decides comes by here, by whichever door it comes.
func (w *draft) inWordsOfItsOwn(a *docket.Act, e *procedure.Effect) error {
	if !inVain(a, e) {
		return nil
	}
	said, earlier, err := w.answered()
	if err != nil {
		return err
	}
	if lacks := procedure.LacksAnswer(a.Says, &w.dossier, e.Stop, said, earlier); len(lacks) > 0 {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "the answer to an appeal that leaves things as they are needs " + strings.Join(lacks, "; "),
			Hint: "say what was found in this case, and what it means for what the tenant wrote; to find for the tenant, lower or lift it, or clear the case",
		}
	}
	return nil
}

// answered is what an answer to an appeal is held against: what the tenant said in the case, the newest first, and what was
// answered to appeals before.
func (w *draft) answered() (said, earlier []evenkeel.Entry, err error) {
	if said, err = w.tx.Said(w.dossier.Case.ID, docket.MaxSaid); err != nil {
		return nil, nil, err
	}
	earlier, err = w.tx.Upheld(docket.MaxUpheld)
	return said, earlier, err
}

// keepsUpheld has the entry that was written last found among what was answered to appeals.
func (w *draft) keepsUpheld(a *docket.Act, e *procedure.Effect) error {
	if n := len(w.out.Entries); inVain(a, e) && n > 0 {
		w.out.Taken = append(w.out.Taken, docket.UpheldKey(&w.out.Entries[n-1]))
	}
	return nil
}

// notClosedBy keeps who closed a case from deciding on the appeal that opened it again, which
// procedure does not see; and remembers who closes one.
func (w *draft) notClosedBy(a *docket.Act, e *procedure.Effect) error {
	c := w.dossier.Case
	if c == nil || a.By == "" {
		return nil
	}
	key := closedBy(c.ID, a.By)
	taken, err := w.tx.Taken(key)
	switch {
	case err != nil:
		return err
	case taken && e.Answered:
		if alone, err := w.solo(); err != nil || alone && a.Kind.Eases() {
			return err
		}
		return ofOwnClosing(c.ID, a.By)
	case !taken && e.Case == evenkeel.CaseClosed:
		w.out.Taken = append(w.out.Taken, key)
	}
	return nil
}

// mayAsk keeps who closed a case from asking a second person in it, as long as an appeal is open.
func (w *draft) mayAsk(by evenkeel.PersonID) error {
	c := w.dossier.Case
	if !procedure.AppealOpen(&w.dossier) {
		return nil
	}
	taken, err := w.tx.Taken(closedBy(c.ID, by))
	if err != nil || !taken {
		return err
	}
	return ofOwnClosing(c.ID, by)
}

func closedBy(c evenkeel.CaseID, p evenkeel.PersonID) string {
	return fmt.Sprintf("closed %s %q", c, p)
}

func ofOwnClosing(c evenkeel.CaseID, p evenkeel.PersonID) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%s closed case %s, and an appeal opened it again", p, c),
		Hint: "a person who did not take the decision decides on the appeal",
	}
}

// solo says whether one person may decide here and nobody else, as far as is known: then no other person
// can be promised to a tenant.
func (d *Docket) solo() (bool, error) {
	if d.parts.Bench == nil {
		return false, nil
	}
	all, err := d.parts.Bench.Reviewers(context.Background()) // within a transaction, which has its own end
	if err != nil || len(all) == 0 {
		return false, err
	}
	return !slices.ContainsFunc(all, func(r docket.Reviewer) bool { return r.Person != all[0].Person }), nil
}
