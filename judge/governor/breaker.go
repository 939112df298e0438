package governor

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// rarely is how improbable it has to be that chance brought so many tenants in good standing
// together: less than once in so many times.
const rarely = 2000

// Is says whether a tenant counts as a customer in good standing: one for long enough,
// who prepays, is invoiced or on credit. What is not known counts for the tenant. Only what is
// known speaks against it: that it is new, on trial or in arrears.
func (l Limit) Is(a *evenkeel.Account, now evenkeel.Moment) bool {
	if a.Since.Known() && now.Sub(a.Since.Value) < l.Established {
		return false
	}
	return !a.Standing.Known() || a.Standing.Value != evenkeel.StandingTrial && a.Standing.Value != evenkeel.StandingDelinquent
}

// hit adds an ask to what a rule did of late. The sentence says why the breaker opens by it, ""
// where it does not.
func (l Limit) hit(b docket.Breaker, a *Ask) (docket.Breaker, string) {
	b.Rule = a.Rule
	if l.Newest <= 0 {
		return b, ""
	}
	hits := make([]docket.Hit, 0, len(b.Hits)+1)
	for _, h := range b.Hits {
		if h.Tenant != a.Tenant && a.Now.Sub(h.At) <= l.Within {
			hits = append(hits, h)
		}
	}
	hits = append(hits, docket.Hit{Tenant: a.Tenant, Established: a.Established, At: a.Now})
	b.Hits = hits[max(len(hits)-l.Newest, 0):]
	known, n, opens := l.masses(b.Hits)
	if !a.Established || !opens {
		return b, ""
	}
	b.Tripped = a.Now
	b.Why = fmt.Sprintf("%d of the last %d tenants that rule %s met are customers in good standing, or nobody knows that they are not; expected are %d of 100.", known, n, a.Rule, l.Share)
	return b, "The breaker of rule " + a.Rule + " opened: " + b.Why + " A person has to look now: what it did is perhaps to be undone."
}

// looks are the numbers of newest hits that are held against a threshold of their own, besides all that are
// kept: what a rule does wrong since an hour must not hide behind what it did right before.
var looks = []int{5, 8, 10, 20}

// masses counts customers in good standing among the newest hits, the fewest at which too many are. Each look
// is rare by itself, less than once in two thousand times, as the study of procedure has it (5.5: 4 of 5, 5 of 8, 6 of
// 10, 8 of 20); as the looks lie in one another, any of the four comes about by chance in 1.14 of 1000 times
// together, where one of ten is expected, and not in the 2 that they would have apart. To share the one in two
// thousand among them would take 5 of 5, 6 of 8, 7 of 10 and 9 of 20, which is one customer later each time: a
// breaker that opens for nothing costs a person a look, and one that opens late costs a customer its service.
func (l Limit) masses(hits []docket.Hit) (known, n int, opens bool) {
	for i := range hits {
		if hits[len(hits)-1-i].Established {
			known++
		}
		if n = i + 1; (n == len(hits) || slices.Contains(looks, n)) && known >= Threshold(n, l.Share) {
			return known, n, true
		}
	}
	return known, n, false
}

// Threshold is how many of n hits have to be of tenants in good standing to open a breaker,
// where share of a hundred are: the least k for which k or more of n come about by chance less
// than once in two thousand times, by the binomial distribution. It is n+1 where even all of
// them would not be rare enough. It reckons exactly, in whole numbers.
func Threshold(n, share int) int {
	if share <= 0 || share >= 100 || n < 1 {
		return n + 1
	}
	hundred := func(e int) *big.Int { return new(big.Int).Exp(big.NewInt(100), big.NewInt(int64(e)), nil) }
	power := func(x, e int) *big.Int { return new(big.Int).Exp(big.NewInt(int64(x)), big.NewInt(int64(e)), nil) }
	all, tail := hundred(n), new(big.Int)
	for k := n; k >= 0; k-- {
		p := new(big.Int).Binomial(int64(n), int64(k))
		p.Mul(p, power(share, k)).Mul(p, power(100-share, n-k))
		tail.Add(tail, p)
		if new(big.Int).Mul(tail, big.NewInt(rarely)).Cmp(all) >= 0 { // k or more are not rare
			return k + 1
		}
	}
	return 0
}

// Reset closes a breaker: what it had seen is forgotten, so that the next is judged anew.
func Reset(b docket.Breaker, w docket.Word) docket.Breaker {
	b.Hits, b.Tripped, b.Why, b.Reset = nil, 0, "", &w
	return b
}

// Pulled returns the switch of a scope that is pulled, or nil.
func Pulled(all []docket.Switch, s docket.Scope) *docket.Switch {
	i := slices.IndexFunc(all, func(x docket.Switch) bool { return x.Scope == s && !x.Released() })
	if i < 0 {
		return nil
	}
	return &all[i]
}
