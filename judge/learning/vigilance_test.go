package learning

import (
	"fmt"
	"math/rand/v2"
	"testing"

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

// F17: of what a person is asked, the share that is known is the one that the policy names.
func TestAsManyAreKnownAsThePolicyNames(t *testing.T) {
	for _, share := range []Permille{0, 10, 50, 100, 250, 500, 900} {
		const asked = 20_000
		known := 0
		for n := range asked {
			if Accompanied(evenkeel.CaseID(fmt.Sprint("c-", n)), "nonce", share) {
				known++
			}
		}
		want := float64(min(share, 500)) / 1000
		if got := float64(known) / float64(asked+known); got < want-0.01 || got > want+0.01 {
			t.Errorf("%s: %.3f of what is asked is known", share, got)
		}
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
