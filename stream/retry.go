package stream

import (
	"context"
	"log/slog"
	"time"
)

// The pause between two attempts doubles from the first to the last.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 5 * time.Second
)

// insist calls try until it returns nil, with a pause that doubles between two attempts. It
// returns an error only when ctx has ended. What went wrong is logged, because nobody else
// hears of it.
func insist(ctx context.Context, log *slog.Logger, doing string, try func() error) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		log.Warn(doing+": it comes again", "after", pause, "err", err)
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

// wait returns after the pause, or an error as soon as ctx ends.
func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
