package policy

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Harm says whom or what a family of rules is about, and so which rows of the table of how
// far a machine may go alone are meant.
type Harm uint8

// The harms.
const (
	HarmCompute Harm = iota + 1 // the tenant uses what it rents for something else
	HarmPackets                 // its machines send packets at others
	HarmControl                 // somebody changes its control plane
	HarmEdge                    // others flood the tenant
	HarmReport                  // said by others only; nothing is measured
)

var harms = [...]string{
	HarmCompute: "compute", HarmPackets: "packets", HarmControl: "control", HarmEdge: "edge", HarmReport: "report",
}

// String returns the word of documents, such as "compute".
func (h Harm) String() string {
	if int(h) >= len(harms) || harms[h] == "" {
		return "invalid"
	}
	return harms[h]
}

// ParseHarm reads the word of a document.
func ParseHarm(s string) (Harm, error) {
	for h, word := range harms {
		if word == s && s != "" {
			return Harm(h), nil
		}
	}
	return 0, evenkeel.Invalid("harm %q; expected one of compute, packets, control, edge, report", s)
}

// climbs are the measures of each harm that a machine may enter, from the mildest. A ladder
// keeps to this order. What takes two persons stands above all of them.
var climbs = [...][]evenkeel.Measure{
	HarmCompute: {evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate},
	HarmPackets: {evenkeel.MeasureNotify, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureIsolate},
	HarmControl: {evenkeel.MeasureNotify, evenkeel.MeasureFreeze},
	HarmEdge:    {evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut},
	HarmReport:  {evenkeel.MeasureNotify},
}

// rank is how strong a measure is among those of a harm, from 1; 0 is none, and -1 is not
// among them.
func (h Harm) rank(m evenkeel.Measure) int {
	climb := climbs[h]
	switch i := slices.Index(climb, m); {
	case m == evenkeel.MeasureNone:
		return 0
	case m.NeedsTwo():
		return int(m) + len(climb)
	case i >= 0:
		return i + 1
	}
	return -1
}

// families is the number of families of evidence, counting from 1.
const families = int(evenkeel.EvidenceReport) + 1

// evidence is what of a finding counts before the law: the families of the terms that were
// met with a positive weight, and in which of them a conclusive one was.
type evidence struct {
	met        [families]bool
	conclusive [families]bool
	count      int
}

func evidenceOf(f *evenkeel.Finding) evidence {
	var e evidence
	for _, t := range f.Terms {
		if t.Weight <= 0 || t.Family == 0 || int(t.Family) >= families {
			continue
		}
		if !e.met[t.Family] {
			e.met[t.Family] = true
			e.count++
		}
		e.conclusive[t.Family] = e.conclusive[t.Family] || t.Conclusive
	}
	return e
}

// only says whether there is evidence of this family and of no other.
func (e *evidence) only(f evenkeel.Evidence) bool { return e.count == 1 && e.met[f] }

// concludes says whether a conclusive sign leaves no lawful explanation. What a machine
// computes does so only together with usage and from outside it: somebody may study Stratum,
// or keep a miner as a sample. Packets need no more than to be measured.
func (e *evidence) concludes(h Harm) bool {
	for f := range e.conclusive {
		switch {
		case !e.conclusive[f]:
		case h == HarmCompute:
			if evenkeel.Evidence(f) != evenkeel.EvidenceUsage && e.met[evenkeel.EvidenceUsage] {
				return true
			}
		case h == HarmPackets:
			return e.met[evenkeel.EvidenceWire]
		default:
			return true
		}
	}
	return false
}

// column is what stands beside the evidence in the table.
type column uint8

// The columns.
const (
	permitted column = iota // all safeguards permit or do not apply
	protected               // any protects or is unknown, or there is none
	flagged                 // a flag covers it
)

// columnOf finds the column. Safeguards that nobody wrote were not asked: that is unknown.
func columnOf(asked []evenkeel.Safeguard, flag bool) column {
	switch {
	case flag:
		return flagged
	case len(asked) == 0 || slices.ContainsFunc(asked, holdsBack):
		return protected
	}
	return permitted
}

func holdsBack(s evenkeel.Safeguard) bool {
	return s.Says != evenkeel.Permit && s.Says != evenkeel.NotApplicable
}

// cell is what a machine may do alone, in words and as measures, from the mildest.
type cell struct {
	says string
	may  []evenkeel.Measure
}

// row is one row of the table; its cells stand in the order of the columns.
type row struct {
	name           string // Proposal.Row
	harm, evidence string // as the table is printed
	cells          [3]cell
}

// what cells say, with the measures that they permit.
var (
	onlyNotify   = cell{"notify", list(evenkeel.MeasureNotify)}
	mayThrottle  = cell{"throttle", list(evenkeel.MeasureNotify, evenkeel.MeasureThrottle)}
	mayIsolate   = cell{"isolate", list(evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate)}
	mayLimit     = cell{"limit", list(evenkeel.MeasureNotify, evenkeel.MeasureLimit)}
	mayDropLater = cell{"limit, then drop-flow", list(evenkeel.MeasureNotify, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow)}
	mayDrop      = cell{"drop-flow", mayDropLater.may}
	mayCutOff    = cell{"isolate", append(mayDrop.may, evenkeel.MeasureIsolate)}
	mayFreeze    = cell{"notify and ask the owner; freeze", list(evenkeel.MeasureNotify, evenkeel.MeasureFreeze)}
	askOwner     = cell{"notify and ask the owner", onlyNotify.may}
	recordOnly   = cell{"record only", nil}
	limitAtRate  = cell{"limit at the flag's envelope", list(evenkeel.MeasureLimit)}
	dropAtLast   = cell{"drop-flow", list(evenkeel.MeasureLimit, evenkeel.MeasureDropFlow)}
	sameNotify   = cell{"the same", onlyNotify.may}
	mayStages    = cell{"stages inside the mandate", list(evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut)}
	sameStages   = cell{"the same", mayStages.may}
	twoPersons   = cell{"two persons", nil}
)

func list(m ...evenkeel.Measure) []evenkeel.Measure { return slices.Clip(m) }

// The rows. No document changes them. Nothing without evidence is found, and nothing follows
// from it; packets that no port measured are what one family of compute is.
var (
	lawNothing      = row{"no evidence", "anything", "none", [3]cell{recordOnly, recordOnly, recordOnly}}
	lawCompute      = row{"compute, one family", "compute", "one family", [3]cell{onlyNotify, onlyNotify, recordOnly}}
	lawTwo          = row{"compute, two families", "compute", "two families", [3]cell{mayThrottle, onlyNotify, recordOnly}}
	lawConclusive   = row{"compute, two families and conclusive", "compute", "two and conclusive", [3]cell{mayIsolate, mayThrottle, recordOnly}}
	lawUnmeasured   = row{"packets, not measured at the port", "packets at others", "not measured at the port", [3]cell{onlyNotify, onlyNotify, recordOnly}}
	lawPackets      = row{"packets, measured at the port", "packets at others", "measured at the port", [3]cell{mayDropLater, mayLimit, limitAtRate}}
	lawSpoofed      = row{"packets, measured at the port and conclusive", "packets at others", "and conclusive", [3]cell{mayCutOff, mayDrop, dropAtLast}}
	lawControl      = row{"control plane, new place and destructive burst", "control plane", "new place and destructive burst", [3]cell{mayFreeze, askOwner, recordOnly}}
	lawEdge         = row{"edge, no mandate", "edge (others flood a tenant)", "no mandate of the tenant", [3]cell{onlyNotify, sameNotify, sameNotify}}
	lawMandate      = row{"edge, the tenant's mandate", "edge (others flood a tenant)", "the tenant's mandate", [3]cell{mayStages, sameStages, sameStages}}
	lawReport       = row{"report alone", "anything", "report alone", [3]cell{onlyNotify, onlyNotify, recordOnly}}
	lawAboveIsolate = row{"above isolate, or account-wide", "anything", "above isolate, or account-wide", [3]cell{twoPersons, twoPersons, twoPersons}}
)

// rowOf finds the row of a harm and its evidence; and what the tenant let the edge do.
func rowOf(h Harm, e evidence, mandate evenkeel.Measure) *row {
	switch {
	case e.count == 0:
		return &lawNothing
	case h == HarmReport || e.only(evenkeel.EvidenceReport):
		return &lawReport
	case h == HarmEdge && mandate != evenkeel.MeasureNone && e.met[evenkeel.EvidenceWire]:
		return &lawMandate
	case h == HarmEdge:
		return &lawEdge
	case h == HarmControl:
		return &lawControl
	case h == HarmPackets && !e.met[evenkeel.EvidenceWire]:
		return &lawUnmeasured
	case h == HarmPackets && e.concludes(h):
		return &lawSpoofed
	case h == HarmPackets:
		return &lawPackets
	case h == HarmCompute && e.concludes(h):
		return &lawConclusive
	case h == HarmCompute && e.count >= 2:
		return &lawTwo
	case h == HarmCompute:
		return &lawCompute
	}
	return &lawNothing
}
