package door

import (
	"hash/maphash"
	"math"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// shards is in how many parts the book is kept, so that connections of different prefixes and tenants wait for no lock of one another.
const shards = 64

// book knows how many connections there are, whose, and which of them has been idle longest. Two numbers are shared by
// all; everything else is in shards.
type book struct {
	limits   Limits
	total    atomic.Int64
	readers  atomic.Int64
	evicted  atomic.Uint64
	seed     maphash.Seed
	prefixes [shards]prefixShard
	tenants  [shards]tenantShard
}

type prefixShard struct {
	mu       sync.Mutex
	of       map[netip.Prefix]*prefixTally
	idle     list
	greeting list
	_        [64]byte // of another processor's line
}

type prefixTally struct {
	all, greeting int
	idle          list
}

type tenantShard struct {
	mu sync.Mutex
	of map[string]*tenantTally
	_  [64]byte
}

type tenantTally struct {
	all  int
	idle list
}

func newBook(limits Limits) *book {
	b := &book{limits: limits, seed: maphash.MakeSeed()}
	for i := range shards {
		b.prefixes[i].of, b.tenants[i].of = map[netip.Prefix]*prefixTally{}, map[string]*tenantTally{}
		b.prefixes[i].idle.place, b.prefixes[i].greeting.place = inShard, inShard
	}
	return b
}

// prefixOf returns what counts as one place: a /24 of IPv4, a /56 of IPv6, which is what one customer of an access network has.
func prefixOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 56
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits)
	return p
}

func (b *book) shardOf(p netip.Prefix) *prefixShard {
	return &b.prefixes[maphash.Comparable(b.seed, p)%shards]
}

func (b *book) tenantOf(name string) *tenantShard {
	return &b.tenants[maphash.String(b.seed, name)%shards]
}

// enter takes a new connection into the book, as one whose hello is waited for. The zero prefix, which a trusted proxy's
// connections have until their header was read, has no share.
func (b *book) enter(e *entry, now int64) Outcome {
	if b.total.Add(1) > int64(b.limits.Connections) && !b.shed() {
		b.total.Add(-1)
		return Full
	}
	e.reading.Store(true)
	if b.readers.Add(1) > int64(b.limits.Readers) && !b.overtake(now) {
		b.refuse(e)
		return Full
	}
	if o := b.settle(e, now); o != Served {
		b.refuse(e)
		return o
	}
	return Served
}

// refuse takes back what enter counted.
func (b *book) refuse(e *entry) {
	e.phase.Store(gone)
	e.left.Store(true)
	if e.reading.Swap(false) {
		b.readers.Add(-1)
	}
	b.total.Add(-1)
}

// settle counts a connection to its prefix; Served is said where that has room.
func (b *book) settle(e *entry, now int64) Outcome {
	s := b.shardOf(e.prefix)
	s.mu.Lock()
	t := s.of[e.prefix]
	if t == nil {
		t = &prefixTally{}
		t.idle.place = inPrefix
		s.of[e.prefix] = t
	}
	var victim *entry
	if e.prefix.IsValid() {
		out := t.greeting >= b.limits.ReadersPerPrefix
		if !out && t.all >= b.limits.PerPrefix {
			victim = t.idle.take(idle)
			out = victim == nil
		}
		if out {
			s.mu.Unlock()
			return Crowded
		}
	}
	t.all++
	t.greeting++
	e.since = now
	s.greeting.push(e)
	s.mu.Unlock()
	b.evict(victim)
	return Served
}

// move counts a connection to another prefix: a PROXY header said whose it is.
func (b *book) move(e *entry, to netip.Prefix, now int64) Outcome {
	if !e.phase.CompareAndSwap(greeting, shaking) { // nobody chooses it meanwhile
		return Overtaken
	}
	b.forget(e, true)
	e.prefix = to
	if o := b.settle(e, now); o != Served {
		b.refuse(e)
		return o
	}
	e.phase.Store(greeting)
	return Served
}

// forget takes a connection out of its prefix.
func (b *book) forget(e *entry, wasReading bool) {
	s := b.shardOf(e.prefix)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greeting.remove(e)
	s.idle.remove(e)
	t := s.of[e.prefix]
	if t == nil {
		return
	}
	t.idle.remove(e)
	t.all--
	if wasReading {
		t.greeting--
	}
	if t.all <= 0 {
		delete(s.of, e.prefix)
	}
}

// greeted says that a hello is whole; false where the connection was chosen to make place meanwhile.
func (b *book) greeted(e *entry) bool {
	if !e.phase.CompareAndSwap(greeting, shaking) {
		return false
	}
	e.reading.Store(false)
	b.readers.Add(-1)
	s := b.shardOf(e.prefix)
	s.mu.Lock()
	s.greeting.remove(e)
	if t := s.of[e.prefix]; t != nil {
		t.greeting--
	}
	s.mu.Unlock()
	return true
}

// assign counts a connection to its tenant; false where the tenant has its share, and none of them is idle.
func (b *book) assign(e *entry, tenant string) bool {
	if tenant == "" {
		return true
	}
	s := b.tenantOf(tenant)
	s.mu.Lock()
	t := s.of[tenant]
	if t == nil {
		t = &tenantTally{}
		t.idle.place = inTenant
		s.of[tenant] = t
	}
	var victim *entry
	if t.all >= b.limits.PerTenant {
		if victim = t.idle.take(idle); victim == nil {
			s.mu.Unlock()
			return false
		}
	}
	t.all++
	e.tenant = tenant
	s.mu.Unlock()
	b.evict(victim)
	return true
}

// work says that a request came on a connection; rest, that it has none any more. Of those that rest, a prefix and a tenant have a number
// at most, and the oldest goes where there are more.
func (b *book) work(e *entry) {
	if !e.phase.CompareAndSwap(idle, busy) {
		e.phase.CompareAndSwap(shaking, busy)
		return
	}
	b.unlist(e)
}

func (b *book) rest(e *entry, now int64) {
	if !e.phase.CompareAndSwap(busy, idle) && !e.phase.CompareAndSwap(shaking, idle) {
		return
	}
	var victims [2]*entry
	s := b.shardOf(e.prefix)
	s.mu.Lock()
	e.since = now
	s.idle.push(e)
	if t := s.of[e.prefix]; t != nil {
		t.idle.push(e)
		if t.idle.n > b.limits.IdlePerPrefix && e.prefix.IsValid() {
			victims[0] = t.idle.take(idle)
		}
	}
	s.mu.Unlock()
	if e.tenant != "" {
		s := b.tenantOf(e.tenant)
		s.mu.Lock()
		if t := s.of[e.tenant]; t != nil {
			t.idle.push(e)
			if t.idle.n > b.limits.IdlePerTenant {
				victims[1] = t.idle.take(idle)
			}
		}
		s.mu.Unlock()
	}
	if e.phase.Load() != idle { // somebody chose it, or a request came, while it was put on the lists
		b.unlist(e)
	}
	b.evict(victims[0])
	b.evict(victims[1])
}

// unlist takes a connection off the lists of those that are idle.
func (b *book) unlist(e *entry) {
	s := b.shardOf(e.prefix)
	s.mu.Lock()
	s.idle.remove(e)
	if t := s.of[e.prefix]; t != nil {
		t.idle.remove(e)
	}
	s.mu.Unlock()
	if e.tenant == "" {
		return
	}
	ts := b.tenantOf(e.tenant)
	ts.mu.Lock()
	if t := ts.of[e.tenant]; t != nil {
		t.idle.remove(e)
	}
	ts.mu.Unlock()
}

// leave takes a connection out of the book. It may be called again.
func (b *book) leave(e *entry) {
	e.phase.Store(gone)
	if !e.left.CompareAndSwap(false, true) {
		return
	}
	reading := e.reading.Swap(false)
	if reading {
		b.readers.Add(-1)
	}
	b.total.Add(-1)
	b.forget(e, reading)
	if e.tenant == "" {
		return
	}
	s := b.tenantOf(e.tenant)
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.of[e.tenant]; t != nil {
		t.idle.remove(e)
		if t.all--; t.all <= 0 {
			delete(s.of, e.tenant)
		}
	}
}

// evict ends an idle connection that was chosen.
func (b *book) evict(e *entry) {
	if e == nil {
		return
	}
	b.evicted.Add(1)
	b.leave(e)
	e.close()
}

// shed ends the connection that has been idle longest; false where none is idle.
func (b *book) shed() bool {
	for range 3 { // another may take the one that was found
		s := b.oldest(func(s *prefixShard) *list { return &s.idle }, math.MaxInt64)
		if s == nil {
			return false
		}
		s.mu.Lock()
		e := s.idle.take(idle)
		s.mu.Unlock()
		if e != nil {
			b.evict(e)
			return true
		}
	}
	return false
}

// overtake ends the connection whose hello has been waited for longest, if that is longer than Limits.Patience.
func (b *book) overtake(now int64) bool {
	s := b.oldest(func(s *prefixShard) *list { return &s.greeting }, now-int64(b.limits.Patience))
	if s == nil {
		return false
	}
	s.mu.Lock()
	e := s.greeting.take(greeting)
	s.mu.Unlock()
	if e == nil {
		return false
	}
	b.leave(e)
	e.close()
	return true
}

// oldest returns the shard with the oldest first entry of a list, if that is older than a time.
func (b *book) oldest(of func(*prefixShard) *list, than int64) (found *prefixShard) {
	for i := range b.prefixes {
		s := &b.prefixes[i]
		s.mu.Lock()
		if e := of(s).first; e != nil && e.since < than {
			found, than = s, e.since
		}
		s.mu.Unlock()
	}
	return found
}

// Limits bound what the door holds. A zero is the default; none can be switched off.
type Limits struct {
	Connections      int           // in all; 20,000
	PerPrefix        int           // of one /24 or /56; an eighth of Connections
	PerTenant        int           // a quarter of Connections
	IdlePerPrefix    int           // kept alive without a request; an eighth of PerPrefix
	IdlePerTenant    int           // half of PerTenant
	Readers          int           // hellos that are waited for; an eighth of Connections
	ReadersPerPrefix int           // an eighth of Readers
	Handshakes       int           // that compute at once, not counted while the visitor or a certificate is waited for; four a processor
	Holding          int           // at once; 1,000
	HelloBytes       int           // of a hello; 16,384, as those of browsers have 2,000 with keys against quantum computers
	HelloTime        time.Duration // from accept until the hello, and a PROXY header before it, is whole; 3 s
	HandshakeTime    time.Duration // of the rest of the handshake; 5 s
	HoldTime         time.Duration // in all; 5 s
	HeaderTime       time.Duration // of a header block of HTTP/2 from its first byte to its last; 8 s
	Patience         time.Duration // how long a hello is waited for at least, where all places for that are taken; 200 ms
	TapBytes         int           // that are looked at for how a visitor begins to speak HTTP; 8,192
}

func (l Limits) filled() Limits {
	number := func(p *int, n int) {
		if *p <= 0 {
			*p = max(n, 1)
		}
	}
	span := func(p *time.Duration, d time.Duration) {
		if *p <= 0 {
			*p = d
		}
	}
	number(&l.Connections, 20_000)
	number(&l.PerPrefix, l.Connections/8)
	number(&l.PerTenant, l.Connections/4)
	number(&l.IdlePerPrefix, l.PerPrefix/8)
	number(&l.IdlePerTenant, l.PerTenant/2)
	number(&l.Readers, l.Connections/8)
	number(&l.ReadersPerPrefix, l.Readers/8)
	number(&l.Handshakes, 4*runtime.GOMAXPROCS(0))
	number(&l.Holding, 1000)
	number(&l.HelloBytes, 16<<10)
	number(&l.TapBytes, 8<<10)
	span(&l.HelloTime, 3*time.Second)
	span(&l.HandshakeTime, 5*time.Second)
	span(&l.HoldTime, 5*time.Second)
	span(&l.HeaderTime, 8*time.Second)
	span(&l.Patience, 200*time.Millisecond)
	l.HelloBytes = min(l.HelloBytes, 64<<10)
	return l
}
