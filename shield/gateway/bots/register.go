package bots

import (
	"context"
	"errors"
	"math/bits"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gaissmai/bart"
	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel/shield/gateway/whence"
)

// Config is what a Register needs.
type Config struct {
	Bots     []Bot
	Resolver Resolver
	Now      func() time.Time
}

// Register knows which addresses are good bots'. Verify may be called by any number of goroutines; Run by one.
type Register struct {
	bots     []Bot
	resolver Resolver
	clock    func() time.Time
	byName   uint64 // for which a name suffices, a bit each
	ranges   atomic.Pointer[bart.Table[uint64]]
	cache    cache
	ask      chan asked // 256 of them wait, few of one network; further ones are asked when they come again
	near     chan asked // as many of networks in which a name was verified: these are asked first, so that nobody crowds bots out
	counts   [counts]atomic.Uint64

	mu    sync.Mutex // of what reads files
	files []*whence.File[[]netip.Prefix]
	of    []int // the bot of each
}

// Count is how a question ended.
type Count int

// The ends.
const (
	Verified Count = iota // the name leads back to the address
	Refuted               // it does not
	Failed                // DNS did not answer
	Dropped               // too many were to be asked
	counts
)

var countWords = [counts]string{"verified", "refuted", "failed", "dropped"}

// String returns the word of a count, "invalid" where it is none.
func (c Count) String() string {
	if c >= 0 && c < counts {
		return countWords[c]
	}
	return "invalid"
}

// waiting is how many questions wait at most.
const waiting = 256

// New returns a register of bots, none of which is verified before files were read.
func New(c Config) (*Register, error) {
	if err := Check(c.Bots); err != nil {
		return nil, err
	}
	if c.Now == nil || c.Resolver == nil {
		return nil, errors.New("bots: there is no clock or no resolver; expected both in Config")
	}
	r := &Register{bots: c.Bots, resolver: c.Resolver, clock: c.Now, ask: make(chan asked, waiting), near: make(chan asked, waiting), cache: cache{yes: map[asked]answer{}, no: map[asked]answer{}, nets: map[netip.Prefix]int64{}, wait: map[netip.Prefix]int{}}}
	for i := range c.Bots {
		if c.Bots[i].Proof == Name {
			r.byName |= 1 << i
		}
		for _, path := range c.Bots[i].Ranges {
			r.files, r.of = append(r.files, whence.NewFile(path, whence.Ranges)), append(r.of, i)
		}
	}
	r.ranges.Store(new(bart.Table[uint64]))
	return r, nil
}

// Verify says which bot both an address and a user agent show, by its place from 1; 0 is none. It returns at once: where DNS has to be asked, that is done
// meanwhile, and whoever comes is none until there is an answer.
func (r *Register) Verify(from netip.Addr, agent string) int {
	within, _ := r.ranges.Load().Lookup(from)
	may := within | r.byName
	if may == 0 || agent == "" {
		return 0
	}
	agent = agent[:min(len(agent), maxAgent)]
	for ; may != 0; may &= may - 1 {
		i := bits.TrailingZeros64(may)
		b := &r.bots[i]
		if !b.says(agent) {
			continue
		}
		if b.Proof == Range || r.named(asked{from, uint8(i)}) {
			return i + 1
		}
	}
	return 0
}

// named says whether an address is known to have a bot's name, and has it asked where that is not known.
func (r *Register) named(q asked) bool {
	verified, ask, near := r.cache.of(q, r.clock().UnixNano())
	if !ask {
		return verified
	}
	to := r.ask
	if near {
		to = r.near
	}
	if r.cache.waits(q) {
		select {
		case to <- q:
			return verified
		default:
			r.cache.asks(q)
		}
	}
	r.cache.forget(q)
	r.counts[Dropped].Add(1)
	return verified
}

// Rates are the requests a second of each bot.
func (r *Register) Rates() (all []int) {
	for i := range r.bots {
		all = append(all, r.bots[i].Rate)
	}
	return all
}

// Look reads the files of ranges that changed, and says whether any is another.
func (r *Register) Look() (fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.files {
		fresh = f.Look(func(p []netip.Prefix) int { return len(p) }) || fresh
	}
	if !fresh {
		return false
	}
	t := new(bart.Table[uint64])
	for i, f := range r.files {
		for _, p := range f.Good() {
			own, _ := t.Get(p)
			t.Insert(p, own|1<<r.of[i])
		}
	}
	whole := new(bart.Table[uint64]) // of a prefix within another the longest alone is found: it has the bits of both
	for p, own := range t.All() {
		for _, more := range t.Supernets(p) {
			own |= more
		}
		whole.Insert(p, own)
	}
	r.ranges.Store(whole)
	return true
}

// States are how the files stand.
func (r *Register) States() (all []whence.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.files {
		all = append(all, f.State())
	}
	return all
}

// Counts are how questions of DNS ended since the start.
func (r *Register) Counts() (all [counts]uint64) {
	for i := range all {
		all[i] = r.counts[i].Load()
	}
	return all
}

// Known is how many addresses are known to be bots' by their names, and of how many others it is known that they are not.
func (r *Register) Known() (verified, others int) { return r.cache.sizes() }

// lookEvery is how often files are looked at.
const lookEvery = 5 * time.Second

// Run reads files, asks DNS, and reads files again that change, until ctx ends. told is called where a file is another, or has a fault that it had not.
func (r *Register) Run(ctx context.Context, told func([]whence.State)) error {
	g, within := errgroup.WithContext(ctx)
	budget := time.NewTicker(time.Second / asksEach)
	defer budget.Stop()
	for range atOnce {
		g.Go(func() error { return r.answers(within, budget.C) })
	}
	g.Go(func() error {
		beat := time.NewTicker(lookEvery)
		defer beat.Stop()
		says := ""
		for {
			fresh := r.Look()
			var now strings.Builder
			for _, s := range r.States() {
				now.WriteString(s.Fault)
			}
			if fresh || now.String() != says {
				says = now.String()
				told(r.States())
			}
			select {
			case <-within.Done():
				return nil
			case <-beat.C:
			}
		}
	})
	return g.Wait()
}
