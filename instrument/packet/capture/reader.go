package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The bounds of what a file may claim.
const (
	// MostBytes is the longest packet that is read. Wireshark writes at most 256 KiB.
	MostBytes = 256 << 10
	// mostBlock is the longest block of a pcapng file that is looked into; longer ones of kinds
	// that hold no packet are passed over.
	mostBlock = MostBytes + 64<<10
	// mostInterfaces is how many interfaces a section may have.
	mostInterfaces = 4096
)

// Packet is one captured packet. Its bytes are valid until the next one is read.
type Packet struct {
	At   int64  // nanoseconds since 1970; 0 where the file does not tell
	Data []byte // what was captured of it
	Wire int    // bytes that it had, at least len(Data)
	Link Link
}

// ErrNotCapture is what New returns, wrapped, of a stream that is neither.
var ErrNotCapture = errors.New("not a capture")

// Damage is why a file cannot be read on.
type Damage struct {
	Packet int64 // the first that is lost, counted from 1
	Offset int64 // bytes of the file before it
	Says   string
}

func (d *Damage) Error() string {
	return fmt.Sprintf("packet %d, at byte %d: %s", d.Packet, d.Offset, d.Says)
}

// Reader reads one capture.
type Reader struct {
	in      *bufio.Reader
	order   binary.ByteOrder
	next    func() (Packet, bool, error)
	offset  int64 // bytes taken
	packets int64 // packets met, damaged ones included
	damaged int64
	buf     []byte
	err     error

	// pcap
	link Link
	unit int64 // nanoseconds of a unit of the fraction

	// pcapng
	interfaces []iface
	last       int64
}

// New reads how a capture begins. An error wraps ErrNotCapture, and says what was there instead, or
// is one of reading.
func New(in io.Reader) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(in, 64<<10)}
	magic, err := r.in.Peek(4)
	if len(magic) < 4 {
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		return nil, fmt.Errorf("%w: it has %d bytes; expected a pcap or pcapng file, which has at least 24", ErrNotCapture, len(magic))
	}
	switch m := binary.LittleEndian.Uint32(magic); m {
	case magicMicro, magicNano:
		r.order = binary.LittleEndian
	case swap(magicMicro), swap(magicNano):
		r.order = binary.BigEndian
	case magicSection:
		r.next = r.block
		return r, nil
	case magicModified, swap(magicModified):
		return nil, fmt.Errorf("%w that is read: it is a pcap of an old, modified form; bring it into pcapng with `editcap`", ErrNotCapture)
	default:
		return nil, fmt.Errorf("%w: it begins with %x; expected a pcap (d4c3b2a1 or a1b2c3d4, with nanoseconds 4d3cb2a1 or a1b23c4d) or pcapng file (0a0d0d0a)", ErrNotCapture, magic)
	}
	r.next = r.record
	return r, r.header()
}

// Next returns the next packet that is not damaged; io.EOF at the end; a *Damage where the file
// cannot be read on; else an error of reading. After an error it returns the same one.
func (r *Reader) Next() (Packet, error) {
	if r.err != nil {
		return Packet{}, r.err
	}
	for {
		p, ok, err := r.next()
		if err != nil {
			r.err = err
			return Packet{}, err
		}
		if ok {
			return p, nil
		}
	}
}

// Packets returns how many packets were met so far, damaged ones included.
func (r *Reader) Packets() int64 { return r.packets }

// Damaged returns how many packets were left out because what stands about them contradicts itself.
func (r *Reader) Damaged() int64 { return r.damaged }

// take reads n bytes, which are valid until the next call. n is bounded by whoever calls.
func (r *Reader) take(n int) ([]byte, error) {
	if n > cap(r.buf) {
		// Grown as it is read, so that a length that is only claimed takes no memory.
		return r.grow(n)
	}
	r.buf = r.buf[:n]
	got, err := io.ReadFull(r.in, r.buf)
	r.offset += int64(got)
	return r.buf[:got], err
}

const step = 64 << 10

func (r *Reader) grow(n int) ([]byte, error) {
	r.buf = r.buf[:0]
	for len(r.buf) < n {
		from, some := len(r.buf), min(step, n-len(r.buf))
		r.buf = append(r.buf, make([]byte, some)...)
		got, err := io.ReadFull(r.in, r.buf[from:])
		r.offset += int64(got)
		if err == io.EOF && from > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return r.buf[:from+got], err
		}
	}
	return r.buf, nil
}

func (r *Reader) skip(n int64) error {
	got, err := io.CopyN(io.Discard, r.in, n)
	r.offset += got
	return err
}

// ended is the error of a piece that ended in its middle, or what else broke the reading. at is
// where the piece began, lost the first packet that it costs.
func (r *Reader) ended(err error, at, lost int64, what string) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &Damage{Packet: lost, Offset: at, Says: "the file ends in the middle of " + what + ", as if it had been cut off; what stands before is read"}
	}
	return fmt.Errorf("packet %d, at byte %d: %w", lost, at, err)
}

func swap(v uint32) uint32 {
	return v>>24 | v>>8&0xff00 | v<<8&0xff0000 | v<<24
}
