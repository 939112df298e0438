package window

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Mean is a window over readings that are fractions of a full scale, such as CPU in use:
// the mean of the readings in each pane, then the mean, spread and extremes of those pane
// means. A pane counts once, however many readings it had.
//
// The state, little-endian:
//
//	newest pane + 1 uint32, 0 = none | one bit per open slot that had a record, uint8
//	| Open × {sum int64, n uint32}, pane p in slot p mod Open
//	| (Panes+Open) × uint16, pane p in slot p mod (Panes+Open): 0 = no value, else 1 + mean·50,000
type Mean struct {
	Width       time.Duration // of a pane
	Panes, Open int           // panes of the window, panes that take records
}

// Full scale and resolution of a pane's mean.
const (
	meanUnit = 1_000_000 // sum is in millionths
	meanMost = 1_300_000 // the largest mean that is kept, 1.3
	meanStep = 20        // millionths per step of a quantised mean: 1/50,000
	meanOne  = meanUnit / meanStep
)

const (
	meanHead = 5
	meanOpen = 12
)

// NewMean returns the shape of a window of 1 to MaxPanes panes, of which the newest 1 to
// MaxOpen are open. The width is in whole seconds, at least one.
func NewMean(width time.Duration, panes, open int) (Mean, error) {
	if err := checkShape("mean", width, panes, open); err != nil {
		return Mean{}, err
	}
	return Mean{Width: width, Panes: panes, Open: open}, nil
}

// Size returns the bytes of a state.
func (m Mean) Size() int { return meanHead + meanOpen*m.Open + 2*(m.Panes+m.Open) }

// Add counts a reading, or several, in pane p: sum in millionths of full scale, n how many
// readings it is the sum of. A part of a reading may come by itself with n = 0 (CPU in use
// is 1 − idle with n = 1 and −iowait with n = 0); a pane whose n stays 0 has no value.
//
// A pane newer than any before closes those that are Open or more older; a record of a
// closed pane is Late. The sum wraps beyond 9·10¹², n stays at its largest.
func (m Mean) Add(state []byte, p Pane, sum int64, n uint32) Fate {
	if len(state) < m.Size() {
		return Late
	}
	p = min(p, MaxPane)
	newest, any := newestOf(state)
	switch {
	case !any:
		setNewest(state, p)
	case p > newest:
		m.advance(state, newest, p)
	case newest-p >= Pane(m.Open):
		return Late
	}
	slot := uint32(p) % uint32(m.Open)
	fate, bit := Counted, byte(1)<<slot
	if state[4]&bit == 0 {
		state[4] |= bit
		fate = Opened
	}
	o := state[meanHead+meanOpen*slot:][:meanOpen]
	le.PutUint64(o, le.Uint64(o)+uint64(sum))
	le.PutUint32(o[8:], addCapped(le.Uint32(o[8:]), n))
	return fate
}

// advance makes p the newest pane: it quantises the panes that close and empties the slots
// that get new panes.
func (m Mean) advance(state []byte, newest, p Pane) {
	ring, slots := m.ring(state), Pane(m.Panes+m.Open)
	clearSlots(ring, 2, newest, p, slots)
	open := Pane(m.Open)
	first := newest - min(newest, open-1)
	for c := first; c <= newest && p-c >= open; c++ {
		o := state[meanHead+meanOpen*(c%open):][:meanOpen]
		if p-c < slots {
			le.PutUint16(ring[2*(c%slots):], quantise(o))
		}
		clear(o)
		state[4] &^= 1 << (c % open)
	}
	setNewest(state, p)
}

// quantise returns the stored form of an open pane's mean.
func quantise(open []byte) uint16 {
	sum, n := int64(le.Uint64(open)), int64(le.Uint32(open[8:]))
	switch {
	case n == 0:
		return 0
	case sum <= 0:
		return 1
	case sum >= meanMost*n:
		return 1 + meanMost/meanStep
	}
	return uint16(1 + (sum+meanStep/2*n)/(meanStep*n))
}

// Stats is what a mean window says.
type Stats struct {
	Panes                  int     // panes that have a value; with 0 the rest is 0
	Mean, Stddev, Min, Max float64 // of the pane means; the population's standard deviation
}

// Read returns the statistics of the panes (end−Panes, end]. They are exact for any end
// from Open panes before the newest on: open panes are read as they will be once closed.
func (m Mean) Read(state []byte, end Pane) Stats {
	newest, any := m.Newest(state)
	if !any {
		return Stats{}
	}
	var k, sum, squares int64
	low, high := int64(math.MaxInt64), int64(0)
	slots := Pane(m.Panes + m.Open)
	from, to := span(end, newest, Pane(m.Panes), slots)
	for p, slot := from, from%slots; p <= to; p++ {
		if v, ok := m.value(state, newest, p, slot); ok {
			k, sum, squares = k+1, sum+v, squares+v*v
			low, high = min(low, v), max(high, v)
		}
		slot = after(slot, slots)
	}
	if k == 0 {
		return Stats{}
	}
	// All products stay below 2⁵³: each float below is exact until its one division.
	return Stats{
		Panes:  int(k),
		Mean:   float64(sum) / float64(k*meanOne),
		Stddev: math.Sqrt(float64(k*squares-sum*sum)) / float64(k*meanOne),
		Min:    float64(low) / meanOne,
		Max:    float64(high) / meanOne,
	}
}

// Series appends the means of the panes (end−Panes, end] to dst, oldest first.
func (m Mean) Series(dst []evenkeel.Reading, state []byte, end Pane) []evenkeel.Reading {
	dst, out := appendUnknown(dst, m.Panes)
	newest, any := m.Newest(state)
	if !any {
		return dst
	}
	slots := Pane(m.Panes + m.Open)
	from, to := span(end, newest, Pane(m.Panes), slots)
	for p, slot := from, from%slots; p <= to; p++ {
		if v, ok := m.value(state, newest, p, slot); ok {
			out[m.Panes-1-int(end-p)] = evenkeel.Reading{Value: float64(v) / meanOne, Known: true}
		}
		slot = after(slot, slots)
	}
	return dst
}

// Newest returns the newest pane that had a record; 0 and false where none had.
func (m Mean) Newest(state []byte) (Pane, bool) {
	if len(state) < m.Size() {
		return 0, false
	}
	return newestOf(state)
}

// value returns the mean of pane p in steps, from the ring's slot or, where it is open, from
// its sums as they would be quantised now.
func (m Mean) value(state []byte, newest, p, slot Pane) (v int64, ok bool) {
	var q uint16
	if open := Pane(m.Open); newest-p < open {
		q = quantise(state[meanHead+meanOpen*(p%open):][:meanOpen])
	} else {
		q = le.Uint16(state[meanHead+meanOpen*open+2*slot:])
	}
	return min(int64(q)-1, meanMost/meanStep), q != 0
}

func (m Mean) ring(state []byte) []byte { return state[meanHead+meanOpen*m.Open : m.Size()] }

var le = binary.LittleEndian
