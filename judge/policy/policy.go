package policy

import (
	"fmt"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/credit"
	"github.com/evenkeel/evenkeel/judge/governor"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// Policy is an operator's document about what follows from what was found. It does not
// change; any number of goroutines may ask it.
type Policy struct {
	name       string
	version    int
	mode       evenkeel.Mode
	about      string
	authors    []evenkeel.PersonID
	digest     string
	safeguards []safeguard
	families   map[string]*section
	other      *section // nil: the document has none
	bursts     *bursts  // nil: the document says nothing about announcements
	governor   governor.Limits
	promotion  learning.Promotion
	credits    credit.Terms
	audit      learning.Audit
}

// section is a family with what the policy wants about it.
type section struct {
	Family
	wants []want
}

// want is one row of what is asked for; the first row whose condition is true counts.
type want struct {
	measure evenkeel.Measure
	when    condition
}

// ID is the policy's name and version, such as "default v1".
func (p *Policy) ID() string { return fmt.Sprintf("%s v%d", p.name, p.version) }

// Digest names the document by its content: "sha256:" and the hash of its bytes, in hex.
func (p *Policy) Digest() string { return p.digest }

// Mode is live, or shadow where the document is written to be watched only.
func (p *Policy) Mode() evenkeel.Mode { return p.mode }

// About is what the document says of itself, for the operator.
func (p *Policy) About() string { return p.about }

// Authors are who wrote it, as it says: they are not drawn while it is in force.
func (p *Policy) Authors() []evenkeel.PersonID { return slices.Clone(p.authors) }

// Family returns what the policy says about a family of rules: its own section, or else the
// one about all others, whose name is "other". False where it has neither. The caller does
// not change it.
func (p *Policy) Family(name string) (*Family, bool) {
	s := p.section(name)
	if s == nil {
		return nil, false
	}
	return &s.Family, true
}

// Mandate is the most that an edge does by itself for a site that others flood: shut, challenge, or notify where no family of harm
// edge has a mandate, or the document is in shadow. Of several families the mildest counts.
func (p *Policy) Mandate() evenkeel.Measure {
	least := evenkeel.MeasureNone
	for _, s := range p.families {
		if s.Harm == HarmEdge && s.Mandate != evenkeel.MeasureNone && (least == evenkeel.MeasureNone || HarmEdge.rank(s.Mandate) < HarmEdge.rank(least)) {
			least = s.Mandate
		}
	}
	if least == evenkeel.MeasureNone || p.mode != evenkeel.ModeLive {
		return evenkeel.MeasureNotify
	}
	return least
}

// Flooded are the families of harm edge, by name: what others do to a tenant's sites.
func (p *Policy) Flooded() (names []string) {
	for name, s := range p.families {
		if s.Harm == HarmEdge {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Governor is what holds machines back: what the document says, and of what it does not, the
// defaults.
func (p *Policy) Governor() governor.Limits { return p.governor }

// Audit is how many closed cases a person looks at by lot, and how many known ones among them.
func (p *Policy) Audit() learning.Audit { return p.audit }

// Promotion is how far rules may act; the caller does not change it.
func (p *Policy) Promotion() *learning.Promotion { return &p.promotion }

// Credits are what is made good, and at which prices; the caller does not change them.
func (p *Policy) Credits() *credit.Terms { return &p.credits }

// Families are the names of the families that have a section of their own, sorted.
func (p *Policy) Families() []string { return slices.Sorted(maps.Keys(p.families)) }

func (p *Policy) section(name string) *section {
	if s := p.families[name]; s != nil {
		return s
	}
	return p.other
}

// Weigh says what the policy wants about a finding, and what the table of how far a machine
// may go alone leaves of it. All safeguards are asked, whatever else is so.
func (p *Policy) Weigh(v View) Proposal {
	out := Proposal{Policy: p.digest, Mode: evenkeel.ModeShadow}
	if p.mode == evenkeel.ModeLive && v.Finding.Mode == evenkeel.ModeLive {
		out.Mode = evenkeel.ModeLive
	}
	s, harm, mandate := p.section(v.Finding.Family), Harm(0), evenkeel.MeasureNone
	if s != nil {
		out.Family, harm, mandate = &s.Family, s.Harm, s.Mandate
	}
	seen := sight{view: &v, harm: harm, evidence: evidenceOf(&v.Finding)}
	slots := seen.slots(findingFacts)
	out.Safeguards = append(p.ask(slots), resold(&v.Account)...)
	flag, rate := covering(&v, &out)
	if s == nil {
		out.Why = []string{fmt.Sprintf("The policy says nothing about findings of family %q.", v.Finding.Family)}
		return out
	}
	for i := range s.wants {
		if s.wants[i].when.holds(slots) {
			out.Wanted = s.wants[i].measure
			break
		}
	}
	r := rowOf(harm, seen.evidence, mandate)
	out.Row, out.Conclusive = r.name, seen.evidence.concludes(harm)
	reduction{row: r, mandate: mandate, column: columnOf(out.Safeguards, flag), aimed: len(v.Finding.Aims) > 0, rate: rate}.apply(&out)
	return out
}
