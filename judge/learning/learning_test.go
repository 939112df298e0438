package learning

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

// F16: nobody learned that a rule was weak. The numbers are those of reviewed cases that a share
// takes at least, with nobody and with one found innocent.
func TestHowManyReviewedCasesAShareTakes(t *testing.T) {
	for _, x := range []struct {
		share        Permille
		none, oneOut int64
	}{{800, 16, 25}, {900, 35, 53}, {950, 73, 110}, {990, 381, 563}} {
		for wrong, n := range []int64{x.none, x.oneOut} {
			enough := Tally{Confirmed: n - int64(wrong), False: int64(wrong)}
			short := enough
			short.Confirmed--
			if !enough.AtLeast(x.share) || short.AtLeast(x.share) {
				t.Errorf("%s with %d wrong: %d cases are enough: %t, one less: %t; expected true, false", x.share, wrong, n, enough.AtLeast(x.share), short.AtLeast(x.share))
			}
			if enough.Bound() < x.share || short.Bound() >= x.share {
				t.Errorf("%s with %d wrong: the bounds are %s and, with one less, %s", x.share, wrong, enough.Bound(), short.Bound())
			}
		}
	}
}

func TestARuleThatNobodyReviewedHasShownNothing(t *testing.T) {
	for _, unreviewed := range []Tally{{}, {Inconclusive: 1000}, {Covered: 1000}} {
		if unreviewed.Bound() != 0 || unreviewed.AtLeast(1) {
			t.Errorf("%+v shows %s; expected nothing", unreviewed, unreviewed.Bound())
		}
		if ok, why := Gate(unreviewed, evenkeel.MeasureThrottle); ok || why == "" {
			t.Errorf("%+v: a machine may throttle (%q)", unreviewed, why)
		}
		if ok, _ := Gate(unreviewed, evenkeel.MeasureNotify); !ok {
			t.Errorf("%+v: a machine may not even tell", unreviewed)
		}
	}
}

func TestNoNumberOfCasesLetsAMachineDoWhatTakesTwoPersons(t *testing.T) {
	sure := Tally{Confirmed: 1 << 40}
	for m := evenkeel.MeasureNone; m.String() != "invalid"; m++ {
		ok, why := Gate(sure, m)
		if ok == m.NeedsTwo() || ok != (why == "") || (Missing(sure, m) == 0) != ok {
			t.Errorf("%s: %t, %q", m, ok, why)
		}
	}
}

func TestHowManyMoreAreMissing(t *testing.T) {
	for _, x := range []struct {
		tally Tally
		m     evenkeel.Measure
		want  int64
	}{
		{Tally{}, evenkeel.MeasureThrottle, 16}, {Tally{Victims: 10}, evenkeel.MeasureThrottle, 6},
		{Tally{False: 1}, evenkeel.MeasureIsolate, 109}, {Tally{Mismatches: 1}, evenkeel.MeasureIsolate, 109},
		{Tally{Confirmed: 16}, evenkeel.MeasureThrottle, 0}, {Tally{}, evenkeel.MeasureSuspend, -1},
		{Tally{False: 1 << 30}, evenkeel.MeasureThrottle, -1},
	} {
		if got := Missing(x.tally, x.m); got != x.want {
			t.Errorf("%+v, %s: %d more; expected %d", x.tally, x.m, got, x.want)
		}
	}
}

func drawTally(t *rapid.T) Tally {
	n := rapid.OneOf(rapid.Int64Range(0, 400), rapid.Int64Range(0, 1<<40))
	return Tally{Confirmed: n.Draw(t, "confirmed"), Victims: n.Draw(t, "victims"), Mismatches: n.Draw(t, "mismatches"), False: n.Draw(t, "false")}
}

// The exact comparison agrees with the formula as it is written in books, where that is not
// within what floating point may err.
func TestTheBoundIsWilsons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawTally(t)
		n, z := float64(x.Reviewed()), 1.959964
		if n == 0 {
			return
		}
		p := float64(x.Right()) / n
		low := (p + z*z/(2*n) - z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))) / (1 + z*z/n)
		if got := float64(x.Bound()) / 1000; got > low+1e-6 || got < low-0.001-1e-6 {
			t.Fatalf("%+v: %g; expected %g, rounded down", x, got, low)
		}
	})
}

func TestOneMoreFalsePositiveNeverMakesARuleLookBetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawTally(t)
		worse, better := x, x
		worse.Add(rapid.SampledFrom([]evenkeel.Outcome{evenkeel.OutcomeFalsePositive, evenkeel.OutcomePolicyMismatch}).Draw(t, "wrong"), false)
		better.Add(rapid.SampledFrom([]evenkeel.Outcome{evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim}).Draw(t, "right"), false)
		if worse.Bound() > x.Bound() || better.Bound() < x.Bound() {
			t.Fatalf("%+v: %s; one more wrong: %s, one more right: %s", x, x.Bound(), worse.Bound(), better.Bound())
		}
	})
}

func TestEveryOutcomeIsCounted(t *testing.T) {
	var x Tally
	for o := evenkeel.OutcomeNone; o.String() != "invalid"; o++ {
		x.Add(o, true)
	}
	want := Tally{Confirmed: 1, Victims: 1, Mismatches: 1, False: 1, Inconclusive: 1, Covered: 1, Audited: 4, AuditedWrong: 2}
	if x != want {
		t.Errorf("%+v; expected %+v", x, want)
	}
	if twice := x.Sum(x); twice.Reviewed() != 8 || twice.Right() != 4 || twice.Audited != 8 {
		t.Errorf("twice is %+v", twice)
	}
}

func TestACanaryStaysInAsItsShareGrows(t *testing.T) {
	in := map[Permille]int{}
	for i := range 2000 {
		tenant := evenkeel.TenantID("t-" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + time.Duration(i).String())
		was := false
		for _, share := range []Permille{0, 10, 100, 500, 1000} {
			is := Canary("cpu-mining", tenant, share)
			if was && !is {
				t.Fatalf("%s falls out at %s", tenant, share)
			}
			if was = is; is {
				in[share]++
			}
		}
	}
	if in[0] != 0 || in[1000] != 2000 || in[500] < 850 || in[500] > 1150 || in[100] < 120 || in[100] > 280 {
		t.Errorf("of 2000 tenants: %v", in)
	}
	same := 0
	for i := range 1000 {
		c := evenkeel.CaseID("c-" + time.Duration(i).String())
		if Audited(c, "one", 500) == Audited(c, "another", 500) {
			same++
		}
	}
	if same < 400 || same > 600 {
		t.Errorf("another nonce draws the same for %d of 1000 cases; expected about half", same)
	}
}

// F16: whom a new rule acts on first is drawn for each rule, so that not the same tenants bear all of them.
func TestEachRuleHasACanaryOfItsOwn(t *testing.T) {
	both, one := 0, 0
	for i := range 2000 {
		tenant := evenkeel.TenantID(fmt.Sprint("t-", i))
		a, b := Canary("cpu-mining", tenant, 100), Canary("flood-out", tenant, 100)
		if a && b {
			both++
		}
		if a {
			one++
		}
	}
	if one < 120 || both > 50 { // one of ten of one of ten: 20
		t.Errorf("of 2000 tenants %d are the canary of one rule, and %d of another one as well; expected about 200 and 20", one, both)
	}
}

func TestAttentionIsTheTimeBetweenAPersonsLooksAndActs(t *testing.T) {
	line := func(at time.Duration, who evenkeel.PersonID, k evenkeel.EntryKind) evenkeel.Entry {
		return evenkeel.Entry{At: evenkeel.Moment(1000).Add(at), Kind: k, Actor: evenkeel.Actor{Person: who}}
	}
	got := Attention([]evenkeel.Entry{
		line(0, "", evenkeel.EntryFound),
		line(0, "ada", evenkeel.EntryLooked),              // 1 min
		line(2*time.Minute, "ben", evenkeel.EntryLooked),  // 1 min
		line(5*time.Minute, "ada", evenkeel.EntryLooked),  // 5 min
		line(5*time.Minute, "ada", evenkeel.EntryDecided), // follows from an act
		line(9*time.Minute, "ada", evenkeel.EntryActed),   // 4 min
		line(3*time.Hour, "ada", evenkeel.EntryActed),     // 1 min
	})
	if want := 12 * time.Minute; got != want {
		t.Errorf("%s; expected %s", got, want)
	}
}

// TestWhatIsMissingIsSaidForNoneOneAndMany.
func TestWhatIsMissingIsSaidForNoneOneAndMany(t *testing.T) {
	const begins = "throttle takes a rule that is right in 80 % of its cases at least; "
	for says, tally := range map[string]Tally{
		"none of them was reviewed.":                                          {Inconclusive: 2},
		"it was right in the only one that was reviewed, which shows 20.6 %.": {Confirmed: 1},
		"it was wrong in the only one that was reviewed, which shows 0 %.":    {False: 1},
		"it was right in none of 3 that were reviewed, which shows 0 %.":      {False: 3},
		"it was right in 1 of 3 that were reviewed, which shows 6.1 %.":       {Confirmed: 1, False: 2},
		"it was right in 15 of 15 that were reviewed, which shows 79.6 %.":    {Confirmed: 15},
	} {
		if _, why := Gate(tally, evenkeel.MeasureThrottle); why != begins+says {
			t.Errorf("%+v: %q; expected %q", tally, why, begins+says)
		}
	}
}
