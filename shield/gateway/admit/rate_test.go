package admit

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func prefix(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 0}), 24)
}

// TestAFloodOfHandshakesAtOneNameCostsOthersNothing has 100,000 prefixes ask for one name, and others for theirs.
func TestAFloodOfHandshakesAtOneNameCostsOthersNothing(t *testing.T) {
	h := NewHandshakes(RateConfig{})
	flooded, refused := 0, 0
	for i := range 10_000 { // 10 s, a step each millisecond
		now := second + int64(i)*int64(time.Millisecond)
		for j := range 100 {
			if h.Take(now, "flooded", prefix(i*100+j)) == Granted {
				flooded++
			}
		}
		if i%100 == 0 { // ten a second each
			for k := range 50 {
				if a := h.Take(now, fmt.Sprint("other", k), prefix(1<<23+k)); a != Granted {
					refused++
				}
			}
		}
	}
	t.Logf("of a million at the flooded name %d were granted; %d of the others' 5,000 were not", flooded, refused)
	if refused > 0 {
		t.Errorf("%d of the others were refused", refused)
	}
	if most := 12 * (20 + 500); flooded > most || flooded < 100 {
		t.Errorf("%d of the flood were granted, expected at most %d", flooded, most)
	}
}

func TestAFloodFromOnePlaceDoesNotCostTheNameItself(t *testing.T) {
	h := NewHandshakes(RateConfig{Name: 100})
	refused := 0
	for i := range 5_000 {
		now := second + int64(i)*int64(time.Millisecond)
		for range 20 {
			h.Take(now, "a.example", prefix(1))
		}
		if i%50 == 0 && h.Take(now, "a.example", prefix(2+i)) != Granted { // twenty a second
			refused++
		}
	}
	if refused > 0 {
		t.Errorf("%d visitors from elsewhere were refused", refused)
	}
}

func TestNamesBeyondWhatIsKnownAreBounded(t *testing.T) {
	h := NewHandshakes(RateConfig{Names: 640, Places: 64})
	for i := range 100_000 {
		h.Take(second, fmt.Sprint("name", i), prefix(i))
	}
	n := 0
	for i := range h.names {
		n += len(h.names[i].of)
	}
	if n > 640 {
		t.Errorf("%d names are known", n)
	}
	if h.Take(second+int64(time.Hour), "another", prefix(1<<22)) != Granted {
		t.Error("an hour later a new name is refused")
	}
}

// TestNoMoreIsGrantedThanThereIs draws askings.
func TestNoMoreIsGrantedThanThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := NewHeaders(RateConfig{Total: 1000, Name: 10, Prefix: 400, Burst: time.Second})
		now, granted, began := second, 0, second
		of := map[int]int{}
		for range rapid.IntRange(1, 200).Draw(t, "askings") {
			now += rapid.Int64Range(0, 5e7).Draw(t, "pause")
			p, n := rapid.IntRange(0, 5).Draw(t, "prefix"), rapid.IntRange(0, 300).Draw(t, "bytes")
			if h.Take(now, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name"), prefix(p), n) == Granted {
				granted += n
				of[p] += n
			}
		}
		past := float64(now-began)/1e9 + 1
		if most := past*1000 + 3*past*10 + 1; float64(granted) > most {
			t.Fatalf("%d bytes were granted, expected at most %.0f", granted, most)
		}
		for p, n := range of {
			if float64(n) > past*400+1 {
				t.Fatalf("prefix %d was granted %d", p, n)
			}
		}
	})
}

func TestMemoryIsSharedAndComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := NewMemory(8000)
		has := map[string]int64{}
		sum := func() (n int64) {
			for _, x := range has {
				n += x
			}
			return n
		}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			name, n := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "tenant"), rapid.Int64Range(0, 3000).Draw(t, "bytes")
			if rapid.Bool().Draw(t, "give") {
				m.Give(name, n)
				has[name] -= min(n, has[name])
			} else if m.Take(name, n) == Granted {
				has[name] += n
			}
			if m.Used() != sum() || m.Used() > 8000 {
				t.Fatalf("%d are used, %d were granted", m.Used(), sum())
			}
		}
		for name, n := range has {
			m.Give(name, n)
		}
		if m.Used() != 0 || m.known.Load() != 0 {
			t.Fatalf("%d bytes of %d tenants are left", m.Used(), m.known.Load())
		}
	})
	m := NewMemory(8000)
	for m.Take("greedy", 100) == Granted {
	}
	if m.Take("late", 1000) != Granted {
		t.Error("one took everything")
	}
}

func TestAskingForARateAllocatesNothing(t *testing.T) {
	h, m := NewHandshakes(RateConfig{}), NewMemory(1000)
	p := prefix(1)
	if n := testing.AllocsPerRun(200, func() { // granted at first, then refused
		h.Take(second, "a.example", p)
		m.Take("a.example", 10)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkHandshakes(b *testing.B) {
	h := NewHandshakes(RateConfig{})
	p := prefix(1)
	b.ReportAllocs()
	now := second
	for b.Loop() {
		now += 1000
		h.Take(now, "a.example", p)
	}
}
