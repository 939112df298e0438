package kernel

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// More threads at work than there are processors wait for them.
func TestThreadsThatLackAProcessorWait(t *testing.T) {
	before, end := Waited(), time.Now().Add(20*time.Second)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4 * runtime.NumCPU()))
	var over atomic.Bool
	defer over.Store(true)
	for range 4 * runtime.NumCPU() {
		go func() {
			for !over.Load() {
			}
		}()
	}
	for Waited()-before < 100*time.Millisecond {
		if time.Now().After(end) {
			t.Fatalf("four times as many threads as processors waited for %v", Waited()-before)
		}
	}
}
