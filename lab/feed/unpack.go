package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// mostWindow bounds the memory that a zstd file may ask for, in bytes; zstd itself writes
// at most 128 MiB (--ultra -22) without being asked for --long.
const mostWindow = 128 << 20

// Unpack returns the text of r: gzip and zstd are known by their first bytes, anything else
// is returned as it is. Damage shows up as an error while reading.
func Unpack(r io.Reader) (io.ReadCloser, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	magic, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzip.NewReader(in)
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(mostWindow))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(in), nil
}

// damage says what is wrong with a stream that cannot be read on.
func damage(err error) string {
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // the file is named already
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "read: it ends in the middle of what was compressed, as if it had been cut off; what stands before is read"
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, zstd.ErrCRCMismatch):
		return fmt.Sprintf("read: what was compressed is damaged (%v): what was read of it may be wrong", err)
	}
	return "read: " + err.Error()
}

// counter counts the bytes that pass and tells of every step of them.
type counter struct {
	in   io.Reader
	read int64
	step int64 // of the last telling
	tell func(read int64)
}

const tellEvery = 1 << 20

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.read += int64(n)
	if c.tell != nil && c.read-c.step >= tellEvery {
		c.step = c.read
		c.tell(c.read)
	}
	return n, err
}
