package app

import (
	"context"
	"log/slog"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/webhook"
)

// Orders are the books' outbox as the shield has it. What became of an order goes through the
// judge, so that it stands in the timeline of its case; when one is tried again does not.
type Orders struct {
	judge *Judge
	books docket.Outbox
	now   func() evenkeel.Moment
	log   *slog.Logger
	// applied is told of what is in force from now on; nil: nobody is. It must not wait.
	applied func(evenkeel.OrderID)

	mu      sync.Mutex
	undone  map[evenkeel.OrderID]bool // that were counted: they are told again by whoever was not heard
	refused uint64
	givenUp uint64
}

// mostUndone bounds what is remembered of orders that nobody carries out.
const mostUndone = 1 << 12

var (
	_ courier.Outbox   = (*Notices)(nil)
	_ shield.Outbox    = (*Orders)(nil)
	_ webhook.Receipts = (*Orders)(nil)
)

// NewOrders returns the orders of books, for the judge who keeps them.
func NewOrders(j *Judge, books docket.Outbox, now func() evenkeel.Moment, log *slog.Logger) *Orders {
	return &Orders{judge: j, books: books, now: now, log: log, undone: map[evenkeel.OrderID]bool{}}
}

// Pending returns orders that are due, with those that they wait for and with what lifts them.
func (o *Orders) Pending(ctx context.Context, now evenkeel.Moment, most int) ([]shield.Waiting, error) {
	return o.books.PendingOrders(ctx, now, most)
}

// Done says that an order was taken.
func (o *Orders) Done(ctx context.Context, id evenkeel.OrderID, r evenkeel.Receipt) error {
	r.Order = id
	if err := o.judge.Acknowledge(ctx, r, o.now()); err != nil {
		return err
	}
	o.count(&r)
	o.inForce(&r)
	return nil
}

// inForce tells that an order is in force.
func (o *Orders) inForce(r *evenkeel.Receipt) {
	if o.applied != nil && r.State == evenkeel.ReceiptApplied {
		o.applied(r.Order)
	}
}

// Retry says that an attempt came to nothing, why, and when the next is due.
func (o *Orders) Retry(ctx context.Context, id evenkeel.OrderID, at evenkeel.Moment, why string) error {
	return o.books.RetryOrder(ctx, id, at, why)
}

// Failed says that an order is over and was not taken, and why.
func (o *Orders) Failed(ctx context.Context, id evenkeel.OrderID, why string) error {
	if err := o.judge.Missed(ctx, id, why, o.now()); err != nil {
		return err
	}
	o.note(id, &o.givenUp)
	return nil
}

// Take takes a receipt that came on its own way.
func (o *Orders) Take(ctx context.Context, r evenkeel.Receipt) error {
	order, err := o.books.OrderOf(ctx, r.Order)
	if err != nil {
		return err
	}
	if err := shield.Fits(&order, &r); err != nil {
		return err
	}
	if err := o.judge.Acknowledge(ctx, r, o.now()); err != nil {
		return err
	}
	o.inForce(&r)
	if o.count(&r) {
		shield.WarnOf(o.log, &order, &r) // the shield does, of what it is answered
	}
	return nil
}

// count counts an order of which a receipt says that nobody carries it out, once, and says
// whether it did.
func (o *Orders) count(r *evenkeel.Receipt) bool {
	switch {
	case r.State == evenkeel.ReceiptRefused:
		return o.note(r.Order, &o.refused)
	case r.Node == shield.Self && r.State == evenkeel.ReceiptLapsed: // of an order to enforce: a lift leaves always
		return o.note(r.Order, &o.givenUp)
	}
	return false
}

func (o *Orders) note(id evenkeel.OrderID, in *uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.undone[id] {
		return false
	}
	if len(o.undone) >= mostUndone {
		clear(o.undone)
	}
	o.undone[id] = true
	*in++
	return true
}

// Undone returns how many orders were refused, and how many were given up, since the start.
func (o *Orders) Undone() (refused, givenUp uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.refused, o.givenUp
}

// Notices are the books' outbox as the courier has it. What is told to whom goes through the
// judge, so that it stands in the timeline of its case.
type Notices struct {
	judge *Judge
	books docket.Outbox
	now   func() evenkeel.Moment
}

// NewNotices returns the notices of books, for the judge who keeps them.
func NewNotices(j *Judge, books docket.Outbox, now func() evenkeel.Moment) *Notices {
	return &Notices{j, books, now}
}

// Pending returns notices that are due, at most so many.
func (n *Notices) Pending(ctx context.Context, now evenkeel.Moment, most int) ([]courier.Waiting, error) {
	waiting, err := n.books.PendingNotices(ctx, now, most)
	if err != nil {
		return nil, err
	}
	return n.waiting(ctx, waiting)
}

// waiting are notices as the courier has them, with whom they went to before contacts were changed.
func (n *Notices) waiting(ctx context.Context, waiting []docket.WaitingNotice) ([]courier.Waiting, error) {
	out := make([]courier.Waiting, len(waiting))
	for i, w := range waiting {
		out[i] = courier.Waiting{Notice: w.Notice, Attempts: w.Attempts, Next: w.Next}
		for _, d := range w.Deliveries {
			out[i].Deliveries = append(out[i].Deliveries, courier.Delivery(d))
		}
		r, err := n.books.ReachOf(ctx, w.Notice.Case)
		if err != nil {
			return nil, err // whom to tell is not known
		}
		if r.Changed() {
			out[i].Before, out[i].Confirmed, out[i].Former = r.Before, r.Passed(), r.Tells(w.Notice.At)
		}
	}
	return out, nil
}

// Delivered says that one recipient's server took a notice, or refused it for good.
func (n *Notices) Delivered(ctx context.Context, id evenkeel.NoticeID, x courier.Delivery) error {
	x.Notice = id
	return n.judge.Told(ctx, docket.Delivery(x), n.now())
}

// Retry says that an attempt came to nothing, why, and when the next is due.
func (n *Notices) Retry(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error {
	return n.books.RetryNotice(ctx, id, at, why)
}

// Done says that all recipients of a notice took it or refused it for good.
func (n *Notices) Done(ctx context.Context, id evenkeel.NoticeID) error {
	return n.judge.AllTold(ctx, id, n.now())
}

// Failed says that nobody could be told of a notice, and why.
func (n *Notices) Failed(ctx context.Context, id evenkeel.NoticeID, why string) error {
	return n.judge.Untold(ctx, id, why, n.now())
}
