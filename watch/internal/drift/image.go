package drift

import (
	"math"
	"slices"

	"github.com/evenkeel/evenkeel/instrument/section"
)

// Copy returns a source that nothing changes any more.
func (s *Source) Copy() *Source {
	c := *s
	c.inputs = slices.Clone(s.inputs)
	for i, in := range c.inputs {
		if in != nil {
			one := *in
			if in.fresh != nil {
				fresh := *in.fresh
				one.fresh = &fresh
			}
			c.inputs[i] = &one
		}
	}
	return &c
}

// Rest has inputs that come for the first time learnt for a day more: others are taken in from now on, and they
// may have come all along.
func (s *Source) Rest() {
	if s.from != 0 {
		s.from = s.minute
	}
}

// Write writes a source; equal ones give equal bytes.
func (s *Source) Write(w *section.Writer) { s.walk(&scribe{w: w}) }

// Read reads what Write wrote of a source that NewSource made with the same inputs.
func (s *Source) Read(r *section.Reader) { s.walk(&scribe{r: r}) }

// A scribe writes numbers or reads them, so that both ways are one.
type scribe struct {
	w *section.Writer
	r *section.Reader
}

func (x *scribe) number(v uint64, most uint64) uint64 {
	if x.w != nil {
		x.w.Uvarint(v)
		return v
	}
	if v = x.r.Uvarint(); v > most {
		x.r.Fail("%d; expected at most %d", v, most)
		return 0
	}
	return v
}

func (x *scribe) bool(v *bool) {
	if x.w != nil {
		x.w.Bool(*v)
		return
	}
	*v = x.r.Bool()
}

func (x *scribe) float(v *float64) {
	if x.w != nil {
		x.w.Uint64(math.Float64bits(*v))
		return
	}
	*v = math.Float64frombits(x.r.Uint64())
}

func small[T ~uint8](x *scribe, v *T, most uint8) { *v = T(x.number(uint64(*v), uint64(most))) }
func (x *scribe) u32(list ...*uint32) {
	for _, v := range list {
		*v = uint32(x.number(uint64(*v), math.MaxUint32))
	}
}

func (s *Source) walk(x *scribe) {
	x.u32(&s.from, &s.minute)
	for i := range s.inputs {
		there := s.inputs[i] != nil
		if x.bool(&there); !there || x.r != nil && x.r.Err() != nil {
			continue
		}
		if s.inputs[i] == nil {
			s.inputs[i] = &Input{}
		}
		s.inputs[i].walk(x)
	}
}

func (in *Input) walk(x *scribe) {
	in.base.walk(x)
	drifts := in.fresh != nil
	if x.bool(&drifts); drifts {
		if in.fresh == nil {
			in.fresh = &known{}
		}
		in.fresh.walk(x)
	}
	l := &in.look
	l.walk(x)
	x.u32(&l.at)
	x.bool(&l.asked)
	for i := range l.seen {
		l.seen[i] = x.number(l.seen[i], math.MaxUint64)
	}
	r := &in.rate
	x.u32(&r.at, &r.n, &r.holes, &in.usual, &in.calm)
	small(x, &r.low, oddBlocks)
	small(x, &r.high, oddBlocks)
	small(x, &in.thin, 31)
	x.bool(&r.empty)
	x.bool(&in.novel)
	c := &in.last
	c.Since = int64(x.number(uint64(c.Since), math.MaxUint32))
	small(x, &c.Unlike.What, uint8(KindNew))
	small(x, &c.Unlike.Mark, marks-1)
	x.float(&c.Was)
	x.float(&c.Is)
	c.Unlike.Far = int64(x.number(uint64(c.Unlike.Far), scale+1))
	x.bool(&c.Over)
}

func (k *known) walk(x *scribe) {
	x.u32(&k.from, &k.rate)
	k.recent.walk(x)
	for i := range k.hours {
		h := &k.hours[i]
		x.u32(&h.day, &h.blocks)
		h.records = x.number(h.records, math.MaxUint64)
		h.walk(x)
	}
}

func (c *counts) walk(x *scribe) {
	x.u32(&c.n)
	if c.n == 0 { // most hours of most inputs
		*c = counts{}
		return
	}
	for i := range c.bins {
		x.u32(&c.bins[i])
	}
	for i := range c.marks {
		x.u32(&c.marks[i])
	}
}
