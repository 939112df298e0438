package inventory

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section/sectiontest"
	"pgregory.net/rapid"
)

func checkpointOf(t sectiontest.Tester, s *Snapshot) []byte {
	t.Helper()
	var out bytes.Buffer
	if n, err := s.WriteTo(&out); err != nil || n != int64(out.Len()) {
		t.Fatal("WriteTo says", n, "bytes and wrote", out.Len(), err)
	}
	return out.Bytes()
}

func restored(t sectiontest.Tester, data []byte, o Options) *Registry {
	t.Helper()
	r, err := Restore(bytes.NewReader(data), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARestoredRegistryGoesOnAsIfItHadNeverStopped(t *testing.T) {
	options := Options{MaxAge: MaxAge{Standing: 5, Paid: 4, RunRate: 3}}
	repeated, fresh := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		all := drawAll(t)
		all = append(all, rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "again")...)
		whole, cut := New(options), New(options)
		b := evenkeel.NewBatch("test", 0)
		for i, s := range all {
			s.add(b)
			if i < len(all)-1 && rapid.Bool().Draw(t, "more") {
				continue
			}
			if rapid.IntRange(0, 2).Draw(t, "stop") == 0 {
				cut = restored(t, checkpointOf(t, cut.Snapshot()), options)
			}
			want, _ := whole.Apply(b)
			got, err := cut.Apply(b)
			if err != nil || got != want {
				t.Fatalf("%+v, %v; expected %+v", got, err, want)
			}
			if repeated += got.Repeated; len(cut.tenantOf("ann").fresh) > 0 {
				fresh++
			}
			if a, b := answers(whole.Snapshot()), answers(cut.Snapshot()); a != b {
				t.Fatalf("never stopped:\n%s\nrestored:\n%s", a, b)
			}
			b.Reset("test", 0)
		}
		if !bytes.Equal(checkpointOf(t, whole.Snapshot()), checkpointOf(t, cut.Snapshot())) {
			t.Fatal("the checkpoints at the end differ")
		}
	})
	if (repeated == 0 || fresh == 0) && drawnInFull() {
		t.Errorf("%d records were repeated, %d times creates were not in order yet: the property was not tried", repeated, fresh)
	}
}

// tenantOf returns what was said of a tenant.
func (r *Registry) tenantOf(id string) *tenant {
	if t, ok := r.tenants.Get(id); ok {
		return t
	}
	return newTenant("")
}

// fullBook passes every bound there is.
func fullBook() *book {
	b := newBook().profile(evenkeel.Profile{At: day(0), Since: day(-9), Standing: evenkeel.StandingPrepaid, PaidTotal: "-1.5", Currency: "EUR", RunRateMonth: "7", Name: "Raisup", Contacts: []evenkeel.Contact{{Role: "owner", Email: "ann@example.net", Lang: "zh"}}})
	for i := range MaxTenancies + 9 {
		b.holds("x", fmt.Sprint("tenant-", i%3), day(3*i), day(3*i+2))
		b.create(day(3*i), "y", fmt.Sprint("tenant-", i%3), int64(i%5)).life(day(3*i+1), evenkeel.ActionResize, "y", fmt.Sprint("tenant-", i%3), 3).
			del(day(3*i+2), "y", fmt.Sprint("tenant-", i%3))
	}
	for i := range MaxPayments + 9 {
		b.pays(day(1+i%700), evenkeel.PaymentPaid, "1", "EUR")
	}
	return b
}

func TestWhatFellOutOfABoundStaysUnknown(t *testing.T) {
	whole := New(Options{})
	apply(t, whole, fullBook())
	cut := restored(t, checkpointOf(t, whole.Snapshot()), Options{})
	a, b := whole.Snapshot(), cut.Snapshot()
	if a.Assets() != b.Assets() || a.Tenants() != b.Tenants() {
		t.Errorf("%d assets of %d tenants; expected %d of %d", b.Assets(), b.Tenants(), a.Assets(), a.Tenants())
	}
	for n := -1; n < 800; n++ {
		for _, asset := range []evenkeel.AssetID{"x", "y"} {
			want, wantOK := a.TenancyAt(asset, day(n))
			got, ok := b.TenancyAt(asset, day(n))
			if ok != wantOK || ok && *got != *want {
				t.Fatalf("%s on day %d: %+v, %v; expected %+v, %v", asset, n, got, ok, want, wantOK)
			}
		}
		if want, got := a.AccountAt("t", day(n)), b.AccountAt("t", day(n)); want != got {
			t.Fatalf("on day %d: %+v; expected %+v", n, got, want)
		}
	}
	again := fullBook()
	want, _ := whole.Apply(again.Batch)
	if got, _ := cut.Apply(again.Batch); got != want || got.Used != 0 {
		t.Errorf("again: %+v; expected %+v", got, want)
	}
}

func TestCheckpointHasTheSameBytesForEver(t *testing.T) {
	whole := New(Options{})
	apply(t, whole, fullBook())
	for version, want := range map[uint32]string{
		oldestVersion:     "a08ab71f2c7f5e77bb14ce76966f0ca5dd36bc7f30eab0481b78e339edcafed3",
		checkpointVersion: "6137dfab24b6104857778d6b31f7cb72d0a3e523daca693290bef8a2e92dbd8a",
	} {
		var out bytes.Buffer
		_, err := whole.Snapshot().writeAs(version, &out)
		if got := sectiontest.Digest(t, out.Bytes()); err != nil || got != want {
			t.Errorf("version %d: digest %s, %v; expected %s. Checkpoints that exist could not be read: is that meant? Then raise the version", version, got, err, want)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error)  { return 0, errors.New("the disk is gone") }
func (failing) Write([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func TestWhatIsNoCheckpointIsRefusedWithAHint(t *testing.T) {
	whole := New(Options{})
	apply(t, whole, newBook().holds("x", "ann", day(1), 0).create(day(2), "y", "bob", 2).pays(day(3), evenkeel.PaymentPaid, "1", "EUR"))
	good := checkpointOf(t, whole.Snapshot())
	sections := sectiontest.Open(t, good)
	with := func(i int, change func(data []byte) []byte) io.Reader {
		list := append([]sectiontest.Content{}, sections...)
		list[i].Data = change(bytes.Clone(list[i].Data))
		return bytes.NewReader(sectiontest.Seal(t, good, list))
	}
	swap := func(from, to string) func([]byte) []byte {
		return func(data []byte) []byte { return bytes.Replace(data, []byte(from), []byte(to), 1) }
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
		{"that of an engine", strings.NewReader("EKWC\x01\x00\x00\x00"), evenkeel.KindInvalid, `begins with "EKWC"; expected "EKIC"`},
		{"one of a later version", bytes.NewReader(later), evenkeel.KindInvalid, "of a later version of the program"},
		{"half of one", bytes.NewReader(good[:len(good)/2]), evenkeel.KindInvalid, "ends within"},
		{"one with something behind it", io.MultiReader(bytes.NewReader(good), strings.NewReader("x")), evenkeel.KindInvalid, "something follows"},
		{"one whose tenants are not in order", with(1, swap("ann", "zoe")), evenkeel.KindInvalid, `tenant "bob" after "zoe"; expected a later one`},
		{"one whose assets are not in order", with(2, swap("x", "z")), evenkeel.KindInvalid, ""},
		{"one of a machine that nothing is said of", with(3, swap("y", "q")), evenkeel.KindInvalid, `a create of asset "q", of which nothing was said`},
		{"one in another currency than there is", with(3, swap("EUR", "eur")), evenkeel.KindInvalid, "expected three capital letters"},
		{"one of too many tenants", with(0, func(data []byte) []byte { data[0]++; return data }), evenkeel.KindInvalid, ""},
		{"one on a disk that fails", io.MultiReader(bytes.NewReader(good[:99]), failing{}), evenkeel.KindInternal, "the disk is gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Restore(c.in, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || evenkeel.KindOf(err) != c.kind || evenkeel.HintOf(err) == "" {
				t.Errorf("%v (%v, hint %q); expected %s", err, evenkeel.KindOf(err), evenkeel.HintOf(err), c.want)
			}
		})
	}
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		if _, err := Restore(bytes.NewReader(bad), Options{}); err == nil || evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Fatalf("byte %d of %d: %v", at, len(good), err)
		}
	}
	if _, err := whole.Snapshot().WriteTo(failing{}); evenkeel.HintOf(err) == "" || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("written to a disk that fails: %v", err)
	}
}

// FuzzRestore: content that is damaged under good checksums, as a fault of ours would write
// it, gives an error or a registry that works; and a claim in it sets aside no memory.
func FuzzRestore(f *testing.F) {
	whole := New(Options{})
	b := newBook().holds("x", "ann", day(1), day(9)).create(day(2), "y", "bob", 2).life(day(3), evenkeel.ActionResize, "y", "bob", 4).
		del(day(4), "y", "bob").pays(day(3), evenkeel.PaymentPaid, "1", "EUR").create(day(1), "z", "bob", 2)
	b.profile(evenkeel.Profile{At: day(1), Standing: evenkeel.StandingTrial, PaidTotal: "1", RunRateMonth: "2", Currency: "EUR"})
	if _, err := whole.Apply(b.Batch); err != nil {
		f.Fatal(err)
	}
	good := checkpointOf(f, whole.Snapshot())
	sections := sectiontest.Open(f, good)
	for i := range sections {
		f.Add(uint8(i), uint32(0), []byte{})
		f.Add(uint8(i), uint32(0), []byte{0xff, 0xff, 0xff, 0xff, 0x07})
		f.Add(uint8(i), uint32(20), []byte{0x80})
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint32, patch []byte) {
		file := sectiontest.Seal(t, good, sectiontest.Patch(sections, which, at, patch))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := Restore(bytes.NewReader(file), Options{})
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
			t.Fatalf("%d bytes of memory for a checkpoint of %d", n, len(file))
		}
		if err != nil {
			if evenkeel.HintOf(err) == "" {
				t.Fatalf("no hint: %v", err)
			}
			return
		}
		_, _ = r.Apply(b.Batch)
		for n := range 12 {
			for _, id := range []evenkeel.AssetID{"x", "y", "z"} {
				r.Snapshot().TenancyAt(id, day(n))
			}
			r.Snapshot().AccountAt("t", day(n))
			r.Snapshot().CreatedBy("bob", "", day(0), day(n), 9)
		}
		if again := checkpointOf(t, r.Snapshot()); !bytes.Equal(again, checkpointOf(t, restored(t, again, Options{}).Snapshot())) {
			t.Fatal("written again it is another")
		}
	})
}

// drawnInFull says whether rapid draws as often as it does by itself. Under the race detector a
// check draws the same numbers less far (.ci/race), and need not meet all that is rare.
func drawnInFull() bool {
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	return err != nil || n >= 100
}

// BenchmarkCheckpoint writes and restores a million machines, each with a tenancy and a create.
func BenchmarkCheckpoint(b *testing.B) {
	batches, _ := inventoryOf(million(), 4096)
	s := load(b, batches).Snapshot()
	batches = nil
	data := checkpointOf(b, s)
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.WriteTo(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(data))/float64(million()), "B/asset")
	})
	b.Run("restore", func(b *testing.B) {
		for b.Loop() {
			restored(b, data, Options{})
		}
	})
}
