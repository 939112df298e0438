package pagetest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/page"
)

// Memory is a list that is forgotten at the end, and that shows what is in it. Safe for concurrent
// use.
type Memory struct {
	mu   sync.Mutex
	rows []Row
	down error // what every call but Waiting is answered with
}

// Row is a call and what became of it.
type Row struct {
	page.Waiting
	Over   bool
	Failed bool
	Why    string // of the last round, or of the failure
}

var _ page.List = (*Memory)(nil)

// Put puts calls in, each once.
func (m *Memory) Put(calls ...page.Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range calls {
		if !slices.ContainsFunc(m.rows, func(r Row) bool { return r.Call.ID == c.ID }) {
			m.rows = append(m.rows, Row{Waiting: page.Waiting{Call: c}})
		}
	}
}

// Row returns what became of a call.
func (m *Memory) Row(id page.ID) Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if r.Call.ID == id {
			r.Attempts = slices.Clone(r.Attempts)
			return r
		}
	}
	return Row{}
}

// Down makes the list take nothing, with this error; nil: it takes again.
func (m *Memory) Down(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = err
}

// Waiting returns what is due.
func (m *Memory) Waiting(_ context.Context, now evenkeel.Moment, most int) (all []page.Waiting, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if !r.Over && r.Next <= now {
			w := r.Waiting
			w.Attempts = slices.Clone(w.Attempts)
			all = append(all, w)
		}
	}
	slices.SortStableFunc(all, func(a, b page.Waiting) int { return cmp.Compare(a.Next, b.Next) })
	return all[:min(len(all), max(most, 0))], nil
}

// Tried writes an attempt down.
func (m *Memory) Tried(_ context.Context, id page.ID, a page.Attempt) error {
	return m.change(id, func(r *Row) {
		if !slices.Contains(r.Attempts, a) {
			r.Attempts = append(r.Attempts, a)
		}
	})
}

// Retry puts a call off.
func (m *Memory) Retry(_ context.Context, id page.ID, at evenkeel.Moment, why string) error {
	return m.change(id, func(r *Row) { r.Rounds, r.Next, r.Why = r.Rounds+1, at, why })
}

// Delivered ends a call that somebody has.
func (m *Memory) Delivered(_ context.Context, id page.ID) error {
	return m.change(id, func(r *Row) { r.Over = true })
}

// Failed ends a call that nobody has.
func (m *Memory) Failed(_ context.Context, id page.ID, why string) error {
	return m.change(id, func(r *Row) { r.Over, r.Failed, r.Why = true, true, why })
}

func (m *Memory) change(id page.ID, how func(*Row)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	for i := range m.rows {
		if r := &m.rows[i]; r.Call.ID == id {
			if !r.Over {
				how(r)
			}
			return nil
		}
	}
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no call " + string(id)}
}
