package wall

import (
	"maps"
	"net/netip"
	"slices"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// Config is how a Wall is set up.
type Config struct {
	Hand  Hand           // required
	Key   siphash.Key    // under which what visitors choose is hashed
	Never []netip.Prefix // the operator's own, proxies, health checkers: beside the ranges that are never touched anyway
	// Shared says of an address that many are known to share it (a relay, a carrier); nil: nothing is known.
	Shared func(netip.Addr) bool
}

// Wall brings addresses that were refused at sites down to the kernel, where nothing speaks against it. Its methods may be called by any
// number of goroutines.
type Wall struct {
	c       Config
	witness *witness

	mu     sync.Mutex // of what stands below, and of the hand
	book   *book
	owed   []netip.Addr // freed in the book, and not in the kernel yet: its hand failed
	closed bool
}

// New makes a Wall that drops nothing yet.
func New(c Config) *Wall {
	return &Wall{c: c, witness: newWitness(c.Key), book: newBook(newGuard(c.Never))}
}

// Came is told of each visit to the site of a tenant; v.Pass and v.Bot say that it is trusted. It takes no lock.
func (w *Wall) Came(t evenkeel.TenantID, v suspect.Visit, now evenkeel.Moment) {
	w.witness.saw(t, &v, now)
}

// Guards makes these the addresses and ports at which the edge listens. Of such an address itself nothing is dropped.
func (w *Wall) Guards(targets []netip.AddrPort) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	own := make(map[netip.Addr]bool, len(targets))
	for _, t := range targets {
		own[t.Addr()] = true
	}
	w.book.guard.own = own
	return w.c.Hand.Guards(targets)
}

// Ruling is what followed for an address.
type Ruling struct {
	Address netip.Addr
	Why     Reason
	Freed   int // addresses that were freed because of it
}

// Refused is told of addresses that were refused at sites, and drops those against which nothing else speaks. There is one Ruling for each.
// After an error none of them is dropped that was not before.
func (w *Wall) Refused(bans []gateway.Ban, now evenkeel.Moment) ([]Ruling, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Ruling, 0, len(bans))
	drops, free := map[netip.Addr]int{}, []netip.Addr(nil) // the place of an address in out
	for i := range bans {
		ban := &bans[i]
		k := w.witness.of(ban.Address, w.book.remember(ban.Address, ban.Tenant, now))
		r := Ruling{Address: ban.Address, Why: w.book.weigh(ban, k, w.c.Shared != nil && w.c.Shared(ban.Address), now)}
		if r.Why == Down {
			var more []netip.Addr
			more, r.Why = w.book.enter(ban.Address, ban.Until, now)
			r.Freed = len(more)
			free = append(free, more...)
			for _, a := range more {
				if at, ok := drops[a]; ok {
					out[at].Why = r.Why
					delete(drops, a)
				}
			}
		}
		if r.Why == Down {
			drops[ban.Address] = len(out)
		}
		out = append(out, r)
	}
	err := w.swap(drops, free, now)
	if err != nil {
		for a, at := range drops {
			out[at].Why = Broken
			w.book.leave([]netip.Addr{a})
		}
	}
	for _, r := range out {
		w.book.counts[r.Why]++
	}
	return out, err
}

// swap brings to the hand what the book says.
func (w *Wall) swap(drops map[netip.Addr]int, free []netip.Addr, now evenkeel.Moment) error {
	if w.owed = append(w.owed, free...); len(w.owed) > 0 {
		if err := w.c.Hand.Free(w.owed); err != nil {
			return err
		}
		w.owed = nil
	}
	if len(drops) == 0 {
		return nil
	}
	list := make([]Drop, 0, len(drops))
	for _, a := range slices.SortedFunc(maps.Keys(drops), netip.Addr.Compare) {
		list = append(list, Drop{a, w.book.until[a].Sub(now)})
	}
	return w.c.Hand.Drop(list)
}

// Pardon frees an address at once, and says whether it was dropped.
func (w *Wall) Pardon(a netip.Addr) (was bool, err error) {
	a = a.Unmap().WithZone("")
	w.mu.Lock()
	defer w.mu.Unlock()
	was = w.book.until[a] != 0
	if err := w.c.Hand.Free([]netip.Addr{a}); err != nil {
		return was, err
	}
	w.book.leave([]netip.Addr{a})
	delete(w.book.failed, a)
	return was, nil
}

// Sweep forgets what ended. It is called each second.
func (w *Wall) Sweep(now evenkeel.Moment) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.swap(nil, w.book.sweep(now), now)
}

// Held is an address that is dropped, and until when.
type Held struct {
	Address netip.Addr
	Until   evenkeel.Moment
}

// Holds are the addresses that are dropped, for whoever keeps them over a restart.
func (w *Wall) Holds(now evenkeel.Moment) (out []Held) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for a, until := range w.book.until {
		if until > now {
			out = append(out, Held{a, until})
		}
	}
	slices.SortFunc(out, func(a, b Held) int { return a.Address.Compare(b.Address) })
	return out
}

// Take puts in force what Holds said before a restart, but what ended, and what must not be touched by now. It returns how many are.
func (w *Wall) Take(list []Held, now evenkeel.Moment) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var drops []Drop
	for _, h := range list {
		if h.Until <= now || w.book.guard.keeps(h.Address) || w.book.until[h.Address] != 0 || len(w.book.until) >= Most || w.book.of[network(h.Address)] >= MostInNetwork {
			continue
		}
		until := min(h.Until, now.Add(MostFor))
		w.book.until[h.Address] = until
		w.book.of[network(h.Address)]++
		drops = append(drops, Drop{h.Address, until.Sub(now)})
	}
	if len(drops) == 0 {
		return 0, nil
	}
	if err := w.c.Hand.Drop(drops); err != nil {
		for _, d := range drops {
			w.book.leave([]netip.Addr{d.Address})
		}
		return 0, err
	}
	return len(drops), nil
}

// Standing is how it stands.
type Standing struct {
	Way     string          // the hand's name
	Held    int             // addresses that are dropped
	Packets uint64          // that were dropped
	Counts  [Reasons]uint64 // of rulings, by why
	Stopped evenkeel.Moment // until when the breaker holds; 0: it does not
}

// Standing says how it stands.
func (w *Wall) Standing(now evenkeel.Moment) (Standing, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Standing{Way: w.c.Hand.Name(), Held: len(w.book.until), Counts: w.book.counts}
	if w.book.stopped > now {
		s.Stopped = w.book.stopped
	}
	var err error
	s.Packets, err = w.c.Hand.Dropped()
	return s, err
}

// Close lets go of everything. It may be called twice.
func (w *Wall) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	w.book.leave(slices.Collect(maps.Keys(w.book.until)))
	return w.c.Hand.Close()
}
