package ledger_test

import (
	"testing"

	"github.com/evenkeel/evenkeel/judge/ledger"
)

// TestFrontierIsTheRootOfEverySize holds the root that needs no stored hash against tlog's.
func TestFrontierIsTheRootOfEverySize(t *testing.T) {
	var s shelf
	var f ledger.Frontier
	for n := range 70 {
		size, root, err := ledger.Root(&s)
		if err != nil || f.Size() != size || f.Root() != root {
			t.Fatalf("after %d leaves: %d leaves with root %s; expected %d with %s (%v)", n, f.Size(), f.Root(), size, root, err)
		}
		s.put(t, "raisup", ledger.OfPolicy("sha256:abc", start.Add(1)))
		f.Add(s.lines[n].Leaf)
	}
}
