//go:build linux

package kernel

import (
	"net/netip"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/port"
)

func TestWhatTwoCPUsSawIsPutTogether(t *testing.T) {
	one, two := words(netip.MustParseAddr("198.51.100.1")), words(netip.MustParseAddr("198.51.100.2"))
	what := func(port uint32) uint32 { return port<<16 | 6<<8 | familyV4 }
	seen := make([]ekEkSeen, 3)
	seen[0].Top[1].To, seen[0].Top[1].What, seen[0].Top[1].Epoch, seen[0].Top[1].Packets, seen[0].Top[1].Bytes = one, what(80), 7, 60, 6000
	seen[0].Top[2].To, seen[0].Top[2].What, seen[0].Top[2].Epoch, seen[0].Top[2].Packets, seen[0].Top[2].Bytes = two, what(53), 7, 70, 7000
	seen[1].Top[1].To, seen[1].Top[1].What, seen[1].Top[1].Epoch, seen[1].Top[1].Packets, seen[1].Top[1].Bytes = one, what(81), 7, 40, 4000
	seen[2].Top[1].To, seen[2].Top[1].What, seen[2].Top[1].Epoch, seen[2].Top[1].Packets = one, what(80), 6, 9000 // of the reading before
	flow, victim := top(seen, 7)
	if want := (port.Top{To: netip.MustParseAddrPort("198.51.100.2:53"), Protocol: 6, Packets: 70, Bytes: 7000}); flow != want {
		t.Errorf("the flow with most is %+v; expected %+v", flow, want)
	}
	if want := (port.Top{To: netip.MustParseAddrPort("198.51.100.1:0"), Protocol: 6, Packets: 100, Bytes: 10000}); victim != want {
		t.Errorf("the address with most is %+v; expected %+v", victim, want)
	}
	seen[0].ServiceEpoch, seen[1].ServiceEpoch, seen[2].ServiceEpoch = 7, 7, 6
	seen[0].Service[0].Port, seen[0].Service[0].Syns = 80, 30
	seen[0].Service[1].Port, seen[0].Service[1].Syns, seen[0].Service[1].Others = 22, 29, 4
	seen[1].Service[3].Port, seen[1].Service[3].Syns, seen[1].Service[3].Others = 22, 10, 1
	seen[2].Service[0].Port, seen[2].Service[0].Syns = 443, 9000
	if p, n := service(seen, 7); p != 22 || n != 34 {
		t.Errorf("port %d got %d SYNs for sure; expected port 22, 34", p, n)
	}
}

// TestEachPortIsReadFromItsOwnSlot has more ports than are read in one call, and gaps between them.
func TestEachPortIsReadFromItsOwnSlot(t *testing.T) {
	const n = 2*readAtOnce + 20
	k := newBench(t, Options{Ports: n + 1, Flows: 64, Destinations: 64, Ring: 4096}, guestNet)
	want := map[port.Slot]uint64{k.slot: 0}
	for i := range n {
		a, err := k.Attach(port.Place{Name: nowhere, Index: 1000 + i}, guestNet, nil)
		if err != nil {
			t.Fatal(err)
		}
		want[a.Slot] = uint64(1000 + a.Slot)
		seen := make([]ekEkSeen, k.cpus)
		seen[0].Counters[cPacketsOut], seen[len(seen)-1].Counters[cBytesIn] = want[a.Slot], want[a.Slot]
		if err := k.objects.EkCounts.Put(uint32(a.Slot), seen); err != nil {
			t.Fatal(err)
		}
	}
	for s := port.Slot(3); s < n; s += 7 {
		if err := k.Detach(s); err != nil {
			t.Fatal(err)
		}
		delete(want, s)
	}
	got, err := k.Read()
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d ports are read, %v; expected %d", len(got), err, len(want))
	}
	for _, r := range got {
		if n := want[r.Slot]; r.Counts.PacketsOut != n || r.Counts.BytesIn != n {
			t.Errorf("slot %d: %d packets, %d bytes; expected %d of each", r.Slot, r.Counts.PacketsOut, r.Counts.BytesIn, n)
		}
	}
}
