package availability

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// piece is a minute with what came in it, or an hour of a day that is folded, less its notes.
type piece struct {
	at     evenkeel.Moment
	hour   bool
	good   uint64 // of an hour: its minutes in which all who came were served, a bit for each
	silent bool   // a minute of which no edge told anything, with an estimate
	counts Counts
}

func (p *piece) minute() Minute { return Minute{p.at, p.counts, p.silent} }

// History is what came to a tenant's sites, or to one of them, in any order of days and slots.
type History struct {
	pieces []piece // an hour or a minute each
	sorted bool
}

// AddSlot adds what a slot says.
func (h *History) AddSlot(s *Slot) {
	for _, m := range s.Minutes() {
		h.pieces = append(h.pieces, piece{at: m.At, counts: m.Counts})
	}
	h.sorted = false
}

// AddDay adds what a day says: its notes minute by minute, and of each hour what is left beside them.
func (h *History) AddDay(d *Day) {
	hours, good := d.hours, d.visited
	for _, n := range d.notes {
		h.pieces = append(h.pieces, piece{at: n.At, counts: n.Counts})
		into := n.At.Sub(d.At)
		rest := &hours[into/time.Hour]
		good[into/time.Hour] &^= 1 << (into % time.Hour / time.Minute)
		for i := range rest {
			rest[i] -= min(rest[i], n.Counts[i])
		}
	}
	for i := range hours {
		if !hours[i].Empty() {
			at := d.At.Add(time.Duration(i) * time.Hour)
			h.pieces = append(h.pieces, piece{at: at, hour: true, good: good[i], counts: hours[i]})
		}
	}
	h.sorted = false
}

// Join adds another history, such as that of another site.
func (h *History) Join(o *History) {
	h.pieces = append(h.pieces, o.pieces...)
	h.sorted = false
}

func (h *History) all() []piece {
	if !h.sorted {
		slices.SortStableFunc(h.pieces, func(a, b piece) int { return cmp.Compare(a.at, b.at) })
		h.sorted = true
	}
	return h.pieces
}

// within are the pieces that begin in [from, until).
func (h *History) within(from, until evenkeel.Moment) []piece {
	all := h.all()
	i, _ := slices.BinarySearchFunc(all, from, func(p piece, at evenkeel.Moment) int { return cmp.Compare(p.at, at) })
	j, _ := slices.BinarySearchFunc(all, max(from, until), func(p piece, at evenkeel.Moment) int { return cmp.Compare(p.at, at) })
	return all[i:j]
}

// Excuse says how much of what was missed in a minute of a site is not held against the operator, at most all of it, and
// under which clause. Nil excuses nothing.
type Excuse func(m *Minute) (n uint64, clause Clause)

// Window is what users saw in a stretch of time. Of what is folded, whole hours count: those that begin in it.
type Window struct {
	From    evenkeel.Moment `json:"from"`
	Until   evenkeel.Moment `json:"until"`
	Wanted  uint64          `json:"wanted"`
	Served  uint64          `json:"served"`
	Missed  uint64          `json:"missed"`
	Excused uint64          `json:"excused"` // of what was missed
	// Estimated is how much of what was wanted and missed is an estimate, since no edge told anything.
	Estimated uint64          `json:"estimated,omitempty"`
	Clauses   [clauses]uint64 `json:"-"`       // the excused, by clause
	Missing   Missing         `json:"-"`       // all that was missed, by why
	Visited   bool            `json:"visited"` // anybody came who was wanted
}

// Window adds up what came in [from, until).
func (h *History) Window(from, until evenkeel.Moment, excuse Excuse) Window {
	w := Window{From: from, Until: until}
	for _, p := range h.within(from, until) {
		w.Wanted = plus(w.Wanted, p.counts.Wanted())
		w.Served = plus(w.Served, p.counts.Served())
		missed := p.counts.Missed()
		if missed == 0 {
			continue
		}
		w.Missed = plus(w.Missed, missed)
		m := p.minute()
		if m.Silent {
			w.Estimated = plus(w.Estimated, missed)
		}
		why := m.Missing()
		w.Missing.add(&why)
		if excuse != nil {
			if n, clause := excuse(&m); n > 0 {
				n = min(n, missed)
				w.Excused = plus(w.Excused, n)
				w.Clauses[clause] = plus(w.Clauses[clause], n)
			}
		}
	}
	w.Visited = w.Wanted > 0
	return w
}

// Counted is what was wanted, less what is excused.
func (w *Window) Counted() uint64 { return w.Wanted - w.Excused }

// Share is how much of what counts was served, in millionths, rounded down; false where nothing counts.
func (w *Window) Share() (Millionth, bool) {
	if w.Counted() == 0 {
		return 0, false
	}
	return shareOf(w.Served, w.Counted()), true
}

// Add adds another window, such as that of another site.
func (w *Window) Add(o *Window) {
	w.Wanted, w.Served = plus(w.Wanted, o.Wanted), plus(w.Served, o.Served)
	w.Missed, w.Excused, w.Estimated = plus(w.Missed, o.Missed), plus(w.Excused, o.Excused), plus(w.Estimated, o.Estimated)
	for i := range w.Clauses {
		w.Clauses[i] = plus(w.Clauses[i], o.Clauses[i])
	}
	w.Missing.add(&o.Missing)
	w.Visited = w.Visited || o.Visited
}

// Cost is what it took to absorb what came in [from, until): all counts together, without estimates.
func (h *History) Cost(from, until evenkeel.Moment) (c Counts) {
	for _, p := range h.within(from, until) {
		if !p.silent {
			c.Add(&p.counts)
		}
	}
	return c
}

// Bins cuts [from, until) into steps of whole minutes, and adds up what came in each; nothing where a step or the number of
// steps cannot be meant. Of an hour that is folded it is known in which minutes anybody came and not how many in each: it is
// spread evenly over these.
func (h *History) Bins(from, until evenkeel.Moment, step time.Duration) []Counts {
	if step < time.Minute || step%time.Minute != 0 || until <= from || until.Sub(from)/step > MaxBins {
		return nil
	}
	out := make([]Counts, (until.Sub(from)+step-1)/step)
	put := func(at evenkeel.Moment, c *Counts) {
		if at >= from && at < until {
			out[at.Sub(from)/step].Add(c)
		}
	}
	for _, p := range h.within(from.Add(-time.Hour), until) {
		if !p.hour {
			put(p.at, &p.counts)
			continue
		}
		good := p.good
		if good == 0 {
			good = allVisited
		}
		n, of := uint64(0), uint64(bits.OnesCount64(good))
		for m := range 60 {
			if good&(1<<m) != 0 {
				part := p.counts.part(n, of)
				put(p.at.Add(time.Duration(m)*time.Minute), &part)
				n++
			}
		}
	}
	return out
}

// part is the nth of so many even parts; all of them together are the whole.
func (c *Counts) part(n, of uint64) (out Counts) {
	for i, v := range c {
		each, rest := v/of, v%of
		if out[i] = each; n < rest {
			out[i]++
		}
	}
	return out
}

// MaxBins is how many steps there are at most.
const MaxBins = 10_000
