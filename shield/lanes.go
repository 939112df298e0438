package shield

import "github.com/evenkeel/evenkeel"

// step is an order that may leave now.
type step struct {
	Waiting
	// overtaken: the lift of its decision is waiting already, so it is not sent any more.
	overtaken bool
}

// lanes sorts out which orders may leave now. Two about one asset leave in the order in which
// they were put in, so that a node which keeps one state per asset ends up with the right
// one. Two exceptions serve the tenant: a lift waits for nothing but its own decision's order
// while that is on its way, and an order that is over holds nobody up.
type lanes struct {
	now    evenkeel.Moment
	flying map[evenkeel.OrderID]bool // on their way

	lifted  map[evenkeel.DecisionID]bool // a lift waits
	ahead   map[evenkeel.DecisionID]bool // an earlier order to enforce is not over
	claimed map[evenkeel.AssetID]bool    // an earlier order about it is not over
}

// ready returns the orders of all those that wait which may leave, and when the next of the
// others is due (0 where none is).
func ready(all []Waiting, flying map[evenkeel.OrderID]bool, now evenkeel.Moment) (steps []step, next evenkeel.Moment) {
	l := lanes{
		now: now, flying: flying, lifted: map[evenkeel.DecisionID]bool{},
		ahead: map[evenkeel.DecisionID]bool{}, claimed: map[evenkeel.AssetID]bool{},
	}
	for i := range all {
		if o := &all[i].Order; o.Lift {
			l.lifted[o.Decision] = true
		}
	}
	for i := range all {
		w := &all[i]
		at, free := l.free(w)
		switch {
		case flying[w.Order.ID] || !free:
		case at <= now:
			steps = append(steps, step{*w, !w.Order.Lift && l.lifted[w.Order.Decision]})
		case next == 0 || at < next:
			next = at
		}
		l.pass(&w.Order)
	}
	return steps, next
}

// free says when an order is due, and whether no earlier one holds it up. What is only to be
// written down, and not sent, is due at once.
func (l *lanes) free(w *Waiting) (at evenkeel.Moment, free bool) {
	o := &w.Order
	switch {
	case o.Lift:
		return w.Next, !l.ahead[o.Decision]
	case l.lifted[o.Decision], o.Until <= l.now:
		return 0, true
	}
	for _, a := range o.Assets {
		if l.claimed[a] {
			return 0, false
		}
	}
	return w.Next, true
}

// pass notes an order for those behind it.
func (l *lanes) pass(o *evenkeel.Order) {
	if !o.Lift {
		l.ahead[o.Decision] = true
	}
	if o.Until <= l.now && !l.flying[o.ID] {
		return
	}
	for _, a := range o.Assets {
		l.claimed[a] = true
	}
}
