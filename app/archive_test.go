package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/app/internal/checkpoint"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/watch"
)

// What is in a checkpoint is not found again. Were the books behind it after a loss of power,
// what was decided about it would be lost for good.
func TestNoCheckpointIsAheadOfTheBooks(t *testing.T) {
	shelf, err := checkpoint.On(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	engine, err := watch.New(nil, watch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := &image{at: 7, engine: engine.Snapshot(nil), registry: inventory.New(inventory.Options{}).Snapshot()}
	written := func() int {
		all, err := shelf.Positions()
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	refused := errors.New("the disk is gone")
	a := &archive{shelf: shelf, trim: func(context.Context, stream.Position) error { return nil }, settle: func(context.Context) error { return refused }}
	if err := a.keep(m); !errors.Is(err, refused) || written() != 0 {
		t.Errorf("%v, and %d checkpoints are there; expected none while the books are not on the disk", err, written())
	}
	a.settle = func(context.Context) error {
		if written() != 0 {
			t.Error("the checkpoint was there before the books were on the disk")
		}
		return nil
	}
	if err := a.keep(m); err != nil || written() != 1 {
		t.Errorf("%v, %d checkpoints", err, written())
	}
}

// A loss of power may take the end of the log (durability: fast) and leave the checkpoint.
func TestALogThatEndsBeforeTheCheckpointIsToldAndGoesOn(t *testing.T) {
	dir := dataDir(t)
	s := serve(t, dir)
	all := mining(ago(), 1)
	for _, r := range all[:len(all)/2] {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "it is watched", func() bool { return s.metric(t, "evenkeel_stream_position") != "0" })
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "intake")); err != nil {
		t.Fatal(err)
	}
	s = serve(t, dir)
	if !strings.Contains(s.log.String(), "the log ends before the checkpoint") {
		t.Errorf("nothing is said of what the log lost:\n%s", s.log)
	}
	before := s.metric(t, "evenkeel_stream_position")
	if err := all[len(all)-1].to(s.at); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what comes next is watched", func() bool { return s.metric(t, "evenkeel_stream_position") != before })
}
