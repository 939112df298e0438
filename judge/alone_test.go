package judge_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/memory"
)

// mines is the way of one machine from the first question to an isolation that is held.
func mines(asset evenkeel.AssetID, after time.Duration) []any {
	return []any{
		finding(asset, "trial", after, evenkeel.Provisional, usage, stratum), finding(asset, "trial", after+2*minute, evenkeel.Final, usage, stratum),
		finding(asset, "trial", after+time.Hour, evenkeel.Provisional, usage, stratum), finding(asset, "trial", after+time.Hour+2*minute, evenkeel.Final, usage, stratum),
	}
}

// Story A: a lock of the whole account was one automatic act. Machine by machine it would be
// the same.
func TestAMachineNeverCutsOffAllThatATenantRuns(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	for i := 1; i <= 3; i++ {
		play(t, d, mines(evenkeel.AssetID(fmt.Sprintf("trial-%d", i)), time.Duration(i)*minute)...)
	}
	play(t, d, 4*time.Hour)
	cut, asked := 0, ""
	for _, f := range folders(t, b) {
		for _, x := range f.Decisions {
			switch {
			case x.Measure == evenkeel.MeasureIsolate && (x.State == evenkeel.InForce || x.State == evenkeel.Held):
				cut++
			case x.State == evenkeel.Proposed && x.Grounds.Row == "above isolate, or account-wide":
				asked = strings.Join(x.Why, " ")
			}
		}
	}
	if cut != 2 || !strings.Contains(asked, "two persons") {
		t.Errorf("%d of three machines are cut off, and a person is asked %q; expected that the last one takes two persons", cut, asked)
	}
	var last evenkeel.DecisionID
	for _, x := range folders(t, b)[0].Decisions {
		if x.State == evenkeel.Proposed {
			last = x.ID
		}
	}
	approve := act(docket.ActApprove, "trial", 4*time.Hour+minute)
	approve.Decision, approve.Measure = last, evenkeel.MeasureIsolate
	if _, err := one(d, approve); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("one person approves it: %v; expected that it is denied", err)
	}
}

// otherwise is what another rule finds of the last of three machines, as often as it takes to reach
// the top of the ladder of its family.
func otherwise(rule, family string, after time.Duration, signs ...sign) (out []any) {
	for i := range 6 {
		f := finding("trial-3", "trial", after+time.Duration(i)*5*minute, evenkeel.Final, signs...)
		f.Rule, f.Family = rule, family
		f.ID = evenkeel.NewFindingID(rule, 1, f.Subject, f.At)
		out = append(out, f)
	}
	return out
}

// R5 and A: under one family of rules and under another, in two cases, a lock of the account is one
// all the same.
func TestAnAccountIsCutOffUnderSeveralFamiliesByTwoPersonsOnly(t *testing.T) {
	for _, c := range []struct {
		name, rule, family string
		signs              []sign
		is                 evenkeel.Measure
	}{
		{"two machines isolated as miners, the third frozen as taken over", "takeover", "takeover", []sign{usage, wire}, evenkeel.MeasureFreeze},
		{"two machines isolated as miners, the third isolated for a flood", "flood-out", "flood", []sign{wire, {family: evenkeel.EvidenceWire, conclusive: true}}, evenkeel.MeasureIsolate},
	} {
		t.Run(c.name, func(t *testing.T) {
			highest := func(others int) (top evenkeel.Measure, asked evenkeel.DecisionID) {
				b := newBooks()
				d := docketOf(t, b, since(30, "ada", "bea", "cid"))
				for i := 1; i <= others; i++ {
					play(t, d, mines(evenkeel.AssetID(fmt.Sprintf("trial-%d", i)), time.Duration(i)*minute)...)
				}
				play(t, d, otherwise(c.rule, c.family, 2*time.Hour, c.signs...)...)
				for _, f := range folders(t, b) {
					for _, x := range f.Decisions {
						switch {
						case x.Family != c.family:
						case x.State == evenkeel.Proposed && x.Grounds.Row == "above isolate, or account-wide":
							asked = x.ID
						case x.State == evenkeel.InForce || x.State == evenkeel.Held:
							top = max(top, x.Measure)
						}
					}
				}
				if asked == "" {
					return top, ""
				}
				a := act(docket.ActApprove, "trial", 3*time.Hour)
				a.Family, a.Decision, a.Measure = c.family, asked, c.is
				play(t, d, a)
				for _, f := range folders(t, b) {
					for _, x := range f.Decisions {
						if x.Family == c.family && x.Measure == c.is && x.State == evenkeel.InForce {
							t.Errorf("by one person %s is in force", x.Measure)
						}
					}
					if f.Case.Family == c.family && (len(f.Reviews) != 1 || f.Reviews[0].About != docket.AboutAccount) {
						t.Errorf("after an approval by one person there are reviews %+v; expected one, of the account", f.Reviews)
					}
				}
				return top, asked
			}
			if top, asked := highest(1); top != c.is || asked != "" {
				t.Fatalf("with one machine cut off the machine enters %s, and asks in %q; expected %s, or this shows nothing", top, asked, c.is)
			}
			if top, asked := highest(2); top >= evenkeel.MeasureFreeze || asked == "" {
				t.Errorf("with two machines cut off the machine enters %s, and asks in %q; expected that it asks a person", top, asked)
			}
		})
	}
}

func TestAHearingThatEndsAfterTheTenancyMeetsNobody(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	heard := play(t, d, mines("trial-1", 0)[:3]...)
	last := heard.Changes[len(heard.Changes)-1].Decisions
	if x := last[len(last)-1]; x.State != evenkeel.Held {
		t.Fatalf("%s is %s; expected an isolation that is held", x.Measure, x.State)
	}
	gone := moved{world, "credit", start.Add(70 * minute), []evenkeel.AssetID{"trial-1"}}
	after, err := d.Sweep(context.Background(), start.Add(3*time.Hour), gone)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range after.Changes {
		for _, o := range c.Orders {
			if !o.Lift {
				t.Errorf("%s of %v is ordered, which another tenant holds by then", o.Measure, o.Assets)
			}
		}
	}
}

func TestAnApprovalReachesOnlyWhatTheTenantStillHolds(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	f := finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire)
	again := finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire)
	again.Assets = []evenkeel.AssetID{"trial-2"}
	play(t, d, f, act(docket.ActAnswer, "trial", minute), again)
	gone := moved{world, "credit", start.Add(5 * minute), []evenkeel.AssetID{"trial-1"}}
	approve := act(docket.ActApprove, "trial", 10*minute)
	heard, err := d.Do(context.Background(), d.LeftOpen(approve), gone)
	if err != nil {
		t.Fatal(err)
	}
	if o := heard.Changes[0].Orders; len(o) != 1 || len(o[0].Assets) != 1 || o[0].Assets[0] != "trial-2" {
		t.Errorf("orders %+v; expected one for the machine that is left", o)
	}
}

// One tenant's case that cannot go on must not keep the clocks of all others from running.
func TestACaseThatFailsStopsNoOther(t *testing.T) {
	b := memory.New(nil)
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Final, usage), finding("credit-1", "credit", minute, evenkeel.Final, usage))
	if err := b.EraseKey(context.Background(), "trial"); err != nil {
		t.Fatal(err)
	}
	heard, err := one(d, 10*24*time.Hour)
	if err == nil || !strings.Contains(err.Error(), "sweep case") {
		t.Errorf("got %v; expected that the failing case is told", err)
	}
	lapsed := false
	for _, c := range heard.Changes {
		for _, x := range c.Decisions {
			lapsed = lapsed || x.Tenant == "credit" && x.State == evenkeel.Lapsed
		}
	}
	if !lapsed {
		t.Error("the other tenant's notice did not lapse")
	}
	found := []evenkeel.Finding{finding("trial-2", "trial", 11*24*time.Hour, evenkeel.Final, usage), finding("credit-2", "credit", 11*24*time.Hour, evenkeel.Final, usage)}
	heard, err = d.Consider(context.Background(), found, world, 0)
	if err == nil || len(heard.Changes) != 1 || heard.Changes[0].Tenant != "credit" {
		t.Errorf("%d changes, %v; expected that the other finding is judged", len(heard.Changes), err)
	}
}

func TestManyClocksOfOneCaseRunOutTogether(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	f := finding("trial-1", "trial", 0, evenkeel.Final, usage)
	play(t, d, f)
	c := folders(t, b)[0].Case
	many := docket.Changes{Tenant: "trial", Family: "mining"}
	for i := range 3000 {
		many.Clocks = append(many.Clocks, docket.Clock{
			Case: c.ID, Decision: evenkeel.DecisionID(fmt.Sprintf("d-%d", i)), Kind: docket.ClockAppeal, Started: start, Due: start.Add(minute), Breach: "It is over.",
		})
	}
	if err := b.Transact(context.Background(), func(tx docket.Tx) error { return tx.Put(many) }); err != nil {
		t.Fatal(err)
	}
	if _, err := one(d, time.Hour); err != nil {
		t.Fatal(err)
	}
	if due, err := b.Due(context.Background(), start.Add(time.Hour), 9); err != nil || len(due) != 0 {
		t.Errorf("%v is due still, %v", due, err)
	}
}

// What one person may hold alone does not begin anew with another case.
func TestOnePersonDoesNotIsolateAgainInAnotherCase(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	isolate := func(after time.Duration, by evenkeel.PersonID) error {
		play(t, d, mines("trial-1", after)...)
		all := folders(t, b)
		for _, x := range all[len(all)-1].Decisions {
			if x.State == evenkeel.Held || x.State == evenkeel.Proposed {
				a := act(docket.ActApprove, "trial", after+65*minute)
				a.ID, a.By, a.Decision, a.Measure = a.ID+string(by), by, x.ID, evenkeel.MeasureIsolate
				_, err := one(d, a)
				return err
			}
		}
		t.Fatalf("nothing waits for a person: %+v", all[len(all)-1].Decisions)
		return nil
	}
	if err := isolate(0, "ada"); err != nil {
		t.Fatal(err)
	}
	closed := act(docket.ActClose, "trial", 2*time.Hour)
	closed.By, closed.Outcome = "ada", evenkeel.OutcomeConfirmed
	play(t, d, closed)
	if err := isolate(6*time.Hour, "ada"); evenkeel.KindOf(err) != evenkeel.KindDenied || !strings.Contains(err.Error(), "already, in case") {
		t.Errorf("the same person, in a new case: %v; expected that it is denied", err)
	}
	if err := isolate(6*time.Hour, "ben"); err != nil {
		t.Errorf("another person: %v", err)
	}
	if n := len(folders(t, b)); n != 2 {
		t.Errorf("%d cases; expected two", n)
	}
}

// R5 and A: what is held becomes account-wide where the tenant gives its other machines back meanwhile. The law holds when
// it takes effect too: of three that are held two are isolated, and a person is asked about the one that would be all.
func TestWhatIsHeldIsNotEnteredOnceItWouldBeAllThatATenantRuns(t *testing.T) {
	for _, gone := range []bool{false, true} {
		b := newBooks()
		d, known := newDocket(t, b), &land{}
		for _, after := range []time.Duration{0, 61 * minute, 122 * minute} {
			for n := 1; n <= 3; n++ {
				signs := []sign{usage, stratum}
				if after == 0 {
					signs = signs[:1]
				}
				considered(t, d, known, finding(machineOf("trial", n), "trial", after, evenkeel.Final, signs...))
			}
		}
		if n := waiting(folders(t, b)[0]); n != 3 {
			t.Fatalf("%d are held; expected three", n)
		}
		isolated, asked := 3, 0
		if gone {
			isolated, asked = 2, 1
			for n := 4; n <= machines; n++ {
				known = known.without(machineOf("trial", n), start.Add(124*minute))
			}
		}
		if _, err := d.Sweep(context.Background(), start.Add(200*minute), known); err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, s := range standing(folders(t, b)[0]) {
			if strings.HasPrefix(s, "isolate") {
				got++
			}
		}
		if _, n := enforced(t, b); got != isolated || n != asked {
			t.Errorf("others given back %v: %d are isolated and %d asked of a person; expected %d and %d", gone, got, n, isolated, asked)
		}
	}
}
