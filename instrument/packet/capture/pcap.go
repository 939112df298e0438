package capture

import (
	"fmt"
	"io"
)

// The first four bytes, draft-ietf-opsawg-pcap: fractions in microseconds and in nanoseconds, and a
// form that carried more in each record.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34
	fileHeader    = 24
	recordHeader  = 16
)

// header reads the 24 bytes at the beginning of a pcap.
func (r *Reader) header() error {
	b, err := r.take(fileHeader)
	if err != nil {
		return fmt.Errorf("%w: its header has %d bytes; expected %d", ErrNotCapture, len(b), fileHeader)
	}
	r.unit = 1
	if r.order.Uint32(b) == magicMicro {
		r.unit = 1000
	}
	r.link = Link(r.order.Uint32(b[20:]) & 0xffff) // the upper bits say how many bytes of checksum follow
	return nil
}

// record reads one packet of a pcap. Its length is all that tells where the next one begins: one
// that cannot be true ends the file.
func (r *Reader) record() (p Packet, ok bool, err error) {
	at := r.offset
	b, err := r.take(recordHeader)
	if err == io.EOF {
		return p, false, err
	}
	r.packets++
	if err != nil {
		return p, false, r.ended(err, at, r.packets, "what stands before a packet")
	}
	sec, frac := int64(r.order.Uint32(b)), int64(r.order.Uint32(b[4:]))
	has, wire := r.order.Uint32(b[8:]), r.order.Uint32(b[12:])
	if has > MostBytes {
		return p, false, &Damage{Packet: r.packets, Offset: at,
			Says: fmt.Sprintf("it says that it has %d bytes; expected at most %d, so where the next one begins is not known", has, MostBytes)}
	}
	data, err := r.take(int(has))
	if err != nil {
		return p, false, r.ended(err, at, r.packets, "a packet")
	}
	if frac*r.unit >= 1e9 || wire > 1<<30 {
		r.damaged++
		return p, false, nil
	}
	return Packet{At: sec*1e9 + frac*r.unit, Data: data, Wire: max(int(wire), len(data)), Link: r.link}, true, nil
}
