package suspect

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Action is what a rule does to a visit. They are in order.
type Action uint8

const (
	Let       Action = iota
	Challenge        // ask the visitor to show a browser, before anything else
	Refuse           // answer nothing but a refusal
)

var actions = [...]string{"let", "challenge", "refuse"}

// String returns the word of an action, "invalid" where it is none.
func (a Action) String() string {
	if int(a) < len(actions) {
		return actions[a]
	}
	return "invalid"
}

// Rule says what happens to visits with a key, until when, and why. It is never renewed without fresh evidence: a new plan has a new one.
type Rule struct {
	Key      Key
	Action   Action
	Shadow   bool // does nothing: it is only counted what it would do
	Until    evenkeel.Moment
	Estimate Estimate
	Why      string
}

// Estimate is what a rule is expected to do, made when it was.
type Estimate struct {
	Cut       float64 // share of the load that it takes away beside the rules before it
	Requests  float64 // a second, that it hits
	Usual     float64 // a second, of those that usually come with this key; where nothing is known, 0
	Returning float64 // share of the domain's usual visitors that it hits, at most as far as known
}

// Verdict is what rules say to a visit, and which of them, by place; -1 is none.
type Verdict struct {
	Action       Action
	Rule         int
	Shadow       Action // what it would be with rules that are in shadow
	ShadowRule   int
	Acquaintance bool // a rule matched, and the visit is let through for its pass or as a verified bot
}

// Judge says what rules do to a visit: the strictest of those that match and have not ended; of equals the first. Whoever holds a pass
// and a verified bot is let through. It allocates nothing.
func Judge(now evenkeel.Moment, v *Visit, rules []Rule) Verdict {
	x := Verdict{Rule: -1, ShadowRule: -1}
	for i := range rules {
		r := &rules[i]
		if now >= r.Until || !r.Key.Matches(v) {
			continue
		}
		action := r.Action
		if action == Refuse && r.Key.Kind != Address { // no other key is evidence enough, whoever wrote the rule
			action = Challenge
		}
		if r.Shadow && action > x.Shadow {
			x.Shadow, x.ShadowRule = action, i
		} else if !r.Shadow && action > x.Action {
			x.Action, x.Rule = action, i
		}
	}
	if (v.Pass || v.Bot) && (x.Rule >= 0 || x.ShadowRule >= 0) {
		return Verdict{Rule: x.Rule, ShadowRule: x.ShadowRule, Acquaintance: true}
	}
	return x
}

// Outcome is what a rule did, beside its estimate. In shadow it is what it would have done.
type Outcome struct {
	Hit       uint64 // visits it was applied to
	Returning uint64 // of those that matched, let through for a pass or as a verified bot
	Solved    uint64 // visitors who showed a browser when it asked them: innocents, or those who can
}

// Innocent returns which share of those a rule matched turned out to be visitors, 0 of none.
func (o Outcome) Innocent() float64 {
	if all := o.Hit + o.Returning; all > 0 {
		return min(float64(o.Returning+o.Solved)/float64(all), 1)
	}
	return 0
}

// Set is rules in force, and counts of what came of each. Many goroutines may use it at once. The zero value has no rules.
type Set struct {
	rules    []Rule
	outcomes []*outcome
}

type outcome struct{ hit, returning, solved atomic.Uint64 }

// NewSet returns a set of rules, which must not be changed afterwards.
func NewSet(rules []Rule) *Set { return new(Set).Next(0, rules) }

// Next returns the set that follows: the rules of a new plan, and of the old ones those that have not ended and whose key is not in
// it, 2·MostRules together, and within MostAsked. A key that stays goes on with its count.
func (s *Set) Next(now evenkeel.Moment, rules []Rule) *Set {
	next, asked := &Set{}, 0.0
	for _, r := range rules[:min(len(rules), 2*MostRules)] {
		o := new(outcome)
		if i := s.of(r.Key); i >= 0 {
			o = s.outcomes[i]
		}
		next.rules, next.outcomes = append(next.rules, r), append(next.outcomes, o)
		asked += r.Estimate.Returning
	}
	for i, r := range s.rules {
		if now < r.Until && next.of(r.Key) < 0 && len(next.rules) < 2*MostRules && asked+r.Estimate.Returning <= MostAsked {
			asked += r.Estimate.Returning
			next.rules, next.outcomes = append(next.rules, r), append(next.outcomes, s.outcomes[i])
		}
	}
	return next
}

func (s *Set) of(k Key) int {
	return slices.IndexFunc(s.rules, func(r Rule) bool { return r.Key == k })
}

// Rules returns the rules.
func (s *Set) Rules() []Rule { return s.rules }

// Judge does what the function does, and counts it.
func (s *Set) Judge(now evenkeel.Moment, v *Visit) Verdict {
	x := Judge(now, v, s.rules)
	for _, i := range [...]int{x.Rule, x.ShadowRule} {
		switch {
		case i < 0:
		case x.Acquaintance:
			s.outcomes[i].returning.Add(1)
		default:
			s.outcomes[i].hit.Add(1)
		}
	}
	return x
}

// Solved tells that a visitor whom a rule asked has shown a browser. A rule that is not there is nobody's.
func (s *Set) Solved(rule int) {
	if rule >= 0 && rule < len(s.outcomes) {
		s.outcomes[rule].solved.Add(1)
	}
}

// Outcome returns what came of a rule so far.
func (s *Set) Outcome(rule int) Outcome {
	o := s.outcomes[rule]
	return Outcome{o.hit.Load(), o.returning.Load(), o.solved.Load()}
}

// Beside says estimate and outcome of a rule in a sentence.
func (s *Set) Beside(rule int) string {
	e, o := s.rules[rule].Estimate, s.Outcome(rule)
	does := "asked"
	switch {
	case s.rules[rule].Shadow:
		does = "would have asked"
	case s.rules[rule].Action == Refuse:
		does = "refused"
	}
	return fmt.Sprintf("It was expected to meet %.1f requests a second and %.2f %% of the usual visitors. It %s %d, of whom %d showed a browser, and let %d through who were known.",
		e.Requests, e.Returning*100, does, o.Hit, o.Solved, o.Returning)
}

// RuleFor is how long a rule lasts.
const RuleFor = time.Minute
