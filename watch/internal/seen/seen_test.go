package seen

import (
	"math"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

// The naive set remembers every id with its time for ever; the guarantee leaves open
// whether one between one and two horizons before the watermark is remembered.
func TestASetRemembersAtLeastOneHorizonAndAtMostTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const horizon = 100
		s := New(horizon, 0)
		now := evenkeel.Moment(rapid.Int64Range(-1000, 1000).Draw(t, "begin"))
		s.Advance(now)
		naive, ahead := map[uint64]evenkeel.Moment{}, now
		for range rapid.IntRange(0, 300).Draw(t, "calls") {
			if rapid.IntRange(0, 9).Draw(t, "advance") == 0 {
				now += evenkeel.Moment(rapid.Int64Range(0, 250).Draw(t, "by"))
				s.Advance(now)
				continue
			}
			id := rapid.Uint64Range(0, 40).Draw(t, "id")
			at := now + evenkeel.Moment(rapid.OneOf(rapid.Int64Range(-150, 50), rapid.Int64Range(-300, 400)).Draw(t, "at"))
			fresh := s.Add(id, at)
			old, had := naive[id]
			switch {
			case fresh && had && old >= now-horizon:
				t.Fatalf("%d of %d is forgotten at watermark %d", id, old, now)
			case !fresh && !had:
				t.Fatalf("%d is taken for seen", id)
			case !fresh && old <= now-2*horizon && ahead <= now-2*horizon:
				t.Fatalf("%d of %d is still remembered at watermark %d", id, old, now)
			}
			if fresh {
				naive[id] = at
			}
			if fresh && at > now+horizon {
				ahead = max(ahead, at)
			}
		}
		n := 0
		for i := range s.live {
			n += s.live[i].ids.n
		}
		if s.Len() != n || s.Dropped() != 0 {
			t.Fatalf("Len = %d of %d, dropped %d", s.Len(), n, s.Dropped())
		}
	})
}

func TestASet(t *testing.T) {
	const minute = evenkeel.Moment(time.Minute)
	type step struct {
		id      uint64
		at      evenkeel.Moment // in minutes
		advance bool
		fresh   bool
	}
	for _, c := range []struct {
		name    string
		steps   []step
		len     int
		dropped uint64
	}{
		{"takes an id for seen the second time", []step{{7, 100, false, true}, {7, 100, false, false}}, 1, 0},
		{"takes 0 for an id like others", []step{{0, 100, false, true}, {0, 100, false, false}}, 1, 0},
		{"knows an id whatever time it comes with", []step{{7, 100, false, true}, {7, 95, false, false}, {7, 112, false, false}}, 1, 0},
		{"needs no watermark to begin", []step{{1, 100, false, true}, {2, 81, false, true}, {2, 81, false, false}}, 2, 0},
		{"does not remember what is older than the horizon by a generation",
			[]step{{0, 100, true, false}, {7, 85, false, true}, {7, 85, false, true}}, 0, 0},
		{"forgets with the watermark", []step{{7, 100, false, true}, {0, 119, true, false}, {7, 100, false, false},
			{0, 120, true, false}, {7, 120, false, true}}, 1, 0},
		{"does not go back with the watermark", []step{{0, 200, true, false}, {0, 100, true, false}, {7, 100, false, true}, {7, 100, false, true}}, 0, 0},
		{"keeps what is far ahead until its time is over", []step{{0, 100, true, false}, {7, 500, false, true}, {8, 125, false, true},
			{0, 510, true, false}, {7, 500, false, false}, {8, 125, false, false}, {0, 520, true, false}, {7, 500, false, true}}, 0, 0},
		{"counts what it has no room for, and takes it for fresh again", []step{{1, 100, false, true}, {2, 100, false, true}, {3, 100, false, true},
			{4, 100, false, true}, {4, 100, false, true}, {3, 100, false, false}}, 3, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(10*time.Minute, 3)
			for i, p := range c.steps {
				if p.advance {
					s.Advance(p.at * minute)
				} else if fresh := s.Add(p.id, p.at*minute); fresh != p.fresh {
					t.Errorf("step %d: Add(%d, %d) = %v, want %v", i, p.id, p.at, fresh, p.fresh)
				}
			}
			if s.Len() != c.len || s.Dropped() != c.dropped {
				t.Errorf("Len = %d, Dropped = %d, want %d, %d", s.Len(), s.Dropped(), c.len, c.dropped)
			}
		})
	}
}

func TestMomentsAtTheEndsOfTheRange(t *testing.T) {
	for _, horizon := range []time.Duration{0, 1, time.Hour, math.MaxInt64} {
		s := New(horizon, 0)
		for _, at := range []evenkeel.Moment{math.MaxInt64, math.MinInt64, 0, -1, 1} {
			s.Add(uint64(at), at)
			s.Advance(at)
		}
	}
}

// steady adds a thousand ids per tenth of a horizon and moves the watermark on.
func steady(s *Set) func() {
	id, at := uint64(0), evenkeel.Moment(1e15)
	return func() {
		for range 1000 {
			id++
			s.Add(id*0x9e3779b97f4a7c15, at)
			s.Add(id*0x9e3779b97f4a7c15, at)
		}
		at += evenkeel.Moment(time.Minute)
		s.Advance(at - evenkeel.Moment(2*time.Minute))
	}
}

func TestASteadyStateDoesNotAllocate(t *testing.T) {
	s := New(10*time.Minute, 0)
	step := steady(s)
	for range 100 {
		step()
	}
	held := s.Bytes()
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if s.Bytes() != held {
		t.Errorf("memory went from %d to %d bytes", held, s.Bytes())
	}
	if perID := float64(held) / float64(s.Len()); perID > 30 {
		t.Errorf("%.1f bytes per id", perID)
	}
}

// A set that grows by half leaves up to half of its slots free; one that knows how many come
// need not.
func TestAGenerationHasRoomForAsManyAsTheOneBeforeAndLittleMore(t *testing.T) {
	for _, n := range []int{5_000, 10_400, 25_000} {
		for _, imaged := range []bool{false, true} { // an image takes the memory of what went away
			s := full(10*time.Minute, 6, n)
			if imaged {
				s.Image(nil)
				for id := range uint64(n) {
					s.Advance(evenkeel.Moment(1e18).Add(time.Hour))
					s.Add(^id*0x9e3779b97f4a7c15, evenkeel.Moment(1e18).Add(time.Hour))
				}
			}
			for i := range s.live {
				if g := &s.live[i].ids; g.n == n && float64(g.bytes())/float64(n) > 12.6 {
					t.Errorf("a generation of %d ids takes %d bytes", n, g.bytes())
				}
			}
		}
	}
}

func TestTheMemoryOfABurstIsLetGo(t *testing.T) {
	s := New(10*time.Minute, 0)
	at := evenkeel.Moment(1e15)
	for id := range uint64(200_000) {
		s.Add(id, at)
	}
	for range 10 {
		at += evenkeel.Moment(10 * time.Minute)
		s.Advance(at)
		for id := range uint64(100) {
			s.Add(id+uint64(at), at)
		}
	}
	if s.Bytes() > 200_000 {
		t.Errorf("%d ids hold %d bytes", s.Len(), s.Bytes())
	}
}

func BenchmarkAdd(b *testing.B) {
	s := New(10*time.Minute, 0)
	at := evenkeel.Moment(1e15)
	const perHorizon = 1_000_000
	i := uint64(0)
	for b.Loop() {
		i++
		if i%1000 == 0 {
			at += evenkeel.Moment(10 * time.Minute / (perHorizon / 1000))
			s.Advance(at)
		}
		s.Add(i*0x9e3779b97f4a7c15, at)
	}
	b.ReportMetric(float64(s.Bytes())/float64(s.Len()), "B/id")
}
