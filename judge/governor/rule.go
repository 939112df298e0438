package governor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Ask is an enforced measure that a machine is about to enter.
type Ask struct {
	Now         evenkeel.Moment
	Tenant      evenkeel.TenantID
	Rule        string
	Version     int
	Document    string // digest of the rule's document as it was loaded last; "": nobody loaded it
	Policy      string // digest
	Build       string // of the program; "": nobody says
	Measure     evenkeel.Measure
	Terms       []evenkeel.Term  // met ones
	Regions     map[string]int64 // how many of the assets are in which region; "" is not known
	Established bool             // the tenant is a customer in good standing, or nobody knows
	// Reserved says that it was let through before, when the tenant began to be heard: what is
	// counted was counted then.
	Reserved bool
}

// Verdict says whether the machine may, and what the books have to keep of it either way.
type Verdict struct {
	Enter    bool
	Why      []string // it may not: a sentence each
	Tripped  string   // the breaker opened by this: a sentence for whoever is called
	Holds    []Hold   // what of it no person said: whoever is on call is called
	Budgets  []docket.Budget
	Breakers []docket.Breaker
	Debuts   []docket.Debut
}

// Hold is a breaker, a feed or a budget that holds a machine back.
type Hold struct {
	Key  string // tells it from all others: two with the same are one
	Says string // why, a sentence, without addresses
}

// BreakerHold is the key of the breaker of a rule as a Hold.
func BreakerHold(rule string) string { return "breaker " + rule }

// FeedHold is the key of a feed as a Hold.
func FeedHold(f *docket.Feed) string { return "feed " + f.ID() }

// hold says what holds a machine back that no person said.
func (v *Verdict) hold(key, says string) {
	v.Why, v.Holds = append(v.Why, says), append(v.Holds, Hold{key, says})
}

// Rule says whether a machine may enter a measure. Switches come first: they are a person's word.
// Then the breaker, because what a rule does may be wrong altogether; its own opening counts
// from this measure on, which is not entered any more. A feed that drifts comes with it: what the rule goes by may be wrong. Budgets come last, so that nothing is
// spent on what does not happen; all that are exhausted are named.
func Rule(l Limits, state docket.Governor, a Ask) Verdict {
	var v Verdict
	for i := range state.Switches {
		if s := &state.Switches[i]; !s.Released() && s.Met(a.Measure, a.Rule, a.Tenant, a.Terms) {
			v.Why = append(v.Why, fmt.Sprintf("The switch %s is pulled since %s: no machine enters %s.", s.Scope, s.Pulled, a.Measure))
		}
	}
	if b := &state.Breaker; b.Tripped != 0 {
		v.hold(BreakerHold(a.Rule), fmt.Sprintf("The breaker of rule %s is open since %s: a person decides about what it finds.", a.Rule, b.Tripped))
	}
	for i := range state.Feeds {
		if f := &state.Feeds[i]; f.Holds(a.Rule, a.Now) {
			v.hold(FeedHold(f), fmt.Sprintf("The input %s of source %s is not what it was since %s: a person decides about what rule %s finds.", f.Input, f.Source, f.Since, a.Rule))
		}
	}
	if len(v.Why) > 0 || a.Reserved {
		v.Enter = len(v.Why) == 0
		return v
	}
	b, trips := l.Breaker.hit(state.Breaker, &a)
	if trips != "" {
		v.Why = append(v.Why, "The breaker of rule "+a.Rule+" opened: a person decides about what it finds.")
		v.Tripped, v.Breakers = trips, []docket.Breaker{b}
		return v
	}
	damped := false
	for _, of := range debuts(&a) {
		i := slices.IndexFunc(state.Debuts, func(d docket.Debut) bool { return d.Of == of })
		if i < 0 {
			v.Debuts = append(v.Debuts, docket.Debut{Of: of, At: a.Now})
		}
		damped = damped || i < 0 || a.Now.Sub(state.Debuts[i].At) < l.Damping.For
	}
	if damped = damped && l.Damping.For > 0; damped {
		l = l.damped()
	}
	for _, x := range budgets(l, &a) {
		i := slices.IndexFunc(state.Budgets, func(b docket.Budget) bool { return b.Key == x.key })
		var full evenkeel.Moment
		if i >= 0 {
			full = state.Budgets[i].Full
		}
		after, left, ok := x.rate.take(full, a.Now, x.n)
		if !ok {
			v.hold(x.key, fmt.Sprintf("The budget %s is spent: %d left of %d, and %s needed%s. A person decides.", x.says, left, x.rate.AtOnce, are(x.n), slower(damped)))
			continue
		}
		if x.rate.AtOnce > 0 {
			v.Budgets = append(v.Budgets, docket.Budget{Key: x.key, Full: after})
		}
	}
	if len(v.Why) > 0 {
		v.Budgets = nil // when it first wanted to act stands: else its first hour would never pass
		return v
	}
	v.Enter = true
	if l.Breaker.Newest > 0 {
		v.Breakers = []docket.Breaker{b}
	}
	return v
}

func are(n int64) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

func slower(damped bool) string {
	if damped {
		return "; at first a new rule, policy or build has only a part of it"
	}
	return ""
}

// debuts are what an ask may be the first of. A rule is what its document says, whatever version that has:
// who forgets to count it up has not seen it at work either. Another build may find by the same
// documents what the one before did not.
func debuts(a *Ask) []string {
	out := []string{"policy " + a.Policy, strings.TrimSuffix(fmt.Sprintf("rule %s v%d %s", a.Rule, a.Version, a.Document), " ")}
	if a.Build != "" {
		out = append(out, "build "+a.Build)
	}
	return out
}
