package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (s *scene) cases(q docket.Query) []docket.Row {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.Row, error) { return s.books.Cases(ctx, q) })
}

func (s *scene) caseIDs(q docket.Query) []evenkeel.CaseID {
	s.t.Helper()
	return ids(s.cases(q), func(r *docket.Row) evenkeel.CaseID { return r.Case.ID })
}

var shown = []promise{
	{"cases are listed by what is asked for, those opened last first", func(t *testing.T, s *scene) {
		a, b, c := aCase("raisup", "mining", 1), aCase("raisup", "flood", 3), aCase("other", "mining", 2)
		closed := aCase("other", "flood", 3)
		closed.State = evenkeel.CaseClosed
		s.put(docket.Changes{Cases: []evenkeel.Case{a, b, c, closed}})
		tied := []evenkeel.CaseID{b.ID, closed.ID} // opened together: by id
		if closed.ID < b.ID {
			tied[0], tied[1] = closed.ID, b.ID
		}
		for _, q := range []struct {
			what  string
			query docket.Query
			want  []evenkeel.CaseID
		}{
			{"those that are not closed", docket.Query{}, []evenkeel.CaseID{b.ID, c.ID, a.ID}},
			{"all of them", docket.Query{Closed: true}, append(tied, c.ID, a.ID)},
			{"those of a tenant", docket.Query{Tenant: "raisup"}, []evenkeel.CaseID{b.ID, a.ID}},
			{"those of a family", docket.Query{Family: "mining"}, []evenkeel.CaseID{c.ID, a.ID}},
			{"those of a tenant and a family", docket.Query{Tenant: "other", Family: "flood", Closed: true}, []evenkeel.CaseID{closed.ID}},
			{"the closed one that is not asked for", docket.Query{Tenant: "other", Family: "flood"}, nil},
			{"the first two", docket.Query{Max: 2}, []evenkeel.CaseID{b.ID, c.ID}},
			{"those of nobody", docket.Query{Tenant: "nobody"}, nil},
		} {
			same(t, q.what, s.caseIDs(q.query), q.want)
			n := must(t, func(ctx context.Context) (int, error) {
				return s.books.Count(ctx, docket.Query{Tenant: q.query.Tenant, Family: q.query.Family, Closed: q.query.Closed})
			})
			if q.query.Max == 0 {
				same(t, "the number of "+q.what, n, len(q.want))
			}
		}
		same(t, "the second and third", s.caseIDs(docket.Query{Skip: 1, Max: 2}), []evenkeel.CaseID{c.ID, a.ID})
		same(t, "those after the last", s.caseIDs(docket.Query{Skip: 9}), nil)
	}},
	{"families are those of the cases that are asked for, each once", func(t *testing.T, s *scene) {
		closed, mail := aCase("other", "flood", 0), aCase("other", "mail", 5)
		closed.State = evenkeel.CaseClosed
		mail.State = evenkeel.CaseClosed
		s.put(docket.Changes{Cases: []evenkeel.Case{aCase("raisup", "mining", 1), aCase("raisup", "flood", 2), aCase("other", "mining", 3), aCase("other", "login", 4), closed, mail}})
		for _, q := range []struct {
			what  string
			query docket.Query
			want  []string
		}{
			{"those that are not closed", docket.Query{}, []string{"flood", "login", "mining"}},
			{"all", docket.Query{Closed: true}, []string{"flood", "login", "mail", "mining"}},
			{"whatever family and page are asked for", docket.Query{Family: "mining", ByPlace: true}, []string{"flood", "login", "mining"}},
			{"those of a tenant", docket.Query{Tenant: "other"}, []string{"login", "mining"}},
			{"those of a tenant, closed ones too", docket.Query{Tenant: "other", Closed: true, Family: "nothing"}, []string{"flood", "login", "mail", "mining"}},
			{"the first two", docket.Query{Max: 2}, []string{"flood", "login"}},
			{"those of nobody", docket.Query{Tenant: "nobody"}, nil},
		} {
			got := must(t, func(ctx context.Context) ([]string, error) { return s.books.Families(ctx, q.query) })
			same(t, q.what, got, q.want)
		}
	}},
	{"cases are listed in the order of the docket, however it came about", byPlace},
	{"a case is shown with what stands in it", whatStands},
	{"nobody is missed who bears something, in a closed case neither", whoBears},
	{"a case shows that its tenant was cleared before, in any family", func(t *testing.T, s *scene) {
		cleared, other := aCase("raisup", "flood", 0), aCase("raisup", "mining", 1)
		stranger, confirmed := aCase("other", "mining", 2), aCase("other", "flood", 3)
		again := aCase("again", "mining", 4)
		cleared.State, cleared.Outcome = evenkeel.CaseClosed, evenkeel.OutcomePolicyMismatch
		confirmed.State, confirmed.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed
		again.State = evenkeel.CaseReopened // which is said of a case that was cleared
		s.put(docket.Changes{Cases: []evenkeel.Case{cleared, other, stranger, confirmed, again}})
		got := map[evenkeel.CaseID]bool{}
		for _, r := range s.cases(docket.Query{Closed: true}) {
			got[r.Case.ID] = r.Cleared
		}
		same(t, "who was cleared before", got, map[evenkeel.CaseID]bool{cleared.ID: false, other.ID: true, stranger.ID: false, confirmed.ID: false, again.ID: true})
	}},
	{"a clearance is not forgotten where a later look decided nothing", func(t *testing.T, s *scene) {
		// F12: cleared, found again, and closed as inconclusive the second time.
		looked := aCase("raisup", "mining", 0)
		looked.State, looked.Outcome, looked.Cleared = evenkeel.CaseClosed, evenkeel.OutcomeInconclusive, at(1)
		next, just := aCase("raisup", "flood", 1), aCase("other", "mining", 2)
		just.State, just.Outcome, just.Cleared = evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, at(3) // now, and not before
		after := aCase("late", "mining", 4)
		after.State, after.Outcome, after.Cleared = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed, 0 // a verdict took it away
		again := aCase("late", "flood", 5)
		s.put(docket.Changes{Cases: []evenkeel.Case{looked, next, just, after, again}})
		got := map[evenkeel.CaseID]bool{}
		for _, r := range s.cases(docket.Query{Closed: true}) {
			got[r.Case.ID] = r.Cleared
		}
		same(t, "who was cleared before", got, map[evenkeel.CaseID]bool{looked.ID: true, next.ID: true, just.ID: false, after.ID: false, again.ID: false})
		same(t, "who was cleared before, in the folder", s.folder(next.ID).Cleared, true)
	}},
	{"a folder holds all that is kept about a case", wholeFolder},
	{"the folder of a case that nobody keeps is not found", func(t *testing.T, s *scene) {
		if _, err := s.books.Folder(t.Context(), "c-unknown"); evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("says %v; expected that it is not found", err)
		}
	}},
	{"flags are shown by tenant, beginning and id, revoked ones too", func(t *testing.T, s *scene) {
		revoked := aFlag("flag-r", "raisup", "flood", 1)
		revoked.Revoked = at(2)
		s.put(docket.Changes{Flags: []evenkeel.Flag{
			aFlag("flag-b", "raisup", "mining", 1), revoked, aFlag("flag-a", "raisup", "mining", 1), aFlag("flag-z", "raisup", "mining", 0), aFlag("flag-o", "other", "mining", 9),
		}})
		flags := func(tenant evenkeel.TenantID) []evenkeel.FlagID {
			return ids(must(t, func(ctx context.Context) ([]evenkeel.Flag, error) { return s.books.Flags(ctx, tenant) }), flagID)
		}
		same(t, "the flags of a tenant", flags("raisup"), []evenkeel.FlagID{"flag-z", "flag-a", "flag-b", "flag-r"})
		same(t, "all flags", flags(""), []evenkeel.FlagID{"flag-o", "flag-z", "flag-a", "flag-b", "flag-r"})
		same(t, "the flags of nobody", flags("nobody"), nil)
	}},
	{"a reader whose context is over is told so", func(t *testing.T, s *scene) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.books.Cases(ctx, docket.Query{})
		_, err2 := s.books.Due(ctx, start, 1)
		for _, err := range []error{err, err2} {
			if evenkeel.KindOf(err) != evenkeel.KindUnavailable || err == nil {
				t.Errorf("says %v; expected that it is unavailable", err)
			}
		}
	}},
}

// byPlace changes what a place depends on, one thing after the other.
func byPlace(t *testing.T, s *scene) {
	quiet, asked, limited := aCase("ann", "mining", 0), aCase("bob", "mining", 1), aCase("cay", "flood", 2)
	closed := aCase("ann", "flood", 3)
	closed.State = evenkeel.CaseClosed
	order := func(what string, want ...evenkeel.Case) {
		t.Helper()
		open := ids(want, func(c *evenkeel.Case) evenkeel.CaseID { return c.ID })
		same(t, "the docket where "+what, s.caseIDs(docket.Query{ByPlace: true}), open)
		same(t, "its first page", s.caseIDs(docket.Query{ByPlace: true, Max: 2}), open[:2])
		same(t, "its second page", s.caseIDs(docket.Query{ByPlace: true, Max: 2, Skip: 2}), open[2:])
		same(t, "the docket with closed cases", s.caseIDs(docket.Query{ByPlace: true, Closed: true}), append(open, closed.ID))
		rows := s.cases(docket.Query{Closed: true})
		slices.SortFunc(rows, docket.CompareRows)
		same(t, "the rows", s.cases(docket.Query{ByPlace: true, Closed: true}), rows)
	}
	s.put(docket.Changes{Cases: []evenkeel.Case{quiet, asked, limited, closed}})
	order("nothing stands: the oldest first", quiet, asked, limited)
	limit := aDecision(limited, 1, evenkeel.InForce)
	limit.Measure = evenkeel.MeasureLimit
	s.put(docket.Changes{Decisions: []evenkeel.Decision{limit}, Orders: []evenkeel.Order{anOrder(limit, false)}})
	order("a limit stands", limited, quiet, asked)
	s.put(docket.Changes{Clocks: []docket.Clock{aClock(asked, docket.ClockOurAnswer, "", 5)}})
	order("a clock runs", limited, asked, quiet)
	quiet.Waiting = at(4)
	s.put(docket.Changes{Cases: []evenkeel.Case{quiet}})
	order("a tenant waits", quiet, limited, asked)
	s.put(docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(anOrder(limit, false), evenkeel.ReceiptRefused)}})
	order("nobody limits a flood", limited, quiet, asked)
	s.put(docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(anOrder(limit, false), evenkeel.ReceiptApplied)}})
	order("somebody limits it after all", quiet, limited, asked)
	again := aDecision(limited, 2, evenkeel.InForce)
	again.Measure = evenkeel.MeasureLimit
	s.put(docket.Changes{Decisions: []evenkeel.Decision{again}, Orders: []evenkeel.Order{anOrder(again, false)}})
	order("it is to be limited once more", quiet, limited, asked)
	s.put(docket.Changes{Endings: []docket.Ending{{Order: anOrder(again, false).ID, At: at(3), Failed: true, Why: "nobody answers"}}})
	order("an order was given up, so that nobody limits it", limited, quiet, asked)
	s.put(docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(anOrder(again, false), evenkeel.ReceiptApplied)}})
	order("the order that was given up is carried out after all", quiet, limited, asked)
	byWhoWasTold(s, order, quiet, limited, asked)
	same(t, "no more than a page behind the last", s.caseIDs(docket.Query{ByPlace: true, Skip: 3, Max: 2}), nil)
	same(t, "the docket of a family", s.caseIDs(docket.Query{ByPlace: true, Family: "mining", Max: 1}), []evenkeel.CaseID{quiet.ID})
	same(t, "the docket of a tenant", s.caseIDs(docket.Query{ByPlace: true, Tenant: "ann", Closed: true}), []evenkeel.CaseID{quiet.ID, closed.ID})
	lock := func(c *evenkeel.Case, n int) evenkeel.Decision {
		d := aDecision(*c, n, evenkeel.InForce)
		d.Measure, c.Waiting, c.Spoke = evenkeel.MeasureIsolate, at(n), at(n)
		return d
	}
	locks := []evenkeel.Decision{lock(&asked, 5), lock(&quiet, 6)}
	s.put(docket.Changes{Cases: []evenkeel.Case{quiet, asked}, Decisions: locks})
	order("two are locked and have spoken: the one with a clock first", asked, quiet, limited)
	cleared := aCase("ann", "login", 4)
	cleared.State, cleared.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive
	s.put(docket.Changes{Cases: []evenkeel.Case{cleared}})
	same(t, "the docket where one of them was cleared in another case", s.caseIDs(docket.Query{ByPlace: true}), []evenkeel.CaseID{quiet.ID, asked.ID, limited.ID})
	older, late := aCase("dee", "mining", -9), aCase("dee", "flood", 9)
	older.State, late.State = evenkeel.CaseClosed, evenkeel.CaseClosed
	s.put(docket.Changes{Cases: []evenkeel.Case{older, late}})
	same(t, "closed cases, those opened last first", s.caseIDs(docket.Query{ByPlace: true, Closed: true, Skip: 3}), []evenkeel.CaseID{late.ID, cleared.ID, closed.ID, older.ID})
}

// byWhoWasTold puts the least measure that is enforced in force in the last of three cases, of which
// the first waits and the second bears a higher one, and leaves them in that order.
func byWhoWasTold(s *scene, order func(string, ...evenkeel.Case), waits, higher, last evenkeel.Case) {
	put := func(n int, is evenkeel.DecisionState) evenkeel.Notice {
		d := aDecision(last, n, is)
		d.Measure = evenkeel.MeasureChallenge
		s.put(docket.Changes{Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{aNotice(d)}})
		return aNotice(d)
	}
	n := put(8, evenkeel.InForce)
	order("nobody has tried to tell of a measure yet", waits, higher, last)
	s.noError(s.books.RetryNotice(s.t.Context(), n.ID, at(5), "no contact is known"))
	order("nobody could be told of it", waits, last, higher)
	s.put(docket.Changes{Deliveries: []docket.Delivery{aDelivery(n, 1)}})
	order("somebody was told of it after all", waits, higher, last)
	n = put(9, evenkeel.InForce)
	s.put(docket.Changes{Endings: []docket.Ending{{Notice: n.ID, At: at(6), Failed: true, Why: "it was refused"}}})
	order("a notice was given up", waits, last, higher)
	put(8, evenkeel.Lapsed)
	put(9, evenkeel.Lapsed)
	order("what nobody was told of is over", waits, higher, last)
}

func whatStands(t *testing.T, s *scene) {
	c, empty := aCase("raisup", "mining", 0), aCase("raisup", "flood", 1)
	of := func(n int, m evenkeel.Measure, state evenkeel.DecisionState, mode evenkeel.Mode) evenkeel.Decision {
		d := aDecision(c, n, state)
		d.Measure, d.Mode = m, mode
		return d
	}
	live, shadow := evenkeel.ModeLive, evenkeel.ModeShadow
	ended, paused := aClock(c, docket.ClockLease, "d-0", 1), aClock(c, docket.ClockLease, "d-1", 2)
	ended.Ended, paused.Paused = at(1), "waits"
	s.put(docket.Changes{
		Cases: []evenkeel.Case{c, empty},
		Decisions: []evenkeel.Decision{
			of(1, evenkeel.MeasureLimit, evenkeel.InForce, live), of(2, evenkeel.MeasureNotify, evenkeel.InForce, live),
			of(3, evenkeel.MeasureIsolate, evenkeel.Lifted, live), of(4, evenkeel.MeasureSuspend, evenkeel.Proposed, live),
			of(5, evenkeel.MeasureThrottle, evenkeel.Proposed, live), of(6, evenkeel.MeasureFreeze, evenkeel.Held, live),
			of(7, evenkeel.MeasureDeny, evenkeel.Proposed, shadow), of(8, evenkeel.MeasureDeny, evenkeel.InForce, shadow),
			of(9, evenkeel.MeasureLimit, evenkeel.Held, live), of(10, evenkeel.MeasureDeny, evenkeel.Held, shadow),
		},
		Clocks: []docket.Clock{ended, paused, aClock(c, docket.ClockAppeal, "", 7), aClock(c, docket.ClockOurAnswer, "", 5), aClock(c, docket.ClockTenantAnswer, "", 5)},
	})
	want := docket.Row{
		Case: c, Highest: evenkeel.MeasureLimit, Proposed: 2, Held: 2, Coming: evenkeel.MeasureFreeze, Wanted: evenkeel.MeasureThrottle, Due: at(5), DueKind: docket.ClockTenantAnswer,
		Unconfirmed: 1, // the limit: nobody carries a notice out, and nothing of the others is in force
	}
	same(t, "the rows", s.cases(docket.Query{}), []docket.Row{{Case: empty}, want})
	same(t, "the row of the folder", s.folder(c.ID).Row, want)
	c.Waiting = at(3)
	s.put(docket.Changes{Cases: []evenkeel.Case{c}})
	want.Case, want.DueKind = c, docket.ClockOurAnswer // while it waits for us, its own time is not what is due next
	same(t, "the row of a tenant that waits", s.folder(c.ID).Row, want)
}

// whoBears: D, what is in force is found, page by page, whoever decided it and whatever the case is.
func whoBears(t *testing.T, s *scene) {
	var c docket.Changes
	add := func(family string, m evenkeel.Measure, state evenkeel.DecisionState, mode evenkeel.Mode, of evenkeel.CaseState) evenkeel.CaseID {
		n := len(c.Cases)
		x := aCase("raisup", family, n)
		if x.State = of; of == evenkeel.CaseClosed {
			x.Outcome = evenkeel.OutcomeConfirmed
		}
		for i := range 2 { // of two in one case it is named once
			d := aDecision(x, 2*n+i, state)
			d.Measure, d.Mode = m, mode
			c.Decisions = append(c.Decisions, d)
		}
		c.Cases = append(c.Cases, x)
		return x.ID
	}
	live, open := evenkeel.ModeLive, evenkeel.CaseUnderReview
	want := []evenkeel.CaseID{
		add("mining", evenkeel.MeasureIsolate, evenkeel.InForce, live, open), add("flood", evenkeel.MeasureDropFlow, evenkeel.InForce, live, evenkeel.CaseClosed),
		add("mail", evenkeel.MeasureChallenge, evenkeel.InForce, live, evenkeel.CaseReopened),
	}
	add("login", evenkeel.MeasureNotify, evenkeel.InForce, live, open)
	add("creation", evenkeel.MeasureIsolate, evenkeel.Held, live, open)
	add("takeover", evenkeel.MeasureIsolate, evenkeel.InForce, evenkeel.ModeShadow, open)
	add("edge", evenkeel.MeasureIsolate, evenkeel.Lapsed, live, open)
	s.put(c)
	slices.Sort(want)
	from := func(after evenkeel.CaseID, max int) []evenkeel.CaseID {
		return must(t, func(ctx context.Context) ([]evenkeel.CaseID, error) { return s.books.Bearing(ctx, after, max) })
	}
	same(t, "all who bear something", from("", 9), want)
	same(t, "the first two", from("", 2), want[:2])
	same(t, "those behind them", from(want[1], 9), want[2:])
	same(t, "those behind the last", from(want[2], 9), nil)
	same(t, "none of them", from("", 0), nil)
}

func wholeFolder(t *testing.T, s *scene) {
	c, old := aCase("raisup", "mining", 9), aCase("raisup", "flood", 0)
	old.State, old.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive
	d := aDecision(c, 1, evenkeel.InForce)
	ended := aClock(c, docket.ClockTenantAnswer, "", 3)
	ended.Started, ended.Ended = at(-5), at(1)
	revoked := aFlag("flag-0", "raisup", "mining", 2)
	revoked.Revoked = at(3)
	f := evenkeel.Finding{ID: "f-1", Revision: evenkeel.Final, Mode: evenkeel.ModeLive, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: "raisup"}}
	told := anEntry(c, 1)
	told.Kind, told.Ref, told.State = evenkeel.EntryFound, "f-1", "final"
	clocks := []docket.Clock{ended, aClock(c, docket.ClockLease, d.ID, 60), aClock(c, docket.ClockAppeal, d.ID, 5)}
	s.put(docket.Changes{
		Cases: []evenkeel.Case{c, old}, Entries: []evenkeel.Entry{told, anEntry(c, 2), anEntry(old, 1)}, Decisions: []evenkeel.Decision{d, aDecision(old, 2, evenkeel.Lifted)},
		Clocks: []docket.Clock{clocks[2], clocks[1], clocks[0], aClock(old, docket.ClockLease, "", 1)},
		Flags:  []evenkeel.Flag{aFlag("flag-2", "raisup", "mining", 3), revoked, aFlag("flag-3", "raisup", "flood", 3), aFlag("flag-4", "other", "mining", 3)},
		Orders: []evenkeel.Order{anOrder(d, false)}, Notices: []evenkeel.Notice{aNotice(d)}, Findings: []evenkeel.Finding{f},
	})
	same(t, "the folder", s.folder(c.ID), docket.Folder{
		Row:     docket.Row{Case: c, Highest: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle, Due: at(5), DueKind: docket.ClockAppeal, Cleared: true, Unconfirmed: 1},
		Entries: []evenkeel.Entry{told, anEntry(c, 2)}, Decisions: []evenkeel.Decision{d}, Clocks: clocks,
		Flags: []evenkeel.Flag{revoked, aFlag("flag-2", "raisup", "mining", 3)}, Prior: []evenkeel.Case{old},
		Findings: []evenkeel.Finding{f}, Notices: []evenkeel.Notice{aNotice(d)}, Orders: []evenkeel.Order{anOrder(d, false)},
		Dispatches: []docket.Dispatch{{Notice: aNotice(d).ID}, {Order: anOrder(d, false).ID}},
	})
}
