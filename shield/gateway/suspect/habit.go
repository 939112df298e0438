package suspect

import (
	"math"
	"time"

	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// Habit is what usually comes to one domain: how often fingerprints, prints of HTTP, AS, countries, ranges, networks and kinds of pages do, of about the last
// week, in HabitSize bytes. Counts are never below the truth; where several keys meet they are above it, which makes harm look
// larger and an excess smaller. It is fed in calm only, so that an attack does not become a habit. Make it with NewHabit. One goroutine writes at a time.
type Habit struct {
	who   [2][whoCells]uint32   // prints of clients
	where [2][whereCells]uint32 // AS, countries and ranges, of which there are many more
	nets  [2][netCells]uint32
	pages [2][pageCells]uint32
	known [2]known // of this half of a week, and the one before

	visits  float64
	seconds float64
	seed    siphash.Hash
}

const (
	whoCells   = 512
	whereCells = 256
	netCells   = 128
	pageCells  = 256
	knownBits  = 1 << 14
	// HabitSize bounds the size of a Habit in bytes: 13 KiB and a little.
	HabitSize = 8*(whoCells+whereCells+netCells+pageCells) + 2*(knownBits/8+8) + 128

	weekFor     = 7 * 24 * time.Hour // then everything is halved, so that counts are of half a week to a week
	learnedFrom = 1000               // visits
	mostKnown   = 2048               // kinds of pages of half a week: then 3 % of unknown ones pass for known
)

// known is a set of kinds of pages (B. Bloom, CACM 13(7), 1970). Where it is full nothing is added: whoever asks for
// everything makes no page known.
type known struct {
	bits [knownBits / 64]uint64
	n    int64
}

func (k *known) has(hash uint64) bool {
	for i := range 3 {
		at := hash >> (16 * i) % knownBits
		if k.bits[at/64]>>(at%64)&1 == 0 {
			return false
		}
	}
	return true
}

func (k *known) add(hash uint64) {
	if k.n >= mostKnown || k.has(hash) {
		return
	}
	k.n++
	for i := range 3 {
		at := hash >> (16 * i) % knownBits
		k.bits[at/64] |= 1 << (at % 64)
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
		a, b := h.cells(k)
		return x[k] == 0 || counted(a, b, x[k]) >= float64(usualFrom*h.visits)
	}
	return comes(Hello) && comes(HTTP)
}

// cells are where keys of a kind are counted.
func (h *Habit) cells(k Kind) (a, b []uint32) {
	switch k {
	case AS, Listed, Country:
		return h.where[0][:], h.where[1][:]
	}
	return h.who[0][:], h.who[1][:]
}

// Note counts a visit.
func (h *Habit) Note(v *Visit) {
	x := v.hash(&h.seed)
	h.visits++
	full := false
	for _, k := range [...]Kind{Hello, HTTP, AS, Listed, Country} {
		a, b := h.cells(k)
		full = count(a, b, x[k]) || full
	}
	full = count(h.nets[0][:], h.nets[1][:], x[Net]) || full
	s := &v.Shape
	full = count(h.pages[0][:], h.pages[1][:], s.full) || full
	full = count(h.pages[0][:], h.pages[1][:], mix(s.top, 2)) || full
	h.known[0].add(s.full)
	h.known[0].add(mix(s.bare, 1)) // so that a path is known with a query and without one
	h.known[0].add(mix(s.top, 2))
	if full {
		h.halve()
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
	for _, cells := range [...][]uint32{h.who[0][:], h.who[1][:], h.where[0][:], h.where[1][:], h.nets[0][:], h.nets[1][:], h.pages[0][:], h.pages[1][:]} {
		for i := range cells {
			cells[i] /= 2
		}
	}
	h.known[1], h.known[0] = h.known[0], known{}
	h.visits /= 2
	h.seconds /= 2
}

// count adds one to a key's cells, the smaller only where they differ (C. Estan, G. Varghese, ACM TOCS 21(3), 2003), and says whether one is full.
func count(a, b []uint32, hash uint64) bool {
	if hash == 0 {
		return false
	}
	x, y := &a[hash>>8&uint64(len(a)-1)], &b[hash>>32&uint64(len(b)-1)]
	n := min(*x, *y) + 1
	*x, *y = max(*x, n), max(*y, n)
	return n >= math.MaxUint32/2
}

func counted(a, b []uint32, hash uint64) float64 {
	return float64(min(a[hash>>8&uint64(len(a)-1)], b[hash>>32&uint64(len(b)-1)]))
}

func (h *Habit) page(hash uint64) float64 { return counted(h.pages[0][:], h.pages[1][:], hash) }

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
	who := func(k Kind) float64 {
		a, b := h.cells(k)
		return min(counted(a, b, x[k])/h.visits, 1)
	}
	net := min(counted(h.nets[0][:], h.nets[1][:], x[Net])/h.visits, 1)
	if x[AS] != 0 { // in which the network is
		net = min(net, who(AS))
	}
	page := func() float64 { return h.classShare(k.Class, &v.Shape) }
	pair := func(a, b float64) float64 { return float64(a * b) }
	switch k.Kind {
	case Hello, HTTP, AS, Listed, Country:
		return who(k.Kind)
	case Page:
		return page()
	case HelloClass:
		return pair(who(Hello), page())
	case HelloAS:
		return pair(who(Hello), who(AS))
	case HelloRange:
		return pair(who(Hello), who(Listed))
	case ASClass:
		return pair(who(AS), page())
	case HelloNet, AddressClient:
		return pair(who(Hello), net)
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
