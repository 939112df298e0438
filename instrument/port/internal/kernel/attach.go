//go:build linux

package kernel

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// nowhere is the name of no interface: programs can be run at its slot by tests only.
const nowhere = "-"

// Attach hangs the programs at a port. A port at which they hang already keeps its slot, its counts and its rules, and
// gets this guest. ns is a file of the network namespace in which the port is; nil is the process's own.
//
// What passes is seen at TCX; where the kernel refuses that (before Linux 6.6), what the guest sends at XDP, and where the driver
// refuses that, at generic XDP, and what it is sent by a filter of tc. What is not seen Notes say. TCX comes first although XDP drops
// more frames that come as such: what a guest sends by sockets is copied before XDP sees it, which costs more than is
// gained (BenchmarkFlood), and XDP on a veth takes the guest's large packets from it.
func (k *Kernel) Attach(p port.Place, g port.Guest, ns *os.File) (port.Attached, error) {
	if err := g.Check(); err != nil {
		return port.Attached{}, fmt.Errorf("attach to %s: %w", p.Name, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if p.Space == 0 {
		p.Space = spaceOf(ns)
	}
	var err error
	for _, a := range k.taken {
		if a.Place.Index == p.Index && a.Place.Space == p.Space {
			if isGone(a) { // and another has its number by now
				if err = k.release(a); err != nil {
					return port.Attached{}, err
				}
				break
			}
			a.guest, a.Place = g, p
			if a.space == nil && ns != nil { // an earlier process knew it
				if a.space, err = keepSpace(ns); err != nil {
					return port.Attached{}, fmt.Errorf("attach to %s: %w", p.Name, err)
				}
			}
			k.name(a.Slot, p)
			return a.Attached, k.swap(a, a.rules)
		}
	}
	var slot port.Slot
	if slot, err = k.free(); err != nil {
		return port.Attached{}, fmt.Errorf("attach to %s: %w", p.Name, err)
	}
	a := &attachment{Attached: port.Attached{Slot: slot, Place: p}, guest: g, drops: map[dropKey]uint64{}}
	if ns != nil {
		if a.space, err = keepSpace(ns); err != nil {
			return port.Attached{}, fmt.Errorf("attach to %s: %w", p.Name, err)
		}
	}
	if err := k.take(a); err != nil {
		return port.Attached{}, fmt.Errorf("attach to %s: %w", p.Name, err)
	}
	if err := inSpace(ns, func() error { return k.hang(a) }); err != nil {
		return port.Attached{}, errors.Join(fmt.Errorf("attach to %s: %w", p.Name, err), k.release(a))
	}
	return a.Attached, nil
}

// Detach takes the programs from a port, and with them all that was in force there.
func (k *Kernel) Detach(s port.Slot) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	a, err := k.at(s)
	if err != nil {
		return err
	}
	return k.release(a)
}

// Sweep lets go of the ports whose interfaces are gone, and returns them.
func (k *Kernel) Sweep() ([]port.Attached, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.sweep()
}

func (k *Kernel) sweep() (gone []port.Attached, err error) {
	for _, a := range k.taken {
		if isGone(a) {
			gone = append(gone, a.Attached)
			err = errors.Join(err, k.release(a))
		}
	}
	return gone, err
}

// isGone says whether the interface of a port went: what hung there hangs nowhere.
func isGone(a *attachment) bool {
	return slices.ContainsFunc(a.links, func(l link.Link) bool {
		_, index, err := whereOf(l)
		return err == nil && index == 0
	})
}

// slotRests is for how many ns a slot is nobody's after it was let go of. Whoever asked for the ports before and comes with a
// slot then, to set rules or with what was read there, is late by far less, and meets nobody instead of another guest.
const slotRests = 2e9

// free is the slot that has been nobody's for longest.
func (k *Kernel) free() (port.Slot, error) {
	if s, ok := k.rested(); ok {
		return s, nil
	}
	if _, err := k.sweep(); err != nil {
		return 0, err
	}
	if s, ok := k.rested(); ok {
		return s, nil
	}
	if n := len(k.ports) - len(k.taken); n > 0 {
		return 0, fmt.Errorf("the tables have room for %d ports, and %d of them were another's until just now; it is free in %v, or start with more", len(k.ports), n, time.Duration(slotRests))
	}
	return 0, fmt.Errorf("the tables have room for %d ports and all are taken; start with more", len(k.ports))
}

func (k *Kernel) rested() (s port.Slot, ok bool) {
	now := Now()
	for i := range k.ports {
		since := k.freed[port.Slot(i)]
		if k.ports[i].Taken == 0 && (since == 0 || now-since >= slotRests) && (!ok || since < k.freed[s]) {
			s, ok = port.Slot(i), true
		}
	}
	return s, ok
}

// take fills a slot and lets the interface's number lead to it, before any program hangs there.
func (k *Kernel) take(a *attachment) error {
	at := uint32(a.Place.Index) % indexes
	var other uint32
	if err := k.objects.EkIndexes.Lookup(at, &other); err != nil {
		return fmt.Errorf("look for the number of the interface: %w", err)
	}
	if other != 0 && a.Place.Name != nowhere {
		return fmt.Errorf("its number %d leads to slot %d already, a port of another network namespace or 65,536 numbers away; run another agent for it", a.Place.Index, other-1)
	}
	p := &k.ports[a.Slot]
	*p = ekEkPort{}
	k.name(a.Slot, a.Place)
	p.Since, p.Seed = Now(), rand.Uint64()
	encode(&p.Rules[0], 1, p.Seed, a.guest, a.rules, k.guard)
	k.reads(&p.Rules[0])
	if err := k.objects.EkCounts.Put(uint32(a.Slot), make([]ekEkSeen, k.cpus)); err != nil {
		return fmt.Errorf("clear the counts: %w", err)
	}
	atomic.StoreUint32(&p.Taken, 1)
	if err := k.objects.EkIndexes.Put(at, uint32(a.Slot)+1); err != nil {
		return fmt.Errorf("enter the number of the interface: %w", err)
	}
	k.taken[a.Slot] = a
	k.last[a.Slot], k.talked[a.Slot] = &totals{}, &talks{}
	return nil
}

// name writes down what a slot stands for, so that the next process knows it.
func (k *Kernel) name(s port.Slot, at port.Place) {
	p := &k.ports[s]
	p.Index, p.Space = uint32(at.Index), at.Space
	p.Name, p.Mac = [16]uint8{}, [8]uint8{}
	copy(p.Name[:15], at.Name)
	copy(p.Mac[:], at.MAC[:])
}

// release undoes Attach in the opposite order.
func (k *Kernel) release(a *attachment) error {
	errs := []error{k.dropFilter(a)}
	if a.space != nil {
		errs = append(errs, a.space.Close())
	}
	for _, l := range a.links {
		if k.dir != "" {
			if err := l.Unpin(); err != nil && !errors.Is(err, os.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		errs = append(errs, l.Close())
	}
	at := uint32(a.Place.Index) % indexes
	errs = append(errs, k.objects.EkIndexes.Put(at, uint32(0)))
	for d := range a.drops {
		if err := k.remove(a.Slot, d); err != nil {
			errs = append(errs, err)
		}
	}
	k.ports[a.Slot] = ekEkPort{}
	if a.Place.Name != nowhere { // else no packet came by it
		k.freed[a.Slot] = Now()
	}
	delete(k.taken, a.Slot)
	delete(k.last, a.Slot)
	delete(k.talked, a.Slot)
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("let go of %s: %w", a.Place.Name, err)
	}
	return nil
}

// hang attaches the programs, in the network namespace of the port.
func (k *Kernel) hang(a *attachment) error {
	if a.Place.Name == nowhere {
		return nil
	}
	tcx := k.options.noTCX
	if tcx == nil && !k.options.XDP {
		tcx = k.hangTCX(a)
	}
	k.tcx = port.Feature{Name: "TCX", Answer: port.Yes}
	if k.options.XDP {
		k.tcx = port.Feature{Name: "TCX", Why: "it was not asked for"}
		tcx = errors.New("it was not asked for")
	}
	if tcx == nil {
		return nil
	}
	var taken *Taken
	if errors.As(tcx, &taken) {
		return tcx
	}
	if k.tcx.Why == "" {
		k.tcx.Answer, k.tcx.Why = port.No, tcx.Error()
	}
	if err := k.hangXDP(a); err != nil {
		return fmt.Errorf("hang a program there: TCX: %w; XDP: %w", tcx, err)
	}
	err := k.options.noTCX
	if err == nil && k.options.XDP { // only what the guest sends was asked for at XDP
		if err = k.hangAt(a, ebpf.AttachTCXEgress); err == nil {
			a.In = "tcx"
			return nil
		}
	}
	if ferr := k.hangFilter(a); ferr != nil {
		a.Notes = append(a.Notes, fmt.Sprintf("what the guest is sent is not seen: TCX: %v; tc: %v", cmp.Or(err, tcx), ferr))
		return nil
	}
	return k.markFilter(a)
}

// hangXDP sees what the guest sends.
func (k *Kernel) hangXDP(a *attachment) error {
	a.Out = "xdp"
	l, err := link.AttachXDP(link.XDPOptions{Program: k.objects.EkXdpOut, Interface: a.Place.Index, Flags: link.XDPDriverMode})
	if err != nil {
		if id := holderOf(a.Place.Index, k.objects.EkXdpOut); id != 0 {
			return &Taken{id}
		}
		a.Out = "xdp-generic"
		a.Notes = append(a.Notes, fmt.Sprintf("the driver refused XDP (%v): it is generic, which costs more", err))
		l, err = link.AttachXDP(link.XDPOptions{Program: k.objects.EkXdpOut, Interface: a.Place.Index, Flags: link.XDPGenericMode})
	}
	if err != nil {
		return err
	}
	return k.keep(a, l, "out")
}

// Taken is the error where programs of another agent hang at a port.
type Taken struct{ Program uint32 }

func (t *Taken) Error() string {
	return fmt.Sprintf("program %d of another agent hangs there already; expected one agent on a host: stop the other, or let it have this port", t.Program)
}

func (k *Kernel) hangTCX(a *attachment) error {
	for _, hook := range []ebpf.AttachType{ebpf.AttachTCXIngress, ebpf.AttachTCXEgress} {
		if err := k.hangAt(a, hook); err != nil {
			for _, l := range a.links {
				l.Unpin()
				l.Close()
			}
			a.links = nil
			return err
		}
	}
	a.Out, a.In = "tcx", "tcx"
	return nil
}

func (k *Kernel) hangAt(a *attachment, hook ebpf.AttachType) error {
	program, name := k.objects.EkTcOut, "out"
	if hook == ebpf.AttachTCXEgress {
		program, name = k.objects.EkTcIn, "in"
	}
	if err := k.alone(a.Place.Index, hook); err != nil {
		return err
	}
	l, err := link.AttachTCX(link.TCXOptions{Interface: a.Place.Index, Program: program, Attach: hook, Anchor: link.Head()})
	if err != nil {
		return err
	}
	return k.keep(a, l, name)
}

// alone says whether a program of our name hangs at a hook.
func (k *Kernel) alone(index int, hook ebpf.AttachType) error {
	q, err := link.QueryPrograms(link.QueryOptions{Target: index, Attach: hook})
	if err != nil {
		return err
	}
	for _, there := range q.Programs {
		p, err := ebpf.NewProgramFromID(there.ID)
		if err != nil {
			continue // it is gone by now
		}
		info, err := p.Info()
		p.Close()
		if err == nil && slices.Contains(k.names, info.Name) {
			return &Taken{uint32(there.ID)}
		}
	}
	return nil
}

// keep pins a link, so that it outlives the process.
func (k *Kernel) keep(a *attachment, l link.Link, way string) error {
	a.links = append(a.links, l)
	if k.dir == "" {
		return nil
	}
	if err := l.Pin(k.pin(a.Slot, way)); err != nil {
		return fmt.Errorf("pin the link: %w", err)
	}
	return nil
}

// pin is the file of a link: out or in.
func (k *Kernel) pin(s port.Slot, way string) string {
	return filepath.Join(k.dir, fmt.Sprintf("link-%d-%s", s, way))
}

// spaceOf is the inode of a network namespace; zero where it cannot be told.
func spaceOf(ns *os.File) uint64 {
	var st unix.Stat_t
	var err error
	if ns != nil {
		err = unix.Fstat(int(ns.Fd()), &st)
	} else {
		err = unix.Stat("/proc/thread-self/ns/net", &st)
	}
	if err != nil {
		return 0
	}
	return st.Ino
}

// keepSpace is a file of the same network namespace, of our own.
func keepSpace(ns *os.File) (*os.File, error) {
	own, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", ns.Fd()))
	if err != nil {
		return nil, fmt.Errorf("keep its network namespace: %w", err)
	}
	return own, nil
}

// inSpace calls f with its thread in a network namespace.
func inSpace(ns *os.File, f func() error) error {
	if ns == nil {
		return f()
	}
	runtime.LockOSThread()
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("look where we are: %w", err)
	}
	defer own.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("enter the network namespace: %w", err)
	}
	failed := f()
	if err := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); err != nil {
		return errors.Join(failed, fmt.Errorf("come back from the network namespace: %w", err)) // the thread stays locked, and ends with its goroutine
	}
	runtime.UnlockOSThread()
	return failed
}
