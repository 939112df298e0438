package spool

import (
	"encoding/binary"
	"hash/crc32"
)

// A segment is a file: a header, then entries one behind the other. All numbers are little-endian.
//
//	header: "EKQ1", boot [16], CRC-32C of both u32
//	entry:  length of the data u32, records in it u32, sequence u64, CRC-32C of these and the data u32, data
//
// The sequences of a segment rise. CRC-32C is the Castagnoli polynomial (RFC 3720, appendix B.4).
const (
	magic       = "EKQ1"
	headerBytes = 4 + 16 + 4
	frameBytes  = 4 + 4 + 8 + 4 // what an entry has beside its data
	// MaxEntry is the longest entry in bytes.
	MaxEntry = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Boot names one opening of a spool. It is drawn by lot, so that a disk that was put back to an older
// state gives new entries other names than those that were sent since.
type Boot [16]byte

// ID names an entry for ever.
type ID struct {
	Boot Boot
	Seq  uint64 // 1 for the first of a boot, then upwards with gaps
}

func appendHeader(dst []byte, boot Boot) []byte {
	from := len(dst)
	dst = append(dst, magic...)
	dst = append(dst, boot[:]...)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

func appendEntry(dst []byte, seq uint64, records uint32, data []byte) []byte {
	from := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(data)))
	dst = binary.LittleEndian.AppendUint32(dst, records)
	dst = binary.LittleEndian.AppendUint64(dst, seq)
	sum := crc32.Update(crc32.Checksum(dst[from:], castagnoli), castagnoli, data)
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	return append(dst, data...)
}

// place is where an entry lies in its segment.
type place struct {
	seq     uint64
	at      int64 // of its frame
	size    uint32
	records uint32
}

func (p place) bytes() int64 { return frameBytes + int64(p.size) }

// scanned is what a segment's bytes hold.
type scanned struct {
	boot    Boot
	entries []place
	damaged int   // entries in the middle that do not have their checksum
	torn    int64 // bytes at the end that are no entry
	foreign bool  // it does not begin as a segment does: nothing of it can be read
}

// scan reads a segment. Whatever the bytes are, what it returns has its checksum.
func scan(data []byte) (s scanned) {
	if len(data) < headerBytes || string(data[:4]) != magic ||
		binary.LittleEndian.Uint32(data[headerBytes-4:]) != crc32.Checksum(data[:headerBytes-4], castagnoli) {
		s.foreign = true
		return s
	}
	copy(s.boot[:], data[4:])
	newest := uint64(0)
	for at := headerBytes; at < len(data); {
		size, ok := entryAt(data, at)
		if size == 0 {
			s.torn = int64(len(data) - at)
			break
		}
		seq := binary.LittleEndian.Uint64(data[at+8:])
		if ok && seq > newest {
			newest = seq
			s.entries = append(s.entries, place{
				seq: seq, at: int64(at), size: uint32(size - frameBytes), records: binary.LittleEndian.Uint32(data[at+4:]),
			})
		} else {
			s.damaged++
		}
		at += size
	}
	return s
}

// entryAt returns how many bytes the entry at a place takes, 0 where it does not fit into the data, and
// whether it has its checksum.
func entryAt(data []byte, at int) (size int, ok bool) {
	if len(data)-at < frameBytes {
		return 0, false
	}
	n := binary.LittleEndian.Uint32(data[at:])
	if n > MaxEntry || int(n) > len(data)-at-frameBytes {
		return 0, false
	}
	size = frameBytes + int(n)
	sum := crc32.Update(crc32.Checksum(data[at:at+16], castagnoli), castagnoli, data[at+frameBytes:at+size])
	return size, sum == binary.LittleEndian.Uint32(data[at+16:])
}
