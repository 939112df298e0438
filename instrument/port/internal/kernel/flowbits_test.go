//go:build linux

package kernel

import (
	"math/bits"
	"net/netip"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/mirror"
)

// TestAFlowIsDroppedWhileAnotherToTheSameAddressIsLetGo also has an agent come in between: what the first left in the bitmap of
// all ports is what the second goes by.
func TestAFlowIsDroppedWhileAnotherToTheSameAddressIsLetGo(t *testing.T) {
	h, o := newHouse(t), small(pins(t))
	web, dns := netip.AddrPortFrom(remote.Addr(), 443), netip.AddrPortFrom(remote.Addr(), 53)
	six := netip.MustParseAddrPort("[2001:db8:9::1]:443")
	rules := port.Rules{Drops: []port.Drop{{Protocol: 6, To: web, Until: sure}, {Protocol: 6, To: dns, Until: sure}, {Protocol: 6, To: six, Until: sure}}}
	first, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Set(h.attach(first).Slot, rules); err != nil {
		t.Fatal(err)
	}
	// A bit that nothing needs, as it is left by an agent that was killed before it took one away.
	stray := first.flowBits.words
	stray[17] |= 1 << 5
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	k := open(t, o)
	slot := k.Ports()[0].Slot
	if err := k.objects.EkIndexes.Put(uint32(loopback), uint32(slot)+1); err != nil {
		t.Fatal(err)
	}
	b := &bench{k, slot, t}
	set := func() (n int) {
		for _, w := range k.flowBits.words {
			n += bits.OnesCount64(w)
		}
		return n
	}
	for _, c := range []struct {
		drops    []port.Drop
		web, dns bool
		bits     int
	}{
		{rules.Drops, true, true, 2},
		{rules.Drops[1:], false, true, 2},
		{rules.Drops[:1], true, false, 1},
		{nil, false, false, 0},
		{rules.Drops, true, true, 2},
	} {
		b.set(port.Rules{Drops: c.drops})
		if got := b.dropped(k.objects.EkTcOut, mirror.Frame{Data: tcpFrame(own, web, 0x10)}); got != c.web {
			t.Errorf("with %d drops, dropped is %v on the way to %s; expected %v", len(c.drops), got, web, c.web)
		}
		if got := b.dropped(k.objects.EkTcOut, mirror.Frame{Data: tcpFrame(own, dns, 0x10)}); got != c.dns {
			t.Errorf("with %d drops, dropped is %v on the way to %s; expected %v", len(c.drops), got, dns, c.dns)
		}
		if n := set(); n != c.bits {
			t.Errorf("with %d drops, %d bits are set; expected %d", len(c.drops), n, c.bits)
		}
	}
}
