package agent

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
)

// TestTheLastPacketsOfEachGuestAreKeptInBoundedMemory gives packets of many guests in any sequence.
func TestTheLastPacketsOfEachGuestAreKeptInBoundedMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep := rapid.SampledFrom([]int{1, 3, 4, 7, 256, mostKept}).Draw(t, "keep")
		guests := rapid.SampledFrom([]int{1, 2, 50, 1000}).Draw(t, "guests")
		e := newEvidence(keep)
		sent := make([]uint32, guests)
		now := noon
		send := func(g int, n int) {
			for range n {
				sent[g]++
				now = now.Add(time.Millisecond)
				e.add(fmt.Sprint(g), &port.Sample{Bytes: sent[g], Data: []byte{byte(g), 1}}, now)
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "turns") {
			g := rapid.IntRange(0, guests-1).Draw(t, "guest")
			if rapid.Bool().Draw(t, "all") {
				for i := range guests {
					send(i, 5)
				}
			}
			send(g, rapid.IntRange(1, 600).Draw(t, "packets"))
			room := 0
			for _, r := range e.rings {
				room += cap(r.kept)
			}
			if room != e.used || room*headerBytes > mostEvidence {
				t.Fatalf("there is room for %d packets of %d bytes, and %d are counted; expected at most %d bytes", room, headerBytes, e.used, mostEvidence)
			}
		}
		for g := range guests {
			got := e.of(evenkeel.AssetID(fmt.Sprint(g)))
			if least := min(int(sent[g]), keep, 2); len(got) < least || len(got) > keep {
				t.Fatalf("of guest %d %d of %d packets are kept; expected %d to %d", g, len(got), sent[g], least, keep)
			}
			for i, p := range got { // the last ones, in sequence
				if p.Bytes != int(sent[g])-len(got)+1+i || p.Data[0] != byte(g) || len(p.Data) != 2 {
					t.Fatalf("packet %d of %d of guest %d is number %d of %d", i, len(got), g, p.Bytes, sent[g])
				}
			}
		}
		e.forget(now.Add(evidenceAges + time.Second))
		if len(e.rings) != 0 || e.used != 0 {
			t.Fatalf("later there is room for %d packets of %d guests", e.used, len(e.rings))
		}
	})
}

func TestALoudGuestHasMoreAsLongAsNobodyWantsTheRoom(t *testing.T) {
	e := newEvidence(256)
	add := func(g, n int) {
		for range n {
			e.add(fmt.Sprint(g), &port.Sample{Data: make([]byte, port.MaxSample)}, noon)
		}
	}
	of := func(g int) int { return len(e.of(evenkeel.AssetID(fmt.Sprint(g)))) }
	for g := range 1000 {
		add(g, 3000)
		if g == 7 && of(7) != 256 {
			t.Errorf("of a loud guest among few %d packets are kept", of(7))
		}
	}
	for g := range 1000 {
		if of(g) < fewestKept {
			t.Errorf("of guest %d of a thousand loud ones %d packets are kept", g, of(g))
		}
	}
}

func TestALoudPortIsSampledLess(t *testing.T) {
	for _, c := range []struct {
		oneIn   int
		packets uint64
		every   uint32
	}{
		{100, 0, 100}, {100, 1600, 100}, {100, 1700, 200}, {100, 1_000_000, 102_400}, {1, 10, 1}, {1, 17_000_000, port.MaxEvery}, {0, 1_000_000, 0},
		{100, math.MaxUint64, port.MaxEvery}, {port.MaxEvery, 0, port.MaxEvery},
	} {
		s := Samples{OneIn: c.oneIn, Keep: 1}
		got := s.every(c.packets)
		if got != c.every {
			t.Errorf("at %d packets a second and one in %d, one of %d is kept; expected %d", c.packets, c.oneIn, got, c.every)
		}
	}
}
