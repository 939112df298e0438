package judge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/policy"
	"pgregory.net/rapid"
)

// under is a docket under the default policy with more sections.
func under(t tester, b docket.Books, sections string) *judge.Docket {
	t.Helper()
	p, err := policy.Parse("policy.yaml", append(defaultText(t), ("\n"+sections)...))
	if err != nil {
		t.Fatal(err)
	}
	d, err := judge.New(judge.Parts{Books: b, Policy: p, Means: paper})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// priced makes good 0.60 EUR an hour: a cent for each minute.
func priced(mode string) string {
	return "credits: {mode: " + mode + ", up_to: 0.50, currency: EUR, other: 0.60}\n"
}

// caught are the findings by which a machine of the tenant is throttled two minutes after the start.
func caught() []any {
	return []any{finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire)}
}

func cleared(after time.Duration) docket.Act {
	a := act(docket.ActClear, "trial", after)
	a.Outcome, a.NoFlag = evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
	return a
}

// owed returns all credits.
func owed(t tester, b books) []docket.Credit {
	t.Helper()
	all, err := b.AllCredits(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// R10: what should not have been is counted to the minute, and granted in the transaction that says so.
func TestAFalsePositiveIsMadeGood(t *testing.T) {
	for _, c := range []struct {
		name, mode string
		after      time.Duration
		state      docket.CreditState
		amount     int64
	}{
		{"by nobody where it is off", "off", 30 * minute, 0, 0},
		{"when a person says so", "propose", 30 * minute, docket.CreditProposed, 28},
		{"at once up to an amount", "auto", 52 * minute, docket.CreditGranted, 50},
		{"and by a person above it", "auto", 53 * minute, docket.CreditProposed, 51},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := under(t, b, priced(c.mode))
			play(t, d, caught()...)
			heard := play(t, d, cleared(c.after))
			all := owed(t, b)
			if c.state == 0 {
				if len(all) != 0 {
					t.Errorf("owed %+v", all)
				}
				return
			}
			if len(all) != 1 || all[0].State != c.state || all[0].Amount != c.amount || all[0].Minutes != c.amount || all[0].Assets != 1 || all[0].Currency != "EUR" {
				t.Fatalf("owed %+v; expected %s of %d cents", all, c.state, c.amount)
			}
			told, sealed := 0, 0
			last := heard.Changes[len(heard.Changes)-1]
			for _, n := range last.Notices {
				if n.Credit.Amount == all[0].Money() && n.Credit.Minutes == c.amount {
					told++
				}
			}
			for _, leaf := range last.Sealed.Leaves {
				if bytes.Contains(leaf, []byte("\nkind credit\n")) {
					sealed++
				}
			}
			want := 0
			if c.state == docket.CreditGranted {
				want = 1
			}
			if told != want || sealed != want {
				t.Errorf("told in %d notices and sealed in %d leaves; expected %d, what is granted and nothing else", told, sealed, want)
			}
		})
	}
}

// R10: what is granted at once is bounded for a case (docs/credits.md), and not for each time that it is cleared.
func TestWhatIsGrantedAtOnceIsBoundedForACase(t *testing.T) {
	for _, c := range []struct {
		name     string
		before   docket.CreditState
		currency string
		cleared  time.Duration // two minutes of it nothing stood
		state    docket.CreditState
	}{
		{"with 40 cents that were granted, 10 more", docket.CreditGranted, "EUR", 12 * minute, docket.CreditGranted},
		{"and not 11", docket.CreditGranted, "EUR", 13 * minute, docket.CreditProposed},
		{"what was refused counts not", docket.CreditRefused, "EUR", 13 * minute, docket.CreditGranted},
		{"of another currency nothing is reckoned", docket.CreditGranted, "CHF", 12 * minute, docket.CreditProposed},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := under(t, b, priced("auto"))
			play(t, d, caught()...)
			x := folders(t, b)[0].Case
			first := docket.Credit{
				ID: docket.NewCreditID(x.ID, start), Case: x.ID, Tenant: x.Tenant, Family: x.Family, Closed: start, State: c.before, At: start,
				Decisions: []evenkeel.DecisionID{"d-before"}, Assets: 1, Minutes: 40, Amount: 40, Currency: c.currency, Policy: "sha256:1", By: "ada", Why: "Over.",
			}
			if err := b.Transact(ctx, func(tx docket.Tx) error { return tx.Put(docket.Changes{Credits: []docket.Credit{first}}) }); err != nil {
				t.Fatal(err)
			}
			play(t, d, cleared(c.cleared))
			for _, k := range owed(t, b) {
				if k.ID != first.ID && (k.State != c.state || k.Amount != int64((c.cleared-2*minute)/minute)) {
					t.Errorf("owed %+v; expected that it is %s", k, c.state)
				}
			}
			if n := len(owed(t, b)); n != 2 {
				t.Errorf("%d are owed; expected two", n)
			}
		})
	}
}

func TestAPersonGrantsOrRefusesACredit(t *testing.T) {
	for _, c := range []struct {
		kind docket.ActKind
		want docket.CreditState
		told int
	}{{docket.ActCredit, docket.CreditGranted, 1}, {docket.ActNoCredit, docket.CreditRefused, 0}} {
		t.Run(c.kind.String(), func(t *testing.T) {
			b := newBooks()
			d := under(t, b, priced("propose"))
			play(t, d, append(caught(), cleared(30*minute))...)
			mute, nobody := act(c.kind, "trial", 31*minute), act(c.kind, "trial", 31*minute)
			mute.Says, nobody.By = "", ""
			for _, bad := range []docket.Act{mute, nobody} {
				if _, err := one(d, bad); err == nil || evenkeel.KindOf(err) != evenkeel.KindInvalid {
					t.Errorf("without a person or a reason: %v", err)
				}
			}
			heard := play(t, d, act(c.kind, "trial", 32*minute))
			k := owed(t, b)[0]
			if k.State != c.want || k.By != "ada" || k.Why != "Because of this." || k.At != start.Add(32*minute) {
				t.Errorf("it is %+v", k)
			}
			told := 0
			for _, n := range heard.Changes[0].Notices {
				if n.Credit.Amount == "0.28 EUR" && n.Says == "Because of this." && !n.Automatic {
					told++
				}
			}
			if told != c.told {
				t.Errorf("told in %d notices; expected %d", told, c.told)
			}
			again := act(docket.ActCredit, "trial", 33*minute)
			if _, err := one(d, again); err == nil || evenkeel.KindOf(err) != evenkeel.KindNotFound {
				t.Errorf("granted once more: %v; expected that nothing waits", err)
			}
			again.Credit, again.ID = k.ID, "by name"
			if _, err := one(d, again); err == nil || evenkeel.KindOf(err) != evenkeel.KindConflict {
				t.Errorf("granted once more by its name: %v; expected a conflict", err)
			}
		})
	}
}

func TestWhatNobodyCarriedOutIsNotMadeGood(t *testing.T) {
	b := newBooks()
	d := under(t, b, priced("propose"))
	heard := play(t, d, caught()...)
	for _, c := range heard.Changes {
		for _, o := range c.Orders {
			r := evenkeel.Receipt{Order: o.ID, At: o.From, State: evenkeel.ReceiptRefused, Node: "n-1", Why: "There is no such machine."}
			if err := d.Acknowledge(t.Context(), r, o.From); err != nil {
				t.Fatal(err)
			}
		}
	}
	play(t, d, cleared(30*minute))
	if all := owed(t, b); len(all) != 0 {
		t.Errorf("owed %+v; expected nothing for what was never so", all)
	}
}

func TestOutcomesOtherThanAFalsePositiveOweNothing(t *testing.T) {
	for _, o := range []evenkeel.Outcome{evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive} {
		b := newBooks()
		d := under(t, b, priced("auto"))
		end := act(docket.ActClose, "trial", 30*minute)
		end.Outcome = o
		play(t, d, append(caught(), end)...)
		if all := owed(t, b); len(all) != 0 {
			t.Errorf("%s: owed %+v", o, all)
		}
	}
}

// F9: a case is not closed as a false positive without its credit, nor is there a credit without that.
func TestACrashBetweenClosingAndCreditKeepsNoneOrBoth(t *testing.T) {
	b := newBooks()
	play(t, under(t, b, priced("auto")), caught()...)
	if _, err := one(under(t, &failing{books: b, after: 1}, priced("auto")), cleared(30*minute)); !errors.Is(err, errCrash) {
		t.Fatalf("got %v; expected that keeping it fails", err)
	}
	learned, err := b.Learned(t.Context())
	if f := folders(t, b)[0]; f.Case.State == evenkeel.CaseClosed || len(owed(t, b)) != 0 || len(learned) != 0 || err != nil {
		t.Errorf("after the crash the case is %s, %v is owed, %v learned", f.Case.State, owed(t, b), learned)
	}
	play(t, under(t, b, priced("auto")), cleared(30*minute))
	learned, _ = b.Learned(t.Context())
	if f := folders(t, b)[0]; f.Case.State != evenkeel.CaseClosed || len(owed(t, b)) != 1 || len(learned) != 1 || learned[0].False != 1 {
		t.Errorf("after it came again the case is %s, %v is owed, %v learned", f.Case.State, owed(t, b), learned)
	}
}

// R10: whatever is done in a case, what is made good is what a count minute by minute comes to, and
// the same story comes to the same credits, byte for byte.
func TestACreditIsWhatACountMinuteByMinuteComesTo(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var things []any
		at := 0
		for n := range rapid.IntRange(1, 7).Draw(r, "steps") {
			at += rapid.IntRange(1, 90).Draw(r, "minutes")
			after := time.Duration(at) * minute
			switch rapid.IntRange(0, 5).Draw(r, "what") {
			case 0, 1:
				things = append(things, finding("trial-1", "trial", after, evenkeel.Final, usage, wire))
			case 2:
				things = append(things, finding("trial-1", "trial", after, evenkeel.Final, usage, stratum))
			case 3:
				a := act(docket.ActLift, "trial", after)
				a.ID = fmt.Sprint("lift ", n)
				things = append(things, a)
			case 4:
				things = append(things, after)
			case 5:
				a := cleared(after)
				a.ID = fmt.Sprint("clear ", n)
				things = append(things, a)
			}
		}
		things = append(things, cleared(time.Duration(at+1)*minute))
		run := func() (books, []docket.Credit) {
			b := newBooks()
			d := under(r, b, priced("propose"))
			for _, x := range things {
				_, _ = one(d, x) // some acts have nothing to be about
			}
			return b, owed(r, b)
		}
		b, all := run()
		_, again := run()
		x, _ := json.Marshal(all)
		y, _ := json.Marshal(again)
		if !bytes.Equal(x, y) {
			r.Fatalf("the same story owes %s and %s", x, y)
		}
		for _, f := range folders(r, b) {
			got, want := int64(0), int64(0)
			until := evenkeel.Moment(0)
			for _, k := range all {
				if k.Case == f.Case.ID {
					got, until = got+k.Minutes, max(until, k.Closed)
				}
			}
			for m := start; m < until; m = m.Add(minute) {
				if slices.ContainsFunc(f.Decisions, func(d evenkeel.Decision) bool { return bore(&d, m) }) {
					want++
				}
			}
			if got != want {
				r.Fatalf("case %s: %d minutes; expected %d", f.Case.ID, got, want)
			}
		}
	})
}

// R10: what begins when a hearing is over, and ends in the same transaction, was there until then: what
// it took the place of stood.
func TestWhatBeginsAndEndsAtOnceIsMadeGood(t *testing.T) {
	b := newBooks()
	d := under(t, b, priced("propose"))
	for _, at := range []time.Duration{39, 44, 83, 92, 94} {
		play(t, d, finding("trial-1", "trial", at*minute, evenkeel.Final, usage, wire)) // throttled from 83
	}
	play(t, d, finding("trial-1", "trial", 120*minute, evenkeel.Final, usage, stratum), cleared(151*minute)) // isolated from 150, as is seen at 151
	minutes := int64(0)
	for _, k := range owed(t, b) {
		minutes += k.Minutes
	}
	var bears int64
	for m := start; m < start.Add(151*minute); m = m.Add(minute) {
		if slices.ContainsFunc(folders(t, b)[0].Decisions, func(x evenkeel.Decision) bool { return bore(&x, m) }) {
			bears++
		}
	}
	if minutes != bears || bears != 68 {
		t.Errorf("%d minutes are made good; expected all 68, which %d were", minutes, bears)
	}
}

// bore says whether a decision held an asset at a minute; all that happens in the test does on one.
func bore(d *evenkeel.Decision, m evenkeel.Moment) bool {
	if d.Mode != evenkeel.ModeLive || !d.Measure.Enforced() || m < d.From || d.State.Over() && m >= d.At {
		return false
	}
	return d.State == evenkeel.InForce || d.State == evenkeel.Lapsed || d.State == evenkeel.Lifted || d.State == evenkeel.Superseded
}

// The public record counts what was granted, and finds nothing altered.
func TestTheLedgerHasTheCredit(t *testing.T) {
	b := newBooks()
	play(t, under(t, b, priced("auto")), append(caught(), cleared(30*minute))...)
	log := b.(interface {
		Log(context.Context, func(ledger.Log) error) error
	})
	err := log.Log(t.Context(), func(l ledger.Log) error {
		rep, err := ledger.Verify(l, nil, nil)
		if err == nil && rep.Fault != nil {
			err = errors.New(rep.Fault.Says)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// 5.4 of the study of procedure: a machine isolates by a rule that was right in 73 reviewed cases of 73, and not by one
// of 72; what it has not earned is a person's.
func TestAMachineActsAloneByARuleThatHasEarnedIt(t *testing.T) {
	const enforced = "promotion: {enforced: true}\n"
	for _, c := range []struct {
		name, sections string
		right, wrong   int
		stands         bool
	}{
		{"by default as before", "", 0, 0, true},
		{"not where nobody looked at its cases yet", enforced, 0, 0, false},
		{"not with fifteen right", enforced, 15, 0, false},
		{"with sixteen right", enforced, 16, 0, true},
		{"not with twenty-four right of twenty-five", enforced, 23, 1, false},
		{"with one wrong and twenty-four right", enforced, 24, 1, true},
		{"not where a person confirms each", "promotion: {confirm: [crypto-mining]}\n", 99, 0, false},
		{"not for a tenant outside the trial", "promotion: {canary: {crypto-mining: 0}}\n", 99, 0, false},
		{"for one inside it", "promotion: {canary: {crypto-mining: 100}}\n", 0, 0, true},
		{"whatever is asked of other rules", "promotion: {confirm: [flood-out], canary: {login-burst: 0}}\n", 0, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			var past docket.Changes
			for n := range c.right + c.wrong {
				k := evenkeel.Case{ID: evenkeel.CaseID(fmt.Sprint("c-", n)), Tenant: "others", Family: "mining", Opened: 1, Since: 1, State: evenkeel.CaseClosed, Outcome: evenkeel.OutcomeConfirmed}
				if n >= c.right {
					k.Outcome = evenkeel.OutcomeFalsePositive
				}
				past.Cases = append(past.Cases, k)
				past.Lessons = append(past.Lessons, docket.Lesson{Case: k.ID, At: 1, Outcome: k.Outcome, Rules: []docket.RuleVersion{{Rule: "crypto-mining", Version: 1}}})
			}
			if err := b.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(past) }); err != nil {
				t.Fatal(err)
			}
			play(t, under(t, b, c.sections), caught()...)
			all := folders(t, b)
			f := all[len(all)-1]
			if got := slices.Contains(standing(f), "throttle of trial-1"); got != c.stands {
				t.Errorf("it stands: %v; expected %v", got, c.stands)
			}
			if asked := slices.ContainsFunc(f.Decisions, func(d evenkeel.Decision) bool {
				return d.State == evenkeel.Proposed && strings.Contains(strings.Join(d.Why, " "), "crypto-mining")
			}); asked == c.stands {
				t.Errorf("a person is asked, with the rule as the reason: %v; expected %v", asked, !c.stands)
			}
		})
	}
}
