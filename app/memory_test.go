package app

import (
	"context"
	"math"
	"runtime/debug"
	"testing"
	"testing/synctest"
)

func TestALimitOfMemoryLeavesRoomForWhatIsInUse(t *testing.T) {
	for _, c := range []struct {
		name string
		live uint64 // MiB
		want int64  // MiB
	}{
		{"a small process is not held to less than it may take", 20, 224},
		{"one of 100,000 machines stays below 300 MB", 190, 237},
		{"one of a million has room to work", 2000, 2274},
	} {
		if got := memoryFor(c.live<<20) >> 20; got != c.want {
			t.Errorf("%s: %d MiB in use may take %d; expected %d", c.name, c.live, got, c.want)
		}
	}
	for live := uint64(0); live < 1<<40; live = live*2 + 1<<20 {
		if room := memoryFor(live) - int64(live); room < besides || uint64(room) < live/8 {
			t.Errorf("%d bytes in use have room for %d more", live, room)
		}
	}
}

func TestAProcessLimitsItsMemoryUnlessTheOperatorDoes(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	limit := func() (limit int64) {
		debug.SetMemoryLimit(math.MaxInt64)
		synctest.Test(t, func(t *testing.T) {
			ctx, end := context.WithCancel(t.Context())
			go func() { _ = limitMemory(ctx) }()
			synctest.Wait()
			end()
			synctest.Wait()
		})
		return debug.SetMemoryLimit(-1)
	}
	t.Setenv("GOMEMLIMIT", "")
	if got := limit(); got < leastMemory || got == math.MaxInt64 {
		t.Errorf("the limit is %d; expected at least %d", got, leastMemory)
	}
	t.Setenv("GOMEMLIMIT", "1GiB")
	if got := limit(); got != math.MaxInt64 {
		t.Errorf("the limit is %d though the operator set another", got)
	}
}
