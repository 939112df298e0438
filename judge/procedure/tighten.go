package procedure

import (
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// loose returns what a machine entered, at this rung or above it, about these assets and none besides, and that
// holds less tightly than what was found now asks for; nil where there is none. A limit against a flood
// lets a sweep through, so that the sweep goes on beside it. What a person chose stays as it is.
func (g *gate) loose(m evenkeel.Measure) *evenkeel.Decision {
	if g.p.Params != nil || !m.Enforced() { // what is announced is held to its own envelope
		return nil
	}
	for _, x := range live(g.live, evenkeel.InForce) {
		if !x.Actor.Automatic() || rank(g.p.Family, x.Measure) < rank(g.p.Family, m) || !Contains(g.assets, x.Assets) || x.Until <= g.f.At {
			continue
		}
		now := g.p.Family.ParamsOf(x.Measure, x.Grounds.Basis)
		with := g.p.Family.ParamsOf(x.Measure, append(slices.Clip(x.Grounds.Basis), evenkeel.Basis{Terms: g.f.Terms}))
		if !maps.Equal(now, with) && g.hearing(x.Measure) == 0 {
			return &x
		}
	}
	return nil
}

// tighten is the ruling that the same measure is entered once more in the place of one that is too loose. It
// ends when that would have: the tenant was told of that end.
func (g *gate) tighten(x *evenkeel.Decision) Ruling {
	g.say("%s lets through what was found now (%s): it is tightened.", x.Measure, x.ID)
	r := g.enter(x.Measure)
	r.Assets, r.Until = x.Assets, x.Until
	if !slices.Contains(r.Supersedes, x.ID) {
		r.Supersedes = append(r.Supersedes, x.ID)
	}
	return r
}
