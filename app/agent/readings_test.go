package agent

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

func TestAGuestWithTwoPortsIsOne(t *testing.T) {
	var all []port.Reading
	for i, packets := range []uint64{1, 20, 300, 4000, 50000} {
		all = append(all, port.Reading{Slot: port.Slot(i), Counts: port.Counts{PacketsOut: packets}})
	}
	guests := []string{"vm-2", "vm-1", "", "vm-2", "vm-3"}
	var got []string
	of := func(s port.Slot) (string, bool) { return guests[s], s != 3 } // one of two ports hears nothing
	eachGuest(all, of, func(asset string, c *wire.Counts) {
		got = append(got, fmt.Sprintf("%s %d %t", asset, c.PacketsOut, c.Deaf))
	})
	if want := "[vm-1 20 false vm-2 4001 true vm-3 50000 false]"; fmt.Sprint(got) != want {
		t.Errorf("it is %v; expected %s", got, want)
	}
}

// A host of two thousand guests, each of which is called as long as may be and says all it can in a second, is told whole, in
// batches that the link takes; one that is refused costs itself.
func TestASecondOfManyGuestsIsToldInPartsThatTheLinkTakes(t *testing.T) {
	const guests, takes, refused = 2_000, 1 << 20, 3 // hostlink.Agent.Publish says how much it takes
	h := machineOf(t, parsed(t, "ports: [{name: 'tap-{guest}'}]"), nil)
	var all []port.Reading
	var ports []port.Attached
	for i := range guests {
		c := port.Counts{PacketsOut: 10, BytesOut: 1420, SmallOut: 1, FragmentsOut: 1, MalformedOut: 1}
		for k := range c.Reflected {
			c.Reflected[k].Out = 1
		}
		to := netip.AddrFrom16([16]byte{0x20, 1, 0x0d, 0xb8, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, byte(i>>8) | 0x10, byte(i)})
		c.Top = port.Top{To: netip.AddrPortFrom(to, 2000), Protocol: 17, Packets: 5, Bytes: 500}
		c.Victim = port.Top{To: netip.AddrPortFrom(to.Next(), 0), Packets: 6, Bytes: 600}
		all = append(all, port.Reading{Slot: port.Slot(i), Counts: c})
		name := fmt.Sprintf("tap-%05d%s", i, strings.Repeat("x", evenkeel.MaxID-5))
		ports = append(ports, port.Attached{Slot: port.Slot(i), Place: port.Place{Name: name, Index: i + 1}, Out: "tcx", In: "tcx"})
	}
	told, batches, lost := map[evenkeel.AssetID]int{}, 0, 0
	h.parts.Deliver = func(b *evenkeel.Batch) error {
		if batches++; batches == refused {
			lost = len(b.Assets(evenkeel.KindUsage))
			return errors.New("the disk is full")
		}
		if n := len(evenkeel.AppendBatch(nil, b)); n > takes {
			t.Errorf("batch %d has %d bytes; expected at most %d", batches, n, takes)
		}
		for _, a := range b.Assets(evenkeel.KindUsage) {
			told[a]++
		}
		return nil
	}
	h.began = noon
	err := h.tell(all, h.seats(ports), noon)
	if err == nil || !strings.Contains(err.Error(), "the disk is full") || lost == 0 || len(told) != guests-lost {
		t.Errorf("%d guests are told, and %d lost: %v; expected all %d", len(told), lost, err, guests)
	}
	for a, n := range told {
		if n != 1 {
			t.Fatalf("%s is in %d batches; expected one", a, n)
		}
	}
	t.Logf("%d batches", batches)
}
