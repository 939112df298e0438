package stream

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/internal/packed"
)

// heard is a log that a test reads.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

func (h *heard) logger() *slog.Logger { return slog.New(slog.NewTextHandler(h, nil)) }

// about returns a batch of one record about vm-1.
func about(id uint64) *evenkeel.Batch {
	b := evenkeel.NewBatch("source", 1)
	b.AddUsage(evenkeel.Usage{ID: id, Asset: "vm-1", Line: id * 0x9e3779b97f4a7c15})
	return b
}

// readAll returns the ids of the records after a position up to the end.
func readAll(t *testing.T, in *Intake, after Position) (ids []uint64) {
	t.Helper()
	if err := in.Publish(t.Context(), about(0)); err != nil { // marks the end
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := false
	err := in.Consume(ctx, after, func(_ context.Context, _ Position, b *evenkeel.Batch) error {
		if b.Records[0].ID == 0 {
			ended = true
			cancel()
			return nil
		}
		ids = append(ids, b.Records[0].ID)
		return nil
	})
	if err != nil || !ended {
		t.Fatalf("reading ended with %v, at the end of the log: %t", err, ended)
	}
	return ids
}

func TestDamagedMessageIsToldAndPassedOver(t *testing.T) {
	for name, open := range map[string]func(t *testing.T, o Options) *Intake{
		"in memory": func(t *testing.T, o Options) *Intake { return InMemory(o) },
		"in JetStream": func(t *testing.T, o Options) *Intake {
			o.Dir = t.TempDir()
			in, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			return in
		},
	} {
		t.Run(name, func(t *testing.T) {
			log := new(heard)
			in := open(t, Options{Logger: log.logger()})
			defer in.Close()
			if err := in.Publish(t.Context(), about(1)); err != nil {
				t.Fatal(err)
			}
			bent := packed.Append(nil, evenkeel.AppendBatch(nil, about(9)))
			bent[len(bent)-1] ^= 1
			for _, data := range [][]byte{[]byte("no batch at all"), bent, nil} {
				if err := in.log.append(t.Context(), []part{{5, data}}); err != nil {
					t.Fatal(err)
				}
			}
			if err := in.Publish(t.Context(), about(2)); err != nil {
				t.Fatal(err)
			}
			if ids := readAll(t, in, 0); !slices.Equal(ids, []uint64{1, 2}) {
				t.Errorf("records %v came; expected 1 and 2", ids)
			}
			if n := in.Stats().Damaged; n != 3 {
				t.Errorf("%d messages are counted as damaged; expected 3", n)
			}
			for _, says := range []string{"position 2 ", "position 3 ", "position 4 ", "level=ERROR", "hint="} {
				if !strings.Contains(log.String(), says) {
					t.Errorf("the log does not say %q: %s", says, log)
				}
			}
		})
	}
}

// TestDamagedDiskIsTold flips bytes in the server's own file: the server drops what it finds
// damaged, and the consumer has to say which positions are missing.
func TestDamagedDiskIsTold(t *testing.T) {
	dir := t.TempDir()
	in, err := Open(t.Context(), Options{Dir: dir, Logger: new(heard).logger()})
	if err != nil {
		t.Fatal(err)
	}
	const n = 200
	for id := range uint64(n) {
		if err := in.Publish(t.Context(), about(id+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", streamName, "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("no block files (%v)", err)
	}
	block, err := os.ReadFile(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		block[len(block)/2+i] ^= 0xff
	}
	if err := os.WriteFile(blocks[0], block, 0o600); err != nil {
		t.Fatal(err)
	}

	log := new(heard)
	in, err = Open(t.Context(), Options{Dir: dir, Logger: log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	ids := readAll(t, in, 0)
	s := in.Stats()
	if !slices.IsSorted(ids) || uint64(len(ids))+s.Missing+s.Damaged != n {
		t.Errorf("%d records came, %d positions are missing, %d messages damaged; expected %d together", len(ids), s.Missing, s.Damaged, n)
	}
	if len(ids) == n || s.Missing+s.Damaged == 0 || !strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("the damage was not told: %s", log)
	}
	t.Logf("%d of %d records came, %d positions are missing, %d messages damaged", len(ids), n, s.Missing, s.Damaged)
}

func TestFullLogRefusesAndGoesOnOnceTrimmed(t *testing.T) {
	for name, open := range map[string]func(t *testing.T, o Options) *Intake{
		"in memory": func(t *testing.T, o Options) *Intake { return InMemory(o) },
		"in JetStream": func(t *testing.T, o Options) *Intake {
			o.Dir = t.TempDir()
			in, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			return in
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, Options{MaxBytes: 100_000, Logger: new(heard).logger()})
			defer in.Close()
			var refusal error
			acked := uint64(0)
			for ; refusal == nil && acked < 10_000; acked++ {
				refusal = in.Publish(t.Context(), about(acked+1))
			}
			acked--
			if evenkeel.KindOf(refusal) != evenkeel.KindUnavailable || !strings.Contains(refusal.Error(), "full with 100000 bytes") || evenkeel.HintOf(refusal) == "" {
				t.Fatalf("publishing to a full log says %v; expected that it is full, with a hint", refusal)
			}
			if in.Stats().Refused != 1 {
				t.Errorf("%d refusals are counted; expected 1", in.Stats().Refused)
			}
			if err := in.Trim(t.Context(), Position(acked/2)); err != nil {
				t.Fatal(err)
			}
			want := []uint64{}
			for id := acked/2 + 1; id <= acked; id++ {
				want = append(want, id)
			}
			if ids := readAll(t, in, Position(acked/2)); !slices.Equal(ids, want) || in.Stats().Missing > 0 {
				t.Errorf("after trimming came %d records; expected the other %d, none missing", len(ids), len(want))
			}
		})
	}
}

func TestWhatWasTooOldIsTold(t *testing.T) {
	log := new(heard)
	o := Options{Dir: t.TempDir(), MaxAge: 200 * time.Millisecond, Logger: log.logger()}
	in, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for id := range uint64(5) {
		if err := in.Publish(t.Context(), about(id+1)); err != nil {
			t.Fatal(err)
		}
	}
	late, tick := time.After(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for first := Position(0); first != 6; {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("the log still begins at %d", first)
		}
		if first, _, err = in.Bounds(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	readAll(t, in, 2)
	if n := in.Stats().Missing; n != 3 {
		t.Errorf("%d positions are counted as missing; expected 3", n)
	}
	if !strings.Contains(log.String(), "from=3 to=5") || !strings.Contains(log.String(), "hint=") {
		t.Errorf("the log does not name positions 3 to 5: %s", log)
	}
}
