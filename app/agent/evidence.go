package agent

import (
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
)

// Bounds of what is kept of guests' packets. They bound each other: a thousand guests that all are loud have about fourteen each.
const (
	mostEvidence = 2 << 20          // bytes, of all guests
	fewestKept   = 4                // with which a guest begins
	mostKept     = 1024             // of a guest, whatever is set
	evidenceAges = 10 * time.Minute // after which a guest that was not sampled again has none
)

// header is the beginning of one packet that a guest sent: its headers, and nothing behind them.
type header struct {
	at    evenkeel.Moment
	bytes uint32 // on the wire
	size  uint8
	cause port.Cause // why it was dropped, if it was
	data  [port.MaxSample]byte
}

// headerBytes is what one of them takes.
const headerBytes = int(unsafe.Sizeof(header{}))

// ring are the last packets of one guest: the oldest is at next once it is full.
type ring struct {
	kept []header
	next int
	last evenkeel.Moment
}

// ordered are they from the oldest on; the slice is another one, of this capacity, and holds the newest that fit.
func (r *ring) ordered(capacity int) []header {
	out := make([]header, 0, capacity)
	n := len(r.kept)
	for i := max(0, n-capacity); i < n; i++ {
		out = append(out, r.kept[(r.next+i)%n])
	}
	return out
}

// evidence are the last packets of each guest, in memory that is bounded for all of them together. Who sends much has more, as
// long as nobody else wants the room.
type evidence struct {
	keep int // of a guest

	mu    sync.Mutex
	rings map[string]*ring
	used  int // packets for which there is room
}

func newEvidence(keep int) *evidence { return &evidence{keep: keep, rings: map[string]*ring{}} }

// add keeps one packet of a guest, as its newest.
func (e *evidence) add(asset string, s *port.Sample, at evenkeel.Moment) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.rings[asset]
	if r == nil {
		first := min(fewestKept, e.keep)
		if !e.room(first, first) {
			return
		}
		r = &ring{kept: make([]header, 0, first)}
		e.rings[asset] = r
	}
	size := cap(r.kept)
	if len(r.kept) == size && r.next == 0 { // once in a round: who cannot grow does not ask at each packet
		if more := min(size, e.keep-size); more > 0 && e.room(more, size+more) {
			r.kept = r.ordered(size + more)
		}
	}
	x := header{at: at, bytes: s.Bytes, cause: s.Cause}
	x.size = uint8(copy(x.data[:], s.Data))
	r.last = at
	if len(r.kept) < cap(r.kept) {
		r.kept = append(r.kept, x)
		return
	}
	r.kept[r.next] = x
	r.next = (r.next + 1) % len(r.kept)
}

// room takes room for so many more. Where there is none the guest with most gives half of its own, the older one, if it has
// still at least fair then.
func (e *evidence) room(more, fair int) bool {
	if (e.used+more)*headerBytes > mostEvidence {
		var most *ring
		for _, r := range e.rings {
			if most == nil || cap(r.kept) > cap(most.kept) {
				most = r
			}
		}
		if most == nil {
			return false
		}
		half := cap(most.kept) / 2
		if gives := cap(most.kept) - half; half < fair || gives < more {
			return false
		}
		e.used -= cap(most.kept) - half
		most.kept, most.next = most.ordered(half), 0
	}
	e.used += more
	return true
}

// forget lets go of guests that were not sampled for long, and of those that are no more.
func (e *evidence) forget(now evenkeel.Moment) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for asset, r := range e.rings {
		if age := now.Sub(r.last); age > evidenceAges || age < -evidenceAges { // of before a clock was set back
			e.used -= cap(r.kept)
			delete(e.rings, asset)
		}
	}
}

// of are the packets of a guest that are kept, from the oldest on.
func (e *evidence) of(asset evenkeel.AssetID) []Packet {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.rings[string(asset)]
	if r == nil {
		return nil
	}
	out := make([]Packet, 0, len(r.kept))
	for _, x := range r.ordered(len(r.kept)) {
		p := Packet{At: x.at, Asset: asset, Direction: evenkeel.DirectionOut.String(), Bytes: int(x.bytes), Data: slices.Clone(x.data[:x.size])}
		if x.cause != port.ByNothing {
			p.Dropped = x.cause.String()
		}
		out = append(out, p)
	}
	return out
}
