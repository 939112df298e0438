package rota

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Rota is a document that was read. It does not change, and is safe for concurrent use.
type Rota struct {
	name    string
	version int
	digest  string
	loc     *time.Location // of the desk, and of what is said to people
	desk    week
	closed  stretches
	persons []*person
	levels  []step
	lead    step
}

// person is when somebody can be called.
type person struct {
	id      evenkeel.PersonID
	self    []evenkeel.PersonID // the id alone, so that an answer costs nothing
	week    week
	away    stretches
	instead []override
	named   bool // in a rotation, a step or an override
}

// override is who stands in for a person for a while.
type override struct {
	stretch
	who *person
}

// step is who is called at a level: whoever has the turn of a rotation, or all of some persons.
type step struct {
	turns *rotation
	all   []*person
	ids   []evenkeel.PersonID // of all
}

// Name, Version and Digest say which document it is. The digest is that of its bytes.
func (r *Rota) Name() string { return r.name }

// Version returns the number that the document gives itself.
func (r *Rota) Version() int { return r.version }

// Digest returns sha256: and 64 hex digits.
func (r *Rota) Digest() string { return r.digest }

// Zone returns the time zone of the desk.
func (r *Rota) Zone() *time.Location { return r.loc }

// Levels returns how many levels there are, at least one.
func (r *Rota) Levels() int { return len(r.levels) }

// Persons returns all persons, in the order of the document.
func (r *Rota) Persons() []evenkeel.PersonID {
	ids := make([]evenkeel.PersonID, len(r.persons))
	for i, p := range r.persons {
		ids[i] = p.id
	}
	return ids
}

// OnCall returns who is on call at a level, from 1, at a moment; none is a gap. Beyond the last
// level there is nobody. What is returned is not to be changed.
func (r *Rota) OnCall(level int, at evenkeel.Moment) []evenkeel.PersonID {
	if level < 1 || level > len(r.levels) {
		return nil
	}
	return r.levels[level-1].at(at)
}

// Lead returns who leads at a moment, whom calls reach that reach nobody else. What is returned
// is not to be changed.
func (r *Rota) Lead(at evenkeel.Moment) []evenkeel.PersonID { return r.lead.at(at) }

// Staffed says whether somebody is at the desk. Without hours in the document that is always.
func (r *Rota) Staffed(at evenkeel.Moment) bool { return !r.closed.cover(at) && r.desk.covers(at) }

// at is who is called at a moment. Nearly always that is whoever the step names, and then
// nothing is allocated.
func (s *step) at(at evenkeel.Moment) []evenkeel.PersonID {
	if s.turns != nil {
		if p := s.turns.whose(s.turns.turn(at)).stands(at); p != nil {
			return p.self
		}
		return nil
	}
	for i, p := range s.all {
		if p.stands(at) != p {
			return s.some(i, at)
		}
	}
	return s.ids
}

// some is who is called where not all of the step stand for themselves: the first so many do.
func (s *step) some(first int, at evenkeel.Moment) []evenkeel.PersonID {
	ids := slices.Clone(s.ids[:first])
	for _, p := range s.all[first:] {
		if who := p.stands(at); who != nil && !slices.Contains(ids, who.id) {
			ids = append(ids, who.id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return ids
}

// stands is who can be called where a person is meant, or nil: whoever was agreed on last, at
// whatever hour, since that was said of this very time; else the person in the hours of the week.
// Nobody who is away, and nobody in the place of one who stands in for another.
func (p *person) stands(at evenkeel.Moment) *person {
	for i := len(p.instead) - 1; i >= 0; i-- {
		if o := &p.instead[i]; o.covers(at) {
			if o.who.away.cover(at) {
				return nil
			}
			return o.who
		}
	}
	if p.away.cover(at) || !p.week.covers(at) {
		return nil
	}
	return p
}
