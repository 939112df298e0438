package sketch

import (
	"math"
	"math/bits"
	"time"
)

// Sliding counts how much came within the last length of time, in 32 bytes: what came in this pane of that
// length, and of the pane before the share that the window still covers, as if it had come evenly. The truth is between
// this pane's count and that of both, so the error is at most what came in the pane before; it is 0 where that came evenly.
// Panes are cut at multiples of the length since 1970. The zero value is empty.
//
// One count for each of two panes, and never a list of times: a list grows with whoever attacks.
type Sliding struct {
	pane   int64
	length int64
	now    uint64
	before uint64
}

// LeastPane is the shortest length of a window; shorter ones are taken as it.
const LeastPane = time.Millisecond

// Add counts n at a moment, for a window of a length, and returns the estimate. Where the length is another than before, or
// the clock was set back by more than a pane, counting begins anew; a moment of a pane before this one counts as now.
func (s *Sliding) Add(at time.Time, length time.Duration, n uint64) uint64 {
	s.turn(at, length)
	s.now = addCapped(s.now, n)
	return s.estimate(at)
}

// Estimate returns how much came within the window up to a moment, 0 for another length than that of Add.
func (s *Sliding) Estimate(at time.Time, length time.Duration) uint64 {
	x := *s
	x.turn(at, length)
	return x.estimate(at)
}

// turn opens the pane of a moment.
func (s *Sliding) turn(at time.Time, length time.Duration) {
	long := int64(max(length, LeastPane))
	pane := floorDiv(at.UnixNano(), long)
	switch step := pane - s.pane; {
	case long != s.length || step < -1 || step > 1:
		*s = Sliding{pane: pane, length: long}
	case step == 1:
		s.pane, s.before, s.now = pane, s.now, 0
	}
}

// estimate is this pane's count and the covered share of the one before, rounded down.
func (s *Sliding) estimate(at time.Time) uint64 {
	gone := min(max(at.UnixNano()-s.pane*s.length, 0), s.length)
	return addCapped(s.now, share(s.before, uint64(s.length-gone), uint64(s.length)))
}

// share returns n·part/whole, rounded down, for a part of at most the whole.
func share(n, part, whole uint64) uint64 {
	hi, lo := bits.Mul64(n, part)
	if hi >= whole { // only where part is whole and n the largest
		return math.MaxUint64
	}
	q, _ := bits.Div64(hi, lo, whole)
	return q
}

// floorDiv is a/b rounded down, for b above 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// SlidingMin is a CountMin over a sliding window: one for this pane and one for the pane before, 128 KiB. An estimate is never
// below that of the same two panes counted exactly. The zero value is empty; it allocates nothing.
type SlidingMin struct {
	panes  [2]CountMin
	clock  Sliding // whose counts are of all keys
	latest int     // which of the panes is this one
}

// Add counts a key n times at a moment and returns how often it came within the window, or more. Clocks that go back
// and other lengths are taken as in Sliding.
func (s *SlidingMin) Add(hash uint64, at time.Time, length time.Duration, n uint32) uint32 {
	s.turn(at, length)
	s.clock.now = addCapped(s.clock.now, uint64(n))
	s.panes[s.latest].Add(hash, n)
	return s.estimate(hash, at)
}

// Estimate returns how often a key came within the window up to a moment, or more.
func (s *SlidingMin) Estimate(hash uint64, at time.Time, length time.Duration) uint32 {
	s.turn(at, length)
	return s.estimate(hash, at)
}

// Total returns how much came of all keys within the window.
func (s *SlidingMin) Total(at time.Time, length time.Duration) uint64 {
	return s.clock.Estimate(at, length)
}

// turn empties a pane that is over, which takes some microseconds once a length of time.
func (s *SlidingMin) turn(at time.Time, length time.Duration) {
	was := s.clock
	s.clock.turn(at, length)
	switch {
	case s.clock.pane == was.pane && s.clock.length == was.length:
	case s.clock.length == was.length && s.clock.pane == was.pane+1:
		s.latest ^= 1
		s.panes[s.latest].Reset()
	default:
		s.panes[0].Reset()
		s.panes[1].Reset()
	}
}

func (s *SlidingMin) estimate(hash uint64, at time.Time) uint32 {
	of := s.clock
	of.now, of.before = uint64(s.panes[s.latest].Estimate(hash)), uint64(s.panes[s.latest^1].Estimate(hash))
	return uint32(min(of.estimate(at), math.MaxUint32))
}
