package sketch

import (
	"cmp"
	"math/bits"
	"slices"
)

// Top finds the keys that come most often, with room for a fixed number of them: Space-Saving (A. Metwally, D. Agrawal and
// A. El Abbadi, ICDT 2005). With room for k, every key that is more than 1/k of all is in it, and what it says of a key is too
// much by Error at most, which is at most 1/k of all. Make it with NewTop. It allocates nothing later.
//
// Keys are told apart by their hash alone, 64 bits under a secret key (instrument/siphash), so that two of any million
// meet with a probability below 10⁻⁷, and nobody makes them meet. K is what the key is called when it is named.
type Top[K any] struct {
	heap  []counter[K] // the smallest count at 0
	index []int32      // open addressing by hash: 1 + place in the heap, 0 is free
	mask  uint64
	total uint64
}

type counter[K any] struct {
	hash  uint64
	count uint64
	over  uint64
	slot  uint64 // of the index
	key   K
}

// Heavy is a key that comes often.
type Heavy[K any] struct {
	Key   K
	Hash  uint64
	Count uint64 // never below the truth
	Error uint64 // and at most so much above it
}

// MaxTop is the most that a Top has room for.
const MaxTop = 1 << 16

// NewTop returns an empty one with room for 1 to MaxTop keys; other numbers are taken as the nearest.
func NewTop[K any](room int) *Top[K] {
	room = min(max(room, 1), MaxTop)
	size := 1 << bits.Len(uint(2*room)) // at most half full
	return &Top[K]{heap: make([]counter[K], 0, room), index: make([]int32, size), mask: uint64(size - 1)}
}

// Add counts a key n times. Where there is no room the one that came least gives way, and what it
// counted is the error of the new one.
func (t *Top[K]) Add(hash uint64, key K, n uint32) {
	if n == 0 {
		return
	}
	t.add(hash, key, uint64(n), 0)
	t.total = addCapped(t.total, uint64(n))
}

func (t *Top[K]) add(hash uint64, key K, n, over uint64) {
	slot, found := t.find(hash)
	switch {
	case found:
		at := int(t.index[slot]) - 1
		c := &t.heap[at]
		c.count, c.over = addCapped(c.count, n), addCapped(c.over, over)
		t.down(at)
	case len(t.heap) < cap(t.heap):
		t.heap = append(t.heap, counter[K]{hash, n, over, slot, key})
		t.index[slot] = int32(len(t.heap))
		t.up(len(t.heap) - 1)
	default:
		least := t.heap[0].count
		t.free(t.heap[0].slot)
		slot, _ = t.find(hash) // what stood behind may have moved
		t.heap[0] = counter[K]{hash, addCapped(least, n), addCapped(least, over), slot, key}
		t.index[slot] = 1
		t.down(0)
	}
}

// find returns where a hash stands in the index, or where it would.
func (t *Top[K]) find(hash uint64) (slot uint64, found bool) {
	for slot = hash & t.mask; ; slot = (slot + 1) & t.mask {
		at := t.index[slot]
		if at == 0 {
			return slot, false
		}
		if t.heap[at-1].hash == hash {
			return slot, true
		}
	}
}

// free empties a slot and moves what stands behind it forward (D. Knuth, TAOCP 3, 6.4, algorithm R), so
// that no marks of what was deleted pile up.
func (t *Top[K]) free(slot uint64) {
	t.index[slot] = 0
	for next := (slot + 1) & t.mask; t.index[next] != 0; next = (next + 1) & t.mask {
		at := t.index[next]
		home := t.heap[at-1].hash & t.mask
		if (next-home)&t.mask >= (next-slot)&t.mask {
			t.index[slot], t.index[next] = at, 0
			t.heap[at-1].slot = slot
			slot = next
		}
	}
}

func (t *Top[K]) up(at int) {
	for at > 0 {
		above := (at - 1) / 2
		if t.heap[above].count <= t.heap[at].count {
			return
		}
		t.swap(at, above)
		at = above
	}
}

func (t *Top[K]) down(at int) {
	for {
		least := at
		for _, below := range [...]int{2*at + 1, 2*at + 2} {
			if below < len(t.heap) && t.heap[below].count < t.heap[least].count {
				least = below
			}
		}
		if least == at {
			return
		}
		t.swap(at, least)
		at = least
	}
}

func (t *Top[K]) swap(a, b int) {
	t.heap[a], t.heap[b] = t.heap[b], t.heap[a]
	t.index[t.heap[a].slot], t.index[t.heap[b].slot] = int32(a+1), int32(b+1)
}

// Least is the most that a key which is not in it can have come: the smallest count, while there is no room.
func (t *Top[K]) Least() uint64 {
	if len(t.heap) < cap(t.heap) {
		return 0
	}
	return t.heap[0].count
}

// Total returns how much was added of all keys.
func (t *Top[K]) Total() uint64 { return t.total }

// Of returns what is known of a key; false where it is not in it.
func (t *Top[K]) Of(hash uint64) (Heavy[K], bool) {
	slot, found := t.find(hash)
	if !found {
		return Heavy[K]{}, false
	}
	return t.heap[t.index[slot]-1].heavy(), true
}

func (c *counter[K]) heavy() Heavy[K] { return Heavy[K]{c.key, c.hash, c.count, c.over} }

// AppendTo appends what is in it, the most first, of equal counts the smaller hash.
func (t *Top[K]) AppendTo(dst []Heavy[K]) []Heavy[K] {
	from := len(dst)
	for i := range t.heap {
		dst = append(dst, t.heap[i].heavy())
	}
	slices.SortFunc(dst[from:], byWeight[K])
	return dst
}

func byWeight[K any](a, b Heavy[K]) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Hash, b.Hash))
}

// Merge adds what another one counted under the same key of hashes (P. Agarwal and others, "Mergeable summaries",
// ACM TODS 38(4), 2013): a key that one of them does not hold may have come Least times there. Counts are again never
// below the truth, and errors at most 1/k of all. It allocates.
func (t *Top[K]) Merge(o *Top[K]) {
	own, other := t.Least(), o.Least()
	both := t.AppendTo(nil)
	for i := range both {
		h := &both[i]
		if x, found := o.Of(h.Hash); found {
			h.Count, h.Error = addCapped(h.Count, x.Count), addCapped(h.Error, x.Error)
		} else {
			h.Count, h.Error = addCapped(h.Count, other), addCapped(h.Error, other)
		}
	}
	for _, x := range o.AppendTo(nil) {
		if _, found := t.find(x.Hash); !found {
			x.Count, x.Error = addCapped(x.Count, own), addCapped(x.Error, own)
			both = append(both, x)
		}
	}
	slices.SortFunc(both, byWeight[K])
	total := addCapped(t.total, o.total)
	t.Reset()
	for _, h := range both[:min(len(both), cap(t.heap))] {
		t.add(h.Hash, h.Key, h.Count, h.Error)
	}
	t.total = total
}

// Reset empties it and keeps its memory.
func (t *Top[K]) Reset() {
	clear(t.heap)
	clear(t.index)
	t.heap, t.total = t.heap[:0], 0
}
