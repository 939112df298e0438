package suspect

import (
	"math/bits"
	"time"
	"unsafe"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/instrument/sketch"
)

// Watch is what comes to one domain now, in WatchSize bytes, whatever comes. It looks at about the last PaneFor: it begins
// anew by itself when rules are asked for after that. Only domains that something presses need one, so a few are lent to many domains
// (Reset). Make it with NewWatch. One goroutine uses it at a time.
type Watch struct {
	seed  siphash.Hash
	habit *Habit
	crowd *Crowd
	spare []Key
	pane  pane
}

// pane is what came since a moment.
type pane struct {
	begun, last evenkeel.Moment
	lot         uint64 // of the samples
	visits      uint64
	cost        uint64
	busts       uint64
	addresses   sketch.HyperLogLog
	strangers   sample // neither pass nor verified
	seen        [strangers]seen
	friends     sample
	known       [friends]hashes
}

// seen is a visit that was drawn, with its keys, hashed.
type seen struct {
	keys  hashes
	visit Visit
}

// PaneFor is how long a Watch looks back at most.
const PaneFor = 10 * time.Second

const (
	strangers = 1 << 11 // in the sample: a key of 0.4 % of the visits is in it eight times
	friends   = 1 << 10
	// WatchSize bounds the size of a Watch in bytes.
	WatchSize = 700 << 10
)

// sample draws evenly from what comes (J. Vitter, "Random sampling with a reservoir", algorithm R, ACM TOMS 11(1), 1985).
type sample struct {
	n    int    // drawn
	came uint64 // altogether
	cost uint64
}

// place says whether what comes is drawn, and where it is put, of room places.
func (s *sample) place(lot uint64, room int, cost uint32) (at int, drawn bool) {
	s.came++
	s.cost += uint64(cost)
	if s.n < room {
		s.n++
		return s.n - 1, true
	}
	i, _ := bits.Mul64(lot, s.came)
	return int(min(i, uint64(room))), i < uint64(room)
}

// NewWatch returns one for a domain with a habit, which may be nil where nothing is known, and the crowd of the edge, which it feeds. They have the same key.
func NewWatch(key siphash.Key, crowd *Crowd, habit *Habit) *Watch {
	w := &Watch{seed: siphash.New(key), crowd: crowd}
	w.Reset(habit)
	return w
}

// Reset empties it and lends it to a domain.
func (w *Watch) Reset(habit *Habit) {
	w.habit = habit
	w.spare = nil
	w.turn(0)
}

// Spare has no rule made of some keys from now on: what was taken back is not tried again at once.
func (w *Watch) Spare(keys []Key) { w.spare = keys }

// turn begins a pane.
func (w *Watch) turn(now evenkeel.Moment) {
	h := w.seed
	h.Uint64(uint64(now))
	p := &w.pane
	p.begun, p.last, p.lot = now, now, h.Sum()|1
	p.visits, p.cost, p.busts = 0, 0, 0
	p.strangers, p.friends = sample{}, sample{}
	p.addresses = sketch.HyperLogLog{}
}

// Note counts a visit, also one that a rule keeps off: what is not seen any more would be let go of. It allocates nothing.
func (w *Watch) Note(now evenkeel.Moment, v *Visit) {
	p := &w.pane
	if p.begun == 0 || now < p.begun { // the first one, or a clock that was set back
		w.turn(now)
	}
	p.last = max(p.last, now)
	cost, keys := max(v.Cost, 1), v.hash(&w.seed)
	p.visits++
	p.cost += uint64(cost)
	if v.Class == Class(mix(v.Shape.bare, 4)) {
		p.busts++
	}
	p.addresses.Add(keys[Address])
	w.crowd.Note(now, v)
	p.lot ^= p.lot << 13 // G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003
	p.lot ^= p.lot >> 7
	p.lot ^= p.lot << 17
	if v.Pass || v.Bot { // whom no rule asks, no rule has to name
		if at, drawn := p.friends.place(p.lot, friends, cost); drawn {
			p.known[at] = keys
		}
	} else if at, drawn := p.strangers.place(p.lot, strangers, cost); drawn {
		p.seen[at].keys, p.seen[at].visit = keys, *v
		p.seen[at].visit.Cost = cost
	}
}

// Busts returns how many visits of this pane asked a known path with a query that nobody uses there; Addresses how many different addresses there were.
func (w *Watch) Busts() uint64 { return w.pane.busts }

// Addresses returns about how many different addresses there were in this pane.
func (w *Watch) Addresses() uint64 { return w.pane.addresses.Count() }

// Size returns how many bytes it takes.
func (w *Watch) Size() int { return int(unsafe.Sizeof(*w)) }
