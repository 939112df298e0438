package agent

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/lab/testhost"
)

// A listing that breaks off misses what went meanwhile: that is told when it begins again, and nothing that is there.
func TestWhatWentWhileNobodyListenedIsTold(t *testing.T) {
	at := func(index int) port.Place { return port.Place{Name: "tap" + string(rune('0'+index)), Index: index} }
	there := []port.Place{at(1), at(2), at(3)}
	ctx, end := context.WithCancel(t.Context())
	rounds := 0
	l := links{
		list: func() ([]port.Place, error) { return there, nil }, log: slog.New(slog.DiscardHandler), known: byIndex([]port.Place{at(1), at(9)}),
		watch: func(_ context.Context, f func(port.Event)) error {
			for _, p := range slices.Clone(there) {
				f(port.Event{Kind: port.Appeared, Place: p})
			}
			if rounds++; rounds == 1 {
				f(port.Event{Kind: port.Gone, Place: at(3)})
				there = []port.Place{at(1)} // 2 goes, unheard
				return errors.New("too much was said at once")
			}
			end()
			return nil
		},
	}
	var gone []int
	err := l.follow(ctx, func(e port.Event) {
		if e.Kind == port.Gone {
			gone = append(gone, e.Place.Index)
		}
	})
	if !errors.Is(err, context.Canceled) || !slices.Equal(gone, []int{9, 3, 2}) || len(l.known) != 1 {
		t.Errorf("told as gone: %v (%v), known %v; expected 9, 3, 2", gone, err, l.known)
	}
}

// Whoever breaks off each time, as soon as it has told what is there, is asked again ever later.
func TestAListingThatBreaksOffEachTimeIsBegunEverLater(t *testing.T) {
	lo := port.Place{Name: "lo", Index: 1}
	ctx, end := context.WithCancel(t.Context())
	var waits []int
	l := links{
		list: func() ([]port.Place, error) { return []port.Place{lo}, nil }, log: slog.New(slog.DiscardHandler), known: byIndex(nil),
		watch: func(_ context.Context, f func(port.Event)) error {
			f(port.Event{Kind: port.Appeared, Place: lo})
			return errors.New("it breaks off")
		},
		rest: func(_ context.Context, attempts int) {
			if waits = append(waits, attempts); len(waits) == 4 {
				end()
			}
		},
	}
	if err := l.follow(ctx, func(port.Event) {}); !errors.Is(err, context.Canceled) || !slices.Equal(waits, []int{1, 2, 3, 4}) {
		t.Errorf("%v: it waits as after %v failures; expected 1, 2, 3, 4", err, waits)
	}
}

// A second agent with the same pins, whatever its data directory, does not start, and neither does it look for another
// hand beside the first one's programs.
func TestASecondAgentWithTheSamePinsDoesNotStart(t *testing.T) { testhost.Alone(t, second) }

func second(t *testing.T) {
	pins := testhost.Pins(t, t.TempDir()) + "/evenkeel"
	k, first, why, err := openPrograms(pins, false)
	if err != nil || k == nil {
		t.Fatalf("no programs: %v, %s", err, why)
	}
	if k, _, why, err := openPrograms(pins, false); evenkeel.KindOf(err) != evenkeel.KindConflict || k != nil || why != "" || !strings.Contains(err.Error(), "another agent runs with it") {
		t.Errorf("beside it: %v, %q, %v; expected a conflict", k, why, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	_, next, why, err := openPrograms(pins, false)
	if err != nil || next == nil {
		t.Fatalf("after it: %v, %s", err, why)
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
}
