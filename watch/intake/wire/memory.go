package wire

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/sketch"
)

// minute is in nanoseconds.
const minute = evenkeel.Moment(60e9)

// A memory tells what was not there in this minute and the one before. So that a sum over seconds
// says how many different ones there were, whoever comes back within a minute counts once; whoever is
// always there counts no more.
type memory struct {
	minute   evenkeel.Moment // its number since 1970
	now, was sketch.Bits
}

// met adds what was seen in a second and returns how much of it is new.
func (m *memory) met(at evenkeel.Moment, seen *sketch.Bits) int {
	switch n := at / minute; {
	case n == m.minute:
	case n == m.minute+1:
		m.minute, m.was, m.now = n, m.now, sketch.Bits{}
	default:
		m.minute, m.was, m.now = n, sketch.Bits{}, sketch.Bits{}
	}
	both := m.was
	both.Union(&m.now)
	before := both.Count()
	both.Union(seen)
	m.now.Union(seen)
	return both.Count() - before
}
