package host_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/host"
)

// clocks are both of a host, turned by a test.
type clocks struct {
	boot time.Duration
	wall evenkeel.Moment
}

func (c *clocks) both() host.Clock {
	return host.Clock{Wall: func() evenkeel.Moment { return c.wall }, Boot: func() time.Duration { return c.boot }, BootID: "this"}
}

// L: what has ended is lifted by the file alone, whoever wrote it, when it ends, and when leases were changed meanwhile;
// a step of the wall clock changes nothing.
func TestAKeeperLiftsWhatEndsWhenItEnds(t *testing.T) {
	virt, c := shares{"one": 1}, &clocks{boot: 10 * time.Second}
	file := filepath.Join(t.TempDir(), "shares")
	keeper := host.NewKeeper(c.both(), host.NewDomains(virt, file, c.both()))
	pass := func(want time.Duration, share float64) {
		t.Helper()
		if wait, err := keeper.Pass(t.Context()); err != nil || wait != want || virt["one"] != share {
			t.Fatalf("after %v: it waits %v, and the share is %v: %v; want %v, %v", c.boot, wait, virt["one"], err, want, share)
		}
	}
	pass(host.LooksEvery, 1) // there is no file yet
	if _, err := os.Stat(file + ".lock"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without leases there is a lock: %v", err)
	}
	agent := host.NewDomains(virt, file, c.both())
	order := func(all ...throttled) {
		t.Helper()
		if err := agent.Swap(t.Context(), throttling(t, all...), evenkeel.Moment(c.boot)); err != nil {
			t.Fatal(err)
		}
	}
	second := evenkeel.Moment(time.Second)
	order(throttled{"vm-1", "20%", 12*second + second/2})
	pass(host.LooksEvery, 0.2)
	c.boot = 12 * time.Second
	c.wall += evenkeel.Moment(1000 * time.Hour)
	pass(time.Second/2, 0.2)
	c.wall = 0
	order(throttled{"vm-1", "20%", 12*second + second/4}) // it ends sooner
	pass(time.Second/4, 0.2)
	c.boot += time.Second / 4
	pass(host.LooksEvery, 1)

	order(throttled{"vm-1", "20%", 20 * second})
	c.boot = 30 * time.Second // nobody kept meanwhile
	keeper = host.NewKeeper(c.both(), host.NewDomains(virt, file, c.both()))
	pass(host.LooksEvery, 1)
}

// TestWhatDoesNotAnswerIsTriedAgainMoreAndMoreRarely, and nobody else waits for it.
func TestWhatDoesNotAnswerIsTriedAgainMoreAndMoreRarely(t *testing.T) {
	virt, other, c, dir := shares{"one": 1}, shares{"one": 1}, &clocks{boot: 10 * time.Second}, t.TempDir()
	broken, whole := filepath.Join(dir, "broken"), filepath.Join(dir, "whole")
	second := evenkeel.Moment(time.Second)
	for file, v := range map[string]shares{broken: virt, whole: other} {
		until := 20 * second
		if file == whole {
			until = 90 * second
		}
		if err := host.NewDomains(v, file, c.both()).Swap(t.Context(), throttling(t, throttled{"vm-1", "20%", until}), 10*second); err != nil {
			t.Fatal(err)
		}
	}
	keeper := host.NewKeeper(c.both(), host.NewDomains(lame{virt}, broken, c.both()), host.NewDomains(other, whole, c.both()))
	var failed []string
	for c.boot < 120*time.Second {
		wait, err := keeper.Pass(t.Context())
		if err != nil {
			if !strings.Contains(err.Error(), "lift what has ended by libvirt") {
				t.Fatal(err)
			}
			failed = append(failed, fmt.Sprint(int(c.boot.Seconds())))
		}
		if lifted := c.boot >= 90*time.Second; lifted != (other["one"] == 1) {
			t.Fatalf("after %v the share of the other is %v", c.boot, other["one"])
		}
		if wait <= 0 || wait > host.LooksEvery {
			t.Fatalf("it waits %v", wait)
		}
		c.boot += wait
	}
	if got := strings.Join(failed, " "); got != "20 21 23 27 35 51 81 111" {
		t.Errorf("it was tried at %s", got)
	}
}
