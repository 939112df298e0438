package availability

import (
	"encoding/binary"
	"math/bits"
	"time"

	"github.com/evenkeel/evenkeel"
)

// The forms of what is kept. A form that was written once is read for ever.
const (
	slotForm = 1
	dayForm  = 1
)

// What one piece holds at most; beyond, it is damaged.
const (
	maxEdges = 4096
	maxNotes = dayHours * 60
)

// Append appends a slot as bytes: its edges, then each minute of which anything was told (its place, its counts, and for
// each of its edges which seconds were counted; where these are the same for all parts, once).
func (s *Slot) Append(out []byte) []byte {
	out = append(out, slotForm)
	var edges []uint64
	place := map[uint64]uint64{}
	for i := range s.minutes {
		for _, e := range s.minutes[i].edges {
			if _, known := place[e.edge]; !known {
				place[e.edge] = uint64(len(edges))
				edges = append(edges, e.edge)
			}
		}
	}
	out = binary.AppendUvarint(out, uint64(len(edges)))
	for _, e := range edges {
		out = binary.BigEndian.AppendUint64(out, e)
	}
	for i := range s.minutes {
		m := &s.minutes[i]
		if len(m.edges) == 0 {
			continue
		}
		out = append(out, byte(i))
		out = appendCounts(out, &m.sum)
		out = binary.AppendUvarint(out, uint64(len(m.edges)))
		for j := range m.edges {
			out = binary.AppendUvarint(out, place[m.edges[j].edge])
			out = appendSeen(out, &m.edges[j].seen)
		}
	}
	return out
}

func appendSeen(out []byte, seen *[Columns]uint64) []byte {
	out = appendMask(out, seen[0])
	var others uint64
	for i := range seen {
		if seen[i] != seen[0] {
			others |= 1 << i
		}
	}
	out = binary.AppendUvarint(out, others)
	for i := range seen {
		if seen[i] != seen[0] {
			out = appendMask(out, seen[i])
		}
	}
	return out
}

// appendMask writes a mask of seconds: one byte where it has one bit, nine otherwise.
func appendMask(out []byte, mask uint64) []byte {
	if bits.OnesCount64(mask) == 1 {
		return append(out, byte(bits.TrailingZeros64(mask)+1))
	}
	return binary.BigEndian.AppendUint64(append(out, 0), mask)
}

// appendCounts writes which counts are not zero, and these.
func appendCounts(out []byte, c *Counts) []byte {
	var there uint64
	for i := range c {
		if c[i] != 0 {
			there |= 1 << i
		}
	}
	out = binary.AppendUvarint(out, there)
	for _, n := range c {
		if n != 0 {
			out = binary.AppendUvarint(out, n)
		}
	}
	return out
}

// Append appends a day as bytes: each hour in which anything came, then its notes.
func (d *Day) Append(out []byte) []byte {
	out = append(out, dayForm)
	var there uint64
	for i := range d.hours {
		if !d.hours[i].Empty() {
			there |= 1 << i
		}
	}
	out = binary.AppendUvarint(out, there)
	for i := range d.hours {
		if !d.hours[i].Empty() {
			out = appendVisited(appendCounts(out, &d.hours[i]), d.visited[i])
		}
	}
	out = binary.AppendUvarint(out, uint64(len(d.notes)))
	before := 0
	for i := range d.notes {
		n := int(d.notes[i].At.Sub(d.At) / time.Minute)
		out = binary.AppendUvarint(out, uint64(n-before))
		out = appendCounts(out, &d.notes[i].Counts)
		before = n
	}
	return out
}

const allVisited = 1<<60 - 1

// appendVisited writes the minutes of an hour in one byte where it is all of them or none, in nine otherwise.
func appendVisited(out []byte, mask uint64) []byte {
	switch mask {
	case 0:
		return append(out, 0)
	case allVisited:
		return append(out, 1)
	}
	return binary.BigEndian.AppendUint64(append(out, 2), mask)
}

func (u *unpacker) visited() uint64 {
	switch u.byte() {
	case 0:
		return 0
	case 1:
		return allVisited
	case 2:
		return u.fixed() & allVisited
	}
	u.bad = true
	return 0
}

// unpacker reads bytes; once anything is wrong, all that it reads is zero.
type unpacker struct {
	data []byte
	bad  bool
}

func (u *unpacker) byte() byte {
	if len(u.data) == 0 {
		u.bad = true
		return 0
	}
	b := u.data[0]
	u.data = u.data[1:]
	return b
}

func (u *unpacker) fixed() uint64 {
	if len(u.data) < 8 {
		u.bad, u.data = true, nil
		return 0
	}
	v := binary.BigEndian.Uint64(u.data)
	u.data = u.data[8:]
	return v
}

// number reads one of at most most.
func (u *unpacker) number(most uint64) uint64 {
	v, n := binary.Uvarint(u.data)
	if n <= 0 || v > most {
		u.bad, u.data = true, nil
		return 0
	}
	u.data = u.data[n:]
	return v
}

func (u *unpacker) mask() uint64 {
	b := u.byte()
	switch {
	case b == 0:
		v := u.fixed()
		u.bad = u.bad || v > allVisited // a minute has sixty seconds
		return v
	case b > 60:
		u.bad = true
	}
	return 1 << ((b - 1) & 63)
}

func (u *unpacker) counts() (c Counts) {
	there := u.number(1<<Columns - 1)
	for i := range c {
		if there&(1<<i) != 0 {
			c[i] = u.number(1<<64 - 1)
		}
	}
	return c
}

func (u *unpacker) done(what string) error {
	if u.bad || len(u.data) > 0 {
		return &evenkeel.Error{Says: "what is kept of a site's " + what + " is damaged", Hint: "the disk is damaged, or a newer version of the program wrote it; what came in that time is not known"}
	}
	return nil
}

// UnpackSlot reads what Append wrote.
func UnpackSlot(at evenkeel.Moment, data []byte) (*Slot, error) {
	u, s := unpacker{data: data}, &Slot{At: at}
	u.bad = u.byte() != slotForm
	edges := make([]uint64, 0, 4)
	for range u.number(maxEdges) {
		edges = append(edges, u.fixed())
	}
	last := -1
	for !u.bad && len(u.data) > 0 {
		i := int(u.byte())
		if i <= last || i >= slotMinutes {
			u.bad = true
			break
		}
		last = i
		m := &s.minutes[i]
		m.sum = u.counts()
		n := u.number(maxEdges)
		for j := uint64(0); j < n && !u.bad; j++ {
			e := edgeMinute{}
			if k := u.number(maxEdges); k < uint64(len(edges)) {
				e.edge = edges[k]
			} else {
				u.bad = true
			}
			u.seen(&e.seen)
			u.bad = u.bad || j > 0 && m.edges[j-1].edge >= e.edge
			m.edges = append(m.edges, e)
		}
		u.bad = u.bad || n == 0
	}
	return s, u.done("quarter of an hour")
}

func (u *unpacker) seen(to *[Columns]uint64) {
	first := u.mask()
	others := u.number(1<<Columns - 1)
	for i := range to {
		if to[i] = first; others&(1<<i) != 0 {
			to[i] = u.mask()
		}
	}
}

// UnpackDay reads what Append wrote.
func UnpackDay(at evenkeel.Moment, data []byte) (*Day, error) {
	u, d := unpacker{data: data}, &Day{At: at}
	u.bad = u.byte() != dayForm
	there := u.number(1<<dayHours - 1)
	for i := range d.hours {
		if there&(1<<i) != 0 {
			d.hours[i], d.visited[i] = u.counts(), u.visited()
		}
	}
	minute := uint64(0)
	n := u.number(maxNotes)
	for i := uint64(0); i < n && !u.bad; i++ {
		more := u.number(maxNotes)
		u.bad = u.bad || i > 0 && more == 0
		if minute += more; minute >= maxNotes {
			u.bad = true
			break
		}
		d.notes = append(d.notes, Minute{At: at.Add(time.Duration(minute) * time.Minute), Counts: u.counts()})
	}
	return d, u.done("day")
}
