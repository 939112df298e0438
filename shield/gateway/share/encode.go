package share

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// The form of a message, numbers as unsigned varints where nothing else is said:
//
//	form 1 byte | life | seq | beat | clock | weight | part in millionths | age in ms
//	| number of names + 1, or 0: none said | each: length, bytes | number of seeds + 1, or 0 | each: 8 bytes
//	| number of sites | each: key 8 bytes, stage 1 byte, mask of figures that are not 0, those figures
//	| number of used | each: key 8, 22 bytes | number of bans | each: key 8, address 16 bytes, left in ms
//	| number of pardons | each: address 16, ago in ms | number of stops | each: key 8, stamp, left in ms
//	| number of passes | each: key 8, cell, uses
const form = 1

// figures calls f for each figure of a site, in the order of the form.
func (s *Site) figures(f func(n uint64) uint64) {
	t := &s.Tally
	for _, x := range [...]*uint32{&t.Offered, &t.Passed, &t.Returning, &t.Asked, &t.Solved, &t.InFlight, &t.Limit, &t.Failed, &t.Fresh, &t.Unknown, &t.Contradictory} {
		*x = uint32(min(f(uint64(*x)), math.MaxUint32))
	}
	t.P95 = time.Duration(min(f(uint64(t.P95/time.Microsecond)), uint64(time.Hour/time.Microsecond))) * time.Microsecond
	t.Slope = float64(f(uint64(min(max(t.Slope, 0), 1e9)*1000+0.5))) / 1000
	for _, c := range [...]*stage.Cost{&t.Absorbed, &s.Spent} {
		c.CPU = time.Duration(min(f(uint64(c.CPU/time.Microsecond)), uint64(stage.MostCost/time.Microsecond))) * time.Microsecond
		c.Bytes = min(f(c.Bytes), 1<<55)
		c.Backend = time.Duration(min(f(uint64(c.Backend/time.Microsecond)), uint64(stage.MostCost/time.Microsecond))) * time.Microsecond
	}
}

const figures = 11 + 2 + 6

// plain makes figures such that the form can say them.
func (s *Site) plain() {
	s.Tally.P95 = max(s.Tally.P95, 0)
	for _, c := range [...]*stage.Cost{&s.Tally.Absorbed, &s.Spent} {
		c.CPU, c.Backend = max(c.CPU, 0), max(c.Backend, 0)
	}
}

// Append writes a message that is within the bounds: the caller puts what is more into another one.
func Append(b []byte, m *Message) []byte {
	u := func(n uint64) { b = binary.AppendUvarint(b, n) }
	ms := func(d time.Duration) { u(uint64(min(max(d, 0), mostAge) / time.Millisecond)) }
	key := func(k Key) { b = binary.BigEndian.AppendUint64(b, uint64(k)) }
	b = append(b, form)
	u(m.Life)
	u(m.Seq)
	u(m.Beat)
	u(uint64(max(m.Clock, 0)))
	u(uint64(m.Weight))
	u(uint64(min(max(m.Part, 0), 1)*mostParts + 0.5))
	ms(m.Age)
	if m.Hears == nil {
		u(0)
	} else {
		u(uint64(len(m.Hears)) + 1)
		for _, name := range m.Hears {
			u(uint64(len(name)))
			b = append(b, name...)
		}
	}
	if m.Seeds == nil {
		u(0)
	} else {
		u(uint64(len(m.Seeds)) + 1)
		for _, s := range m.Seeds {
			b = binary.BigEndian.AppendUint64(b, s)
		}
	}
	u(uint64(len(m.Sites)))
	for i := range m.Sites {
		b = m.Sites[i].append(b)
	}
	u(uint64(len(m.Used)))
	for i := range m.Used {
		key(m.Used[i].Key)
		b = append(b, m.Used[i].Used[:]...)
	}
	u(uint64(len(m.Bans)))
	for i := range m.Bans {
		key(m.Bans[i].Key)
		a := m.Bans[i].From.As16()
		b = append(b, a[:]...)
		ms(m.Bans[i].Left)
	}
	u(uint64(len(m.Pardons)))
	for i := range m.Pardons {
		a := m.Pardons[i].From.As16()
		b = append(b, a[:]...)
		ms(m.Pardons[i].Ago)
	}
	u(uint64(len(m.Stops)))
	for i := range m.Stops {
		key(m.Stops[i].Key)
		u(m.Stops[i].Stamp)
		ms(m.Stops[i].Left)
	}
	u(uint64(len(m.Passes)))
	for i := range m.Passes {
		key(m.Passes[i].Key)
		u(uint64(m.Passes[i].Cell))
		u(uint64(m.Passes[i].Uses))
	}
	return b
}

func (s *Site) append(b []byte) []byte {
	s.plain()
	b = binary.BigEndian.AppendUint64(b, uint64(s.Key))
	b = append(b, byte(s.Stage))
	var values [figures]uint64
	mask, i := uint64(0), 0
	s.figures(func(n uint64) uint64 {
		values[i] = n
		if n != 0 {
			mask |= 1 << i
		}
		i++
		return n
	})
	b = binary.AppendUvarint(b, mask)
	for _, n := range values {
		if n != 0 {
			b = binary.AppendUvarint(b, n)
		}
	}
	return b
}
