package streamtest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream"
)

// Batch returns a batch of n usage records about so many assets in turn. Its records are
// numbered from first: a record's number is its ID.
func Batch(first uint64, n, assets int) *evenkeel.Batch {
	b := evenkeel.NewBatch("streamtest", 1)
	for i := range n {
		number := first + uint64(i)
		b.AddUsage(evenkeel.Usage{
			At: evenkeel.Moment(number), ID: number, Asset: evenkeel.AssetID(fmt.Sprintf("vm-%d", i%assets)),
			Meter: evenkeel.MeterCPUFraction, Form: evenkeel.FormGauge, Line: number % 7, Value: float64(number),
		})
	}
	return b
}

// Seen is what a consumer saw.
type Seen struct {
	mu        sync.Mutex
	changed   chan struct{} // closed at the next message, and then replaced
	positions []stream.Position
	ids       []uint64
}

// NewSeen returns one that saw nothing.
func NewSeen() *Seen { return &Seen{changed: make(chan struct{})} }

// Take is a stream.Handler.
func (s *Seen) Take(_ context.Context, at stream.Position, b *evenkeel.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.positions = append(s.positions, at)
	for i := range b.Records {
		s.ids = append(s.ids, b.Records[i].ID)
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// IDs returns the numbers of the records, in order.
func (s *Seen) IDs() []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]uint64(nil), s.ids...)
}

// Positions returns the positions of the messages, in order.
func (s *Seen) Positions() []stream.Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]stream.Position(nil), s.positions...)
}

// patience is how long a test waits for what has to come; it ends a test that fails.
const patience = 30 * time.Second

// Await returns once so many records were seen.
func (s *Seen) Await(t testing.TB, records int) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		s.mu.Lock()
		n, changed := len(s.ids), s.changed
		s.mu.Unlock()
		if n >= records {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("%d records came within %v; expected %d", n, patience, records)
		}
	}
}

// Consume runs a consumer until the returned function is called, which reports its error.
func Consume(t testing.TB, l Log, after stream.Position, handle stream.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Consume(ctx, after, handle) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("consume: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// Collect reads what a log holds after a position: everything up to its present end.
func Collect(t testing.TB, l Log, after stream.Position) *Seen {
	t.Helper()
	_, last, err := l.Bounds(t.Context())
	if err != nil {
		t.Fatalf("ask for the bounds: %v", err)
	}
	seen := NewSeen()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if after >= last {
		return seen
	}
	err = l.Consume(ctx, after, func(ctx context.Context, at stream.Position, b *evenkeel.Batch) error {
		err := seen.Take(ctx, at, b)
		if at == last {
			cancel()
		}
		return err
	})
	if err != nil {
		t.Fatalf("consume: %v", err)
	}
	if p := seen.Positions(); len(p) == 0 || p[len(p)-1] != last {
		t.Fatalf("reading came to %v within %v; expected to come to position %d", p, patience, last)
	}
	return seen
}

// Publish publishes a batch or ends the test.
func Publish(t testing.TB, l Log, b *evenkeel.Batch) {
	t.Helper()
	if err := l.Publish(t.Context(), b); err != nil {
		t.Fatalf("publish: %v", err)
	}
}
