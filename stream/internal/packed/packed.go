package packed

import (
	"bytes"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/klauspost/compress/s2"
)

// Magic begins the stored form of a message: "EKS1" and an S2 block, which unpacks to a batch in its
// stored form (evenkeel.AppendBatch). A message that begins with EKB1 is that form as it is.
//
// Compression pays for itself: what it takes is less than what it saves in copies between
// the publisher, the server and the disk, and the log needs a half to a third of the room.
const Magic = "EKS1"

// Append appends the stored form of a message to dst.
func Append(dst, batch []byte) []byte {
	dst = append(dst, Magic...)
	from := len(dst)
	dst = slices.Grow(dst, s2.MaxEncodedLen(len(batch)))
	block := s2.Encode(dst[from:cap(dst)], batch)
	return dst[:from+len(block)]
}

// MaxBytes is the longest message in bytes, packed or not.
const MaxBytes = 1 << 20

// Reader reads messages. It is for one goroutine and keeps its memory.
type Reader struct{ memory []byte }

// Batch reads the stored form of a message. The batch keeps no part of data.
func (u *Reader) Batch(data []byte) (*evenkeel.Batch, error) {
	if bytes.HasPrefix(data, []byte("EKB1")) {
		return evenkeel.DecodeBatch(data)
	}
	block, ok := bytes.CutPrefix(data, []byte(Magic))
	if !ok {
		return nil, evenkeel.Invalid("message begins with %.4q; expected %s", data, Magic)
	}
	n, err := s2.DecodedLen(block)
	if err != nil || n > MaxBytes {
		return nil, evenkeel.Invalid("message unpacks to %d bytes (%v); expected at most %d", n, err, MaxBytes)
	}
	u.memory = slices.Grow(u.memory[:0], n)[:n]
	batch, err := s2.Decode(u.memory, block)
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "message does not unpack", Err: err}
	}
	return evenkeel.DecodeBatch(batch)
}
