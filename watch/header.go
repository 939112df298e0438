package watch

import (
	"encoding/binary"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// The bytes of a subject begin with a header, then one episode per rule, then the windows:
//
//	0  newest beat that holds records, plus 1; 0 none
//	4  which of the 16 beats up to the newest hold records (bit i: newest − i)
//	6  flags: bit 0, it has rare windows
//	8  when the tenancy began that the state belongs to; 0 unknown
//	16 which share the subject counts towards
//	20 engine time when it was last touched, in seconds
//	24 first beat that held records
//	28 number of the state among all that were ever made: its place may be another's later
const headerBytes = 32

const flagRare = 1 << 0

type header []byte

func head(rec []byte) header { return header(rec[:headerBytes]) }

func (h header) newest() (beat uint32, ok bool) {
	n := binary.LittleEndian.Uint32(h)
	return n - 1, n > 0
}

// touch notes that a beat holds records and says whether it is the first of that beat. Of a
// beat too old to be told apart it says no: its records were late for every window.
func (h header) touch(beat uint32) bool {
	le := binary.LittleEndian
	newest, ok := h.newest()
	bits := uint32(le.Uint16(h[4:]))
	if !ok || beat < h.first() {
		le.PutUint32(h[24:], beat)
	}
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

func (h header) hasRare() bool { return h[6]&flagRare != 0 }
func (h header) setRare()      { h[6] |= flagRare }
func (h header) clearRare()    { h[6] &^= flagRare }

func (h header) tenancy() evenkeel.Moment {
	return evenkeel.Moment(binary.LittleEndian.Uint64(h[8:]))
}
func (h header) setTenancy(from evenkeel.Moment) {
	binary.LittleEndian.PutUint64(h[8:], uint64(from))
}
func (h header) share() uint32       { return binary.LittleEndian.Uint32(h[16:]) }
func (h header) setShare(i uint32)   { binary.LittleEndian.PutUint32(h[16:], i) }
func (h header) touched() uint32     { return binary.LittleEndian.Uint32(h[20:]) }
func (h header) setTouched(s uint32) { binary.LittleEndian.PutUint32(h[20:], s) }
func (h header) first() uint32       { return binary.LittleEndian.Uint32(h[24:]) }
func (h header) born() uint32        { return binary.LittleEndian.Uint32(h[28:]) }
func (h header) setBorn(n uint32)    { binary.LittleEndian.PutUint32(h[28:], n) }

// An episode is the time in which one rule's condition holds for one subject, with pauses
// shorter than the rule's quiet. What joins later and changes how much may be done, a family
// of evidence or a conclusive term, begins the next one: it is told under an id of its own. So
// does a further class of what others report: each is another thing to answer.
//
// Provisional and final looks keep their own account of it, so that whether a final finding
// is told depends on closed panes alone. An episode is kept in 16 bytes:
//
//	0  beat of its start
//	4  last beat in which the condition held provisionally
//	8  last beat in which it held finally
//	12 what was told provisionally
//	13 what was told finally
//	14 how many beats before its start the episode before it began, at most 255
//	15 how many beats before its start what begins it was seen: 0 but where the episode
//	   before it began in the same beat
//
// and, of a rule with several terms about reports, in 2 more: which of these were told
// provisionally, and which finally.
const (
	episodeBytes = 16
	classBytes   = 2
)

type episode []byte

// An aspect is what a finding tells: bit 0 conclusive, bits 1 to 5 the families of evidence,
// bit 6 that unknown facts left it open whether the rule fires, bits 8 to 15 which classes of report:
// the terms about reports in the order of the rule, those from the eighth on as one.
type aspect uint16

const (
	conclusive aspect = 1 << 0
	undecided  aspect = 1 << 6
	// spent, of what was told finally: the episode that begins at the start was told and is
	// over, but not by the provisional account.
	spent aspect = 1 << 7

	firstClass = 8
	classes    = 8
)

// Offsets of what the two kinds of look keep.
const (
	episodeStart  = 0
	episodeLast   = 4
	episodeTold   = 12
	episodeSince  = 14
	episodePushed = 15
	episodeClass  = 16
)

// aspects returns what a verdict would tell.
func (lr *laidRule) aspects() (a aspect) {
	if !lr.verdict.Fires {
		return undecided
	}
	class := 0
	for i := range lr.Terms {
		t := &lr.Terms[i]
		if t.Weight > 0 && lr.verdict.Met[i] == ternary.True {
			a |= 1 << t.Family
			if t.Conclusive {
				a |= conclusive
			}
			if lr.classed && t.Family == evenkeel.EvidenceReport {
				a |= 1 << (firstClass + min(class, classes-1))
			}
		}
		if t.Family == evenkeel.EvidenceReport {
			class++
		}
	}
	return a
}

func (s episode) start() uint32 { return binary.LittleEndian.Uint32(s[episodeStart:]) }

func (s episode) last(r evenkeel.Revision) []byte {
	return s[episodeLast+4*(int(r)-int(evenkeel.Provisional)):][:4]
}

func (s episode) told(r evenkeel.Revision) aspect {
	i := int(r) - int(evenkeel.Provisional)
	a := aspect(s[episodeTold+i])
	if len(s) > episodeBytes {
		a |= aspect(s[episodeClass+i]) << firstClass
	}
	return a
}

func (s episode) setTold(r evenkeel.Revision, a aspect) {
	i := int(r) - int(evenkeel.Provisional)
	s[episodeTold+i] = byte(a)
	if len(s) > episodeBytes {
		s[episodeClass+i] = byte(a >> firstClass)
	}
}

func (s episode) open() bool {
	return (s.told(evenkeel.Provisional)|s.told(evenkeel.Final))&^spent != 0
}

// questioned says whether something was told finally and is not over.
func (s episode) questioned() bool { return s.told(evenkeel.Final)&^spent != 0 }

// lastHeld is the last beat in which the condition held finally.
func (s episode) lastHeld() uint32 {
	return binary.LittleEndian.Uint32(s.last(evenkeel.Final))
}

// hold notes that the condition held in a beat.
func (s episode) hold(r evenkeel.Revision, beat uint32) {
	last := s.last(r)
	binary.LittleEndian.PutUint32(last, max(beat, binary.LittleEndian.Uint32(last)))
}

// tell notes what is told as one revision. It says whether any of it is new and in which beat
// the episode that tells it began: the first telling of something fixes that for ever, and
// no two episodes of a rule about a subject begin in the same beat.
//
// A final telling about a beat before the present episode, which a provisional telling has
// begun meanwhile, belongs to the one before.
func (s episode) tell(r evenkeel.Revision, a aspect, beat uint32) (start uint32, isNew bool) {
	before := s.told(evenkeel.Provisional) | s.told(evenkeel.Final)
	told := before
	if r == evenkeel.Final {
		told = s.told(r)
	}
	s.setTold(r, s.told(r)|a)
	switch start = s.start(); {
	case a&^told == 0:
		return s.startAt(beat), false
	case before == 0:
		start = beat
		s.begin(start, 0, 0)
	case a&^before != 0 || told&spent != 0:
		start = max(beat, s.start()+1)
		s.begin(start, start-s.start(), start-beat)
		s.setTold(evenkeel.Final, s.told(evenkeel.Final)&^spent)
	case beat >= s.start()-uint32(s[episodePushed]):
	case told == 0:
		start = s.start() - uint32(s[episodeSince])
	default:
		start = beat
	}
	return start, true
}

// startAt is where the episode began that a beat belongs to: the present one, or the one before it.
func (s episode) startAt(beat uint32) uint32 {
	start := s.start()
	if beat < start-uint32(s[episodePushed]) {
		start -= uint32(s[episodeSince])
	}
	return start
}

// begin fixes where the present episode begins.
func (s episode) begin(start, sinceLast, sinceSeen uint32) {
	binary.LittleEndian.PutUint32(s[episodeStart:], start)
	s[episodeSince], s[episodePushed] = byte(min(sinceLast, 255)), byte(min(sinceSeen, 255))
}

// lapse ends what has not held for more than quiet beats.
func (s episode) lapse(beat, quiet uint32) {
	for r := evenkeel.Provisional; r <= evenkeel.Final; r++ {
		last := binary.LittleEndian.Uint32(s.last(r))
		if s.told(r)&^spent != 0 && beat > last && beat-last > quiet {
			over := aspect(0)
			if r == evenkeel.Final {
				over = spent
			}
			s.setTold(r, over)
		}
	}
	if !s.open() {
		clear(s)
	}
}
