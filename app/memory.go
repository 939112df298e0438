package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// gcPercent is how much may be let lie before it is collected, in percent of what is in use.
// A quarter of what Go does by itself: most of what is kept has no pointers, so looking is cheap.
const gcPercent = 25

// Beyond leastMemory less is let lie: an eighth of what is in use, and what the runtime needs
// for itself. A small process may take so much, because collecting often costs it more than it
// gains; and no limit stands so close to what is in use that collecting would never end.
const (
	leastMemory = 224 << 20
	besides     = 24 << 20
)

// memoryAskedEvery is how often it is asked how much is in use.
const memoryAskedEvery = 2 * time.Second

// memoryFor is how much memory a process may take from the system that has so much in use, both
// in bytes.
func memoryFor(live uint64) int64 { return int64(max(leastMemory, live+live/8+besides)) }

// collectEarly is for the whole of a process. What the operator sets by GOGC is left as it is.
func collectEarly() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// limitMemory moves the limit with what is in use until ctx ends. What the operator sets by
// GOMEMLIMIT is left as it is.
func limitMemory(ctx context.Context) error {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	tick := time.NewTicker(memoryAskedEvery)
	defer tick.Stop()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for set := int64(0); ; {
		metrics.Read(live)
		// A limit that is moved stops the process for a moment, so small changes are passed over.
		if now := memoryFor(live[0].Value.Uint64()); now > set || now < set-set/16 {
			set = now
			debug.SetMemoryLimit(set)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
