package share

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// busy are so many sites that something came to within a second.
func busy(n int) []Site {
	out := make([]Site, n)
	for i := range out {
		out[i] = Site{Key: Key(i + 1), Tally: stage.Tally{Offered: uint32(10 + i%100), Passed: 10, Returning: 3, InFlight: 2, Limit: 64, P95: 20 * time.Millisecond, Fresh: 1, Slope: 1.5}}
	}
	return out
}

// spoken are the messages that say them, of one second.
func spoken(sites []Site, seq, beat uint64, into [][]byte) [][]byte {
	m := Message{Life: 1, Beat: beat, Clock: 1e12, Weight: 100, Part: 0.25}
	for i := 0; len(sites) > 0; i++ {
		n := min(len(sites), MaxSites)
		m.Seq, m.Sites, sites = seq+uint64(i), sites[:n], sites[n:]
		if i == len(into) {
			into = append(into, nil)
		}
		into[i] = Append(into[i][:0], &m)
	}
	return into
}

const busySites = 20_000

// BenchmarkSay writes a second of 20,000 busy sites.
func BenchmarkSay(b *testing.B) {
	sites := busy(busySites)
	out := spoken(sites, 1, 1, nil)
	bytes := 0
	for _, m := range out {
		bytes += len(m)
	}
	b.ReportAllocs()
	for b.Loop() {
		spoken(sites, 1, 1, out)
	}
	b.ReportMetric(float64(bytes), "bytes")
	b.ReportMetric(float64(len(out)), "messages")
}

// BenchmarkHear reads and takes a second of them, of an edge that is known.
func BenchmarkHear(b *testing.B) {
	sites, f := busy(busySites), mustNew(b)
	var m Message
	var out [][]byte
	hear := func(seq uint64) {
		for _, x := range out {
			if err := Parse(x, &m); err != nil {
				b.Fatal(err)
			}
			if taken, err := f.Hear("b", &m, int64(seq), 1, all); err != nil || !taken {
				b.Fatal(taken, err)
			}
		}
	}
	seq := uint64(1)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		out = spoken(sites, seq, seq, out)
		b.StartTimer()
		hear(seq)
		seq += uint64(len(out))
	}
}

// BenchmarkSum adds a site's second at 15 others.
func BenchmarkSum(b *testing.B) {
	f := crowded(b)
	own := stage.Tally{Offered: 10, Passed: 10}
	b.ReportAllocs()
	for b.Loop() {
		f.Sum(1, own, 1)
	}
}

func mustNew(t testing.TB) *Fleet {
	f, err := New("a", 100, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// crowded has heard as many as it can.
func crowded(t testing.TB) *Fleet {
	f := mustNew(t)
	for i := range MaxEdges - 1 {
		if _, err := f.Hear(string(rune('b'+i)), &Message{Life: 1, Seq: 1, Beat: 1, Weight: 1, Hears: []string{"a"}, Sites: busy(10)}, 1, 1, all); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Hear("one-more", &Message{Life: 1, Seq: 1, Weight: 1}, 1, 1, all); err == nil {
		t.Fatal("there is no end to edges")
	}
	return f
}

func TestHearingAndAddingUpAllocateNothing(t *testing.T) {
	f, sites := crowded(t), busy(1000)
	var m Message
	var out [][]byte
	seq := uint64(2)
	if n := testing.AllocsPerRun(50, func() {
		out = spoken(sites, seq, seq, out)
		for _, x := range out {
			if err := Parse(x, &m); err != nil {
				t.Fatal(err)
			}
			_, _ = f.Hear("b", &m, 1, 1, all)
		}
		seq += uint64(len(out))
		f.Rises()
		f.Step(1)
		f.Sum(1, stage.Tally{Offered: 10}, 1)
	}); n > 0 {
		t.Errorf("%v allocations; expected none", n)
	}
}
