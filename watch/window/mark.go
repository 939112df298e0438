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
// join the two. What fell into the newest Open+1 panes is kept apart, so that a reading as of
// the end of one of them but the oldest leaves out what came after it. Any order of arrival
// gives the same state as long as no mark is more than For older than the newest at its
// arrival.
//
// The state, little-endian: the last streak and the one before it, each {first, last second
// uint32, marks uint32}; 0 marks = none | newest pane + 1 uint32, 0 = none | last second
// before the panes that are kept uint32, 0 = none | (Open+1) × {marks, last second uint32},
// pane p in slot p mod (Open+1).
type Mark struct {
	For   time.Duration
	Width time.Duration // of a pane
	Open  int
}

const (
	markStreak = 12
	markPanes  = 2 * markStreak // offset of the newest pane
	markSlots  = markPanes + 8
	markSlot   = 8
)

// NewMark returns the shape of a mark that stays for whole seconds, at least one, and can be
// read as of the ends of the newest open panes, 1 to MaxOpen.
func NewMark(stays, width time.Duration, open int) (Mark, error) {
	if stays < time.Second || stays%time.Second != 0 || stays/time.Second > math.MaxUint32 {
		return Mark{}, evenkeel.Invalid("mark that stays for %v: expected whole seconds, 1s to 136 years", stays)
	}
	if err := checkShape("mark", width, 1, open); err != nil {
		return Mark{}, err
	}
	return Mark{For: stays, Width: width, Open: open}, nil
}

// Size returns the bytes of a state.
func (m Mark) Size() int { return markSlots + (m.Open+1)*markSlot }

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
	m.keep(state, s)
}

// pane returns the pane of a second; slot the bytes of a pane.
func (m Mark) pane(s uint32) uint32 { return s / uint32(m.Width/time.Second) }

func (m Mark) slot(state []byte, pane uint32) []byte {
	at := markSlots + int(pane%uint32(m.Open+1))*markSlot
	return state[at : at+markSlot]
}

// keep notes a mark in its pane, or as the last before the panes that are kept.
func (m Mark) keep(state []byte, s uint32) {
	p, newest := m.pane(s), le.Uint32(state[markPanes:])
	older := func(s uint32) {
		le.PutUint32(state[markPanes+4:], max(le.Uint32(state[markPanes+4:]), s))
	}
	if newest == 0 || p >= newest {
		for i := range uint32(m.Open + 1) { // panes that leave make room for those that come
			gone := p - min(p, i)
			if b := m.slot(state, gone); newest == 0 || gone >= newest {
				if le.Uint32(b) > 0 {
					older(le.Uint32(b[4:]))
				}
				clear(b)
			}
		}
		le.PutUint32(state[markPanes:], p+1)
	} else if newest-1-p > uint32(m.Open) {
		older(s)
		return
	}
	b := m.slot(state, p)
	le.PutUint32(b, addCapped(le.Uint32(b), 1))
	le.PutUint32(b[4:], max(le.Uint32(b[4:]), s))
}

// upTo returns a streak as of a pane of those that are kept: without the marks after it.
func (m Mark) upTo(state []byte, s streak, pane uint32) streak {
	newest, last := le.Uint32(state[markPanes:]), le.Uint32(state[markPanes+4:])
	for i := range min(uint32(m.Open+1), newest) {
		b := m.slot(state, newest-1-i)
		switch n := le.Uint32(b); {
		case n == 0:
		case newest-1-i > pane:
			s.count -= min(n, s.count)
		default:
			last = max(last, le.Uint32(b[4:]))
		}
	}
	s.last = max(min(last, s.last), s.first)
	return s
}

// MarkStats is what a mark says.
type MarkStats struct {
	Within bool          // a mark was at most For ago
	Ago    time.Duration // since the last mark of the streak
	Streak time.Duration // from the streak's first mark to its last
	Count  uint32        // marks of the streak
}

// Read returns what holds at a moment: of the last streak that had begun. It is 0 where none
// is known. Marks in later panes than the moment's are left out while their panes are kept;
// of the moment's own pane all count.
func (m Mark) Read(state []byte, at evenkeel.Moment) MarkStats {
	if len(state) < m.Size() {
		return MarkStats{}
	}
	now, s := secondOf(at), streakOf(state)
	if s.count == 0 || s.first > now {
		s = streakOf(state[markStreak:])
	} else if s.last > now {
		s = m.upTo(state, s, m.pane(now))
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
