package judge_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// drawHistory draws findings, acts and sweeps of some days, in the order of time.
func drawHistory(t *rapid.T) (things []any) {
	var at time.Duration
	for i := range rapid.IntRange(1, 25).Draw(t, "things") {
		at += time.Duration(rapid.SampledFrom([]int{1, 7, 40, 70, 300, 3000, 20000}).Draw(t, "minutes")) * time.Minute
		tenant := evenkeel.TenantID(rapid.SampledFrom([]string{"trial", "credit"}).Draw(t, "tenant"))
		machine := evenkeel.AssetID(fmt.Sprintf("%s-%d", tenant, rapid.IntRange(1, 3).Draw(t, "machine")))
		switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
		case what < 6:
			signs := rapid.SampledFrom([][]sign{{usage}, {usage, wire}, {usage, stratum}, {stratum}, {wire}}).Draw(t, "signs")
			f := finding(machine, tenant, at, rapid.SampledFrom([]evenkeel.Revision{evenkeel.Provisional, evenkeel.Final}).Draw(t, "revision"), signs...)
			if rapid.IntRange(0, 9).Draw(t, "shadow") == 0 {
				f.Mode = evenkeel.ModeShadow
			}
			things = append(things, f)
		case what < 9:
			things = append(things, drawAct(t, tenant, at, i))
		default:
			things = append(things, at)
		}
	}
	return things
}

func drawAct(t *rapid.T, tenant evenkeel.TenantID, at time.Duration, i int) docket.Act {
	kinds := []docket.ActKind{
		docket.ActAnswer, docket.ActMessage, docket.ActClear, docket.ActClose, docket.ActApprove, docket.ActRefuse, docket.ActLower, docket.ActLift, docket.ActFlag,
	}
	a := act(rapid.SampledFrom(kinds).Draw(t, "act"), tenant, at)
	a.ID = fmt.Sprintf("test act-%d", i)
	switch a.Kind {
	case docket.ActClear:
		a.Outcome = evenkeel.OutcomeFalsePositive
		if rapid.Bool().Draw(t, "with a flag") {
			a.Grant = &docket.Grant{Selector: evenkeel.Selector{Principal: "ci"}, Until: a.At.Add(240 * time.Hour)}
		} else {
			a.NoFlag = docket.NoFlagOnce
		}
	case docket.ActFlag:
		a.Grant = &docket.Grant{Selector: evenkeel.Selector{TenantWide: true}, Until: a.At.Add(24 * time.Hour)}
	case docket.ActClose:
		a.Outcome = rapid.SampledFrom([]evenkeel.Outcome{evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive}).Draw(t, "outcome")
	case docket.ActLower:
		a.Measure = rapid.SampledFrom([]evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle}).Draw(t, "to")
	}
	return a
}

func TestWhatMustAlwaysHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBooks()
		d := newDocket(t, b)
		allowed := map[evenkeel.FindingID]evenkeel.Measure{}
		cleared := map[evenkeel.TenantID]evenkeel.Moment{}
		things := drawHistory(t)
		for _, x := range things {
			heard, err := one(d, x)
			if err != nil && evenkeel.KindOf(err) == evenkeel.KindInternal {
				t.Fatalf("%+v: %v", x, err)
			}
			for _, w := range heard.Weighed {
				if w.Mode == evenkeel.ModeLive {
					allowed[w.Finding] = max(allowed[w.Finding], w.Allowed)
				}
			}
			for _, c := range heard.Changes {
				for i := range c.Decisions {
					checkMade(t, &c.Decisions[i], allowed, cleared)
				}
			}
			if a, ok := x.(docket.Act); ok && err == nil {
				switch {
				case a.Kind == docket.ActClear:
					cleared[a.Tenant] = a.At
				case a.Kind == docket.ActClose && a.Outcome != evenkeel.OutcomeInconclusive: // found rightly after all
					delete(cleared, a.Tenant)
				}
			}
			for _, f := range folders(t, b) {
				checkFolder(t, f)
			}
		}
	})
}

// checkMade holds a decision of a machine to what the finding allows, and to a clearance.
func checkMade(t *rapid.T, x *evenkeel.Decision, allowed map[evenkeel.FindingID]evenkeel.Measure, cleared map[evenkeel.TenantID]evenkeel.Moment) {
	if err := x.Check(); err != nil {
		t.Fatal(err)
	}
	if x.Mode != evenkeel.ModeLive || !x.Actor.Automatic() || x.State != evenkeel.InForce && x.State != evenkeel.Held {
		return
	}
	if most := allowed[x.Grounds.Basis[0].Finding]; x.Measure > most {
		t.Fatalf("%s by a machine, where at most %s is allowed alone", x.Measure, most)
	}
	if x.Measure > evenkeel.MeasureThrottle && x.Tenant == "credit" {
		t.Fatalf("%s by a machine of a tenant of whose payments nothing is known: at most throttle was expected of compute", x.Measure)
	}
	if at, ok := cleared[x.Tenant]; ok && x.From < at.Add(30*24*time.Hour) && x.From > at {
		t.Fatalf("%s by a machine at %s, after the clearance at %s", x.Measure, x.From, at)
	}
}

// checkFolder holds what is kept about a case to what must always hold of it.
func checkFolder(t *rapid.T, f docket.Folder) {
	for i, e := range f.Entries {
		if e.Seq != int64(i+1) {
			t.Fatalf("entry %d has the number %d", i+1, e.Seq)
		}
	}
	seen := map[evenkeel.AssetID]bool{}
	for i := range f.Findings {
		seen[f.Findings[i].Subject.Asset] = true
	}
	lifts, orders := map[evenkeel.DecisionID]int{}, map[evenkeel.DecisionID]int{}
	for _, o := range f.Orders {
		if o.Lift {
			lifts[o.Decision]++
		} else {
			orders[o.Decision]++
		}
		if o.Until == 0 || len(o.Assets) == 0 {
			t.Fatalf("an order without an end or assets: %+v", o)
		}
	}
	for _, x := range f.Decisions {
		for _, a := range x.Assets {
			if !seen[a] {
				t.Fatalf("%s of %s, about which nothing was found", x.Measure, a)
			}
		}
		live := x.Mode == evenkeel.ModeLive
		told := slices.ContainsFunc(f.Notices, func(n evenkeel.Notice) bool { return n.Decision == x.ID && n.State == evenkeel.InForce })
		lease := slices.ContainsFunc(f.Clocks, func(c docket.Clock) bool {
			return c.Decision == x.ID && c.Kind == docket.ClockLease && c.Ended == 0 && c.Due == x.Until
		})
		inForce := live && x.State == evenkeel.InForce
		switch {
		case inForce && !told:
			t.Fatalf("%s is in force without a notice", x.Measure)
		case inForce != lease:
			t.Fatalf("%s, %s: a lease runs: %v", x.Measure, x.State, lease)
		case inForce && f.Case.State == evenkeel.CaseClosed && f.Case.Outcome.Cleared():
			t.Fatalf("%s is in force in a case that was cleared", x.Measure)
		case inForce && x.Measure.Enforced() && orders[x.ID] != 1, !live && orders[x.ID] > 0:
			t.Fatalf("%s, %s, %s: %d orders", x.Measure, x.State, x.Mode, orders[x.ID])
		case orders[x.ID] > 0 && x.State.Over() != (lifts[x.ID] == 1):
			t.Fatalf("%s, %s: %d orders to let go", x.Measure, x.State, lifts[x.ID])
		}
	}
	if waits := f.Case.Waiting != 0; waits && f.Case.State == evenkeel.CaseOpen {
		t.Fatalf("the tenant waits and the case is only %s", f.Case.State)
	}
}

func timeOf(x any) evenkeel.Moment {
	switch x := x.(type) {
	case evenkeel.Finding:
		return x.At
	case docket.Act:
		return x.At
	}
	return start.Add(x.(time.Duration))
}

func TestWhenTheClocksAreLookedAtDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		things := drawHistory(t)
		end := time.Duration(timeOf(things[len(things)-1]).Sub(start)) + 10*24*time.Hour
		often, seldom := newBooks(), newBooks()
		a, b := newDocket(t, often), newDocket(t, seldom)
		last := time.Duration(0)
		for _, x := range things {
			for now := timeOf(x).Sub(start); last < now; last += 90 * time.Minute {
				if _, err := one(a, last); err != nil {
					t.Fatal(err)
				}
			}
			if _, isSweep := x.(time.Duration); isSweep {
				continue
			}
			_, errA := one(a, x)
			_, errB := one(b, x)
			if (errA == nil) != (errB == nil) {
				t.Fatalf("%+v: %v with many sweeps, %v with none", x, errA, errB)
			}
		}
		if _, err := one(a, end); err != nil {
			t.Fatal(err)
		}
		if _, err := one(b, end); err != nil {
			t.Fatal(err)
		}
		if got, want := folders(t, often), folders(t, seldom); !reflect.DeepEqual(got, want) {
			t.Fatalf("the books differ:\n%+v\n%+v", got, want)
		}
	})
}
