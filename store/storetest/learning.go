package storetest

import (
	"context"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"pgregory.net/rapid"
)

// aCredit is what a tenant is owed for a case that was closed some minutes after the start.
func aCredit(c evenkeel.Case, closed int) docket.Credit {
	return docket.Credit{
		ID: docket.NewCreditID(c.ID, at(closed)), Case: c.ID, Tenant: c.Tenant, Family: c.Family, Closed: at(closed), State: docket.CreditProposed,
		At: at(closed), Decisions: []evenkeel.DecisionID{"d-1"}, Assets: 2, Minutes: 30, Amount: 125, Currency: "EUR", Policy: "sha256:p",
	}
}

func (s *scene) credits() []docket.Credit {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.Credit, error) { return s.books.AllCredits(ctx, 0) })
}

func (s *scene) learned() []docket.Learned {
	s.t.Helper()
	return must(s.t, s.books.Learned)
}

var (
	mining1 = docket.RuleVersion{Rule: "crypto-mining", Version: 1}
	mining2 = docket.RuleVersion{Rule: "crypto-mining", Version: 2}
	flood1  = docket.RuleVersion{Rule: "flood-out", Version: 1}
)

var lessons = []promise{
	{"who was busy with a case are those of ours who looked or acted, in order", func(t *testing.T, s *scene) {
		c, other := aCase("raisup", "mining", 0), aCase("acme", "mining", 0)
		entry := func(c evenkeel.Case, seq int64, kind evenkeel.EntryKind, by evenkeel.PersonID) evenkeel.Entry {
			return evenkeel.Entry{Case: c.ID, Seq: seq, At: at(int(seq)), Kind: kind, Actor: evenkeel.Actor{Policy: "p", Person: by}, Says: "So."}
		}
		looked, acted := entry(c, 2, evenkeel.EntryLooked, "ada"), entry(c, 4, evenkeel.EntryActed, "ben")
		s.put(docket.Changes{Cases: []evenkeel.Case{c, other}, Entries: []evenkeel.Entry{
			entry(c, 1, evenkeel.EntryDecided, ""), looked, entry(c, 3, evenkeel.EntryActed, ""), acted, entry(c, 5, evenkeel.EntryDecided, "ben"), entry(other, 1, evenkeel.EntryLooked, "ada"),
		}})
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Busy(c.ID)
			same(t, "of the case", got, []evenkeel.Entry{looked, acted})
			return err
		})
	}},
	{"what became of cases is counted by rule and version, and of a case that is closed again the later one", func(t *testing.T, s *scene) {
		a, b := aCase("raisup", "mining", 0), aCase("acme", "mining", 0)
		same(t, "nothing", s.learned(), nil)
		s.put(docket.Changes{Cases: []evenkeel.Case{a, b}, Lessons: []docket.Lesson{
			{Case: a.ID, At: at(5), Outcome: evenkeel.OutcomeConfirmed, Rules: []docket.RuleVersion{mining2, flood1}, Human: 90, Measured: true},
			{Case: b.ID, At: at(6), Outcome: evenkeel.OutcomeVictim, Rules: []docket.RuleVersion{mining2}, Audited: true},
		}})
		same(t, "all", s.learned(), []docket.Learned{
			{RuleVersion: mining2, Record: docket.Record{Confirmed: 1, Victims: 1, Audited: 1, HumanSeconds: 90, HumanMeasured: 1}},
			{RuleVersion: flood1, Record: docket.Record{Confirmed: 1, HumanSeconds: 90, HumanMeasured: 1}},
		})
		s.put(docket.Changes{Lessons: []docket.Lesson{{Case: a.ID, At: at(9), Outcome: evenkeel.OutcomeFalsePositive, Rules: []docket.RuleVersion{mining1, mining2}, Human: 150, Measured: true}}})
		same(t, "once more", s.learned(), []docket.Learned{
			{RuleVersion: mining1, Record: docket.Record{False: 1, HumanSeconds: 150, HumanMeasured: 1}},
			{RuleVersion: mining2, Record: docket.Record{False: 1, Victims: 1, Audited: 1, HumanSeconds: 150, HumanMeasured: 1}},
		})
		for r, want := range map[docket.RuleVersion]docket.Record{mining2: {False: 1, Victims: 1, Audited: 1, HumanSeconds: 150, HumanMeasured: 1}, flood1: {}} {
			s.transact(func(tx docket.Tx) error {
				got, err := tx.Tally(r)
				same(t, "in a transaction", got, want)
				return err
			})
		}
	}},
	{"a lesson that could never be right is refused", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}})
		for _, l := range []docket.Lesson{
			{Case: "c-none", At: at(1), Outcome: evenkeel.OutcomeConfirmed, Rules: []docket.RuleVersion{mining1}},
			{Case: c.ID, At: at(1), Rules: []docket.RuleVersion{mining1}},
			{Case: c.ID, Outcome: evenkeel.OutcomeConfirmed, Rules: []docket.RuleVersion{mining1}},
			{Case: c.ID, At: at(1), Outcome: evenkeel.OutcomeConfirmed, Rules: []docket.RuleVersion{{Rule: "flood-out"}}},
		} {
			s.refused(docket.Changes{Lessons: []docket.Lesson{l}}, evenkeel.KindInvalid)
		}
	}},
	{"a credit is proposed, granted or refused, and stays", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		first, second := aCredit(c, 1), aCredit(c, 2)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Credits: []docket.Credit{first, second}})
		same(t, "both", s.credits(), []docket.Credit{second, first})
		same(t, "the newest", must(t, func(ctx context.Context) ([]docket.Credit, error) { return s.books.AllCredits(ctx, 1) }), []docket.Credit{second})
		first.State, first.At, first.By, first.Why = docket.CreditGranted, at(3), "ada", "We were wrong."
		second.State, second.At, second.By, second.Why = docket.CreditRefused, at(3), "ada", "It was paid already."
		s.put(docket.Changes{Credits: []docket.Credit{first, second}})
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Credits(c.ID)
			same(t, "those of the case", got, []docket.Credit{first, second})
			return err
		})
		again := first
		again.State = docket.CreditRefused
		s.refused(docket.Changes{Credits: []docket.Credit{again}}, evenkeel.KindConflict)
		again = second
		again.State = docket.CreditProposed
		s.refused(docket.Changes{Credits: []docket.Credit{again}}, evenkeel.KindConflict)
	}},
	{"a credit is not changed by granting it, and a case has one for each time that it was closed", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		k := aCredit(c, 1)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Credits: []docket.Credit{k}})
		more, other, twin := k, k, k
		more.Amount, more.State, other.Tenant, twin.ID = 126, docket.CreditGranted, "acme", "cr-twin"
		for _, bad := range []docket.Credit{more, other, twin} {
			s.refused(docket.Changes{Credits: []docket.Credit{bad}}, evenkeel.KindConflict)
		}
	}},
	{"a credit that could never be right is refused", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}})
		for _, spoil := range []func(*docket.Credit){
			func(k *docket.Credit) { k.Case = "c-none" },
			func(k *docket.Credit) { k.Minutes = 0 },
			func(k *docket.Credit) { k.Amount = -1 },
			func(k *docket.Credit) { k.Currency = "" },
			func(k *docket.Credit) { k.State = 9 },
			func(k *docket.Credit) { k.State = docket.CreditRefused },
			func(k *docket.Credit) { k.At = k.Closed - 1 },
		} {
			k := aCredit(c, 1)
			spoil(&k)
			s.refused(docket.Changes{Credits: []docket.Credit{k}}, evenkeel.KindInvalid)
		}
	}},
	{"whatever cases are closed as, and however often, the tallies are those of the last time", func(t *testing.T, s *scene) {
		rapid.Check(t, func(r *rapid.T) {
			s := &scene{t: t, books: s.open(t), open: s.open}
			var all []evenkeel.Case
			for n := range 4 {
				all = append(all, aCase("raisup", "mining", n))
			}
			s.put(docket.Changes{Cases: all})
			last := map[evenkeel.CaseID]docket.Lesson{}
			rules := []docket.RuleVersion{mining1, mining2, flood1}
			for n := range rapid.IntRange(0, 12).Draw(r, "closings") {
				l := docket.Lesson{
					Case: rapid.SampledFrom(all).Draw(r, "case").ID, At: at(n + 9), Outcome: evenkeel.Outcome(rapid.IntRange(1, int(evenkeel.OutcomeCovered)).Draw(r, "outcome")),
					Audited: rapid.Bool().Draw(r, "audited"), Rules: rules[:rapid.IntRange(0, 3).Draw(r, "rules")],
				}
				s.put(docket.Changes{Lessons: []docket.Lesson{l}})
				last[l.Case] = l
			}
			got := map[docket.RuleVersion]docket.Record{}
			for _, l := range s.learned() {
				got[l.RuleVersion] = l.Record
			}
			for _, of := range rules {
				var want docket.Record
				for _, l := range last {
					for _, x := range l.Rules {
						if x == of {
							want.Add(l.Outcome, l.Audited)
						}
					}
				}
				if got[of] != want {
					r.Fatalf("%v: %+v; expected %+v", of, got[of], want)
				}
			}
		})
	}},
}
