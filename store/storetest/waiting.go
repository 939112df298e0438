package storetest

import (
	"context"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (s *scene) noError(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) pendingOrders(now evenkeel.Moment, most int) []evenkeel.OrderID {
	s.t.Helper()
	all := must(s.t, func(ctx context.Context) ([]docket.WaitingOrder, error) { return s.books.PendingOrders(ctx, now, most) })
	return ids(all, func(w *docket.WaitingOrder) evenkeel.OrderID { return w.Order.ID })
}

func (s *scene) pendingNotices(now evenkeel.Moment, most int) []docket.WaitingNotice {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.WaitingNotice, error) {
		return s.books.PendingNotices(ctx, now, most)
	})
}

func (s *scene) pendingPosts(now evenkeel.Moment, most int) []docket.WaitingNotice {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.WaitingNotice, error) { return s.books.PendingPosts(ctx, now, most) })
}

func (s *scene) outbox() [2]int {
	s.t.Helper()
	orders, notices, err := s.books.Outbox(s.t.Context())
	s.noError(err)
	return [2]int{orders, notices}
}

// orders puts orders of one decision each, on the assets that are named, and returns their ids.
func (s *scene) orders(assets ...evenkeel.AssetID) (decisions []evenkeel.Decision, ids []evenkeel.OrderID) {
	s.t.Helper()
	c := aCase("raisup", "mining", 0)
	changes := docket.Changes{Cases: []evenkeel.Case{c}}
	for n, a := range assets {
		d := aDecision(c, n, evenkeel.InForce)
		d.Assets = []evenkeel.AssetID{a}
		changes.Decisions, changes.Orders = append(changes.Decisions, d), append(changes.Orders, anOrder(d, false))
		decisions, ids = append(decisions, d), append(ids, anOrder(d, false).ID)
	}
	s.put(changes)
	return decisions, ids
}

var waits = []promise{
	{"orders wait until they are over, and say how often they were tried", func(t *testing.T, s *scene) {
		_, _, o, _ := s.sent()
		waiting := func() []docket.WaitingOrder {
			return must(t, func(ctx context.Context) ([]docket.WaitingOrder, error) { return s.books.PendingOrders(ctx, at(5), 9) })
		}
		same(t, "what waits", waiting(), []docket.WaitingOrder{{Order: o}})
		s.noError(s.books.RetryOrder(t.Context(), o.ID, at(4), "no answer"))
		s.noError(s.books.RetryOrder(t.Context(), o.ID, at(5), "no answer"))
		same(t, "what waits then", waiting(), []docket.WaitingOrder{{Order: o, Attempts: 2, Next: at(5)}})
		same(t, "what waits before it is due", s.pendingOrders(at(5)-1, 9), []evenkeel.OrderID{})
		same(t, "none of what waits", s.pendingOrders(at(5), 0), []evenkeel.OrderID{})
		same(t, "less than none", s.pendingOrders(at(5), -1), []evenkeel.OrderID{})
		same(t, "how many wait", s.outbox(), [2]int{1, 1})
		s.put(docket.Changes{Endings: []docket.Ending{{Order: o.ID, At: at(6)}}})
		same(t, "what waits at the end", s.pendingOrders(at(99), 9), []evenkeel.OrderID{})
		same(t, "how many wait at the end", s.outbox(), [2]int{0, 1})
		s.put(docket.Changes{Orders: []evenkeel.Order{o}})
		same(t, "what waits after it was written again", s.pendingOrders(at(99), 9), []evenkeel.OrderID{})
	}},
	{"of orders that are due those come that are due longest, in the order of their writing", func(t *testing.T, s *scene) {
		_, id := s.orders("a", "b", "c", "d")
		for n, next := range []int{3, 1, 2} {
			s.noError(s.books.RetryOrder(t.Context(), id[n], at(next), "busy"))
		}
		same(t, "the first three", s.pendingOrders(at(9), 3), []evenkeel.OrderID{id[1], id[2], id[3]})
		same(t, "the first", s.pendingOrders(at(9), 1), []evenkeel.OrderID{id[3]})
		same(t, "all", s.pendingOrders(at(9), 9), id)
	}},
	{"with an order come earlier ones about its asset, and no later ones, due or not", func(t *testing.T, s *scene) {
		_, id := s.orders("a", "b", "a", "a", "b")
		for _, n := range []int{0, 1, 3, 4} {
			s.noError(s.books.RetryOrder(t.Context(), id[n], at(99), "busy"))
		}
		same(t, "what is due and what it waits for", s.pendingOrders(at(1), 1), []evenkeel.OrderID{id[0], id[2]})
		s.put(docket.Changes{Endings: []docket.Ending{{Order: id[0], At: at(1), Failed: true}}})
		same(t, "what is due, once nothing is before it", s.pendingOrders(at(1), 1), []evenkeel.OrderID{id[2]})
	}},
	{"with an order come the other orders of its decision, whatever they name", func(t *testing.T, s *scene) {
		d, id := s.orders("a")
		lift := anOrder(d[0], true)
		lift.Assets = []evenkeel.AssetID{"z"}
		s.put(docket.Changes{Orders: []evenkeel.Order{lift}})
		for _, off := range []evenkeel.OrderID{id[0], lift.ID} {
			s.noError(s.books.RetryOrder(t.Context(), off, at(50), "busy"))
			same(t, "both", s.pendingOrders(at(1), 1), []evenkeel.OrderID{id[0], lift.ID})
			s.noError(s.books.RetryOrder(t.Context(), off, at(0), "busy"))
		}
	}},
	{"notices wait until they are over, with what was delivered of them", func(t *testing.T, s *scene) {
		_, _, _, n := s.sent()
		same(t, "what waits", s.pendingNotices(at(1), 9), []docket.WaitingNotice{{Notice: n}})
		s.put(docket.Changes{Deliveries: []docket.Delivery{aDelivery(n, 1)}})
		s.noError(s.books.RetryNotice(t.Context(), n.ID, at(5), "busy"))
		same(t, "what waits before it is due", s.pendingNotices(at(5)-1, 9), nil)
		same(t, "what waits then", s.pendingNotices(at(5), 9), []docket.WaitingNotice{{Notice: n, Attempts: 1, Next: at(5), Deliveries: []docket.Delivery{aDelivery(n, 1)}}})
		same(t, "none of what waits", s.pendingNotices(at(5), 0), nil)
		s.put(docket.Changes{Endings: []docket.Ending{{Notice: n.ID, At: at(6)}}})
		same(t, "what waits at the end", s.pendingNotices(at(99), 9), nil)
		same(t, "how many wait at the end", s.outbox(), [2]int{1, 0})
	}},
	{"of notices that are due those come that are due longest, in the order of their writing", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		changes := docket.Changes{Cases: []evenkeel.Case{c}}
		for n := range 3 {
			d := aDecision(c, n, evenkeel.InForce)
			changes.Decisions, changes.Notices = append(changes.Decisions, d), append(changes.Notices, aNotice(d))
		}
		s.put(changes)
		id := func(w *docket.WaitingNotice) evenkeel.NoticeID { return w.Notice.ID }
		n := changes.Notices
		s.noError(s.books.RetryNotice(t.Context(), n[0].ID, at(2), "busy"))
		s.noError(s.books.RetryNotice(t.Context(), n[1].ID, at(3), "busy"))
		same(t, "the first two", ids(s.pendingNotices(at(9), 2), id), []evenkeel.NoticeID{n[0].ID, n[2].ID})
		same(t, "all", ids(s.pendingNotices(at(9), 9), id), []evenkeel.NoticeID{n[0].ID, n[1].ID, n[2].ID})
	}},
	{"a notice waits for machines beside people, and neither changes the other's row", func(t *testing.T, s *scene) {
		c, _, _, n := s.sent()
		same(t, "what waits to be posted", s.pendingPosts(at(1), 9), []docket.WaitingNotice{{Notice: n}})
		s.noError(s.books.RetryPost(t.Context(), n.ID, at(5), "no answer"))
		same(t, "before it is due", s.pendingPosts(at(5)-1, 9), nil)
		same(t, "for people", s.pendingNotices(at(1), 9), []docket.WaitingNotice{{Notice: n}})
		same(t, "who was told in vain, which a machine is not", s.folder(c.ID).Untold, 0)
		s.put(docket.Changes{Notices: []evenkeel.Notice{n}, Endings: []docket.Ending{{Notice: n.ID, At: at(6), Failed: true}}})
		same(t, "once people are done with", s.pendingPosts(at(5), 9), []docket.WaitingNotice{{Notice: n, Attempts: 1, Next: at(5)}})
		same(t, "none of it", s.pendingPosts(at(5), 0), nil)
		if err := s.books.EndPosts(t.Context(), n.ID, "n-none"); evenkeel.KindOf(err) != evenkeel.KindNotFound || len(s.pendingPosts(at(5), 9)) != 1 {
			t.Errorf("%v; expected that one of them is not found, and that none is ended", err)
		}
		s.noError(s.books.EndPosts(t.Context(), n.ID, n.ID))
		s.put(docket.Changes{Notices: []evenkeel.Notice{n}})
		s.noError(s.books.RetryPost(t.Context(), n.ID, at(7), "no answer"))
		same(t, "at the end, though it is written again and put off", s.pendingPosts(at(99), 9), nil)
	}},
	{"of what is due to be posted that comes which is due longest, in the order of its writing", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		changes := docket.Changes{Cases: []evenkeel.Case{c}}
		for n := range 3 {
			d := aDecision(c, n, evenkeel.InForce)
			changes.Decisions, changes.Notices = append(changes.Decisions, d), append(changes.Notices, aNotice(d))
		}
		s.put(changes)
		id := func(w *docket.WaitingNotice) evenkeel.NoticeID { return w.Notice.ID }
		n := changes.Notices
		s.noError(s.books.RetryPost(t.Context(), n[0].ID, at(2), "busy"))
		s.noError(s.books.RetryPost(t.Context(), n[1].ID, at(3), "busy"))
		same(t, "the first two", ids(s.pendingPosts(at(9), 2), id), []evenkeel.NoticeID{n[0].ID, n[2].ID})
	}},
	{"what nobody wrote cannot be put off", func(t *testing.T, s *scene) {
		for _, err := range []error{s.books.RetryPost(t.Context(), "n-none", at(1), "busy"), s.books.RetryOrder(t.Context(), "o-none", at(1), "busy"), s.books.RetryNotice(t.Context(), "n-none", at(1), "busy")} {
			if err == nil || evenkeel.KindOf(err) != evenkeel.KindNotFound {
				t.Errorf("says %v; expected that it is not found", err)
			}
		}
	}},
	{"whoever asks with a context that is over is told so", func(t *testing.T, s *scene) {
		_, _, o, n := s.sent()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.books.PendingOrders(ctx, at(1), 1)
		_, err2 := s.books.PendingNotices(ctx, at(1), 1)
		_, err3 := s.books.OrderOf(ctx, o.ID)
		_, err5 := s.books.PendingPosts(ctx, at(1), 1)
		_, _, err4 := s.books.Outbox(ctx)
		for _, err := range []error{err, err2, err3, err4, err5, s.books.RetryOrder(ctx, o.ID, at(9), ""), s.books.RetryNotice(ctx, n.ID, at(9), ""), s.books.RetryPost(ctx, n.ID, at(9), ""), s.books.EndPosts(ctx, n.ID)} {
			if err == nil || evenkeel.KindOf(err) != evenkeel.KindUnavailable {
				t.Errorf("says %v; expected that it is unavailable", err)
			}
		}
		same(t, "what waits", s.pendingOrders(at(1), 9), []evenkeel.OrderID{o.ID})
	}},
}
