package keyed

import (
	"encoding/binary"
	"iter"
	"math/bits"
)

// slab holds records, each with its key before it, in chunks that never move. A ref is the
// number of the chunk and the place in it. A freed record has the next freed one's ref + 1
// for its key, 0 at the end.
type slab struct {
	size   int      // of a record
	stride int      // of a key and its record
	chunks [][]byte // of one length
	live   []uint64 // one bit per ref
	shift  uint     // ref = chunk << shift | place
	per    uint32   // places per chunk
	next   uint32   // first ref never used
	free   uint32   // the first freed ref + 1, 0 none
}

const (
	keySize   = 8
	chunkSize = 16 << 10 // a size class of Go's allocator: nothing is lost to rounding
	minPlaces = 16       // a chunk is larger where it would hold fewer
	maxRefs   = 1 << 30
)

func newSlab(size int) slab {
	s := slab{size: size, stride: keySize + size}
	s.per = uint32(s.chunkBytes() / s.stride)
	s.shift = uint(bits.Len32(s.per - 1))
	return s
}

func (s *slab) chunkBytes() int {
	n := chunkSize
	for n/s.stride < minPlaces {
		n *= 2
	}
	return n
}

func (s *slab) bytes() int {
	const sliceHeader = 24
	return len(s.chunks)*s.chunkBytes() + cap(s.chunks)*sliceHeader + 8*cap(s.live)
}

// at returns a record, with no room to append to it.
func (s *slab) at(ref uint32) []byte {
	off := int(ref&(1<<s.shift-1))*s.stride + keySize
	return s.chunks[ref>>s.shift][off : off+s.size : off+s.size]
}

func (s *slab) keyBytes(ref uint32) []byte {
	return s.chunks[ref>>s.shift][int(ref&(1<<s.shift-1))*s.stride:][:keySize]
}

func (s *slab) key(ref uint32) uint64 { return binary.LittleEndian.Uint64(s.keyBytes(ref)) }

func (s *slab) rename(ref uint32, key uint64) { binary.LittleEndian.PutUint64(s.keyBytes(ref), key) }

func (s *slab) full() bool { return s.free == 0 && s.next >= maxRefs }

// take returns the ref of a record of zeros for a key: one that was freed, else the next.
func (s *slab) take(key uint64) uint32 {
	ref := s.free - 1
	if s.free != 0 {
		s.free = uint32(s.key(ref))
	} else {
		ref = s.extend()
	}
	s.rename(ref, key)
	s.live[ref/64] |= 1 << (ref % 64)
	return ref
}

// extend returns the next ref that was never used, with memory for it.
func (s *slab) extend() uint32 {
	ref := s.next
	if int(ref>>s.shift) == len(s.chunks) {
		s.chunks = append(s.chunks, make([]byte, s.chunkBytes()))
	}
	for int(ref/64) >= len(s.live) {
		s.live = append(s.live, 0)
	}
	if s.next++; s.next&(1<<s.shift-1) == s.per {
		s.next = (s.next>>s.shift + 1) << s.shift
	}
	return ref
}

// places returns how many places there are before a ref.
func (s *slab) places(ref uint32) int {
	return int(ref>>s.shift)*int(s.per) + int(ref&(1<<s.shift-1))
}

// ref returns the ref of a place, counted from 0.
func (s *slab) ref(place int) uint32 {
	return uint32(place/int(s.per))<<s.shift | uint32(place%int(s.per))
}

// give empties a record and puts it first among the freed ones.
func (s *slab) give(ref uint32) {
	clear(s.at(ref))
	s.rename(ref, uint64(s.free))
	s.live[ref/64] &^= 1 << (ref % 64)
	s.free = ref + 1
}

// refs returns those in use, in order. The one that was just returned may be given back
// meanwhile.
func (s *slab) refs() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for w, word := range s.live {
			for ; word != 0; word &= word - 1 {
				if !yield(uint32(w*64 + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}
