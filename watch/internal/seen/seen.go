package seen

import (
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Set remembers identities by the event time of their records, in generations as wide as
// the horizon. It is not safe for use from several goroutines.
type Set struct {
	horizon int64
	cap     int // most ids
	n       int
	dropped uint64

	begun bool  // whether now is set
	now   int64 // the generation of the watermark
	// Generations now−1, now and now+1, each at its number mod 3; then all that is ahead.
	live [ahead + 1]generation
	idle []ids // memory of generations that went
}

const ahead = 3

// more is the part, 1/more, that is added to room for a number of ids that is still growing.
const more = 16

// generation holds the ids of records of [number, number+1) · horizon.
type generation struct {
	number int64 // of the newest record, for those ahead
	ids    ids
}

// New returns an empty set of at most cap ids; 0 is no limit. The horizon is at least one
// nanosecond.
func New(horizon time.Duration, cap int) *Set {
	if cap <= 0 {
		cap = math.MaxInt
	}
	return &Set{horizon: max(int64(horizon), 1), cap: cap}
}

// Add says whether an identity is fresh: not remembered yet. It then remembers the
// identity, unless its record is older than the horizon by a generation, or cap are
// remembered already (see Dropped). Until Advance is called, the watermark is one horizon
// before the first record.
func (s *Set) Add(id uint64, at evenkeel.Moment) (fresh bool) {
	number := s.number(at)
	if !s.begun {
		s.begun, s.now = true, number-1
	}
	place := ahead
	if number <= s.now+1 {
		place = int(((number % 3) + 3) % 3)
	}
	if s.known(id, place) {
		return false
	}
	switch {
	case number < s.now-1:
		return true
	case s.n >= s.cap:
		s.dropped++
		return true
	}
	g := &s.live[place]
	if g.ids.n == 0 {
		*g = generation{number: number, ids: s.memory()}
	}
	g.number = max(g.number, number)
	g.ids.add(id)
	s.n++
	return true
}

// known looks for an id, first in the generation where it is expected.
func (s *Set) known(id uint64, place int) bool {
	if s.live[place].ids.has(id) {
		return true
	}
	for i := range s.live {
		if i != place && s.live[i].ids.has(id) {
			return true
		}
	}
	return false
}

// Advance says that the watermark moved on, and forgets the generations that lie wholly
// before watermark − horizon. A watermark that goes back changes nothing.
func (s *Set) Advance(watermark evenkeel.Moment) {
	now := s.number(watermark)
	if s.begun && now <= s.now {
		return
	}
	s.begun, s.now = true, now
	for i := range s.live {
		if g := &s.live[i]; g.ids.n > 0 && g.number < now-1 {
			s.n -= g.ids.n
			if spare, ok := g.ids.emptied(); ok {
				s.idle = append(s.idle, spare)
			}
			*g = generation{}
		}
	}
}

// Len returns how many ids are remembered.
func (s *Set) Len() int { return s.n }

// Bytes returns the memory of the ids, in bytes.
func (s *Set) Bytes() int {
	n := 0
	for i := range s.live {
		n += s.live[i].ids.bytes()
	}
	for i := range s.idle {
		n += s.idle[i].bytes()
	}
	return n
}

// Dropped returns how many fresh ids were not remembered because cap were already.
func (s *Set) Dropped() uint64 { return s.dropped }

// number returns the generation of a moment, rounding down before 1970 as well.
func (s *Set) number(at evenkeel.Moment) int64 {
	n := int64(at) / s.horizon
	if int64(at)%s.horizon < 0 {
		n--
	}
	return n
}

// memory returns an empty set of ids with room for as many as the fullest generation has and
// some more, so that in a steady state none grows: it would leave a third of its slots free.
// The memory of one that went is used again where it fits; a burst's is let go.
func (s *Set) memory() ids {
	n := 0
	for i := range s.live {
		n = max(n, s.live[i].ids.n)
	}
	for last := len(s.idle) - 1; last >= 0; last-- {
		out := s.idle[last]
		s.idle[last], s.idle = ids{}, s.idle[:last]
		if out.most >= n && len(out.slots) <= slotsFor(n+n/4) {
			return out
		}
	}
	if n == 0 {
		return ids{}
	}
	var out ids
	out.resize(slotsFor(n + n/more))
	return out
}
