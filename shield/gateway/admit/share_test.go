package admit

import (
	"testing"
	"time"
)

// What a prefix and a tenant get follows the part, also where that changes, and a part that was next to nothing leaves no debt.
func TestAPartOfARateIsThatPart(t *testing.T) {
	for _, whole := range []bool{false, true} {
		h := NewHandshakes(RateConfig{Total: 100, Name: 30, Lend: 10, Prefix: 20})
		share := h.Share
		if whole {
			share = h.ShareAll
		}
		now := second
		granted := func(seconds int) (n float64) {
			for range seconds * 100 {
				now += int64(10 * time.Millisecond)
				if h.Take(now, "t", prefix(1)) == Granted {
					n++
				}
			}
			return n / float64(seconds)
		}
		granted(10)
		for _, c := range []struct{ part, want float64 }{{1, 20}, {0.5, 10}, {1.0 / 1024, 0}, {0.25, 5}, {1, 20}} {
			share(c.part)
			granted(10) // what was saved is used up
			if got := granted(10); got > c.want+0.2 || got < c.want-0.7 {
				t.Errorf("of %v %.1f a second are granted; expected %.1f", c.part, got, c.want)
			}
		}
		share(1.0 / 1024)
		if h.Take(now+int64(time.Hour), "new", prefix(2)) != Granted || h.Take(now+int64(time.Hour), "new", prefix(2)) == Granted {
			t.Error("of next to nothing one is granted, and no more")
		}
	}
	h := NewHandshakes(RateConfig{Total: 100, Name: 1, Lend: 1000, Prefix: 1000})
	h.ShareAll(0.5)
	n, now := 0, second
	for range 1000 {
		now += int64(10 * time.Millisecond)
		for i := range 2 {
			if h.Take(now, string(rune('a'+i)), prefix(1)) == Granted {
				n++
			}
		}
	}
	if n > 620 || n < 480 {
		t.Errorf("of half of 100 a second %d are granted in ten seconds", n)
	}
}
