package evenkeel

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
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
	Held     string // why no tenant is named yet; "" when attributed
}

// Term is one weighed statement inside a finding.
type Term struct {
	Name       string
	Family     Evidence
	Conclusive bool // has no lawful explanation together with usage
	Value      Reading
	Threshold  Reading
	Unit       string // of both: "s" for a time; "" for a plain number
	Weight     float64
	Says       string // the sentence that a person will read; "" where the term is not met
	Unknown    string // why it could not be judged; "" when it was
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

// NewFindingID derives the id: SHA-256 over rule, version, subject and the episode's
// start, 130 bits of it in base 32 (RFC 4648, lower case). The start is aligned to a pane
// and frozen when the episode is first published.
func NewFindingID(rule string, version int, s Subject, episode Moment) FindingID {
	h := sha256.New()
	var n [8]byte
	text := func(t string) {
		binary.LittleEndian.PutUint64(n[:], uint64(len(t)))
		h.Write(n[:])
		h.Write([]byte(t))
	}
	number := func(v uint64) {
		binary.LittleEndian.PutUint64(n[:], v)
		h.Write(n[:])
	}
	text("evenkeel finding 1")
	text(rule)
	number(uint64(version))
	number(uint64(s.Kind))
	text(string(s.Asset))
	if s.Kind == SubjectAsset { // whose it was may be learnt later, and is not part of the id
		number(uint64(s.Since))
	} else {
		text(string(s.Tenant))
		text(s.Principal)
	}
	number(uint64(episode))
	return FindingID("f-" + strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil))[:26]))
}

// Families returns the families of evidence of the terms that were met.
func (f *Finding) Families() []Evidence {
	var seen [len(evidences)]bool
	var out []Evidence
	for _, t := range f.Terms {
		if t.Weight > 0 && !seen[t.Family] {
			seen[t.Family] = true
			out = append(out, t.Family)
		}
	}
	return out
}
