package app

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	notices "github.com/evenkeel/evenkeel/courier/webhook"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield/webhook"
)

// biller posts each credit that was granted to whoever bills, until that has taken it: at least once,
// under the same id, those of cases that were closed first first.
type biller struct {
	books interface {
		Unbilled(ctx context.Context, most int) ([]docket.Credit, error)
		Billed(ctx context.Context, id docket.CreditID, at evenkeel.Moment) error
	}
	to   notices.Poster
	now  func() evenkeel.Moment
	slog *slog.Logger

	// Of the loop alone: what was not taken, and when it is tried again.
	again map[docket.CreditID]putOff
}

// openBiller makes the loop; nil where nobody bills, or another process tells them.
func openBiller(h *house) (*biller, error) {
	w := &h.parts.Config.Billing.Webhook
	if w.URL == "" || !h.parts.does(RoleCourier) {
		return nil, nil
	}
	to, err := billing(w, h.now)
	if err != nil {
		return nil, err
	}
	return &biller{books: h.books, to: to, now: h.now, slog: h.parts.Log, again: map[docket.CreditID]putOff{}}, nil
}

// billing opens the sender to whoever bills.
func billing(w *config.Teller, now func() evenkeel.Moment) (notices.Poster, error) {
	to, err := endpointOf("billing.webhook", w.URL, w.SecretFile, w.Networks)
	if err != nil {
		return nil, err
	}
	to.Type = "application/cloudevents+json"
	sender, err := webhook.NewSender(to, now)
	return poster{sender}, err
}

// Run posts until ctx ends.
func (b *biller) Run(ctx context.Context) error {
	return rounds(ctx, looksEvery, nil, b.round, func(err error) {
		b.slog.Warn("credits cannot be told to whoever bills; it is tried again", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written, and billing.webhook be reached"))
	})
}

// round posts what billing has not taken and is due. One that it does not take holds up no other.
func (b *biller) round(ctx context.Context) (faults error) {
	all, err := b.books.Unbilled(ctx, atATime+len(b.again)) // so that those which wait hide none
	if err != nil {
		return err
	}
	for i := range all {
		k := &all[i]
		waits := b.again[k.ID]
		if b.now() < waits.until {
			continue
		}
		if err := b.post(ctx, k); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			waits.failed++
			waits.until = b.now().Add(backoff.Pause(looksEvery, time.Hour, 0, string(k.ID), waits.failed))
			b.again[k.ID] = waits
			faults = cmp.Or(faults, err)
			if evenkeel.KindOf(err) == evenkeel.KindUnavailable {
				return faults // nobody is there; each of the others would wait for that too
			}
			continue
		}
		delete(b.again, k.ID)
	}
	return faults
}

// post posts one, and notes that it was taken. Between the two it may come again, under the same id.
func (b *biller) post(ctx context.Context, k *docket.Credit) error {
	e := CreditEventOf(k)
	body, err := json.Marshal(e)
	if err == nil {
		_, err = b.to.Post(ctx, string(k.ID), body) // without the state: a full stop may be in no Webhook-Id
	}
	if err != nil {
		return err
	}
	return b.books.Billed(context.WithoutCancel(ctx), k.ID, b.now())
}
