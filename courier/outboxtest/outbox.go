package outboxtest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

// Open opens an empty outbox, with how notices are put into it.
type Open func(t testing.TB) (out courier.Outbox, put func(...evenkeel.Notice))

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
	out courier.Outbox
	put func(...evenkeel.Notice)
}

// Notice makes a whole one of that id.
func Notice(id string) evenkeel.Notice {
	return evenkeel.Notice{
		ID: evenkeel.NoticeID(id), Case: evenkeel.CaseID("c-" + id), Decision: evenkeel.DecisionID("d-" + id), Tenant: "t", Family: "mining",
		At: 1, State: evenkeel.InForce, Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-1"}, From: 1, Until: 1000,
		Seen:  []evenkeel.Term{{Name: "pinned", Family: evenkeel.EvidenceUsage, Value: evenkeel.Reading{Value: 1, Known: true}, Weight: 1, Says: "The CPU was busy."}},
		Since: 1, Keeps: []string{"data can be read"}, Clause: "Machines may not mine.", Policy: "p", Automatic: true, AnswerBy: 900, PersonBy: 500, Appeal: 5000,
	}
}

func (s *scene) puts(ids ...string) {
	for _, id := range ids {
		s.put(Notice(id))
	}
}

// pending expects exactly these notices, in this sequence.
func (s *scene) pending(now evenkeel.Moment, most int, want ...string) []courier.Waiting {
	s.t.Helper()
	all, err := s.out.Pending(s.t.Context(), now, most)
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, w := range all {
		got = append(got, string(w.Notice.ID))
	}
	if !slices.Equal(got, want) {
		s.t.Fatalf("at %d %v are pending; expected %v", now, got, want)
	}
	return all
}

func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func delivery(n, to string, refused bool) courier.Delivery {
	return courier.Delivery{
		Notice: evenkeel.NoticeID(n), Channel: "mail", To: to, Message: n + "@example.com", At: 7, Refused: refused, Says: "250 taken",
	}
}

var promises = []struct {
	says  string
	holds func(s *scene)
}{
	{"notices come whole, in the order in which they were put in, and are due at once", func(s *scene) {
		s.puts("n-2", "n-1", "n-3")
		all := s.pending(5, 100, "n-2", "n-1", "n-3")
		if fmt.Sprint(all[0].Notice) != fmt.Sprint(Notice("n-2")) || all[0].Attempts != 0 || all[0].Next > 5 || len(all[0].Deliveries) != 0 {
			s.t.Errorf("got %+v", all[0])
		}
	}},
	{"a notice goes in once", func(s *scene) {
		s.puts("n-1", "n-1")
		s.pending(5, 100, "n-1")
		s.ok(s.out.Done(s.t.Context(), "n-1"))
		s.puts("n-1")
		s.pending(5, 100)
	}},
	{"a recipient who is settled is kept with the notice, once", func(s *scene) {
		s.puts("n-1")
		s.ok(s.out.Delivered(s.t.Context(), "n-1", delivery("n-1", "owner", false)))
		s.ok(s.out.Delivered(s.t.Context(), "n-1", delivery("n-1", "owner", false)))
		s.ok(s.out.Delivered(s.t.Context(), "n-1", delivery("n-1", "admin", true)))
		want := []courier.Delivery{delivery("n-1", "owner", false), delivery("n-1", "admin", true)}
		if got := s.pending(8, 100, "n-1")[0].Deliveries; !slices.Equal(got, want) {
			s.t.Errorf("got %+v", got)
		}
	}},
	{"what is done, or failed, is over and stays over", func(s *scene) {
		s.puts("n-1", "n-2")
		s.ok(s.out.Delivered(s.t.Context(), "n-1", delivery("n-1", "owner", false)))
		s.ok(s.out.Done(s.t.Context(), "n-1"))
		s.ok(s.out.Failed(s.t.Context(), "n-2", "no contact is known"))
		s.pending(5000, 100)
		s.ok(s.out.Retry(s.t.Context(), "n-1", 6, "late"))
		s.ok(s.out.Retry(s.t.Context(), "n-2", 6, "late"))
		s.pending(5000, 100)
	}},
	{"a notice that comes again says how often it was tried and when it is due", func(s *scene) {
		s.puts("n-1")
		s.ok(s.out.Retry(s.t.Context(), "n-1", 20, "no answer"))
		s.pending(19, 100)
		s.ok(s.out.Retry(s.t.Context(), "n-1", 40, "no answer"))
		s.pending(39, 100)
		if w := s.pending(40, 100, "n-1")[0]; w.Attempts != 2 || w.Next != 40 {
			s.t.Errorf("got %+v", w)
		}
	}},
	{"those due longest come first, and stand in the order of their writing", func(s *scene) {
		s.puts("n-1", "n-2", "n-3", "n-4")
		s.ok(s.out.Retry(s.t.Context(), "n-1", 30, "no answer"))
		s.ok(s.out.Retry(s.t.Context(), "n-2", 20, "no answer"))
		s.pending(40, 3, "n-2", "n-3", "n-4")
		s.pending(40, 4, "n-1", "n-2", "n-3", "n-4")
	}},
	{"what is not due does not keep what is due from being found", func(s *scene) {
		for i := range 20 {
			id := fmt.Sprintf("n-%d", i)
			s.puts(id)
			s.ok(s.out.Retry(s.t.Context(), evenkeel.NoticeID(id), 500, "no answer"))
		}
		s.puts("new")
		s.pending(5, 1, "new")
	}},
	{"a notice that was never put in is not found", func(s *scene) {
		for what, err := range map[string]error{
			"delivered": s.out.Delivered(s.t.Context(), "none", delivery("none", "owner", false)),
			"retry":     s.out.Retry(s.t.Context(), "none", 5, "why"),
			"done":      s.out.Done(s.t.Context(), "none"),
			"failed":    s.out.Failed(s.t.Context(), "none", "why"),
		} {
			if evenkeel.KindOf(err) != evenkeel.KindNotFound {
				s.t.Errorf("%s: %v", what, err)
			}
		}
	}},
}
