package shape

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MaxFaults is how many faults of one document are told; the rest is counted.
const MaxFaults = 100

// Fault is one thing that is wrong with a document.
type Fault struct {
	At   string `json:"pointer"` // JSON pointer (RFC 6901); "" is the whole document
	Says string `json:"detail"`  // what was expected
}

// Faults collects what is wrong. It is an error that names all of them.
type Faults struct {
	List []Fault
	More int // that are not in the list
}

// Add notes a fault.
func (f *Faults) Add(at, format string, args ...any) {
	if len(f.List) >= MaxFaults {
		f.More++
		return
	}
	f.List = append(f.List, Fault{at, fmt.Sprintf(format, args...)})
}

// Sort orders the faults by place, and by words where the place is one.
func (f *Faults) Sort() {
	slices.SortStableFunc(f.List, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Says, b.Says))
	})
}

// Error names all faults on one line.
func (f *Faults) Error() string {
	parts := make([]string, 0, len(f.List)+1)
	for _, x := range f.List {
		parts = append(parts, cmp.Or(x.At, "the document")+": "+x.Says)
	}
	if f.More > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", f.More))
	}
	return strings.Join(parts, "; ")
}

// step adds a name to a pointer.
func step(at, name string) string {
	if len(name) > 80 { // the name comes from the document
		name = strings.ToValidUTF8(name[:80], "") + "…"
	}
	return at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
