package stream_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/stream/streamtest"
)

func TestInMemoryKeepsTheContract(t *testing.T) {
	streamtest.Run(t, streamtest.Subject{
		Open:    func(testing.TB, string) streamtest.Log { return stream.InMemory(stream.Options{Logger: quiet()}) },
		Forgets: true,
	})
}

func TestJetStreamKeepsTheContract(t *testing.T) {
	streamtest.Run(t, streamtest.Subject{Open: func(t testing.TB, dir string) streamtest.Log {
		return openAt(t, stream.Options{Dir: dir})
	}})
}

func TestJetStreamWithSyncKeepsTheContract(t *testing.T) {
	streamtest.Run(t, streamtest.Subject{Open: func(t testing.TB, dir string) streamtest.Log {
		return openAt(t, stream.Options{Dir: dir, Sync: true})
	}})
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// openAt opens an Intake and closes it when the test ends.
func openAt(t testing.TB, o stream.Options) *stream.Intake {
	t.Helper()
	if o.Logger == nil {
		o.Logger = quiet()
	}
	in, err := stream.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open the intake stream: %v", err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

// TestCloseLeavesNothingRunning counts goroutines, those of the embedded server included.
func TestCloseLeavesNothingRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 3 {
		in, err := stream.Open(t.Context(), stream.Options{Dir: t.TempDir(), Logger: quiet()})
		if err != nil {
			t.Fatal(err)
		}
		seen := streamtest.NewSeen()
		stop := streamtest.Consume(t, in, 0, seen.Take)
		streamtest.Publish(t, in, streamtest.Batch(1, 100, 10))
		seen.Await(t, 100)
		stop()
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	late, tick := time.After(20*time.Second), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-late:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines run; expected %d as before: %s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func TestOpenSaysWhatItNeeds(t *testing.T) {
	if _, err := stream.Open(t.Context(), stream.Options{}); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), "Options.Dir") {
		t.Errorf("opening without a folder says %v; expected what is missing", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Open(t.Context(), stream.Options{Dir: file, Logger: quiet()}); err == nil || !strings.Contains(err.Error(), "open the intake stream in "+file) {
		t.Errorf("opening a file as a folder says %v; expected that it names it", err)
	}
}

// TestLimitsMayChange opens a log again with other limits than it was made with.
func TestLimitsMayChange(t *testing.T) {
	dir := t.TempDir()
	for _, most := range []int64{1 << 20, 1 << 30, 2 << 20} {
		in := openAt(t, stream.Options{Dir: dir, MaxBytes: most})
		streamtest.Publish(t, in, streamtest.Batch(1, 10, 3))
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(streamtest.Collect(t, openAt(t, stream.Options{Dir: dir}), 0).IDs()); got != 30 {
		t.Errorf("%d records are there; expected 30", got)
	}
}
