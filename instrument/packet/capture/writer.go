package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Writer writes packets of one link as a pcap with nanoseconds, draft-ietf-opsawg-pcap, which tcpdump and Wireshark read.
type Writer struct {
	out  io.Writer
	link Link
	buf  []byte
}

// NewWriter writes how the file begins.
func NewWriter(out io.Writer, link Link) (*Writer, error) {
	o := binary.LittleEndian
	b := o.AppendUint32(nil, magicNano)
	b = o.AppendUint16(b, 2) // the version of the form, 2.4
	b = o.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...) // reserved
	b = o.AppendUint32(b, MostBytes)
	b = o.AppendUint32(b, uint32(link))
	_, err := out.Write(b)
	return &Writer{out: out, link: link}, err
}

// Write appends one packet. A time before 1970, or of after the year 2105, and a packet of more than MostBytes or of
// another link are errors, and nothing is written.
func (w *Writer) Write(p *Packet) error {
	sec := p.At / 1e9
	switch {
	case p.At < 0 || sec > math.MaxUint32:
		return fmt.Errorf("a packet at %d ns since 1970; expected one of which the seconds have 32 bits", p.At)
	case len(p.Data) > MostBytes:
		return fmt.Errorf("a packet of %d bytes; expected at most %d", len(p.Data), MostBytes)
	case p.Link != w.link:
		return fmt.Errorf("a packet of a link %s; expected %s as the file says", p.Link, w.link)
	}
	o := binary.LittleEndian
	b := o.AppendUint32(w.buf[:0], uint32(sec))
	b = o.AppendUint32(b, uint32(p.At%1e9))
	b = o.AppendUint32(b, uint32(len(p.Data)))
	b = o.AppendUint32(b, uint32(min(max(p.Wire, len(p.Data)), 1<<30))) // what the reader takes for a length at most
	w.buf = append(b, p.Data...)
	_, err := w.out.Write(w.buf)
	return err
}
