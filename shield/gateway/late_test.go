package gateway_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway"
)

// An edge beside another program on its processors is not late itself: that it waits for them shows that both are short of time.
func TestAnEdgeWhoseThreadsWaitIsHot(t *testing.T) {
	now, waited := time.Unix(1_700_000_000, 0), 10*time.Hour // since long before
	seed, err := challenge.NewSeed(make([]byte, challenge.LeastSeed))
	if err != nil {
		t.Fatal(err)
	}
	e, err := gateway.New(gateway.Config{Seeds: []challenge.Seed{seed}, Clock: func() time.Time { return now }, Lot: func() uint64 { return 1 }, Waited: func() time.Duration { return waited }, Processors: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range []struct {
		passes, waits time.Duration
		hot           bool
	}{
		{100 * time.Millisecond, 0, false},
		{100 * time.Millisecond, 40 * time.Millisecond, false}, // a fifth of two processors' time
		{100 * time.Millisecond, 60 * time.Millisecond, true},
		{100 * time.Millisecond, 0, true}, // for a second
		{100 * time.Millisecond, -time.Hour, true},
		{time.Second - 150*time.Millisecond, 0, true}, // that it is late itself counts too
		{2 * time.Minute, time.Minute, false},         // the clock was set
		{100 * time.Millisecond, -time.Hour, false},   // threads have ended
		{100 * time.Millisecond, 100 * time.Millisecond, true},
	} {
		now, waited = now.Add(x.passes), waited+x.waits
		e.Look(now)
		if e.Hot() != x.hot {
			t.Errorf("look %d: hot %v; expected %v", i, e.Hot(), x.hot)
		}
	}
}
