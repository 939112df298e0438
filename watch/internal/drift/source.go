package drift

// Source is what is watched of one source.
type Source struct {
	from   uint32 // the minute in which it was first heard
	minute uint32
	inputs []*Input // by number; nil where none came
	gauges uint64   // which are readings of machines, that come at a steady rate
}

// NewSource watches so many inputs, at most 64. Of gauges, a bit each, more than before is as odd as less.
func NewSource(inputs int, gauges uint64) *Source {
	return &Source{inputs: make([]*Input, inputs), gauges: gauges}
}

// Advance tells the time of the source, in minutes, which does not go back.
func (s *Source) Advance(minute uint32, told func(Change)) {
	if minute <= s.minute {
		return
	}
	if s.from == 0 {
		s.from = minute
	}
	s.minute = minute
	for i, in := range s.inputs {
		if in != nil {
			in.tick(minute, s.gauges>>i&1 != 0, func(c Change) {
				c.Input = i
				told(c)
			})
		}
	}
}

// Take counts a reading of an input: by the key of its asset, its value, and what is marked of it.
func (s *Source) Take(input int, key uint64, v float64, marked uint8) bool {
	in := s.inputs[input]
	if in == nil {
		in = &Input{novel: s.from != 0 && s.minute-s.from >= learnFor, look: look{at: s.minute}, rate: rate{at: s.minute / blockMinutes}}
		s.inputs[input] = in
	}
	return in.take(key, v, marked)
}

// Early looks at an input of which Take said that enough of its assets were seen.
func (s *Source) Early(input int) (c Change, drifts bool) {
	c, drifts = s.inputs[input].early(s.minute)
	c.Input = input
	return c, drifts
}

// Open are the changes of inputs that drift now.
func (s *Source) Open() (list []Change) {
	for i, in := range s.inputs {
		if in != nil && in.fresh != nil {
			c := in.last
			c.Input = i
			list = append(list, c)
		}
	}
	return list
}
