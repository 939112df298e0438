package judge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// away is how long nobody may judge at most before a hearing has lost time by it: as long as a
// restart takes. regained is how much of a hearing is left after it did.
const (
	away     = time.Minute
	regained = 15 * time.Minute
)

// Reopen gives hearings time back in which nobody could be heard, because nobody judged since
// a moment (0: nobody knows since when) and the doors were shut. Where that was for more than a
// minute, a hearing that is over by now, or would be within a quarter of an hour, goes on until
// a quarter of an hour from now. Call it before anything else is taken in, and before a Sweep:
// what a clock brought about stays.
//
// Our own clocks are left alone: where we missed one, measures step down, which harms nobody.
// Twice is once. A case that fails does not stop the others: what went wrong with each is
// joined in the error.
func (d *Docket) Reopen(ctx context.Context, since, now evenkeel.Moment) (heard Heard, err error) {
	if since != 0 && now.Sub(since).Abs() <= away {
		return heard, nil
	}
	return d.eachDue(ctx, now.Add(regained), now, "reopen hearings", func(tx docket.Tx, id evenkeel.CaseID, _ bool) (*draft, error) {
		return d.reopen(tx, id, since, now)
	})
}

// eachDue keeps what f drafts of each case with a clock that is due before until, in a transaction of its own; first
// says that nothing was kept yet. A case that fails does not stop the others: what went wrong with each is joined
// in the error.
func (d *Docket) eachDue(ctx context.Context, until, now evenkeel.Moment, doing string, f func(tx docket.Tx, id evenkeel.CaseID, first bool) (*draft, error)) (heard Heard, err error) {
	due, err := d.dueBefore(ctx, until)
	if err != nil {
		return heard, err
	}
	var failed []error
	for _, id := range due {
		one, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
			w, err := f(tx, id, len(heard.Changes) == 0)
			return w, now, err
		})
		heard.add(one)
		if err == nil {
			continue
		}
		err = fmt.Errorf("%s of case %s: %w", doing, id, err)
		if evenkeel.KindOf(err) == evenkeel.KindUnavailable { // the others would fail too
			return heard, errors.Join(append([]error{err}, failed...)...)
		}
		failed = append(failed, err)
	}
	return heard, errors.Join(failed...)
}

// dueBefore returns all cases with a clock that is due before a moment.
func (d *Docket) dueBefore(ctx context.Context, until evenkeel.Moment) ([]evenkeel.CaseID, error) {
	for most := swept; ; most *= 2 {
		due, err := d.parts.Books.Due(ctx, until-1, most)
		if err != nil || len(due) < most {
			return due, err
		}
	}
}

func (d *Docket) reopen(tx docket.Tx, id evenkeel.CaseID, since, now evenkeel.Moment) (*draft, error) {
	dossier, err := tx.DossierOf(id)
	if err != nil {
		return nil, err
	}
	w, err := d.newDraft(tx, dossier)
	if err != nil {
		return nil, err
	}
	for _, k := range slices.Clone(w.dossier.Clocks) {
		x := w.find(k.Decision)
		if k.Kind != docket.ClockHearing || k.Paused != "" || k.Due >= now.Add(regained) || x == nil || x.State != evenkeel.Held {
			continue
		}
		if err := w.hearOn(x, k, since, now); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// goesOn begins the sentence that a decision has once whose hearing was reopened.
const goesOn = "The hearing goes on until "

// hearOn ends a hearing's clock, starts it anew, and lets what is held for it begin when that
// is due.
func (w *draft) hearOn(x *evenkeel.Decision, k docket.Clock, since, now evenkeel.Moment) error {
	why := fmt.Sprintf("nobody could be heard from %s to %s", since, now)
	if since == 0 || since > now {
		why = fmt.Sprintf("nobody could be heard until %s, and it is not known since when", now)
	}
	over, lost := k, now.Add(regained).Sub(k.Due)
	over.Ended, over.Because = now, why
	k.Started, k.Due = now, now.Add(regained)
	who := by{Actor: w.machine(), clock: true}
	if err := w.apply(procedure.Effect{At: now, Stop: []docket.Clock{over}, Start: []docket.Clock{k}}, nil, who); err != nil {
		return err
	}
	x.From, x.Until, x.At = k.Due, x.Until.Add(lost), now
	x.Why = slices.DeleteFunc(slices.Clone(x.Why), func(s string) bool { return strings.HasPrefix(s, goesOn) })
	x.Why = append(x.Why, fmt.Sprintf("%s%s: %s.", goesOn, k.Due, why))
	return w.keep(*x, who.Actor, says(x))
}
