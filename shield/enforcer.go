package shield

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Self is the node of a receipt that the shield gives itself: the order never left.
const Self = "shield"

// maxRemembered bounds what the enforcer remembers of orders and lifts. What it forgets it
// asks the backend again, who knows.
const maxRemembered = 1 << 14

// Options are what an Enforcer may be told. The zero value is good.
type Options struct {
	Schedule Schedule      // DefaultSchedule
	Poll     time.Duration // how often the outbox is looked at when nothing happens; 500 ms
	Parallel int           // orders on their way at once; 8
	Most     int           // orders that one look at the outbox takes; 1024
	Log      *slog.Logger  // none
}

func (o Options) filled() Options {
	if o.Schedule.First <= 0 || o.Schedule.Most <= 0 {
		o.Schedule = Schedule{First: DefaultSchedule.First, Most: DefaultSchedule.Most, Seed: o.Schedule.Seed}
	}
	if o.Poll <= 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.Parallel <= 0 {
		o.Parallel = 8
	}
	if o.Most <= 0 {
		o.Most = 1024
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Enforcer gives orders to a backend, each once, and yields receipts. Safe for concurrent use.
type Enforcer struct {
	backend Backend
	outbox  Outbox
	now     func() evenkeel.Moment
	opts    Options
	nudged  chan struct{} // capacity 1: the outbox is to be looked at

	mu     sync.Mutex
	calls  map[evenkeel.OrderID]*call
	lifted map[evenkeel.DecisionID]evenkeel.Moment // lifts that were given out, and the ends of what they lift
	silent bool                                    // the last attempt came to nothing
}

// call is one order on its way, or what became of it.
type call struct {
	done    chan struct{} // closed when the rest is set
	until   evenkeel.Moment
	receipt evenkeel.Receipt
	err     error
}

// NewEnforcer returns one. The outbox is for Run alone and may be nil without it.
func NewEnforcer(b Backend, out Outbox, now func() evenkeel.Moment, opts Options) *Enforcer {
	return &Enforcer{
		backend: b, outbox: out, now: now, opts: opts.filled(), nudged: make(chan struct{}, 1),
		calls: map[evenkeel.OrderID]*call{}, lifted: map[evenkeel.DecisionID]evenkeel.Moment{},
	}
}

// Nudge has Run look at the outbox now and not with the next Poll. It does not wait.
func (e *Enforcer) Nudge() {
	select {
	case e.nudged <- struct{}{}:
	default:
	}
}

// Apply gives an order to the backend and returns the receipt. An order of the same id that
// is on its way is waited for; one that was taken gets the same receipt. A receipt by Self
// says that the order never left: it is over, faulty, beyond what the backend declares, or
// its lift came before. The error of an order that did not arrive says by Final whether it
// may come again.
func (e *Enforcer) Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	c, mine := e.enter(&o)
	if !mine {
		select {
		case <-c.done:
			return c.receipt, c.err
		case <-ctx.Done():
			return evenkeel.Receipt{}, ctx.Err()
		}
	}
	c.err = &evenkeel.Error{Says: fmt.Sprintf("order %s: its backend panicked", o.ID)} // unless it returns
	defer e.leave(&o, c)
	c.receipt, c.err = e.apply(ctx, &o)
	return c.receipt, c.err
}

func (e *Enforcer) apply(ctx context.Context, o *evenkeel.Order) (evenkeel.Receipt, error) {
	if r := e.settle(o); r.State != 0 {
		return r, nil
	}
	r, err := e.backend.Apply(ctx, *o)
	if err != nil {
		return evenkeel.Receipt{}, err
	}
	if err := Fits(o, &r); err != nil {
		return evenkeel.Receipt{}, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "backend " + e.backend.Name(), Err: err}
	}
	if r.Node == "" {
		r.Node = e.backend.Name()
	}
	if r.At == 0 {
		r.At = e.now()
	}
	return r, nil
}

// settle returns the receipt of an order that must not leave, or none.
func (e *Enforcer) settle(o *evenkeel.Order) evenkeel.Receipt {
	why := fault(o)
	switch {
	case why != "":
		return e.own(o, evenkeel.ReceiptRefused, "not sent: "+why)
	case o.Lift:
		return evenkeel.Receipt{}
	case o.Until <= e.now():
		return e.own(o, evenkeel.ReceiptLapsed, "not sent: its end has come")
	case e.isLifted(o.Decision):
		return e.own(o, evenkeel.ReceiptLifted, "not sent: its lift came first")
	}
	if why = e.backend.Means().Refuses(o); why != "" {
		return e.own(o, evenkeel.ReceiptRefused, "not sent to "+e.backend.Name()+": "+why)
	}
	return evenkeel.Receipt{}
}

// own is a receipt by the shield itself.
func (e *Enforcer) own(o *evenkeel.Order, s evenkeel.ReceiptState, why string) evenkeel.Receipt {
	return evenkeel.Receipt{Order: o.ID, Node: Self, State: s, Why: why, At: e.now()}
}

// enter returns the call of an order, and whether it is the caller's to make. A lift is noted
// before it leaves: from then on its decision's order must not.
func (e *Enforcer) enter(o *evenkeel.Order) (c *call, mine bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.calls[o.ID]; c != nil {
		return c, false
	}
	e.forget()
	if o.Lift && fault(o) == "" {
		e.lifted[o.Decision] = o.Until
	}
	c = &call{done: make(chan struct{}), until: o.Until}
	e.calls[o.ID] = c
	return c, true
}

// leave ends a call. One that came to nothing is forgotten: it may be made again.
func (e *Enforcer) leave(o *evenkeel.Order, c *call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c.err != nil {
		delete(e.calls, o.ID)
	}
	close(c.done)
}

// noteLift notes that the lift of an order's decision has come.
func (e *Enforcer) noteLift(o *evenkeel.Order) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lifted[o.Decision] = o.Until
}

func (e *Enforcer) isLifted(d evenkeel.DecisionID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, ok := e.lifted[d]
	return ok
}

// forget keeps both memories bounded: first what is over goes, then whatever comes, but for
// calls that are on their way.
func (e *Enforcer) forget() {
	now := e.now()
	for _, all := range []bool{false, true} {
		if len(e.calls) >= maxRemembered {
			for id, c := range e.calls {
				if (all || c.until <= now) && ended(c) {
					delete(e.calls, id)
				}
			}
		}
		if len(e.lifted) >= maxRemembered {
			for d, until := range e.lifted {
				if all || until <= now {
					delete(e.lifted, d)
				}
			}
		}
	}
}

func ended(c *call) bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}
