package seen

import (
	"bytes"
	"io"
	"math"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
	"pgregory.net/rapid"
)

func written(t *rapid.T, m *Image) []byte {
	var out bytes.Buffer
	w := section.NewWriter(&out, "test", 1)
	w.Begin("sets")
	m.Write(w)
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestASetThatWasReadBackGoesOnAsTheOneThatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const horizon = 10
		most := rapid.IntRange(1, 40).Draw(t, "most")
		whole, cut := New(horizon, most), New(horizon, most)
		var image *Image
		at := evenkeel.Moment(rapid.IntRange(-100, 100).Draw(t, "begin"))
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				at += evenkeel.Moment(rapid.IntRange(0, 25).Draw(t, "on"))
				whole.Advance(at)
				cut.Advance(at)
			case 1:
				image = cut.Image(image) // the image before gives its memory, and what did not change
				data := written(t, image)
				if again := written(t, image); !bytes.Equal(data, again) {
					t.Fatal("an image that is written again is another")
				}
				if fresh := written(t, whole.Image(nil)); !bytes.Equal(data, fresh) {
					t.Fatal("the same content is written in other bytes")
				}
				if rapid.Bool().Draw(t, "go on with it") {
					r := section.NewReader(bytes.NewReader(data), "test", 1)
					r.Begin("sets")
					if cut = Read(r, horizon, most); r.Close() != nil {
						t.Fatal(r.Err())
					}
				}
			default:
				id := rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Just(uint64(math.MaxUint64))).Draw(t, "id")
				when := at + evenkeel.Moment(rapid.IntRange(-30, 60).Draw(t, "when"))
				if a, b := whole.Add(id, when), cut.Add(id, when); a != b {
					t.Fatalf("Add(%d, %d) = %v and %v", id, when, a, b)
				}
			}
			if whole.Len() != cut.Len() || whole.Dropped() != cut.Dropped() {
				t.Fatalf("%d of them, %d dropped; expected %d, %d", cut.Len(), cut.Dropped(), whole.Len(), whole.Dropped())
			}
		}
	})
}

// FuzzReadImage: content of any kind gives a set or an error.
func FuzzReadImage(f *testing.F) {
	f.Add([]byte{0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add(bytes.Repeat([]byte{0xff}, 60))
	f.Add(append([]byte{0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7}, make([]byte, 20)...))
	f.Fuzz(func(t *testing.T, content []byte) {
		var file bytes.Buffer
		w := section.NewWriter(&file, "test", 1)
		w.Begin("sets")
		w.Bytes(content)
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r := section.NewReader(&file, "test", 1)
		r.Begin("sets")
		s := Read(r, 10, 0)
		if r.Err() != nil && s.Len() > 0 {
			t.Fatalf("%d identities and %v", s.Len(), r.Err())
		}
		s.Add(7, 5)
		s.Advance(300)
		s.Image(nil).Write(section.NewWriter(io.Discard, "test", 1))
	})
}
