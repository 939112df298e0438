package sketch

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var morning = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// TestWhatCameWithinAWindowIsBetweenItsPanes holds both to an exact list of what came when.
func TestWhatCameWithinAWindowIsBetweenItsPanes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := time.Duration(rapid.Int64Range(1, 5000).Draw(t, "ms of the window")) * time.Millisecond
		var s Sliding
		var m SlidingMin
		type coming struct {
			at  time.Time
			key uint64
		}
		var came []coming
		at := morning
		for range rapid.IntRange(1, 80).Draw(t, "comings") {
			at = at.Add(time.Duration(rapid.Int64Range(0, 3000).Draw(t, "ms on")) * time.Millisecond)
			key := hashed(rapid.Uint64Range(0, 3).Draw(t, "key"))
			came = append(came, coming{at, key})
			got, ofKey := s.Add(at, length, 1), m.Add(key, at, length, 1)

			pane := at.UnixNano() / int64(length)
			var now, before, exact, keyNow, keyExact uint64
			for _, c := range came {
				p := c.at.UnixNano() / int64(length)
				in := at.Sub(c.at) < length
				switch {
				case p == pane:
					now++
				case p == pane-1:
					before++
				}
				if in {
					exact++
				}
				if c.key == key && p == pane {
					keyNow++
				}
				if c.key == key && in {
					keyExact++
				}
			}
			if got < now || got > now+before || exact < now || exact > now+before {
				t.Fatalf("%d came in this pane and %d in the one before, %d in the window; it says %d", now, before, exact, got)
			}
			if uint64(ofKey) < keyNow || uint64(ofKey) > now+before || m.Total(at, length) != got {
				t.Fatalf("of a key %d came in this pane, %d in the window; it says %d; of all %d", keyNow, keyExact, ofKey, m.Total(at, length))
			}
			if s.Estimate(at, length) != got || m.Estimate(key, at, length) != ofKey {
				t.Fatal("asking changes what is said")
			}
		}
		far := at.Add(2 * length)
		if s.Estimate(far, length) != 0 || m.Estimate(came[0].key, far, length) != 0 {
			t.Fatal("after two lengths there is something left")
		}
	})
}

func TestWhatComesEvenlyIsCountedExactly(t *testing.T) {
	var s Sliding
	at := morning
	for i := range 5000 {
		at = at.Add(10 * time.Millisecond)
		got := s.Add(at, 10*time.Second, 3)
		if i > 2000 && (got < 2997 || got > 3003) {
			t.Fatalf("after %v it says %d, want 3000 in 10 s", at.Sub(morning), got)
		}
	}
}

func TestAClockThatStepsLeavesNobodyCountedForEver(t *testing.T) {
	const length = 10 * time.Second
	for _, c := range []struct {
		name string
		step time.Duration
		want uint64 // after one more
	}{
		{"a second back, in the same pane", -time.Second, 102},
		{"into the pane before", -length, 102},
		{"an hour back", -time.Hour, 1},
		{"an hour on", time.Hour, 1},
		{"before 1970", -100 * 365 * 24 * time.Hour, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Sliding
			var m SlidingMin
			at := morning.Add(5 * time.Second)
			s.Add(at, length, 101)
			m.Add(7, at, length, 101)
			if got := s.Add(at.Add(c.step), length, 1); got != c.want {
				t.Errorf("it says %d, want %d", got, c.want)
			}
			if got := m.Add(7, at.Add(c.step), length, 1); uint64(got) != c.want {
				t.Errorf("of the key it says %d, want %d", got, c.want)
			}
			// Wherever the clock is now, two lengths on nothing is left.
			if got := s.Estimate(at.Add(c.step).Add(3*length), length); got != 0 {
				t.Errorf("later it says %d", got)
			}
		})
	}
	var s Sliding
	s.Add(morning, length, math.MaxUint64)
	if got := s.Add(morning, length, 1); got != math.MaxUint64 {
		t.Errorf("the largest count and one are %d", got)
	}
	if got := s.Estimate(morning.Add(length), length); got != math.MaxUint64 {
		t.Errorf("a pane later, when all of it counts: %d", got)
	}
	if got := s.Estimate(morning, time.Second); got != 0 {
		t.Errorf("for another length it says %d", got)
	}
	if got := s.Add(morning, 0, 1); got != 1 {
		t.Errorf("for no length it says %d", got)
	}
}
