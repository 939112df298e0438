package procedure

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// MandateFor is how long edges go by what they were told last, if they are told nothing more: over a night in which nobody
// mends control, and no longer.
const MandateFor = 24 * time.Hour

// Mandate says how far edges may go by themselves at the sites of tenants, where others flood these, and at which sites not so far: the
// policy's mandate, but nobody is asked for anything at a site of which a person said that it was no attack, as long as that binds
// machines, nor where a person pulled a switch. rules are those of families of harm edge, and cases are of such families.
//
// Where there are more exceptions than most, nobody is asked for anything at any site: it is not known how to spare each, and what a
// person found binds more than what edges were let do.
//
// Breakers and budgets do not count here: they hold back what falls on tenants, and this is what tenants asked for. A switch of
// a detector does not either: what an edge goes by are no terms.
func Mandate(p *policy.Policy, rules []string, cases []docket.Folder, switches []docket.Switch, most int, now evenkeel.Moment) docket.Mandate {
	m := docket.Mandate{Until: now.Add(MandateFor), Highest: p.Mandate(), Policy: p.Digest(), Except: map[evenkeel.AssetID]evenkeel.Measure{}}
	pulled := func(x evenkeel.Measure) bool {
		return slices.ContainsFunc(switches, func(s docket.Switch) bool {
			return !s.Released() && (s.Met(x, "", "", nil) || slices.ContainsFunc(rules, func(rule string) bool { return s.Met(x, rule, "", nil) }))
		})
	}
	if m.Highest == evenkeel.MeasureShut && pulled(m.Highest) {
		m.Highest = evenkeel.MeasureChallenge
	}
	if m.Highest == evenkeel.MeasureChallenge && pulled(m.Highest) {
		m.Highest = evenkeel.MeasureNotify
	}
	for i := range cases {
		f := &cases[i]
		fam, known := p.Family(f.Case.Family)
		if !known || fam.Harm != policy.HarmEdge || !Spares(&f.Case, p, switches, now) {
			continue
		}
		for k := range f.Decisions {
			for _, a := range f.Decisions[k].Assets {
				m.Except[a] = evenkeel.MeasureNotify
			}
		}
	}
	if len(m.Except) > most {
		m.Highest, m.Except, m.Crowded = evenkeel.MeasureNotify, map[evenkeel.AssetID]evenkeel.Measure{}, true
	}
	return m
}

// Spares says whether nobody may be asked for anything at the sites of a case: what a person found of it binds machines, or
// a person pulled the switch of its tenant.
func Spares(c *evenkeel.Case, p *policy.Policy, switches []docket.Switch, now evenkeel.Moment) bool {
	fam, known := p.Family(c.Family)
	return known && binds(c, fam, now) || slices.ContainsFunc(switches, func(s docket.Switch) bool {
		return s.Kind == docket.SwitchTenant && !s.Released() && s.Met(evenkeel.MeasureChallenge, "", c.Tenant, nil)
	})
}
