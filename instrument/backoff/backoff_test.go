package backoff

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAPauseDoublesUpToTheLongestAndHalfOfItIsLot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "first"))
		most := first * time.Duration(rapid.IntRange(1, 1000).Draw(t, "times"))
		attempts := rapid.IntRange(1, 1<<20).Draw(t, "attempts")
		seed, id := rapid.Uint64().Draw(t, "seed"), rapid.String().Draw(t, "id")
		whole := most
		if attempts <= 40 {
			whole = min(most, first<<min(attempts-1, 20))
		}
		got := Pause(first, most, seed, id, attempts)
		if got > whole || got < whole/2 {
			t.Fatalf("%s; expected %s to %s", got, whole/2, whole)
		}
		if again := Pause(first, most, seed, id, attempts); again != got {
			t.Fatalf("%s, and then %s", got, again)
		}
	})
}

func TestWhatFailedTogetherDoesNotComeBackTogether(t *testing.T) {
	seen := map[time.Duration]bool{}
	for i := range 100 {
		seen[Pause(time.Minute, time.Hour, 1, string(rune('a'+i)), 3)] = true
	}
	if len(seen) < 90 {
		t.Errorf("%d pauses for 100; expected them to be spread", len(seen))
	}
}
