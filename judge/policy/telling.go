package policy

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Telling says when those who were attacked from a tenant's machine are told without anybody asking
// for it.
type Telling uint8

// When they are told. The zero value is the mildest: nobody is, unless the document says so.
const (
	TellNever     Telling = iota
	TellConfirmed         // once a person has closed the case as confirmed, or the tenant as a victim
	TellInForce           // then, and as long as a measure is in force that rests on what was measured at the port
)

var tellings = [...]string{TellNever: "never", TellConfirmed: "confirmed", TellInForce: "in_force"}

// String returns never, confirmed or in_force.
func (t Telling) String() string {
	if int(t) >= len(tellings) {
		return "invalid"
	}
	return tellings[t]
}

// TellsAttacked says whether those who were attacked are told under any family.
func (p *Policy) TellsAttacked() bool {
	for _, s := range p.families {
		if s.TellVictims && s.TellAttacked != TellNever {
			return true
		}
	}
	return p.other != nil && p.other.TellVictims && p.other.TellAttacked != TellNever
}

// Tells says whether those who were attacked are told of a case now, about one of its assets. A case
// that a person closed in another way tells nobody, whatever stood in it before.
func (f *Family) Tells(c *evenkeel.Case, decisions []evenkeel.Decision, asset evenkeel.AssetID) bool {
	switch {
	case !f.TellVictims || f.TellAttacked == TellNever || !slices.Contains(c.Assets, asset):
		return false
	case c.State == evenkeel.CaseClosed:
		return c.Outcome == evenkeel.OutcomeConfirmed || c.Outcome == evenkeel.OutcomeVictim
	case f.TellAttacked != TellInForce:
		return false
	}
	return slices.ContainsFunc(decisions, func(d evenkeel.Decision) bool {
		return d.Mode == evenkeel.ModeLive && d.State == evenkeel.InForce && d.Measure.Enforced() && slices.Contains(d.Assets, asset) && restsOnWire(d.Grounds.Basis)
	})
}

func restsOnWire(basis []evenkeel.Basis) bool {
	return slices.ContainsFunc(basis, func(b evenkeel.Basis) bool {
		return slices.ContainsFunc(b.Terms, func(t evenkeel.Term) bool { return t.Family == evenkeel.EvidenceWire && t.Weight > 0 })
	})
}

// tellAttacked reads when they are told.
func (b builder) tellAttacked(s *section, d *familyDoc) {
	if d.TellBy.Line == 0 {
		return
	}
	i := slices.Index(tellings[:], d.TellBy.Value)
	switch {
	case i < 0:
		b.at(textSpot(d.TellBy), nearest(d.TellBy.Value, tellings[:], "expected one of "), "`tell_attacked` %q", clip(d.TellBy.Value))
		return
	case Telling(i) != TellNever && s.Harm != HarmPackets:
		b.at(textSpot(d.TellBy), "take it away: what is measured at a port shows whom packets hurt, and nothing else does", "`tell_attacked` under a family whose harm is not `packets`")
		return
	case Telling(i) != TellNever && !d.Tell.Value:
		b.at(textSpot(d.TellBy), "write `tell_victims: true` beside it, if your terms let you", "`tell_attacked` without `tell_victims`")
	}
	s.TellAttacked = Telling(i)
}
