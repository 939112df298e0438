package agent

import (
	"context"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/shield/host"
)

// Hypervisor is the libvirt of a host, which may be away now and then: it is connected to when it is asked something,
// and again after it went. It may be used by many goroutines at once.
type Hypervisor struct {
	socket, uri string
	boot        func() time.Duration

	mu    sync.Mutex
	conn  *hypervisor.Conn
	again time.Duration // since boot: nobody connects before
	why   error         // why it is away
}

var (
	_ host.Hypervisor = (*Hypervisor)(nil)
	_ host.Throttle   = (*Hypervisor)(nil)
)

// How long libvirt may take for an answer, and how long it is left alone when it was away: whoever asks about many
// guests waits once.
const (
	libvirtAnswers = 10 * time.Second
	libvirtRests   = 3 * time.Second
)

// NewHypervisor takes where libvirt listens, and which hypervisor it is asked for; see instrument/hypervisor.
// It connects to nobody yet.
func NewHypervisor(socket, uri string, c host.Clock) *Hypervisor {
	return &Hypervisor{socket: socket, uri: uri, boot: c.Boot}
}

// on calls f with a connection that was not broken a moment ago.
func (l *Hypervisor) on(ctx context.Context, f func(*hypervisor.Conn) error) error {
	c, err := l.connected(ctx)
	if err != nil {
		return err
	}
	return f(c)
}

func (l *Hypervisor) connected(ctx context.Context) (*hypervisor.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil && !l.conn.Broken() {
		return l.conn, nil
	}
	l.conn = nil
	if l.why != nil && l.boot() < l.again {
		return nil, l.why
	}
	c, err := hypervisor.Open(ctx, l.socket, l.uri, libvirtAnswers)
	if err != nil {
		l.why = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "ask libvirt about a guest", Err: err}
		l.again = l.boot() + libvirtRests
		return nil, l.why
	}
	l.conn, l.why = c, nil
	return c, nil
}

// Close ends the connection.
func (l *Hypervisor) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.conn
	if l.conn = nil; c == nil || c.Broken() {
		return nil
	}
	return c.Close()
}

// Domains returns all guests, also those that are off.
func (l *Hypervisor) Domains(ctx context.Context) (all []hypervisor.Domain, err error) {
	err = l.on(ctx, func(c *hypervisor.Conn) error {
		all, err = c.Domains(ctx)
		return err
	})
	return all, err
}

// Paused says whether a guest is paused, and whether it is off.
func (l *Hypervisor) Paused(ctx context.Context, guest string) (paused, off bool, err error) {
	err = l.on(ctx, func(c *hypervisor.Conn) error {
		paused, off, err = c.Paused(ctx, guest)
		return err
	})
	return paused, off, err
}

// Pause stops a guest's CPUs.
func (l *Hypervisor) Pause(ctx context.Context, guest string) error {
	return l.on(ctx, func(c *hypervisor.Conn) error { return c.Pause(ctx, guest) })
}

// Resume lets a paused guest go on.
func (l *Hypervisor) Resume(ctx context.Context, guest string) error {
	return l.on(ctx, func(c *hypervisor.Conn) error { return c.Resume(ctx, guest) })
}

// Quota returns the share of the time that each virtual CPU of a guest may run, up to 1.
func (l *Hypervisor) Quota(ctx context.Context, guest string) (share float64, err error) {
	err = l.on(ctx, func(c *hypervisor.Conn) error {
		share, err = c.Quota(ctx, guest)
		return err
	})
	return share, err
}

// SetQuota sets it, from 0.01 to 1, and returns what is read back.
func (l *Hypervisor) SetQuota(ctx context.Context, guest string, share float64) (inForce float64, err error) {
	err = l.on(ctx, func(c *hypervisor.Conn) error {
		inForce, err = c.SetQuota(ctx, guest, share)
		return err
	})
	return inForce, err
}
