package door

import (
	"encoding/binary"
	"flag"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// recount counts what is in a book by going through it.
func (b *book) recount() (all, reading, resting int) {
	for i := range b.prefixes {
		s := &b.prefixes[i]
		s.mu.Lock()
		for _, t := range s.of {
			all += t.all
			reading += t.greeting
			resting += t.idle.n
		}
		s.mu.Unlock()
	}
	return all, reading, resting
}

func small() Limits {
	return Limits{Connections: 20, PerPrefix: 8, PerTenant: 2, IdlePerPrefix: 3, IdlePerTenant: 1, Readers: 6, ReadersPerPrefix: 3, Patience: time.Millisecond}.filled()
}

// TestTheBookAgreesWithItselfInEveryHistory draws what connections do.
func TestTheBookAgreesWithItselfInEveryHistory(t *testing.T) {
	met := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		b, now := newBook(small()), int64(time.Hour)
		var in []*entry
		closed := map[*entry]bool{}
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			now += rapid.Int64Range(0, 2e6).Draw(t, "pause")
			step := rapid.IntRange(0, 13).Draw(t, "step")
			var e *entry
			if len(in) > 0 {
				e = in[rapid.IntRange(0, len(in)-1).Draw(t, "which")]
			}
			switch {
			case step < 5 || e == nil:
				e := &entry{}
				e.close = func() { closed[e] = true }
				if at := rapid.IntRange(0, 3).Draw(t, "prefix"); at > 0 { // 0: by a trusted proxy
					e.prefix = prefixOf(netip.AddrFrom4([4]byte{192, 0, byte(at), 1}))
				}
				o := b.enter(e, now)
				met[o.String()]++
				if o == Served {
					in = append(in, e)
				}
			case step == 5 && !e.prefix.IsValid() && e.phase.Load() == greeting:
				met["moved, "+b.move(e, prefixOf(netip.AddrFrom4([4]byte{192, 0, 1, 1})), now).String()]++
			case step < 9 && e.phase.Load() == greeting && b.greeted(e):
				if !b.assign(e, rapid.SampledFrom([]string{"", "t1", "t2"}).Draw(t, "tenant")) {
					met["the tenant has its share"]++
					b.leave(e)
				}
			case step < 11 && e.phase.Load() != greeting:
				b.rest(e, now)
			case step < 13:
				b.work(e)
			default:
				b.leave(e)
			}
			left := in[:0:0]
			for _, e := range in {
				if closed[e] {
					met["closed for others"]++
				}
				if !closed[e] && !e.left.Load() {
					left = append(left, e)
				}
			}
			in = left
			reading, resting := 0, 0
			tenants, idleOf := map[string]int{}, map[string]int{}
			for _, e := range in {
				switch e.phase.Load() {
				case greeting:
					reading++
				case idle:
					resting++
					if idleOf[e.tenant]++; e.tenant != "" && idleOf[e.tenant] > 1 {
						t.Fatalf("%d of tenant %s rest", idleOf[e.tenant], e.tenant)
					}
					if p := e.prefix.String(); e.prefix.IsValid() {
						if idleOf[p]++; idleOf[p] > 3 {
							t.Fatalf("%d of %s rest", idleOf[p], p)
						}
					}
				}
				tenants[e.tenant]++
			}
			all, r, i := b.recount()
			if all != len(in) || r != reading || i != resting || int(b.total.Load()) != len(in) || int(b.readers.Load()) != reading {
				t.Fatalf("%d connections, %d read, %d rest; the book has %d, %d, %d and %d, %d", len(in), reading, resting, all, r, i, b.total.Load(), b.readers.Load())
			}
			if len(in) > 20 || reading > 6 || tenants["t1"] > 2 {
				t.Fatalf("%d connections, %d read, tenants %v", len(in), reading, tenants)
			}
		}
		for _, e := range in {
			b.leave(e)
		}
		for i := range shards {
			if len(b.prefixes[i].of)+len(b.tenants[i].of)+b.prefixes[i].idle.n+b.prefixes[i].greeting.n > 0 {
				t.Fatal("something is left in an empty book")
			}
		}
	})
	for _, what := range []string{"served", "crowded", "full", "closed for others", "the tenant has its share", "moved, served"} {
		if met[what] == 0 && drawnInFull() {
			t.Errorf("no history had %q: %v", what, met)
		}
	}
}

// TestABookOfManyGoroutinesIsEmptyInTheEnd is for the race detector, too.
func TestABookOfManyGoroutinesIsEmptyInTheEnd(t *testing.T) {
	b := newBook(small())
	var now atomic.Int64
	now.Store(int64(time.Hour))
	var wg sync.WaitGroup
	var through atomic.Int64
	for i := range 16 {
		wg.Go(func() {
			for j := range 500 {
				e := &entry{close: func() {}}
				if k := (i + j) % 4; k > 0 {
					e.prefix = prefixOf(netip.AddrFrom4([4]byte{192, 0, byte(k), 1}))
				}
				if b.enter(e, now.Add(1e6)) != Served {
					continue
				}
				if !e.prefix.IsValid() && b.move(e, prefixOf(netip.AddrFrom4([4]byte{192, 0, 9, 1})), now.Load()) != Served {
					b.leave(e)
					continue
				}
				if b.greeted(e) && b.assign(e, []string{"", "a", "b"}[j%3]) {
					through.Add(1)
					for range 3 {
						b.rest(e, now.Add(1))
						b.work(e)
					}
					b.rest(e, now.Add(1))
				}
				b.leave(e)
			}
		})
	}
	wg.Wait()
	if all, reading, resting := b.recount(); all+reading+resting != 0 || b.total.Load() != 0 || b.readers.Load() != 0 {
		t.Errorf("%d connections, %d read, %d rest; totals %d and %d", all, reading, resting, b.total.Load(), b.readers.Load())
	}
	if through.Load() == 0 {
		t.Error("nobody came through")
	}
}

// TestAnAttackersPrefixesTakeNoMemoryWhenTheyAreGone opens and ends connections of a million prefixes.
func TestAnAttackersPrefixesTakeNoMemoryWhenTheyAreGone(t *testing.T) {
	b := newBook(Limits{}.filled())
	for i := range 1_000_000 {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], uint32(i)<<8)
		e := &entry{prefix: prefixOf(netip.AddrFrom4(a)), close: func() {}}
		if o := b.enter(e, int64(i)); o != Served {
			t.Fatalf("number %d is %s", i, o)
		}
		b.leave(e)
	}
	for i := range shards {
		if n := len(b.prefixes[i].of); n > 0 {
			t.Errorf("%d prefixes are left", n)
		}
	}
}

func TestNamesAreReadAsTheyAreSent(t *testing.T) {
	for in, want := range map[string]struct {
		name string
		kind Naming
	}{
		"":                        {"", Nameless},
		"a.example":               {"a.example", Named},
		"A.Example.":              {"a.example", Named},
		"xn--bcher-kva.de":        {"xn--bcher-kva.de", Named},
		"_dmarc.a.example":        {"_dmarc.a.example", Named},
		"localhost":               {"localhost", Named},
		"192.0.2.1":               {"", Literal},
		"2001:db8::1":             {"", Literal},
		"::ffff:192.0.2.1":        {"", Literal},
		"1.2.3":                   {"", NoName},
		".":                       {"", NoName},
		"..":                      {"", NoName},
		"a..example":              {"", NoName},
		".a.example":              {"", NoName},
		"a.example:443":           {"", NoName},
		"a b":                     {"", NoName},
		"a\x00b":                  {"", NoName},
		"bücher.de":               {"", NoName},
		"a/b":                     {"", NoName},
		string(make([]byte, 300)): {"", NoName},
	} {
		if name, kind := naming([]byte(in)); name != want.name || kind != want.kind {
			t.Errorf("%q is %q, %d; expected %q, %d", in, name, kind, want.name, want.kind)
		}
	}
}

func TestOnePlaceIsAPrefix(t *testing.T) {
	for in, want := range map[string]string{"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2ff::1": "2001:db8:1:200::/56", "fe80::1%eth0": "fe80::/56"} {
		if got := prefixOf(netip.MustParseAddr(in)); got.String() != want {
			t.Errorf("%s is in %s, expected %s", in, got, want)
		}
	}
}

// drawnInFull says whether rapid draws as often as it does by itself. Under the race detector a check draws the same numbers less
// far (.ci/race), and need not meet all that is rare.
func drawnInFull() bool {
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	return err != nil || n >= 100
}
