//go:build linux

package kernel

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// kinds of entries in the tables of flows, as in bpf/layout.h
const (
	exactFlow = iota
	anyPort
	fragments
)

// dropKey is an entry of a table of flows, without the slot.
type dropKey struct {
	to       netip.AddrPort
	protocol uint8
	kind     uint8
}

func dropKeys(list []port.Drop) map[dropKey]uint64 {
	out := map[dropKey]uint64{}
	for _, d := range list {
		kind := uint8(exactFlow)
		if d.To.Port() == 0 {
			kind = anyPort
		}
		to := netip.AddrPortFrom(d.To.Addr().Unmap(), d.To.Port())
		for _, key := range []dropKey{{to, d.Protocol, kind}, {netip.AddrPortFrom(to.Addr(), 0), d.Protocol, fragments}} {
			out[key] = max(out[key], d.Until)
		}
	}
	return out
}

func listDrops(keys map[dropKey]uint64) []port.Drop {
	var out []port.Drop
	for key, until := range keys {
		if key.kind != fragments {
			out = append(out, port.Drop{Protocol: key.protocol, To: key.to, Until: until})
		}
	}
	slices.SortFunc(out, func(a, b port.Drop) int {
		return cmp.Or(a.To.Compare(b.To), int(a.Protocol)-int(b.Protocol))
	})
	return out
}

// Set puts rules in force at a port, all at once: a packet meets those before or these. Where they cannot be put
// in force, those before stay.
func (k *Kernel) Set(s port.Slot, r port.Rules) error {
	if err := r.Check(); err != nil {
		return fmt.Errorf("rules for slot %d: %w", s, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a, err := k.at(s)
	if err != nil {
		return err
	}
	if err := k.swap(a, r); err != nil {
		return fmt.Errorf("rules for %s: %w", a.Place.Name, err)
	}
	return nil
}

// swap writes what is new beside what is in force, so that it counts from the next generation on, and what
// goes counts until then; then one store makes the next generation the one in force.
func (k *Kernel) swap(a *attachment, r port.Rules) error {
	p := &k.ports[a.Slot]
	next := k.inForce(a.Slot).Generation + 1
	if next == 0 {
		next = 1 // zero stands for no end
	}
	want := dropKeys(r.Drops)
	if err := k.room(a, want); err != nil {
		return full(err, len(want))
	}
	var entered []dropKey
	for d, until := range want {
		before, there := a.drops[d]
		if there && before == until {
			continue
		}
		first := next
		if there {
			first = next - 1
		} else {
			entered = append(entered, d)
			k.flowBits.add(bitOf(d, p.Seed))
		}
		if err := k.enter(a.Slot, d, ekEkDrop{Until: until, First: first}); err != nil {
			for _, d := range entered {
				k.remove(a.Slot, d)
			}
			return full(err, len(want))
		}
	}
	var going []dropKey
	for d, until := range a.drops {
		if _, stays := want[d]; !stays {
			going = append(going, d)
			if err := k.enter(a.Slot, d, ekEkDrop{Until: until, Gone: next, First: next - 1}); err != nil {
				return full(err, len(want))
			}
		}
	}
	encode(&p.Rules[1-p.Active&1], next, p.Seed, a.guest, r, k.guard)
	k.reads(&p.Rules[1-p.Active&1])
	atomic.StoreUint32(&p.Active, 1-p.Active&1)
	a.rules, a.drops = r, want
	var errs []error
	for _, d := range going {
		errs = append(errs, k.remove(a.Slot, d))
	}
	return errors.Join(errs...)
}

// reads has the program look at payload, where that was asked for.
func (k *Kernel) reads(r *ekEkRules) {
	if k.options.Stratum {
		r.Has |= reads
	}
}

// room says whether entries fit beside those of all ports, which are bounded for both families together.
func (k *Kernel) room(a *attachment, want map[dropKey]uint64) error {
	n := 0
	for _, other := range k.taken {
		n += len(other.drops)
	}
	for d := range want {
		if _, there := a.drops[d]; !there {
			n++
		}
	}
	if most := int(k.options.flows()); n > most && len(want) > len(a.drops) {
		return fmt.Errorf("%d of %d: %w", n, most, unix.E2BIG)
	}
	return nil
}

// full says what to do where a table of flows has no room.
func full(err error, n int) error {
	if errors.Is(err, unix.E2BIG) || errors.Is(err, ebpf.ErrKeyExist) {
		return fmt.Errorf("the table of flows has no room for %d entries more: lift measures that are over, or start with more room; those before stay in force: %w", n, err)
	}
	return err
}

// enter writes one entry of a table of flows; its bit is to be set before.
func (k *Kernel) enter(s port.Slot, d dropKey, v ekEkDrop) error {
	if d.to.Addr().Is4() {
		return k.objects.EkFlows4.Put(flow4(s, d), v)
	}
	return k.objects.EkFlows6.Put(flow6(s, d), v)
}

// remove takes one entry from a table of flows, and its bit, if no other needs it.
func (k *Kernel) remove(s port.Slot, d dropKey) error {
	var err error
	if d.to.Addr().Is4() {
		err = k.objects.EkFlows4.Delete(flow4(s, d))
	} else {
		err = k.objects.EkFlows6.Delete(flow6(s, d))
	}
	if err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
		return fmt.Errorf("remove the flow to %s: %w", d.to, err)
	}
	k.flowBits.remove(bitOf(d, k.ports[s].Seed))
	return nil
}

func flow4(s port.Slot, d dropKey) ekEkFlow4 {
	return ekEkFlow4{Slot: uint32(s), Port: d.to.Port(), Protocol: d.protocol, Kind: d.kind, To: uint32(words(d.to.Addr())[1])}
}

func flow6(s port.Slot, d dropKey) ekEkFlow6 {
	return ekEkFlow6{Slot: uint32(s), Port: d.to.Port(), Protocol: d.protocol, Kind: d.kind, To: words(d.to.Addr())}
}

func checkGuard(g port.Guard) error {
	if len(g.Prefixes) > mostGuarded {
		return fmt.Errorf("%d networks are never to be touched; expected at most %d", len(g.Prefixes), mostGuarded)
	}
	if g.Floor > port.MaxRate {
		return fmt.Errorf("the floor of what is never touched is %d packets a second; expected at most %d", g.Floor, uint64(port.MaxRate))
	}
	for _, p := range g.Prefixes {
		if !p.IsValid() || p.Addr().Is4In6() {
			return fmt.Errorf("%s is never to be touched; expected a network such as 192.0.2.0/24 or 2001:db8::/48", p)
		}
	}
	return nil
}

const mostGuarded = 4096

// SetGuard changes what is never touched. What is added counts before what goes is gone.
func (k *Kernel) SetGuard(g port.Guard) error {
	if err := checkGuard(g); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	want := map[ekEkPrefix]bool{}
	var bits ekEkGuarded
	for _, p := range g.Prefixes {
		want[guardKey(p)] = true
		mark(&bits, p)
	}
	for key := range want {
		if err := k.objects.EkGuard.Put(key, uint32(1)); err != nil {
			return fmt.Errorf("enter what is never touched: %w", err)
		}
	}
	if err := k.objects.EkGuardBits.Put(uint32(0), bits); err != nil {
		return fmt.Errorf("enter what is never touched: %w", err)
	}
	var key ekEkPrefix
	var value uint32
	var old []ekEkPrefix
	for i := k.objects.EkGuard.Iterate(); i.Next(&key, &value); {
		if !want[key] {
			old = append(old, key)
		}
	}
	for _, key := range old {
		if err := k.objects.EkGuard.Delete(key); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
			return fmt.Errorf("remove what was never touched: %w", err)
		}
	}
	k.guard = g
	for _, a := range k.taken {
		if err := k.swap(a, a.rules); err != nil {
			return fmt.Errorf("rules for %s: %w", a.Place.Name, err)
		}
	}
	return nil
}

func guardKey(p netip.Prefix) ekEkPrefix {
	p = p.Masked()
	key := ekEkPrefix{Bits: 32 + uint32(p.Bits())}
	if p.Addr().Is4() {
		a := p.Addr().As4()
		key.Family[0] = familyV4
		copy(key.Address[:], a[:])
		return key
	}
	key.Family[0], key.Address = familyV6, p.Addr().As16()
	return key
}

// mark sets the bits of all first halves, of sixteen bits, that addresses of a network can begin with.
func mark(bits *ekEkGuarded, p netip.Prefix) {
	b := p.Masked().Addr().AsSlice()
	which := 1
	if p.Addr().Is4() {
		which = 0
	}
	first := int(b[0])<<8 | int(b[1])
	n := 1
	if p.Bits() < 16 {
		n = 1 << (16 - p.Bits())
	}
	for i := first; i < min(first+n, math.MaxUint16+1); i++ {
		bits.Bits[which][i/64] |= 1 << (i % 64)
	}
}
