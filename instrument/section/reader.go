package section

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
)

// Reader reads a stream. After an error all values are zero; ask Err before values are used.
// It is not safe for use from several goroutines.
type Reader struct {
	in     io.Reader
	zstd   *zstd.Decoder
	name   string // of the section; "" before the first
	number uint32 // of the next piece of the section
	data   []byte // of the piece, what is not read yet
	piece  []byte // its memory
	stored []byte
	was    uint32 // the version
	sum    uint32
	err    error
}

// NewReader reads how a stream begins. One of another kind or of another version is Damaged.
func NewReader(in io.Reader, magic string, version uint32) *Reader {
	return NewReaderSince(in, magic, version, version)
}

// NewReaderSince is NewReader of a stream of whichever version from oldest to version; Version says which.
func NewReaderSince(in io.Reader, magic string, oldest, version uint32) *Reader {
	r := &Reader{in: in}
	r.zstd, r.err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(pieceData), zstd.IgnoreChecksum(true))
	var b [headBytes]byte
	r.read(b[:], "its first bytes")
	if r.err != nil {
		return r
	}
	r.was = binary.LittleEndian.Uint32(b[nameBytes:])
	switch was := r.was; {
	case string(b[:nameBytes]) != magic:
		r.err = damaged("begins with %q; expected %q", b[:nameBytes], magic)
	case was > version:
		r.err = damaged("version %d, of a later version of the program; expected %d", was, version)
	case was < oldest:
		r.err = damaged("version %d, of an earlier version of the program; expected %d", was, version)
	}
	r.sum = sumOf(0, magic, r.was, nil)
	return r
}

// Version returns the version of the stream.
func (r *Reader) Version() uint32 { return r.was }

// Err returns the first error.
func (r *Reader) Err() error { return r.err }

// Fail says that the values read so far make no sense. The first error stays.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = damaged("section %q: %s", r.name, fmt.Sprintf(format, args...))
	}
}

// read fills b from what is read from.
func (r *Reader) read(b []byte, what string) {
	if r.err != nil {
		return
	}
	if _, r.err = io.ReadFull(r.in, b); errors.Is(r.err, io.EOF) || errors.Is(r.err, io.ErrUnexpectedEOF) {
		r.err = damaged("ends within %s", what)
	}
}

// Begin begins the next section, which must be the one named, and the one before must have
// been read to its end.
func (r *Reader) Begin(name string) {
	switch {
	case r.err != nil:
		return
	case len(r.data) > 0:
		r.Fail("%d bytes too many", len(r.data))
		return
	}
	r.name, r.number = name, 0
	r.next()
}

// next reads the next piece of the section.
func (r *Reader) next() {
	var h [pieceBytes]byte
	r.read(h[:], "the head of a piece")
	le := binary.LittleEndian
	name, number := string(h[:nameBytes]), le.Uint32(h[nameBytes:])
	size, stored := le.Uint32(h[8:]), le.Uint32(h[12:])
	switch {
	case r.err != nil:
		return
	case name != r.name || number != r.number:
		r.Fail("piece %d of section %q; expected piece %d", number, name, r.number)
		return
	case size > pieceData || stored > size:
		r.Fail("a piece of %d bytes, stored in %d; expected at most %d", size, stored, pieceData)
		return
	}
	r.stored = append(r.stored[:0], make([]byte, stored)...)
	r.read(r.stored, "a piece")
	if r.err == nil && crc32.Checksum(r.stored, castagnoli) != le.Uint32(h[16:]) {
		r.Fail("piece %d is damaged: its checksum does not fit", number)
	}
	data := r.unpack(int(size))
	if r.sum = sumOf(r.sum, name, number, data); r.err == nil && r.sum != le.Uint32(h[20:]) {
		r.Fail("piece %d does not belong here: its checksum does not fit", number)
	}
	if r.err == nil {
		r.data = data
		r.number++
	}
}

// unpack returns the data of what is stored.
func (r *Reader) unpack(size int) []byte {
	if r.err != nil || len(r.stored) == size {
		return r.stored
	}
	if cap(r.piece) < size {
		r.piece = make([]byte, 0, size)
	}
	data, err := r.zstd.DecodeAll(r.stored, r.piece[:0])
	if err != nil || len(data) != size {
		r.Fail("piece %d is damaged: it cannot be unpacked", r.number)
	}
	return data
}

// more makes sure that there is a byte to read.
func (r *Reader) more() bool {
	if r.err != nil {
		return false
	}
	if len(r.data) == 0 {
		if r.next(); r.err == nil && len(r.data) == 0 {
			r.Fail("an empty piece")
		}
	}
	return r.err == nil
}

// Bytes fills b.
func (r *Reader) Bytes(b []byte) {
	for len(b) > 0 && r.more() {
		n := copy(b, r.data)
		r.data, b = r.data[n:], b[n:]
	}
	clear(b)
}

// Uint64 reads what Uint64 wrote.
func (r *Reader) Uint64() uint64 {
	if len(r.data) >= 8 {
		v := binary.LittleEndian.Uint64(r.data)
		r.data = r.data[8:]
		return v
	}
	var b [8]byte
	r.Bytes(b[:])
	if r.err != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b[:])
}

// Byte reads what Byte wrote.
func (r *Reader) Byte() byte {
	if !r.more() {
		return 0
	}
	v := r.data[0]
	r.data = r.data[1:]
	return v
}

// Bool reads what Bool wrote.
func (r *Reader) Bool() bool {
	v := r.Byte()
	if v > 1 {
		r.Fail("a truth of %d; expected 0 or 1", v)
	}
	return v == 1
}

// Uvarint reads what Uvarint wrote.
func (r *Reader) Uvarint() uint64 {
	v, shift := uint64(0), uint(0)
	for {
		b := r.Byte()
		switch {
		case r.err != nil:
			return 0
		case shift == 63 && b > 1 || b == 0 && shift > 0:
			r.Fail("a number that is not in its shortest form or above 2⁶⁴−1")
			return 0
		case b < 0x80:
			return v | uint64(b)<<shift
		}
		v |= uint64(b&0x7f) << shift
		shift += 7
	}
}

// Count reads what Uvarint wrote of how many things follow, or which of them is meant; more
// than most are Damaged. That so many follow is not known yet: set memory aside as they come.
func (r *Reader) Count(most int) int {
	v := r.Uvarint()
	if v > uint64(min(most, math.MaxInt)) {
		r.Fail("a count of %d; expected at most %d", v, most)
		return 0
	}
	return int(v)
}

// Text reads what Text wrote, of at most so many bytes.
func (r *Reader) Text(most int) string {
	n := r.Count(most)
	if n <= len(r.data) {
		s := string(r.data[:n])
		r.data = r.data[n:]
		return s
	}
	var b []byte
	for len(b) < n && r.more() {
		part := r.data[:min(n-len(b), len(r.data))]
		b, r.data = append(b, part...), r.data[len(part):]
	}
	if r.err != nil {
		return ""
	}
	return string(b)
}

// Close reads the end of the stream, behind which there must be nothing, and returns the
// first error.
func (r *Reader) Close() error {
	r.Begin(endName)
	if r.err == nil && len(r.data) > 0 {
		r.Fail("%d bytes; expected none", len(r.data))
	}
	if r.err != nil {
		return r.err
	}
	var b [1]byte
	switch n, err := io.ReadFull(r.in, b[:]); {
	case n > 0:
		r.Fail("something follows")
	case !errors.Is(err, io.EOF):
		r.err = err
	}
	return r.err
}
