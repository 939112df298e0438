package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// anAudit is a lot that fell on a case some minutes after the start, and on ada among two.
func anAudit(c evenkeel.Case, name string, drawn int) docket.Audit {
	return docket.Audit{
		ID: docket.AuditID("au-" + name), Case: c.ID, Tenant: c.Tenant, Family: c.Family, Closed: evenkeel.OutcomeInconclusive, Opened: at(drawn),
		Share: 20, Nonce: "n-" + name, Candidates: []evenkeel.PersonID{"ada", "ben"}, Drawn: "ada", State: docket.AuditOpen,
	}
}

// found is the audit with a verdict.
func found(a docket.Audit, by evenkeel.PersonID, minute int, o evenkeel.Outcome) docket.Audit {
	a.State, a.By, a.At, a.Found, a.Why = docket.AuditDone, by, at(minute), o, "A build farm."
	return a
}

func (s *scene) audits(most int) []docket.Audit {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.Audit, error) { return s.books.AllAudits(ctx, most) })
}

func (s *scene) asked(q docket.LotQuery) []docket.Audit {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.Audit, error) { return s.books.Asked(ctx, q) })
}

var audits = []promise{
	{"those that somebody is asked about are found by name, by what became of them and by whom, so many", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		passed := anAudit(c, "passed", 1)
		passed.State, passed.Candidates, passed.Drawn = docket.AuditPassed, nil, ""
		in := docket.Changes{Cases: []evenkeel.Case{c}, Audits: []docket.Audit{passed}}
		var open, done []docket.Audit
		for n := range 4 {
			open = append(open, anAudit(c, fmt.Sprint("open-", n), 2+n))
			a := anAudit(c, fmt.Sprint("done-", n), 10+n)
			a.Control = n > 0
			done = append(done, a)
		}
		in.Audits = append(append(in.Audits, open...), done...)
		s.put(in)
		for n, o := range []evenkeel.Outcome{evenkeel.OutcomeConfirmed, evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeFalsePositive} {
			done[n] = found(done[n], []evenkeel.PersonID{"ada", "ada", "ben", "ada"}[n], 30, o)
		}
		s.put(docket.Changes{Audits: done})
		for _, c := range []struct {
			says string
			q    docket.LotQuery
			want []docket.Audit
		}{
			{"the newest of all", docket.LotQuery{Max: 3}, []docket.Audit{done[3], done[2], done[1]}},
			{"those that wait longest", docket.LotQuery{State: docket.AuditOpen, Max: 2}, open[:2]},
			{"all that wait", docket.LotQuery{State: docket.AuditOpen}, open},
			{"what ada found last", docket.LotQuery{State: docket.AuditDone, By: "ada", Max: 2}, []docket.Audit{done[3], done[1]}},
			{"one", docket.LotQuery{ID: open[2].ID}, open[2:3]},
			{"one over which the lot passed", docket.LotQuery{ID: passed.ID}, nil},
			{"one that there is not", docket.LotQuery{ID: "au-none"}, nil},
		} {
			same(t, c.says, s.asked(c.q), c.want)
		}
		same(t, "how vigilant they are", must(t, s.books.Vigilance),
			map[evenkeel.PersonID]docket.Vigilance{"ada": {Controls: 2, Missed: 1}, "ben": {Controls: 1, Missed: 1}})
	}},
	{"a lot is drawn once, and what was found is said once", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		first, second := anAudit(c, "first", 1), anAudit(c, "second", 2)
		second.State, second.Candidates, second.Drawn = docket.AuditPassed, nil, ""
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Audits: []docket.Audit{first, second}})
		same(t, "both", s.audits(0), []docket.Audit{second, first})
		same(t, "the newest", s.audits(1), []docket.Audit{second})
		same(t, "those that somebody is asked about", s.asked(docket.LotQuery{}), []docket.Audit{first})
		done := found(first, "ada", 9, evenkeel.OutcomeFalsePositive)
		s.put(docket.Changes{Audits: []docket.Audit{done}})
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Audit(first.ID)
			same(t, "by its name", got, done)
			of, err2 := tx.AuditsOf(c.ID)
			same(t, "of its case", of, []docket.Audit{done, second})
			if _, none := tx.Audit("au-none"); evenkeel.KindOf(none) != evenkeel.KindNotFound {
				t.Errorf("one that nobody keeps: %v", none)
			}
			if err == nil {
				err = err2
			}
			return err
		})
		s.refused(docket.Changes{Audits: []docket.Audit{found(first, "ada", 10, evenkeel.OutcomeConfirmed)}}, evenkeel.KindConflict)
		s.refused(docket.Changes{Audits: []docket.Audit{found(second, "ada", 10, evenkeel.OutcomeConfirmed)}}, evenkeel.KindConflict)
	}},
	{"nobody draws again until the lot falls otherwise", func(t *testing.T, s *scene) {
		c, other := aCase("raisup", "mining", 0), aCase("acme", "mining", 0)
		a := anAudit(c, "first", 1)
		s.put(docket.Changes{Cases: []evenkeel.Case{c, other}, Audits: []docket.Audit{a}})
		for _, spoil := range []func(*docket.Audit){
			func(a *docket.Audit) { a.Nonce = "n-other" },
			func(a *docket.Audit) { a.Drawn = "ben" },
			func(a *docket.Audit) { a.Share = 1000 },
			func(a *docket.Audit) { a.Control = true },
			func(a *docket.Audit) { a.Case = other.ID },
			func(a *docket.Audit) { a.Opened = at(2) },
			func(a *docket.Audit) { a.State = docket.AuditPassed },
		} {
			again := a
			spoil(&again)
			s.refused(docket.Changes{Audits: []docket.Audit{again}}, evenkeel.KindConflict)
		}
		s.refused(docket.Changes{Audits: []docket.Audit{found(anAudit(c, "new", 3), "ada", 4, evenkeel.OutcomeConfirmed)}}, evenkeel.KindConflict)
	}},
	{"who had a part in it gives no verdict", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		a := anAudit(c, "first", 1)
		s.put(docket.Changes{
			Cases: []evenkeel.Case{c}, Audits: []docket.Audit{a},
			Lessons: []docket.Lesson{{Case: c.ID, At: at(1), Outcome: evenkeel.OutcomeInconclusive, Rules: []docket.RuleVersion{mining1}}},
			Interests: []docket.Interest{
				{Person: "ada", Kind: docket.InterestTenant, Key: "raisup", Since: at(0)}, {Person: "ben", Kind: docket.InterestCase, Key: string(c.ID), Since: at(5)},
				{Person: "eve", Kind: docket.InterestRule, Key: mining1.Rule, Since: at(0)}, {Person: "kim", Kind: docket.InterestTenant, Key: "acme", Since: at(0)},
			},
		})
		for _, p := range []evenkeel.PersonID{"ada", "ben", "eve"} {
			s.refused(docket.Changes{Audits: []docket.Audit{found(a, p, 9, evenkeel.OutcomeConfirmed)}}, evenkeel.KindConflict)
		}
		s.put(docket.Changes{Audits: []docket.Audit{found(a, "kim", 9, evenkeel.OutcomeConfirmed)}})
	}},
	{"known cases are found, and who was shown them", func(t *testing.T, s *scene) {
		a, b, c := aCase("raisup", "mining", 0), aCase("acme", "mining", 0), aCase("other", "mining", 0)
		told, asked, spoke, shadow := aCase("told", "mining", 0), aCase("asked", "mining", 0), aCase("spoke", "mining", 0), aCase("shadow", "mining", 0)
		flood := aCase("flooded", "flood", 0)
		var acted docket.Changes
		for _, k := range []*evenkeel.Case{&a, &b, &c, &told, &asked, &spoke, &shadow, &flood} {
			k.State, k.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive
			d := aDecision(*k, 1, evenkeel.Lifted)
			said, entered := anEntry(*k, 1), anEntry(*k, 2)
			said.Kind, said.Ref, said.State = evenkeel.EntryFound, "", ""
			entered.Kind, entered.Ref, entered.State, entered.Decision = evenkeel.EntryDecided, string(d.ID), evenkeel.InForce.String(), d.ID
			switch k { // what is not known, or not shown as others are
			case &told:
				d.Measure = evenkeel.MeasureNotify
			case &asked:
				d.Actor.Person = "ben"
			case &spoke:
				said.Kind = evenkeel.EntrySaid
			case &shadow:
				d.Mode = evenkeel.ModeShadow
			}
			acted.Cases, acted.Decisions, acted.Entries = append(acted.Cases, *k), append(acted.Decisions, d), append(acted.Entries, said, entered)
			acted.Lessons = append(acted.Lessons, docket.Lesson{Case: k.ID, At: at(1), Outcome: k.Outcome, Rules: []docket.RuleVersion{mining1}})
		}
		later := anEntry(a, 3) // once a machine acted, whatever the tenant says
		later.Kind, later.Ref, later.State = evenkeel.EntrySaid, "", ""
		acted.Entries = append(acted.Entries, later)
		s.put(acted)
		c.Outcome = evenkeel.OutcomeConfirmed
		lesson := func(k evenkeel.Case, minute int) docket.Lesson {
			return docket.Lesson{Case: k.ID, At: at(minute), Outcome: k.Outcome, Rules: []docket.RuleVersion{mining1, flood1}}
		}
		control := anAudit(a, "known", 7)
		control.Control = true
		s.put(docket.Changes{
			Cases: []evenkeel.Case{a, b, c}, Lessons: []docket.Lesson{lesson(a, 3), lesson(b, 5), lesson(c, 6)},
			Audits: []docket.Audit{control, anAudit(c, "other", 7)},
		})
		known := func(most int, want ...evenkeel.Case) {
			t.Helper()
			s.transact(func(tx docket.Tx) error {
				got, err := tx.Innocent("mining", most)
				same(t, "known to be innocent", got, want)
				return err
			})
		}
		known(9, b, a)
		known(1, b)
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Innocent("flood", 9)
			same(t, "known to be innocent of a flood", got, []evenkeel.Case{flood})
			return err
		})
		b.State = evenkeel.CaseReopened
		s.put(docket.Changes{Cases: []evenkeel.Case{b}})
		known(9, a)
		done := found(control, "ben", 9, evenkeel.OutcomeConfirmed)
		s.put(docket.Changes{Audits: []docket.Audit{done}})
		for p, want := range map[evenkeel.PersonID][]docket.Audit{"ada": {done}, "ben": {done}, "kim": nil} {
			s.transact(func(tx docket.Tx) error {
				got, err := tx.Controls(p)
				same(t, "shown to "+string(p), got, want)
				return err
			})
		}
	}},
	{"an audit that could never be right is refused", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}})
		for _, spoil := range []func(*docket.Audit){
			func(a *docket.Audit) { a.Case = "c-none" },
			func(a *docket.Audit) { a.Nonce = "" },
			func(a *docket.Audit) { a.State = 0 },
			func(a *docket.Audit) { a.Drawn = "eve" },
			func(a *docket.Audit) { a.Control, a.State = true, docket.AuditPassed },
			func(a *docket.Audit) { *a = found(*a, "", 9, evenkeel.OutcomeConfirmed) },
			func(a *docket.Audit) { *a = found(*a, "ada", 9, evenkeel.OutcomeCovered) },
			func(a *docket.Audit) { *a = found(*a, "ada", 0, evenkeel.OutcomeConfirmed) },
			func(a *docket.Audit) { a.Found = evenkeel.OutcomeConfirmed },
		} {
			a := anAudit(c, "first", 1)
			spoil(&a)
			s.refused(docket.Changes{Audits: []docket.Audit{a}}, evenkeel.KindInvalid)
		}
	}},
}
