package app

import (
	"context"
	"time"
)

// rounds does something at once and then again, so often and whenever somebody wants it sooner (nil:
// nobody does), until ctx ends. Of faults that follow one on the other the first is told.
func rounds(ctx context.Context, every time.Duration, sooner <-chan struct{}, round func(context.Context) error, tell func(error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	failing := false
	for {
		err := round(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			tell(err)
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-sooner:
		case <-ctx.Done():
			return nil
		}
	}
}
