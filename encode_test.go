package evenkeel_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// TestStoredBatchNeverChanges: streams and checkpoints hold these bytes. If this test
// fails, the code is wrong; a new form gets a new name beside EKB1.
func TestStoredBatchNeverChanges(t *testing.T) {
	text, err := os.ReadFile("testdata/batch-v1.hex")
	if err != nil {
		t.Fatal(err)
	}
	want, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	if got := evenkeel.AppendBatch(nil, oneOfTheFirst(t)); !bytes.Equal(got, want) {
		t.Errorf("the stored form is now\n%s", hexLines(got))
	}
	b, err := evenkeel.DecodeBatch(want)
	if err != nil {
		t.Fatalf("read the stored form: %v", err)
	}
	sameBatch(t, b, oneOfTheFirst(t))
}

func hexLines(data []byte) string {
	var s strings.Builder
	for len(data) > 0 {
		n := min(32, len(data))
		s.WriteString(hex.EncodeToString(data[:n]) + "\n")
		data = data[n:]
	}
	return s.String()
}

// sameBatch compares what a batch says; the index that finds strings is not part of it.
func sameBatch(t interface{ Errorf(string, ...any) }, got, want *evenkeel.Batch) {
	if got.Source != want.Source || got.Arrived != want.Arrived || !reflect.DeepEqual(got.Strings, want.Strings) ||
		len(got.Records) != len(want.Records) {
		t.Errorf("got %q %v %q with %d records", got.Source, got.Arrived, got.Strings, len(got.Records))
		return
	}
	for i := range got.Records {
		g, w := got.Records[i], want.Records[i]
		if math.Float64bits(g.Value) != math.Float64bits(w.Value) {
			t.Errorf("record %d: value %v; expected %v", i, g.Value, w.Value)
		}
		g.Value, w.Value = 0, 0 // NaN is not equal to itself
		if g != w {
			t.Errorf("record %d:\n got %+v\nwant %+v", i, g, w)
		}
	}
}

// anyBatch draws a batch whose strings are within the bounds and whose numbers are any.
func anyBatch(t *rapid.T) *evenkeel.Batch {
	b := evenkeel.NewBatch(rapid.String().Draw(t, "source"), evenkeel.Moment(rapid.Int64().Draw(t, "arrived")))
	word := rapid.SampledFrom([]string{"", "vm-1", "vm-2", "t-1", "机器", "\xff\x00", strings.Repeat("x", 300)})
	for range rapid.IntRange(0, 20).Draw(t, "records") {
		r := evenkeel.Record{
			At:     evenkeel.Moment(rapid.Int64().Draw(t, "at")),
			ID:     rapid.Uint64().Draw(t, "id"),
			Line:   rapid.Uint64().Draw(t, "line"),
			Since:  evenkeel.Moment(rapid.Int64().Draw(t, "since")),
			Value:  math.Float64frombits(rapid.Uint64().Draw(t, "value")),
			Count:  rapid.Int64().Draw(t, "count"),
			Bytes:  rapid.Int64().Draw(t, "bytes"),
			Asset:  b.Intern(word.Draw(t, "asset")),
			Tenant: b.Intern(word.Draw(t, "tenant")),
			Kind:   evenkeel.RecordKind(rapid.Uint8().Draw(t, "kind")),
			Op:     rapid.Uint8().Draw(t, "op"),
			Part:   rapid.Uint8().Draw(t, "part"),
			Form:   rapid.Uint8().Draw(t, "form"),
		}
		for i := range r.Names {
			r.Names[i] = b.Intern(word.Draw(t, "name"))
		}
		b.Records = append(b.Records, r)
	}
	return b
}

func TestAnyBatchComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBatch(t)
		before := rapid.SliceOf(rapid.Byte()).Draw(t, "before")
		data := evenkeel.AppendBatch(bytes.Clone(before), b)
		if !bytes.HasPrefix(data, before) {
			t.Fatalf("AppendBatch changed what stood before")
		}
		got, err := evenkeel.DecodeBatch(data[len(before):])
		if err != nil {
			t.Fatal(err)
		}
		sameBatch(t, got, b)
	})
}

func TestDecodedBatchKeepsNoPartOfTheInput(t *testing.T) {
	data := evenkeel.AppendBatch(nil, oneOfEach(t))
	b, err := evenkeel.DecodeBatch(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	sameBatch(t, b, oneOfEach(t))
}

func TestDamageIsFoundWhereverItIs(t *testing.T) {
	data := evenkeel.AppendBatch(nil, oneOfEach(t))
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x10
		if _, err := evenkeel.DecodeBatch(bad); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Fatalf("byte %d changed: got %v; expected an error about the input", i, err)
		}
		if _, err := evenkeel.DecodeBatch(data[:i]); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Fatalf("cut at byte %d: got %v; expected an error about the input", i, err)
		}
	}
}

// sealed returns the stored form around a body, with a checksum that fits.
func sealed(body []byte) []byte {
	data := append([]byte("EKB1\x00\x00\x00\x00"), body...)
	binary.LittleEndian.PutUint32(data[4:], crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	return data
}

// body builds a body from texts and numbers.
func body(parts ...any) []byte {
	le := binary.LittleEndian
	var out []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			out = append(le.AppendUint32(out, uint32(len(p))), p...)
		case int64:
			out = le.AppendUint64(out, uint64(p))
		case int:
			out = le.AppendUint32(out, uint32(p))
		case []byte:
			out = append(out, p...)
		}
	}
	return out
}

func TestBadBatchesAreRefused(t *testing.T) {
	record := make([]byte, 88)
	outside := bytes.Clone(record)
	outside[56] = 2 // asset: Sym 2
	outsideName := bytes.Clone(record)
	outsideName[83] = 0x80 // last name: a Sym beyond 2³¹
	for _, c := range []struct {
		name string
		data []byte
		says string
	}{
		{"nothing", nil, "batch does not begin with EKB1"},
		{"seven bytes", []byte("EKB1\x00\x00\x00"), "batch does not begin with EKB1"},
		{"another version", append([]byte("EKB2"), sealed(body("s", int64(0), 1, 0))[4:]...), "batch does not begin with EKB1"},
		{"too many bytes", make([]byte, evenkeel.MaxBatchBytes+1), "batch of 16777217 bytes; expected at most 16777216"},
		{"an empty body", sealed(nil), "batch of 0 strings and 0 records in 8 bytes"},
		{"a table without the empty string", sealed(body("s", int64(0), 0, 0)), "batch of 0 strings and 0 records"},
		{"more strings than bytes", sealed(body("s", int64(0), 1<<31, 0)), "batch of 2147483648 strings"},
		{"more records than bytes", sealed(body("s", int64(0), 1, 2, record)), "batch of 1 strings and 2 records in"},
		{"more records than allowed", sealed(body("s", int64(0), 1, evenkeel.MaxBatchRecords+1)), "65537 records"},
		{"a source longer than allowed", sealed(body(strings.Repeat("x", evenkeel.MaxText+1), int64(0), 1, 0)), "batch of"},
		{"a text longer than allowed", sealed(body("s", int64(0), 2, 0, strings.Repeat("x", evenkeel.MaxText+1))), "longer than 65536 bytes"},
		{"a text that is cut", sealed(append(body("s", int64(0), 2, 0), 200, 0, 0, 0, 'x')), "a string that is cut"},
		{"a byte left over", sealed(body("s", int64(0), 1, 1, record, []byte{0})), "bytes left over"},
		{"an asset outside the table", sealed(body("s", int64(0), 2, 1, "vm", outside)), "record 0 names a string outside the table of 2"},
		{"a name outside the table", sealed(body("s", int64(0), 1, 1, outsideName)), "record 0 names a string outside the table of 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := evenkeel.DecodeBatch(c.data)
			if err == nil || !strings.Contains(err.Error(), c.says) || evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("got %v; expected an error about the input: %q", err, c.says)
			}
		})
	}
	if _, err := evenkeel.DecodeBatch(sealed(body("s", int64(0), 2, 1, "vm", record))); err != nil {
		t.Errorf("the same without a fault: %v", err)
	}
}

// FuzzDecodeBatch gives the decoder any body under a checksum that fits. What it accepts
// has one form only, and every record of it can be read.
func FuzzDecodeBatch(f *testing.F) {
	f.Add(evenkeel.AppendBatch(nil, oneOfEach(f))[8:])
	f.Add(evenkeel.AppendBatch(nil, evenkeel.NewBatch("", 0))[8:])
	f.Add(body("s", int64(0), 2, 1, "vm", make([]byte, 88)))
	f.Add(body("s", int64(0), 1<<31, 1<<31))
	f.Fuzz(func(t *testing.T, text []byte) {
		data := sealed(text)
		b, err := evenkeel.DecodeBatch(data)
		if err != nil {
			if evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Fatalf("an error of kind %v: %v", evenkeel.KindOf(err), err)
			}
			return
		}
		if again := evenkeel.AppendBatch(nil, b); !bytes.Equal(again, data) {
			t.Fatalf("accepted\n%x\nand wrote\n%x", data, again)
		}
		for i := range b.Records {
			r := &b.Records[i]
			_, _ = bodyOf(b, r)
			_, _ = b.Route(r), r.Span()
		}
	})
}

func TestStoringIntoEnoughMemoryDoesNotAllocate(t *testing.T) {
	b := oneOfEach(t)
	buf := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { buf = evenkeel.AppendBatch(buf[:0], b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func manyUsages() *evenkeel.Batch {
	b := evenkeel.NewBatch("collector-a", noon)
	for i := range 1000 {
		u := aUsage
		u.Asset = evenkeel.AssetID("vm-" + string(rune('a'+i%26)))
		b.AddUsage(u)
	}
	return b
}

func BenchmarkAppendBatch(b *testing.B) {
	batch := manyUsages()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = evenkeel.AppendBatch(buf[:0], batch)
	}
	b.SetBytes(int64(len(buf)))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(batch.Records)), "ns/record")
}

func BenchmarkDecodeBatch(b *testing.B) {
	batch := manyUsages()
	data := evenkeel.AppendBatch(nil, batch)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := evenkeel.DecodeBatch(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(batch.Records)), "ns/record")
}
