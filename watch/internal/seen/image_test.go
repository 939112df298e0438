package seen

import (
	"bytes"
	"io"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
	"pgregory.net/rapid"
)

func written(t *rapid.T, m *Image) []byte {
	var out bytes.Buffer
	w := section.NewWriter(&out, "test", 1)
	w.Begin("sets")
	m.Write(w, nil)
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
		var wrote []byte // by it
		at := evenkeel.Moment(rapid.IntRange(-100, 100).Draw(t, "begin"))
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				at += evenkeel.Moment(rapid.IntRange(0, 25).Draw(t, "on"))
				whole.Advance(at)
				cut.Advance(at)
			case 1:
				if image != nil && !bytes.Equal(written(t, image), wrote) {
					t.Fatal("what came to the set since came to its image")
				}
				image = cut.Image(image) // the image before gives its memory, and what did not change
				data := written(t, image)
				wrote = data
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

// full returns a set with generations of n ids each, the last one half full.
func full(horizon time.Duration, generations, n int) *Set {
	s := New(horizon, 0)
	id := uint64(0)
	for g := range generations {
		at := evenkeel.Moment(1e18).Add(time.Duration(g) * horizon)
		s.Advance(at)
		if g == generations-1 {
			n /= 2
		}
		for range n {
			id++
			s.Add(id*0x9e3779b97f4a7c15, at)
		}
	}
	return s
}

func TestAnImageTakesMemoryForTheNewestGenerationOnly(t *testing.T) {
	const n = 100_000
	s := full(time.Hour, 5, n)
	before := heap()
	m := s.Image(nil)
	if taken := heap() - before; taken > 8*n/2*3/2 {
		t.Errorf("an image of %d ids takes %d bytes; %d of them came to the newest generation", s.Len(), taken, n/2)
	}
	runtime.KeepAlive(m)
	runtime.KeepAlive(s)
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// With the race detector this shows that an image and its set write nothing that the other reads.
func TestASetGoesOnWhileItsImageIsWritten(t *testing.T) {
	const horizon, n = time.Hour, 2_000
	s := full(horizon, 4, n)
	var image *Image
	for round := range 8 {
		image = s.Image(image)
		done := make(chan struct{})
		go func() {
			defer close(done)
			w := section.NewWriter(io.Discard, "test", 1)
			w.Begin("sets")
			image.Write(w, image.Write(w, nil))
		}()
		at := evenkeel.Moment(1e18).Add(time.Duration(3+round) * horizon)
		s.Advance(at)
		for i := range uint64(n) {
			id := (uint64(round)<<32 | i) * 0x9e3779b97f4a7c15
			s.Add(id, at)
			s.Add(id^1, at.Add(-horizon)) // late: to a generation that the image reads
		}
		<-done
	}
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
		s.Image(nil).Write(section.NewWriter(io.Discard, "test", 1), nil)
	})
}
