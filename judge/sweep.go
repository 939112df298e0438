package judge

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

const (
	swept = 256 // cases that one look at the clocks takes
	// inTurn is how many of them are kept before somebody else has a turn, such as whoever pulls a switch: some
	// twenty milliseconds.
	inTurn = 32
	atOne  = 1024 // clocks of one case that run out in one transaction
)

// Sweep lets every clock run out that is due at or before now. What follows is dated at the
// time that it was due, so it does not matter when the sweep comes, whether it comes twice,
// or whether others do the same meanwhile.
//
// A case whose clocks cannot run out does not stop the others: what went wrong with each is
// joined in the error, beside what was heard.
func (d *Docket) Sweep(ctx context.Context, now evenkeel.Moment, known Holder) (heard Heard, err error) {
	var failed []error
	passed := map[evenkeel.CaseID]bool{}
	if heard, err = d.lateReleases(ctx, now); err != nil {
		if evenkeel.KindOf(err) == evenkeel.KindUnavailable {
			return heard, err
		}
		failed = []error{err}
	}
	for {
		due, err := d.parts.Books.Due(ctx, now, swept+len(passed))
		if err != nil {
			return heard, errors.Join(append(failed, err)...)
		}
		if due = slices.DeleteFunc(due, func(id evenkeel.CaseID) bool { return passed[id] }); len(due) == 0 {
			return heard, errors.Join(failed...)
		}
		for some := range slices.Chunk(due, inTurn) {
			all, errs := d.sweepCases(ctx, some, now, known)
			for i, id := range some {
				heard.add(all[i])
				err := errs[i]
				if evenkeel.KindOf(err) == evenkeel.KindUnavailable && err != nil {
					return heard, errors.Join(append(failed, err)...)
				}
				if err != nil {
					failed = append(failed, err)
				}
				if err != nil || len(all[i].Changes) == 0 { // nothing followed: somebody else was faster
					passed[id] = true
				}
			}
		}
	}
}

// sweepCases lets the clocks of some cases run out, each in a transaction of its own, and says of each what
// was heard or what went wrong.
func (d *Docket) sweepCases(ctx context.Context, ids []evenkeel.CaseID, now evenkeel.Moment, known Holder) ([]Heard, []error) {
	heard := make([]Heard, len(ids))
	failed := d.parts.Books.Each(ctx, len(ids), func(i int, tx docket.Tx) (err error) {
		heard[i], err = d.within(ctx, tx, d.ranOutIn(ctx, now, known, func(tx docket.Tx) (docket.Dossier, error) { return tx.DossierOf(ids[i]) }))
		return err
	})
	for i, err := range failed {
		if err != nil {
			heard[i], failed[i] = Heard{}, fmt.Errorf("sweep case %s: %w", ids[i], err)
		}
	}
	return heard, failed
}

// ranOut keeps what follows from the clocks of one case that are due by then, by itself.
func (d *Docket) ranOut(ctx context.Context, until evenkeel.Moment, known Holder, of func(docket.Tx) (docket.Dossier, error)) (Heard, error) {
	return d.transact(ctx, d.ranOutIn(ctx, until, known, of))
}

func (d *Docket) ranOutIn(ctx context.Context, until evenkeel.Moment, known Holder, of func(docket.Tx) (docket.Dossier, error)) func(docket.Tx) (*draft, evenkeel.Moment, error) {
	return func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		dossier, err := of(tx)
		if err != nil {
			return nil, until, err
		}
		w, err := d.newDraft(tx, dossier)
		if err != nil {
			return nil, until, err
		}
		_, err = d.runOut(ctx, w, until, known, atOne)
		return w, until, err
	}
}

// runOutAll lets all clocks of the draft's case run out that are due by then, in order.
func (d *Docket) runOutAll(ctx context.Context, w *draft, until evenkeel.Moment, known Holder) error {
	const endless = 1 << 17
	done, err := d.runOut(ctx, w, until, known, endless)
	if err == nil && !done {
		err = &evenkeel.Error{Kind: evenkeel.KindInternal, Says: fmt.Sprintf("case %s: its clocks do not come to an end", w.dossier.Case.ID)}
	}
	return err
}

// runOut lets at most so many clocks run out, and says whether none is left that is due.
func (d *Docket) runOut(ctx context.Context, w *draft, until evenkeel.Moment, known Holder, most int) (done bool, err error) {
	w.known = known
	fam := d.family(w.dossier.Family)
	who := by{Actor: w.machine(), clock: true}
	for range most {
		if w.deskIsDue(until) {
			continue
		}
		if e, any := w.heardInVain(until, known, fam); any {
			if err := w.apply(e, fam, who); err != nil {
				return false, err
			}
			continue
		}
		if e, any := d.hearsInVain(w, until, fam); any {
			if err := w.apply(e, fam, who); err != nil {
				return false, err
			}
			continue
		}
		if e, any, err := w.awaited(until, fam); err != nil {
			return false, err
		} else if any {
			if err := w.apply(e, fam, who); err != nil {
				return false, err
			}
			continue
		}
		if drawn, err := d.late(ctx, w, until, known); drawn || err != nil {
			if err != nil {
				return false, err
			}
			continue
		}
		if e, any, err := d.restarted(w, until, fam, known); err != nil {
			return false, err
		} else if any {
			if err := w.apply(e, fam, who); err != nil {
				return false, err
			}
			continue
		}
		if e, held, err := d.heldBack(w, until, fam); err != nil {
			return false, err
		} else if held {
			if err := w.apply(e, fam, who); err != nil {
				return false, err
			}
			continue // what is due in the same moment is asked about by itself
		}
		if e, wide, err := w.heardWide(until, known, fam); err != nil {
			return false, err
		} else if wide {
			if err := w.apply(e, fam, who); err != nil {
				return false, err
			}
			continue
		}
		e, ok := procedure.Due(w.dossier, until, fam)
		if !ok {
			return true, nil
		}
		if e, err = d.byNow(w, e, fam, known); err != nil {
			return false, err
		}
		if err := w.sayTried(&e); err != nil {
			return false, err
		}
		for i := range e.Turns {
			if t := &e.Turns[i]; t.To == evenkeel.InForce && t.Until != 0 {
				t.Until = whileHeld(w.find(t.Decision).Assets, t.At, t.Until, w.dossier.Tenant, known)
			}
		}
		if err := w.apply(e, fam, who); err != nil {
			return false, err
		}
	}
	return false, nil
}

// heardInVain says what follows where a hearing is over next, about assets that the tenant
// has given back meanwhile: whoever holds them now is not met by it.
func (w *draft) heardInVain(until evenkeel.Moment, known Holder, fam *policy.Family) (procedure.Effect, bool) {
	x, k := w.hearingOver(until)
	if x == nil {
		return procedure.Effect{}, false
	}
	return procedure.Leave(w.dossier, notHeld(x.Assets, w.dossier.Tenant, k.Due, known), k.Due, fam)
}

// hearingOver is the decision whose hearing is over next, by a moment, before any other clock
// runs out, and its clock; nil where none is.
func (w *draft) hearingOver(until evenkeel.Moment) (*evenkeel.Decision, docket.Clock) {
	k, any := w.next(until)
	if !any || k.Kind != docket.ClockHearing {
		return nil, k
	}
	return w.find(k.Decision), k
}

// next is the clock of the case that runs out first, where it is due by a moment.
func (w *draft) next(until evenkeel.Moment) (docket.Clock, bool) {
	for _, k := range w.dossier.Clocks { // by what is due first
		if k.Due <= until && k.RunsOut(until) > until { // put off, as time leapt
			continue
		}
		if k.Paused == "" && k.Ended == 0 {
			return k, k.Due <= until
		}
	}
	return docket.Clock{}, false
}
