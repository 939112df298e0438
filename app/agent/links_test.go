package agent

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/port"
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
