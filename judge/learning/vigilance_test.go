package learning

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// judges lets a reviewer, who misses so many of a thousand, judge known cases until the lead is
// called or there are no more, and returns how many that took; 0 where nobody was called.
func judges(r *rand.Rand, misses, most int, limit Permille) int {
	var v Vigilance
	for n := range most {
		found := evenkeel.OutcomeFalsePositive
		if r.IntN(1000) < misses {
			found = evenkeel.OutcomeConfirmed
		}
		if v.Count(found); v.Alarm(limit) {
			return n + 1
		}
	}
	return 0
}

// F17: inject known cases, and call the lead when a reviewer's miss rate passes the limit. A thousand
// reviewers of each kind judge a hundred known cases each. That one of 2 % is ever taken for one who
// passes the limit of 10 % has a probability of 0.0044, by the sum over all ways to get there.
func TestWhoMissesIsFoundAndWhoDoesNotIsNot(t *testing.T) {
	for _, c := range []struct {
		misses      int // of a thousand
		least, most int // of a thousand reviewers over whom the lead is called
		within      int // known cases, for each of them
	}{
		{1000, 1000, 1000, LeastControls},
		{500, 1000, 1000, 50},
		{300, 990, 1000, 100},
		{20, 0, 15, 100},
		{0, 0, 0, 100},
	} {
		t.Run(fmt.Sprintf("a reviewer who misses %s", Permille(c.misses)), func(t *testing.T) {
			r := rand.New(rand.NewPCG(17, uint64(c.misses)))
			called := 0
			for range 1000 {
				switch n := judges(r, c.misses, 100, UsualAudit.Limit); {
				case n > c.within:
					t.Errorf("found after %d known cases; expected %d", n, c.within)
				case n > 0:
					called++
				}
			}
			if called < c.least || called > c.most {
				t.Errorf("the lead was called over %d of a thousand; expected %d to %d", called, c.least, c.most)
			}
		})
	}
}

func TestOneMissIsNobodysHabit(t *testing.T) {
	for n := int64(1); n < LeastControls; n++ {
		if (Vigilance{n, n}).Alarm(1) {
			t.Errorf("%d of %d calls the lead", n, n)
		}
	}
	if (Vigilance{100, 100}).Alarm(0) {
		t.Error("without a limit the lead is called")
	}
	var v Vigilance
	v.Count(evenkeel.OutcomeInconclusive)
	if v != (Vigilance{1, 0}) {
		t.Errorf("whoever finds nothing out is %+v", v)
	}
}

// F17: of what people are asked, the share that is known is the one that the policy names, also where the lot
// seldom falls; whether somebody is asked about a known case has nothing to do with whether the lot fell.
func TestAsManyAreKnownAsThePolicyNames(t *testing.T) {
	for _, a := range []Audit{
		{Share: 20, Controls: 50}, {Share: 50, Controls: 10}, {Share: 1000, Controls: 0}, {Share: 1000, Controls: 10}, {Share: 1000, Controls: 50},
		{Share: 1000, Controls: 250}, {Share: 1000, Controls: 500}, {Share: 1000, Controls: 900}, {Share: 250, Controls: 100},
	} {
		const closed = 100_000
		real, known, both := 0, 0, 0
		for n := range closed {
			c := evenkeel.CaseID(fmt.Sprint("c-", n))
			falls, is := Audited(c, "nonce", a.Share), Known(c, "another", a)
			real, known, both = real+count(falls), known+count(is), both+count(falls && is)
		}
		want := float64(min(a.Controls, 500)) / 1000
		n := float64(real + known)
		if got := float64(known) / n; math.Abs(got-want) > 5*math.Sqrt(want*(1-want)/n) {
			t.Errorf("%s of all, of these %s: %.4f of what is asked is known", a.Share, a.Controls, got)
		}
		if p := float64(real) / closed * float64(known) / closed; math.Abs(float64(both)/closed-p) > 5*math.Sqrt(p/closed) {
			t.Errorf("%s of all, of these %s: %d times both came at once; expected %.0f", a.Share, a.Controls, both, p*closed)
		}
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// F17: when somebody is asked comes of the draw alone: it is no moment at which a case was closed.
func TestWhenSomebodyIsAskedTellsNotWhichCaseWasClosedThen(t *testing.T) {
	closed := evenkeel.Moment(1_709_543_077_123_456_789)
	hours := [24]int{}
	for n := range 24_000 {
		at := Opens(closed, fmt.Sprint("nonce ", n))
		after := at.Sub(closed)
		if after <= 0 || after > opensWithin || at%evenkeel.Moment(time.Minute) != 0 {
			t.Fatalf("asked %s after it was closed, at %s; expected the full minute within a day", after, at)
		}
		hours[after/time.Hour]++
	}
	for h, n := range hours {
		if n < 840 || n > 1160 {
			t.Errorf("%d of 24000 are asked in hour %d", n, h+1)
		}
	}
	if at := Opens(-closed, "nonce"); at <= -closed || at.Sub(-closed) > opensWithin || at%evenkeel.Moment(time.Minute) != 0 {
		t.Errorf("asked at %s of what was closed at %s", at, -closed)
	}
}

func TestPickFavoursNobody(t *testing.T) {
	var fell [7]int
	for n := range 7000 {
		fell[Pick(fmt.Sprint("nonce ", n), 7)]++
	}
	for i, n := range fell {
		if n < 850 || n > 1150 {
			t.Errorf("%d of 7000 lots fall on %d of seven", n, i)
		}
	}
}

// The interval that the lead reads: its ends are those of Wilson 1927, rounded outwards.
func TestTheIntervalOfWhatSomebodyMisses(t *testing.T) {
	for _, c := range []struct {
		v         Vigilance
		low, high Permille
	}{
		{Vigilance{Controls: 5, Missed: 5}, 565, 1000},
		{Vigilance{Controls: 5}, 0, 435},
		{Vigilance{Controls: 10, Missed: 5}, 236, 764},
		{Vigilance{Controls: 2, Missed: 1}, 94, 906},
	} {
		if c.v.Bound() != c.low || c.v.High() != c.high {
			t.Errorf("%d of %d: %s to %s; expected %s to %s", c.v.Missed, c.v.Controls, c.v.Bound(), c.v.High(), c.low, c.high)
		}
	}
}
