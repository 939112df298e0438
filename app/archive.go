package app

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/checkpoint"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/watch"
)

// checkpointsKept is how many there are: where the newest is damaged, the one before is used.
const checkpointsKept = 2

// trimTakes is how long the log may take to be trimmed; what it does not do then it does
// after the next checkpoint.
const trimTakes = 10 * time.Second

// settleTakes is how long the books may take to reach the disk.
const settleTakes = 30 * time.Second

// archive writes images down.
type archive struct {
	shelf  *checkpoint.Shelf
	images <-chan *image
	free   chan<- *watch.Snapshot
	trim   func(context.Context, stream.Position) error
	settle func(context.Context) error // brings the books to the disk
	state  *state
}

// Run writes until there are no images any more. An image that cannot be written costs only
// that a restart reads more of the log again.
func (a *archive) Run() error {
	for m := range a.images {
		if err := a.keep(m); err != nil {
			a.state.log.Error("write a checkpoint", "err", err, "hint", evenkeel.HintOf(err))
		} else {
			a.state.kept.Store(a.state.now().UnixNano())
		}
		a.free <- m.engine // which has room: this was the only image
	}
	return nil
}

// keep writes an image once the books that hold what was judged up to it survive the loss of
// power: what is in an image is not found again, so it must never be ahead of them.
func (a *archive) keep(m *image) error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTakes)
	defer cancel()
	if err := a.settle(ctx); err != nil {
		return err
	}
	err := a.shelf.Write(uint64(m.at), checkpoint.Part{Name: partEngine, From: m.engine}, checkpoint.Part{Name: partInventory, From: m.registry})
	if err != nil {
		return err
	}
	oldest, err := a.shelf.Prune(checkpointsKept)
	if err != nil {
		return err
	}
	ctx, cancel = context.WithTimeout(context.Background(), trimTakes)
	defer cancel()
	return a.trim(ctx, stream.Position(oldest))
}
