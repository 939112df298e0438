package seen

import (
	"math"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/instrument/section"
)

// Image is a set's content at a moment.
type Image struct {
	of  *Set
	set Set
}

// Image copies the set. An old image that nobody reads any more gives its memory; it may be
// nil. Where it is of the same set, generations to which nothing came since are not copied
// again.
func (s *Set) Image(old *Image) *Image {
	if old == nil {
		old = &Image{}
	}
	was, same := old.set.live, old.of == s
	old.of, old.set = s, *s
	old.set.idle = nil
	for i := range s.live {
		from, to := &s.live[i], &old.set.live[i].ids
		to.slots = was[i].ids.slots
		// A generation's number never comes again once it was forgotten, and until then ids are
		// only added to it.
		if !same || was[i].number != from.number || was[i].ids.n != from.ids.n {
			to.slots = from.ids.listed(to.slots)
		}
	}
	return old
}

// Write writes the generations, each with its ids in ascending order. Sets that remember the
// same give the same bytes. The ids are sorted where they are: it is for one goroutine.
func (m *Image) Write(w *section.Writer) {
	s := &m.set
	w.Uvarint(s.dropped)
	w.Bool(s.begun)
	w.Uint64(uint64(s.now))
	for i := range s.live {
		g := &s.live[i]
		w.Uvarint(uint64(g.ids.n))
		if g.ids.n == 0 {
			continue
		}
		w.Uint64(uint64(g.number))
		w.Bool(g.ids.zero)
		slices.Sort(g.ids.slots)
		for _, id := range g.ids.slots {
			w.Uint64(id)
		}
	}
}

// listed returns the numbers other than 0, in some memory if it suffices.
func (s *ids) listed(in []uint64) []uint64 {
	in = slices.Grow(in[:0], s.n)
	for _, id := range s.slots {
		if id != 0 {
			in = append(in, id)
		}
	}
	return in
}

// Read returns the set that Write wrote. What makes no sense fails the reader.
func Read(r *section.Reader, horizon time.Duration, cap int) *Set {
	s := New(horizon, cap)
	s.dropped, s.begun, s.now = r.Uvarint(), r.Bool(), int64(r.Uint64())
	for i := range s.live {
		n := r.Count(math.MaxInt)
		if n == 0 {
			continue
		}
		g := &s.live[i]
		g.number = int64(r.Uint64())
		if zero := r.Bool(); zero {
			g.ids.add(0)
		}
		g.ids.fill(readSorted(r, n-g.ids.n))
		s.n += g.ids.n
	}
	if r.Err() != nil {
		return New(horizon, cap)
	}
	return s
}

// readSorted reads so many numbers above 0 in ascending order.
func readSorted(r *section.Reader, n int) (list []uint64) {
	for last := uint64(0); len(list) < n && r.Err() == nil; {
		id := r.Uint64()
		if id <= last {
			r.Fail("identity %d after %d; expected a larger one", id, last)
			return nil
		}
		list = append(list, id)
		last = id
	}
	return list
}

// fill adds numbers that are not in the set, and makes room for them once.
func (s *ids) fill(list []uint64) {
	n := len(s.slots)
	for n/5*4 < s.n+len(list) {
		n = max(n+n/2, minSlots)
	}
	if n > len(s.slots) {
		s.resize(n)
	}
	for _, id := range list {
		s.add(id)
	}
}
