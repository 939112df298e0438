package governor

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var start = evenkeel.MomentOf(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))

func ask(tenant string, after time.Duration) Ask {
	return Ask{
		Now: start.Add(after), Tenant: evenkeel.TenantID(tenant), Rule: "flood", Version: 1, Policy: "sha256:1",
		Measure: evenkeel.MeasureLimit, Regions: map[string]int64{"fra1": 1},
		Terms: []evenkeel.Term{{Name: "port-rate", Family: evenkeel.EvidenceWire, Weight: 3}, {Name: "met-for-nothing", Family: evenkeel.EvidenceUsage}},
	}
}

// keeper keeps a governor as the books do.
type keeper struct {
	docket.Governor
	budgets map[string]evenkeel.Moment
}

func (k *keeper) ask(l Limits, a Ask) Verdict {
	state := k.Governor
	for _, key := range Keys(&a).Budgets {
		if full, ok := k.budgets[key]; ok {
			state.Budgets = append(state.Budgets, docket.Budget{Key: key, Full: full})
		}
	}
	v := Rule(l, state, a)
	if k.budgets == nil {
		k.budgets = map[string]evenkeel.Moment{}
	}
	for _, b := range v.Budgets {
		k.budgets[b.Key] = b.Full
	}
	for _, b := range v.Breakers {
		k.Breaker = b
	}
	k.Debuts = append(k.Debuts, v.Debuts...)
	return v
}

// The figures that the study of procedure gives (5.5): 4 of 5, 5 of 8, 6 of 10 and 8 of 20.
func TestTheBreakerOpensWhereChanceWouldNotBringItAbout(t *testing.T) {
	for n, want := range map[int]int{1: 2, 3: 4, 4: 4, 5: 4, 8: 5, 10: 6, 20: 8} {
		if got := Threshold(n, 10); got != want {
			t.Errorf("%d hits: %d; expected %d", n, got, want)
		}
	}
	// Beside the exact sum stands the sum of fractions, for every number and share.
	for share := 1; share <= MostShare; share++ {
		for n := 1; n <= MostNewest; n += 3 {
			k := Threshold(n, share)
			if k <= n && !rare(n, k, share) || rare(n, k-1, share) {
				t.Fatalf("%d of %d at %d %%: it is not the least that is rare enough", k, n, share)
			}
		}
	}
}

// rare says whether k or more of n come about less than once in 2,000 times.
func rare(n, k, share int) bool {
	p, q := big.NewRat(int64(share), 100), big.NewRat(int64(100-share), 100)
	sum := new(big.Rat)
	for i := k; i <= n; i++ {
		x := new(big.Rat).SetInt(new(big.Int).Binomial(int64(n), int64(i)))
		for range i {
			x.Mul(x, p)
		}
		for range n - i {
			x.Mul(x, q)
		}
		sum.Add(sum, x)
	}
	return sum.Cmp(big.NewRat(5, 10000)) < 0
}

func TestWhoIsEstablished(t *testing.T) {
	known := func(age time.Duration, s evenkeel.Standing) evenkeel.Account {
		return evenkeel.Account{Since: evenkeel.KnownFact(start.Add(-age), start), Standing: evenkeel.KnownFact(s, start)}
	}
	const year = 365 * 24 * time.Hour
	nobody := evenkeel.UnknownFact[evenkeel.Moment]("nobody told")
	for _, c := range []struct {
		name string
		a    evenkeel.Account
		is   bool
	}{
		{"a customer on credit for two years is", known(2*year, evenkeel.StandingOnCredit), true},
		{"one for a day less than a year is not", known(year-24*time.Hour, evenkeel.StandingInvoiced), false},
		{"one for exactly a year is", known(year, evenkeel.StandingPrepaid), true},
		{"one on trial is not, however long", known(9*year, evenkeel.StandingTrial), false},
		{"one in arrears is not", known(9*year, evenkeel.StandingDelinquent), false},
		{"of whom nobody knows anything is: what is missing protects (F1)", evenkeel.Account{Since: nobody, Standing: evenkeel.UnknownFact[evenkeel.Standing]("nobody told")}, true},
		{"of whom the books say that the standing is unknown is", known(2*year, evenkeel.StandingUnknown), true},
		{"on trial for nobody knows how long is not", evenkeel.Account{Since: nobody, Standing: evenkeel.KnownFact(evenkeel.StandingTrial, start)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Default().Breaker.Is(&c.a, start); got != c.is {
				t.Errorf("%v; expected %v", got, c.is)
			}
		})
	}
}

// B: automation that suddenly hits many tenants in good standing stops itself and asks a person.
func TestTheBreakerOpensAfterAHandfulAndStaysOpen(t *testing.T) {
	var k keeper
	for i := range 3 {
		a := ask(fmt.Sprint("good-", i), time.Duration(i)*time.Minute)
		a.Established = true
		if v := k.ask(Default(), a); !v.Enter || v.Tripped != "" {
			t.Fatalf("tenant %d: %+v; expected that it is entered", i, v)
		}
	}
	again := ask("good-1", 4*time.Minute)
	again.Established = true
	if v := k.ask(Default(), again); !v.Enter {
		t.Errorf("the same tenant again: %v; expected that it counts once", v.Why)
	}
	a := ask("good-9", 5*time.Minute)
	a.Established = true
	if v := k.ask(Default(), a); v.Enter || v.Tripped == "" || k.Breaker.Tripped != a.Now || len(v.Budgets) > 0 {
		t.Errorf("the fourth: %+v; expected that the breaker opens and it is not entered", v)
	}
	if v := k.ask(Default(), ask("new", 6*time.Minute)); v.Enter || v.Tripped != "" || !strings.Contains(v.Why[0], "is open since 2026-03-01T08:05:00Z") {
		t.Errorf("anybody after that: %+v; expected that a person is asked", v)
	}
	k.Breaker = Reset(k.Breaker, docket.Word{By: "ada", At: start.Add(time.Hour), Why: "The list was mended."})
	if v := k.ask(Default(), ask("new", time.Hour)); !v.Enter {
		t.Errorf("after a person closed it: %v", v.Why)
	}
}

// B, 5.5 of the study: what a rule found rightly before does not hide what it does to customers now.
func TestOldHitsDoNotMaskTheBreaker(t *testing.T) {
	for _, c := range []struct {
		name  string
		hits  string // o: a tenant on trial, C: a customer; the last one is the ask that may open it
		opens bool
	}{
		{"4 of the last 5, after 16 that were none", "ooooooooooooooooCoCCC", true},
		{"3 of the last 5", "oooooooooooooooooCoCC", false},
		{"5 of the last 8", "ooooooooooooCooCCCooCC", true},
		{"4 of the last 8", "oooooooooooooCooCoCoC", false},
		{"6 of the last 10", "ooooooooooooCCoCoooCCC", true},
		{"5 of the last 10", "oooooooooooCCooCoCooC", false},
		{"8 of the last 20", "ooCooCoooCoCoooCCoooCC", true},
		{"7 of the last 20", "oCoooCoooCoooCooCooCoC", false},
		{"4 of the first 4", "CCCC", true},
		{"many customers, and one who is none", "CooCoooCooCooCooCoCo", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var k keeper
			for i, h := range c.hits {
				a := ask(fmt.Sprint("t-", i), time.Duration(i)*time.Minute)
				a.Established = h == 'C'
				v := k.ask(Default(), a)
				if last := i == len(c.hits)-1; (v.Tripped != "") != (last && c.opens) {
					t.Fatalf("hit %d: %q; expected that the last one opens it: %v", i+1, v.Tripped, c.opens)
				}
			}
		})
	}
}

// The chance that the doc comment of masses names: any of the four looks, reckoned over all that 20 hits can be.
func TestHowRareTheFourLooksAreTogether(t *testing.T) {
	by, opens := map[int]float64{0: 1}, 0.0 // customers so far among the newest hits, and how likely that is
	for n := 1; n <= 20; n++ {
		next := map[int]float64{}
		for known, p := range by {
			next[known+1] += p * 0.1
			next[known] += p * 0.9
		}
		for known, p := range next {
			if slices.Contains(looks, n) && known >= Threshold(n, 10) {
				opens += p
				delete(next, known)
			}
		}
		by = next
	}
	if opens < 0.00114 || opens > 0.00115 {
		t.Errorf("%.6f; expected 1.14 of 1000", opens)
	}
}

func TestWhatARuleDidLongAgoOpensNoBreaker(t *testing.T) {
	var k keeper
	for i := range 40 {
		a := ask(fmt.Sprint("good-", i), time.Duration(i)*3*24*time.Hour)
		a.Established = true
		if v := k.ask(Default(), a); !v.Enter {
			t.Fatalf("one in three days: %v", v.Why)
		}
	}
}

func TestASwitchIsAboutWhatItSays(t *testing.T) {
	for _, c := range []struct {
		s     docket.Scope
		holds bool
	}{
		{docket.Scope{Kind: docket.SwitchGlobal}, true},
		{docket.Scope{Kind: docket.SwitchMeasure, Key: "limit"}, true},
		{docket.Scope{Kind: docket.SwitchMeasure, Key: "isolate"}, false},
		{docket.Scope{Kind: docket.SwitchRule, Key: "flood"}, true},
		{docket.Scope{Kind: docket.SwitchRule, Key: "flo"}, false},
		{docket.Scope{Kind: docket.SwitchDetector, Key: "port-rate"}, true},
		{docket.Scope{Kind: docket.SwitchDetector, Key: "wire"}, true},
		{docket.Scope{Kind: docket.SwitchDetector, Key: "usage"}, false}, // its term has no weight
		{docket.Scope{Kind: docket.SwitchTenant, Key: "shop"}, true},
		{docket.Scope{Kind: docket.SwitchTenant, Key: "shop2"}, false},
	} {
		t.Run(c.s.String(), func(t *testing.T) {
			state := docket.Governor{Switches: []docket.Switch{{Scope: c.s, Pulled: start, By: "ada", Why: "Stop."}}}
			for _, reserved := range []bool{false, true} {
				a := ask("shop", time.Hour)
				a.Reserved = reserved
				if v := Rule(Default(), state, a); v.Enter == c.holds || c.holds && (len(v.Why) != 1 || len(v.Budgets) > 0) {
					t.Errorf("reserved %v: %+v", reserved, v)
				}
			}
			state.Switches[0].First, state.Switches[0].Second = &docket.Word{By: "ada"}, &docket.Word{By: "ben"}
			if v := Rule(Default(), state, ask("shop", time.Hour)); !v.Enter {
				t.Errorf("once it is released: %v", v.Why)
			}
		})
	}
}

func TestABudgetThatIsSpentIsNamed(t *testing.T) {
	l := Limits{Rule: Rate{AtOnce: 3, Every: time.Minute}, Region: Rate{AtOnce: 2, Every: time.Hour}}
	var k keeper
	many := ask("shop", 0)
	many.Regions = map[string]int64{"fra1": 4}
	if v := k.ask(l, many); v.Enter || len(v.Why) != 2 || !strings.Contains(v.Why[0], "of limit by rule flood is spent: 3 left of 3, and 4 are needed") {
		t.Errorf("more than there is: %+v", v)
	}
	for i := range 2 {
		if v := k.ask(l, ask(fmt.Sprint("shop-", i), 0)); !v.Enter {
			t.Fatal(v.Why)
		}
	}
	if v := k.ask(l, ask("shop-2", 0)); v.Enter || len(v.Why) != 1 || !strings.Contains(v.Why[0], "of region fra1 is spent: 0 left of 2, and 1 is needed") {
		t.Errorf("in a region that had two: %+v", v)
	}
	elsewhere := ask("shop-3", 0)
	elsewhere.Regions = map[string]int64{"": 1}
	if v := k.ask(l, elsewhere); !v.Enter {
		t.Errorf("where nobody knows: %v", v.Why)
	}
	if v := k.ask(l, ask("shop-4", time.Hour)); !v.Enter {
		t.Errorf("an hour later: %v", v.Why)
	}
}

// B: a measure has a budget of its own, which all rules spend together.
func TestTheBudgetOfAMeasureIsSpentByAllRules(t *testing.T) {
	l, other := Limits{Measure: Rate{AtOnce: 1, Every: time.Hour}}, ask("shop-1", 0)
	var k keeper
	if v := k.ask(l, ask("shop", 0)); !v.Enter {
		t.Fatal(v.Why)
	}
	other.Rule = "scan"
	if v := k.ask(l, other); v.Enter || len(v.Why) != 1 || !strings.Contains(v.Why[0], "The budget of limit is spent: 0 left of 1, and 1 is needed") {
		t.Errorf("by another rule: %+v; expected that the budget of the measure is spent", v)
	}
	if other.Measure = evenkeel.MeasureIsolate; !k.ask(l, other).Enter {
		t.Error("another measure is held back; expected that it has a budget of its own")
	}
}

// B: whoever is on call is called to what holds machines back, but to a switch: that is a person's word.
func TestWhatHoldsBackIsNamedForACall(t *testing.T) {
	a := ask("shop", time.Hour)
	feed := docket.Feed{Source: "sensor", Input: "flow-out", At: start, Since: start, Rules: []string{"flood"}, Says: "It is another unit."}
	for _, c := range []struct {
		name  string
		state docket.Governor
		l     Limits
		want  []string
	}{
		{"a switch", docket.Governor{Switches: []docket.Switch{{Scope: docket.Scope{Kind: docket.SwitchGlobal}, Pulled: start, By: "ada", Why: "Stop."}}}, Limits{}, nil},
		{"an open breaker", docket.Governor{Breaker: docket.Breaker{Rule: "flood", Tripped: start}}, Limits{}, []string{BreakerHold("flood")}},
		{"a feed", docket.Governor{Feeds: []docket.Feed{feed}}, Limits{}, []string{FeedHold(&feed)}},
		{"two budgets", docket.Governor{Budgets: []docket.Budget{{Key: "rule flood limit", Full: start.Add(9 * time.Hour)}, {Key: "region fra1", Full: start.Add(9 * time.Hour)}}},
			Limits{Rule: Rate{AtOnce: 1, Every: 9 * time.Hour}, Region: Rate{AtOnce: 1, Every: 9 * time.Hour}}, []string{"rule flood limit", "region fra1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Rule(c.l, c.state, a)
			var got []string
			for _, h := range v.Holds {
				if got = append(got, h.Key); !slices.Contains(v.Why, h.Says) {
					t.Errorf("a call says %q; expected a reason why it is not entered: %q", h.Says, v.Why)
				}
			}
			if v.Enter || !slices.Equal(got, c.want) {
				t.Errorf("it enters: %v, held by %q; expected %q", v.Enter, got, c.want)
			}
		})
	}
}

func TestTheFirstHourOfARuleIsDamped(t *testing.T) {
	l := Limits{Rule: Rate{AtOnce: 15, Every: time.Hour}, Damping: Damping{For: time.Hour, By: 10}}
	var k keeper
	entered := func(version int, after time.Duration) (n int) {
		for i := range 30 {
			a := ask(fmt.Sprint(version, after, i), after)
			a.Version = version
			if k.ask(l, a).Enter {
				n++
			}
		}
		return n
	}
	if n := entered(1, 0); n != 2 {
		t.Errorf("%d are entered at first; expected a tenth of 15, rounded up", n)
	}
	if n := entered(1, 40*time.Hour); n != 15 {
		t.Errorf("%d are entered when the hour is over; expected all 15", n)
	}
	if n := entered(2, 80*time.Hour); n != 2 {
		t.Errorf("%d are entered of a new version; expected a tenth", n)
	}
	one := Limits{Rule: Rate{AtOnce: 3, Every: time.Hour}, Damping: Damping{For: time.Hour, By: 10}}
	if v := Rule(one, docket.Governor{}, ask("shop", 0)); !v.Enter {
		t.Errorf("of three a tenth is one: %v", v.Why)
	}
}

// The number that a rule puts on assets never exceeds its budget in any window.
func TestNoWindowHasMoreThanItsBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rate{AtOnce: rapid.Int64Range(1, 9).Draw(t, "at once"), Every: time.Duration(rapid.Int64Range(1, 90).Draw(t, "every")) * time.Second}
		l := Limits{Rule: r, Damping: Damping{For: time.Duration(rapid.IntRange(0, 1).Draw(t, "damped")) * time.Hour, By: 10}}
		type spent struct {
			at evenkeel.Moment
			n  int64
		}
		var k keeper
		var all []spent
		at := time.Duration(0)
		for range rapid.IntRange(1, 80).Draw(t, "asks") {
			at += time.Duration(rapid.SampledFrom([]int{0, 0, 1, 7, 50, 600}).Draw(t, "seconds")) * time.Second
			a := ask("shop", at)
			a.Regions = map[string]int64{"": rapid.Int64Range(1, 4).Draw(t, "assets")}
			a.Version = rapid.IntRange(1, 2).Draw(t, "version")
			if k.ask(l, a).Enter {
				all = append(all, spent{a.Now, a.Regions[""]})
			}
		}
		for i := range all {
			n := int64(0)
			for _, s := range all[i:] {
				n += s.n
				if most := r.AtOnce + int64(s.at.Sub(all[i].at)/r.Every) + 1; n > most {
					t.Fatalf("%d from %s to %s; expected at most %d", n, all[i].at, s.at, most)
				}
			}
		}
	})
}

func TestTheSameAskGivesTheSameVerdict(t *testing.T) {
	a := ask("shop", time.Minute)
	a.Regions = map[string]int64{"b": 2, "a": 1, "": 3, "c": 9}
	first := Rule(Default(), docket.Governor{}, a)
	for range 20 {
		if again := Rule(Default(), docket.Governor{}, a); !reflect.DeepEqual(again, first) {
			t.Fatalf("%+v\n%+v", again, first)
		}
	}
}
