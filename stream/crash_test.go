package stream_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/stream/streamtest"
)

// A child process publishes batches of childRecords numbered records and prints the number
// of each batch once it is acknowledged, until it is ended from outside.
const (
	childRecords = 60
	childAssets  = 8
	childEnv     = "EVENKEEL_STREAM_CHILD" // dir|sync|first batch|trim up to
)

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
	f := strings.Split(job, "|")
	first, err := strconv.ParseUint(f[2], 10, 64)
	if err != nil {
		return err
	}
	trimTo, err := strconv.ParseUint(f[3], 10, 64)
	if err != nil {
		return err
	}
	ctx := context.Background()
	in, err := stream.Open(ctx, stream.Options{Dir: f[0], Sync: f[1] == "true", Reserve: -1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	go func() {
		begin, _, _ := in.Bounds(ctx)
		for p := begin; p <= stream.Position(trimTo); p += 7 {
			_ = in.Trim(ctx, p)
		}
	}()
	for k := first; ; k++ {
		if err := in.Publish(ctx, streamtest.Batch(1+k*childRecords, childRecords, childAssets)); err != nil {
			return fmt.Errorf("publish batch %d: %w", k, err)
		}
		fmt.Println(k)
	}
}

// strike starts a child, ends it by end once it has acknowledged some batches, and returns
// all that it acknowledged.
func strike(t *testing.T, o stream.Options, first uint64, trimTo stream.Position, acks int, end func(*os.Process)) (acked []uint64) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%t|%d|%d", childEnv, o.Dir, o.Sync, first, trimTo))
	said := new(strings.Builder)
	child.Stderr = said
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		k, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			break // the last line may be cut
		}
		if acked = append(acked, k); len(acked) == acks {
			end(child.Process)
		}
	}
	_ = child.Wait()
	if len(acked) < acks {
		t.Fatalf("the child acknowledged %d batches before it ended by itself; expected %d: %s", len(acked), acks, said)
	}
	return acked
}

// kept is what a log holds, by the number of the record.
func kept(t *testing.T, in *stream.Intake) map[uint64]stream.Position {
	t.Helper()
	_, last, err := in.Bounds(t.Context())
	if err != nil {
		t.Fatalf("ask for the bounds: %v", err)
	}
	at := map[uint64]stream.Position{}
	newest := map[string]uint64{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if len(streamtest.Collect(t, in, 0).IDs()) == 0 {
		return at
	}
	err = in.Consume(ctx, 0, func(_ context.Context, p stream.Position, b *evenkeel.Batch) error {
		for i := range b.Records {
			r := &b.Records[i]
			if asset := b.Text(r.Asset); r.ID <= newest[asset] {
				t.Errorf("record %d about %s stands after %d", r.ID, asset, newest[asset])
			} else {
				newest[asset] = r.ID
			}
			at[r.ID] = p
		}
		if p == last {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatalf("consume: %v", err)
	}
	return at
}

// lost returns how many records of the acknowledged batches a log does not hold.
func lost(acked []uint64, at map[uint64]stream.Position) (n int) {
	for _, k := range acked {
		for id := 1 + k*childRecords; id <= (k+1)*childRecords; id++ {
			if at[id] == 0 {
				n++
			}
		}
	}
	return n
}

// drawn gives random numbers from the seed that rapid is given (RAPID_SEED, which make sets), so
// that a check strikes after the same batches each time; without one, or with 0, from another
// each time.
func drawn(t *testing.T) *rand.Rand {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("RAPID_SEED"), 0, 64)
	if err != nil || seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func TestKillLosesNothingAcknowledged(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	o := stream.Options{Dir: t.TempDir()}
	random := drawn(t)
	before := map[uint64]stream.Position{}
	var trimTo stream.Position
	next, total := uint64(0), 0
	for round := range rounds {
		acked := strike(t, o, next, trimTo, 1+random.IntN(150), func(p *os.Process) { _ = p.Kill() })
		in := openAt(t, o)
		at := kept(t, in)
		if n := lost(acked, at); n > 0 {
			t.Errorf("round %d: %d records of %d acknowledged batches are lost", round, n, len(acked))
		}
		for id, p := range before {
			if p > trimTo && at[id] != p {
				t.Errorf("round %d: record %d stood at %d and now at %d", round, id, p, at[id])
			}
		}
		if s := in.Stats(); s.Damaged > 0 || s.Missing > 0 {
			t.Errorf("round %d: %d messages are damaged, %d positions missing", round, s.Damaged, s.Missing)
		}
		first, last, err := in.Bounds(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
		before, trimTo = at, first+(last-first)/2
		next, total = acked[len(acked)-1]+2, total+len(acked) // the one under way may be there
	}
	t.Logf("%d batches of %d records were acknowledged in %d rounds", total, childRecords, rounds)
}
