package main

import (
	"errors"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

func TestTimesAreToldToTheSecondAndByTheirDistance(t *testing.T) {
	for _, c := range []struct {
		name string
		from time.Duration
		want string
	}{
		{"now", 0, "2026-03-02T12:00:00Z (in 0 s)"},
		{"with nanoseconds", 1500 * time.Millisecond, "2026-03-02T12:00:01Z (in 1 s)"},
		{"in minutes", 12*time.Minute + 59*time.Second, "2026-03-02T12:12:59Z (in 12 min)"},
		{"in whole hours", 3 * time.Hour, "2026-03-02T15:00:00Z (in 3 h)"},
		{"in hours and minutes", 3*time.Hour + 5*time.Minute, "2026-03-02T15:05:00Z (in 3 h 5 min)"},
		{"in days", 71 * time.Hour, "2026-03-05T11:00:00Z (in 2 days)"},
		{"over", -90 * time.Second, "2026-03-02T11:58:30Z (1 min ago)"},
		{"far off", -nearFor - time.Second, "2026-01-01T11:59:59Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := near(noon.Add(c.from), noon); got != c.want {
				t.Errorf("%q; want %q", got, c.want)
			}
		})
	}
	if got := near(0, noon) + near(noon, 0); got != "2026-03-02T12:00:00Z" {
		t.Errorf("without a moment, and without now: %q", got)
	}
}

func TestOursIsSaidToTheSecondAndTheirsIsLeftAlone(t *testing.T) {
	err := &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "closed at 2026-03-02T12:00:00.123456789Z as gone", Hint: "look"}
	got := inSeconds(err)
	if got.Error() != "closed at 2026-03-02T12:00:00Z as gone" || evenkeel.KindOf(got) != evenkeel.KindConflict || evenkeel.HintOf(got) != "look" {
		t.Errorf("%v (%v, %q)", got, evenkeel.KindOf(got), evenkeel.HintOf(got))
	}
	plain := errors.New("closed")
	if inSeconds(plain) != plain || inSeconds(nil) != nil {
		t.Error("an error without a time is another one now")
	}
	if got := told("  ", "at 2026-03-02T12:00:00.5Z"); got != "at 2026-03-02T12:00:00.5Z" {
		t.Errorf("words of others: %q", got)
	}
}
