package shield

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// Outbox is where orders wait until they are over. Whoever keeps it puts them in, in the
// transaction of their decisions. outboxtest holds one to this.
type Outbox interface {
	// Pending returns orders that are not over, in the order in which they were put in: up to
	// most of those that are due at now, and with them every earlier one that names an asset
	// or a decision of theirs, and every lift of their decisions, due or not. It may return
	// others too.
	Pending(ctx context.Context, now evenkeel.Moment, most int) ([]Waiting, error)
	// Done says that an order was taken: it is over. A receipt without a state says that
	// nobody has confirmed it; one may come later.
	Done(ctx context.Context, id evenkeel.OrderID, r evenkeel.Receipt) error
	// Retry says that an attempt came to nothing, why, and when the next is due.
	Retry(ctx context.Context, id evenkeel.OrderID, at evenkeel.Moment, why string) error
	// Failed says that an order is over and was not taken, and why. Of a lift it means that
	// nobody confirmed the end of the measure; the node lets go by itself.
	Failed(ctx context.Context, id evenkeel.OrderID, why string) error
}

// Waiting is an order that is not over, how many attempts came to nothing, and when the next
// is due. It is an alias of a plain struct, so that a store needs nothing of this room.
type Waiting = struct {
	Order    evenkeel.Order
	Attempts int
	Next     evenkeel.Moment // 0: at once
}
