package edge

import "testing"

// TestWhatLiesAboutIsBounded: a small process is left to Go's own way, a large one keeps little beside what it needs.
func TestWhatLiesAboutIsBounded(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 100}, {40 << 20, 100}, {48 << 20, 100}, {96 << 20, 50}, {160 << 20, 30}, {1 << 30, 25}, {1 << 62, 25}} {
		if got := percentFor(c.live); got != c.want {
			t.Errorf("of %d MiB in use %d %% may lie about; expected %d %%", c.live>>20, got, c.want)
		}
	}
}
