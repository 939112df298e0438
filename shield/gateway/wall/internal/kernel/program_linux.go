package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"
)

// Program is addresses and targets in the tables of an XDP program at one interface. It is not pinned: it ends with its process.
type Program struct {
	objects ekObjects
	link    link.Link
	generic bool
}

// OpenProgram hangs the program at an interface: in its driver, or where that does not take it behind the driver.
func OpenProgram(device string, most int) (*Program, error) {
	if err := denied("XDP", "CAP_NET_ADMIN", "CAP_BPF", "CAP_PERFMON"); err != nil {
		return nil, err
	}
	at, err := net.InterfaceByName(device)
	if err != nil {
		return nil, failed("find the interface "+device, err)
	}
	_ = rlimit.RemoveMemlock() // kernels before 5.11 count maps against it, and say so when they are made
	p := &Program{}
	if err := p.load(most); err != nil {
		return nil, err
	}
	p.link, err = link.AttachXDP(link.XDPOptions{Program: p.objects.EkWall, Interface: at.Index, Flags: link.XDPDriverMode})
	if err != nil && !errors.Is(err, unix.EBUSY) && !errors.Is(err, unix.EEXIST) {
		p.generic = true
		p.link, err = link.AttachXDP(link.XDPOptions{Program: p.objects.EkWall, Interface: at.Index, Flags: link.XDPGenericMode})
	}
	if err != nil {
		return nil, errors.Join(failed("hang the XDP program at "+device, err), p.objects.Close())
	}
	return p, nil
}

func (p *Program) load(most int) error {
	spec, err := loadEk()
	if err != nil {
		return failed("read the program that comes with this one", err)
	}
	spec.Maps["ek_held"].MaxEntries = uint32(most)
	if err = spec.LoadAndAssign(&p.objects, nil); err != nil && !errors.Is(err, unix.EPERM) { // the helper of the cheaper clock may be what was refused
		if err2 := spec.Variables["ek_precise"].Set(uint32(1)); err2 != nil {
			return failed("choose the clock", err2)
		}
		if spec.LoadAndAssign(&p.objects, nil) == nil {
			return nil
		}
	}
	return failed("load the XDP program", err)
}

// Generic says whether the driver did not take it, so that it runs behind it, and costs more.
func (p *Program) Generic() bool { return p.generic }

// addressOf is an address as the program has it: bytes as they stand on the wire.
func addressOf(a netip.Addr) ekEkAddress {
	if a.Is4() {
		b := a.As4()
		return ekEkAddress{Last: uint64(binary.NativeEndian.Uint32(b[:])) | 0xffffffff<<32}
	}
	b := a.As16()
	return ekEkAddress{First: binary.NativeEndian.Uint64(b[:8]), Last: binary.NativeEndian.Uint64(b[8:])}
}

func (x *ekEkAddress) addr() netip.Addr {
	if x.First == 0 && x.Last>>32 == 0xffffffff {
		var b [4]byte
		binary.NativeEndian.PutUint32(b[:], uint32(x.Last))
		return netip.AddrFrom4(b)
	}
	var b [16]byte
	binary.NativeEndian.PutUint64(b[:8], x.First)
	binary.NativeEndian.PutUint64(b[8:], x.Last)
	return netip.AddrFrom16(b)
}

// Guard makes these the targets: first the new ones, then those that are not any more go.
func (p *Program) Guard(targets []netip.AddrPort) error {
	want := map[ekEkTarget]bool{}
	for _, to := range targets {
		want[ekEkTarget{Address: addressOf(to.Addr()), Port: uint64(to.Port())}] = true
	}
	var old []ekEkTarget
	var key ekEkTarget
	var value uint64
	all := p.objects.EkTargets.Iterate()
	for all.Next(&key, &value) {
		if !want[key] {
			old = append(old, key)
		}
	}
	if err := all.Err(); err != nil {
		return failed("read where the edge listens", err)
	}
	for _, k := range old {
		if err := p.objects.EkTargets.Delete(k); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
			return failed("say where the edge listens", err)
		}
	}
	for k := range want {
		if err := p.objects.EkTargets.Put(k, uint64(1)); err != nil {
			return failed("say where the edge listens", err)
		}
	}
	return nil
}

// Hold drops addresses, each for its time. Where one does not fit none of them is but those that were.
func (p *Program) Hold(list []Held) error {
	now := uptime()
	was := make([]uint64, 0, len(list))
	for i, h := range list {
		k, before := addressOf(h.Address), uint64(0)
		_ = p.objects.EkHeld.Lookup(k, &before)
		err := p.objects.EkHeld.Put(k, uint64(now+h.For))
		if errors.Is(err, unix.E2BIG) {
			if err = p.sweep(now); err == nil {
				err = p.objects.EkHeld.Put(k, uint64(now+h.For))
			}
		}
		if err != nil {
			for j, before := range was {
				k := addressOf(list[j].Address)
				if before == 0 {
					_ = p.objects.EkHeld.Delete(k)
				} else {
					_ = p.objects.EkHeld.Put(k, before)
				}
			}
			return failed(fmt.Sprintf("drop %d addresses, of which %d fit", len(list), i), err)
		}
		was = append(was, before)
	}
	return nil
}

// sweep forgets what ended.
func (p *Program) sweep(now time.Duration) error {
	var ended []netip.Addr
	err := p.each(func(a netip.Addr, until time.Duration) {
		if until <= now {
			ended = append(ended, a)
		}
	})
	if err != nil {
		return err
	}
	return p.Free(ended)
}

func (p *Program) each(f func(netip.Addr, time.Duration)) error {
	var key ekEkAddress
	var until uint64
	all := p.objects.EkHeld.Iterate()
	for all.Next(&key, &until) {
		f(key.addr(), time.Duration(until))
	}
	return failed("read what is dropped", all.Err())
}

// Free lets go of addresses.
func (p *Program) Free(list []netip.Addr) error {
	for _, a := range list {
		if err := p.objects.EkHeld.Delete(addressOf(a)); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
			return failed("free "+a.String(), err)
		}
	}
	return nil
}

// Held reads back what is in force.
func (p *Program) Held() (out []Held, err error) {
	now := uptime()
	err = p.each(func(a netip.Addr, until time.Duration) {
		if until > now {
			out = append(out, Held{a, until - now})
		}
	})
	slices.SortFunc(out, byAddress)
	return out, err
}

// Dropped is how many packets were dropped.
func (p *Program) Dropped() (n uint64, err error) {
	var each []uint64
	if err := p.objects.EkDropped.Lookup(uint32(0), &each); err != nil {
		return 0, failed("read the counter", err)
	}
	for _, x := range each {
		n += x
	}
	return n, nil
}

// Close takes the program off.
func (p *Program) Close() error {
	return failed("take the XDP program off", errors.Join(p.link.Close(), p.objects.Close()))
}
