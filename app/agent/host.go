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
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Kernel is the programs at ports, as the agent uses them; instrument/port/live opens it.
type Kernel interface {
	host.Kernel
	Detach(s port.Slot) error
}

// Parts are what a Host is made of.
type Parts struct {
	Settings Settings
	Kernel   Kernel    // nil: this host has no programs at ports
	Traffic  host.Hand // nil: the programs, where there are any
	CPU      host.Hand
	Machine  host.Hand
	Claims   []whose.Claim
	// Watch tells of the interfaces that are there, and of each that comes, goes or is renamed, until ctx ends.
	Watch func(ctx context.Context, f func(port.Event)) error
	Clock host.Clock
	Name  string                 // of the node, in receipts
	Said  func(evenkeel.Receipt) // what became of an order after its receipt
	Log   *slog.Logger
}

// Host follows the ports of one host and holds what is ordered there.
type Host struct {
	*host.Backend
	parts Parts
	book  *whose.Book
	kick  chan struct{} // 1: the world changed; more of them are one

	mu      sync.Mutex // over what follows
	places  map[int]port.Place
	world   plan.World
	unknown []Unknown
}

// refreshEvery is how often what stands is compared with what should stand, if nothing changes.
const refreshEvery = 5 * time.Second

// Open takes the book of this host, and puts in force what it says. Until Run has heard which interfaces there are,
// measures wait for their ports.
func Open(ctx context.Context, p Parts) (*Host, error) {
	book, err := p.Settings.Book(p.Claims)
	if err != nil {
		return nil, err
	}
	h := &Host{parts: p, book: book, kick: make(chan struct{}, 1), places: map[int]port.Place{}}
	h.world, _ = p.Settings.World(book, nil)
	hands := host.Hands{Traffic: p.Traffic, CPU: p.CPU, Machine: p.Machine}
	if hands.Traffic == nil && p.Kernel != nil {
		hands.Traffic = host.NewPrograms(p.Kernel)
	}
	h.Backend, err = host.Open(ctx, filepath.Join(p.Settings.Data, "orders"), hands, h.World, p.Clock, host.Options{
		Name: p.Name, Said: p.Said, Log: p.Log,
	})
	return h, err
}

// World is what is known of this host now.
func (h *Host) World() plan.World {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.world
}

// Unknown are the interfaces that are nobody's, and why.
func (h *Host) Unknown() []Unknown {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.unknown)
}

// Run follows ports and lets go of what ends, until ctx does.
func (h *Host) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.parts.Watch(ctx, h.follow) })
	g.Go(func() error { return h.hold(ctx) })
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
	} else {
		h.places[e.Place.Index] = e.Place
	}
	places := slices.Collect(maps.Values(h.places))
	h.world, h.unknown = h.parts.Settings.World(h.book, places)
	h.mu.Unlock()
	if e.Kind != port.Gone {
		h.see(e.Place)
	}
	select {
	case h.kick <- struct{}{}:
	default: // it is to be looked at already
	}
}

// see hangs the programs at a guest's port; what they count begins there.
func (h *Host) see(p port.Place) {
	asset, why := h.book.Of(p)
	if h.parts.Kernel == nil || asset == "" {
		if asset == "" && !h.book.Own(p.Name) {
			h.parts.Log.Info("an interface is nobody's", "port", p.Name, "why", why)
		}
		return
	}
	if _, err := h.parts.Kernel.Attach(p, port.Guest{Own: h.book.Guest(asset).Addresses}, nil); err != nil && !errors.Is(err, os.ErrNotExist) {
		h.parts.Log.Warn("a port cannot be seen", "port", p.Name, "asset", asset, "err", err)
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
		case <-timer.C:
		}
		timer.Stop()
		if err := h.Refresh(ctx); err != nil && ctx.Err() == nil {
			h.parts.Log.Warn("what is ordered could not be put in force whole; it is tried again", "err", err)
		}
	}
}
