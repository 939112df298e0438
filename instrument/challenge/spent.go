package challenge

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
	"time"
)

// Use says how often a ticket was used.
type Use uint8

// The uses.
const (
	First     Use = iota + 1
	Again         // it was used before: as by going back to the page, and who did that brings the pass besides
	Uncounted     // the filter has no room for it: it may have been used before
)

var uses = [...]string{First: "first", Again: "again", Uncounted: "uncounted"}

// String returns first, again or uncounted.
func (u Use) String() string {
	if int(u) < len(uses) && uses[u] != "" {
		return uses[u]
	}
	return "invalid"
}

// The bounds of a filter, in tickets of one epoch.
const (
	LeastRoom = 64
	MostRoom  = 1 << 20
)

// farthest is how many places after its own a ticket may stand.
const farthest = 64

// Spent remembers which tickets were used, for one domain, so that those who solve at one domain take no room
// of another. What other edges of a fleet saw it is told by Learn; until then one use counts at each, with one ID. It takes 8 bytes a place in each of at most three epochs, and what it is asked costs no lock. Places
// are named by 64 bits of the sum, so that of n tickets one that was not used counts as used with a
// probability of n/2⁶⁴ at most. Make it with NewSpent.
//
// Where clocks are set back by more than an epoch, a ticket of before may count once more.
type Spent struct {
	mask   uint64
	tables [3]atomic.Pointer[spentTable] // by epoch mod 3: those that tokens which are believed may be of
}

type spentTable struct {
	epoch  int64
	places []atomic.Uint64 // 0 is free
}

// NewSpent returns a filter with room for so many tickets an epoch: a power of two of places, at least twice as
// many, so that hardly one finds its places taken. A number beyond LeastRoom to MostRoom is taken as the nearest.
func NewSpent(room int) *Spent {
	room = min(max(room, LeastRoom), MostRoom)
	return &Spent{mask: 1<<bits.Len64(uint64(2*room-1)) - 1}
}

// Take counts a use. Of any number that come at once, with one ticket, exactly one is First, or all are Uncounted:
// places are looked at in one order and are never free again, so two that look for the same one meet.
func (s *Spent) Take(t *Ticket) Use { return s.take(t.ms, &t.sum) }

func (s *Spent) take(ms int64, sum *[tokenBytes - tokenHead]byte) Use {
	table := s.table(epochOf(ms, tokenEpoch))
	tag := max(binary.BigEndian.Uint64(sum[:]), 1)
	at := binary.BigEndian.Uint64(sum[8:])
	for i := range uint64(farthest) {
		place := &table.places[(at+i)&s.mask]
		was := place.Load()
		if was == 0 && place.CompareAndSwap(0, tag) {
			return First
		}
		if was == 0 {
			was = place.Load() // somebody was faster
		}
		if was == tag {
			return Again
		}
	}
	return Uncounted
}

// Used is a use as one edge tells the others of it: when the challenge was issued, 6 bytes of ms since 1970, and its sum. It
// is of no use to a visitor.
type Used [6 + tokenBytes - tokenHead]byte

// Used returns what the other edges are to know of a ticket.
func (t *Ticket) Used() (u Used) {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(t.ms))
	copy(u[:], ms[2:])
	copy(u[6:], t.sum[:])
	return u
}

// Learn counts a use at another edge, and says whether it can matter: one of a challenge that Check would refuse as too old or
// too new at the time now is passed over, so that an edge whose clock is wrong empties nobody's filter.
func (s *Spent) Learn(u Used, now time.Time) bool {
	ms := int64(u[0])<<40 | int64(u[1])<<32 | int64(u[2])<<24 | int64(u[3])<<16 | int64(u[4])<<8 | int64(u[5])
	if age := now.UnixMilli() - ms; age < -Skew.Milliseconds() || age >= TokenFor.Milliseconds() {
		return false
	}
	return s.take(ms, (*[tokenBytes - tokenHead]byte)(u[6:])) != Uncounted
}

// table returns the places of an epoch.
func (s *Spent) table(epoch int64) *spentTable {
	slot := &s.tables[epoch%int64(len(s.tables))]
	for {
		t := slot.Load()
		if t != nil && t.epoch == epoch {
			return t
		}
		made := &spentTable{epoch, make([]atomic.Uint64, s.mask+1)}
		if slot.CompareAndSwap(t, made) {
			return made
		}
	}
}
