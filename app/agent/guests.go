package agent

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
)

// How libvirt is asked: how often, after how long a question is given up, and how long it is left alone after it failed.
const (
	guestsEvery = 2 * time.Second
	guestsWait  = 10 * time.Second
	guestsRest  = 30 * time.Second // at most
	// guestsAgain is after how long it is asked once more after a kick: a port is there before libvirt says that its
	// guest runs.
	guestsAgain = 300 * time.Millisecond
)

// guests asks libvirt which guests there are, again and again.
type guests struct {
	set  Settings
	know func(*Told) error
	now  func() evenkeel.Moment
	log  *slog.Logger
	kick chan struct{}
	wait [2]time.Duration // how long a start waits for an answer: where guests are remembered, and where none are

	mu   sync.Mutex // over what follows
	told *Told      // last
}

// newGuests returns what asks libvirt (settings: libvirt) and hands what it says to know, such as Host.Know. now is
// the wall's clock.
func newGuests(set Settings, know func(*Told) error, now func() evenkeel.Moment, log *slog.Logger) *guests {
	return &guests{set: set, know: know, now: now, log: log, kick: make(chan struct{}, 1), wait: [2]time.Duration{3 * time.Second, guestsWait}} // 1: more of them are one
}

// Kick has libvirt asked at once, as where a port came that it may have a name for.
func (g *guests) Kick() {
	select {
	case g.kick <- struct{}{}:
	default: // it is about to be
	}
}

// Told is what was said last; nil: nothing yet.
func (g *guests) Told() *Told {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.told
}

// Run asks until ctx ends; at once returns nil where the settings name no libvirt. What was known stays known while
// libvirt is silent: its guests run on without it.
func (g *guests) Run(ctx context.Context) error {
	if g.set.Libvirt.Socket == "" {
		return nil
	}
	var conn *hypervisor.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	failed, kicked := 0, false
	for {
		err := g.ask(ctx, &conn)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			if failed++; failed == 1 {
				g.log.Warn("libvirt does not say which guests there are; what is known of them stays", "err", err)
			}
		case failed > 0:
			failed = 0
			g.log.Info("libvirt says again which guests there are")
		}
		wait := guestsEvery
		if kicked {
			wait = guestsAgain
		}
		if failed > 0 {
			wait = backoff.Pause(guestsEvery, guestsRest, 0, g.set.Libvirt.Socket, failed)
		}
		timer := time.NewTimer(wait)
		kicked = false
		select {
		case <-ctx.Done():
		case <-g.kick:
			kicked = true
		case <-timer.C:
		}
		timer.Stop()
	}
}

// ask asks once, over a connection that stands or a new one; after an error none stands.
func (g *guests) ask(ctx context.Context, conn **hypervisor.Conn) (err error) {
	t, err := g.over(ctx, conn)
	if err != nil {
		return err
	}
	return g.take(t)
}

func (g *guests) over(ctx context.Context, conn **hypervisor.Conn) (t *Told, err error) {
	if *conn == nil {
		if *conn, err = hypervisor.Open(ctx, g.set.Libvirt.Socket, g.set.Libvirt.URI, guestsWait); err != nil {
			return nil, err
		}
	}
	domains, err := (*conn).Domains(ctx)
	if err != nil {
		(*conn).Close() // it broke, or will be of no use
		*conn = nil
		return nil, err
	}
	return g.set.Tell(domains, g.now()), nil
}

// take hands on what is told, where it is another than before.
func (g *guests) take(t *Told) error {
	was := g.Told()
	if !t.same(was) {
		if err := g.know(t); err != nil {
			return err
		}
		g.kept(t)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.told = t
	return nil
}
