package agent

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/canary"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

// Kernel is the programs at ports, as the agent uses them; instrument/port/live opens it.
type Kernel interface {
	host.Kernel
	// Read says what was seen at each port since the reading before.
	Read() ([]port.Reading, error)
	// Samples gives the packets that were sampled since the call before, and waits for none.
	Samples(f func(port.Sample)) error
	// SetSampling says how many of a port's packets are, and leaves all else there as it is.
	SetSampling(s port.Slot, v port.Sampling) error
	// Sweep lets go of the ports whose interfaces are gone, and returns them.
	Sweep() ([]port.Attached, error)
}

// Parts are what a Host is made of.
type Parts struct {
	Settings Settings
	Kernel   Kernel    // nil: this host has no programs at ports
	Traffic  host.Hand // nil: the programs, where there are any
	CPU      host.Hand
	Machine  host.Hand
	Claims   []whose.Claim
	Told     *Told        // what is known of guests at the start; nil: nothing beside the settings
	Places   []port.Place // the interfaces that are there now: measures stand at them from the start
	// Watch tells of the interfaces that are there, and of each that comes, goes or is renamed, until ctx ends.
	Watch func(ctx context.Context, f func(port.Event)) error
	Clock host.Clock
	Name  string // of the node, in receipts, and of the source of what is seen
	// Deliver takes what was seen: batches of about half a MiB at most, as many a second as that takes; nil: nothing is
	// seen. An error is logged, and that batch is lost: whoever keeps batches for later is behind it.
	Deliver func(*evenkeel.Batch) error
	Key     siphash.Key            // of the identities of records
	Said    func(evenkeel.Receipt) // what became of an order after its receipt
	Log     *slog.Logger
	// Changed is told that the world may have changed; nil: nobody is. It must not wait.
	Changed func()
}

// Host follows the ports of one host and holds what is ordered there.
type Host struct {
	*host.Backend
	parts   Parts
	meter   *wire.Meter
	began   evenkeel.Moment // of the second that was read last
	records int             // of the second before, for about as many come again
	kick    chan struct{}   // 1: the world changed; more of them are one
	canary  *canary.Prover  // nil: this host has none

	sampled, spare map[port.Slot]sampled // the slots of the last reading, and of the one before
	evidence       *evidence

	mu      sync.Mutex // over what follows
	book    *whose.Book
	places  map[int]port.Place
	world   plan.World
	unknown []Unknown
	stale   bool              // world and unknown are of before a change
	blind   map[int]string    // why the port of a guest is not seen, by index
	half    map[string]string // why a guest may have ports that are not known, by asset
	went    bool              // an interface went, and what hung there was not let go of yet
}

// handsTake is how long what packets need waits for what libvirt or control groups take.
const handsTake = time.Second

// refreshEvery is how often what stands is compared with what should stand, if nothing changes.
const refreshEvery = 5 * time.Second

// Open takes the book of this host, and puts in force what it says, at the ports that are there. Of interfaces that
// Parts.Places does not name Run hears.
func Open(ctx context.Context, p Parts) (*Host, error) {
	book, err := p.Settings.book(p.Claims, p.Told)
	if err != nil {
		return nil, err
	}
	h := &Host{parts: p, book: book, half: p.Told.halves(), evidence: newEvidence(p.Settings.Samples.Keep), sampled: map[port.Slot]sampled{}, spare: map[port.Slot]sampled{}, kick: make(chan struct{}, 1), places: map[int]port.Place{}, blind: map[int]string{}}
	for _, at := range p.Places {
		h.places[at.Index] = at
	}
	h.world, h.unknown = p.Settings.World(book, p.Places)
	for _, at := range p.Places {
		if asset, _ := book.Of(at); asset != "" { // of the others Run tells
			h.see(at)
		}
	}
	if h.meter, err = wire.New(wire.Options{Source: p.Name, Key: p.Key}); err != nil {
		return nil, err
	}
	hands := host.Hands{Traffic: p.Traffic, CPU: p.CPU, Machine: p.Machine}
	if hands.Traffic == nil && p.Kernel != nil {
		hands.Traffic = host.NewPrograms(p.Kernel)
	}
	o := host.Options{Name: p.Name, Said: p.Said, Log: p.Log, Patience: handsTake}
	if c := p.Settings.Canary; c.Asset != "" {
		h.canary = canary.New(c, p.Clock.Wall, p.Log)
		o.Keeps, o.Canary = c.Ways(), func(ctx context.Context, q shield.Probe) ([]shield.Fetched, error) {
			return h.canary.Show(ctx, h.Backend, q)
		}
	}
	h.Backend, err = host.Open(ctx, filepath.Join(p.Settings.Data, dirOrders), hands, h.World, p.Clock, o)
	return h, err
}

// World is what is known of this host now.
func (h *Host) World() plan.World {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turned()
	return h.world
}

// Unknown are the interfaces that are nobody's, and why.
func (h *Host) Unknown() []Unknown {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turned()
	return slices.Clone(h.unknown)
}

// Showed is what was shown last of a measure.
type Showed = canary.Showed

// Shown is what was shown last of each measure: that data is reached while it stands, or not.
func (h *Host) Shown() []canary.Showed {
	if h.canary == nil {
		return nil
	}
	return h.canary.Shown()
}

// Blind says why ports of guests are not seen, by the index of the interface; so it does of all ports of a guest that may have others.
func (h *Host) Blind() map[int]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := maps.Clone(h.blind)
	if len(h.half) == 0 {
		return out
	}
	for index, at := range h.places {
		asset, _ := h.book.Of(at)
		if why := h.half[asset]; why != "" && out[index] == "" {
			out[index] = "other ports of " + asset + " may not be seen: " + why
		}
	}
	return out
}

// Run follows ports and lets go of what ends, until ctx does.
func (h *Host) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.parts.Watch(ctx, h.follow) })
	g.Go(func() error { return h.hold(ctx) })
	if h.parts.Kernel != nil && h.parts.Deliver != nil {
		g.Go(func() error { return h.watch(ctx) })
	}
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// follow takes one event into the world, and has programs hang at the port of a guest.
func (h *Host) follow(e port.Event) {
	h.mu.Lock()
	if e.Kind == port.Gone {
		delete(h.places, e.Place.Index)
		delete(h.blind, e.Place.Index)
		h.went = true
	} else {
		h.places[e.Place.Index] = e.Place
	}
	h.stale = true
	h.mu.Unlock()
	if e.Kind != port.Gone {
		h.see(e.Place)
	}
	h.look()
}

// turned makes the world of the book and the places, where they changed since, for whoever holds the lock. A thousand ports that
// come at once are one change.
func (h *Host) turned() {
	if h.stale {
		h.world, h.unknown = h.parts.Settings.World(h.book, slices.Collect(maps.Values(h.places)))
		h.stale = false
	}
}

// look has what is ordered held against the world.
func (h *Host) look() {
	select {
	case h.kick <- struct{}{}:
	default: // it is to be looked at already
	}
}

// known is the book as it is now.
func (h *Host) known() *whose.Book {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.book
}

// see hangs the programs at a guest's port; what they count begins there.
func (h *Host) see(p port.Place) {
	book := h.known()
	asset, why := book.Of(p)
	if h.parts.Kernel == nil || asset == "" {
		if asset == "" && !book.Own(p.Name) {
			h.parts.Log.Info("an interface is nobody's", "port", p.Name, "why", why)
		}
		return
	}
	_, err := h.parts.Kernel.Attach(p, port.Guest{Own: book.Guest(asset).Addresses}, nil)
	if errors.Is(err, os.ErrNotExist) {
		return // it went
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		delete(h.blind, p.Index)
		return
	}
	if h.blind[p.Index] != err.Error() {
		h.parts.Log.Warn("a port cannot be seen", "port", p.Name, "asset", asset, "err", err)
	}
	h.blind[p.Index] = err.Error()
}

// again looks once more at the ports that could not be seen.
func (h *Host) again() {
	h.mu.Lock()
	var all []port.Place
	for index := range h.blind {
		if at, there := h.places[index]; there {
			all = append(all, at)
		}
	}
	h.mu.Unlock()
	for _, at := range all {
		h.see(at)
	}
}

// letGo takes the programs from ports that went, whose slots are others' then. What was counted there last has been read.
func (h *Host) letGo() {
	h.mu.Lock()
	went := h.went
	h.went = false
	h.mu.Unlock()
	if h.parts.Kernel == nil || !went {
		return
	}
	if _, err := h.parts.Kernel.Sweep(); err != nil {
		h.parts.Log.Warn("ports that went are not let go of whole", "err", err)
	}
}

// watch reads all ports once a second, and delivers what was seen there.
func (h *Host) watch(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if err := h.read(h.parts.Clock.Wall()); err != nil {
			h.parts.Log.Warn("what a second brought at the ports is lost", "err", err)
		}
		h.letGo()
	}
}

// read makes records of what was seen at the ports until a moment.
func (h *Host) read(now evenkeel.Moment) error {
	began, wait := nextSecond(h.began, now)
	if wait {
		return nil
	}
	h.began = began
	all, err := h.parts.Kernel.Read()
	if err != nil {
		return err
	}
	at := h.seats(h.parts.Kernel.Ports())
	h.sample(all, at)
	return h.tell(all, at, now)
}

// farAhead is how far what was told may be ahead of the clock, after it was set back, and still be caught up with.
const farAhead = evenkeel.Moment(10 * time.Second)

// nextSecond is when the second of a reading began: whole seconds, one after another, though a reading is sometimes a little
// early or late. Where the clock was set back a little, every second reading waits, and the next is of both, until it is
// caught up with; where it was set back far, seconds begin anew.
func nextSecond(last, now evenkeel.Moment) (began evenkeel.Moment, wait bool) {
	const second = evenkeel.Moment(time.Second)
	began = now - now%second - second
	switch ahead := last - began; {
	case ahead < 0, ahead > farAhead:
		return began, false
	case ahead <= second:
		return last + second, false
	default:
		return last + second, began/second%2 == 0
	}
}

// hold refreshes when the world changed, when something ends, and every few seconds.
func (h *Host) hold(ctx context.Context) error {
	for {
		wait := refreshEvery
		if next := h.Next(); next > 0 {
			wait = min(wait, max(time.Duration(next)-h.parts.Clock.Boot(), 0))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-h.kick:
			if h.parts.Changed != nil {
				h.parts.Changed()
			}
		case <-timer.C:
			h.again()
			if h.parts.Deliver == nil { // else whoever reads does
				h.letGo()
			}
		}
		timer.Stop()
		if err := h.Refresh(ctx); err != nil && ctx.Err() == nil {
			h.parts.Log.Warn("what is ordered could not be put in force whole; it is tried again", "err", err)
		}
		h.unkeep()
	}
}
