package window

import (
	"math"

	"github.com/evenkeel/evenkeel"
)

// newestOf reads the newest pane, which every state with panes keeps first: plus one, so
// that a new state has none, and says 0.
func newestOf(state []byte) (newest Pane, any bool) {
	if v := le.Uint32(state); v != 0 {
		return min(Pane(v-1), MaxPane), true
	}
	return 0, false
}

func setNewest(state []byte, p Pane) { le.PutUint32(state, uint32(p)+1) }

// clearSlots empties the slots of a ring that the panes (newest, p] will use.
func clearSlots(ring []byte, size int, newest, p, slots Pane) {
	if p-newest >= slots {
		clear(ring)
		return
	}
	slot := newest % slots
	for range p - newest {
		slot = after(slot, slots)
		clear(ring[size*int(slot):][:size])
	}
}

// after returns the slot that follows another in a ring.
func after(slot, slots Pane) Pane {
	if slot++; slot == slots {
		return 0
	}
	return slot
}

// span returns the panes of (end−panes, end] that a ring of so many slots still holds; none
// are when from > to.
func span(end, newest, panes, slots Pane) (from, to Pane) {
	to = min(end, newest)
	if end >= panes {
		from = end - panes + 1
	}
	if newest >= slots {
		from = max(from, newest-slots+1)
	}
	return from, to
}

// appendUnknown appends n unknown readings and returns them as well.
func appendUnknown(dst []evenkeel.Reading, n int) (all, added []evenkeel.Reading) {
	for range n {
		dst = append(dst, evenkeel.Reading{})
	}
	return dst, dst[len(dst)-n:]
}

// addCapped adds and stays at the largest value, so that any order gives the same sum.
func addCapped(a, b uint32) uint32 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint32
}
