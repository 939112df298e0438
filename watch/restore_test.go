package watch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section/sectiontest"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// busyEngine is an engine with something of everything: subjects with and without rare
// windows, counter lines, tasks, bursts, cohorts, identities of two sources, held findings.
func busyEngine(t tester, rs []*rule.Rule, opt Options) *Engine {
	t.Helper()
	e, err := New(rs, opt)
	if err != nil {
		t.Fatal(err)
	}
	first, second := evenkeel.NewBatch("first", 0), evenkeel.NewBatch("second", 0)
	for i := range 30 {
		creates(first, "t-0", "ci", start.Add(time.Duration(i-40)*time.Hour), 3)
	}
	for a := range 5 { // vm-4 is nobody's
		busy(second, evenkeel.AssetID(fmt.Sprintf("vm-%d", a)), start, 15*time.Second, 12*time.Minute, 1)
	}
	for i := range 3 {
		stratum(second, "vm-4", uint64(i+1), start.Add(12*time.Minute))
		second.AddUsage(evenkeel.Usage{At: start.Add(12 * time.Minute).Add(time.Duration(i) * time.Second), ID: uint64(i + 9), Asset: "vm-1", Line: 5,
			Meter: evenkeel.MeterDisk, Form: evenkeel.FormCumulative, Value: float64(i) * 5e6})
	}
	books := fourTenants()
	for tenant, a := range invoiced("t-0").accounts {
		a.Paid = books.accounts[tenant].Paid
		books.accounts[tenant] = a
	}
	e.Observe(first, books)
	e.Observe(second, books)
	return e
}

func TestCheckpointHasTheSameBytesForEver(t *testing.T) {
	e := busyEngine(t, rules(t, pinnedRule, burstRule, showRule), Options{Key: [16]byte{7}})
	if f := e.Footprint(); len(e.Held()) == 0 || f.Lines == 0 || f.Tasks == 0 || len(e.base.cohorts) == 0 || f.Identities == 0 {
		t.Fatalf("%+v, %d held: nothing is held to its bytes", f, len(e.Held()))
	}
	for version, want := range map[uint32]string{ // the content is what is for ever; how well it is compressed is not
		1: "e5da240c2c60e91e184876b8cecad4c4150a82f64ce5a08315a0c8df98230255",
		2: "872a04e2ff74841fb28c36d6eb469609ab2ccc016683322d74bc89c46be7e94d",
	} {
		var data bytes.Buffer
		if _, err := e.Snapshot(nil).writeAs(version, &data); err != nil {
			t.Fatal(err)
		}
		if got := sectiontest.Digest(t, data.Bytes()); got != want {
			t.Errorf("version %d: digest %s; expected %s. Checkpoints that exist could not be read: is that meant? Then raise the version", version, got, want)
		}
		if _, err := Restore(&data, rules(t, pinnedRule, burstRule, showRule), Options{Key: [16]byte{7}}); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
	}
}

func TestCheckpointOfOtherRulesOrOptionsIsRefusedAndSaysSo(t *testing.T) {
	rs, opt := rules(t, pinnedRule, burstRule), Options{Key: [16]byte{7}}
	data, _ := checkpointOf(t, busyEngine(t, rs, opt), nil)
	other := rules(t, pinnedRule, strings.Replace(burstRule, "version: 1", "version: 2", 1))
	for _, c := range []struct {
		name  string
		rules []*rule.Rule
		opt   Options
		what  string
		adopt bool // other rules are what Adopt is for
	}{
		{"other rules", other, opt, "rules", true},
		{"a rule less", rs[:1], opt, "rules", true},
		{"another key", rs, Options{Key: [16]byte{8}}, "key", false},
		{"another lateness", rs, Options{Key: opt.Key, Lateness: 2 * time.Minute, Horizon: 2 * time.Minute}, "lateness", false},
		{"another horizon", rs, Options{Key: opt.Key, Horizon: 9 * time.Minute}, "horizon", false},
		{"other bounds", rs, Options{Key: opt.Key, Subjects: 640, Lines: 640, Identities: 640, Held: 2, TenantShare: 2}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Restore(bytes.NewReader(data), c.rules, c.opt)
			u, unfit := errors.AsType[*Unfit](err)
			switch {
			case c.what == "" && err != nil:
				t.Error(err)
			case c.what != "" && (!unfit || u.What != c.what || evenkeel.KindOf(err) != evenkeel.KindConflict || evenkeel.HintOf(err) == ""):
				t.Errorf("%v; expected a conflict of %s", err, c.what)
			}
			if _, _, err = Adopt(bytes.NewReader(data), c.rules, c.opt); (err == nil) != c.adopt {
				t.Errorf("adopted: %v", err)
			}
		})
	}
}

// TestEvictionGoesOnWhereItWas: a sweep looks at a few places of each partition, and the next
// one at those that follow, restored or not.
func TestEvictionGoesOnWhereItWas(t *testing.T) {
	rs := rules(t, showRule)
	whole, err := New(rs, Options{})
	if err != nil {
		t.Fatal(err)
	}
	read := func(b *evenkeel.Batch, i int, at evenkeel.Moment) {
		b.AddUsage(evenkeel.Usage{At: at, ID: uint64(at) + uint64(i), Asset: evenkeel.AssetID(fmt.Sprintf("vm-%d", i)), Line: uint64(i),
			Meter: evenkeel.MeterDisk, Form: evenkeel.FormCumulative, Value: 1})
	}
	b := evenkeel.NewBatch("test", 0)
	for i := range 10_000 {
		read(b, i, start)
	}
	for i := range 10_000 {
		read(b, i, start.Add(time.Second)) // from the second reading on an asset has a state
	}
	for i := 0; i < 10_000; i += 2 { // every other one stays
		read(b, i, start.Add(3*time.Hour-5*time.Second))
	}
	whole.Observe(b, nil)
	cut := whole
	evicted := 0
	for minute := range 5 {
		before := whole.Footprint()
		data, _ := checkpointOf(t, cut, nil)
		cut = restored(t, data, rs, Options{})
		b := evenkeel.NewBatch("test", 0)
		read(b, 0, start.Add(3*time.Hour+time.Duration(minute)*time.Minute))
		whole.Observe(b, nil)
		cut.Observe(b, nil)
		w, c := whole.Footprint(), cut.Footprint()
		if w.Subjects != c.Subjects || w.Lines != c.Lines {
			t.Fatalf("minute %d: %d subjects and %d lines; expected %d and %d", minute, c.Subjects, c.Lines, w.Subjects, w.Lines)
		}
		evicted += before.Subjects - w.Subjects + before.Lines - w.Lines
	}
	if evicted == 0 {
		t.Error("nothing was evicted")
	}
}

func TestNarrowerBoundsHoldForWhatComes(t *testing.T) {
	rs := rules(t, pinnedRule)
	data, _ := checkpointOf(t, busyEngine(t, rs, Options{}), nil)
	e := restored(t, data, rs, Options{Subjects: 64, Held: 2})
	n := e.Footprint().Subjects
	b := evenkeel.NewBatch("second", 0)
	for a := range 200 {
		busy(b, evenkeel.AssetID(fmt.Sprintf("new-%d", a)), start.Add(13*time.Minute), time.Minute, time.Minute, 0.5)
	}
	e.Observe(b, fourTenants())
	if got := e.Footprint().Subjects; got > max(n, 64)+64 || e.Tally().OverQuota == 0 {
		t.Errorf("%d subjects after %d; expected about 64", got, n)
	}
}

func TestWhatIsNoCheckpointIsRefusedWithAHint(t *testing.T) {
	rs := rules(t, pinnedRule)
	good, _ := checkpointOf(t, busyEngine(t, rs, Options{}), nil)
	sections := sectiontest.Open(t, good)
	if len(sections) != 1+evenkeel.Partitions+2+2 {
		t.Fatalf("%d sections", len(sections))
	}
	without := func(i int) []byte {
		return sectiontest.Seal(t, good, append(append([]sectiontest.Content{}, sections[:i]...), sections[i+1:]...))
	}
	later := bytes.Clone(good)
	later[4]++
	for _, c := range []struct {
		name string
		in   io.Reader
		kind evenkeel.Kind
		want string
	}{
		{"nothing", strings.NewReader(""), evenkeel.KindInvalid, "ends within its first bytes"},
		{"a page of text", strings.NewReader("<!doctype html>"), evenkeel.KindInvalid, `begins with "<!do"; expected "EKWC"`},
		{"one of a later version", bytes.NewReader(later), evenkeel.KindInvalid, "of a later version of the program"},
		{"half of one", bytes.NewReader(good[:len(good)/2]), evenkeel.KindInvalid, "ends within"},
		{"one without a partition", bytes.NewReader(without(7)), evenkeel.KindInvalid, `section "time"`},
		{"one without a clock", bytes.NewReader(without(1 + evenkeel.Partitions)), evenkeel.KindInvalid, `section "base"`},
		{"one without what is held", bytes.NewReader(without(len(sections) - 1)), evenkeel.KindInvalid, `section "end."`},
		{"one with something behind it", io.MultiReader(bytes.NewReader(good), strings.NewReader("x")), evenkeel.KindInvalid, "something follows"},
		{"one on a disk that fails", io.MultiReader(bytes.NewReader(good[:999]), failing{}), evenkeel.KindInternal, "the disk is gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Restore(c.in, rs, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || evenkeel.KindOf(err) != c.kind || evenkeel.HintOf(err) == "" {
				t.Errorf("%v (%v, hint %q); expected %s", err, evenkeel.KindOf(err), evenkeel.HintOf(err), c.want)
			}
		})
	}
	if _, err := busyEngine(t, rs, Options{}).Snapshot(nil).WriteTo(failing{}); evenkeel.HintOf(err) == "" || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("written to a disk that fails: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error)  { return 0, errors.New("the disk is gone") }
func (failing) Write([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func TestEveryBitOfACheckpointIsGuarded(t *testing.T) {
	rs := rules(t, pinnedRule)
	good, _ := checkpointOf(t, busyEngine(t, rs, Options{}), nil)
	step := len(good)/2000 + 1
	for at := 0; at < len(good); at += step {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		if _, err := Restore(bytes.NewReader(bad), rs, Options{}); evenkeel.KindOf(err) != evenkeel.KindInvalid || err == nil {
			t.Fatalf("byte %d of %d: %v", at, len(good), err)
		}
	}
}

// FuzzRestore: content that is damaged under good checksums, as a fault of ours would write
// it, gives an error or an engine that works; and a claim in it sets aside no memory.
func FuzzRestore(f *testing.F) {
	rs := rules(f, pinnedRule, burstRule, showRule)
	opt := Options{Subjects: 6400, Lines: 6400, Identities: 64000}
	data, _ := checkpointOf(f, busyEngine(f, rs, opt), nil)
	others := rules(f, pinnedRule, strings.Replace(burstRule, "version: 1", "version: 2", 1))
	sections := sectiontest.Open(f, data)
	f.Add(uint8(0), uint32(0), []byte{})
	for i := range sections {
		f.Add(uint8(i), uint32(0), []byte{0xff, 0xff, 0xff, 0xff, 0x07})
		f.Add(uint8(i), uint32(20), []byte{0x80})
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint32, patch []byte) {
		file := sectiontest.Seal(t, data, sectiontest.Patch(sections, which, at, patch))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e, err := Restore(bytes.NewReader(file), rs, opt)
		if err != nil {
			e, _, err = Adopt(bytes.NewReader(file), others, opt)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 256<<20 {
			t.Fatalf("%d bytes of memory for a checkpoint of %d", n, len(file))
		}
		if err != nil {
			if evenkeel.HintOf(err) == "" {
				t.Fatalf("no hint: %v", err)
			}
			return
		}
		b := evenkeel.NewBatch("second", 0)
		busy(b, "vm-1", start.Add(12*time.Minute), time.Minute, 5*time.Minute, 1)
		stratum(b, "vm-2", 77, start.Add(17*time.Minute))
		e.Observe(b, fourTenants())
		e.Attribute(fourTenants())
		if _, err := e.Snapshot(nil).WriteTo(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}
