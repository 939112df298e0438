package policy

import (
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// safeguard is a question that is asked before any automatic measure.
type safeguard struct {
	name     string
	asks     string    // the question, for people
	applies  condition // false: it is not meant for this tenant
	protects condition // true: the facts protect
	because  map[evenkeel.Answer]sentence
}

// ask puts all safeguards to the facts, in the order of the document.
func (p *Policy) ask(slots []ternary.Value) []evenkeel.Safeguard {
	out := make([]evenkeel.Safeguard, len(p.safeguards))
	for i := range p.safeguards {
		out[i] = p.safeguards[i].answer(slots)
	}
	return out
}

// answer is one safeguard's. What cannot be decided is unknown and never a permission.
func (s *safeguard) answer(slots []ternary.Value) evenkeel.Safeguard {
	out := evenkeel.Safeguard{Name: s.name}
	doubt := s.applies
	switch s.applies.test(slots) {
	case ternary.False:
		out.Says = evenkeel.NotApplicable
	case ternary.True:
		doubt = s.protects
		switch s.protects.test(slots) {
		case ternary.True:
			out.Says = evenkeel.Protect
		case ternary.False:
			out.Says = evenkeel.Permit
		}
	}
	if out.Says == evenkeel.Unknown {
		out.Why = "Not known: " + strings.Join(doubt.unknowns(slots), "; ") + "."
		return out
	}
	out.Why = s.because[out.Says].render(slots)
	return out
}
