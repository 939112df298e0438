package outboxtest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

// Memory is an outbox that is forgotten at the end, and that shows what is in it.
type Memory struct {
	mu   sync.Mutex
	rows []Row
}

// Row is a notice and what became of it.
type Row struct {
	courier.Waiting
	Over   bool
	Failed bool
	Why    string // of the last attempt, or of the failure
}

var _ courier.Outbox = (*Memory)(nil)

// Put puts notices in, each once.
func (m *Memory) Put(notices ...evenkeel.Notice) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range notices {
		if !slices.ContainsFunc(m.rows, func(r Row) bool { return r.Notice.ID == n.ID }) {
			m.rows = append(m.rows, Row{Waiting: courier.Waiting{Notice: n}})
		}
	}
}

// Row returns what became of a notice.
func (m *Memory) Row(id evenkeel.NoticeID) Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if r.Notice.ID == id {
			r.Deliveries = slices.Clone(r.Deliveries)
			return r
		}
	}
	return Row{}
}

// Left returns how many notices are not over.
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

// Pending returns those that are due longest, in the order in which they were put in.
func (m *Memory) Pending(ctx context.Context, now evenkeel.Moment, most int) ([]courier.Waiting, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []int
	for i, r := range m.rows {
		if !r.Over && r.Next <= now {
			due = append(due, i)
		}
	}
	slices.SortStableFunc(due, func(a, b int) int { return cmp.Compare(m.rows[a].Next, m.rows[b].Next) })
	due = due[:min(len(due), most)]
	slices.Sort(due)
	var all []courier.Waiting
	for _, i := range due {
		w := m.rows[i].Waiting
		w.Deliveries = slices.Clone(w.Deliveries)
		all = append(all, w)
	}
	return all, ctx.Err()
}

// Delivered says that one recipient is settled.
func (m *Memory) Delivered(ctx context.Context, id evenkeel.NoticeID, d courier.Delivery) error {
	return m.change(ctx, id, true, func(r *Row) {
		again := func(x courier.Delivery) bool { return x.Channel == d.Channel && x.To == d.To }
		if !slices.ContainsFunc(r.Deliveries, again) {
			r.Deliveries = append(r.Deliveries, d)
		}
	})
}

// Retry says when a notice comes again.
func (m *Memory) Retry(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error {
	return m.change(ctx, id, false, func(r *Row) { r.Attempts, r.Next, r.Why = r.Attempts+1, at, why })
}

// Done says that all recipients are settled.
func (m *Memory) Done(ctx context.Context, id evenkeel.NoticeID) error {
	return m.change(ctx, id, false, func(r *Row) { r.Over = true })
}

// Failed says that nobody could be told.
func (m *Memory) Failed(ctx context.Context, id evenkeel.NoticeID, why string) error {
	return m.change(ctx, id, false, func(r *Row) { r.Over, r.Failed, r.Why = true, true, why })
}

// change changes a notice; one that is over only where it may be.
func (m *Memory) change(ctx context.Context, id evenkeel.NoticeID, over bool, f func(*Row)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range m.rows {
		if m.rows[i].Notice.ID == id {
			if over || !m.rows[i].Over {
				f(&m.rows[i])
			}
			return nil
		}
	}
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no notice " + string(id)}
}
