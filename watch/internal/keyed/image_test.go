package keyed

import (
	"bytes"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/section"
	"pgregory.net/rapid"
)

func written(t interface{ Fatal(...any) }, m *Image) []byte {
	var out bytes.Buffer
	w := section.NewWriter(&out, "test", 1)
	w.Begin("keys")
	m.Write(w)
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestATableThatWasReadBackGoesOnAsTheOneThatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{0, 4, 100, 3000}).Draw(t, "size")
		most := rapid.SampledFrom([]int{0, 30}).Draw(t, "most")
		whole, cut := New(size, most), New(size, most)
		var image *Image
		keys := rapid.Uint64Range(0, 60)
		cursorA, cursorB := uint32(0), uint32(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := keys.Draw(t, "key")
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				image = cut.Image(image)
				data := written(t, image)
				cut.Put(1 << 40) // the image does not see it
				if again := written(t, image); !bytes.Equal(data, again) {
					t.Fatal("an image changed with its table")
				}
				r := section.NewReader(bytes.NewReader(data), "test", 1)
				r.Begin("keys")
				if cut = Read(r, size, most); r.Close() != nil {
					t.Fatal(r.Err())
				}
			case 1, 2:
				if a, b := whole.Delete(key), cut.Delete(key); a != b {
					t.Fatalf("Delete(%d) = %v and %v", key, a, b)
				}
			case 3:
				to := keys.Draw(t, "to")
				if a, b := whole.Rename(key, to), cut.Rename(key, to); a != b {
					t.Fatalf("Rename(%d, %d) = %v and %v", key, to, a, b)
				}
			case 4:
				var a, b []uint32
				whole.Scan(&cursorA, 5, func(ref uint32, _ []byte) { a = append(a, ref) })
				cut.Scan(&cursorB, 5, func(ref uint32, _ []byte) { b = append(b, ref) })
				if cursorA != cursorB || len(a) != len(b) {
					t.Fatalf("Scan meets %v up to %d and %v up to %d", a, cursorA, b, cursorB)
				}
			default:
				recA, refA, freshA, okA := whole.Put(key)
				recB, refB, freshB, okB := cut.Put(key)
				if refA != refB || freshA != freshB || okA != okB || !bytes.Equal(recA, recB) {
					t.Fatalf("Put(%d) = %x %d %v %v and %x %d %v %v", key, recA, refA, freshA, okA, recB, refB, freshB, okB)
				}
				if okA && size > 0 {
					recA[0]++
					recB[0]++
				}
			}
		}
		if whole.Bytes() != cut.Bytes() && whole.Len() == cut.Len() {
			t.Fatalf("%d bytes of memory, and %d", whole.Bytes(), cut.Bytes())
		}
		if a, b := written(t, whole.Image(nil)), written(t, cut.Image(image)); !bytes.Equal(a, b) {
			t.Fatal("equal tables are written in different bytes")
		}
	})
}

// TestFewRecordsAfterMany: refs stay as large as they were, and the index has room for them.
func TestFewRecordsAfterMany(t *testing.T) {
	table := filled(20_000, 24)
	for i := range 19_990 {
		table.Delete(spread(uint64(i)))
	}
	r := section.NewReader(bytes.NewReader(written(t, table.Image(nil))), "test", 1)
	r.Begin("keys")
	back := Read(r, 24, 0)
	if err := r.Close(); err != nil || back.Len() != 10 {
		t.Fatalf("%d records, %v", back.Len(), err)
	}
	for i := range 20_010 {
		_, want, wantOK := table.Get(spread(uint64(i)))
		if _, ref, ok := back.Get(spread(uint64(i))); ok != wantOK || ref != want {
			t.Fatalf("key %d: ref %d, %v; expected %d, %v", i, ref, ok, want, wantOK)
		}
	}
}

func TestReadRefusesWhatMakesNoSense(t *testing.T) {
	for _, c := range []struct {
		name    string
		content func(w *section.Writer)
		want    string
	}{
		{"a place that is free twice", func(w *section.Writer) { uvarints(w, 3, 2, 1, 1) }, `section "keys": place 1 is free twice`},
		{"a free place beyond the last", func(w *section.Writer) { uvarints(w, 3, 1, 3) }, `section "keys": a count of 3; expected at most 2`},
		{"more free places than places", func(w *section.Writer) { uvarints(w, 3, 4) }, `section "keys": a count of 4; expected at most 3`},
		{"a key that is there twice", func(w *section.Writer) { uvarints(w, 2, 0); w.Bytes(bytes.Repeat([]byte{7}, 24)) }, `section "keys": a key is there twice`},
		{"records that are not there", func(w *section.Writer) { uvarints(w, 1<<29, 0) }, `section "keys": piece 0 of section "end."; expected piece 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var file bytes.Buffer
			w := section.NewWriter(&file, "test", 1)
			w.Begin("keys")
			c.content(w)
			if _, err := w.Close(); err != nil {
				t.Fatal(err)
			}
			r := section.NewReader(&file, "test", 1)
			r.Begin("keys")
			if table := Read(r, 4, 0); r.Err() == nil || r.Err().Error() != c.want || table.Len() != 0 {
				t.Errorf("%d records, %v; expected %s", table.Len(), r.Err(), c.want)
			}
		})
	}
}

func uvarints(w *section.Writer, list ...uint64) {
	for _, v := range list {
		w.Uvarint(v)
	}
}

// FuzzReadImage: content of any kind gives a usable table or an error.
func FuzzReadImage(f *testing.F) {
	f.Add([]byte{2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9})
	f.Add(bytes.Repeat([]byte{0xff}, 60))
	f.Add([]byte{9, 1, 8, 1, 2, 3}) // a free place behind records that are not there
	f.Fuzz(func(t *testing.T, content []byte) {
		var file bytes.Buffer
		w := section.NewWriter(&file, "test", 1)
		w.Begin("keys")
		w.Bytes(content)
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r := section.NewReader(&file, "test", 1)
		r.Begin("keys")
		table := Read(r, 4, 0)
		if r.Err() != nil && table.Len() > 0 {
			t.Fatalf("%d records and %v", table.Len(), r.Err())
		}
		n := table.Len()
		table.Each(func(key uint64, ref uint32, _ []byte) bool {
			if _, at, ok := table.Get(key); !ok || at != ref {
				t.Fatalf("key %d has ref %d, %v; expected %d", key, at, ok, ref)
			}
			n--
			return true
		})
		if n != 0 {
			t.Fatalf("Each misses %d records", n)
		}
		for key := range uint64(40) {
			table.Put(key)
			table.Delete(key / 2)
		}
	})
}
