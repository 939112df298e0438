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

// Image returns what the set holds. The newest generation is copied; of the older ones, to
// which as a rule nothing comes any more, the image reads the memory of the set itself, which
// the set does not write from then on. An old image that nobody reads any more gives its memory;
// it may be nil. Where it is of the same set, a generation to which nothing came since is not
// copied again.
func (s *Set) Image(old *Image) *Image {
	if old == nil {
		old = &Image{}
	}
	was, same := old.set.live, old.of == s
	old.of, old.set = s, *s
	old.set.idle = nil
	newest := s.newest()
	var room []uint64 // of a generation that was copied before and is not now
	for i := range s.live {
		to := &old.set.live[i].ids
		if to.lent = i != ahead && s.live[i].number < newest; to.lent {
			s.live[i].ids.lent = true
			room = was[i].ids.memory(room)
		}
	}
	for i := range s.live {
		from, to := &s.live[i], &old.set.live[i].ids
		if to.lent {
			continue
		}
		to.slots = was[i].ids.memory(nil)
		// A generation's number never comes again once it was forgotten, and until then ids are
		// only added to it.
		if same && !was[i].ids.lent && was[i].number == from.number && was[i].ids.n == from.ids.n {
			continue
		}
		if to.slots == nil {
			to.slots, room = room, nil
		}
		to.slots = from.ids.listed(to.slots)
	}
	return old
}

// newest is the number of the newest generation that holds anything, but for those ahead.
func (s *Set) newest() int64 {
	n := int64(math.MinInt64)
	for i := range s.live[:ahead] {
		if g := &s.live[i]; g.ids.n > 0 {
			n = max(n, g.number)
		}
	}
	return n
}

// memory is that of an image's copy, else what is given.
func (s *ids) memory(or []uint64) []uint64 {
	if s.lent || s.slots == nil {
		return or
	}
	return s.slots
}

// Write writes the generations, each with its ids in ascending order. Sets that remember the
// same give the same bytes. The ids are sorted where they are, or in the room that is given and
// returned: it is for one goroutine.
func (m *Image) Write(w *section.Writer, room []uint64) []uint64 {
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
		list := g.ids.slots
		if g.ids.lent {
			room = g.ids.listed(room)
			list = room
		}
		slices.Sort(list)
		for _, id := range list {
			w.Uint64(id)
		}
	}
	return room
}

// listed returns the numbers other than 0, in some memory if it suffices.
func (s *ids) listed(in []uint64) []uint64 {
	if in = in[:0]; cap(in) < s.n {
		in = make([]uint64, 0, s.n+s.n/more)
	}
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
	if n := s.n + len(list); n > s.most {
		s.resize(slotsFor(n))
	}
	for _, id := range list {
		s.add(id)
	}
}
