package fleet

import (
	"context"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// errand is an order that waits for the answer of one host.
type errand struct {
	order evenkeel.Order
	waits []chan evenkeel.Receipt // whoever waits for it; each has room for one
	next  *errand                 // the same order about other guests: what the host answers now is not of them
}

// put puts an order on the desk of a host, where it is not there already, and returns where its answer comes. Whoever
// does not wait for it any more says so by leave.
func (f *Fleet) put(host string, o *evenkeel.Order) chan evenkeel.Receipt {
	f.mu.Lock()
	defer f.mu.Unlock()
	said := make(chan evenkeel.Receipt, 1)
	if e := f.errand(host, o.ID); e != nil {
		if !slices.Equal(e.order.Assets, o.Assets) {
			if e.next == nil {
				e.next = &errand{}
			}
			e = e.next
			e.order = *o
		}
		e.waits = append(e.waits, said)
		return said
	}
	desk := f.desks[host]
	if len(desk) >= MostErrands {
		desk = slices.Delete(desk, 0, 1)
	}
	f.desks[host] = append(desk, &errand{order: *o, waits: []chan evenkeel.Receipt{said}})
	return said
}

// leave says that nobody waits any more for what a host says of an order.
func (f *Fleet) leave(host string, said chan evenkeel.Receipt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.desks[host] {
		for ; e != nil; e = e.next {
			e.waits = slices.DeleteFunc(e.waits, func(w chan evenkeel.Receipt) bool { return w == said })
		}
	}
}

// Pending returns what waits for a host, in the order in which it came. What is over by now has left, but for lifts:
// they are answered, too, when nothing stands any more.
func (f *Fleet) Pending(_ context.Context, host string) ([]evenkeel.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	desk := slices.DeleteFunc(f.desks[host], func(e *errand) bool { return e.order.Until <= now && !e.order.Lift })
	if len(desk) == 0 {
		delete(f.desks, host)
		return nil, nil
	}
	f.desks[host] = desk
	out := make([]evenkeel.Order, len(desk))
	for i, e := range desk {
		out[i] = e.order
	}
	return out, nil
}

// Answer takes what a host says of an order: what waits for the host is answered only by what it says of just that. Where nobody
// waits for it any more it goes to the books, with what the other hosts of the order said; their error is returned, and then the
// order goes on waiting.
func (f *Fleet) Answer(ctx context.Context, host string, r evenkeel.Receipt) error {
	asked, spoke := r.Asked, host
	r.Node, r.Asked = host, ""
	if asked == "" { // hosts are brought up to date one by one: an older agent says it in words alone
		r.NotHeld = strings.Contains(r.Why, plan.NotHeld)
	}
	f.mu.Lock()
	mine := f.errand(host, r.Order)
	if mine != nil && asked != "" && asked != mine.order.Part() { // it was said before, or of other guests
		mine, spoke = nil, ""
	}
	if mine != nil && len(mine.waits) > 0 {
		if a := f.answers[r.Order]; a != nil {
			a.heard(&r)
		}
		for _, said := range mine.waits {
			said <- r // it has room: an errand leaves with its answer
		}
		f.drop(host, mine)
		f.mu.Unlock()
		return nil
	}
	f.mu.Unlock()
	if err := f.late(ctx, &r, spoke); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(host, mine)
	return nil
}

// errand is what waits on the desk of a host of an order, or nil. The lock is held.
func (f *Fleet) errand(host string, id evenkeel.OrderID) *errand {
	desk := f.desks[host]
	if at := slices.IndexFunc(desk, func(e *errand) bool { return e.order.ID == id }); at >= 0 {
		return desk[at]
	}
	return nil
}

// drop takes an errand from a desk, and puts there what waited behind it. The lock is held.
func (f *Fleet) drop(host string, e *errand) {
	desk := f.desks[host]
	at := slices.Index(desk, e)
	switch {
	case at >= 0 && e.next != nil:
		desk[at] = e.next
		if f.roster != nil {
			go f.roster.Nudge(host)
		}
	case at >= 0:
		desk = slices.Delete(desk, at, at+1)
	}
	if f.desks[host] = desk; len(desk) == 0 {
		delete(f.desks, host)
	}
}
