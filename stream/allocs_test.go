//go:build !race

package stream

import (
	"testing"

	"github.com/evenkeel/evenkeel"
)

// TestSplittingUsesItsMemoryAgain is not for the race detector, under which a sync.Pool
// forgets on purpose.
func TestSplittingUsesItsMemoryAgain(t *testing.T) {
	b := evenkeel.NewBatch("source", 1)
	for i := range 1000 {
		b.AddUsage(evenkeel.Usage{ID: uint64(i), Asset: evenkeel.AssetID("vm-" + string(rune('a'+i/50)))})
	}
	s := new(splitter)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := s.split(b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("splitting a batch allocates %v times; expected none", n)
	}
}
