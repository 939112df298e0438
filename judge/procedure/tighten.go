package procedure

import (
	"strconv"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// loose returns what a machine entered, at this rung or above it, about these assets and none besides, and that
// holds less tightly than what was found now asks for; nil where there is none. A limit against a flood
// lets a sweep through, and the envelope of a flag a flood that it does not cover. What a person chose stays as it is.
func (g *gate) loose(m evenkeel.Measure) *evenkeel.Decision {
	if g.p.Params != nil || !m.Enforced() { // what is announced is held to its own envelope
		return nil
	}
	found := []evenkeel.Basis{{Terms: g.f.Terms}}
	for _, x := range live(g.live, evenkeel.InForce) {
		if !x.Actor.Automatic() || rank(g.p.Family, x.Measure) < rank(g.p.Family, m) || !Contains(g.assets, x.Assets) || x.Until <= g.f.At {
			continue
		}
		if !Holds(&x, g.p.Family, found) && g.hearing(x.Measure) == 0 {
			return &x
		}
	}
	return nil
}

// Holds says whether a decision's measure is as tight as a family asks for where this was found. What an older program
// made has no numbers, and is taken to have those of the family as it is now.
func Holds(x *evenkeel.Decision, fam *policy.Family, found []evenkeel.Basis) bool {
	has := x.Params
	if has == nil {
		has = fam.ParamsOf(x.Measure, x.Grounds.Basis)
	}
	for key, text := range fam.ParamsOf(x.Measure, found) {
		most, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			continue // no number: nothing is tighter than another
		}
		if now, err := strconv.ParseUint(has[key], 10, 64); err != nil || now > most {
			return false
		}
	}
	return true
}

// tighten is the ruling that the same measure is entered once more in the place of one that is too loose. It
// ends when that would have: the tenant was told of that end.
func (g *gate) tighten(x *evenkeel.Decision) Ruling {
	g.say("%s lets through what was found now (%s): it is tightened.", x.Measure, x.ID)
	r := g.enter(x.Measure)
	r.Assets, r.Until, r.Supersedes = x.Assets, x.Until, append(r.Supersedes, x.ID)
	return r
}
