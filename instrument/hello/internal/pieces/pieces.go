package pieces

import (
	"errors"
	"slices"
)

// MostGaps is how many gaps are remembered. Browsers cut a hello into some twenty pieces on purpose and
// send them in any order.
const MostGaps = 64

// What Put refuses.
var (
	ErrBeyond = errors.New("a piece ends beyond what is read")
	ErrGaps   = errors.New("more than 64 gaps between pieces")
)

// Buffer is a stream that is put together. Its zero value holds nothing; Most says how much it may.
type Buffer struct {
	Most  int // bytes
	data  []byte
	spans []span // apart from each other, in order
}

// span is what is there, half open.
type span struct{ from, to int }

// Reset forgets all, and keeps the memory.
func (b *Buffer) Reset() { b.data, b.spans = b.data[:0], b.spans[:0] }

// Prefix returns what is there without a gap. It is valid until the next Put.
func (b *Buffer) Prefix() []byte {
	if len(b.spans) == 0 || b.spans[0].from > 0 {
		return nil
	}
	return b.data[:b.spans[0].to]
}

// Put adds a piece at offset at, which is not negative. A piece that is refused leaves the buffer as it was.
func (b *Buffer) Put(at int, piece []byte) error {
	end := at + len(piece)
	if at > b.Most || end > b.Most {
		return ErrBeyond
	}
	if len(piece) == 0 {
		return nil
	}
	i := 0
	for i < len(b.spans) && b.spans[i].to < at {
		i++
	}
	if apart := i == len(b.spans) || b.spans[i].from > end; apart && len(b.spans) > MostGaps {
		return ErrGaps
	}
	if end > len(b.data) {
		from := len(b.data)
		b.data = slices.Grow(b.data, end-from)[:end]
		clear(b.data[from:])
	}
	all, open, j := span{at, end}, at, i
	for ; j < len(b.spans) && b.spans[j].from <= end; j++ {
		s := b.spans[j]
		if open < s.from {
			copy(b.data[open:s.from], piece[open-at:])
		}
		open = max(open, s.to)
		all = span{min(all.from, s.from), max(all.to, s.to)}
	}
	if open < end {
		copy(b.data[open:end], piece[open-at:])
	}
	b.spans = slices.Replace(b.spans, i, j, all)
	return nil
}
