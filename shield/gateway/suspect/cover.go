package suspect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Plan is the rules that would bring the load down, and what they do together.
type Plan struct {
	Rules     []Rule
	Cut       float64 // share of the load that they take away
	Returning float64 // share of the domain's usual visitors that they hit, at most as far as known
	Enough    bool    // whether Cut is what was wanted; where not, the stage has to do the rest
}

// The bounds of a plan.
const (
	MostRules = 16
	// MostAsked is the largest share of the usual visitors that a plan may ask, estimated: below the 5 % that are promised, because
	// an estimate errs.
	MostAsked = 0.04

	leastGain   = 0.005 // of the load, that a rule has to take away
	leastWorth  = 1     // times the share of usual visitors that it asks, so that nobody is asked for little
	excessFrom  = 2     // times what is usual, that a key has to come
	leastVisits = 50    // in a pane, before anything is said
	leastHits   = 8     // visits of a sample, so that no rule is made of chance
	fewFriends  = 50    // of them say nothing about the others
)

// candidate is a key that may become a rule.
type candidate struct {
	kind     Kind
	hash     uint64
	visit    *Visit
	hits     []int32 // of the sample of strangers
	friends  int     // of the sample of friends
	harm     float64 // share of the usual visitors
	usual    float64 // requests a second
	requests float64 // a second, now
	dear     float64 // times what its harm counts, 1 to dearBy
	named    bool    // it may be
}

// Rules returns the set of narrowest keys whose visits, kept off, cut a share of the load (0 to 1, by cost), with the least estimated harm to
// usual visitors: the weighted set cover, greedily by what is cut for the harm, which is at most 1 + ln n times the harm of the best one
// for n sampled visits (V. Chvátal, Mathematics of Operations Research 4(3), 1979), as long as neither MostRules nor MostAsked ends it; then without those that the others made
// needless. It reads a sample of 2,048 visits, so a share has a standard error of a point at most.
func (w *Watch) Rules(now evenkeel.Moment, cut float64) (plan Plan) {
	p := &w.pane
	defer func() {
		if now.Sub(p.begun) >= PaneFor {
			w.turn(now)
		}
	}()
	cut = min(max(cut, 0), 1)
	if p.visits < leastVisits || cut == 0 {
		return Plan{Enough: cut == 0}
	}
	seconds := max(now.Sub(p.begun).Seconds(), 1)
	all := w.candidates(seconds)
	chosen, covered := w.cover(all, cut)
	chosen = w.prune(chosen, cut)
	kept := make([]bool, p.strangers.n)
	gains := w.gains(kept)
	for _, c := range chosen {
		gain := gains(c)
		plan.Rules = append(plan.Rules, w.rule(now, c, gain))
		plan.Cut += gain
		for _, i := range c.hits {
			kept[i] = true
		}
		plan.Returning += c.harm
	}
	plan.Returning = min(plan.Returning, 1)
	plan.Enough = covered
	return plan
}

// candidates are keys that come often, far above the habit, and whose harm is bearable.
func (w *Watch) candidates(seconds float64) (all []*candidate) {
	p := &w.pane
	often := map[uint64]int{}
	for i := range p.seen[:p.strangers.n] {
		for _, hash := range p.seen[i].keys {
			often[hash]++
		}
	}
	delete(often, 0)
	byHash := map[uint64]*candidate{}
	for i := range p.seen[:p.strangers.n] {
		x := &p.seen[i]
		for k, hash := range x.keys {
			if often[hash] < leastHits {
				continue
			}
			c := byHash[hash]
			if c == nil {
				c = &candidate{kind: Kind(k), hash: hash, visit: &x.visit}
				c.named = w.mayName(c)
				byHash[hash] = c
				all = append(all, c)
			}
			c.hits = append(c.hits, int32(i))
		}
	}
	for i := range p.known[:p.friends.n] {
		for _, hash := range p.known[i] {
			if c := byHash[hash]; c != nil {
				c.friends++
			}
		}
	}
	return slices.DeleteFunc(all, func(c *candidate) bool { return !c.named || w.spared(c) || !w.weigh(c, seconds) })
}

// mayName says whether a key may be named at all.
func (w *Watch) mayName(c *candidate) bool {
	if !w.habit.Learned() && !c.kind.local() {
		return false
	}
	switch c.kind {
	case Address, Net, HelloNet: // one shared address is most of what comes from its network
		return !c.visit.Range.Shared() && !w.crowd.Shared(c.visit.Address)
	}
	return true
}

// spared says whether nobody is to be asked by a key.
func (w *Watch) spared(c *candidate) bool {
	if len(w.spare) == 0 {
		return false
	}
	key, _ := KeyOf(c.visit, c.kind)
	return slices.Contains(w.spare, key)
}

// weigh estimates what a key does, and says whether it is worth a rule.
func (w *Watch) weigh(c *candidate, seconds float64) bool {
	p := &w.pane
	c.requests = float64(len(c.hits)) / float64(p.strangers.n) * float64(p.strangers.came) / seconds
	many := 0
	for _, i := range c.hits {
		if p.seen[i].visit.Range.dear() {
			many++
		}
	}
	c.dear = 1 + float64((dearBy-1)*many)/float64(len(c.hits))
	if p.friends.n >= fewFriends {
		c.harm = float64(c.friends) / float64(p.friends.n)
	}
	if w.habit.Learned() {
		key, _ := KeyOf(c.visit, c.kind)
		usual := w.habit.share(&key, c.visit)
		c.usual = float64(usual*w.habit.visits) / max(w.habit.seconds, 1)
		expected := float64(float64(c.usual*seconds)*float64(p.strangers.n)) / float64(p.strangers.came)
		if float64(len(c.hits)) < float64(excessFrom*expected)+float64(3*math.Sqrt(expected))+leastHits/2 { // three deviations of a Poisson number
			return false
		}
		c.harm = max(c.harm, usual)
	}
	return c.harm <= MostAsked
}

// cover takes candidates by what they cut for the harm they do, until enough is cut.
func (w *Watch) cover(all []*candidate, cut float64) (chosen []*candidate, enough bool) {
	kept := make([]bool, w.pane.strangers.n)
	gains := w.gains(kept)
	done, harm := 0.0, 0.0
	for len(chosen) < MostRules && done < cut {
		var best *candidate
		most, gain := 0.0, 0.0
		for _, c := range all {
			g := gains(c)
			if g < max(leastGain, float64(leastWorth*c.dear*c.harm)) || harm+c.harm > MostAsked || slices.Contains(chosen, c) {
				continue
			}
			worth := g / float64(c.dear*(float64(bound[c.kind]*c.harm)+breadth[c.kind]))
			if best == nil || worth > most || worth == most && cmp.Or(cmp.Compare(c.kind, best.kind), cmp.Compare(c.hash, best.hash)) < 0 {
				best, most, gain = c, worth, g
			}
		}
		if best == nil {
			return chosen, false
		}
		chosen = append(chosen, best)
		done += gain
		harm += best.harm
		for _, i := range best.hits {
			kept[i] = true
		}
	}
	return chosen, done >= cut
}

// gains returns what says the share of the load that a candidate takes away beside what is kept off already.
func (w *Watch) gains(kept []bool) func(*candidate) float64 {
	p := &w.pane
	all := uint64(0)
	for i := range p.seen[:p.strangers.n] {
		all += uint64(p.seen[i].visit.Cost)
	}
	scale := float64(p.strangers.cost) / float64(max(p.cost, 1)) / float64(max(all, 1))
	return func(c *candidate) float64 {
		sum := uint64(0)
		for _, i := range c.hits {
			if !kept[i] {
				sum += uint64(p.seen[i].visit.Cost)
			}
		}
		return float64(float64(sum) * scale)
	}
}

// prune takes away what the others made needless, the most harmful first.
func (w *Watch) prune(chosen []*candidate, cut float64) []*candidate {
	byHarm := slices.Clone(chosen)
	slices.SortStableFunc(byHarm, func(a, b *candidate) int { return cmp.Compare(b.harm+breadth[b.kind], a.harm+breadth[a.kind]) })
	total := func(without *candidate) float64 {
		kept := make([]bool, w.pane.strangers.n)
		gains, sum := w.gains(kept), 0.0
		for _, c := range chosen {
			if c != without {
				sum += gains(c)
				for _, i := range c.hits {
					kept[i] = true
				}
			}
		}
		return sum
	}
	whole := min(total(nil), cut)
	for _, c := range byHarm {
		if total(c) >= whole {
			chosen = slices.DeleteFunc(slices.Clone(chosen), func(x *candidate) bool { return x == c })
		}
	}
	return chosen
}

func (w *Watch) rule(now evenkeel.Moment, c *candidate, gain float64) Rule {
	key, _ := KeyOf(c.visit, c.kind)
	r := Rule{Key: key, Until: now.Add(RuleFor), Estimate: Estimate{gain, c.requests, c.usual, c.harm}}
	usual := "nothing is known of what is usual"
	if w.habit.Learned() {
		usual = fmt.Sprintf("at most %.1f are usual", c.usual)
	}
	r.Why = fmt.Sprintf("%s: %.0f requests a second, where %s; that is %.0f %% of the load of now, and at most %.2f %% of the usual visitors would be asked.",
		key.says(c.visit.Shape.name(key.Class)), c.requests, usual, gain*100, c.harm*100)
	return r
}
