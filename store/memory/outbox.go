package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// sentOrder is an order in the outbox, and what became of it.
type sentOrder struct {
	n      int // the order of their writing
	of     *file
	is     evenkeel.Order
	became docket.Dispatch
}

// sentNotice is a notice in the outbox, and what became of it.
type sentNotice struct {
	n      int
	of     *file
	is     evenkeel.Notice
	became docket.Dispatch
	post   docket.Dispatch // what became of it for machines: attempts, when the next is due, and why
}

// sent is all that was put into the outbox.
type sent struct {
	orders  map[evenkeel.OrderID]*sentOrder
	notices map[evenkeel.NoticeID]*sentNotice
	// Those that are not over, in the order of their writing: what is over costs nothing to
	// whoever looks what waits.
	waitingOrders  []*sentOrder
	waitingNotices []*sentNotice
	waitingPosts   []*sentNotice
}

func (s *state) keepOutbox(c *docket.Changes) {
	for _, o := range c.Orders {
		if s.sent.orders[o.ID] == nil {
			x := &sentOrder{n: len(s.sent.orders), of: s.decided[o.Decision], is: o, became: docket.Dispatch{Order: o.ID}}
			s.sent.orders[o.ID], x.of.orders, s.sent.waitingOrders = x, append(x.of.orders, x), append(s.sent.waitingOrders, x)
		}
	}
	for _, n := range c.Notices {
		if s.sent.notices[n.ID] == nil {
			x := &sentNotice{n: len(s.sent.notices), of: s.files[n.Case], is: n, became: docket.Dispatch{Notice: n.ID}}
			s.sent.notices[n.ID], x.of.notices, s.sent.waitingNotices = x, append(x.of.notices, x), append(s.sent.waitingNotices, x)
			s.sent.waitingPosts = append(s.sent.waitingPosts, x)
		}
	}
}

func (s *state) keepDispatches(c *docket.Changes) {
	for _, r := range c.Receipts {
		x := &s.sent.orders[r.Order].became
		x.Receipt, x.Heard = r, x.Heard+1
	}
	for _, d := range c.Deliveries {
		x := &s.sent.notices[d.Notice].became
		x.Deliveries = append(x.Deliveries, d)
	}
	for _, e := range c.Endings {
		s.endPage(&e)
		if x := s.sent.orders[e.Order]; e.Order != "" && end(&x.became, &e) {
			s.sent.waitingOrders = without(s.sent.waitingOrders, x, func(a, b *sentOrder) int { return cmp.Compare(a.n, b.n) })
		}
		if x := s.sent.notices[e.Notice]; e.Notice != "" && end(&x.became, &e) {
			s.sent.waitingNotices = without(s.sent.waitingNotices, x, func(a, b *sentNotice) int { return cmp.Compare(a.n, b.n) })
		}
	}
}

// end ends what waits, and says whether it did.
func end(d *docket.Dispatch, e *docket.Ending) bool {
	if d.Over != 0 {
		return false
	}
	d.Over, d.Failed, d.Next = e.At, e.Failed, 0
	if e.Failed {
		d.Why = e.Why
	}
	return true
}

// without takes x out of a sorted list.
func without[T any](list []T, x T, compare func(a, b T) int) []T {
	if i, found := slices.BinarySearchFunc(list, x, compare); found {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// orderOf is what became of a decision's order: nothing where there is none.
func (f *file) orderOf(d evenkeel.DecisionID) *docket.Dispatch {
	for i := len(f.orders) - 1; i >= 0; i-- {
		if x := f.orders[i]; x.is.Decision == d && !x.is.Lift {
			return &x.became
		}
	}
	return &docket.Dispatch{}
}

// fillSent fills in what a folder holds of orders and notices.
func (f *file) fillSent(out *docket.Folder) {
	for _, x := range f.notices {
		out.Notices = append(out.Notices, x.is)
		out.Dispatches = append(out.Dispatches, copied(x.became))
	}
	for _, x := range f.orders {
		out.Orders = append(out.Orders, x.is)
		out.Dispatches = append(out.Dispatches, x.became)
	}
}

func copied(d docket.Dispatch) docket.Dispatch {
	d.Deliveries = slices.Clone(d.Deliveries)
	return d
}

// Order returns an order, its case and what became of it.
func (x *tx) Order(id evenkeel.OrderID) (docket.SentOrder, error) {
	o := x.sent.orders[id]
	if o == nil {
		return docket.SentOrder{}, notFound("order", string(id))
	}
	return docket.SentOrder{Case: o.of.is, Entries: int64(len(o.of.entries)), Order: o.is, Dispatch: o.became}, nil
}

// Undone returns the decisions of a case whose order nobody carries out.
func (x *tx) Undone(c evenkeel.CaseID) (out []evenkeel.DecisionID, err error) {
	f := x.files[c]
	if f == nil {
		return nil, nil
	}
	for _, o := range f.orders {
		if !o.is.Lift && o.became.Undone() {
			out = append(out, o.is.Decision)
		}
	}
	return out, nil
}

// Notice returns a notice, its case and what became of it.
func (x *tx) Notice(id evenkeel.NoticeID) (docket.SentNotice, error) {
	n := x.sent.notices[id]
	if n == nil {
		return docket.SentNotice{}, notFound("notice", string(id))
	}
	return docket.SentNotice{Case: n.of.is, Entries: int64(len(n.of.entries)), Notice: n.is, Dispatch: copied(n.became)}, nil
}

// OrderOf returns an order as it was written.
func (b *Books) OrderOf(ctx context.Context, id evenkeel.OrderID) (evenkeel.Order, error) {
	if err := over(ctx); err != nil {
		return evenkeel.Order{}, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	o := b.kept.sent.orders[id]
	if o == nil {
		return evenkeel.Order{}, notFound("order", string(id))
	}
	return o.is, nil
}

// Outbox returns how many orders and notices are not over.
func (b *Books) Outbox(ctx context.Context) (orders, notices int, err error) {
	if err := over(ctx); err != nil {
		return 0, 0, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.kept.sent.waitingOrders), len(b.kept.sent.waitingNotices), nil
}

// PendingOrders returns orders that are due, with those that they wait for and with what lifts
// them.
func (b *Books) PendingOrders(ctx context.Context, now evenkeel.Moment, most int) ([]docket.WaitingOrder, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	chosen, decisions, last := map[*sentOrder]bool{}, map[evenkeel.DecisionID]int{}, map[evenkeel.AssetID]int{}
	for _, x := range dueFirst(b.kept.sent.waitingOrders, now, most, func(x *sentOrder) (evenkeel.Moment, int) { return x.became.Next, x.n }) {
		chosen[x] = true
		decisions[x.is.Decision] = max(decisions[x.is.Decision], x.n)
		for _, a := range x.is.Assets {
			last[a] = max(last[a], x.n)
		}
	}
	var out []docket.WaitingOrder
	for _, x := range b.kept.sent.waitingOrders {
		upTo, named := decisions[x.is.Decision]
		if chosen[x] || named && (x.is.Lift || x.n < upTo) || slices.ContainsFunc(x.is.Assets, func(a evenkeel.AssetID) bool { return x.n < last[a] }) {
			out = append(out, docket.WaitingOrder{Order: x.is, Attempts: x.became.Attempts, Next: x.became.Next})
		}
	}
	return out, nil
}

// PendingNotices returns notices that are due.
func (b *Books) PendingNotices(ctx context.Context, now evenkeel.Moment, most int) ([]docket.WaitingNotice, error) {
	return b.pending(ctx, now, most, func(s *sent) []*sentNotice { return s.waitingNotices }, func(x *sentNotice) *docket.Dispatch { return &x.became })
}

// PendingPosts returns notices that are due to be posted to machines.
func (b *Books) PendingPosts(ctx context.Context, now evenkeel.Moment, most int) ([]docket.WaitingNotice, error) {
	return b.pending(ctx, now, most, func(s *sent) []*sentNotice { return s.waitingPosts }, func(x *sentNotice) *docket.Dispatch { return &x.post })
}

func (b *Books) pending(ctx context.Context, now evenkeel.Moment, most int, which func(*sent) []*sentNotice, of func(*sentNotice) *docket.Dispatch) ([]docket.WaitingNotice, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	due := dueFirst(which(&b.kept.sent), now, most, func(x *sentNotice) (evenkeel.Moment, int) { return of(x).Next, x.n })
	slices.SortFunc(due, func(a, b *sentNotice) int { return cmp.Compare(a.n, b.n) })
	var out []docket.WaitingNotice
	for _, x := range due {
		out = append(out, docket.WaitingNotice{
			Notice: x.is, Attempts: of(x).Attempts, Next: of(x).Next, Deliveries: slices.Clone(x.became.Deliveries),
		})
	}
	return out, nil
}

// dueFirst returns those of a list that are due, those due longest first, at most so many.
func dueFirst[T any](list []T, now evenkeel.Moment, most int, when func(T) (evenkeel.Moment, int)) (due []T) {
	for _, x := range list {
		if next, _ := when(x); next <= now {
			due = append(due, x)
		}
	}
	slices.SortFunc(due, func(a, b T) int {
		nextA, a1 := when(a)
		nextB, b1 := when(b)
		return cmp.Or(cmp.Compare(nextA, nextB), cmp.Compare(a1, b1))
	})
	return due[:min(max(most, 0), len(due))]
}

// RetryOrder says that an attempt came to nothing, why, and when the next is due.
func (b *Books) RetryOrder(ctx context.Context, id evenkeel.OrderID, at evenkeel.Moment, why string) error {
	return b.change(ctx, func() error {
		x := b.kept.sent.orders[id]
		if x == nil {
			return notFound("order", string(id))
		}
		again(&x.became, at, why)
		return nil
	})
}

// RetryNotice is RetryOrder of a notice.
func (b *Books) RetryNotice(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error {
	return b.putOff(ctx, id, func(x *sentNotice) { again(&x.became, at, why) })
}

// RetryPost is RetryNotice of what waits to be posted.
func (b *Books) RetryPost(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error {
	return b.putOff(ctx, id, func(x *sentNotice) { again(&x.post, at, why) })
}

func (b *Books) putOff(ctx context.Context, id evenkeel.NoticeID, how func(*sentNotice)) error {
	return b.change(ctx, func() error {
		x := b.kept.sent.notices[id]
		if x == nil {
			return notFound("notice", string(id))
		}
		how(x)
		return nil
	})
}

// EndPosts says that notices wait for no machine any more.
func (b *Books) EndPosts(ctx context.Context, all ...evenkeel.NoticeID) error {
	return b.change(ctx, func() error {
		for _, id := range all {
			if b.kept.sent.notices[id] == nil {
				return notFound("notice", string(id))
			}
		}
		for _, id := range all {
			if x := b.kept.sent.notices[id]; x.post.Over == 0 {
				x.post.Over = 1
				b.kept.sent.waitingPosts = without(b.kept.sent.waitingPosts, x, func(a, b *sentNotice) int { return cmp.Compare(a.n, b.n) })
			}
		}
		return nil
	})
}

func again(d *docket.Dispatch, at evenkeel.Moment, why string) {
	if d.Over == 0 {
		d.Attempts, d.Next, d.Why = d.Attempts+1, at, why
	}
}
