package section

import (
	"encoding/binary"
	"hash/crc32"
)

// The stored form, all fixed numbers little-endian:
//
//	magic (4 bytes) | version uint32 | pieces
//
// A piece is a header of 24 bytes and its data:
//
//	name of the section (4 bytes) | number of the piece in its section uint32
//	| length of the data uint32 | length as stored uint32 | check uint32 | sum uint32
//	| data as stored
//
// Data is stored as a zstd frame where that is shorter, else as it is: then both lengths are
// equal. The check is CRC-32C of the data as stored. The sum is CRC-32C over the sum of the piece before it (of the magic and the
// version for the first), the name, the number and the data as it was before compression.
// So a piece fits only where it was written, and the last sum, which is over everything,
// does not depend on how well this version compresses.
//
// The last piece has the name "end." and no data.
const (
	headBytes  = 8
	pieceBytes = 24
	nameBytes  = 4
	endName    = "end."

	// pieceData is the most data of a piece. A reader never sets aside more at once.
	pieceData = 256 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// head is how a stream begins.
func head(magic string, version uint32) []byte {
	return binary.LittleEndian.AppendUint32([]byte(magic), version)
}

// sumOf is the sum of a piece that follows one with the sum before.
func sumOf(before uint32, name string, number uint32, data []byte) uint32 {
	var b [4 + nameBytes + 4]byte
	binary.LittleEndian.PutUint32(b[:], before)
	copy(b[4:], name)
	binary.LittleEndian.PutUint32(b[4+nameBytes:], number)
	return crc32.Update(crc32.Checksum(b[:], castagnoli), castagnoli, data)
}
