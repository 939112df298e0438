package host

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Options are what a Backend may be told. The zero value is good.
type Options struct {
	Name   string   // of the node, in receipts; "host"
	Keeps  []string // ways to the data that stay open under every measure; none: nothing above limit and throttle
	Canary func(ctx context.Context, p shield.Probe) ([]shield.Fetched, error)
	// Said is told what became of an order after its receipt: one that waited is applied, one that
	// was applied is refused because the host does not hold the asset any more, or one that was to be released is. It must
	// not call back, and is called by one goroutine at a time.
	Said func(evenkeel.Receipt)
	// Patience is how long Open, Refresh and Standing wait for hands other than that of traffic, which go on by themselves
	// then; 0: until they are done.
	Patience time.Duration
	Log      *slog.Logger // none
}

// Backend carries orders out on this host. Safe for concurrent use.
type Backend struct {
	folder string
	hands  Hands
	world  func() plan.World
	clock  Clock
	opts   Options
	lock   *os.File

	lanes   [4]*lane // of traffic, CPUs, machines and visitors
	work    sync.WaitGroup
	telling sync.Mutex // over Options.Said

	mu      sync.Mutex // over the book and what follows; no hand is waited for under it
	entries map[evenkeel.DecisionID]*entry
	rules   *plan.Ruleset // that was compiled last
}

var (
	_ shield.Backend = (*Backend)(nil)
	_ shield.Prober  = (*Backend)(nil)
)

// Open opens the book in a folder, which is made where there is none, and puts in force what it says: what the
// kernel holds already stays as it is, and what the book does not explain goes. A world that
// is not known yet makes measures wait, so it has to be known before. The world's Can is that of the hands.
//
// An error that a hand was not able to is logged and no error: Refresh tries again.
func Open(ctx context.Context, folder string, hands Hands, world func() plan.World, c Clock, o Options) (*Backend, error) {
	if o.Name == "" {
		o.Name = "host"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := evenkeel.CheckID("the name of a host", o.Name); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fileError("make the folder of the book of orders", err)
	}
	lock, err := lockFolder(folder, o.Name)
	if err != nil {
		return nil, err
	}
	entries, damaged, err := openBook(folder, &c)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if damaged != nil {
		o.Log.Error("the book of orders cannot be read", "err", damaged, "hint", evenkeel.HintOf(damaged))
	}
	b := &Backend{
		folder: folder, hands: hands, world: world, clock: c, opts: o, lock: lock,
		entries: map[evenkeel.DecisionID]*entry{}, rules: &plan.Ruleset{},
		lanes: [...]*lane{newLane(hands.Traffic), newLane(hands.CPU), newLane(hands.Machine), newLane(hands.Ingress)},
	}
	for _, e := range entries {
		b.entries[e.Order.Decision] = e
	}
	if err := b.each(ctx, func(l *lane) error { return b.swap(ctx, l) }); err != nil {
		o.Log.Warn("what the book says is not in force yet", "err", err)
	}
	return b, nil
}

// Close gives the book back, once no hand is at work any more. What stands goes on standing until it ends.
func (b *Backend) Close() error {
	b.work.Wait()
	return b.lock.Close()
}

// Name returns the node's.
func (b *Backend) Name() string { return b.opts.Name }

// Means declares what the hands can do. Isolation cuts connections, and nothing destroys anything else. Whether the ways to
// the data are proven is asked by Probe.
func (b *Backend) Means() shield.Means {
	return shield.Means{Measures: caps(b.hands.can()).measures(), Declared: len(b.opts.Keeps) > 0, Keeps: b.opts.Keeps, Destroys: []string{"connections"}}
}

// Probe asks the canary.
func (b *Backend) Probe(ctx context.Context, p shield.Probe) ([]shield.Fetched, error) {
	if b.opts.Canary == nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "show that data is reached on " + b.opts.Name + ": this host has no canary",
			Hint: "name one in the settings of the host; until then it gets nothing above limit and throttle",
		}
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	return b.opts.Canary(ctx, p)
}

// Refresh lets go what has ended, carries what waited for its guest, follows guests to other ports,
// and puts back what somebody else took away. Whoever runs a host calls it when its world changed, at Next, and
// every few seconds. An error may pass.
func (b *Backend) Refresh(ctx context.Context) error {
	return b.each(ctx, func(l *lane) error {
		err := b.swap(ctx, l)
		return errors.Join(err, b.sayWhatChanged(ctx, l))
	})
}

// Next returns how the clock of the boot stands when something ends next, or 0.
func (b *Backend) Next() evenkeel.Moment {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rules.Next(b.clock.now())
}

// swap compiles what the book says and has a hand put its part in force. Its turn is ours.
func (b *Backend) swap(ctx context.Context, l *lane) error {
	b.mu.Lock()
	now := b.clock.now()
	b.forget(now)
	rules, fates := b.compile(nil, now)
	b.mu.Unlock()
	return l.put(ctx, rules, fates, now)
}

// compile makes a ruleset of the book and perhaps one order more. Whoever came first is carried first. The lock is held.
func (b *Backend) compile(more *entry, now evenkeel.Moment) (*plan.Ruleset, map[evenkeel.OrderID]plan.Fate) {
	orders := make([]evenkeel.Order, 0, len(b.entries)+1)
	add := func(e *entry) {
		o := e.Order
		o.From, o.Until, o.Lift = e.Took, e.Ends, e.Lifted
		orders = append(orders, o)
	}
	for _, d := range sorted(b.entries) {
		add(b.entries[d])
	}
	if more != nil {
		add(more)
	}
	w := b.world()
	w.Can = b.hands.can()
	rules, all := plan.Compile(orders, &w, now)
	fates := make(map[evenkeel.OrderID]plan.Fate, len(all))
	for _, f := range all {
		fates[f.Order] = f
	}
	if more == nil {
		b.rules = rules
	}
	return rules, fates
}

// forget drops what has ended: whatever comes of it is answered by its Until. The lock is held.
func (b *Backend) forget(now evenkeel.Moment) {
	maps.DeleteFunc(b.entries, func(_ evenkeel.DecisionID, e *entry) bool { return e.Ends <= now })
}

// save writes the book. The lock is held.
func (b *Backend) save() error {
	return writeBook(b.folder, &b.clock, slices.Collect(maps.Values(b.entries)))
}
