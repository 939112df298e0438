package streamtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream"
)

// Log is what the suite needs of a log of batches.
type Log interface {
	Publish(ctx context.Context, b *evenkeel.Batch) error
	Consume(ctx context.Context, after stream.Position, handle stream.Handler) error
	Trim(ctx context.Context, upTo stream.Position) error
	Bounds(ctx context.Context) (first, last stream.Position, err error)
	Close() error
}

// Subject is a kind of log under test.
type Subject struct {
	// Open opens the log of a folder: a second time, with what the first one left.
	Open func(t testing.TB, dir string) Log
	// Forgets says that nothing outlives Close.
	Forgets bool
}

// Run tests that a kind of log keeps the promises of stream.Intake.
func Run(t *testing.T, s Subject) {
	promises := []promise{
		{"what is published is consumed, each partition in order", inOrder},
		{"a message holds records of one partition", onePartition},
		{"two consumers see the same order", sameOrder},
		{"from 0 comes everything, from a position the rest, from the end what is new", positions},
		{"a position beyond the end is refused", beyondTheEnd},
		{"a message comes again until the handler takes it", again},
		{"a handler that never takes a message does not outlive the context", stubborn},
		{"two publishers at once lose nothing", twoPublishers},
		{"a publisher may change its batch at once", notKept},
		{"large batches come back whole", large},
		{"an empty batch is nothing", empty},
		{"a batch that could not be read again is refused whole", unreadable},
		{"what is trimmed is gone, the rest stays", trimmed},
		{"a position is never given twice", neverTwice},
		{"a context that has ended publishes nothing that it says is durable", ended},
		{"a closed log says so", closed},
	}
	if !s.Forgets {
		promises = append(promises, promise{"what was acknowledged outlives Close", reopened})
	}
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) { p.test(t, s) })
	}
}

type promise struct {
	name string
	test func(*testing.T, Subject)
}

func open(t *testing.T, s Subject) Log {
	t.Helper()
	l := s.Open(t, t.TempDir())
	t.Cleanup(func() { l.Close() })
	return l
}

// numbers returns first to last.
func numbers(first, last uint64) (out []uint64) {
	for n := first; n <= last; n++ {
		out = append(out, n)
	}
	return out
}

// expectAll checks that records 1 to n came, each once, in any order.
func expectAll(t *testing.T, ids []uint64, n uint64) {
	t.Helper()
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	if !slices.Equal(sorted, numbers(1, n)) {
		t.Errorf("%d records came; expected each of 1 to %d once", len(ids), n)
	}
}

func inOrder(t *testing.T, s Subject) {
	l := open(t, s)
	for i := range uint64(20) {
		Publish(t, l, Batch(1+i*50, 50, 9))
	}
	last := map[string]uint64{}
	seen := NewSeen()
	Consume(t, l, 0, func(ctx context.Context, at stream.Position, b *evenkeel.Batch) error {
		for i := range b.Records {
			r := &b.Records[i]
			want := Batch(r.ID, 1, 1)
			if got, want := b.Usage(r), want.Usage(&want.Records[0]); got.At != want.At || got.Value != want.Value || got.Line != want.Line {
				t.Errorf("record %d says %+v; expected %+v", r.ID, got, want)
			}
			if b.Source != "streamtest" || b.Arrived != 1 {
				t.Errorf("a batch is from %q, arrived at %d; expected streamtest and 1", b.Source, b.Arrived)
			}
			asset := b.Text(r.Asset)
			if r.ID <= last[asset] {
				t.Errorf("record %d about %s came after %d", r.ID, asset, last[asset])
			}
			last[asset] = r.ID
		}
		return seen.Take(ctx, at, b)
	})
	seen.Await(t, 1000)
	expectAll(t, seen.IDs(), 1000)
	if p := seen.Positions(); !slices.IsSorted(p) || p[0] != 1 {
		t.Errorf("positions came as %v; expected them to begin with 1 and to grow", p)
	}
}

func onePartition(t *testing.T, s Subject) {
	l := open(t, s)
	Publish(t, l, Batch(1, 500, 200))
	seen := NewSeen()
	messages := map[int]int{}
	Consume(t, l, 0, func(ctx context.Context, at stream.Position, b *evenkeel.Batch) error {
		p := evenkeel.PartitionOf(b.Route(&b.Records[0]))
		messages[p]++
		for i := range b.Records {
			if q := evenkeel.PartitionOf(b.Route(&b.Records[i])); q != p {
				t.Errorf("the message at %d has records of partitions %d and %d", at, p, q)
			}
		}
		return seen.Take(ctx, at, b)
	})
	seen.Await(t, 500)
	for p, n := range messages {
		if n != 1 {
			t.Errorf("a small batch became %d messages of partition %d; expected one", n, p)
		}
	}
}

func sameOrder(t *testing.T, s Subject) {
	l := open(t, s)
	early := NewSeen()
	Consume(t, l, 0, early.Take)
	var publishers sync.WaitGroup
	for p := range uint64(3) {
		publishers.Go(func() {
			for i := range uint64(10) {
				if err := l.Publish(t.Context(), Batch(1+p*1000+i*100, 100, 30)); err != nil {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}
	publishers.Wait()
	early.Await(t, 3000)
	late := Collect(t, l, 0)
	if !slices.Equal(early.IDs(), late.IDs()) || !slices.Equal(early.Positions(), late.Positions()) {
		t.Error("a consumer that came early and one that came late saw different orders")
	}
}

func positions(t *testing.T, s Subject) {
	l := open(t, s)
	for i := range uint64(10) {
		Publish(t, l, Batch(1+i, 1, 1)) // one asset: one message each
	}
	for _, c := range []struct {
		after stream.Position
		want  []uint64
	}{{0, numbers(1, 10)}, {1, numbers(2, 10)}, {7, numbers(8, 10)}, {9, numbers(10, 10)}} {
		if got := Collect(t, l, c.after).IDs(); !slices.Equal(got, c.want) {
			t.Errorf("after position %d came %v; expected %v", c.after, got, c.want)
		}
	}
	first, last, err := l.Bounds(t.Context())
	if err != nil || first != 1 || last != 10 {
		t.Errorf("the log says it holds %d to %d (%v); expected 1 to 10", first, last, err)
	}
	fresh := NewSeen()
	Consume(t, l, 10, fresh.Take)
	Publish(t, l, Batch(11, 1, 1))
	fresh.Await(t, 1)
	if got := fresh.IDs(); !slices.Equal(got, numbers(11, 11)) {
		t.Errorf("after the end came %v; expected what was published then", got)
	}
}

func beyondTheEnd(t *testing.T, s Subject) {
	l := open(t, s)
	Publish(t, l, Batch(1, 1, 1))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := l.Consume(ctx, 2, NewSeen().Take)
	if evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), "position 2") || evenkeel.HintOf(err) == "" {
		t.Errorf("consuming after position 2 of 1 says %v; expected a conflict that names it, with a hint", err)
	}
}

func again(t *testing.T, s Subject) {
	l := open(t, s)
	for i := range uint64(5) {
		Publish(t, l, Batch(1+i, 1, 1))
	}
	seen, tries := NewSeen(), map[stream.Position]int{}
	Consume(t, l, 0, func(ctx context.Context, at stream.Position, b *evenkeel.Batch) error {
		if tries[at]++; at == 3 && tries[at] < 4 {
			return errors.New("not now")
		}
		return seen.Take(ctx, at, b)
	})
	seen.Await(t, 5)
	if got := seen.IDs(); !slices.Equal(got, numbers(1, 5)) || tries[3] != 4 || tries[2] != 1 || tries[4] != 1 {
		t.Errorf("came %v with tries %v; expected 1 to 5, the third at the fourth try", got, tries)
	}
}

func stubborn(t *testing.T, s Subject) {
	l := open(t, s)
	Publish(t, l, Batch(1, 1, 1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := l.Consume(ctx, 0, func(context.Context, stream.Position, *evenkeel.Batch) error {
		cancel()
		return errors.New("never")
	})
	if err != nil {
		t.Errorf("consume says %v after its context ended; expected nil", err)
	}
	if got := Collect(t, l, 0).IDs(); !slices.Equal(got, numbers(1, 1)) {
		t.Errorf("then came %v; expected the message again", got)
	}
}

func twoPublishers(t *testing.T, s Subject) {
	l := open(t, s)
	seen := NewSeen()
	Consume(t, l, 0, seen.Take)
	var publishers sync.WaitGroup
	for p := range uint64(2) {
		publishers.Go(func() {
			for i := range uint64(25) {
				if err := l.Publish(t.Context(), Batch(1+(2*i+p)*40, 40, 13)); err != nil {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}
	publishers.Wait()
	seen.Await(t, 2000)
	expectAll(t, seen.IDs(), 2000)
}

func notKept(t *testing.T, s Subject) {
	l := open(t, s)
	b := Batch(1, 10, 1)
	Publish(t, l, b)
	for i := range b.Records {
		b.Records[i].ID = 99
	}
	b.Reset("another", 2)
	if got := Collect(t, l, 0).IDs(); !slices.Equal(got, numbers(1, 10)) {
		t.Errorf("came %v; expected what the batch held when it was published", got)
	}
}

func large(t *testing.T, s Subject) {
	l := open(t, s)
	const n = 60_000 // of one asset: 5 MB of one partition
	Publish(t, l, Batch(1, n, 1))
	b := evenkeel.NewBatch("streamtest", 1)
	for i := range uint64(40) { // 2.6 MB of strings
		b.AddHostEvent(evenkeel.HostEvent{ID: n + 1 + i, Asset: "vm-0", Name: fmt.Sprintf("%d%s", i, strings.Repeat("x", evenkeel.MaxText-2))})
	}
	Publish(t, l, b)
	if got := Collect(t, l, 0).IDs(); !slices.Equal(got, numbers(1, n+40)) {
		t.Errorf("%d records came; expected 1 to %d in order", len(got), n+40)
	}
}

func empty(t *testing.T, s Subject) {
	l := open(t, s)
	Publish(t, l, evenkeel.NewBatch("streamtest", 1))
	if first, last, err := l.Bounds(t.Context()); err != nil || last != 0 || first != 1 {
		t.Errorf("the log says it holds %d to %d (%v); expected nothing", first, last, err)
	}
}

func unreadable(t *testing.T, s Subject) {
	l := open(t, s)
	strange := Batch(1, 2, 2)
	strange.Records[1].Tenant = 77
	long := Batch(1, 2, 2)
	long.Records[1].Names[0] = long.Intern(strings.Repeat("x", evenkeel.MaxText+1))
	source := Batch(1, 2, 2)
	source.Source = strings.Repeat("x", evenkeel.MaxText+1)
	table := Batch(1, 2, 2)
	table.Strings[0] = "not empty"
	for _, b := range []*evenkeel.Batch{strange, long, source, table} {
		if err := l.Publish(t.Context(), b); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("publishing says %v; expected an error of kind invalid", err)
		}
	}
	if _, last, err := l.Bounds(t.Context()); err != nil || last != 0 {
		t.Errorf("the log ends at %d (%v); expected that nothing was stored", last, err)
	}
}

func trimmed(t *testing.T, s Subject) {
	l := open(t, s)
	for i := range uint64(10) {
		Publish(t, l, Batch(1+i, 1, 1))
	}
	for _, upTo := range []stream.Position{0, 4, 2, 4} { // less than before changes nothing
		if err := l.Trim(t.Context(), upTo); err != nil {
			t.Fatalf("trim up to %d: %v", upTo, err)
		}
	}
	if first, last, err := l.Bounds(t.Context()); err != nil || first != 5 || last != 10 {
		t.Errorf("the log says it holds %d to %d (%v); expected 5 to 10", first, last, err)
	}
	for _, after := range []stream.Position{0, 4} {
		if got := Collect(t, l, after).IDs(); !slices.Equal(got, numbers(5, 10)) {
			t.Errorf("after position %d came %v; expected 5 to 10", after, got)
		}
	}
	if err := l.Trim(t.Context(), 10); err != nil {
		t.Fatalf("trim all: %v", err)
	}
	if first, last, err := l.Bounds(t.Context()); err != nil || first != 11 || last != 10 {
		t.Errorf("the log says it holds %d to %d (%v); expected nothing after 10", first, last, err)
	}
	Publish(t, l, Batch(11, 1, 1))
	if got := Collect(t, l, 10).IDs(); !slices.Equal(got, numbers(11, 11)) {
		t.Errorf("then came %v; expected what was published after that", got)
	}
}

func neverTwice(t *testing.T, s Subject) {
	l := open(t, s)
	Publish(t, l, Batch(1, 1, 1))
	if err := l.Trim(t.Context(), 5000); err != nil {
		t.Fatalf("trim beyond the end: %v", err)
	}
	Publish(t, l, Batch(2, 1, 1))
	seen := Collect(t, l, 5000)
	if got := seen.Positions(); !slices.Equal(got, []stream.Position{5001}) {
		t.Errorf("the next message is at %v; expected 5001", got)
	}
	if got := seen.IDs(); !slices.Equal(got, numbers(2, 2)) {
		t.Errorf("it holds %v; expected what was published after the trimming", got)
	}
}

func ended(t *testing.T, s Subject) {
	l := open(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Publish(ctx, Batch(1, 10, 3)); evenkeel.KindOf(err) != evenkeel.KindUnavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("publishing says %v; expected that it is unavailable because the context ended", err)
	}
	if err := l.Consume(ctx, 0, NewSeen().Take); err != nil {
		t.Errorf("consuming says %v; expected nil", err)
	}
}

func closed(t *testing.T, s Subject) {
	l := open(t, s)
	Publish(t, l, Batch(1, 1, 1))
	seen, consumed := NewSeen(), make(chan error, 1)
	go func() { consumed <- l.Consume(t.Context(), 0, seen.Take) }()
	seen.Await(t, 1)
	for range 2 {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	for what, err := range map[string]error{
		"a consumer":       <-consumed,
		"publish":          l.Publish(t.Context(), Batch(2, 1, 1)),
		"trim":             l.Trim(t.Context(), 1),
		"another consumer": l.Consume(t.Context(), 0, seen.Take),
	} {
		if evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s says %v; expected that the stream is closed", what, err)
		}
	}
}

func reopened(t *testing.T, s Subject) {
	dir := t.TempDir()
	for round := range uint64(4) {
		l := s.Open(t, dir)
		expectAll(t, Collect(t, l, 0).IDs(), round*300)
		Publish(t, l, Batch(1+round*300, 300, 50))
		if err := l.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	l := s.Open(t, dir)
	_, last, err := l.Bounds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Trim(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = s.Open(t, dir)
	defer l.Close()
	if first, again, err := l.Bounds(t.Context()); err != nil || first != last+1 || again != last {
		t.Errorf("trimmed and opened again the log holds %d to %d (%v); expected nothing after %d", first, again, err, last)
	}
}
