package edgelink

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/nats-io/nats.go"
)

// How one other edge is reached.
const (
	dialWait   = 2 * time.Second
	firstPause = 100 * time.Millisecond
	lastPause  = time.Second
	tries      = 60               // of an address that nobody set up, without an answer
	heardRoom  = 1024             // messages that wait for whoever hears them
	heardBytes = 16 << 20         // likewise
	steady     = 10 * time.Second // that a connection lasts which was none to back off from
)

var (
	errItself = errors.New("it is this edge itself")
	errTaken  = errors.New("its name is another edge's")
	errTwice  = errors.New("it is heard at another address")
)

// other is the way to one address.
type other struct {
	l       *Link
	address string
	given   bool
	heard   atomic.Uint64
	dropped atomic.Uint64

	mu    sync.Mutex
	state Edge
	alone bool   // it is this edge's own address
	twice bool   // it is another address of one that is heard
	shown string // the name of whom it was who answered last
	id    string // of the process that is heard, or was last
}

type standing struct {
	Edge
	shown         string
	itself, twice bool
}

func (x *other) standing() standing {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.state
	s.Messages, s.Dropped = x.heard.Load(), x.dropped.Load()
	return standing{s, x.shown, x.alone, x.twice}
}

// run keeps the way open until ctx ends.
func (x *other) run(ctx context.Context) {
	defer x.down("this edge ends", false)
	for attempts := 0; ctx.Err() == nil; {
		began := x.l.o.Now()
		err := x.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errItself) {
			x.mu.Lock()
			x.alone = true
			x.mu.Unlock()
			return
		}
		if attempts++; x.l.o.Now().Sub(began) > steady {
			attempts = 1
		}
		if x.down(err.Error(), errors.Is(err, errTwice)) {
			x.l.o.Logger.Warn("an edge is not heard any more: it is tried again", "edge", x.standing().Name, "address", x.address, "err", err)
		} else if attempts == 10 && x.given && !errors.Is(err, errTwice) {
			x.l.o.Logger.Warn("an edge is not reached: it is tried again", "address", x.address, "err", err, "hint", "see whether evenkeel gateway run runs there with the fleet's settings, and whether certificates are of one authority")
		}
		if !x.given && attempts >= tries {
			x.l.forget(x)
			return
		}
		timer := time.NewTimer(backoff.Pause(firstPause, lastPause, 0, x.address, attempts))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// down notes that it is not heard, or not here, and says whether it was.
func (x *other) down(why string, twice bool) (was bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if was = x.state.Up; was {
		x.state.Since = evenkeel.MomentOf(x.l.o.Now())
	}
	x.state.Up, x.state.Why, x.twice = false, why, twice
	return was
}

// up notes that a process is heard by a name, and lets what it says count, unless another one is, or that one is at another address.
func (x *other) up(name, id string, counts *atomic.Bool) error {
	x.l.mu.Lock()
	defer x.l.mu.Unlock()
	if name == x.l.o.Name {
		return fmt.Errorf("edge %s: %w; expected each name once", name, errTaken)
	}
	heard := x.l.ofName(name)
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case heard == nil:
	case heard.id == id: // written under x.l.mu only
		x.shown, x.state.Name, x.twice = name, name, true
		return errTwice
	default:
		return fmt.Errorf("edge %s: %w; expected each name once", name, errTaken)
	}
	counts.Store(true)
	x.id, x.shown, x.state.Name, x.state.Up, x.twice, x.state.Why, x.state.Since = id, name, name, true, false, "", evenkeel.MomentOf(x.l.o.Now())
	return nil
}

// session is one connection.
func (x *other) session(ctx context.Context) error {
	l := x.l
	ended := make(chan error, 1)
	var shown *x509.Certificate
	options := []nats.Option{
		nats.Name(l.address), nats.UserInfo(l.o.Name, ""), nats.NoReconnect(), nats.Timeout(dialWait), nats.IgnoreDiscoveredServers(), nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2),
		nats.ClosedHandler(func(c *nats.Conn) {
			cause := c.LastError()
			if cause == nil {
				cause = errors.New("it has ended the connection")
			}
			ended <- cause
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { x.dropped.Add(1) }), // it is too fast for this edge
	}
	scheme := "nats://"
	if l.o.Certificate != nil {
		scheme = "tls://"
		options = append(options, nats.Secure(l.o.clientTLS(func(c *x509.Certificate) { shown = c })), nats.TLSHandshakeFirst())
	}
	conn, err := nats.Connect(scheme+x.address, options...)
	if err != nil {
		return err
	}
	defer conn.Close()
	name := conn.ConnectedServerName()
	switch {
	case conn.ConnectedServerId() == l.server.ID():
		return errItself
	case checkName(name) != nil:
		return fmt.Errorf("it is called %.70q, which is no name of an edge", name)
	case l.o.Certificate != nil && !isNamed(shown, name):
		return fmt.Errorf("it says that it is edge %s, and its certificate is another's", name)
	}
	var messages, bytes bucket
	var up atomic.Bool
	said, err := conn.Subscribe(subjectSaid, func(m *nats.Msg) {
		now := l.o.Now()
		if len(m.Data) > MaxMessage || !messages.take(now, 1, mostMessages) || !bytes.take(now, len(m.Data), mostBytes) {
			x.dropped.Add(1)
			return
		}
		if !up.Load() {
			return
		}
		x.heard.Add(1)
		l.heard(name, m.Data)
	})
	if err == nil {
		err = said.SetPendingLimits(heardRoom, heardBytes)
	}
	if err == nil {
		_, err = conn.Subscribe(subjectNames, func(m *nats.Msg) {
			all, err := parseNames(m.Data)
			if err != nil {
				x.dropped.Add(1)
				return
			}
			for _, e := range all {
				l.meet(e)
			}
		})
	}
	if err == nil {
		err = conn.FlushTimeout(dialWait) // from now on nothing that it says is missed
	}
	if err != nil {
		return err
	}
	if err := x.up(name, conn.ConnectedServerId(), &up); err != nil {
		return err
	}
	l.o.Logger.Info("an edge is heard", "edge", name, "address", x.address)
	select {
	case l.met <- struct{}{}:
	default:
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
