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
	known := 0
	for _, h := range b.Hits {
		if h.Established {
			known++
		}
	}
	n := len(b.Hits)
	if !a.Established || known < Threshold(n, l.Share) {
		return b, ""
	}
	b.Tripped = a.Now
	b.Why = fmt.Sprintf("%d of the last %d tenants that rule %s met are customers in good standing, or nobody knows that they are not; expected are %d of 100.", known, n, a.Rule, l.Share)
	return b, "The breaker of rule " + a.Rule + " opened: " + b.Why + " A person has to look now: what it did is perhaps to be undone."
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
