package memory

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (c *checker) checkOutbox() error {
	for i := range c.in.Orders {
		if o := &c.in.Orders[i]; o.ID == "" || c.decisionOf(o.Decision) == nil {
			return evenkeel.Invalid("order %q of decision %q; expected an id, and a decision that is kept", o.ID, o.Decision)
		}
	}
	for i := range c.in.Notices {
		if n := &c.in.Notices[i]; n.ID == "" || c.decisionOf(n.Decision) == nil || c.caseOf(n.Case) == nil {
			return evenkeel.Invalid("notice %q of decision %q and case %q; expected an id, and both kept", n.ID, n.Decision, n.Case)
		}
	}
	return nil
}

// hasOrder says whether an order is kept, or will be.
func (c *checker) hasOrder(id evenkeel.OrderID) bool {
	for i := range c.in.Orders {
		if c.in.Orders[i].ID == id {
			return true
		}
	}
	return c.sent.orders[id] != nil
}

// hasNotice says whether a notice is kept, or will be.
func (c *checker) hasNotice(id evenkeel.NoticeID) bool {
	for i := range c.in.Notices {
		if c.in.Notices[i].ID == id {
			return true
		}
	}
	return c.sent.notices[id] != nil
}

func (c *checker) checkDispatches() error {
	for _, r := range c.in.Receipts {
		if !c.hasOrder(r.Order) || r.State != 0 && bad(r.State) {
			return evenkeel.Invalid("receipt of order %q, %s; expected an order that is kept", r.Order, r.State)
		}
	}
	for _, d := range c.in.Deliveries {
		if !c.hasNotice(d.Notice) {
			return evenkeel.Invalid("delivery of notice %q; expected one that is kept", d.Notice)
		}
	}
	for _, e := range c.in.Endings {
		if !c.mayEnd(&e) {
			return evenkeel.Invalid("end of order %q, notice %q or page %q at %s; expected one of them that is kept, and when", e.Order, e.Notice, e.Page, e.At)
		}
	}
	return nil
}

func (c *checker) mayEnd(e *docket.Ending) bool {
	switch _, ok := e.Of(); {
	case !ok:
		return false
	case e.Page != "":
		return c.hasPage(e.Page)
	case e.Order != "":
		return c.hasOrder(e.Order)
	}
	return c.hasNotice(e.Notice)
}
