package answer

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// hole is a place in a page where something stands that is another for each visitor.
type hole byte

// mold is a page with holes. What stands between them is there as it is, and deflated (RFC 1951) to whole bytes with no
// reference to what was before; what goes into a hole becomes a stored block. So a compressed page (RFC 1952) costs a copy and a checksum.
type mold struct{ pieces []piece }

type piece struct {
	plain  []byte
	packed []byte
	hole   hole // after it; 0 after the last
}

// mark stands before the hole's byte in a text from which a mold is made.
const mark = 0

// press makes molds. It has what deflating takes, a megabyte, once for all of them.
type press struct {
	w   *flate.Writer
	out bytes.Buffer
}

func newPress() (*press, error) {
	p := &press{}
	var err error
	if p.w, err = flate.NewWriter(&p.out, flate.BestCompression); err != nil {
		return nil, fmt.Errorf("compress the pages: %w", err)
	}
	return p, nil
}

// mold makes a mold of a text in which holes are marked.
func (x *press) mold(text string) (*mold, error) {
	m := &mold{}
	for rest := []byte(text); ; {
		plain, behind, found := bytes.Cut(rest, []byte{mark})
		x.out.Reset()
		x.w.Reset(&x.out)
		_, err := x.w.Write(plain)
		if err == nil {
			err = x.w.Flush()
		}
		if err != nil {
			return nil, fmt.Errorf("compress a page: %w", err) // cannot be: nothing fails in memory
		}
		p := piece{plain: plain, packed: bytes.Clone(x.out.Bytes())}
		if found {
			p.hole = hole(behind[0])
		}
		m.pieces = append(m.pieces, p)
		if !found {
			return m, nil
		}
		rest = behind[1:]
	}
}

// gzipHead is the head of every compressed page: deflate, no time, no flags, of an unknown system.
var gzipHead = [10]byte{0x1f, 0x8b, 8, 9: 0xff}

// mostStored is the length of the longest stored block.
const mostStored = 1<<16 - 1

// render appends the page to dst. fill appends what goes into a hole, at most mostStored bytes, and keeps nothing of what it is given.
func (m *mold) render(dst []byte, packed bool, fill func([]byte, hole) []byte) []byte {
	if !packed {
		for i := range m.pieces {
			dst = append(dst, m.pieces[i].plain...)
			if h := m.pieces[i].hole; h != 0 {
				dst = fill(dst, h)
			}
		}
		return dst
	}
	sum, size := uint32(0), 0
	dst = append(dst, gzipHead[:]...)
	for i := range m.pieces {
		p := &m.pieces[i]
		dst = append(dst, p.packed...)
		sum, size = crc32.Update(sum, crc32.IEEETable, p.plain), size+len(p.plain)
		if p.hole == 0 {
			continue
		}
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0, 0)
		dst = fill(dst, p.hole)
		dst = dst[:min(len(dst), at+5+mostStored)]
		in := dst[at+5:]
		binary.LittleEndian.PutUint16(dst[at+1:], uint16(len(in)))
		binary.LittleEndian.PutUint16(dst[at+3:], ^uint16(len(in)))
		sum, size = crc32.Update(sum, crc32.IEEETable, in), size+len(in)
	}
	dst = append(dst, 1, 0, 0, 0xff, 0xff)
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	return binary.LittleEndian.AppendUint32(dst, uint32(size))
}
