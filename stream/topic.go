package stream

import (
	"context"
	"log/slog"
	"sync"

	"github.com/evenkeel/evenkeel"
)

// Topic hands values from goroutines to one goroutine, in the order in which they were
// published. It keeps at most its capacity of values that nobody has consumed; a publisher
// that finds it full waits. Its values live as long as the process.
type Topic[T any] struct {
	log *slog.Logger
	// slots holds a token per value that was published and not yet consumed. Its capacity
	// is the topic's; a publisher waits while it is full. It is never closed.
	slots chan struct{}
	// news holds at most one token and tells the consumer to look again. It is never closed.
	news chan struct{}

	mu      sync.Mutex
	values  []T // the oldest first
	reading bool
}

// NewTopic returns an empty topic with room for at least one value.
func NewTopic[T any](capacity int, log *slog.Logger) *Topic[T] {
	return &Topic[T]{log: log, slots: make(chan struct{}, max(capacity, 1)), news: make(chan struct{}, 1)}
}

// Publish adds a value. Where the topic is full it waits for room; an error means that ctx
// ended before there was any, and that the value was not added.
func (t *Topic[T]) Publish(ctx context.Context, value T) error {
	if err := ctx.Err(); err != nil {
		return unavailable("publish to a topic", "", err)
	}
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		return unavailable("publish to a full topic", "", ctx.Err())
	}
	t.mu.Lock()
	t.values = append(t.values, value)
	t.mu.Unlock()
	select {
	case t.news <- struct{}{}:
	default:
	}
	return nil
}

// Consume calls handle with each value in turn until ctx ends, and then returns nil. Where
// handle returns an error the same value comes again, after a pause that grows (see
// Intake.Consume); the value that handle had not finished with when ctx ended is the first
// one of the next Consume. A topic has one consumer at a time: a second one is an error of
// KindConflict.
func (t *Topic[T]) Consume(ctx context.Context, handle func(context.Context, T) error) error {
	if !t.claim() {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "consume a topic that is being consumed already; expected one consumer at a time"}
	}
	defer t.release()
	for {
		value, ok := t.first()
		if !ok {
			select {
			case <-t.news:
				continue
			case <-ctx.Done():
				return nil
			}
		}
		err := insist(ctx, t.log, "handle a value of a topic", func() error { return handle(ctx, value) })
		if err != nil {
			return nil
		}
		t.drop()
	}
}

// Len returns how many values wait, the one that is being handled included.
func (t *Topic[T]) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.values)
}

func (t *Topic[T]) claim() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	free := !t.reading
	t.reading = true
	return free
}

func (t *Topic[T]) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading = false
}

func (t *Topic[T]) first() (value T, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.values) == 0 {
		return value, false
	}
	return t.values[0], true
}

func (t *Topic[T]) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	var none T
	t.values[0] = none
	t.values = t.values[1:]
	<-t.slots
}
