package suspect

import (
	"math"
	"time"

	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// Habit is what usually comes to one domain: how often fingerprints, prints of HTTP, AS, countries, ranges, networks and kinds of pages do, of about the last
// week, in HabitSize bytes; where many come, so that a count would not fit, in BusyHabitSize. Counts are never below the truth; where several keys meet they are above it, which makes harm look
// larger and an excess smaller. It is fed in calm only, so that an attack does not become a habit. Make it with NewHabit. One goroutine writes at a time.
type Habit struct {
	few   table[uint16]
	many  *table[uint32] // instead of few, where a count is more than that holds
	known [2]*known      // of this half of a week, and the one before; nil is none
	kinds int            // of pages, in this half

	visits  float64
	seconds float64
	seed    siphash.Hash
}

// table is how often keys came, by their hashes: two cells each.
type table[N uint16 | uint32] struct {
	who   [2][whoCells]N   // prints of clients
	where [2][whereCells]N // AS, countries and ranges, of which there are many more
	nets  [2][netCells]N
	pages [2][pageCells]N
}

// area is a part of a table.
type area uint8

const (
	who area = iota
	where
	nets
	pages
	areas
)

func (t *table[N]) cells(of area) (a, b []N) {
	switch of {
	case who:
		return t.who[0][:], t.who[1][:]
	case where:
		return t.where[0][:], t.where[1][:]
	case nets:
		return t.nets[0][:], t.nets[1][:]
	}
	return t.pages[0][:], t.pages[1][:]
}

// count adds one to a key's cells, the smaller only where they differ (C. Estan, G. Varghese, ACM TOCS 21(3), 2003), and says how often the key came.
func (t *table[N]) count(of area, hash uint64) N {
	a, b := t.cells(of)
	x, y := &a[hash>>8&uint64(len(a)-1)], &b[hash>>32&uint64(len(b)-1)]
	n := min(*x, *y) + 1
	*x, *y = max(*x, n), max(*y, n)
	return n
}

func (t *table[N]) counted(of area, hash uint64) N {
	a, b := t.cells(of)
	return min(a[hash>>8&uint64(len(a)-1)], b[hash>>32&uint64(len(b)-1)])
}

// halve halves all counts, and says which the highest is.
func (t *table[N]) halve() (most N) {
	for of := range areas {
		a, b := t.cells(of)
		for _, cells := range [...][]N{a, b} {
			for i := range cells {
				cells[i] /= 2
				most = max(most, cells[i])
			}
		}
	}
	return most
}

// copied makes a table of the same counts, which its numbers have room for.
func copied[To, From uint16 | uint32](to *table[To], t *table[From]) *table[To] {
	for of := range areas {
		a, b := t.cells(of)
		x, y := to.cells(of)
		for i := range a {
			x[i], y[i] = To(a[i]), To(b[i])
		}
	}
	return to
}

const (
	whoCells   = 512
	whereCells = 256
	netCells   = 128
	pageCells  = 256
	knownBits  = 1 << 14
	// HabitSize bounds what a Habit takes in bytes, 9 KiB; BusyHabitSize does where a key came 2¹⁶ times, 18 KiB.
	HabitSize     = 4*(whoCells+whereCells+netCells+pageCells) + 2*(knownBits/8) + 256
	BusyHabitSize = HabitSize + 8*(whoCells+whereCells+netCells+pageCells)

	weekFor     = 7 * 24 * time.Hour // then everything is halved, so that counts are of half a week to a week
	learnedFrom = 1000               // visits
	mostKnown   = 2048               // kinds of pages of half a week: then 3 % of unknown ones pass for known
)

// known is a set of kinds of pages (B. Bloom, CACM 13(7), 1970). Where it is full nothing is added: whoever asks for
// everything makes no page known.
type known [knownBits / 64]uint64

func (k *known) has(hash uint64) bool {
	for i := range 3 {
		at := hash >> (16 * i) % knownBits
		if k == nil || k[at/64]>>(at%64)&1 == 0 {
			return false
		}
	}
	return true
}

func (k *known) add(hash uint64) {
	for i := range 3 {
		at := hash >> (16 * i) % knownBits
		k[at/64] |= 1 << (at % 64)
	}
}

// NewHabit returns an empty one.
func NewHabit(key siphash.Key) *Habit { return &Habit{seed: siphash.New(key)} }

// Learned says whether it has seen enough to say what is usual.
func (h *Habit) Learned() bool { return h != nil && h.visits >= learnedFrom && h.seconds >= 60 }

// usualFrom is the share of visits from which on a client is one that usually comes. Ours: at a thousand visits it takes two.
const usualFrom = 0.002

// Usual says whether a visit is of a kind of client that usually comes here, by its fingerprint and its print of HTTP. What is not known of it
// speaks for it.
func (h *Habit) Usual(v *Visit) bool {
	if v.Hello == 0 && v.HTTP == 0 {
		return true
	}
	x := v.hash(&h.seed)
	comes := func(k Kind) bool {
		return x[k] == 0 || h.counted(areaOf(k), x[k]) >= float64(usualFrom*h.visits)
	}
	return comes(Hello) && comes(HTTP)
}

// areaOf is where keys of a kind are counted.
func areaOf(k Kind) area {
	switch k {
	case AS, Listed, Country:
		return where
	}
	return who
}

// Note counts a visit.
func (h *Habit) Note(v *Visit) {
	x := v.hash(&h.seed)
	h.visits++
	full := false
	for _, k := range [...]Kind{Hello, HTTP, AS, Listed, Country} {
		full = h.count(areaOf(k), x[k]) || full
	}
	full = h.count(nets, x[Net]) || full
	s := &v.Shape
	full = h.count(pages, s.full) || full
	full = h.count(pages, mix(s.top, 2)) || full
	h.learn(s.full)
	h.learn(mix(s.bare, 1)) // so that a path is known with a query and without one
	h.learn(mix(s.top, 2))
	if full {
		h.halve()
	}
}

// count adds one to a key, and says whether it is full.
func (h *Habit) count(of area, hash uint64) bool {
	if hash == 0 {
		return false
	}
	if h.many == nil {
		if h.few.count(of, hash) < math.MaxUint16 {
			return false
		}
		h.many = copied(new(table[uint32]), &h.few)
		return false
	}
	return h.many.count(of, hash) >= math.MaxUint32/2
}

// counted is how often a key came, or more.
func (h *Habit) counted(of area, hash uint64) float64 {
	if h.many != nil {
		return float64(h.many.counted(of, hash))
	}
	return float64(h.few.counted(of, hash))
}

// learn makes a kind of page known.
func (h *Habit) learn(page uint64) {
	if h.known[0] == nil {
		h.known[0] = new(known)
	}
	if h.kinds < mostKnown && !h.known[0].has(page) {
		h.kinds++
		h.known[0].add(page)
	}
}

// Passed tells it how much time it was fed for.
func (h *Habit) Passed(d time.Duration) {
	h.seconds += min(max(d, 0), time.Hour).Seconds()
	if h.seconds >= weekFor.Seconds() {
		h.halve()
	}
}

func (h *Habit) halve() {
	if h.many == nil {
		h.few.halve()
	} else if h.many.halve() < math.MaxUint16/2 {
		copied(&h.few, h.many)
		h.many = nil
	}
	h.known[1], h.known[0], h.kinds = h.known[0], nil, 0
	h.visits /= 2
	h.seconds /= 2
}

func (h *Habit) page(hash uint64) float64 { return h.counted(pages, hash) }

// Class returns the kind of page of a shape at this domain, as far as it is known: the template with its query; else, the path
// with other queries, as those have who want no cache to answer (busts is true); else, what lies below the first segment; else all that was never
// there. So nobody makes many kinds by asking for many things.
func (h *Habit) Class(s *Shape) (c Class, busts bool) {
	query := s.full != s.bare
	switch {
	case !h.Learned():
		return Class(mix(s.top, 3)), false
	case h.knows(s.full):
		return Class(s.full), false
	case query && h.knows(mix(s.bare, 1)):
		return Class(mix(s.bare, 4)), true
	case h.knows(mix(s.top, 2)):
		return Class(mix(s.top, 3)), query
	}
	return Elsewhere, query
}

func (h *Habit) knows(page uint64) bool { return h.known[0].has(page) || h.known[1].has(page) }

// Elsewhere is the class of all pages that nobody usually asks for.
const Elsewhere Class = 1

// name says a class in words.
func (s *Shape) name(c Class) string {
	switch c {
	case Class(s.full):
		return s.String()
	case Class(mix(s.bare, 4)):
		return printable(s.text[:s.pathN]) + "?… with an unusual query"
	case Class(mix(s.top, 3)):
		return printable(s.text[:s.topN]) + "/…"
	}
	return "pages that are not usually asked for"
}

// share returns which share of the usual visits has a key, as far as it is known: of a pair as if its parts came
// independently of one another (what it really did is counted as the Outcome). An address is taken as its network.
func (h *Habit) share(k *Key, v *Visit) float64 {
	if h.visits < 1 {
		return 1
	}
	x := v.hash(&h.seed)
	of := func(k Kind) float64 {
		return min(h.counted(areaOf(k), x[k])/h.visits, 1)
	}
	net := min(h.counted(nets, x[Net])/h.visits, 1)
	if x[AS] != 0 { // in which the network is
		net = min(net, of(AS))
	}
	page := func() float64 { return h.classShare(k.Class, &v.Shape) }
	pair := func(a, b float64) float64 { return float64(a * b) }
	switch k.Kind {
	case Hello, HTTP, AS, Listed, Country:
		return of(k.Kind)
	case Page:
		return page()
	case HelloClass:
		return pair(of(Hello), page())
	case HelloAS:
		return pair(of(Hello), of(AS))
	case HelloRange:
		return pair(of(Hello), of(Listed))
	case ASClass:
		return pair(of(AS), page())
	case HelloNet, AddressClient:
		return pair(of(Hello), net)
	}
	return net
}

func (h *Habit) classShare(c Class, s *Shape) float64 {
	switch c {
	case Class(s.full):
		return min(h.page(s.full)/h.visits, 1)
	case Class(mix(s.bare, 4)), Elsewhere:
		return 0
	}
	return min(h.page(mix(s.top, 2))/h.visits, 1)
}
