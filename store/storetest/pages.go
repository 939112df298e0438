package storetest

import (
	"context"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// aPage is the nth page about a case.
func aPage(c evenkeel.Case, n int) docket.Page {
	return docket.Page{
		ID: docket.NewPageID(c.ID, docket.LevelOnCall, at(n), "test"), Case: c.ID, Tenant: c.Tenant, Family: c.Family, Level: docket.LevelOnCall,
		At: at(n), Why: "Nobody has decided.", For: []evenkeel.PersonID{"ada", "ben"}, Due: at(n + 60),
	}
}

func (s *scene) pendingPages(now evenkeel.Moment, most int) []docket.Calling {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.Calling, error) { return s.books.PendingPages(ctx, now, most) })
}

func pageID(c *docket.Calling) docket.PageID { return c.Page.ID }

var pages = []promise{
	{"pages wait until they are over, and say how often they were tried", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		p := aPage(c, 1)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Pages: []docket.Page{p, p}})
		same(t, "what waits", s.pendingPages(at(0), 9), []docket.Calling{{Page: p}})
		s.noError(s.books.RetryPage(t.Context(), p.ID, at(5), "no answer"))
		same(t, "what waits before it is due", s.pendingPages(at(5)-1, 9), nil)
		tried := docket.Calling{Page: p, Attempts: 1, Next: at(5), Why: "no answer"}
		same(t, "what waits then", s.pendingPages(at(5), 9), []docket.Calling{tried})
		same(t, "none of what waits", s.pendingPages(at(5), 0), nil)
		same(t, "in a transaction", s.page(p.ID), docket.SentPage{Case: c, Calling: tried})
		s.put(docket.Changes{Endings: []docket.Ending{{Page: p.ID, At: at(6), Failed: true, Why: "nobody has a telephone"}}})
		s.put(docket.Changes{Endings: []docket.Ending{{Page: p.ID, At: at(7)}}, Pages: []docket.Page{p}})
		s.noError(s.books.RetryPage(t.Context(), p.ID, at(8), "late"))
		same(t, "what waits at the end", s.pendingPages(at(99), 9), nil)
		over := docket.Calling{Page: p, Attempts: 1, Over: at(6), Failed: true, Why: "nobody has a telephone"}
		same(t, "the folder", s.folder(c.ID).Pages, []docket.Calling{over})
	}},
	{"what became of a page is kept with it, in the order of its writing", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		p, other := aPage(c, 1), aPage(c, 2)
		tried := []docket.Tried{
			{Page: p.ID, Person: "ada", Channel: "ntfy", At: at(2), Says: "502"}, {Page: p.ID, Person: "ben", At: at(2), Says: "no channel"},
			{Page: p.ID, Person: "ada", Channel: "mail", At: at(3), Taken: true, Says: "250"},
		}
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Pages: []docket.Page{p, other}, Tried: tried[:2]})
		s.put(docket.Changes{Tried: tried[2:]})
		want := docket.Calling{Page: p, Tried: tried}
		same(t, "what waits", s.pendingPages(at(9), 9), []docket.Calling{want, {Page: other}})
		same(t, "in a transaction", s.page(p.ID), docket.SentPage{Case: c, Calling: want})
		same(t, "the folder", s.folder(c.ID).Pages, []docket.Calling{want, {Page: other}})
		for _, bad := range []docket.Tried{{Page: "p-none", Person: "ada", At: at(1)}, {Page: p.ID, At: at(1)}, {Page: p.ID, Person: "ada", At: at(1), Taken: true}} {
			s.refused(docket.Changes{Tried: []docket.Tried{bad}}, evenkeel.KindInvalid)
		}
	}},
	{"a page may be about no case, and waits like others", func(t *testing.T, s *scene) {
		p := aPage(evenkeel.Case{Tenant: docket.House}, 1)
		tried := docket.Tried{Page: p.ID, Person: "ada", Channel: "mail", At: at(2), Taken: true}
		s.put(docket.Changes{Tenant: docket.House, Pages: []docket.Page{p}, Tried: []docket.Tried{tried}})
		waits := docket.Calling{Page: p, Tried: []docket.Tried{tried}}
		same(t, "what waits", s.pendingPages(at(2), 9), []docket.Calling{waits})
		same(t, "in a transaction", s.page(p.ID), docket.SentPage{Calling: waits})
		count := func() int { return must(t, s.books.WaitingPages) }
		same(t, "how many wait", count(), 1)
		s.put(docket.Changes{Tenant: docket.House, Endings: []docket.Ending{{Page: p.ID, At: at(3)}}})
		same(t, "how many wait at the end", count(), 0)
		p.ID, p.Tenant = "p-1", "raisup"
		s.refused(docket.Changes{Pages: []docket.Page{p}}, evenkeel.KindInvalid)
	}},
	{"of pages that are due those come that are due longest, in the order of their writing", func(t *testing.T, s *scene) {
		c, other := aCase("raisup", "mining", 0), aCase("acme", "mining", 0)
		p := []docket.Page{aPage(c, 1), aPage(other, 2), aPage(c, 3)}
		s.put(docket.Changes{Cases: []evenkeel.Case{c, other}, Pages: p})
		s.noError(s.books.RetryPage(t.Context(), p[0].ID, at(2), "busy"))
		s.noError(s.books.RetryPage(t.Context(), p[1].ID, at(3), "busy"))
		same(t, "the first two", ids(s.pendingPages(at(9), 2), pageID), []docket.PageID{p[0].ID, p[2].ID})
		same(t, "all", ids(s.pendingPages(at(9), 9), pageID), []docket.PageID{p[0].ID, p[1].ID, p[2].ID})
		recent := func(most int) []docket.PageID {
			return ids(must(s.t, func(ctx context.Context) ([]docket.Calling, error) { return s.books.RecentPages(ctx, most) }), pageID)
		}
		same(t, "those of a case that wait", s.paging(c.ID), []docket.PageID{p[0].ID, p[2].ID})
		s.put(docket.Changes{Endings: []docket.Ending{{Page: p[2].ID, At: at(9)}}})
		same(t, "those that were written last", recent(2), []docket.PageID{p[2].ID, p[1].ID})
		same(t, "all that were written", recent(9), []docket.PageID{p[2].ID, p[1].ID, p[0].ID})
		same(t, "none of them", recent(0), nil)
		f := s.folder(c.ID).Pages
		same(t, "those of a case", ids(f, pageID), []docket.PageID{p[0].ID, p[2].ID})
		same(t, "those that wait once one is over", s.paging(c.ID), []docket.PageID{p[0].ID})
		same(t, "those of a case that nobody opened", s.paging("c-none"), nil)
	}},
	{"a page that could never be right is refused", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		p := aPage(c, 1)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Pages: []docket.Page{p}})
		nowhere, mute, high := aPage(aCase("acme", "mining", 0), 2), aPage(c, 2), aPage(c, 2)
		mute.Why, high.Level = "", 4
		for _, bad := range []docket.Page{nowhere, mute, high} {
			s.refused(docket.Changes{Pages: []docket.Page{bad}}, evenkeel.KindInvalid)
		}
		for _, bad := range []docket.Ending{{Page: p.ID}, {Page: "p-none", At: at(1)}, {Page: p.ID, Order: "o-1", At: at(1)}} {
			s.refused(docket.Changes{Endings: []docket.Ending{bad}}, evenkeel.KindInvalid)
		}
	}},
	{"what nobody wrote is not found, and a context that is over ends the question", func(t *testing.T, s *scene) {
		if err := s.books.RetryPage(t.Context(), "p-none", at(1), "busy"); err == nil || evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("it says %v; expected that it is not found", err)
		}
		err := s.books.Transact(t.Context(), func(tx docket.Tx) error { _, err := tx.Page("p-none"); return err })
		if err == nil || evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("it says %v; expected that it is not found", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = s.books.PendingPages(ctx, at(1), 1)
		for _, err := range []error{err, s.books.RetryPage(ctx, "p-none", at(1), "")} {
			if err == nil || evenkeel.KindOf(err) != evenkeel.KindUnavailable {
				t.Errorf("it says %v; expected that it is unavailable", err)
			}
		}
	}},
	{"a row shows who called for a person and what was appealed, and not the clocks beside others", func(t *testing.T, s *scene) {
		c, other := aCase("raisup", "mining", 1), aCase("acme", "mining", 0)
		urgent, called := aClock(c, docket.ClockUrgent, "", 5), aClock(c, docket.ClockPage, "", 6)
		appeal, later := aClock(c, docket.ClockAppealAnswer, "d-1", 90), aClock(c, docket.ClockAppealAnswer, "d-2", 95)
		our := aClock(c, docket.ClockOurAnswer, "", 60)
		s.put(docket.Changes{Cases: []evenkeel.Case{c, other}, Clocks: []docket.Clock{urgent, called, appeal, later, our}})
		rows := must(t, func(ctx context.Context) ([]docket.Row, error) {
			return s.books.Cases(ctx, docket.Query{ByPlace: true, Max: 9})
		})
		want := docket.Row{Case: c, Due: our.Due, DueKind: our.Kind, Urgent: urgent.Started, Appeals: 2, AppealDue: appeal.Due}
		same(t, "the rows", rows, []docket.Row{want, {Case: other}})
		urgent.Ended, appeal.Ended, later.Ended = at(7), at(7), at(7)
		s.put(docket.Changes{Clocks: []docket.Clock{urgent, appeal, later}})
		same(t, "the row once a person decided", s.folder(c.ID).Row, docket.Row{Case: c, Due: our.Due, DueKind: our.Kind})
	}},
}

func (s *scene) page(id docket.PageID) (p docket.SentPage) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		p, err = tx.Page(id)
		return err
	})
	return p
}

func (s *scene) paging(c evenkeel.CaseID) (all []docket.PageID) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		all, err = tx.Paging(c)
		return err
	})
	return all
}
