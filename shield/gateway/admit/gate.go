package admit

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// Config is how a Gate is set up. A zero is the default.
type Config struct {
	Total    int           // requests in flight, of all tenants; 4,096
	Reserve  int           // of them, for tenants below their guaranteed share; an eighth of Total, less than 0 is none
	Least    int           // the lowest limit of a tenant; 4
	Most     int           // the highest; half of Total
	Start    int           // the first; 32
	Queue    int           // that may wait of one tenant; 128
	Interval time.Duration // in which a queue is never empty where it is overload and no burst; 100 ms
	Patience time.Duration // how long anybody waits; 1 s
	Hurry    time.Duration // and under overload; 100 ms
	Lapse    time.Duration // how long a tenant that does nothing has a share; 10 s
	Forget   time.Duration // how long it is known; 5 min
}

func (c Config) filled() Config {
	number := func(p *int, n int) {
		if *p <= 0 {
			*p = max(1, n)
		}
	}
	span := func(p *time.Duration, d time.Duration) {
		if *p <= 0 {
			*p = d
		}
	}
	number(&c.Total, 4096)
	if c.Reserve == 0 {
		c.Reserve = c.Total / 8
	}
	c.Reserve = min(max(0, c.Reserve), c.Total-1)
	number(&c.Least, 4)
	number(&c.Most, c.Total/2)
	c.Most = min(c.Most, c.Total)
	c.Least = min(c.Least, c.Most)
	number(&c.Start, 32)
	c.Start = min(max(c.Start, c.Least), c.Most)
	number(&c.Queue, 128)
	span(&c.Interval, 100*time.Millisecond)
	span(&c.Patience, time.Second)
	span(&c.Hurry, 100*time.Millisecond)
	span(&c.Lapse, 10*time.Second)
	span(&c.Forget, 5*time.Minute)
	return c
}

// Answer is what the gate says.
type Answer uint8

// The answers.
const (
	Admitted Answer = iota // there is a Ticket, to be given back
	Waiting                // the Waiter will be told
	Crowded                // as many of the tenant wait already as may
	TimedOut               // nobody had place in time
	Gone                   // whoever asked does not wait any more
)

// String returns the answer in a word or two.
func (a Answer) String() string {
	return [...]string{"admitted", "waiting", "crowded", "timed out", "gone"}[min(a, Gone)]
}

// Result is how a request ended.
type Result uint8

// The results.
const (
	Done    Result = iota
	Failed         // the backends did not answer, or in time: they are asked less
	Ignored        // it says nothing of the backends: the visitor left, or it never came to them
)

const shards = 64

// Gate lets requests of many tenants in. It may be used by many goroutines.
type Gate struct {
	config   Config
	seed     maphash.Seed
	inFlight atomic.Int64
	weights  atomic.Int64 // of all tenants that have a share
	waiting  atomic.Int64 // tenants in a ring
	turns    turns
	shards   [shards]shard
}

type shard struct {
	mu sync.Mutex
	of map[string]*tenant
	_  [64]byte // of another processor's line
}

// tenant is what is known of one: a fixed size.
type tenant struct {
	mu       sync.Mutex
	limiter  limiter
	queue    queue
	inFlight int
	seen     int64
	gone     bool // forgotten: look it up anew
	shares   bool // its weight is among the weights
	weight   atomic.Int64

	// Of turns, under its lock.
	before, after *tenant
	deficit       int64
	class         int8
	waits         bool
}

// Ticket is a place in flight. It is given back once.
type Ticket struct {
	gate  *Gate
	of    *tenant
	began int64
}

// New makes a gate.
func New(c Config) *Gate {
	g := &Gate{config: c.filled(), seed: maphash.MakeSeed()}
	for i := range g.shards {
		g.shards[i].of = map[string]*tenant{}
	}
	return g
}

// tenant returns a tenant with its lock held.
func (g *Gate) tenant(name string, weight int, now int64) *tenant {
	w := int64(min(max(weight, 1), 1000))
	for {
		s := &g.shards[maphash.String(g.seed, name)%shards]
		s.mu.Lock()
		t := s.of[name]
		if t == nil {
			t = &tenant{}
			t.limiter.limit = float64(g.config.Start)
			t.weight.Store(w)
			s.of[name] = t
		}
		s.mu.Unlock()
		t.mu.Lock()
		if t.gone {
			t.mu.Unlock()
			continue
		}
		old := t.weight.Load()
		if !t.shares {
			t.shares, old = true, 0
		}
		if old != w {
			t.weight.Store(w)
			g.weights.Add(w - old)
		}
		t.seen = max(t.seen, now)
		return t
	}
}

// leastAmong is among how many everything is thought to be shared at least: who is alone leaves something for who comes next.
const leastAmong = 8

// guaranteed is how many slots a tenant has whatever others do: its part of the weights, an eighth at most and one at least.
func (g *Gate) guaranteed(t *tenant) int {
	w := t.weight.Load()
	return max(1, int(int64(g.config.Total)*w/max(leastAmong*w, g.weights.Load())))
}

// class says whether a tenant, whose lock is held, is below its guaranteed share.
func (g *Gate) class(t *tenant) int8 {
	if t.inFlight < g.guaranteed(t) {
		return under
	}
	return over
}

// take takes a slot of the edge for a class.
func (g *Gate) take(class int8) bool {
	most := int64(g.config.Total)
	if class == over {
		most -= int64(g.config.Reserve)
	}
	for {
		n := g.inFlight.Load()
		if n >= most {
			return false
		}
		if g.inFlight.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Try asks for a request of a tenant to be let in. Weight is from 1 to 1,000, and is the tenant's from now on. Where the answer is Waiting,
// w is told later (Waiter.Told), unless it is taken back with Cancel; a nil w does not wait. A Ticket comes with Admitted only.
func (g *Gate) Try(now int64, name string, weight int, w *Waiter) (Ticket, Answer) {
	k, a := g.try(now, name, weight, w)
	if a == Waiting && w == nil {
		a = Crowded
	}
	return k, a
}

// try says Waiting without a waiter, too, where one could wait.
func (g *Gate) try(now int64, name string, weight int, w *Waiter) (Ticket, Answer) {
	t := g.tenant(name, weight, now)
	free := t.inFlight < t.limiter.allowed(g.config.Least)
	if free && t.queue.n == 0 && g.take(g.class(t)) {
		t.inFlight++
		t.mu.Unlock()
		return Ticket{gate: g, of: t, began: now}, Admitted
	}
	if t.queue.n >= g.config.Queue {
		t.mu.Unlock()
		return Ticket{}, Crowded
	}
	if w == nil {
		t.mu.Unlock()
		return Ticket{}, Waiting
	}
	w.gate, w.of, w.since, w.state = g, t, now, queued
	t.queue.push(w, now)
	t.mu.Unlock()
	if free {
		g.dispatch(t, now)
	}
	return Ticket{}, Waiting
}

// Leave gives a ticket back at a time, with how the request ended.
func (k Ticket) Leave(now int64, r Result) {
	if k.gate == nil {
		return
	}
	t, g := k.of, k.gate
	t.mu.Lock()
	if r != Ignored {
		t.limiter.note(now, now-k.began, r == Failed, t.inFlight, g.config.Least, g.config.Most)
	}
	t.inFlight--
	t.seen = max(t.seen, now)
	waits := t.queue.n > 0
	t.mu.Unlock()
	g.inFlight.Add(-1)
	if waits {
		g.dispatch(t, now)
	} else if g.waiting.Load() > 0 {
		g.dispatch(nil, now)
	}
}

// dispatch puts a tenant into its ring, and gives what slots there are to those whose turn it is.
func (g *Gate) dispatch(with *tenant, now int64) {
	g.turns.mu.Lock()
	defer g.turns.mu.Unlock()
	if with != nil {
		with.mu.Lock()
		g.place(with, now)
		with.mu.Unlock()
	}
	for class := int8(under); class < classes; {
		t := g.turns.head(class)
		if t == nil {
			class++
			continue
		}
		t.mu.Lock()
		if !g.place(t, now) || t.class != class {
			t.mu.Unlock()
			class = under // it may belong there now
			continue
		}
		if !g.take(class) {
			t.mu.Unlock()
			class++
			continue
		}
		w := t.queue.next(&g.config, now)
		t.queue.remove(w)
		t.inFlight++
		g.turns.took(t)
		g.place(t, now)
		w.tell(now, Admitted)
		t.mu.Unlock()
	}
}

// place puts a tenant where it belongs; false where it has nobody whom a slot of the edge would help. Those who waited too long are told so.
// Its lock and that of turns are held.
func (g *Gate) place(t *tenant, now int64) bool {
	for w := t.queue.first; w != nil && now-w.since > t.queue.patience(&g.config, now); w = t.queue.first {
		t.queue.remove(w)
		w.tell(now, TimedOut)
	}
	if t.queue.n == 0 || t.inFlight >= t.limiter.allowed(g.config.Least) {
		g.turns.drop(t)
		g.waiting.Store(int64(g.turns.waiting()))
		return false
	}
	g.turns.place(t, g.class(t))
	g.waiting.Store(int64(g.turns.waiting())) // before a slot is looked for: whoever gives one back meanwhile sees it
	return true
}

// InFlight returns how many requests are, of all tenants.
func (g *Gate) InFlight() int { return int(g.inFlight.Load()) }

// Standing is where a tenant stands.
type Standing struct {
	InFlight, Limit, Waiting, Guaranteed int
}

// Of returns where a tenant stands; false where it is not known.
func (g *Gate) Of(name string) (Standing, bool) {
	s := &g.shards[maphash.String(g.seed, name)%shards]
	s.mu.Lock()
	t := s.of[name]
	s.mu.Unlock()
	if t == nil {
		return Standing{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return Standing{InFlight: t.inFlight, Limit: t.limiter.allowed(g.config.Least), Waiting: t.queue.n, Guaranteed: g.guaranteed(t)}, true
}

// Tenants returns how many are known.
func (g *Gate) Tenants() (n int) {
	for i := range g.shards {
		g.shards[i].mu.Lock()
		n += len(g.shards[i].of)
		g.shards[i].mu.Unlock()
	}
	return n
}

// Sweep takes their shares from tenants that did nothing for Config.Lapse, forgets those for Config.Forget, and tells those who waited too long. It is called about once a second; a
// shard is locked for as long as its tenants are looked at.
func (g *Gate) Sweep(now int64) {
	for i := range g.shards {
		s := &g.shards[i]
		var late []*tenant
		s.mu.Lock()
		for name, t := range s.of {
			t.mu.Lock()
			switch {
			case t.queue.n > 0:
				late = append(late, t)
			case t.inFlight > 0:
			case now-t.seen > int64(g.config.Lapse):
				if t.shares {
					t.shares = false
					g.weights.Add(-t.weight.Load())
				}
				if now-t.seen > int64(g.config.Forget) {
					t.gone = true
					delete(s.of, name)
				}
			}
			t.mu.Unlock()
		}
		s.mu.Unlock()
		for _, t := range late {
			g.dispatch(t, now)
		}
	}
}
