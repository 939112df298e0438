package stream_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream"
	"pgregory.net/rapid"
)

func TestTopicHandsValuesOnInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.IntRange(0, 5).Draw(t, "capacity")
		want := rapid.SliceOfN(rapid.Int(), 0, 40).Draw(t, "values")
		fails := rapid.MapOf(rapid.IntRange(0, 40), rapid.IntRange(1, 3)).Draw(t, "how often each fails")
		topic := stream.NewTopic[int](capacity, quiet())
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() {
			for _, v := range want {
				_ = topic.Publish(ctx, v)
			}
		}()
		var got []int
		if len(want) == 0 {
			cancel()
		}
		err := topic.Consume(ctx, func(_ context.Context, v int) error {
			if fails[len(got)] > 0 && len(fails) < 3 {
				fails[len(got)]--
				return errors.New("not now")
			}
			if got = append(got, v); len(got) == len(want) {
				cancel()
			}
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("came %v (%v); expected %v", got, err, want)
		}
	})
}

func TestTopicThatIsFullMakesItsPublisherWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topic := stream.NewTopic[int](2, quiet())
		for v := range 2 {
			if err := topic.Publish(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		err := topic.Publish(ctx, 2)
		if evenkeel.KindOf(err) != evenkeel.KindUnavailable || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("publishing to a full topic says %v; expected that it waited until the context ended", err)
		}
		published := make(chan error, 1)
		go func() { published <- topic.Publish(t.Context(), 3) }()
		synctest.Wait()
		if topic.Len() != 2 {
			t.Errorf("a full topic holds %d values; expected 2", topic.Len())
		}
		var got []int
		consuming, stop := context.WithCancel(t.Context())
		_ = topic.Consume(consuming, func(_ context.Context, v int) error {
			if got = append(got, v); len(got) == 3 {
				stop()
			}
			return nil
		})
		if err := <-published; err != nil || !slices.Equal(got, []int{0, 1, 3}) {
			t.Errorf("came %v, the waiting publisher was told %v; expected 0, 1 and 3", got, err)
		}
	})
}

func TestTopicBringsAValueAgainWithPausesThatGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topic := stream.NewTopic[string](1, quiet())
		if err := topic.Publish(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		var at []time.Duration
		_ = topic.Consume(ctx, func(context.Context, string) error {
			if at = append(at, time.Since(begin)); len(at) == 13 {
				cancel()
			}
			return errors.New("not now")
		})
		if at[1] != 10*time.Millisecond || at[2] != 30*time.Millisecond || at[12]-at[11] != 5*time.Second {
			t.Errorf("it came at %v; expected pauses of 10 ms, 20 ms and so on up to 5 s", at)
		}
		again, stop := context.WithCancel(t.Context())
		var got string
		_ = topic.Consume(again, func(_ context.Context, v string) error {
			got = v
			stop()
			return nil
		})
		if got != "one" || topic.Len() != 0 {
			t.Errorf("the next consumer got %q and %d are left; expected the value that was not finished with", got, topic.Len())
		}
	})
}

func TestTopicHasOneConsumerAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topic := stream.NewTopic[int](1, quiet())
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		nothing := func(context.Context, int) error { return nil }
		go func() { ended <- topic.Consume(ctx, nothing) }()
		synctest.Wait()
		if err := topic.Consume(ctx, nothing); evenkeel.KindOf(err) != evenkeel.KindConflict {
			t.Errorf("a second consumer is told %v; expected a conflict", err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the first one ends with %v; expected nil", err)
		}
		if err := topic.Consume(ctx, nothing); err != nil {
			t.Errorf("a consumer after it is told %v; expected nil", err)
		}
	})
}
