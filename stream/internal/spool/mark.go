package spool

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// position is a place in the order of all entries: the segment's number, then the sequence.
type position struct{ segment, seq uint64 }

func (p position) after(o position) bool {
	return p.segment > o.segment || p.segment == o.segment && p.seq > o.seq
}

// mark is what the next process has to know. It is written ahead, once for ahead entries: so many of those
// that were never sent may be held for sent after a crash.
type mark struct {
	version uint64
	sent    position // no entry after it was handed out
	gone    position // every entry before it has arrived, or was dropped
}

// The mark's file has two slots that are written in turn, so that one of them is always whole. It is never
// made longer: a disk that is full can be emptied.
//
//	slot: "EKM1", version u64, sent and gone (segment u64, sequence u64), CRC-32C of these u32
const (
	markName  = "mark"
	markMagic = "EKM1"
	markBytes = 4 + 5*8 + 4
	slotBytes = 512
	ahead     = 256
)

func (m mark) encode() []byte {
	b := append(make([]byte, 0, markBytes), markMagic...)
	for _, v := range [...]uint64{m.version, m.sent.segment, m.sent.seq, m.gone.segment, m.gone.seq} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeSlot(b []byte) (m mark, ok bool) {
	if len(b) < markBytes || string(b[:4]) != markMagic ||
		binary.LittleEndian.Uint32(b[markBytes-4:]) != crc32.Checksum(b[:markBytes-4], castagnoli) {
		return mark{}, false
	}
	at := func(i int) uint64 { return binary.LittleEndian.Uint64(b[4+8*i:]) }
	return mark{version: at(0), sent: position{at(1), at(2)}, gone: position{at(3), at(4)}}, true
}

// everything is what is taken to have been sent where nobody knows.
var everything = position{^uint64(0), ^uint64(0)}

// decodeMark reads the newer of the slots. Where there is none in a file that was written, all may have
// been sent.
func decodeMark(b []byte) (m mark, known bool) {
	if len(b) == 0 {
		return mark{}, true
	}
	m, known = decodeSlot(b)
	if len(b) > slotBytes {
		if other, ok := decodeSlot(b[slotBytes:]); ok && (!known || other.version > m.version) {
			m, known = other, true
		}
	}
	if !known {
		m.sent = everything
	}
	return m, known
}

// openMark reads the mark of the folder and keeps its file open.
func (s *Spool) openMark() (m mark, known bool, err error) {
	if s.pen, err = os.OpenFile(filepath.Join(s.o.Dir, markName), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return mark{}, false, err
	}
	b, err := io.ReadAll(io.LimitReader(s.pen, 2*slotBytes))
	m, known = decodeMark(b)
	return m, known, err
}

// reserve makes sure that the mark covers an entry before it is handed out. Where that cannot be written the
// entry is sent all the same: what is lost is only that the next process knows.
func (s *Spool) reserve(at position) {
	if !at.after(s.mark.sent) {
		return
	}
	if err := s.writeMark(position{at.segment, at.seq + ahead}); err != nil {
		s.o.Logger.Warn("mark how far the buffer was sent", "dir", s.o.Dir, "err", err)
	}
}

func (s *Spool) writeMark(sent position) error {
	m := mark{version: s.mark.version + 1, sent: sent, gone: s.oldest()}
	_, err := s.pen.WriteAt(m.encode(), int64(m.version%2)*slotBytes)
	if err == nil && s.o.Sync {
		err = s.pen.Sync()
	}
	if err != nil {
		return errors.Join(errors.New("the mark is as it was"), err)
	}
	s.mark = m
	step("mark written")
	return nil
}
