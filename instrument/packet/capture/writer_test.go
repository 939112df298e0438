package capture

import (
	"bytes"
	"io"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		link := rapid.SampledFrom([]Link{Ethernet, Raw, SLL2}).Draw(t, "link")
		want := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Packet {
			data := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "data")
			return Packet{
				At: rapid.Int64Range(0, 1<<62).Filter(func(n int64) bool { return n/1e9 < 1<<32 }).Draw(t, "at"), Data: data,
				Wire: len(data) + rapid.IntRange(0, 9000).Draw(t, "more"), Link: link,
			}
		}), 0, 20).Draw(t, "packets")
		var file bytes.Buffer
		w, err := NewWriter(&file, link)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if err := w.Write(&want[i]); err != nil {
				t.Fatal(err)
			}
		}
		r, err := New(&file)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range want {
			got, err := r.Next()
			if err != nil || got.At != p.At || got.Wire != p.Wire || got.Link != link || !bytes.Equal(got.Data, p.Data) {
				t.Fatalf("packet %d: %+v, %v; expected %+v", i, got, err, p)
			}
		}
		if p, err := r.Next(); err != io.EOF || r.Damaged() != 0 {
			t.Fatalf("behind the last: %+v, %v, %d damaged", p, err, r.Damaged())
		}
	})
}

func TestWhatNoFileCanHaveIsRefused(t *testing.T) {
	var file bytes.Buffer
	w, err := NewWriter(&file, Ethernet)
	if err != nil {
		t.Fatal(err)
	}
	begins := file.Len()
	for _, p := range []Packet{{At: -1, Link: Ethernet}, {At: 1e9 << 32, Link: Ethernet}, {Data: make([]byte, MostBytes+1), Link: Ethernet}, {Link: Raw}} {
		if err := w.Write(&p); err == nil {
			t.Errorf("%d bytes of %s at %d are written", len(p.Data), p.Link, p.At)
		}
	}
	if file.Len() != begins {
		t.Errorf("%d bytes stand behind the header", file.Len()-begins)
	}
}
