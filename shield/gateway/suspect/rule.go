package suspect

import (
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/wilson"
)

// Rule says that visits with a key are asked to show a browser before anything else, until when, and why. It is never renewed without fresh
// evidence: a new plan has a new one. No rule refuses: a key that many may have is not evidence enough.
type Rule struct {
	Key      Key
	Shadow   bool // asks nobody: it is only counted whom it would ask
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

// Verdict is which rules name a visit, by place; -1 is none.
type Verdict struct {
	Rule         int  // in force: the first
	Shadow       int  // in shadow: the first
	Acquaintance bool // the visit is let through for its pass or as a verified bot
}

// Asks says whether the visitor is asked.
func (x Verdict) Asks() bool { return x.Rule >= 0 && !x.Acquaintance }

// Judge says which rules name a visit, of those that have not ended. Whoever holds a pass and a verified bot is let through. It allocates nothing.
func Judge(now evenkeel.Moment, v *Visit, rules []Rule) Verdict {
	x := Verdict{Rule: -1, Shadow: -1}
	for i := range rules {
		r := &rules[i]
		if now >= r.Until || !r.Key.Matches(v) {
			continue
		}
		if r.Shadow && x.Shadow < 0 {
			x.Shadow = i
		} else if !r.Shadow && x.Rule < 0 {
			x.Rule = i
		}
	}
	x.Acquaintance = (v.Pass || v.Bot) && (x.Rule >= 0 || x.Shadow >= 0)
	return x
}

// Outcome is what a rule did, beside its estimate. In shadow it is what it would have done.
type Outcome struct {
	Hit       uint64  // visits it was applied to
	Known     uint64  // of those, from addresses that came in calm
	Returning uint64  // visits that it named, let through for a pass or as a verified bot
	Asked     uint64  // visitors who were shown a question because of it
	Solved    uint64  // visitors who showed a browser when it asked them: innocents, or those who can
	Rate      float64 // visits a second that it names now
}

// Innocent returns which share of the visits a rule named are estimated to be of people: for certain those with a pass, and those from addresses
// that came in calm; 0 of none.
func (o Outcome) Innocent() float64 {
	if all := o.Hit + o.Returning; all > 0 {
		return float64(o.Returning+min(o.Known, o.Hit)) / float64(all)
	}
	return 0
}

// leastAsked is how many visitors a rule has to have asked before what they did speaks against it.
const leastAsked = 20

// Refuted says whether so many of those whom a rule asked showed a browser that it is a mistake: that their share is above one by which is more
// than chance (the lower end of Wilson's interval of 95 %).
func (o Outcome) Refuted(share float64) bool {
	if o.Asked < leastAsked {
		return false
	}
	solved := int64(min(o.Solved, o.Asked))
	return wilson.Count{Right: solved, Wrong: int64(o.Asked) - solved}.AtLeast(wilson.Share(share * float64(wilson.One)))
}

// Set is rules in force, and counts of what came of each. Many goroutines may use it at once. The zero value has no rules.
type Set struct {
	rules    []Rule
	outcomes []*outcome
}

type outcome struct {
	hit, known, returning, asked, solved atomic.Uint64

	// Of whoever calls Next; others read.
	since, turned evenkeel.Moment
	counted       uint64
	rate          atomic.Uint64 // in thousandths
}

// turn finds out how many visits a second it names.
func (o *outcome) turn(now evenkeel.Moment) {
	all := o.hit.Load() + o.returning.Load()
	if took := now.Sub(o.turned); took > 0 && o.turned != 0 {
		o.rate.Store(uint64(float64(all-o.counted) / took.Seconds() * 1000))
	}
	o.counted, o.turned = all, now
}

// NewSet returns a set of rules, which must not be changed afterwards.
func NewSet(rules []Rule) *Set { return new(Set).Next(0, rules) }

// Next returns the set that follows: the rules of a new plan, and of the old ones those that have not ended and whose key is not in
// it, 2·MostRules together, and within MostAsked. A key that stays goes on with its count, unless it comes from the shadow or goes there.
func (s *Set) Next(now evenkeel.Moment, rules []Rule) *Set {
	next, asked := &Set{}, 0.0
	for _, r := range rules[:min(len(rules), 2*MostRules)] {
		o := &outcome{since: now}
		if i := s.of(r.Key); i >= 0 && s.rules[i].Shadow == r.Shadow {
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
	for _, o := range next.outcomes {
		o.turn(now)
	}
	return next
}

// Without returns the set without those of its rules of which refuted says so, and what came of those.
func (s *Set) Without(refuted func(Rule, Outcome) bool) (next *Set, taken []Report) {
	next = &Set{}
	for i, r := range s.rules {
		if refuted(r, s.Outcome(i)) {
			taken = append(taken, s.Report(i))
			continue
		}
		next.rules, next.outcomes = append(next.rules, r), append(next.outcomes, s.outcomes[i])
	}
	return next, taken
}

func (s *Set) of(k Key) int {
	return slices.IndexFunc(s.rules, func(r Rule) bool { return r.Key == k })
}

// Rules returns the rules.
func (s *Set) Rules() []Rule { return s.rules }

// Judge does what the function does, and counts it. known says whether the visitor's address came in calm; it is asked only where a rule names the visit.
func (s *Set) Judge(now evenkeel.Moment, v *Visit, known func(netip.Addr) bool) Verdict {
	x := Judge(now, v, s.rules)
	for _, i := range [...]int{x.Rule, x.Shadow} {
		switch {
		case i < 0:
		case x.Acquaintance:
			s.outcomes[i].returning.Add(1)
		default:
			s.outcomes[i].hit.Add(1)
			if known(v.Address) {
				s.outcomes[i].known.Add(1)
			}
		}
	}
	return x
}

// Asked tells that a visitor was shown a question because of a rule. A rule that is not there is nobody's.
func (s *Set) Asked(rule int) {
	if rule >= 0 && rule < len(s.outcomes) {
		s.outcomes[rule].asked.Add(1)
	}
}

// Solved tells that a visitor whom a rule asked has shown a browser, likewise.
func (s *Set) Solved(rule int) {
	if rule >= 0 && rule < len(s.outcomes) {
		s.outcomes[rule].solved.Add(1)
	}
}

// Outcome returns what came of a rule so far.
func (s *Set) Outcome(rule int) Outcome {
	o := s.outcomes[rule]
	return Outcome{o.hit.Load(), o.known.Load(), o.returning.Load(), o.asked.Load(), o.solved.Load(), float64(o.rate.Load()) / 1000}
}

// Report is a rule with what came of it so far.
type Report struct {
	Rule
	Since   evenkeel.Moment
	Outcome Outcome
}

// Report returns that of a rule.
func (s *Set) Report(rule int) Report {
	return Report{s.rules[rule], s.outcomes[rule].since, s.Outcome(rule)}
}

// Does says what the rule does.
func (r *Rule) Does() string {
	if r.Shadow {
		return "would ask"
	}
	return "asks"
}

// Beside says estimate and outcome in a sentence or two.
func (r *Report) Beside() string {
	e, o := r.Estimate, r.Outcome
	says := fmt.Sprintf("It was expected to meet %.1f requests a second and %.2f %% of the usual visitors; now it names %.1f a second.", e.Requests, e.Returning*100, o.Rate)
	if r.Shadow {
		return says + fmt.Sprintf(" So far it would have held back %d requests, %d of them from addresses that came in calm, and would have let %d through with a pass: %.2f %% are estimated to be people.",
			o.Hit, o.Known, o.Returning, o.Innocent()*100)
	}
	return says + fmt.Sprintf(" So far it held back %d requests, %d of them from addresses that came in calm, and let %d through with a pass; of %d visitors whom it asked %d showed a browser.",
		o.Hit, o.Known, o.Returning, o.Asked, o.Solved)
}

// RuleFor is how long a rule lasts.
const RuleFor = time.Minute
