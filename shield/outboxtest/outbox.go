package outboxtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// Open opens an empty outbox, with how orders are put into it.
type Open func(t testing.TB) (out shield.Outbox, put func(...evenkeel.Order))

// Run holds an outbox to its promises.
func Run(t *testing.T, open Open) {
	for _, p := range promises {
		t.Run(p.says, func(t *testing.T) {
			out, put := open(t)
			p.holds(&scene{t, out, put})
		})
	}
}

type scene struct {
	t   *testing.T
	out shield.Outbox
	put func(...evenkeel.Order)
}

// order makes one: "d1 a,b" is to enforce decision d1 on the assets a and b, "-d1 a,b" lifts it.
func order(says string) evenkeel.Order {
	d, assets, _ := strings.Cut(says, " ")
	decision, lift := strings.CutPrefix(d, "-")
	o := evenkeel.Order{
		ID: evenkeel.OrderID("o" + d), Decision: evenkeel.DecisionID(decision), Tenant: "t", Measure: evenkeel.MeasureThrottle,
		From: 1, Until: 1000, Lift: lift, Params: map[string]string{"cpu": "20%"},
	}
	for a := range strings.SplitSeq(assets, ",") {
		o.Assets = append(o.Assets, evenkeel.AssetID(a))
	}
	return o
}

func (s *scene) puts(says ...string) {
	for _, x := range says {
		s.put(order(x))
	}
}

// pending expects orders among those that are pending, in this sequence.
func (s *scene) pending(now evenkeel.Moment, most int, want ...string) []shield.Waiting {
	s.t.Helper()
	all, err := s.out.Pending(s.t.Context(), now, most)
	if err != nil {
		s.t.Fatal(err)
	}
	i := 0
	var got []string
	for _, w := range all {
		got = append(got, string(w.Order.ID))
		if i < len(want) && string(w.Order.ID) == "o"+want[i] {
			i++
		}
	}
	if i < len(want) {
		s.t.Fatalf("at %d %v are pending; expected %v among them, in this sequence", now, got, want)
	}
	return all
}

func (s *scene) gone(now evenkeel.Moment, id string) {
	s.t.Helper()
	for _, w := range s.pending(now, 100) {
		if string(w.Order.ID) == "o"+id {
			s.t.Errorf("%s is pending at %d", id, now)
		}
	}
}

func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

var promises = []struct {
	says  string
	holds func(s *scene)
}{
	{"orders come whole, in the order in which they were put in, and are due at once", func(s *scene) {
		s.puts("d2 b", "d1 a", "-d2 b")
		all := s.pending(5, 100, "d2", "d1", "-d2")
		if len(all) != 3 || fmt.Sprint(all[0].Order) != fmt.Sprint(order("d2 b")) || all[0].Attempts != 0 || all[0].Next > 5 {
			s.t.Errorf("got %+v", all)
		}
	}},
	{"an order goes in once", func(s *scene) {
		s.puts("d1 a", "d1 a")
		if all := s.pending(5, 100, "d1"); len(all) != 1 {
			s.t.Errorf("got %+v", all)
		}
		s.ok(s.out.Done(s.t.Context(), "od1", evenkeel.Receipt{Order: "od1"}))
		s.puts("d1 a")
		s.gone(5, "d1")
	}},
	{"what is done is over, confirmed or not", func(s *scene) {
		s.puts("d1 a", "d2 b")
		s.ok(s.out.Done(s.t.Context(), "od1", evenkeel.Receipt{Order: "od1", State: evenkeel.ReceiptApplied, Node: "n", At: 5}))
		s.ok(s.out.Done(s.t.Context(), "od2", evenkeel.Receipt{Order: "od2", Node: "n", At: 5}))
		s.gone(5000, "d1")
		s.gone(5000, "d2")
	}},
	{"what failed is over", func(s *scene) {
		s.puts("d1 a")
		s.ok(s.out.Failed(s.t.Context(), "od1", "it answered 400"))
		s.gone(5000, "d1")
	}},
	{"what is over stays over", func(s *scene) {
		s.puts("d1 a")
		s.ok(s.out.Done(s.t.Context(), "od1", evenkeel.Receipt{Order: "od1"}))
		s.ok(s.out.Retry(s.t.Context(), "od1", 6, "late"))
		s.gone(5000, "d1")
	}},
	{"an order that comes again says how often it was tried and when it is due", func(s *scene) {
		s.puts("d1 a")
		s.ok(s.out.Retry(s.t.Context(), "od1", 20, "no answer"))
		s.ok(s.out.Retry(s.t.Context(), "od1", 40, "no answer"))
		if w := s.pending(40, 100, "d1")[0]; w.Attempts != 2 || w.Next != 40 {
			s.t.Errorf("got %+v", w)
		}
	}},
	{"an order that is not due comes in front of a later one about its asset", func(s *scene) {
		s.puts("d1 a,b", "d2 b,c")
		s.ok(s.out.Retry(s.t.Context(), "od1", 500, "no answer"))
		s.pending(5, 100, "d1", "d2")
	}},
	{"an order that is not due comes in front of its decision's lift", func(s *scene) {
		s.puts("d1 a", "-d1 a")
		s.ok(s.out.Retry(s.t.Context(), "od1", 500, "no answer"))
		s.pending(5, 100, "d1", "-d1")
	}},
	{"a lift that is not due comes with its decision's order", func(s *scene) {
		s.puts("d1 a", "-d1 a")
		s.ok(s.out.Retry(s.t.Context(), "o-d1", 500, "no answer"))
		s.pending(5, 1, "d1", "-d1")
	}},
	{"what is not due does not keep what is due from being found", func(s *scene) {
		for i := range 20 {
			s.puts(fmt.Sprintf("d%d a%d", i, i))
			s.ok(s.out.Retry(s.t.Context(), evenkeel.OrderID(fmt.Sprintf("od%d", i)), 500, "no answer"))
		}
		s.puts("new z")
		s.pending(5, 1, "new")
	}},
	{"an order that was never put in is not found", func(s *scene) {
		if err := s.out.Done(s.t.Context(), "o-none", evenkeel.Receipt{Order: "o-none"}); evenkeel.KindOf(err) != evenkeel.KindNotFound {
			s.t.Errorf("got %v", err)
		}
	}},
}
