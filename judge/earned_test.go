package judge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// taught puts so many closed cases of others that rest on the rule of mining, found rightly or wrongly.
func taught(t tester, b books, name string, n int, o evenkeel.Outcome) {
	t.Helper()
	var past docket.Changes
	for i := range n {
		k := evenkeel.Case{ID: evenkeel.CaseID(fmt.Sprint("c-", name, i)), Tenant: "others", Family: "mining", Opened: 1, Since: 1, State: evenkeel.CaseClosed, Outcome: o}
		past.Cases = append(past.Cases, k)
		past.Lessons = append(past.Lessons, docket.Lesson{Case: k.ID, At: 1, Outcome: o, Rules: []docket.RuleVersion{{Rule: "crypto-mining", Version: 1}}})
	}
	if err := b.Transact(ctx, func(tx docket.Tx) error { return tx.Put(past) }); err != nil {
		t.Fatal(err)
	}
}

// F16: what a rule had earned when it held a measure, it may have lost when the measure would enter.
func TestWhatIsHeldIsNotEnteredByARuleThatHasLostWhatItHadEarned(t *testing.T) {
	const enforced = "promotion: {enforced: true}\n"
	for _, c := range []struct {
		name, before, after string
		right, wrong        int // meanwhile
		stands, why         string
	}{
		{"by one that has it still it is", enforced, enforced, 99, 0, "isolate of trial-1", ""},
		{"not by one whose cases were found innocent meanwhile", enforced, enforced, 0, 9, "throttle of trial-1", "crypto-mining has not earned it"},
		{"not under a policy by which a person confirms meanwhile", "", "promotion: {confirm: [crypto-mining]}\n", 0, 0, "throttle of trial-1", "a person confirms each measure"},
		{"nor under one by which the tenant is outside the trial", "", "promotion: {canary: {crypto-mining: 0}}\n", 0, 0, "throttle of trial-1", "this is none of them"},
		{"and whatever others are asked, it is", "", "promotion: {confirm: [flood-out]}\n", 0, 0, "isolate of trial-1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			taught(t, b, "before", 80, evenkeel.OutcomeConfirmed)
			play(t, under(t, b, c.before),
				finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, stratum),
				finding("trial-1", "trial", 70*minute, evenkeel.Final, usage, stratum))
			all := folders(t, b)
			if f := all[len(all)-1]; !slices.ContainsFunc(f.Decisions, func(x evenkeel.Decision) bool { return x.State == evenkeel.Held }) {
				t.Fatalf("nothing is held: %+v", f.Decisions)
			}
			taught(t, b, "right", c.right, evenkeel.OutcomeConfirmed)
			taught(t, b, "wrong", c.wrong, evenkeel.OutcomeFalsePositive)
			play(t, under(t, b, c.after), 120*minute)
			all = folders(t, b)
			f := all[len(all)-1]
			if got := standing(f); !slices.Equal(got, []string{c.stands}) {
				t.Errorf("%v stands; expected %s", got, c.stands)
			}
			asked := slices.ContainsFunc(f.Decisions, func(x evenkeel.Decision) bool {
				return x.State == evenkeel.Proposed && x.Measure == evenkeel.MeasureIsolate
			})
			said := c.why != "" && slices.ContainsFunc(f.Entries, func(e evenkeel.Entry) bool { return strings.Contains(e.Says, c.why) })
			if asked != (c.why != "") || said != asked {
				t.Errorf("a person is asked: %v, and told why: %v; expected both where %q", asked, said, c.why)
			}
		})
	}
}

// R10: whoever took a measure has a stake in what it cost: another person grants or refuses what is owed for it.
func TestWhoTookTheMeasureDoesNotSettleItsCredit(t *testing.T) {
	for _, kind := range []docket.ActKind{docket.ActCredit, docket.ActNoCredit} {
		t.Run(kind.String(), func(t *testing.T) {
			b := newBooks()
			d := under(t, b, priced("propose"))
			play(t, d, caught()...)
			play(t, d, act(docket.ActRenew, "trial", 10*minute), cleared(30*minute)) // from the tenth minute on the measure is ada's
			own, other := act(kind, "trial", 31*minute), act(kind, "trial", 32*minute)
			other.By = "ben"
			if _, err := one(d, own); evenkeel.KindOf(err) != evenkeel.KindDenied || evenkeel.HintOf(err) == "" {
				t.Errorf("by whoever renewed the measure: %v; expected that it is denied, and who may", err)
			}
			if k := owed(t, b); len(k) != 1 || k[0].State != docket.CreditProposed {
				t.Errorf("owed %+v; expected that it waits", k)
			}
			if _, err := one(d, other); err != nil {
				t.Errorf("by another person: %v", err)
			}
		})
	}
}
