package hypervisor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
	"github.com/google/uuid"
)

// Socket is where libvirt listens unless it was told otherwise.
const Socket = "/run/libvirt/libvirt-sock"

// System is the hypervisor of the system, QEMU.
const System = "qemu:///system"

// Conn is a connection to libvirt. It may be used by many goroutines at once. One that broke stays broken:
// open another.
type Conn struct {
	virt *libvirt.Libvirt
	wait time.Duration
}

// Open connects to the libvirt that listens at a socket, and to a hypervisor by its URI. Each call waits at
// most so long, at least a second.
func Open(ctx context.Context, socket, uri string, wait time.Duration) (*Conn, error) {
	wait = max(wait, time.Second)
	d := net.Dialer{Timeout: wait}
	c, err := d.DialContext(ctx, "unix", socket)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("connect to libvirt: nothing is at %s; start libvirtd, or say where it listens", socket)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("connect to libvirt at %s: not permitted; run as root, or as a member of libvirt's group", socket)
	case err != nil:
		return nil, fmt.Errorf("connect to libvirt at %s: %w", socket, err)
	}
	conn := &Conn{libvirt.NewWithDialer(dialers.NewAlreadyConnected(c)), wait}
	err = conn.call(ctx, func() error { return conn.virt.ConnectToURI(libvirt.ConnectURI(uri)) })
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("open %s at %s: %w", uri, socket, err)
	}
	return conn, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.virt.Disconnect() }

// Broken says whether the connection has ended, whoever ended it.
func (c *Conn) Broken() bool { return !c.virt.IsConnected() }

// call waits for an answer of libvirt, whose client knows no end of waiting. What comes too late is
// left to itself; the connection is then ended, so that it comes to an end.
func (c *Conn) call(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	done := make(chan error, 1) // one answer, also to nobody
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		go c.virt.Disconnect()
		return fmt.Errorf("libvirt did not answer: %w", context.Cause(ctx))
	}
}

// MostDomains is how many guests are told at once.
const MostDomains = 10_000

// Domains returns all guests, also those that are off.
func (c *Conn) Domains(ctx context.Context) (out []Domain, err error) {
	var all []libvirt.Domain
	err = c.call(ctx, func() error {
		var err error
		all, _, err = c.virt.ConnectListAllDomains(1, 0)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the guests: %w", err)
	}
	if len(all) > MostDomains {
		return nil, fmt.Errorf("list the guests: there are %d; expected at most %d", len(all), MostDomains)
	}
	for _, d := range all {
		one, err := c.domain(ctx, d)
		if libvirt.IsNotFound(err) {
			continue // gone meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read guest %s: %w", d.Name, err)
		}
		out = append(out, one)
	}
	return out, nil
}

func (c *Conn) domain(ctx context.Context, d libvirt.Domain) (out Domain, err error) {
	err = c.call(ctx, func() error {
		state, _, _, cpus, used, err := c.virt.DomainGetInfo(d)
		if err != nil {
			return err
		}
		text, err := c.virt.DomainGetXMLDesc(d, 0)
		if err != nil {
			return err
		}
		out = Domain{Name: d.Name, UUID: uuid.UUID(d.UUID).String(), State: stateOf(state), CPUs: int(cpus), Used: time.Duration(used)}
		out.Cards, err = cards(text)
		return err
	})
	return out, err
}

// named finds a guest by its name.
func (c *Conn) named(ctx context.Context, name string) (d libvirt.Domain, err error) {
	err = c.call(ctx, func() error {
		d, err = c.virt.DomainLookupByName(name)
		return err
	})
	if libvirt.IsNotFound(err) {
		err = fmt.Errorf("%w: %q", ErrNoGuest, name)
	}
	return d, err
}

// ErrNoGuest is the error where libvirt knows no guest of a name.
var ErrNoGuest = errors.New("libvirt has no guest of this name")
