package rota

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Kind is what is amiss with a rota.
type Kind uint8

// The kinds.
const (
	KindGap     Kind = iota + 1 // nobody is on call
	KindOverlap                 // to escalate reaches the same person again
	KindUnused                  // a person who is never called
)

var kinds = [...]string{KindGap: "gap", KindOverlap: "overlap", KindUnused: "unused"}

// String returns gap, overlap or unused.
func (k Kind) String() string {
	if k > 0 && int(k) < len(kinds) {
		return kinds[k]
	}
	return "invalid"
}

// MarshalText writes String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Fault is something that the document allows and somebody should mend.
type Fault struct {
	Kind  Kind            `json:"kind"`
	Level int             `json:"level,omitempty"` // of a gap, or the higher one of an overlap; Leading: those who lead
	From  evenkeel.Moment `json:"from,omitempty"`
	Until evenkeel.Moment `json:"until,omitempty"`
	Says  string          `json:"says"`
}

// Check returns what is amiss between two moments: gaps first, then overlaps, each in the order
// of time, then persons of whom nothing makes use.
func (r *Rota) Check(from, until evenkeel.Moment) ([]Fault, error) {
	all, err := r.Shifts(from, until)
	if err != nil {
		return nil, err
	}
	var faults []Fault
	for i := range all {
		if s := &all[i]; s.Gap() {
			says := fmt.Sprintf("nobody is on call at level %d %s", s.Level, r.span(s.From, s.Until))
			if s.Level == Leading {
				says = "nobody leads " + r.span(s.From, s.Until)
			}
			faults = append(faults, Fault{KindGap, s.Level, s.From, s.Until, says})
		}
	}
	for level := 2; level <= len(r.levels); level++ {
		faults = append(faults, r.overlaps(all, level)...)
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.From, b.From)) })
	for _, p := range r.persons {
		if !p.named {
			faults = append(faults, Fault{Kind: KindUnused, Says: fmt.Sprintf("%s is in no rotation and no step, and stands in for nobody: nothing ever calls %[1]s", p.id)})
		}
	}
	return faults, nil
}

// overlaps are the times in which a level reaches nobody but those of the level below it.
func (r *Rota) overlaps(all []Shift, level int) (faults []Fault) {
	var below, here []Shift
	for _, s := range all {
		switch s.Level {
		case level - 1:
			below = append(below, s)
		case level:
			here = append(here, s)
		}
	}
	for i, j := 0, 0; i < len(below) && j < len(here); { // both are without holes, over the same time
		b, h := &below[i], &here[j]
		from, until := max(b.From, h.From), min(b.Until, h.Until)
		same := !slices.ContainsFunc(h.Persons, func(p evenkeel.PersonID) bool { return !slices.Contains(b.Persons, p) })
		if same && !h.Gap() {
			if n := len(faults) - 1; n >= 0 && faults[n].Until == from {
				faults[n].Until = until
			} else {
				faults = append(faults, Fault{Kind: KindOverlap, Level: level, From: from, Until: until})
			}
		}
		if b.Until == until {
			i++
		}
		if h.Until == until {
			j++
		}
	}
	for i := range faults {
		f := &faults[i]
		f.Says = fmt.Sprintf("level %d reaches nobody but those of level %d %s", level, level-1, r.span(f.From, f.Until))
	}
	return faults
}

// span is an interval for a person, in the zone of the desk.
func (r *Rota) span(from, until evenkeel.Moment) string {
	return "from " + r.Local(from) + " until " + r.Local(until)
}

// Local is a moment as the clock at the desk shows it.
func (r *Rota) Local(at evenkeel.Moment) string {
	return at.Time().In(r.loc).Format("Mon 2006-01-02 15:04 MST")
}
