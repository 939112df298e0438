package edgelink

import (
	"strings"

	"github.com/evenkeel/evenkeel"
)

// entry is an edge as others tell of it.
type entry struct{ name, address string }

// appendNames writes a list: a line each, name and address with a blank between.
func appendNames(b []byte, all []entry) []byte {
	for _, e := range all {
		b = append(b, e.name...)
		b = append(b, ' ')
		b = append(b, e.address...)
		b = append(b, '\n')
	}
	return b
}

// parseNames reads one, of at most MaxEdges.
func parseNames(b []byte) (out []entry, err error) {
	if len(b) > MaxEdges*(MaxName+302) {
		return nil, evenkeel.Invalid("list of edges: %d bytes; expected one of at most %d edges", len(b), MaxEdges)
	}
	for line := range strings.Lines(string(b)) {
		name, address, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !ok || len(out) >= MaxEdges {
			return nil, evenkeel.Invalid("list of edges: line %d; expected a name and an address, and at most %d of them", len(out)+1, MaxEdges)
		}
		if err := checkName(name); err != nil {
			return nil, err
		}
		if _, _, _, err := split(address); err != nil {
			return nil, err
		}
		out = append(out, entry{name, address})
	}
	return out, nil
}
