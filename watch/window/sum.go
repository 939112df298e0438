package window

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Sum is a window that counts records, and where Weighted adds up an amount of each.
//
// The state, little-endian: newest pane + 1 uint32, 0 = none | (Panes+Open) × count uint32,
// pane p in slot p mod (Panes+Open) | where Weighted, as many amounts uint32.
type Sum struct {
	Width       time.Duration // of a pane
	Panes, Open int           // panes of the window, panes that it keeps beyond it
	Weighted    bool          // keeps amounts; set it before the first use of Size
}

// NewSum returns the shape of a window of 1 to MaxPanes panes without amounts, which keeps
// 1 to MaxOpen panes more. The width is in whole seconds, at least one.
func NewSum(width time.Duration, panes, open int) (Sum, error) {
	if err := checkShape("sum", width, panes, open); err != nil {
		return Sum{}, err
	}
	return Sum{Width: width, Panes: panes, Open: open}, nil
}

// Size returns the bytes of a state.
func (s Sum) Size() int {
	n := 4 + 4*(s.Panes+s.Open)
	if s.Weighted {
		n += 4 * (s.Panes + s.Open)
	}
	return n
}

// Add counts one record of pane p, and its amount where Weighted, in a unit that the caller
// chooses. It is Late only when its pane is Panes+Open or more older than the newest. A
// pane's count and amount stay at 2³²−1.
func (s Sum) Add(state []byte, p Pane, amount uint32) Fate {
	if len(state) < s.Size() {
		return Late
	}
	p = min(p, MaxPane)
	slots := Pane(s.Panes + s.Open)
	newest, any := newestOf(state)
	switch {
	case !any:
		setNewest(state, p)
	case p > newest:
		clearSlots(s.counts(state), 4, newest, p, slots)
		if s.Weighted {
			clearSlots(s.amounts(state), 4, newest, p, slots)
		}
		setNewest(state, p)
	case newest-p >= slots:
		return Late
	}
	slot := 4 * (p % slots)
	c := s.counts(state)[slot:]
	n := le.Uint32(c)
	le.PutUint32(c, addCapped(n, 1))
	if s.Weighted {
		a := s.amounts(state)[slot:]
		le.PutUint32(a, addCapped(le.Uint32(a), amount))
	}
	if n == 0 {
		return Opened
	}
	return Counted
}

// SumStats is what a sum window says.
type SumStats struct {
	Panes         int    // panes that have records
	Count, Amount uint64 // of the whole window; Amount is 0 where not Weighted
	Max           uint32 // the largest count of one pane
}

// Read returns the sums over the panes (end−Panes, end]. They are exact for any end from
// Open panes before the newest on.
func (s Sum) Read(state []byte, end Pane) SumStats {
	newest, any := s.Newest(state)
	if !any {
		return SumStats{}
	}
	var out SumStats
	slots := Pane(s.Panes + s.Open)
	counts, amounts := s.counts(state), s.amounts(state)
	from, to := span(end, newest, Pane(s.Panes), slots)
	for p, slot := from, from%slots; p <= to; p++ {
		if n := le.Uint32(counts[4*slot:]); n != 0 {
			out.Panes++
			out.Count += uint64(n)
			out.Max = max(out.Max, n)
			if s.Weighted {
				out.Amount += uint64(le.Uint32(amounts[4*slot:]))
			}
		}
		slot = after(slot, slots)
	}
	return out
}

// Series appends the counts of the panes (end−Panes, end] to dst, oldest first; a pane
// without records is not known.
func (s Sum) Series(dst []evenkeel.Reading, state []byte, end Pane) []evenkeel.Reading {
	dst, out := appendUnknown(dst, s.Panes)
	s.series(out, state, end, s.counts(state))
	return dst
}

// Amounts appends the amounts of the panes (end−Panes, end] to dst, oldest first; none is
// known where the window is not Weighted.
func (s Sum) Amounts(dst []evenkeel.Reading, state []byte, end Pane) []evenkeel.Reading {
	dst, out := appendUnknown(dst, s.Panes)
	if s.Weighted {
		s.series(out, state, end, s.amounts(state))
	}
	return dst
}

// Newest returns the newest pane that had a record; 0 and false where none had.
func (s Sum) Newest(state []byte) (Pane, bool) {
	if len(state) < s.Size() {
		return 0, false
	}
	return newestOf(state)
}

// series writes what a ring holds of the panes (end−Panes, end] that have records.
func (s Sum) series(out []evenkeel.Reading, state []byte, end Pane, ring []byte) {
	newest, any := s.Newest(state)
	if !any {
		return
	}
	slots := Pane(s.Panes + s.Open)
	from, to := span(end, newest, Pane(s.Panes), slots)
	for p, slot := from, from%slots; p <= to; p++ {
		if le.Uint32(s.counts(state)[4*slot:]) != 0 {
			out[s.Panes-1-int(end-p)] = evenkeel.Reading{Value: float64(le.Uint32(ring[4*slot:])), Known: true}
		}
		slot = after(slot, slots)
	}
}

func (s Sum) counts(state []byte) []byte { return state[4 : 4+4*(s.Panes+s.Open)] }

func (s Sum) amounts(state []byte) []byte { return state[4+4*(s.Panes+s.Open) : s.Size()] }
