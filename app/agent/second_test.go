package agent

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// Readings a second apart, each a little early or late, are told as seconds one after another; and when the clock is
// set back, what is told is soon where the clock is.
func TestSecondsFollowTheClockAlsoWhenItIsSetBack(t *testing.T) {
	const second, noon = evenkeel.Moment(1e9), evenkeel.Moment(1_700_000_000e9)
	rapid.Check(t, func(t *rapid.T) {
		back := evenkeel.Moment(rapid.Int64Range(0, 7200).Draw(t, "back")) * second
		last, told, gaps := evenkeel.Moment(0), 0, 0
		for i := range 80 {
			now := noon + evenkeel.Moment(i)*second + evenkeel.Moment(rapid.Int64Range(0, 2e8).Draw(t, "late"))
			if i >= 40 {
				now -= back
			}
			at, wait := nextSecond(last, now)
			if wait {
				gaps++
				continue
			}
			if at <= last && (i != 40 || back <= farAhead) || at%second != 0 {
				t.Fatalf("reading %d is of %d after %d", i, at, last)
			}
			last, told = at, told+1
			if ahead := last + second - now; i < 40 && ahead > second || i > 65 && ahead > 2*second {
				t.Fatalf("reading %d is told as %v later than it was", i, ahead)
			}
		}
		if gaps > 11 || told < 69 {
			t.Fatalf("%d readings were told and %d waited", told, gaps)
		}
	})
}
