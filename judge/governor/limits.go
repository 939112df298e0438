package governor

import (
	"time"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// Limits are what holds machines back. The zero value holds nothing back but by switches.
type Limits struct {
	Rule    Rate // of each measure by one rule
	Measure Rate // of each measure by all rules
	Region  Rate // of all measures in one region; machines whose region is not known are one
	Breaker Limit
	Damping Damping
}

// Rate is a budget, counted in assets that a measure is put on: so many at once, and one more
// every so often. In a time of length t at most AtOnce + t/Every + 1 are spent. AtOnce 0: no
// bound.
type Rate struct {
	AtOnce int64
	Every  time.Duration
}

// Limit is what opens the breaker of a rule: among the newest 5, 8, 10, 20 hits, or all that are kept, each of
// another tenant, so many in good standing that chance would bring it about less than once in two thousand,
// where Share of a hundred tenants are.
type Limit struct {
	Newest      int           // hits that are looked at; 0: no breaker
	Within      time.Duration // how old they may be
	Established time.Duration // for how long a tenant in good standing has been a customer
	Share       int           // of a hundred hits, how many such tenants are expected
}

// Damping divides all rates by By for a while, when a rule's document, a policy or a build of the program
// first wants to act.
type Damping struct {
	For time.Duration
	By  int64
}

// The widest limits that a policy may set.
const (
	MostAtOnce = 1_000_000
	MostNewest = 64
	MostShare  = 50
	MostBy     = 1000
)

// Default is what holds where a policy says nothing: wide enough for a busy week, finite for the
// day on which half of the fleet matches.
func Default() Limits {
	return Limits{
		Rule:    Rate{AtOnce: 500, Every: 10 * time.Second},
		Measure: Rate{AtOnce: 2000, Every: 3 * time.Second},
		Region:  Rate{AtOnce: 1000, Every: 5 * time.Second},
		Breaker: Limit{Newest: 20, Within: 7 * 24 * time.Hour, Established: 365 * 24 * time.Hour, Share: 10},
		Damping: Damping{For: time.Hour, By: 10},
	}
}

// Keys says what of the books Rule has to be given for an ask.
func Keys(a *Ask) docket.Asked {
	out := docket.Asked{Rule: a.Rule, Debuts: debuts(a)}
	for _, b := range budgets(Limits{}, a) {
		out.Budgets = append(out.Budgets, b.key)
	}
	return out
}
