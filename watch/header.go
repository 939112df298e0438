package watch

import "encoding/binary"

// The bytes of a subject begin with a header, then one episode per rule, then the windows:
//
//	0  newest beat that holds records, plus 1; 0 none
//	4  which of the 16 beats up to the newest hold records (bit i: newest − i)
//	6  counter lines of the asset; the top bit: it has rare windows
//	8  when the tenancy began, in seconds, rounded up; 0 unknown
//	12 which share the subject counts towards
//	16 engine time when it was last touched, in seconds
const headerBytes = 20

const (
	rareBit   = 1 << 15
	mostLines = rareBit - 1
)

type header []byte

func head(rec []byte) header { return header(rec[:headerBytes]) }

func (h header) newest() (beat uint32, ok bool) {
	n := binary.LittleEndian.Uint32(h)
	return n - 1, n > 0
}

// addLine counts one more counter line.
func (h header) addLine() {
	binary.LittleEndian.PutUint16(h[6:], binary.LittleEndian.Uint16(h[6:])+1)
}

// touch notes that a beat holds records and says whether it is the first of that beat. Of a
// beat too old to be told apart it says no: its records were late for every window.
func (h header) touch(beat uint32) bool {
	le := binary.LittleEndian
	newest, ok := h.newest()
	bits := uint32(le.Uint16(h[4:]))
	switch {
	case !ok || beat > newest:
		if shift := beat - newest; ok && shift < 16 {
			bits = bits<<shift | 1
		} else {
			bits = 1
		}
		le.PutUint32(h, beat+1)
	case newest-beat >= 16 || bits>>(newest-beat)&1 == 1:
		return false
	default:
		bits |= 1 << (newest - beat)
	}
	le.PutUint16(h[4:], uint16(bits))
	return true
}

func (h header) lines() int          { return int(binary.LittleEndian.Uint16(h[6:]) &^ rareBit) }
func (h header) hasRare() bool       { return binary.LittleEndian.Uint16(h[6:])&rareBit != 0 }
func (h header) setRare()            { h[7] |= rareBit >> 8 }
func (h header) tenancy() uint32     { return binary.LittleEndian.Uint32(h[8:]) }
func (h header) setTenancy(s uint32) { binary.LittleEndian.PutUint32(h[8:], s) }
func (h header) share() uint32       { return binary.LittleEndian.Uint32(h[12:]) }
func (h header) setShare(i uint32)   { binary.LittleEndian.PutUint32(h[12:], i) }
func (h header) touched() uint32     { return binary.LittleEndian.Uint32(h[16:]) }
func (h header) setTouched(s uint32) { binary.LittleEndian.PutUint32(h[16:], s) }

// An episode is the time in which one rule's condition holds for one subject, with pauses
// shorter than the rule's quiet. It is kept in 8 bytes:
//
//	0  first beat, plus 1, in the low 30 bits; bit 30 published as provisional, 31 as final
//	4  last beat in which the condition held
const episodeBytes = 8

type episode []byte

const (
	episodeBeat        = 1<<30 - 1
	episodeProvisional = 1 << 30
	episodeFinal       = 1 << 31
)

func (s episode) word() uint32 { return binary.LittleEndian.Uint32(s) }
func (s episode) open() bool   { return s.word() != 0 }
func (s episode) start() uint32 {
	return s.word()&episodeBeat - 1
}
func (s episode) last() uint32         { return binary.LittleEndian.Uint32(s[4:]) }
func (s episode) has(flag uint32) bool { return s.word()&flag != 0 }

// hold notes that the condition holds in a beat, and that the episode is published in the
// way that flag says. The first call fixes the episode's start for ever.
func (s episode) hold(beat, flag uint32) {
	w := s.word()
	last := beat
	if w == 0 {
		w = (beat + 1) & episodeBeat
	} else {
		last = max(beat, s.last())
	}
	binary.LittleEndian.PutUint32(s, w|flag)
	binary.LittleEndian.PutUint32(s[4:], last)
}

// lapse ends the episode if the condition has not held for more than quiet beats.
func (s episode) lapse(beat, quiet uint32) {
	if s.open() && beat > s.last() && beat-s.last() > quiet {
		clear(s)
	}
}
