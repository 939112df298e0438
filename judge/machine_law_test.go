package judge_test

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What stands here is written down from the table of how far a machine may go alone, and from
// nothing in the judge: where the two differ, one of them is wrong.

type set []evenkeel.Measure

// may are the measures of one row: where everything permits, where anything protects or is
// unknown, and where a flag covers it.
type may struct{ permitted, protected, flagged set }

var alone = map[string]may{
	"compute, one family":                      {set{evenkeel.MeasureNotify}, set{evenkeel.MeasureNotify}, nil},
	"compute, two families":                    {set{evenkeel.MeasureNotify, evenkeel.MeasureThrottle}, set{evenkeel.MeasureNotify}, nil},
	"compute, two families and conclusive":     {set{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate}, set{evenkeel.MeasureNotify, evenkeel.MeasureThrottle}, nil},
	"packets, measured at the port":            {set{evenkeel.MeasureNotify, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow}, set{evenkeel.MeasureNotify, evenkeel.MeasureLimit}, set{evenkeel.MeasureLimit}},
	"packets, and conclusive":                  {set{evenkeel.MeasureNotify, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureIsolate}, set{evenkeel.MeasureNotify, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow}, set{evenkeel.MeasureLimit, evenkeel.MeasureDropFlow}},
	"packets, not measured, or a report alone": {set{evenkeel.MeasureNotify}, set{evenkeel.MeasureNotify}, nil},
	"control plane":                            {set{evenkeel.MeasureNotify, evenkeel.MeasureFreeze}, set{evenkeel.MeasureNotify}, nil},
	"edge, no mandate":                         {set{evenkeel.MeasureNotify}, set{evenkeel.MeasureNotify}, set{evenkeel.MeasureNotify}},
	"edge, the tenant's mandate": {set{evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut},
		set{evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut}, set{evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut}},
	"nothing": {},
}

// harm is what each family of rules is about, and what a machine's measure of it lasts at most.
var harm = map[string]struct {
	of    string
	rule  string
	lease map[evenkeel.Measure]time.Duration
}{
	"mining":     {"compute", "crypto-mining", map[evenkeel.Measure]time.Duration{evenkeel.MeasureNotify: 7 * day, evenkeel.MeasureThrottle: 4 * time.Hour, evenkeel.MeasureIsolate: 4 * time.Hour}},
	"creation":   {"compute", "vm-burst", map[evenkeel.Measure]time.Duration{evenkeel.MeasureNotify: 7 * day}},
	"flood":      {"packets", "flood-out", map[evenkeel.Measure]time.Duration{evenkeel.MeasureNotify: 7 * day, evenkeel.MeasureLimit: time.Hour, evenkeel.MeasureDropFlow: time.Hour, evenkeel.MeasureIsolate: time.Hour}},
	"takeover":   {"control", "takeover", map[evenkeel.Measure]time.Duration{evenkeel.MeasureNotify: 7 * day, evenkeel.MeasureFreeze: 4 * time.Hour}},
	"edge":       {"edge", "site-flood", map[evenkeel.Measure]time.Duration{evenkeel.MeasureChallenge: time.Hour, evenkeel.MeasureShut: time.Hour}},
	"unshielded": {"edge", "edge-flood", map[evenkeel.Measure]time.Duration{evenkeel.MeasureNotify: 7 * day}},
	"mail":       {"compute", "mail-out", map[evenkeel.Measure]time.Duration{evenkeel.MeasureNotify: 7 * day}},
}

// rowOf is the row of a finding.
func rowOf(f *evenkeel.Finding) string {
	met, conclusive := map[evenkeel.Evidence]bool{}, map[evenkeel.Evidence]bool{}
	for _, t := range f.Terms {
		if t.Weight > 0 {
			met[t.Family] = true
			conclusive[t.Family] = conclusive[t.Family] || t.Conclusive
		}
	}
	switch {
	case len(met) == 0:
		return "nothing"
	case len(met) == 1 && met[evenkeel.EvidenceReport]:
		return "packets, not measured, or a report alone"
	}
	switch harm[f.Family].of {
	case "control":
		return "control plane"
	case "edge":
		if f.Family == "edge" && met[evenkeel.EvidenceWire] {
			return "edge, the tenant's mandate"
		}
		return "edge, no mandate"
	case "packets":
		sure := false
		for _, is := range conclusive {
			sure = sure || is
		}
		switch {
		case !met[evenkeel.EvidenceWire]:
			return "packets, not measured, or a report alone"
		case sure:
			return "packets, and conclusive"
		}
		return "packets, measured at the port"
	}
	sure := false // Stratum, or a known miner, together with usage
	for e, is := range conclusive {
		sure = sure || is && e != evenkeel.EvidenceUsage && met[evenkeel.EvidenceUsage]
	}
	switch {
	case sure:
		return "compute, two families and conclusive"
	case len(met) >= 2:
		return "compute, two families"
	}
	return "compute, one family"
}

// nothingProtects says whether everything that may protect a tenant is known not to.
func (m *machine) nothingProtects(f *evenkeel.Finding) bool {
	cleared, confirmed := false, false
	for _, c := range m.cases {
		if c.Tenant == f.Subject.Tenant {
			cleared = cleared || c.Cleared != 0 && c.Cleared <= f.At
			confirmed = confirmed || c.Outcome == evenkeel.OutcomeConfirmed && c.Since <= f.At
		}
	}
	for _, a := range f.Named() {
		if !m.world.held(a, f.At) {
			return false
		}
	}
	if paid, any := m.world.paid[f.Subject.Tenant]; any && f.At >= paid {
		return false
	}
	return (f.Subject.Tenant == "trial" || f.Subject.Tenant == "late") && (!cleared || confirmed)
}

// covered is the flag that covers a finding, or nil: what was allowed is allowed.
func (m *machine) covered(f *evenkeel.Finding) *evenkeel.Flag {
	for _, id := range m.flagged {
		g := m.flags[id]
		beyond := slices.ContainsFunc(f.Terms, func(t evenkeel.Term) bool { return t.Weight > 0 && t.Family != evenkeel.EvidenceUsage })
		if g.Tenant != f.Subject.Tenant || g.Family != f.Family || f.At < g.From || f.At >= g.Until || g.Revoked != 0 && g.Revoked <= f.At || g.By.Person == "" && beyond {
			continue
		}
		selects := func(a evenkeel.AssetID) bool {
			return g.Selector.TenantWide || slices.Contains(g.Selector.Assets, a) || g.Selector.Principal == "ci" && (g.Selector.Image == "" || g.Selector.Image == "sim")
		}
		named := f.Named()
		if slices.ContainsFunc(named, func(a evenkeel.AssetID) bool { return !selects(a) || !m.world.held(a, f.At) }) {
			continue
		}
		n := int64(0)
		for i := range machines {
			if a := machineOf(g.Tenant, i+1); selects(a) && m.world.held(a, f.At) {
				n++
			}
		}
		if g.Envelope.Count == 0 || n <= g.Envelope.Count {
			return &g
		}
	}
	return nil
}

// mayAlone is what a machine may enter by itself on a finding.
func (m *machine) mayAlone(f *evenkeel.Finding) set {
	row := alone[rowOf(f)]
	switch g := m.covered(f); {
	case g != nil && g.Envelope.Rate == 0 && len(row.flagged) == 1 && row.flagged[0] == evenkeel.MeasureLimit: // a limit at no rate is none
		return nil
	case g != nil && len(row.flagged) > 0: // held back by a person, it is asked about: that is less
		return append(set{evenkeel.MeasureNotify}, row.flagged...)
	case g != nil:
		return nil
	case m.nothingProtects(f):
		return row.permitted
	}
	return row.protected
}

// byNow is what a machine may do by itself at a moment on what a decision rests on, of the assets that it is on: by
// the facts and flags of then.
func (m *machine) byNow(x *evenkeel.Decision, at evenkeel.Moment) set {
	f := m.asOf(x, at)
	return m.mayAlone(&f)
}

// asOf is what a decision rests on, as a finding of a moment about what the decision is on.
func (m *machine) asOf(x *evenkeel.Decision, at evenkeel.Moment) evenkeel.Finding {
	f, known := m.findings[basisOf(x)]
	if !known {
		m.t.Fatalf("A: %s by a machine rests on nothing that was found", x.Measure)
	}
	f.At, f.Assets, f.Terms = at, x.Assets, x.Grounds.Basis[0].Terms // what is told again here may have other signs than its final revision
	if f.Subject.Kind == evenkeel.SubjectAsset && !slices.Contains(x.Assets, f.Subject.Asset) {
		f.Subject.Asset = x.Assets[0]
	}
	return f
}

// heldBackByNow counts what was held and is for a person at the end of the hearing, as a machine may not enter it by then.
func (m *machine) heldBackByNow(x *evenkeel.Decision) {
	if !x.Actor.Automatic() || !x.Measure.Enforced() || slices.Contains(m.byNow(x, x.At), x.Measure) {
		return
	}
	what := "protected while it was held"
	if f := m.asOf(x, x.At); m.covered(&f) != nil {
		what = "allowed while it was held"
	}
	m.seen[what]++
}

// downTo is the first of a measure and what it steps down to that is enforced and may be; none: nothing is.
func (m *machine) downTo(x *evenkeel.Decision, may set) evenkeel.Measure {
	fam, _ := m.parts.Policy.Family(x.Family)
	for d := x.Measure; d.Enforced(); d = d.StepsDown() {
		if slices.Contains(may, d) && slices.Contains(fam.Ladder, d) {
			return d
		}
	}
	return evenkeel.MeasureNone
}

// earned is how many machines a tenant may announce at most without a person.
func (m *machine) earned(t evenkeel.TenantID, at evenkeel.Moment) int64 {
	a := m.world.AccountAt(t, at)
	if !a.Since.Known() || !a.Standing.Known() {
		return 0
	}
	age, pays := at.Sub(a.Since.Value), a.Standing.Value == evenkeel.StandingPrepaid || a.Standing.Value == evenkeel.StandingInvoiced || a.Standing.Value == evenkeel.StandingOnCredit
	switch {
	case pays && age >= 365*day:
		return 100
	case pays && age >= 90*day && a.Paid.Known() && a.Paid.Value >= 3*a.RunRate.Value:
		return 20
	}
	return 0
}

// checkSpoken is F7 and R3: once a tenant has answered or written, no machine enters or announces anything in that
// case until a person has decided. Packets measured at the port are the exception, and what a person found to
// be so before words opened the case again.
func (m *machine) checkSpoken(x *evenkeel.Decision) {
	since, spoke := m.words[x.Case]
	if !spoke || !x.Measure.Enforced() || harm[x.Family].of == "packets" {
		return
	}
	if c := m.cases[x.Case]; c.State == evenkeel.CaseReopened && (c.Outcome == evenkeel.OutcomeConfirmed || c.Outcome == evenkeel.OutcomeVictim) {
		return
	}
	m.t.Fatalf("F7: %s of %v is %s by a machine at %s, though the tenant spoke at %s and no person has decided since", x.Measure, x.Assets, x.State, x.At, since)
}

// takeWords keeps who has answered or written in which case, until a person has decided there: by an act, or by
// what two found.
func (m *machine) takeWords(c *docket.Changes) {
	for i := range c.Cases {
		if x := &c.Cases[i]; x.State == evenkeel.CaseClosed || x.Waiting == 0 && m.act != nil && !m.act.Kind.OfTenant() {
			delete(m.words, x.ID)
		}
	}
	a := m.act
	if a == nil || a.Kind != docket.ActAnswer && a.Kind != docket.ActMessage || len(c.Entries) == 0 {
		return
	}
	if x := m.cases[a.Case]; x != nil && x.State != evenkeel.CaseClosed {
		m.words[a.Case] = a.At
		m.seen["spoken"]++
	}
}
