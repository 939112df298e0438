package app

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Counted is what counts of one measure, where each is shown by itself: hosts can do different ones.
type Counted struct {
	Measure evenkeel.Measure `json:"measure"`
	Shown   evenkeel.Moment  `json:"shown"` // when it was last; 0: never
	Until   evenkeel.Moment  `json:"until"`
	Amiss   string           `json:"amiss,omitempty"`  // what was not shown the last time that somebody answered
	Silent  string           `json:"silent,omitempty"` // why nobody answered the last time
}

// Proven says whether it counts at a moment.
func (c *Counted) Proven(now evenkeel.Moment) bool {
	return c.Shown != 0 && c.Amiss == "" && c.Shown <= now.Add(clockSlack) && now < c.Until
}

// muted is a measure about which nobody answered.
type muted struct {
	measure evenkeel.Measure
	err     error
}

// Lacking are the measures of which it does not count at a moment, where each is shown by itself; else nil.
func (p *Proof) Lacking(now evenkeel.Moment) (all []evenkeel.Measure) {
	for i := range p.Each {
		if !p.Each[i].Proven(now) {
			all = append(all, p.Each[i].Measure)
		}
	}
	return all
}

// of is what counts of a measure, or nil.
func (p *Proof) of(m evenkeel.Measure) *Counted {
	for i := range p.Each {
		if p.Each[i].Measure == m {
			return &p.Each[i]
		}
	}
	return nil
}

// noteEach takes in a round, of each measure by itself.
func (p *Proof) noteEach(before, all []Probed, mute []muted, now evenkeel.Moment, fresh time.Duration) {
	if p.Each == nil {
		return
	}
	p.Each = slices.Clone(p.Each) // others read what was known
	p.Probes = slices.Clone(all)
	for _, one := range before { // what was not asked about is as it was
		asked := slices.ContainsFunc(all, func(a Probed) bool { return a.Measure == one.Measure }) ||
			slices.ContainsFunc(mute, func(u muted) bool { return u.measure == one.Measure })
		if !asked {
			p.Probes = append(p.Probes, one)
		}
	}
	slices.SortFunc(p.Probes, func(a, b Probed) int { return cmp.Compare(a.Measure, b.Measure) })
	for i := range all {
		c := p.of(all[i].Measure)
		if c == nil {
			continue
		}
		if c.Amiss, c.Silent = all[i].Amiss, ""; c.Amiss == "" {
			c.Shown, c.Until = now, now.Add(fresh)
		}
	}
	for _, u := range mute {
		if c := p.of(u.measure); c != nil {
			c.Silent = clipped(u.err.Error())
		}
	}
}

// sumEach has the whole say what its parts do: since when all of it is shown, and what is amiss or silent of one.
func (p *Proof) sumEach() {
	if len(p.Each) == 0 {
		return
	}
	p.Shown, p.Until, p.Amiss, p.Silent = p.Each[0].Shown, p.Each[0].Until, "", ""
	for _, c := range p.Each {
		p.Shown, p.Until = min(p.Shown, c.Shown), min(p.Until, c.Until)
		p.Amiss, p.Silent = cmp.Or(p.Amiss, c.Amiss), cmp.Or(p.Silent, c.Silent)
	}
}

// whyEach says what is amiss with the measures that do not count, as the end of a sentence. Of one that was never
// shown nothing stands, so that it is named only where there is nothing else.
func (p *Proof) whyEach(now evenkeel.Moment) string {
	var why []string
	for i := range p.Each {
		switch c := &p.Each[i]; {
		case c.Proven(now):
		case c.Amiss != "":
			why = append(why, c.Amiss)
		case c.Shown != 0:
			why = append(why, "under "+c.Measure.String()+", nobody has shown it since "+c.Shown.String())
		}
	}
	return cmp.Or(strings.Join(why, "; "), "nobody has shown it yet")
}

// openEach are those of some ways that are shown to be open under a measure, and since when; under one that needs no
// proof, by whatever was shown last.
func (p *Proof) openEach(m evenkeel.Measure, now evenkeel.Moment, keeps []string) (open []string, shown evenkeel.Moment) {
	if c := p.of(m); c != nil {
		i := slices.IndexFunc(p.Probes, func(one Probed) bool { return one.Measure == m })
		switch {
		case c.Proven(now):
			return slices.Clone(keeps), c.Shown
		case c.Amiss != "" && i >= 0: // what it brought is of that time
			return slices.Clone(p.Probes[i].Open), p.Tried
		}
		return nil, c.Shown
	}
	for _, c := range p.Each {
		if c.Proven(now) && c.Shown > shown {
			open, shown = slices.Clone(keeps), c.Shown
		}
	}
	return open, shown
}

// eachOf is what counts of each measure that has to be shown now, by what counted before; nil where all are shown
// together.
func (x *canary) eachOf(before []Counted) []Counted {
	if !x.to.each {
		return nil
	}
	all := []Counted{}
	for _, m := range x.declared().ToShow() {
		c := Counted{Measure: m}
		if i := slices.IndexFunc(before, func(b Counted) bool { return b.Measure == m }); i >= 0 {
			c = before[i]
			c.Until = min(c.Until, c.Shown.Add(x.fresh)) // the settings may ask for more by now
		}
		all = append(all, c)
	}
	return all
}

// onlyLacking are the measures that are not shown while the others are, and need not be shown again yet: those alone are
// asked about, and no order is. Else nil: it is time for all.
func (x *canary) onlyLacking() []evenkeel.Measure {
	p, now := x.proof(), x.now()
	lacking := p.Lacking(now)
	rest := 0
	for i := range p.Each {
		if c := &p.Each[i]; c.Proven(now) && now < c.Shown.Add(x.every) {
			rest++
		}
	}
	if len(lacking) == 0 || rest == 0 || len(lacking)+rest < len(p.Each) || now < p.Tried.Add(-clockSlack) {
		return nil
	}
	return lacking
}

// counts says whether it is shown of a measure at this moment.
func (x *canary) counts(m evenkeel.Measure) bool {
	p, now := x.proof(), x.now()
	if c := p.of(m); c != nil {
		return c.Proven(now)
	}
	return p.Proven(now)
}

// any says whether it is shown of some measure at this moment: of which not, lacking says.
func (x *canary) any() bool {
	p, now := x.proof(), x.now()
	return p.Proven(now) || len(p.Lacking(now)) < len(p.Each)
}

// lacking are the measures of which it is not shown at this moment, where each is shown by itself.
func (x *canary) lacking() []evenkeel.Measure {
	p := x.proof()
	return p.Lacking(x.now())
}

// tellHands has whoever carries out say by what this has shown what may be ordered.
func (x *canary) tellHands() {
	x.to.shown = x.proven
	if x.to.each {
		x.to.shown, x.to.unshown = x.any, x.lacking
	}
}

// tellEach logs what is news of each measure.
func (x *canary) tellEach(was, is *Proof) {
	for i := range is.Each {
		c, before := &is.Each[i], Counted{}
		if b := was.of(c.Measure); b != nil {
			before = *b
		}
		switch {
		case c.Amiss != "" && c.Amiss != before.Amiss:
			x.log.Error("a canary was not fetched: it is not shown that tenants reach their data under this measure, and it neither stands nor begins", "backend", is.Backend,
				"measure", c.Measure, "amiss", c.Amiss, "hint", "look at the ways to the data under this measure, then evenkeel shield probe; docs/host.md says what a host has to show")
		case c.Silent != "" && c.Silent != before.Silent:
			x.log.Warn("nobody shows that tenants reach their data under this measure; it is asked for again", "backend", is.Backend, "measure", c.Measure, "after", proveAgain,
				"until", c.Until, "err", c.Silent, "hint", "take it out of hosts.measures where no host can do it; else see canary in the settings of a host")
		}
	}
}
