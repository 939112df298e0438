package rota

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// MaxSpan is the longest time that Shifts and Check look at.
const MaxSpan = 370 * 24 * time.Hour

// Leading is the level of a Shift of those who lead.
const Leading = 0

// Shift is who is on call at a level for a while. Without persons it is a gap.
type Shift struct {
	Level   int                 `json:"level"` // from 1, or Leading
	From    evenkeel.Moment     `json:"from"`
	Until   evenkeel.Moment     `json:"until"`
	Persons []evenkeel.PersonID `json:"persons"`
}

// Gap says whether nobody is on call.
func (s *Shift) Gap() bool { return len(s.Persons) == 0 }

// Shifts returns who is on call between two moments, level by level and then who leads. Those of
// a level follow each other without a hole: where nobody is on call, a gap is listed.
func (r *Rota) Shifts(from, until evenkeel.Moment) ([]Shift, error) {
	of, err := spanOf(from, until)
	if err != nil {
		return nil, err
	}
	var all []Shift
	for i := range r.levels {
		all = r.levels[i].shifts(all, i+1, of)
	}
	return r.lead.shifts(all, Leading, of), nil
}

func spanOf(from, until evenkeel.Moment) (stretch, error) {
	switch {
	case from >= until:
		return stretch{}, evenkeel.Invalid("shifts from %v until %v; expected an end after the beginning", from, until)
	case until.Sub(from) > MaxSpan:
		return stretch{}, evenkeel.Invalid("shifts from %v until %v; expected at most %d days", from, until, MaxSpan/(24*time.Hour))
	}
	return stretch{from, until}, nil
}

// shifts appends those of one step. Between two edges the answer cannot change.
func (s *step) shifts(all []Shift, level int, of stretch) []Shift {
	edges, first := s.edges(of), len(all)
	for i, from := range edges[:len(edges)-1] {
		who := s.at(from)
		if last := len(all) - 1; last >= first && slices.Equal(all[last].Persons, who) {
			all[last].Until = edges[i+1]
			continue
		}
		all = append(all, Shift{level, from, edges[i+1], append([]evenkeel.PersonID{}, who...)})
	}
	return all
}

// edges are the moments of a span at which who is called may change, its two ends among them.
func (s *step) edges(of stretch) []evenkeel.Moment {
	edges := []evenkeel.Moment{of.from, of.until}
	add := func(m evenkeel.Moment) {
		if of.from < m && m < of.until {
			edges = append(edges, m)
		}
	}
	persons := s.all
	if t := s.turns; t != nil {
		persons = t.members
		for n := t.turn(of.from); ; n++ {
			m := t.handover(n)
			if m >= of.until {
				break
			}
			add(m)
		}
	}
	for _, p := range persons {
		p.edges(of, add)
	}
	slices.Sort(edges)
	return slices.Compact(edges)
}

// edges are the moments at which a person begins or ceases to stand for itself, or another in its place.
func (p *person) edges(of stretch, add func(evenkeel.Moment)) {
	p.week.edges(of, add)
	p.away.edges(add)
	for _, o := range p.instead {
		add(o.from)
		add(o.until)
		o.who.away.edges(add)
	}
}

func (s stretches) edges(add func(evenkeel.Moment)) {
	for _, one := range s {
		add(one.from)
		add(one.until)
	}
}
