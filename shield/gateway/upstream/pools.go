package upstream

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// checksAtOnce bounds how many checks run beside one another, and so the goroutines of all pools.
const checksAtOnce = 256

// Pools are the pools of all sites of an edge, and who checks their backends. Make it with NewPools.
type Pools struct {
	opt   *Options
	bySet sync.Map      // *site.Site → *Pool: the way of each request, which locks nothing
	wake  chan struct{} // holds one; when it is full, the loop is about to look anyway

	mu      sync.Mutex
	byID    map[site.ID]*Pool
	due     rounds
	seen    evenkeel.Moment // the latest time that the loop saw
	running bool
}

// NewPools makes an empty set of pools.
func NewPools(opt Options) *Pools {
	return &Pools{opt: &opt, wake: make(chan struct{}, 1), byID: map[site.ID]*Pool{}}
}

// Of is the pool of a site, or nil. It locks nothing and allocates nothing for sites of the Directory that
// was followed last.
func (s *Pools) Of(of *site.Site) *Pool {
	if p, ok := s.bySet.Load(of); ok {
		return p.(*Pool)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[of.ID]
}

// Follow makes pools for the sites of a Directory that are new or changed, and lets go of those that
// went. What is in flight goes on. Call it before the Directory is published. Work is in the number
// of sites, some ms for 20,000; for one that changed Put and Drop are enough.
func (s *Pools) Follow(d *site.Directory) {
	for _, one := range d.All() {
		s.Put(one)
	}
	s.mu.Lock()
	var gone []site.ID
	for id := range s.byID {
		if _, ok := d.Site(id); !ok {
			gone = append(gone, id)
		}
	}
	s.mu.Unlock()
	for _, id := range gone {
		s.Drop(id)
	}
}

// Put makes the pool of a site, unless this very site has one. Backends that are the same as before keep
// their connections and what is known of them.
func (s *Pools) Put(one *site.Site) *Pool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.byID[one.ID]
	if before != nil && before.site == one {
		return before
	}
	p := newPool(one, s.opt, before)
	if before != nil {
		before.retire(p)
		s.bySet.Delete(before.site)
	}
	s.byID[one.ID] = p
	s.bySet.Store(one, p)
	now := s.opt.Now()
	for _, b := range p.backends {
		heap.Push(&s.due, round{p, b, now})
	}
	s.nudge()
	return p
}

// Drop lets go of the pool of a site.
func (s *Pools) Drop(id site.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.byID[id]; p != nil {
		p.retire(nil)
		delete(s.byID, id)
		s.bySet.Delete(p.site)
	}
}

// nudge lets the loop look; mu is held.
func (s *Pools) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// States are how all sites with a backend that is not up are.
func (s *Pools) States() []State {
	s.mu.Lock()
	pools := make([]*Pool, 0, len(s.byID))
	for _, p := range s.byID {
		pools = append(pools, p)
	}
	s.mu.Unlock()
	var out []State
	for _, p := range pools {
		for _, b := range p.backends {
			if Health(b.health.Load()) != Up {
				out = append(out, p.State())
				break
			}
		}
	}
	return out
}

// Run checks backends until ctx ends, and returns when all its goroutines have, at most checksAtOnce and
// one. A backend is checked at once when it comes, and then each interval after a check has ended.
func (s *Pools) Run(ctx context.Context) error {
	s.mu.Lock()
	if s.running {
		s.mu.Unlock()
		return errors.New("check backends: somebody does already")
	}
	s.running = true
	s.mu.Unlock()
	free := make(chan struct{}, checksAtOnce) // full: the next check waits for one to end
	var checks sync.WaitGroup
	defer func() {
		checks.Wait()
		s.mu.Lock()
		s.running = false
		s.mu.Unlock()
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		r, wait := s.next()
		if r.pool == nil {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return nil
			case <-timer.C:
			case <-s.wake:
			}
			continue
		}
		select {
		case <-ctx.Done():
			s.later(r, 0)
			return nil
		case free <- struct{}{}:
		}
		checks.Go(func() {
			r.pool.check(ctx, r.backend)
			<-free
			s.later(r, r.backend.next())
		})
	}
}

// next is the check that is due, or how long until one is.
func (s *Pools) next() (round, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	if now < s.seen { // the clock went back, and what is due with it
		for i := range s.due {
			s.due[i].at -= s.seen - now
		}
	}
	s.seen = now
	for len(s.due) > 0 {
		if r := s.due[0]; !r.pool.gone.Load() {
			if wait := r.at.Sub(now); wait > 0 {
				return round{}, wait
			}
		}
		if r := heap.Pop(&s.due).(round); !r.pool.gone.Load() {
			return r, 0
		}
	}
	return round{}, time.Hour
}

// later lets a backend be checked again after a while, unless its pool went.
func (s *Pools) later(r round, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.pool.gone.Load() {
		return
	}
	r.at = s.opt.Now().Add(wait)
	heap.Push(&s.due, r)
	s.nudge()
}

// round is a check to come.
type round struct {
	pool    *Pool
	backend *backend
	at      evenkeel.Moment
}

// rounds is a heap, what is due first on top.
type rounds []round

func (r rounds) Len() int           { return len(r) }
func (r rounds) Less(i, j int) bool { return r[i].at < r[j].at }
func (r rounds) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *rounds) Push(x any)        { *r = append(*r, x.(round)) }
func (r *rounds) Pop() any {
	last := len(*r) - 1
	x := (*r)[last]
	(*r)[last] = round{}
	*r = (*r)[:last]
	return x
}
