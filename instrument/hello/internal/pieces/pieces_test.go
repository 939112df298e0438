package pieces

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the order, what came first stays, and what is there without a gap is what a map of bytes says.
func TestPiecesInAnyOrderAreWhatAMapOfBytesSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, known := Buffer{Most: 100}, map[int]byte{}
		for range rapid.IntRange(1, 30).Draw(t, "pieces") {
			at := rapid.IntRange(0, 110).Draw(t, "at")
			piece := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "piece")
			err := b.Put(at, piece)
			if beyond := at+len(piece) > 100 || at > 100; beyond != errors.Is(err, ErrBeyond) {
				t.Fatalf("%d bytes at %d: %v", len(piece), at, err)
			}
			if err != nil {
				continue
			}
			for i, c := range piece {
				if _, ok := known[at+i]; !ok {
					known[at+i] = c
				}
			}
			var want []byte
			for c, ok := known[0]; ok; c, ok = known[len(want)] {
				want = append(want, c)
			}
			if !bytes.Equal(b.Prefix(), want) {
				t.Fatalf("%x is there; expected %x", b.Prefix(), want)
			}
		}
	})
}

func TestGapsAreBoundedAndARefusedPieceChangesNothing(t *testing.T) {
	b := Buffer{Most: 1000}
	for i := range MostGaps + 1 {
		if err := b.Put(2+2*i, []byte{7}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Put(900, []byte{7}); !errors.Is(err, ErrGaps) {
		t.Errorf("one gap more: %v", err)
	}
	if err := b.Put(0, []byte{1, 2}); err != nil || !bytes.Equal(b.Prefix(), []byte{1, 2, 7}) {
		t.Errorf("a piece that closes a gap: %x, %v", b.Prefix(), err)
	}
	b.Reset()
	if err := b.Put(1, []byte{9}); err != nil || b.Prefix() != nil {
		t.Errorf("after a reset %x is there, %v", b.Prefix(), err)
	}
	if err := b.Put(0, []byte{8}); err != nil || !bytes.Equal(b.Prefix(), []byte{8, 9}) {
		t.Errorf("%x, %v", b.Prefix(), err)
	}
}
