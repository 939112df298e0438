package edge

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// lies is how much may lie about before it is collected, in bytes, where that is less than what is in use. To collect more often would cost visitors
// their time when a flood makes much of it: with a quarter of 40 MB the 99th percentile of other sites went from 75 to 250 ms.
const lies = 48 << 20

// The bounds of what may lie about, in percent of what is in use. The higher one is what Go does by itself.
const (
	leastPercent = 25
	mostPercent  = 100
)

// memoryLookEvery is how often it is looked how much is in use.
const memoryLookEvery = 2 * time.Second

// percentFor is how much may lie about of a process that has so much in use, in percent of it.
func percentFor(live uint64) int {
	return int(min(max(100*lies/max(live, 1), leastPercent), mostPercent))
}

// collect has memory collected the earlier the more of it is in use, until ctx ends: twenty thousand sites would take twice of what they need. What the
// operator sets by GOGC is left as it is.
func collect(ctx context.Context) error {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	tick := time.NewTicker(memoryLookEvery)
	defer tick.Stop()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for set := mostPercent; ; {
		metrics.Read(live)
		// Each change stops the process for a moment, so small ones are passed over.
		if now := percentFor(live[0].Value.Uint64()); now != set && (now > set+set/8 || now < set-set/8) {
			set = now
			debug.SetGCPercent(set)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
