package siphash

import (
	"encoding/binary"
	"math/bits"
	"testing"

	"pgregory.net/rapid"
)

// vectors are the first sums of the reference implementation's test (github.com/veorq/SipHash,
// vectors.h): key 00 01 … 0f, message 00 01 … of length i, as little-endian bytes. The paper's
// appendix A works out the one of length 15.
var vectors = [...]uint64{
	0: 0x726fdb47dd0e0e31, 1: 0x74f839c593dc67fd, 2: 0x0d6c8009d9a94f5a, 3: 0x85676696d7fb7e2d,
	4: 0xcf2794e0277187b7, 5: 0x18765564cd99a68d, 6: 0xcbc9466e58fee3ce, 7: 0xab0200f58b01d137,
	8: 0x93f5f5799a932462, 15: 0xa129ca6149be45e5,
}

var countingKey = Key{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

func TestTheReferenceVectorsHold(t *testing.T) {
	for n, want := range vectors {
		if want == 0 {
			continue
		}
		message := make([]byte, n)
		for i := range message {
			message[i] = byte(i)
		}
		h := New(countingKey)
		h.Raw(string(message))
		if got := h.Sum(); got != want {
			t.Errorf("length %d: got %#016x, want %#016x", n, got, want)
		}
		if got := oneShot(countingKey, message); got != want {
			t.Errorf("one shot, length %d: got %#016x, want %#016x", n, got, want)
		}
	}
}

// oneShot is SipHash-2-4 written down from the paper's section 2, without pieces.
func oneShot(key Key, m []byte) uint64 {
	k0, k1 := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	v := [4]uint64{0x736f6d6570736575 ^ k0, 0x646f72616e646f6d ^ k1, 0x6c7967656e657261 ^ k0, 0x7465646279746573 ^ k1}
	sip := func(n int) {
		for range n {
			v[0] += v[1]
			v[2] += v[3]
			v[1] = bits.RotateLeft64(v[1], 13)
			v[3] = bits.RotateLeft64(v[3], 16)
			v[1] ^= v[0]
			v[3] ^= v[2]
			v[0] = bits.RotateLeft64(v[0], 32)
			v[2] += v[1]
			v[0] += v[3]
			v[1] = bits.RotateLeft64(v[1], 17)
			v[3] = bits.RotateLeft64(v[3], 21)
			v[1] ^= v[2]
			v[3] ^= v[0]
			v[2] = bits.RotateLeft64(v[2], 32)
		}
	}
	padded := append([]byte{}, m...)
	for len(padded)%8 != 7 {
		padded = append(padded, 0)
	}
	padded = append(padded, byte(len(m)))
	for ; len(padded) > 0; padded = padded[8:] {
		w := binary.LittleEndian.Uint64(padded)
		v[3] ^= w
		sip(2)
		v[0] ^= w
	}
	v[2] ^= 0xff
	sip(4)
	return v[0] ^ v[1] ^ v[2] ^ v[3]
}

func TestPiecesHashLikeTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := Key(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))
		h, whole := New(key), []byte{}
		for range rapid.IntRange(0, 8).Draw(t, "pieces") {
			piece := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "piece")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				h.Raw(string(piece))
				whole = append(whole, piece...)
			case 1:
				h.String(string(piece))
				whole = append(binary.LittleEndian.AppendUint64(whole, uint64(len(piece))), piece...)
			default:
				v := rapid.Uint64().Draw(t, "number")
				h.Uint64(v)
				whole = binary.LittleEndian.AppendUint64(whole, v)
			}
			if h.Sum() != oneShot(key, whole) {
				t.Fatalf("after %d bytes: got %#x, want %#x", len(whole), h.Sum(), oneShot(key, whole))
			}
		}
	})
}

func FuzzPiecesHashLikeTheWhole(f *testing.F) {
	f.Add([]byte("the same bytes"), uint8(3))
	f.Add([]byte{}, uint8(0))
	f.Fuzz(func(t *testing.T, message []byte, cut uint8) {
		at := min(int(cut), len(message))
		h := New(countingKey)
		h.Raw(string(message[:at]))
		h.Raw(string(message[at:]))
		if h.Sum() != oneShot(countingKey, message) {
			t.Fatalf("cut at %d of %d", at, len(message))
		}
	})
}

func TestStringsAreKeptApart(t *testing.T) {
	sum := func(parts ...string) uint64 {
		h := New(countingKey)
		for _, p := range parts {
			h.String(p)
		}
		return h.Sum()
	}
	if sum("ab", "c") == sum("a", "bc") || sum("", "a") == sum("a", "") {
		t.Error("two sequences of strings with the same bytes have the same sum")
	}
}

func TestHashingAllocatesNothing(t *testing.T) {
	s := string(make([]byte, 64))
	if n := testing.AllocsPerRun(100, func() {
		h := New(countingKey)
		h.String(s)
		h.Uint64(7)
		sink = h.Sum()
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

var sink uint64

func BenchmarkSum64Bytes(b *testing.B) {
	s := string(make([]byte, 64))
	b.SetBytes(64)
	for b.Loop() {
		h := New(countingKey)
		h.Raw(s)
		sink = h.Sum()
	}
}
