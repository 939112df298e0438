package storetest

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var outbox = []promise{
	{"orders and notices are in the file of their case, in the order of their writing", func(t *testing.T, s *scene) {
		c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 0)
		a, b, x := aDecision(c, 5, evenkeel.InForce), aDecision(c, 1, evenkeel.InForce), aDecision(other, 3, evenkeel.InForce)
		s.put(docket.Changes{
			Cases: []evenkeel.Case{c, other}, Decisions: []evenkeel.Decision{a, b, x},
			Orders: []evenkeel.Order{anOrder(b, false), anOrder(x, false)}, Notices: []evenkeel.Notice{aNotice(b), aNotice(x)},
		})
		s.put(docket.Changes{Orders: []evenkeel.Order{anOrder(a, false), anOrder(b, true)}, Notices: []evenkeel.Notice{aNotice(a)}})
		f := s.folder(c.ID)
		same(t, "the orders", f.Orders, []evenkeel.Order{anOrder(b, false), anOrder(a, false), anOrder(b, true)})
		same(t, "the notices", f.Notices, []evenkeel.Notice{aNotice(b), aNotice(a)})
	}},
	{"an order and a notice go out once: the same id again changes nothing", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		d := aDecision(c, 1, evenkeel.InForce)
		o, n := anOrder(d, false), aNotice(d)
		first := docket.Changes{Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{d}, Orders: []evenkeel.Order{o, o}, Notices: []evenkeel.Notice{n, n}}
		s.put(first)
		o.Until, n.Says = at(999), "other words"
		s.put(docket.Changes{Orders: []evenkeel.Order{o}, Notices: []evenkeel.Notice{n}})
		f := s.folder(c.ID)
		same(t, "the orders", f.Orders, first.Orders[:1])
		same(t, "the notices", f.Notices, first.Notices[:1])
	}},
}
