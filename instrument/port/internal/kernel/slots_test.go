//go:build linux

package kernel

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// plug makes a veth in the host of a house, of this number where it is not 0.
func (h *house) plug(name string, index int) (p port.Place) {
	h.t.Helper()
	h.in(h.host, func() error {
		if err := netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name, Index: index}, PeerName: name + "p"}); err != nil {
			return err
		}
		l, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		p = port.Place{Name: name, Index: l.Attrs().Index, Kind: l.Type()}
		return nil
	})
	return p
}

func (h *house) unplug(p port.Place) {
	h.t.Helper()
	h.in(h.host, func() error {
		return netlink.LinkDel(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: p.Name, Index: p.Index}})
	})
}

// More ports come and go than there are slots. A slot is nobody's for a while before it is another's: whoever asked for the
// ports before does not lay to one what is another's.
func TestASlotIsGivenBackWithItsPort(t *testing.T) {
	h := newHouse(t)
	k := open(t, Options{Ports: 2})
	before := map[port.Slot]uint64{}
	for i := range 5 {
		p := h.plug(fmt.Sprintf("ekplug%d", i), 0)
		var a port.Attached
		var err error
		for late := time.Now().Add(30 * time.Second); ; {
			if a, err = k.Attach(p, port.Guest{}, h.host); err == nil || !strings.Contains(err.Error(), "another's until just now") || time.Now().After(late) {
				break
			}
			if got := len(k.Ports()); got != 0 {
				t.Fatalf("%d ports are gone and hold slots", got)
			}
		}
		if err != nil {
			t.Fatalf("port %d: %v", i, err)
		}
		if rest := Now() - before[a.Slot]; before[a.Slot] != 0 && rest < slotRests {
			t.Errorf("slot %d was another's %v before", a.Slot, time.Duration(rest))
		}
		if err := k.Set(a.Slot, port.Rules{Limit: [4]port.Limit{{PerSecond: 1, Burst: 1, Until: Now() + 1e12}}}); err != nil {
			t.Fatal(err)
		}
		h.unplug(p)
		before[a.Slot] = Now()
	}
	gone, err := k.Sweep()
	if err != nil || len(k.Ports()) != 0 || len(gone) != 1 {
		t.Errorf("%v are let go of, and %v stand: %v", gone, k.Ports(), err)
	}
}

// A port that comes with the number of one that went is another: the programs hang at it, and what was in force is not.
func TestAPortWithTheNumberOfOneThatWentIsAnother(t *testing.T) {
	h := newHouse(t)
	k := open(t, Options{Ports: 4})
	p := h.plug("ekplug0", 77)
	a, err := k.Attach(p, port.Guest{}, h.host)
	if err == nil {
		err = k.Set(a.Slot, port.Rules{Limit: [4]port.Limit{{PerSecond: 1, Burst: 1, Until: Now() + 1e12}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := k.Sweep(); len(gone) != 0 || err != nil {
		t.Fatalf("of a port that is there %v is let go of: %v", gone, err)
	}
	h.unplug(p)
	p = h.plug("ekplug1", 77)
	b, err := k.Attach(p, port.Guest{}, h.host)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := k.Rules(b.Slot); err != nil || r.Limit[0].PerSecond != 0 || b.Slot == a.Slot || isGone(k.taken[b.Slot]) {
		t.Errorf("it has slot %d after %d, with %+v: %v", b.Slot, a.Slot, r.Limit[0], err)
	}
}
