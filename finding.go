package evenkeel

import (
	"fmt"
	"net/netip"
	"slices"
)

// FindingID names one episode of one rule about one subject. It is the same for the
// provisional and the final revision.
type FindingID string

// Revision says how firm a finding is.
type Revision uint8

// The revisions.
const (
	// Provisional: told at once, from panes that may still receive records.
	Provisional Revision = iota + 1
	// Final: from closed panes; the same records in the same log order give the same
	// final findings.
	Final
)

var revisions = [...]string{Provisional: "provisional", Final: "final"}

// String returns "provisional" or "final".
func (r Revision) String() string { return word(revisions[:], int(r)) }

// MarshalText writes String.
func (r Revision) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the word.
func (r *Revision) UnmarshalText(b []byte) (err error) {
	*r, err = parseWord[Revision]("revision", revisions[:], string(b))
	return err
}

// Finding is a rule's statement about a subject over an interval. It is evidence, not a
// verdict.
type Finding struct {
	ID       FindingID
	Revision Revision
	Rule     string
	Version  int
	Family   string // the rule's family: the ladder of measures that policy keeps for it
	Mode     Mode
	Subject  Subject
	From     Moment // half-open interval that the values were taken from
	Until    Moment
	At       Moment // event time at which the statement could first be made
	Score    float64
	Terms    []Term    // those that were met, in the rule's order
	Unmet    []Term    // those that were not met or could not be judged
	Assets   []AssetID // what the statement names, where the subject is not one asset
	Panes    []PaneSeries
	Aims     []Aim  // where the largest flows went, the largest first, at most MaxAims; none where the rule keeps no top
	Held     string // why no tenant is named yet; "" when attributed
	Again    bool   `json:",omitempty"` // nothing new: what the final revision told goes on; Until is when it was seen last
}

// Term is one weighed statement inside a finding.
type Term struct {
	Name       string   `json:"name"`
	Family     Evidence `json:"family"`
	Conclusive bool     `json:"conclusive,omitempty"` // has no lawful explanation together with usage
	Value      Reading  `json:"value"`
	Threshold  Reading  `json:"threshold"`
	Unit       string   `json:"unit,omitempty"` // of both: "s" for a time; "" for a plain number
	Weight     float64  `json:"weight"`
	Says       string   `json:"says,omitempty"`    // the sentence that a person will read; "" where the term is not met
	Unknown    string   `json:"unknown,omitempty"` // why it could not be judged; "" when it was
}

// Reading is a number that may be unknown.
type Reading struct {
	Value float64
	Known bool
}

// PaneSeries is what a window held when the finding was made, for drawing.
type PaneSeries struct {
	Name  string
	Unit  string
	From  Moment
	Width Moment // of one pane, in nanoseconds
	// Values has one reading per pane; a pane without records is not known.
	Values []Reading
}

// Aim is the other end of flows: what a drop-flow cuts.
type Aim struct {
	Protocol string     `json:"protocol"` // tcp, udp, icmp …
	Address  netip.Addr `json:"address"`
	Port     uint16     `json:"port,omitempty"` // 0: the protocol has none
	Most     int64      `json:"most"`           // packets or bytes, as the rule keeps them, of the largest flow
}

// MaxAims is how many ends of flows a finding names.
const MaxAims = 8

// Same says whether both are the same end.
func (a Aim) Same(o Aim) bool {
	return a.Protocol == o.Protocol && a.Address == o.Address && a.Port == o.Port
}

// String writes the end as people read it: 203.0.113.7, port 80 (tcp).
func (a Aim) String() string {
	if a.Port == 0 {
		return fmt.Sprintf("%s (%s)", a.Address, a.Protocol)
	}
	return fmt.Sprintf("%s, port %d (%s)", a.Address, a.Port, a.Protocol)
}

// NewFindingID derives the id from rule, version, subject and the episode's start, which is
// aligned to a pane and frozen when the episode is first published.
func NewFindingID(rule string, version int, s Subject, episode Moment) FindingID {
	d := newDigest("evenkeel finding 1")
	d.text(rule)
	d.number(uint64(version))
	d.number(uint64(s.Kind))
	d.text(string(s.Asset))
	if s.Kind == SubjectAsset { // whose it was may be learnt later, and is not part of the id
		d.number(uint64(s.Since))
	} else {
		d.text(string(s.Tenant))
		d.text(s.Principal)
	}
	d.number(uint64(episode))
	return FindingID(d.id("f-"))
}

// Named returns the assets that the finding is about or names, sorted, each once.
func (f *Finding) Named() []AssetID {
	assets := slices.Clone(f.Assets)
	if f.Subject.Kind == SubjectAsset {
		assets = append(assets, f.Subject.Asset)
	}
	slices.Sort(assets)
	return slices.Compact(assets)
}

// Families returns the families of evidence of the terms that were met.
func (f *Finding) Families() []Evidence {
	var seen [len(evidences)]bool
	var out []Evidence
	for _, t := range f.Terms {
		if t.Weight > 0 && int(t.Family) < len(seen) && !seen[t.Family] {
			seen[t.Family] = true
			out = append(out, t.Family)
		}
	}
	return out
}
