package sorted

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

// put adds batches and returns all that comes out, stored, and the sorter's statistics.
func put(t testing.TB, s *Sorter, batches ...*evenkeel.Batch) []byte {
	t.Helper()
	for _, b := range batches {
		if err := s.Add(b); err != nil {
			t.Fatalf("add: %v", err)
		}
	}
	var out []byte
	for b, err := range s.Batches(t.Context()) {
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		out = evenkeel.AppendBatch(out, b)
	}
	return out
}

func usage(at evenkeel.Moment, id uint64, asset string) evenkeel.Usage {
	return evenkeel.Usage{At: at, ID: id, Asset: evenkeel.AssetID(asset), Meter: evenkeel.MeterDisk, Part: evenkeel.PartRead, Form: evenkeel.FormDelta}
}

func TestOrderAtTheSameMoment(t *testing.T) {
	b := evenkeel.NewBatch("replay", 7)
	b.AddUsage(usage(100, 1, "vm-1"))
	b.AddBurst(evenkeel.Burst{At: 100, ID: 2, Tenant: "t"})
	b.AddPayment(evenkeel.Payment{At: 100, ID: 3, Tenant: "t"})
	b.AddLifecycle(evenkeel.Lifecycle{At: 100, ID: 4, Tenant: "t", Asset: "vm-1"})
	b.AddTenancy(evenkeel.Tenancy{At: 100, ID: 5, Tenant: "t", Asset: "vm-1"})
	if err := b.AddProfile(evenkeel.Profile{At: 100, ID: 6, Tenant: "t"}); err != nil {
		t.Fatal(err)
	}
	b.AddUsage(usage(99, 9, "vm-1"))
	b.AddHostEvent(evenkeel.HostEvent{At: 100, ID: 0, Asset: "vm-1"})

	s := New(Options{Dir: t.TempDir()})
	defer s.Close()
	if err := s.Add(b); err != nil {
		t.Fatal(err)
	}
	var got []string
	for b, err := range s.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Source != "replay" || b.Arrived != 0 {
			t.Errorf("batch of %q arrived %d; want replay, 0", b.Source, b.Arrived)
		}
		for _, r := range b.Records {
			got = append(got, fmt.Sprint(int64(r.At), " ", r.Kind))
		}
	}
	want := []string{
		"99 usage", "100 tenant", "100 asset", "100 lifecycle", "100 payment", "100 burst", "100 hostevent", "100 usage",
	}
	if !slices.Equal(got, want) {
		t.Errorf("order\n got %q\nwant %q", got, want)
	}
}

// anyRecord draws records from few values, so that ties and exact duplicates are common.
func anyRecord(t *rapid.T, b *evenkeel.Batch) {
	text := rapid.SampledFrom([]string{"", "a", "b", "vm-1", "ü"})
	sym := func(what string) evenkeel.Sym { return b.Intern(text.Draw(t, what)) }
	b.Records = append(b.Records, evenkeel.Record{
		At:     evenkeel.Moment(rapid.Int64Range(-2, 2).Draw(t, "at")),
		ID:     rapid.Uint64Range(0, 2).Draw(t, "id"),
		Value:  rapid.SampledFrom([]float64{0, 1, -1, math.NaN(), math.Inf(1)}).Draw(t, "value"),
		Count:  rapid.Int64Range(0, 1).Draw(t, "count"),
		Kind:   evenkeel.RecordKind(rapid.IntRange(1, 8).Draw(t, "kind")),
		Op:     uint8(rapid.IntRange(0, 1).Draw(t, "op")),
		Asset:  sym("asset"),
		Tenant: sym("tenant"),
		Names:  [5]evenkeel.Sym{sym("name"), 0, 0, 0, sym("last name")},
	})
}

// spread deals the records of batches out to new batches of their sources in a drawn order.
func spread(t *rapid.T, in []*evenkeel.Batch) []*evenkeel.Batch {
	type one struct {
		from *evenkeel.Batch
		rec  int
	}
	var all []one
	for _, b := range in {
		for i := range b.Records {
			all = append(all, one{b, i})
		}
	}
	all = rapid.Permutation(all).Draw(t, "permutation")
	var out []*evenkeel.Batch
	for _, o := range all {
		last := len(out) - 1
		if last < 0 || out[last].Source != o.from.Source || rapid.IntRange(0, 3).Draw(t, "cut") == 0 {
			out, last = append(out, evenkeel.NewBatch(o.from.Source, 0)), last+1
			out[last].Intern(rapid.StringN(0, 3, 8).Draw(t, "a string that nobody names"))
		}
		r := o.from.Records[o.rec]
		for _, y := range []*evenkeel.Sym{&r.Asset, &r.Tenant, &r.Names[0], &r.Names[4]} {
			*y = out[last].Intern(o.from.Text(*y))
		}
		out[last].Records = append(out[last].Records, r)
	}
	return out
}

func TestAnyPermutationAndSplitGivesTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		var in []*evenkeel.Batch
		for range rapid.IntRange(0, 4).Draw(rt, "batches") {
			b := evenkeel.NewBatch(rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "source"), 0)
			for range rapid.IntRange(0, 12).Draw(rt, "records") {
				anyRecord(rt, b)
			}
			in = append(in, b)
		}
		sorter := func(budget int64) *Sorter {
			s := New(Options{Dir: dir})
			s.opts.Budget = budget // below what Options allow: a run of a few records
			return s
		}
		whole := sorter(DefaultBudget)
		defer whole.Close()
		want := put(t, whole, in...)
		s := sorter(rapid.SampledFrom([]int64{DefaultBudget, 1, 400, 1000}).Draw(rt, "budget"))
		got := put(t, s, spread(rt, in)...)
		if err := s.Close(); err != nil {
			rt.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			rt.Fatal("the bytes differ after another order, split and budget")
		}
	})
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d entries are left in the temporary directory", len(left))
	}
}

// series makes n readings of assets in an order far from time's.
func series(n, assets int) []*evenkeel.Batch {
	var out []*evenkeel.Batch
	x := uint64(1)
	for i := range n {
		if i%1000 == 0 {
			out = append(out, evenkeel.NewBatch("replay", 0))
		}
		x = x*6364136223846793005 + 1442695040888963407
		out[len(out)-1].AddUsage(usage(evenkeel.Moment(x>>20), x, fmt.Sprintf("vm-%d", int(x>>33)%assets)))
	}
	return out
}

func TestManyRunsMergeInSeveralPasses(t *testing.T) {
	const records = 60_000
	in := series(records, 500)
	memory := New(Options{})
	defer memory.Close()
	want := put(t, memory, in...)
	if s := memory.Stats(); s.Runs != 0 || s.Spilled != 0 || s.Records != records {
		t.Errorf("in memory: %+v; want no run", s)
	}

	dir := t.TempDir()
	s := New(Options{Dir: dir, Budget: 1}) // raised to the least
	defer s.Close()
	got := put(t, s, in...)
	if st := s.Stats(); st.Runs <= fanIn || st.Merges == 0 || st.Spilled == 0 || st.Records != records {
		t.Errorf("statistics %+v; want more than %d runs and a merge of merges", st, fanIn)
	}
	if !bytes.Equal(got, want) {
		t.Error("spilled records come out otherwise than from memory")
	}
	made, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(made) > 0 {
		t.Errorf("after reading, runs are left: %q %v", made, err)
	}
}

func TestFilesAreGoneAfterClose(t *testing.T) {
	dir := t.TempDir()
	s := New(Options{Dir: dir, Budget: 1})
	for _, b := range series(3000, 10) {
		if err := s.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range s.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := s.Add(evenkeel.NewBatch("replay", 0)); err == nil {
		t.Error("a closed sorter takes records")
	}
}

func TestDiskErrorsAreClear(t *testing.T) {
	add := func(s *Sorter) (err error) {
		for _, b := range series(20_000, 10) {
			err = errors.Join(err, s.Add(b))
		}
		return err
	}
	check := func(t *testing.T, err error, cause error, words ...string) {
		t.Helper()
		if !errors.Is(err, cause) || evenkeel.KindOf(err) != evenkeel.KindUnavailable || evenkeel.HintOf(err) == "" {
			t.Errorf("error %v of kind %v with hint %q; want %v, unavailable and a hint", err, evenkeel.KindOf(err), evenkeel.HintOf(err), cause)
		}
		for _, w := range words {
			if !strings.Contains(fmt.Sprint(err), w) {
				t.Errorf("error %v does not say %q", err, w)
			}
		}
	}
	t.Run("a directory that is not there", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "gone")
		s := New(Options{Dir: dir, Budget: 1})
		err := add(s)
		if check(t, err, os.ErrNotExist, dir); !strings.Contains(evenkeel.HintOf(err), "that is there") {
			t.Errorf("hint %q; expected that it asks for a directory", evenkeel.HintOf(err))
		}
		for _, err := range s.Batches(t.Context()) {
			check(t, err, os.ErrNotExist)
		}
	})
	t.Run("a file in its place", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		err := add(New(Options{Dir: file, Budget: 1}))
		if check(t, err, syscall.ENOTDIR, file); !strings.Contains(evenkeel.HintOf(err), "that is there") {
			t.Errorf("hint %q; expected that it asks for a directory", evenkeel.HintOf(err))
		}
	})
	t.Run("a full disk", func(t *testing.T) {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skipf("this system has no device that is always full: %v", err)
		}
		defer full.Close()
		dir := t.TempDir()
		s := New(Options{Dir: dir, Budget: 1})
		s.create = func(string) (io.WriteCloser, error) { return full, nil }
		check(t, add(s), syscall.ENOSPC, dir, "write a sorted run")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("left after an error: %v", left)
		}
	})
	t.Run("a run that was damaged meanwhile", func(t *testing.T) {
		for _, cut := range []bool{true, false} {
			s := New(Options{Dir: t.TempDir(), Budget: 1})
			defer s.Close()
			if err := add(s); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(s.runs[1])
			if err != nil {
				t.Fatal(err)
			}
			if data[200] ^= 1; cut {
				data[200] ^= 1
				data = data[:len(data)-1]
			}
			if err := os.WriteFile(s.runs[1], data, 0o600); err != nil {
				t.Fatal(err)
			}
			var last error
			for _, last = range s.Batches(t.Context()) {
			}
			if last == nil || !strings.Contains(last.Error(), "sorted run") {
				t.Errorf("cut %v: error %v; want one about a sorted run", cut, last)
			}
		}
	})
}

func TestATextThatCannotBeStoredIsRefused(t *testing.T) {
	s := New(Options{})
	b := evenkeel.NewBatch("replay", 0)
	b.AddUsage(usage(1, 1, strings.Repeat("a", evenkeel.MaxText+1)))
	if err := s.Add(b); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("error %v; want one about the text", err)
	}
	if out := put(t, s); len(out) > 0 {
		t.Error("the refused batch comes out")
	}
}

func TestCancelledReadingEndsWithTheReason(t *testing.T) {
	for _, budget := range []int64{1, DefaultBudget} {
		s := New(Options{Dir: t.TempDir(), Budget: budget})
		defer s.Close()
		for _, b := range series(60_000, 10) {
			if err := s.Add(b); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var last error
		for _, last = range s.Batches(ctx) {
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("budget %d: error %v; want the context's", budget, last)
		}
	}
}

func TestAddingIsFreeOfAllocationsOnceStringsAreKnown(t *testing.T) {
	s := New(Options{})
	in := series(100, 100)[0]
	if n := testing.AllocsPerRun(200, func() {
		if err := s.Add(in); err != nil {
			t.Fatal(err)
		}
	}); n > 0 { // a chunk of records every 80 calls, which the average rounds down
		t.Errorf("%v allocations per batch of 100 records", n)
	}
}

func BenchmarkSort(b *testing.B) {
	const records = 1_000_000
	in := series(records, 100_000)
	for _, c := range []struct {
		name   string
		budget int64
	}{{"memory", 1 << 40}, {"spilling", 16 << 20}} {
		b.Run(c.name, func(b *testing.B) {
			dir := b.TempDir()
			b.ReportAllocs()
			for b.Loop() {
				s := New(Options{Dir: dir, Budget: c.budget})
				for _, batch := range in {
					if err := s.Add(batch); err != nil {
						b.Fatal(err)
					}
				}
				n := 0
				for batch, err := range s.Batches(b.Context()) {
					if err != nil {
						b.Fatal(err)
					}
					n += len(batch.Records)
				}
				if err := s.Close(); err != nil || n != records {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(records*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
