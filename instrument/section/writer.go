package section

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Writer writes a stream. After an error it does nothing; Close returns the error. It is not
// safe for use from several goroutines.
type Writer struct {
	out    io.Writer
	zstd   *zstd.Encoder
	name   string
	number uint32 // of the next piece of the section
	data   []byte // of the next piece
	stored []byte
	sum    uint32
	n      int64
	err    error
}

// NewWriter begins a stream of a kind, which a magic of four bytes names, and of a version of
// its contents.
func NewWriter(out io.Writer, magic string, version uint32) *Writer {
	w := &Writer{out: out, data: make([]byte, 0, pieceData)}
	if len(magic) != nameBytes {
		w.err = fmt.Errorf("begin stream: magic %q; expected %d bytes", magic, nameBytes)
		return w
	}
	w.zstd, w.err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(pieceData), zstd.WithEncoderCRC(false))
	begin := head(magic, version)
	w.sum = sumOf(0, magic, version, nil)
	w.put(begin)
	return w
}

// Begin begins a section. Its name has four bytes; sections follow each other in any order,
// and may have the same name.
func (w *Writer) Begin(name string) {
	if w.err == nil && (len(name) != nameBytes || name == endName) {
		w.err = fmt.Errorf("begin section %q; expected a name of %d bytes other than %q", name, nameBytes, endName)
	}
	w.finish()
	w.name, w.number = name, 0
}

// finish writes what is left of the section before. A section has one piece at least.
func (w *Writer) finish() {
	if w.name != "" && (len(w.data) > 0 || w.number == 0) {
		w.piece()
	}
}

// piece writes the data so far.
func (w *Writer) piece() {
	if w.err != nil {
		w.data = w.data[:0]
		return
	}
	w.sum = sumOf(w.sum, w.name, w.number, w.data)
	w.stored = append(append(w.stored[:0], w.name...), make([]byte, pieceBytes-nameBytes)...)
	w.stored = w.zstd.EncodeAll(w.data, w.stored)
	if len(w.stored)-pieceBytes >= len(w.data) {
		w.stored = append(w.stored[:pieceBytes], w.data...)
	}
	le, h := binary.LittleEndian, w.stored[nameBytes:]
	le.PutUint32(h, w.number)
	le.PutUint32(h[4:], uint32(len(w.data)))
	le.PutUint32(h[8:], uint32(len(w.stored)-pieceBytes))
	le.PutUint32(h[12:], crc32.Checksum(w.stored[pieceBytes:], castagnoli))
	le.PutUint32(h[16:], w.sum)
	w.put(w.stored)
	w.data = w.data[:0]
	w.number++
}

func (w *Writer) put(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.out.Write(b)
	w.n, w.err = w.n+int64(n), err
}

// Bytes writes bytes without their length.
func (w *Writer) Bytes(b []byte) {
	for len(b) > 0 {
		n := copy(w.data[len(w.data):cap(w.data)], b)
		w.data, b = w.data[:len(w.data)+n], b[n:]
		w.room(1)
	}
}

// room makes sure that so many more bytes fit into the piece.
func (w *Writer) room(n int) {
	if cap(w.data)-len(w.data) < n {
		w.piece()
	}
}

// Uint64 writes a number in 8 bytes: for what seldom is small.
func (w *Writer) Uint64(v uint64) {
	w.room(8)
	w.data = binary.LittleEndian.AppendUint64(w.data, v)
}

// Uvarint writes a number that often is small.
func (w *Writer) Uvarint(v uint64) {
	w.room(binary.MaxVarintLen64)
	w.data = binary.AppendUvarint(w.data, v)
}

// Byte writes one byte.
func (w *Writer) Byte(v byte) {
	w.room(1)
	w.data = append(w.data, v)
}

// Bool writes one byte, 0 or 1.
func (w *Writer) Bool(v bool) {
	if v {
		w.Byte(1)
	} else {
		w.Byte(0)
	}
}

// Text writes a text after its length.
func (w *Writer) Text(s string) {
	w.Uvarint(uint64(len(s)))
	for len(s) > 0 {
		n := copy(w.data[len(w.data):cap(w.data)], s)
		w.data, s = w.data[:len(w.data)+n], s[n:]
		w.room(1)
	}
}

// Close ends the stream and returns its length so far, in bytes, and the first error. It does
// not close what it writes to.
func (w *Writer) Close() (int64, error) {
	w.finish()
	w.name, w.number = endName, 0
	w.piece()
	return w.n, w.err
}
