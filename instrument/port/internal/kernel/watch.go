//go:build linux

package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// notKernel is how netlink begins to say that a message is not the kernel's. Root may send one to all who listen, and
// netlink sends its own request for a listing (ListExisting) so.
const notKernel = "Wrong sender portid"

// Watch tells of the network interfaces that are there, and then of each that comes, goes or gets another name,
// until ctx is over. ns is a file of the network namespace; nil is the process's own. Where the kernel says
// more than is taken, what was missed cannot be known, and Watch ends with the error: begin again. What others than the
// kernel say to all who listen is left alone.
func Watch(ctx context.Context, ns *os.File, f func(port.Event)) error {
	updates, done := make(chan netlink.LinkUpdate, 256), make(chan struct{}) // where it is full, the socket's buffer fills
	failed := make(chan error, 1)
	o := netlink.LinkSubscribeOptions{ErrorCallback: func(err error) {
		if strings.HasPrefix(err.Error(), notKernel) {
			return
		}
		select {
		case failed <- err:
		default:
		}
	}}
	if ns != nil {
		h := netns.NsHandle(ns.Fd())
		o.Namespace = &h
	}
	if err := netlink.LinkSubscribeWithOptions(updates, done, o); err != nil {
		return fmt.Errorf("listen for network interfaces: %w", err)
	}
	defer func() {
		close(done)
		for range updates { // the sender ends once its socket is closed, and closes this
		}
	}()
	space := spaceOf(ns)
	var links port.Links
	there, err := linksIn(ns) // listened for already: what comes and goes meanwhile is told behind it
	if err != nil {
		return err
	}
	for _, l := range there {
		if e, ok := links.Take(placeOf(l, space), false); ok {
			f(e)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return fmt.Errorf("listen for network interfaces: %w", err)
		case u, open := <-updates:
			if !open {
				return fmt.Errorf("listen for network interfaces: the kernel ended it")
			}
			p := placeOf(u.Link, space)
			if e, ok := links.Take(p, u.Header.Type == syscall.RTM_DELLINK); ok {
				f(e)
			}
		}
	}
}

func placeOf(l netlink.Link, space uint64) port.Place {
	p := port.Place{Name: l.Attrs().Name, Index: l.Attrs().Index, Kind: l.Type(), Space: space}
	if p.Kind == "tuntap" {
		p.Kind = "tun" // as the kernel calls it, and ip -details link; of the others the library takes the kernel's name
	}
	copy(p.MAC[:], l.Attrs().HardwareAddr)
	return p
}

// listTries is how often a listing is begun anew into which something came.
const listTries = 5

// linksIn lists the network interfaces of a network namespace; nil is the process's own.
func linksIn(ns *os.File) (all []netlink.Link, err error) {
	in := netns.None()
	if ns != nil {
		in = netns.NsHandle(ns.Fd())
	}
	h, err := netlink.NewHandleAt(in, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	defer h.Close()
	for range listTries {
		if all, err = h.LinkList(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	return all, nil
}

// List returns the network interfaces that are there, in the network namespace of the process.
func List() ([]port.Place, error) {
	links, err := linksIn(nil)
	if err != nil {
		return nil, err
	}
	all := make([]port.Place, len(links))
	for i, l := range links {
		all[i] = placeOf(l, spaceOf(nil))
	}
	return all, nil
}
