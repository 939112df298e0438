package window

import "time"

// MaxFirsts is how many values a Firsts remembers.
const MaxFirsts = 12

// Firsts remembers when each of a few values was first and last seen, so that a rule can ask
// which of them are new. A value that was not seen for the whole window is forgotten, and is
// new when it comes again. Where more than MaxFirsts values live in one window it is full,
// and then what is new is not known. Any order of arrival reads the same while it is not
// full; the bytes may differ.
//
// The state, little-endian: pane of the first record + 1, newest pane + 1, pane + 1 of the
// newest overflow (uint32 each, 0 = none), then per value {hash, first pane, last pane + 1}.
type Firsts struct {
	Width time.Duration
	Panes int
}

const (
	firstsHead  = 12
	firstsEntry = 12
)

// FirstsStats is what a Firsts holds.
type FirstsStats struct {
	N    int  // values seen in the window
	New  int  // of those, first seen in its last panes
	Age  int  // panes since the first record
	Full bool // values were lost: N and New are lower bounds
}

// NewFirsts returns the shape of a window of 1 to MaxPanes panes. The width is in whole
// seconds, at least one.
func NewFirsts(width time.Duration, panes int) (Firsts, error) {
	if err := checkShape("first-seen", width, panes, 1); err != nil {
		return Firsts{}, err
	}
	return Firsts{Width: width, Panes: panes}, nil
}

// Size returns the bytes of a state.
func (f Firsts) Size() int { return firstsHead + MaxFirsts*firstsEntry }

// Add notes that a value was seen, by its hash.
func (f Firsts) Add(state []byte, p Pane, hash uint32) {
	if len(state) < f.Size() {
		return
	}
	p = min(p, MaxPane)
	if born := le.Uint32(state); born == 0 || uint32(p)+1 < born {
		le.PutUint32(state, uint32(p)+1)
	}
	newest := max(le.Uint32(state[4:]), uint32(p)+1)
	le.PutUint32(state[4:], newest)
	free := -1
	for i := range MaxFirsts {
		e := entry(state, i)
		last := le.Uint32(e[8:])
		switch {
		case last == 0 || uint64(last)+uint64(f.Panes) <= uint64(newest): // never used, or forgotten
			if last != 0 {
				clear(e)
			}
			if free < 0 {
				free = i
			}
		case le.Uint32(e) == hash:
			le.PutUint32(e[4:], min(le.Uint32(e[4:]), uint32(p)))
			le.PutUint32(e[8:], max(last, uint32(p)+1))
			return
		}
	}
	if free < 0 {
		le.PutUint32(state[8:], max(le.Uint32(state[8:]), uint32(p)+1))
		return
	}
	e := entry(state, free)
	le.PutUint32(e, hash)
	le.PutUint32(e[4:], uint32(p))
	le.PutUint32(e[8:], uint32(p)+1)
}

// Read returns what was seen in the panes (end−Panes, end], and how much of it was first
// seen in the last recent of them.
func (f Firsts) Read(state []byte, end Pane, recent int) (s FirstsStats) {
	if len(state) < f.Size() {
		return s
	}
	end = min(end, MaxPane)
	if born := le.Uint32(state); born > 0 && uint32(end)+1 >= born {
		s.Age = int(uint32(end) + 1 - born)
	}
	if lost := le.Uint32(state[8:]); lost > 0 && uint64(lost)+uint64(f.Panes) > uint64(end)+1 {
		s.Full = true
	}
	for i := range MaxFirsts {
		e := entry(state, i)
		first, last := le.Uint32(e[4:]), le.Uint32(e[8:])
		if last == 0 || first > uint32(end) || uint64(last)+uint64(f.Panes) <= uint64(end)+1 {
			continue
		}
		s.N++
		if int64(first) > int64(end)-int64(recent) {
			s.New++
		}
	}
	return s
}

func entry(state []byte, i int) []byte {
	at := firstsHead + i*firstsEntry
	return state[at : at+firstsEntry]
}
