package window

import (
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Mark remembers streaks of marks: moments of which each is at most For after the one
// before. Moments count in whole seconds, from 1970 to 2106; others are cut to that range.
//
// The last streak is kept, and the one before it for as long as a mark that comes late could
// join the two. Any order of arrival gives the same state as long as no mark is more than
// For older than the newest at its arrival.
//
// The state, little-endian: the last streak and the one before it, each {first, last second
// uint32, marks uint32}; 0 marks = none.
type Mark struct {
	For time.Duration
}

const markStreak = 12

// NewMark returns the shape of a mark that stays for whole seconds, at least one.
func NewMark(stays time.Duration) (Mark, error) {
	if stays < time.Second || stays%time.Second != 0 || stays/time.Second > math.MaxUint32 {
		return Mark{}, evenkeel.Invalid("mark that stays for %v: expected whole seconds, 1s to 136 years", stays)
	}
	return Mark{For: stays}, nil
}

// Size returns the bytes of a state.
func (m Mark) Size() int { return 2 * markStreak }

// Add notes a mark. One that is more than For older than the last streak is not noted.
func (m Mark) Add(state []byte, at evenkeel.Moment) {
	if len(state) < m.Size() {
		return
	}
	s, stays := secondOf(at), uint32(min(m.For/time.Second, math.MaxUint32))
	last, before := streakOf(state), streakOf(state[markStreak:])
	switch {
	case last.count == 0:
		last = streak{s, s, 1}
	case s > last.last && s-last.last > stays:
		last, before = streak{s, s, 1}, last
	case s < last.first && last.first-s > stays:
		return
	default:
		last = streak{min(last.first, s), max(last.last, s), addCapped(last.count, 1)}
		if before.count != 0 && last.first-min(before.last, last.first) <= stays {
			last = streak{min(before.first, last.first), last.last, addCapped(last.count, before.count)}
			before = streak{}
		}
	}
	if before.count != 0 && uint64(last.last)-uint64(before.last) > 2*uint64(stays) {
		before = streak{} // no mark that may still come can join it
	}
	last.put(state)
	before.put(state[markStreak:])
}

// MarkStats is what a mark says.
type MarkStats struct {
	Within bool          // a mark was at most For ago
	Ago    time.Duration // since the last mark of the streak; 0 in the midst of it
	Streak time.Duration // from the streak's first mark to its last, or to now
	Count  uint32        // marks of the streak, those after now included
}

// Read returns what holds at a moment, which may lie up to For before the newest mark: of
// the last streak that had begun. It is 0 where none is known.
func (m Mark) Read(state []byte, at evenkeel.Moment) MarkStats {
	if len(state) < m.Size() {
		return MarkStats{}
	}
	now, s := secondOf(at), streakOf(state)
	if s.count == 0 || s.first > now {
		s = streakOf(state[markStreak:])
	}
	if s.count == 0 || s.first > now {
		return MarkStats{}
	}
	ago := seconds(now - min(now, s.last))
	return MarkStats{
		Within: ago <= m.For,
		Ago:    ago,
		Streak: seconds(max(min(now, s.last), s.first) - s.first),
		Count:  s.count,
	}
}

type streak struct{ first, last, count uint32 }

func streakOf(b []byte) streak {
	return streak{first: le.Uint32(b), last: le.Uint32(b[4:]), count: le.Uint32(b[8:])}
}

func (s streak) put(b []byte) {
	le.PutUint32(b, s.first)
	le.PutUint32(b[4:], s.last)
	le.PutUint32(b[8:], s.count)
}

// secondOf returns the second of a moment, cut to what a state can hold.
func secondOf(at evenkeel.Moment) uint32 {
	return uint32(min(max(int64(at), 0)/int64(time.Second), math.MaxUint32))
}

func seconds(n uint32) time.Duration { return time.Duration(n) * time.Second }
