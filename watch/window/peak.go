package window

import "github.com/evenkeel/evenkeel"

// Peak is a subject's own history of bursts: what the largest was, how many there were, and
// since when the subject is known. What a burst is, the caller says: for a Sum window, from
// the first record until the window's count is 0 again. Any order of calls gives the same
// state.
//
// The state, little-endian: first moment seen int64, 0 = never | largest burst uint32
// | bursts uint32 | second at which the last burst ended uint32.
type Peak struct{}

const peakSize = 20

// Size returns the bytes of a state.
func (Peak) Size() int { return peakSize }

// Seen notes that the subject was there at a moment.
func (Peak) Seen(state []byte, at evenkeel.Moment) {
	if len(state) < peakSize || at == 0 {
		return
	}
	if first := evenkeel.Moment(le.Uint64(state)); first == 0 || at < first {
		le.PutUint64(state, uint64(at))
	}
}

// Close notes that a burst of a largest count ended at a moment. A burst of 0 is none.
func (k Peak) Close(state []byte, peak uint32, at evenkeel.Moment) {
	if len(state) < peakSize {
		return
	}
	k.Seen(state, at)
	if peak == 0 {
		return
	}
	le.PutUint32(state[8:], max(le.Uint32(state[8:]), peak))
	le.PutUint32(state[12:], addCapped(le.Uint32(state[12:]), 1))
	le.PutUint32(state[16:], max(le.Uint32(state[16:]), secondOf(at)))
}

// PeakStats is what a subject's history of bursts says.
type PeakStats struct {
	Largest uint32          // count of the largest burst that ended; 0 where none did
	Bursts  uint32          // bursts that ended
	First   evenkeel.Moment // first seen; 0 never
	Last    evenkeel.Moment // when the last burst ended, to the second; 0 never
}

// Read returns the history.
func (Peak) Read(state []byte) PeakStats {
	if len(state) < peakSize {
		return PeakStats{}
	}
	return PeakStats{
		Largest: le.Uint32(state[8:]),
		Bursts:  le.Uint32(state[12:]),
		First:   evenkeel.Moment(le.Uint64(state)),
		Last:    evenkeel.Moment(int64(le.Uint32(state[16:])) * 1e9),
	}
}
