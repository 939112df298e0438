//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cilium/ebpf"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Where the kernel has no TCX (before Linux 6.6), what a guest is sent is seen by a filter of tc(8): a qdisc clsact at its port, and at
// its egress cls_bpf in direct action (tc-bpf(8)). No link holds a filter: it stays at the interface until somebody takes it away,
// also when its agent is killed, and goes with the interface.
const (
	filterName   = "ek_tc_in"
	filterPlace  = 1      // priority: before what others put there later
	filterHandle = 0xe5e1 // ours, so that it is replaced and not doubled
)

// filterAt is our filter at a port.
func filterAt(index int, p *ebpf.Program) *netlink.BpfFilter {
	f := &netlink.BpfFilter{
		FilterAttrs: netlink.FilterAttrs{
			LinkIndex: index, Parent: netlink.HANDLE_MIN_EGRESS, Handle: filterHandle, Protocol: unix.ETH_P_ALL, Priority: filterPlace,
		},
		Name: filterName, DirectAction: true,
	}
	if p != nil {
		f.Fd = p.FD()
	}
	return f
}

// hangFilter puts our filter at a port, in place of what an agent that has ended left there.
func (k *Kernel) hangFilter(a *attachment) error {
	clsact := &netlink.GenericQdisc{
		QdiscAttrs: netlink.QdiscAttrs{LinkIndex: a.Place.Index, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT},
		QdiscType:  "clsact",
	}
	if err := netlink.QdiscAdd(clsact); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("make the qdisc clsact: %w", err)
	}
	if err := netlink.FilterReplace(filterAt(a.Place.Index, k.objects.EkTcIn)); err != nil {
		return fmt.Errorf("put a filter at its egress: %w", err)
	}
	a.In, a.filter = "tc", true
	return nil
}

// markFilter writes down that a port has our filter, for the next process.
func (k *Kernel) markFilter(a *attachment) error {
	if k.dir == "" {
		return nil
	}
	if err := k.objects.EkTcIn.Pin(k.filterPin(a)); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("pin the program of the filter: %w", err)
	}
	return nil
}

func (k *Kernel) filterPin(a *attachment) string {
	return filepath.Join(k.dir, fmt.Sprintf("filter-%d", a.Slot))
}

// adoptFilter takes over the filter of a port, and puts it there again where somebody took it away. What is in another network namespace
// cannot be looked at from here, and is taken to be as it was.
func (k *Kernel) adoptFilter(a *attachment) {
	if _, err := os.Stat(k.filterPin(a)); err != nil {
		return
	}
	a.In, a.filter = "tc", true
	if a.Place.Space != spaceOf(nil) {
		return
	}
	if err := k.hangFilter(a); err != nil {
		a.In, a.filter = "", false
		a.Notes = append(a.Notes, fmt.Sprintf("what the guest is sent is not seen any more: %v", err))
	}
}

// dropFilter takes our filter away. Of a port in another network namespace, which an earlier process knew, it stays, and does nothing
// once the number of the interface leads nowhere.
func (k *Kernel) dropFilter(a *attachment) error {
	if !a.filter {
		return nil
	}
	a.filter = false
	if k.dir != "" {
		if err := os.Remove(k.filterPin(a)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if a.space == nil && a.Place.Space != spaceOf(nil) {
		return nil
	}
	err := inSpace(a.space, func() error { return netlink.FilterDel(filterAt(a.Place.Index, nil)) })
	switch {
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENOENT), errors.Is(err, unix.EINVAL): // it went with its interface, or by another's hand
		return nil
	case err != nil:
		return fmt.Errorf("take the filter away: %w", err)
	}
	return nil
}

// holderOf says which program of ours hangs at XDP of an interface, of whichever agent; 0: none does.
func holderOf(index int, mine *ebpf.Program) uint32 {
	l, err := netlink.LinkByIndex(index)
	if err != nil || l.Attrs().Xdp == nil || !l.Attrs().Xdp.Attached {
		return 0
	}
	own, err := mine.Info()
	if err != nil {
		return 0
	}
	p, err := ebpf.NewProgramFromID(ebpf.ProgramID(l.Attrs().Xdp.ProgId))
	if err != nil {
		return 0
	}
	defer p.Close()
	if info, err := p.Info(); err != nil || info.Name != own.Name {
		return 0
	}
	return l.Attrs().Xdp.ProgId
}
