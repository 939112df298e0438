package gateway

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// Rules are how an edge goes by rules about visitors.
type Rules struct {
	Shadow bool // none asks anybody, at any site: it is counted whom they would ask
	// TakeBack is the share of those whom a rule asked that showed a browser, from which on it is taken back; DefaultTakeBack.
	TakeBack float64
}

// DefaultTakeBack is a third: of an attack's programs hardly any shows a browser, of people most do within seconds.
const DefaultTakeBack = 0.33

// SpareFor is how long no rule is made anew of a key whose rule was taken back.
const SpareFor = 10 * time.Minute

// mostBack is how many of those are remembered of a domain.
const mostBack = 64

// rule looks for the visitors that bring the load, and asks them.
func (s *scribe) rule(d *domain, now evenkeel.Moment, turn *stage.Turn) {
	set, back := d.rules.Load(), d.spared(now)
	if set == nil && d.watch == nil {
		return
	}
	if set == nil {
		set = new(suspect.Set)
	}
	var rules []suspect.Rule
	if cut := cutOf(turn); d.watch != nil && turn.Pressed && cut > 0 {
		d.watch.Spare(keysOf(back))
		rules = d.watch.Rules(now, cut).Rules
	}
	shadow := s.e.c.Rules.Shadow || d.site.Load().Attack.Rules == site.Shadow
	for i := range rules {
		rules[i].Shadow = shadow
	}
	set, _ = set.Without(func(r suspect.Rule, _ suspect.Outcome) bool { return r.Shadow != shadow })
	set, taken := set.Next(now, rules).Without(func(r suspect.Rule, o suspect.Outcome) bool {
		return !r.Shadow && o.Refuted(s.e.c.Rules.TakeBack)
	})
	for _, r := range taken {
		r.Until = now.Add(SpareFor)
		back = append(back, r)
		if s.e.c.TakenBack != nil {
			s.e.c.TakenBack(d.id, r)
		}
	}
	if len(taken) > 0 {
		back = back[max(len(back)-mostBack, 0):]
		d.back.Store(&back)
	}
	if len(set.Rules()) > 0 {
		d.rules.Store(set)
	} else {
		d.rules.Store(nil)
	}
}

// spared are the rules that were taken back, and are not tried again yet.
func (d *domain) spared(now evenkeel.Moment) []suspect.Report {
	all := d.back.Load()
	if all == nil {
		return nil
	}
	var left []suspect.Report
	for _, r := range *all {
		if r.Until > now {
			left = append(left, r)
		}
	}
	if len(left) == 0 {
		d.back.Store(nil)
	}
	return left
}

func keysOf(all []suspect.Report) (keys []suspect.Key) {
	for _, r := range all {
		keys = append(keys, r.Key)
	}
	return keys
}

// told counts for the rule that named a visitor what became of it.
func (d *domain) told(now evenkeel.Moment, v *suspect.Visit, tell func(*suspect.Set, int)) {
	if set := d.rules.Load(); set != nil {
		tell(set, suspect.Judge(now, v, set.Rules()).Rule)
	}
}

// reports are the rules of a domain, with what came of each.
func (d *domain) reports(now evenkeel.Moment) (in, back []suspect.Report) {
	if set := d.rules.Load(); set != nil {
		for i, r := range set.Rules() {
			if r.Until > now {
				in = append(in, set.Report(i))
			}
		}
	}
	if all := d.back.Load(); all != nil {
		for _, r := range *all {
			if r.Until > now {
				back = append(back, r)
			}
		}
	}
	return in, back
}
