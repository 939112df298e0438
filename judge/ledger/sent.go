package ledger

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
)

// dueSent is a notice or an order that has to be there, by a leaf.
type dueSent struct {
	what string // notice or order
	leaf int64
	at   evenkeel.Moment
	of   string // the decision
}

// owe notes which notice and which order go with the decision that leaf n commits to: a
// notice when it is announced, takes effect or is lifted; an order to enforce what has to be
// enforced, and one to let go of it.
func (c *checker) owe(n int64, l Leaf, id string) {
	if l.Mode != evenkeel.ModeLive || l.Measure == evenkeel.MeasureNone {
		return
	}
	d := evenkeel.DecisionID(id)
	if s := l.State; s == evenkeel.InForce || s == evenkeel.Held || s == evenkeel.Lifted {
		c.due[string(evenkeel.NewNoticeID(d, s))] = dueSent{"notice", n, l.At, id}
	}
	if s := l.State; l.Measure.Enforced() && (s == evenkeel.InForce || s == evenkeel.Lapsed || s == evenkeel.Lifted) {
		c.due[string(evenkeel.NewOrderID(d, s != evenkeel.InForce))] = dueSent{"order", n, l.At, id}
	}
}

// checkSent looks for the notices and orders that have to be there, and names the first leaf
// that one is missing of.
func (c *checker) checkSent() error {
	if c.log.Sent == nil || c.report.Fault != nil {
		return nil
	}
	for s, err := range c.log.Sent {
		if err != nil {
			return fmt.Errorf("verify ledger: read notices and orders: %w", err)
		}
		due, ok := c.due[s.ID]
		switch {
		case s.Unfit != "" && ok:
			c.miss(due, "the %s %s of decision %s is not as it was written: %s", due.what, s.ID, due.of, s.Unfit)
		case s.Unfit != "" && c.report.Fault == nil:
			c.report.Fault = &Fault{How: RowAltered, Leaf: -1, Until: -1, Says: fmt.Sprintf("%s is not as it was written: %s", s.ID, s.Unfit)}
		case ok && s.Unfit == "":
			c.report.Sent++
		}
		delete(c.due, s.ID)
	}
	for id, due := range c.due {
		c.miss(due, "the %s %s that goes with decision %s is not there", due.what, id, due.of)
	}
	return nil
}

// miss names a leaf whose notice or order is not as it has to be, if it is the first.
func (c *checker) miss(d dueSent, format string, args ...any) {
	if f := c.report.Fault; f == nil || f.Leaf < 0 || d.leaf < f.Leaf {
		c.report.Fault = faultAt(d.leaf, Leaf{Kind: KindDecision, At: d.at}, Unsent, format, args...)
	}
}
