package outboxtest

import (
	"context"
	"slices"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// Memory is an outbox that is forgotten at the end, and that shows what is in it.
type Memory struct {
	mu   sync.Mutex
	rows []Row
}

// Row is an order and what became of it.
type Row struct {
	shield.Waiting
	Over    bool
	Receipt evenkeel.Receipt
	Why     string // of the last attempt, or of the failure
}

var _ shield.Outbox = (*Memory)(nil)

// Put puts orders in, each once.
func (m *Memory) Put(orders ...evenkeel.Order) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range orders {
		if !slices.ContainsFunc(m.rows, func(r Row) bool { return r.Order.ID == o.ID }) {
			m.rows = append(m.rows, Row{Waiting: shield.Waiting{Order: o}})
		}
	}
}

// Row returns what became of an order.
func (m *Memory) Row(id evenkeel.OrderID) Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if r.Order.ID == id {
			return r
		}
	}
	return Row{}
}

// Left returns how many orders are not over.
func (m *Memory) Left() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if !r.Over {
			n++
		}
	}
	return n
}

// Pending returns all orders that are not over, up to the last of the due ones.
func (m *Memory) Pending(ctx context.Context, now evenkeel.Moment, most int) ([]shield.Waiting, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []shield.Waiting
	for _, r := range m.rows {
		if r.Over {
			continue
		}
		if most == 0 && !r.Order.Lift { // the lift of one before it may be among the rest
			continue
		}
		all = append(all, r.Waiting)
		if r.Next <= now && most > 0 {
			most--
		}
	}
	return all, ctx.Err()
}

// Done says that an order was taken.
func (m *Memory) Done(ctx context.Context, id evenkeel.OrderID, r evenkeel.Receipt) error {
	return m.change(ctx, id, func(row *Row) { row.Over, row.Receipt = true, r })
}

// Retry says when an order comes again.
func (m *Memory) Retry(ctx context.Context, id evenkeel.OrderID, at evenkeel.Moment, why string) error {
	return m.change(ctx, id, func(row *Row) { row.Attempts, row.Next, row.Why = row.Attempts+1, at, why })
}

// Failed says that an order was not taken.
func (m *Memory) Failed(ctx context.Context, id evenkeel.OrderID, why string) error {
	return m.change(ctx, id, func(row *Row) { row.Over, row.Why = true, why })
}

// change changes an order that is not over. To change one that is, changes nothing.
func (m *Memory) change(ctx context.Context, id evenkeel.OrderID, f func(*Row)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range m.rows {
		if m.rows[i].Order.ID == id {
			if !m.rows[i].Over {
				f(&m.rows[i])
			}
			return nil
		}
	}
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no order " + string(id)}
}
