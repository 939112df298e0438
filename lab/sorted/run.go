package sorted

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/evenkeel/evenkeel"
)

// A run on disk is a file of blocks in order, each a stored batch after its length as
// uint32, little-endian.

// runWriter writes a run.
type runWriter struct {
	path string
	file io.WriteCloser
	out  *bufio.Writer
	buf  []byte
	size int64
}

func (w *runWriter) block(b *evenkeel.Batch) error {
	w.buf = evenkeel.AppendBatch(append(w.buf[:0], 0, 0, 0, 0), b)
	binary.LittleEndian.PutUint32(w.buf, uint32(len(w.buf)-4))
	w.size += int64(len(w.buf))
	_, err := w.out.Write(w.buf)
	return err
}

func (w *runWriter) close() error {
	return errors.Join(w.out.Flush(), w.file.Close())
}

// runReader reads a run record by record and holds one block of it.
type runReader struct {
	path string
	file *os.File
	in   *bufio.Reader
	buf  []byte

	batch *evenkeel.Batch
	next  int // of batch.Records, after head
	head  head
}

func openRun(path string) (*runReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &runReader{path: path, file: f, in: bufio.NewReaderSize(f, 32<<10), batch: &evenkeel.Batch{}}, nil
}

// advance moves head to the next record; io.EOF after the last one.
func (r *runReader) advance() error {
	if r.next == len(r.batch.Records) {
		if err := r.block(); err != nil {
			return err
		}
	}
	r.head.rec = &r.batch.Records[r.next]
	r.next++
	return nil
}

func (r *runReader) block() error {
	var n [4]byte
	if _, err := io.ReadFull(r.in, n[:]); err != nil {
		return err
	}
	size := int(binary.LittleEndian.Uint32(n[:]))
	if size > evenkeel.MaxBatchBytes {
		return evenkeel.Invalid("block of %d bytes; expected at most %d", size, evenkeel.MaxBatchBytes)
	}
	if cap(r.buf) < size {
		r.buf = make([]byte, size)
	}
	r.buf = r.buf[:size]
	if _, err := io.ReadFull(r.in, r.buf); err != nil {
		return io.ErrUnexpectedEOF
	}
	b, err := evenkeel.DecodeBatch(r.buf)
	if err != nil {
		return err
	}
	if len(b.Records) == 0 {
		return evenkeel.Invalid("block without records")
	}
	r.batch, r.next = b, 0
	r.head = head{texts: newTable(b.Strings), source: b.Source}
	return nil
}

// remove closes the run and gives its disk space back.
func (r *runReader) remove() error {
	err := r.file.Close()
	if e := os.Remove(r.path); !errors.Is(e, fs.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return err
}
