package procedure

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// These tests let May 2019 happen again, with one case after another: see the failures that
// each of them names.

// miners is a clerk whose case of mining is as far as throttle, with an isolation that waits
// for its hearing from start + 20 minutes on.
func miners(t *testing.T) *clerk {
	c := newClerk(mining(), shown, newWitness(t))
	for i, m := range []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate} {
		c.consider(again(start.Add(time.Duration(i)*10*minute), i), proposal(c.fam, m))
	}
	return c
}

// again is the n-th finding about the same machines.
func again(at evenkeel.Moment, n int) *evenkeel.Finding {
	f := found(at, "vm-1 vm-2")
	f.ID = evenkeel.FindingID([]string{"f-1", "f-2", "f-3", "f-4"}[n])
	return f
}

// standing is the states of a case's decisions, in the order of their making.
func standing(c *clerk) (s string) {
	for _, x := range c.newest().Decisions {
		s += x.Measure.String() + " " + x.State.String() + "; "
	}
	return s
}

func (c *clerk) mustDo(t *testing.T, a docket.Act) {
	t.Helper()
	if err := c.do(c.newest(), a, policy.Earned{}); err != nil {
		t.Fatalf("%s: %v", a.Kind, err)
	}
	c.seen.looks(c)
}

// F7: a customer who answers in five minutes is not locked.
func TestACustomerWhoAnswersInFiveMinutesIsNotLocked(t *testing.T) {
	silent := miners(t)
	silent.sweep(start.Add(2 * hour))
	if got, want := standing(silent), "notify superseded; throttle superseded; isolate in_force; "; got != want {
		t.Errorf("silent: %s; expected %s", got, want)
	}
	c := miners(t)
	c.mustDo(t, tenantSays(docket.ActAnswer, start.Add(35*minute)))
	c.sweep(start.Add(80 * minute))
	if got, want := standing(c), "notify superseded; throttle in_force; isolate proposed; "; got != want {
		t.Errorf("answered: %s; expected %s", got, want)
	}
}

// F8: the customer writes, writes again, and nobody is there. An hour after the first word
// what is enforced steps down, and no later finding brings it back.
func TestNobodyIsThereForAnHour(t *testing.T) {
	c := miners(t)
	c.mustDo(t, tenantSays(docket.ActMessage, start.Add(35*minute)))
	c.mustDo(t, tenantSays(docket.ActMessage, start.Add(80*minute)))
	c.sweep(start.Add(95*minute) - 1)
	if got, want := standing(c), "notify superseded; throttle in_force; isolate proposed; "; got != want {
		t.Errorf("before the hour is over: %s; expected %s", got, want)
	}
	c.sweep(start.Add(95 * minute))
	c.consider(again(start.Add(100*minute), 3), proposal(c.fam, evenkeel.MeasureThrottle))
	c.seen.looks(c)
	if got, want := standing(c), "notify superseded; throttle lapsed; isolate proposed; "; got != want {
		t.Errorf("when it is: %s; expected %s", got, want)
	}
	if w := c.newest().Case.Waiting; w != start.Add(35*minute) {
		t.Errorf("the tenant waits since %s; expected since its first word", w)
	}
}

// F9, F10: cleared at night with a flag, found again three hours later: recorded, and nothing
// happens. What the flag does not cover reaches a person, who sees the clearance.
func TestTheSecondRunAfterAClearance(t *testing.T) {
	c := miners(t)
	c.mustDo(t, tenantSays(docket.ActAnswer, start.Add(35*minute)))
	c.mustDo(t, personDoes(docket.ActClear, start.Add(hour), func(a *docket.Act) { a.Grant = grant() }))
	if len(c.flags) != 1 || len(c.newest().Clocks) != 0 {
		t.Fatalf("flags %v, clocks %v; expected a flag, and that nothing runs", c.flags, c.newest().Clocks)
	}
	covered := proposal(c.fam, evenkeel.MeasureThrottle)
	covered.Allowed, covered.Flag = evenkeel.MeasureNone, c.flags[0].ID
	c.consider(again(start.Add(4*hour), 3), covered)
	if got, want := standing(c), "notify superseded; throttle lifted; isolate refused; none suppressed; "; got != want || c.newest().Case.State != evenkeel.CaseClosed {
		t.Errorf("%s, case %s; expected %s, closed", got, c.newest().Case.State, want)
	}
	f := again(start.Add(5*hour), 3)
	f.ID = "f-5"
	c.consider(f, proposal(c.fam, evenkeel.MeasureThrottle))
	if got, want := standing(c), "notify superseded; throttle lifted; isolate refused; none suppressed; none proposed; "; got != want || c.newest().Case.State != evenkeel.CaseReopened {
		t.Errorf("%s, case %s; expected %s, reopened", got, c.newest().Case.State, want)
	}
	c.seen.looks(c)
}
