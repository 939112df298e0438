package hostlink

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/internal/spool"
)

// A child of this test is an agent that publishes numbered batches and prints each number once it is on the disk,
// until it is killed.
const childEnv = "EVENKEEL_HOSTLINK_CHILD" // dir|first number

func TestMain(m *testing.M) {
	if job := os.Getenv(childEnv); job != "" {
		if err := publishUntilKilled(job); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func publishUntilKilled(job string) error {
	dir, number, _ := strings.Cut(job, "|")
	first, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	a, err := OpenAgent(AgentOptions{Dir: dir, Now: time.Now, Logger: quiet})
	if err != nil {
		return err
	}
	go func() { _ = a.Run(context.Background(), obeyed) }()
	for i := first; ; i++ {
		if err := a.Publish(batch(i)); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

// TestAKilledAgentLosesNothingAndControlTakesEachOnce kills the agent at any time, and control in between, which
// stays the same process here and so remembers what it has.
func TestAKilledAgentLosesNothingAndControlTakesEachOnce(t *testing.T) {
	c := startControl(t, Options{})
	dir := c.enrolled("host-1")
	last := 0
	for range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%d", childEnv, dir, last+1))
		said := new(strings.Builder)
		cmd.Stderr = said
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		stop := last + 50 + rand.IntN(1500)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				break // the last line may be cut
			}
			if last = n; n == stop {
				_ = cmd.Process.Signal(syscall.SIGKILL)
			}
		}
		if err := cmd.Wait(); last < stop {
			t.Fatalf("the child ended by itself (%v): %s", err, said)
		}
	}
	a := startAgent(t, AgentOptions{Dir: dir}, obeyed)
	c.until("the end of the buffer", func() bool { return a.Fill().Batches == 0 || c.again() })
	got := values(c.got)
	slices.Sort(got)
	twice := len(got) - len(slices.Compact(slices.Clone(got)))
	// One that was on the disk when the child was killed, but not printed, is numbered again by the next child.
	if twice > 5 {
		t.Errorf("%d batches were taken twice", twice)
	}
	if want := count(last); !slices.Equal(slices.DeleteFunc(slices.Compact(got), func(n int) bool { return n > last }), want) {
		t.Errorf("of %d batches that were on the disk, some are lost", last)
	}
	if d := a.Fill().Dropped; d > 0 {
		t.Errorf("%d were dropped", d)
	}
	t.Logf("%d batches, %d of them sent again and told apart", last, c.Stats().Repeated)
}

// TestAFullBufferMergesReadingsBeforeItLosesAny: while control is gone, readings of a second become those of ten.
func TestAFullBufferMergesReadingsBeforeItLosesAny(t *testing.T) {
	dir := t.TempDir()
	c := startControl(t, Options{Dir: dir})
	addr, host := c.Addr(), c.enrolled("host-1")
	c.end()
	a := startAgent(t, AgentOptions{Dir: host, MaxBytes: 64 << 10, Merge: func(older, newer *evenkeel.Batch) (*evenkeel.Batch, bool) {
		if len(older.Records) != 1 || len(newer.Records) != 1 {
			return nil, false
		}
		u, v := older.Usage(&older.Records[0]), newer.Usage(&newer.Records[0])
		if u.ID/10 != v.ID/10 { // another ten seconds
			return nil, false
		}
		v.Value += u.Value
		both := evenkeel.NewBatch(newer.Source, newer.Arrived)
		both.AddUsage(v)
		return both, true
	}}, obeyed)
	const n = 1500
	a.publish(t, count(n)...)
	if f := a.Fill(); f.Merged == 0 || f.Dropped > 0 || f.Bytes > f.MaxBytes {
		t.Fatalf("the buffer is %+v; expected some merged and none dropped", f)
	}
	c = startControl(t, Options{Dir: dir, Listen: addr})
	sum := func() (total float64) {
		for _, d := range c.got {
			total += d.Batch.Usage(&d.Batch.Records[0]).Value
		}
		return total
	}
	c.until("all seconds", func() bool { return sum() >= n })
	if sum() != n || len(c.got) >= n {
		t.Errorf("%v seconds came in %d batches; expected %d in fewer", sum(), len(c.got), n)
	}
	c.until("the status with the count", func() bool {
		h := c.Hosts()
		return len(h) == 1 && h[0].Here && h[0].Status.Buffer.Merged == a.Fill().Merged || c.again()
	})
}

func TestASecondAgentOnAHostIsRefused(t *testing.T) {
	c := startControl(t, Options{})
	dir := c.enrolled("host-1")
	startAgent(t, AgentOptions{Dir: dir}, obeyed)
	if _, err := OpenAgent(AgentOptions{Dir: dir, Now: time.Now, Logger: quiet}); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("a second agent opens: %v", err)
	}
	if _, err := OpenAgent(AgentOptions{Dir: t.TempDir(), Now: time.Now}); evenkeel.KindOf(err) != evenkeel.KindNotFound || evenkeel.HintOf(err) == "" {
		t.Errorf("an agent that has not enrolled opens: %v", err)
	}
}

func TestABatchThatIsTooLargeIsRefusedWhereItIsMade(t *testing.T) {
	c := startControl(t, Options{})
	a := startAgent(t, AgentOptions{Dir: c.enrolled("host-1")}, obeyed)
	if err := a.Publish(batch(count(20_000)...)); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), "in parts") {
		t.Errorf("a batch of 20,000 records: %v", err)
	}
	if f := a.Fill(); f.Dropped != 1 || f.DroppedRecords != 20_000 {
		t.Errorf("of a batch that was refused it is said: lost %d with %d records", f.Dropped, f.DroppedRecords)
	}
	if err := a.Report(evenkeel.Receipt{Order: "o-1"}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("a receipt without a state: %v", err)
	}
}

// TestALeftoverOfTheBufferIsDeliveredOnceBothRestart: control and agent both start anew with a buffer in between.
func TestALeftoverOfTheBufferIsDeliveredOnceBothRestart(t *testing.T) {
	dir := t.TempDir()
	c := startControl(t, Options{Dir: dir})
	addr, host := c.Addr(), c.enrolled("host-1")
	c.end()
	a := startAgent(t, AgentOptions{Dir: host}, obeyed)
	a.publish(t, count(20)...)
	a.end()
	s, err := spool.Open(spool.Options{Dir: filepath.Join(host, "records"), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if n := s.Stats().Entries; n != 20 {
		t.Errorf("%d batches lie there; expected 20", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c = startControl(t, Options{Dir: dir, Listen: addr})
	startAgent(t, AgentOptions{Dir: host}, obeyed)
	c.until("all of them", func() bool { return len(c.got) >= 20 })
	if got := values(c.got); !slices.Equal(got, count(20)) {
		t.Errorf("the records are %v", got)
	}
}
