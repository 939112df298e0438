package window

import (
	"math/bits"
	"time"
)

// Distinct is a window that counts different values, exactly up to MaxDistinct of them.
//
// For each of up to MaxDistinct hashes it keeps in which open panes, and in which closed
// pane last, the hash was seen. Where more are live, it keeps those seen last (of equals,
// the larger hashes) and remembers the newest pane in which one of the others was last
// seen, the brim: what happened up to the brim is no longer known in full. The brim leaves
// the window like any pane, and then the count is exact again.
//
// Exact, in any order of arrival: while at most MaxDistinct values were seen in the ring of
// Panes+Open panes, every count; at any time, for an end at the newest pane or later, the
// count up to MaxDistinct and AtLeast beyond. Beyond that, for an end before the newest
// pane, N is a lower bound: the larger of the values still known in the window and of
// cells, 16 buckets of hashes, that were hit in it.
//
// The state, little-endian, with all panes relative to the newest:
//
//	newest pane + 1 uint32, 0 = none | brim uint8: 0 = none, else 1 + panes before the newest
//	| entries uint8 | 16 cells: open panes uint8 each | 16 cells: closed pane uint8 each
//	| 15 entries {hash uint32, open panes uint8, closed pane uint8}, by hash
//
// where bit i of open panes is the i-th pane before the newest and a closed pane is 0 =
// none, else 1 + panes before the oldest open pane's predecessor.
type Distinct struct {
	Width       time.Duration // of a pane
	Panes, Open int           // panes of the window, panes that a final reading may lag behind
}

// MaxDistinct is the largest count.
const MaxDistinct = 15

const (
	distinctBrim   = 4
	distinctN      = 5
	distinctBits   = 6
	distinctClosed = distinctBits + cells
	distinctHead   = distinctClosed + cells
	distinctEntry  = 6
	distinctSize   = distinctHead + MaxDistinct*distinctEntry
	cells          = 16
)

// NewDistinct returns the shape of a window of 1 to MaxPanes panes, of which the newest 1 to
// MaxOpen are open. The width is in whole seconds, at least one.
func NewDistinct(width time.Duration, panes, open int) (Distinct, error) {
	if err := checkShape("distinct", width, panes, open); err != nil {
		return Distinct{}, err
	}
	return Distinct{Width: width, Panes: panes, Open: open}, nil
}

// Size returns the bytes of a state.
func (d Distinct) Size() int { return distinctSize }

// Add counts a value by its hash, which is expected to be uniform: two values of the same
// hash count as one. It is Late only when its pane is Panes+Open or more older than the
// newest; a value of a closed pane is counted, and never Opened.
func (d Distinct) Add(state []byte, p Pane, hash uint32) Fate {
	if len(state) < distinctSize {
		return Late
	}
	p = min(p, MaxPane)
	newest, any := newestOf(state)
	switch {
	case !any:
		setNewest(state, p)
		newest = p
	case p > newest:
		d.advance(state, p-newest)
		setNewest(state, p)
		newest = p
	case newest-p >= Pane(d.Panes+d.Open):
		return Late
	}
	ago := int(newest - p)
	fate := Counted
	if ago < d.Open && !anyBit(state[distinctBits:distinctClosed], ago) {
		fate = Opened
	}
	cell := int(hash % cells)
	was := sighting{state[distinctBits+cell], state[distinctClosed+cell]}
	now := was.with(ago, d.Open)
	state[distinctBits+cell], state[distinctClosed+cell] = now.open, now.closed
	d.count(state, hash, ago)
	return fate
}

// count puts a sighting of a hash, so many panes before the newest, into the entries.
func (d Distinct) count(state []byte, hash uint32, ago int) {
	n := entryCount(state)
	at := 0
	for at < n && entryHash(state, at) < hash {
		at++
	}
	if at < n && entryHash(state, at) == hash {
		d.put(state, at, entrySeen(state, at).with(ago, d.Open))
		return
	}
	if n == MaxDistinct {
		out, last := d.least(state)
		if ago > last || ago == last && hash < entryHash(state, out) {
			d.raise(state, ago)
			return
		}
		removeEntry(state, out)
		if out < at {
			at--
		}
		d.raise(state, last)
	}
	insertEntry(state, at, hash)
	d.put(state, at, sighting{}.with(ago, d.Open))
}

// advance moves all sightings k panes into the past and forgets what left the ring.
func (d Distinct) advance(state []byte, k Pane) {
	if k >= Pane(d.Panes+d.Open) {
		clear(state[:distinctSize])
		return
	}
	if b := int(state[distinctBrim]); b != 0 {
		if b += int(k); b > d.Panes+d.Open {
			b = 0
		}
		state[distinctBrim] = byte(b)
	}
	for c := range cells {
		s := sighting{state[distinctBits+c], state[distinctClosed+c]}.older(int(k), d.Open, d.Panes)
		state[distinctBits+c], state[distinctClosed+c] = s.open, s.closed
	}
	for i := entryCount(state) - 1; i >= 0; i-- {
		if s := entrySeen(state, i).older(int(k), d.Open, d.Panes); s == (sighting{}) {
			removeEntry(state, i)
		} else {
			d.put(state, i, s)
		}
	}
}

// raise makes the brim at least as new as a pane so many before the newest. Entries then
// forget what they know up to it, but for when they were seen last: which of it is known
// depends on the order of arrival.
func (d Distinct) raise(state []byte, ago int) {
	if b := int(state[distinctBrim]); b != 0 && b <= ago+1 {
		return
	}
	state[distinctBrim] = byte(ago + 1)
	for i := range entryCount(state) {
		d.put(state, i, entrySeen(state, i))
	}
}

// put stores what is known of entry i, less what the brim forgets.
func (d Distinct) put(state []byte, i int, s sighting) {
	if b := int(state[distinctBrim]); b != 0 {
		s = s.since(b-1, d.Open)
	}
	e := state[distinctHead+distinctEntry*i:]
	e[4], e[5] = s.open, s.closed
}

// least returns the entry that was seen longest ago (of equals, the smallest hash), and how
// many panes before the newest.
func (d Distinct) least(state []byte) (at, ago int) {
	ago = -1
	for i := range entryCount(state) {
		if a := entrySeen(state, i).last(d.Open); a > ago {
			at, ago = i, a
		}
	}
	return at, ago
}

// DistinctStats is what a distinct window says.
type DistinctStats struct {
	N       int  // different values, at most MaxDistinct
	AtLeast bool // there may be more
}

// Read counts the values seen in the panes (end−Panes, end], for any end from Open panes
// before the newest on.
func (d Distinct) Read(state []byte, end Pane) DistinctStats {
	newest, any := d.Newest(state)
	if !any {
		return DistinctStats{}
	}
	// The window as panes before the newest: from ≥ ago ≥ to.
	from, to := int64(newest)-int64(end)+int64(d.Panes)-1, max(int64(newest)-int64(end), 0)
	n := 0
	for i := range entryCount(state) {
		if entrySeen(state, i).within(from, to, d.Open) {
			n++
		}
	}
	b := int64(state[distinctBrim])
	if b == 0 || b-1 > from {
		return DistinctStats{N: n}
	}
	hit := 0
	for c := range cells {
		if (sighting{state[distinctBits+c], state[distinctClosed+c]}).within(from, to, d.Open) {
			hit++
		}
	}
	return DistinctStats{N: min(max(n, hit), MaxDistinct), AtLeast: true}
}

// Newest returns the newest pane that had a record; 0 and false where none had.
func (d Distinct) Newest(state []byte) (Pane, bool) {
	if len(state) < distinctSize {
		return 0, false
	}
	return newestOf(state)
}

// The entries, sorted by hash.

func entryCount(state []byte) int { return min(int(state[distinctN]), MaxDistinct) }

func entryHash(state []byte, i int) uint32 { return le.Uint32(state[distinctHead+distinctEntry*i:]) }

func entrySeen(state []byte, i int) sighting {
	e := state[distinctHead+distinctEntry*i:]
	return sighting{open: e[4], closed: e[5]}
}

func insertEntry(state []byte, i int, hash uint32) {
	e := state[distinctHead:distinctSize]
	copy(e[distinctEntry*(i+1):], e[distinctEntry*i:])
	le.PutUint32(e[distinctEntry*i:], hash)
	state[distinctN] = byte(entryCount(state) + 1)
}

func removeEntry(state []byte, i int) {
	e := state[distinctHead:distinctSize]
	copy(e[distinctEntry*i:], e[distinctEntry*(i+1):])
	clear(e[len(e)-distinctEntry:])
	state[distinctN] = byte(entryCount(state) - 1)
}

// sighting is when a value was seen: bit i of open is the i-th pane before the newest,
// closed is 0 or the newest of the older panes, 1 being the one just before the open ones.
type sighting struct{ open, closed uint8 }

// with adds a sighting so many panes before the newest.
func (s sighting) with(ago, open int) sighting {
	switch c := uint8(ago - open + 1); {
	case ago < open:
		s.open |= 1 << ago
	case s.closed == 0 || c < s.closed:
		s.closed = c
	}
	return s
}

// older moves a sighting k panes into the past.
func (s sighting) older(k, open, panes int) sighting {
	closed := int(s.closed)
	if closed != 0 {
		closed += k
	}
	// The newest of the panes that close: bit j with j + k ≥ open.
	if leaving := s.open >> max(open-k, 0); leaving != 0 {
		closed = bits.TrailingZeros8(leaving) + max(open-k, 0) + k - open + 1
	}
	if closed > panes {
		closed = 0
	}
	return sighting{open: s.open << k & (1<<open - 1), closed: uint8(closed)}
}

// last returns how many panes before the newest the last sighting was.
func (s sighting) last(open int) int {
	if s.open != 0 {
		return bits.TrailingZeros8(s.open)
	}
	return open - 1 + int(s.closed)
}

// since forgets the sightings at or before a pane, except the last.
func (s sighting) since(ago, open int) sighting {
	last := s.last(open)
	if s.open == 0 {
		return s // one sighting only
	}
	if ago <= open-1+int(s.closed) {
		s.closed = 0
	}
	if ago < open {
		s.open = s.open&(1<<ago-1) | 1<<last
	}
	return s
}

// within says whether there is a sighting from ≥ ago ≥ to.
func (s sighting) within(from, to int64, open int) bool {
	for m := s.open; m != 0; m &= m - 1 {
		if j := int64(bits.TrailingZeros8(m)); j >= to && j <= from {
			return true
		}
	}
	c := int64(open-1) + int64(s.closed)
	return s.closed != 0 && c >= to && c <= from
}

// anyBit says whether bit i is set in any of the 16 bytes.
func anyBit(b []byte, i int) bool {
	const ones = 0x0101010101010101
	return (le.Uint64(b)|le.Uint64(b[8:]))&(ones<<i) != 0
}
