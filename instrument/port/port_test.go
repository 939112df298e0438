package port_test

import (
	"hash/maphash"
	"math"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/instrument/port"
)

func TestDistinctValuesAreEstimated(t *testing.T) {
	seed := maphash.MakeSeed()
	for _, c := range []struct {
		n      int
		within float64
	}{{0, 0}, {1, 0}, {100, 0.05}, {4000, 0.08}, {20000, 0.2}} {
		var b port.Bitmap
		for i := range c.n {
			h := maphash.Comparable(seed, i)
			b[h>>58] |= 1 << (h >> 52 & 63)
		}
		if got := float64(port.Distinct(&b)); math.Abs(got-float64(c.n)) > c.within*float64(c.n) {
			t.Errorf("%v of %d distinct values; expected them within %.0f %%", got, c.n, 100*c.within)
		}
	}
	var full port.Bitmap
	for i := range full {
		full[i] = math.MaxUint64
	}
	if got := port.Distinct(&full); got != 34070 {
		t.Errorf("a full bitmap stands for %d; expected 34,070", got)
	}
}

// TestALimitLetsItsRateThrough plays a bucket with the costs that the kernel is given.
func TestALimitLetsItsRateThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := port.Limit{PerSecond: rapid.Uint64Range(1, 1_000_000).Draw(t, "rate"), Burst: rapid.Uint64Range(1, 1000).Draw(t, "burst"), Until: 1}
		cost, burst := l.Cost(port.Packets)
		if cost == 0 || burst < cost-1 && l.Burst > 1 {
			t.Fatalf("a packet costs %d, and %d may be spent at once", cost, burst)
		}
		got, want := float64(burst)/float64(cost), float64(l.Burst)
		if math.Abs(got-want) > 0.02*want+1 {
			t.Fatalf("%.1f packets pass at once; expected %.0f", got, want)
		}
		perSecond := 64e9 / float64(cost)
		if math.Abs(perSecond-float64(l.PerSecond)) > 0.0002*float64(l.PerSecond) {
			t.Fatalf("%.1f packets a second; expected %d", perSecond, l.PerSecond)
		}
	})
	cost, burst := port.Limit{PerSecond: 100_000_000_000}.Cost(port.Bits)
	if got := 64e9 * 65536 * 8 / float64(cost); math.Abs(got-100e9) > 1e6 || burst != 64e9 {
		t.Errorf("100 Gbit/s become %.0f bit/s with a burst of %d; expected a second's", got, burst)
	}
	if cost, burst := (port.Limit{PerSecond: 1, Burst: port.MaxBurst}).Cost(port.Bits); cost == 0 || burst == 0 {
		t.Error("the slowest limit costs nothing")
	}
}

func TestRulesOutOfBoundsAreRefused(t *testing.T) {
	to := netip.MustParseAddrPort("198.51.100.1:80")
	many := make([]netip.Prefix, 17)
	for i := range many {
		many[i] = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i)}), 32)
	}
	for _, c := range []struct {
		name, says string
		rules      port.Rules
	}{
		{"nothing at all", "", port.Rules{}},
		{"a limit without an end", "rate has no end", port.Rules{Limit: [port.Kinds]port.Limit{port.Packets: {PerSecond: 1}}}},
		{"a limit per destination without an end", "syn_rate_to has no end", port.Rules{To: [port.Kinds]port.Limit{port.SYNs: {PerSecond: 1}}}},
		{"a rate beyond all", "expected at most", port.Rules{Limit: [port.Kinds]port.Limit{port.Bits: {PerSecond: 1 << 41, Until: 1}}}},
		{"a flow without an end", "has no end", port.Rules{Drops: []port.Drop{{Protocol: 6, To: to}}}},
		{"a flow to nowhere", "expected an address", port.Rules{Drops: []port.Drop{{Protocol: 6, Until: 1}}}},
		{"a port where there are none", "have ports", port.Rules{Drops: []port.Drop{{Protocol: 1, To: to, Until: 1}}}},
		{"too many networks", "17 of IPv4", port.Rules{Isolate: port.Isolation{Allow: many, Until: 1}}},
		{"a sample of a million and one", "one of 1000001", port.Rules{Sample: port.Sampling{Every: 1_000_001}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.rules.Check()
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; expected %q", err, c.says)
			}
		})
	}
	if err := (port.Guest{Own: []netip.Prefix{{}}}).Check(); err == nil {
		t.Error("a network that is none is taken as the guest's own")
	}
}

func TestInterfacesAreFollowed(t *testing.T) {
	mac := [6]byte{2, 0, 0, 0, 0, 1}
	var l port.Links
	for i, c := range []struct {
		place port.Place
		gone  bool
		want  string
	}{
		{port.Place{Name: "tap0", Index: 3, MAC: mac}, false, "appeared"},
		{port.Place{Name: "tap0", Index: 3, MAC: mac}, false, ""},
		{port.Place{Name: "vm-7", Index: 3, MAC: mac}, false, "renamed tap0"},
		{port.Place{Index: 9}, true, ""},
		{port.Place{Index: 3}, true, "gone"},
		{port.Place{Name: "tap5", Index: 8, MAC: mac}, false, "replugged vm-7"},
		{port.Place{Name: "tap6", Index: 9, MAC: mac}, false, "appeared"},
	} {
		e, ok := l.Take(c.place, c.gone)
		got := ""
		if ok {
			got = strings.TrimSpace(e.Kind.String() + " " + e.Was)
		}
		if got != c.want {
			t.Errorf("statement %d: %q; expected %q", i, got, c.want)
		}
	}
}

func TestEveryWordIsSaid(t *testing.T) {
	seen := map[string]bool{}
	add := func(s string) {
		if s == "unknown" || seen[s] {
			t.Errorf("%q is said of two values, or of none", s)
		}
		seen[s] = true
	}
	for c := range port.Cause(port.Causes) {
		add("cause " + c.String())
	}
	for k := range port.Kind(port.Kinds) {
		add("kind " + k.String())
	}
	for a := range port.Yes + 1 {
		add("answer " + a.String())
	}
	for k := range port.Gone + 1 {
		add("event " + k.String())
	}
	for s := range seen {
		if strings.HasSuffix(s, "unknown") {
			t.Errorf("a value has no word: %s", s)
		}
	}
}
