package admit

import (
	"hash/maphash"
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Grant is what a rate or a memory says.
type Grant uint8

// The grants.
const (
	Granted    Grant = iota
	OverPrefix       // its prefix had its part
	OverName         // its tenant had its part, and nothing was left of the others'
	OverAll          // the edge has no more
)

// String returns the grant in a word or two.
func (a Grant) String() string {
	return [...]string{"granted", "over its prefix's part", "over its tenant's part", "over all"}[min(a, OverAll)]
}

// RateConfig says how much of something there is in a second. Zeros are those of whoever makes the rate.
type RateConfig struct {
	Total  int           // a second
	Name   int           // a second that one tenant has in any case
	Prefix int           // a second that one prefix may have
	Lend   int           // a second that one tenant may have beside, of what others leave; a quarter of Total
	Burst  time.Duration // worth of each that may be used at once; 2 s
	Names  int           // tenants that are known at most; 32,768
	Places int           // prefixes that are known at most; 65,536
}

// Handshakes says whether a handshake may be signed. One tenant's names have a part of their own, and may borrow what others leave; one prefix has a
// bound. So a flood at one name, from however many places, costs the others nothing, and one from few places does not even cost that name.
type Handshakes struct{ *rate }

// NewHandshakes makes the budget of handshakes. By default there are 2,000 a second, 20 for one tenant, 50 for one prefix: a
// core does some 4,000 with keys on P-256 and nothing else.
func NewHandshakes(c RateConfig) *Handshakes {
	return &Handshakes{newRate(c, 2000, 20, 50)}
}

// Take asks for one handshake at a time. Names that nobody has, and none at all, are to be asked for as one: the empty name.
func (h *Handshakes) Take(now int64, tenant string, prefix netip.Prefix) Grant {
	return h.take(now, tenant, prefix, 1)
}

// Headers says whether so many bytes of request headers may be read, in the same way.
type Headers struct{ *rate }

// NewHeaders makes the budget of header bytes. By default there are 64 MiB a second, 1 MiB for one tenant, 4 MiB for one prefix.
func NewHeaders(c RateConfig) *Headers {
	return &Headers{newRate(c, 64<<20, 1<<20, 4<<20)}
}

// Take asks for so many bytes at a time.
func (h *Headers) Take(now int64, tenant string, prefix netip.Prefix, bytes int) Grant {
	return h.take(now, tenant, prefix, max(0, bytes))
}

// Share says which part of what one tenant and one prefix may have in a second is here, where several edges have it together: more than 0, at
// most 1. What there is in all is that of this machine, and stays.
func (r *rate) Share(part float64) {
	r.part.Store(math.Float64bits(min(max(part, leastPart), 1)))
}

// ShareAll does so, and of the total too: for what is no machine's.
func (r *rate) ShareAll(part float64) {
	r.Share(part)
	r.whole.Store(true)
}

const leastPart = 1.0 / (1 << 20)

// bucket is a token bucket as its time of theoretical arrival (GCRA, ITU-T I.371): when it will be full again.
type bucket int64

// take takes n at a part of a rate a second; false, and nothing taken, where that is more than burst ahead. Of a part so small that one is worth more
// than the burst, one may be taken by whoever took none.
func (b *bucket) take(now int64, n, rate int, burst int64, part float64) bool {
	cost := int64(n) * int64(time.Second) / int64(rate)
	if part < 1 {
		cost = int64(min(float64(cost)/part, float64(time.Hour)))
		burst = max(burst, cost)
	}
	*b = bucket(min(int64(*b), now+2*burst)) // what was taken of a smaller part is no debt of a greater one
	at := max(int64(*b), now) + cost
	if at-now > burst {
		return false
	}
	*b = bucket(at)
	return true
}

// rate is what Handshakes and Headers have in common.
type rate struct {
	config RateConfig
	seed   maphash.Seed
	part   atomic.Uint64 // of names and prefixes, the bits of a float64; 0 is the whole
	whole  atomic.Bool   // and of all
	mu     sync.Mutex    // of all: the one number that is shared
	all    bucket
	names  [shards]names
	places [shards]places
}

type names struct {
	mu        sync.Mutex
	of        map[string]*parts
	strangers bucket
	_         [64]byte
}

// places is a table of fixed size, in sets of four. Where a set is full the one goes that is fullest: nothing is known of it that a new
// one would not have, too.
type places struct {
	mu sync.Mutex
	in []place
	_  [64]byte
}

type place struct {
	key  uint64
	full bucket
}

const ways = 4

// parts are one tenant's: its own, and what it borrows.
type parts struct{ own, lent bucket }

func newRate(c RateConfig, total, name, prefix int) *rate {
	number := func(p *int, n int) {
		if *p <= 0 {
			*p = n
		}
	}
	number(&c.Total, total)
	number(&c.Name, name)
	number(&c.Prefix, prefix)
	number(&c.Lend, max(1, c.Total/4))
	number(&c.Names, 32768)
	number(&c.Places, 65536)
	if c.Burst <= 0 {
		c.Burst = 2 * time.Second
	}
	r := &rate{config: c, seed: maphash.MakeSeed()}
	for i := range shards {
		r.names[i].of = map[string]*parts{}
		r.places[i].in = make([]place, max(ways, c.Places/shards/ways*ways))
	}
	return r
}

func (r *rate) take(now int64, name string, prefix netip.Prefix, n int) Grant {
	burst, part, all := int64(r.config.Burst), 1.0, 1.0
	if bits := r.part.Load(); bits != 0 {
		part = math.Float64frombits(bits)
	}
	if r.whole.Load() {
		all = part
	}
	if prefix.IsValid() && !r.placed(now, prefix, n, burst, part) {
		return OverPrefix
	}
	own, lent := r.named(now, name, n, burst, part)
	if !own && !lent {
		return OverName
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if own { // its part is its own: it counts against what is lent, and is not asked
		r.all = bucket(min(max(int64(r.all), now)+int64(float64(n)*float64(time.Second)/float64(r.config.Total)/all), now+2*burst))
		return Granted
	}
	if r.all.take(now, n, r.config.Total, burst, all) {
		return Granted
	}
	return OverAll
}

func (r *rate) placed(now int64, prefix netip.Prefix, n int, burst int64, part float64) bool {
	key := maphash.Comparable(r.seed, prefix)
	s := &r.places[key%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	at := int(key>>8%uint64(len(s.in)/ways)) * ways
	set := s.in[at : at+ways]
	victim := &set[0]
	for i := range set {
		if set[i].key == key {
			return set[i].full.take(now, n, r.config.Prefix, burst, part)
		}
		if set[i].full < victim.full {
			victim = &set[i]
		}
	}
	*victim = place{key: key}
	return victim.full.take(now, n, r.config.Prefix, burst, part)
}

// named says whether a tenant has so much of its own, or may borrow it. Beyond Config.Names all that are not known borrow as one.
func (r *rate) named(now int64, name string, n int, burst int64, part float64) (own, lent bool) {
	s := &r.names[maphash.String(r.seed, name)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.of[name]
	if b == nil {
		if len(s.of) >= max(1, r.config.Names/shards) && !forget(s.of, now) {
			return false, s.strangers.take(now, n, max(1, r.config.Lend/shards), burst, part)
		}
		b = new(parts)
		s.of[name] = b
	}
	if b.own.take(now, n, r.config.Name, burst, part) {
		return true, false
	}
	return false, b.lent.take(now, n, r.config.Lend, burst, part)
}

// forget takes out tenants whose buckets are full, of some that are looked at.
func forget(of map[string]*parts, now int64) (any bool) {
	looked := 0
	for name, b := range of {
		if int64(b.own) <= now && int64(b.lent) <= now {
			delete(of, name)
			any = true
		}
		if looked++; looked >= 8 {
			break
		}
	}
	return any
}
