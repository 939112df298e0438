package hostlink

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"

	"github.com/evenkeel/evenkeel"
)

// Bounds of the orders that wait on a host. What has no room comes again, as the outbox still holds it.
const (
	orderWorkers = 4 // for packets, and as many for guests themselves
	orderQueue   = maxUnderWay
)

// orders hands orders to the handler. Those of one decision go one after the other, so that a lift never overtakes
// what it lifts; those of others do not wait for it. Those about packets never wait for those about guests themselves, of which a
// hypervisor answers slowly.
type orders struct {
	a      *Agent
	handle func(context.Context, evenkeel.Order) (evenkeel.Receipt, error)
	// queues hold what waits, by a hash of the decision; when one is full the order is let go. They are never closed.
	queues [2 * orderWorkers]chan evenkeel.Order

	mu       sync.Mutex
	underWay map[evenkeel.OrderID]bool
}

func newOrders(a *Agent, handle func(context.Context, evenkeel.Order) (evenkeel.Receipt, error)) *orders {
	o := &orders{a: a, handle: handle, underWay: map[evenkeel.OrderID]bool{}}
	for i := range o.queues {
		o.queues[i] = make(chan evenkeel.Order, orderQueue)
	}
	return o
}

// offer takes an order in. One that says what this version does not know is refused, not half obeyed.
func (o *orders) offer(data []byte) {
	order, err := readOrder(data)
	if err != nil {
		o.a.o.Logger.Warn("an order cannot be read", "order", order.ID, "err", err)
		if order.ID != "" {
			o.report(evenkeel.Receipt{Order: order.ID, State: evenkeel.ReceiptRefused, Why: err.Error(), At: evenkeel.MomentOf(o.a.o.Now())})
		}
		return
	}
	o.mu.Lock()
	known := o.underWay[order.ID]
	o.underWay[order.ID] = true
	o.mu.Unlock()
	if known {
		return
	}
	select {
	case o.queues[queueOf(&order)] <- order:
	default:
		o.a.o.Logger.Warn("too many orders wait: one is let go and comes again", "order", order.ID)
		o.done(order.ID)
	}
}

// queueOf is that of all orders of a decision: a lift has the measure of what it lifts.
func queueOf(o *evenkeel.Order) int {
	at := evenkeel.PartitionOf(string(o.Decision)) % orderWorkers
	if o.Measure == evenkeel.MeasureThrottle || o.Measure == evenkeel.MeasureSuspend {
		at += orderWorkers
	}
	return at
}

// readOrder reads an order. Where it cannot be obeyed, its id is returned with the error if that can be read.
func readOrder(data []byte) (o evenkeel.Order, err error) {
	if len(data) > maxOrder {
		return o, evenkeel.Invalid("an order of %d bytes; expected at most %d", len(data), maxOrder)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&o); err != nil {
		var id struct {
			ID evenkeel.OrderID `json:"id"`
		}
		_ = json.Unmarshal(data, &id)
		if evenkeel.CheckID("order", string(id.ID)) != nil {
			id.ID = ""
		}
		return evenkeel.Order{ID: id.ID}, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the order is not one that this agent knows", Err: err,
			Hint: "the agent is older than control: bring it up to date"}
	}
	if err := evenkeel.CheckID("order", string(o.ID)); err != nil {
		return evenkeel.Order{}, err
	}
	return o, nil
}

func (o *orders) done(id evenkeel.OrderID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.underWay, id)
}

// run works until ctx ends.
func (o *orders) run(ctx context.Context, work *sync.WaitGroup) {
	for _, queue := range o.queues {
		work.Go(func() {
			for {
				select {
				case order := <-queue:
					o.obey(ctx, order)
				case <-ctx.Done():
					return
				}
			}
		})
	}
}

func (o *orders) obey(ctx context.Context, order evenkeel.Order) {
	defer o.done(order.ID)
	r, err := o.handle(ctx, order)
	if err != nil {
		o.a.o.Logger.Warn("carry out an order: it comes again", "order", order.ID, "err", err)
		return
	}
	r.Order, r.Asked = order.ID, order.Part() // a receipt answers its own order
	if r.At == 0 {
		r.At = evenkeel.MomentOf(o.a.o.Now())
	}
	o.report(r)
}

func (o *orders) report(r evenkeel.Receipt) {
	if err := o.a.report(r); err != nil {
		o.a.o.Logger.Warn("report an order: it comes again", "order", r.Order, "err", err)
	}
}
