package window

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustTop(s shape) Top {
	t, err := NewTop(time.Minute, s.panes, s.open)
	if err != nil {
		panic(err)
	}
	return t
}

func endOf(n uint32) End {
	return End{Protocol: 6, Port: uint16(n), Address: netip.AddrFrom4([4]byte{203, 0, 113, byte(n)})}
}

func TestATopWindowEqualsTheNaiveComputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		top := mustTop(s)
		ends := rapid.SampledFrom([]uint32{1, 3, 5, 12}).Draw(t, "ends")
		state := make([]byte, top.Size())
		newest, seen := int64(-1), map[int64]map[End]uint32{}
		for _, r := range drawRecords(t, s, 150) {
			p, amount := int64(r.pane), r.n%7
			end := endOf(mix(r.n) % ends)
			late := p <= newest-int64(s.panes+s.open)
			if got := top.Add(state, r.pane, end, amount); (got == Late) != late {
				t.Fatalf("pane %d with newest %d: %v", p, newest, got)
			}
			newest = max(newest, p)
			if seen[p] == nil {
				seen[p] = map[End]uint32{}
			}
			if !late {
				seen[p][end] = max(seen[p][end], amount)
			}
		}
		for end := max(newest-int64(s.open), 0); end <= newest+2 && newest >= 0; end++ {
			most := rapid.IntRange(1, MaxTop).Draw(t, "most")
			all := map[End]uint32{}
			for p := max(end-int64(s.panes)+1, 0); p <= end; p++ {
				for e, n := range seen[p] {
					all[e] = max(all[e], n)
				}
			}
			var want []TopStats
			for e, n := range all {
				if n > 0 {
					want = append(want, TopStats{e, n})
				}
			}
			slices.SortFunc(want, compareTop)
			want = want[:min(len(want), most)]
			if got := top.Read(nil, state, Pane(end), most); !slices.Equal(got, want) {
				t.Fatalf("Read(%d) with newest %d = %v, want %v", end, newest, got, want)
			}
		}
	})
}

func TestATopWindowIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		top := mustTop(s)
		fill := func(records []record) []byte {
			state := make([]byte, top.Size())
			for _, r := range records {
				top.Add(state, r.pane, endOf(mix(r.n)%9), r.n%5)
			}
			return state
		}
		a, b := drawOrders(t, drawRecords(t, s, 100), s.open)
		if x, y := fill(a), fill(b); !bytes.Equal(x, y) {
			t.Fatalf("two orders of arrival, two states:\n%x\n%x", x, y)
		}
	})
}

func TestATopWindowTakesAnAddressAsItIsMeant(t *testing.T) {
	top := mustTop(shape{1, 1})
	state := make([]byte, top.Size())
	top.Add(state, 5, End{Protocol: 17, Port: 53, Address: netip.MustParseAddr("::ffff:198.51.100.4")}, 9)
	top.Add(state, 5, End{Protocol: 58, Address: netip.MustParseAddr("2001:db8::7%eth0")}, 7)
	top.Add(state, 5, End{Protocol: 6}, 100)
	want := []TopStats{
		{End{17, 53, netip.MustParseAddr("198.51.100.4")}, 9},
		{End{58, 0, netip.MustParseAddr("2001:db8::7")}, 7},
	}
	if got := top.Read(nil, state, 5, 3); !slices.Equal(got, want) {
		t.Errorf("Read = %v, want %v", got, want)
	}
	if got := top.Add(state[:10], 5, want[0].End, 1); got != Late {
		t.Errorf("a state of the wrong size was %v, want late", got)
	}
}
