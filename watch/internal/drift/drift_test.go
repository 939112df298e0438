package drift

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/section"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// A fleet is machines whose load goes up and down with the day, each around a level of its own.
type fleet struct {
	t      *testing.T
	s      *Source
	minute uint32
	rng    *rand.Rand
	level  []float64
	told   []Change
	every  uint32 // minutes between two readings of a machine
}

const gauge = 0

func newFleet(t *testing.T, machines int) *fleet {
	f := &fleet{t: t, s: NewSource(2, 1<<gauge), minute: 30_000_000, rng: rand.New(rand.NewPCG(1, uint64(machines))), every: 1}
	for range machines {
		f.level = append(f.level, math.Exp(f.rng.NormFloat64()-2))
	}
	return f
}

// run lets minutes pass. of is what becomes of the value of a machine, NaN where it says nothing.
func (f *fleet) run(minutes int, of func(machine int, v float64) float64) {
	for range minutes {
		f.minute++
		f.s.Advance(f.minute, func(c Change) { f.told = append(f.told, c) })
		day := 0.6 + 0.5*math.Sin(2*math.Pi*float64(f.minute)/(24*60))
		for m, l := range f.level {
			if (f.minute+uint32(m))%f.every != 0 {
				continue
			}
			if v := of(m, min(l*day*math.Exp(f.rng.NormFloat64()/2), 1)); !math.IsNaN(v) {
				f.take(gauge, m, v, 0)
			}
		}
	}
}

func (f *fleet) take(input, machine int, v float64, marked uint8) {
	h := siphash.New([16]byte{1})
	h.Uint64(uint64(machine))
	if f.s.Take(input, h.Sum(), v, marked) {
		if c, ok := f.s.Early(input); ok {
			f.told = append(f.told, c)
		}
	}
}

func as(_ int, v float64) float64 { return v }

func times(x float64) func(int, float64) float64 {
	return func(_ int, v float64) float64 { return v * x }
}

func TestADailyRhythmIsNoDrift(t *testing.T) {
	for _, machines := range []int{30, 300, 9000} {
		t.Run(fmt.Sprint(machines, " machines"), func(t *testing.T) {
			f := newFleet(t, machines)
			f.every = 5
			f.run(3*24*60, as)
			if len(f.told) > 0 {
				t.Errorf("%+v; expected nothing", f.told)
			}
		})
	}
}

func TestAJumpIsNoticedInTime(t *testing.T) {
	lost := math.NaN()
	for _, c := range []struct {
		name   string
		jump   func(int, float64) float64
		what   Kind
		within int // minutes
	}{
		{"a share becomes a percentage", times(100), KindValues, 1},
		{"a percentage becomes a share", times(0.01), KindValues, 1},
		{"a unit a thousand times smaller", times(1000), KindValues, 1},
		{"bytes become bits", times(8), KindValues, 1},
		{"all read nothing", times(0), KindZeros, 1},
		{"half of the machines are missing", func(m int, v float64) float64 {
			if m%2 == 0 {
				return lost
			}
			return v
		}, KindFewer, 2 * blockMinutes * 3 / 2},
		{"the name that it had is gone", func(int, float64) float64 { return lost }, KindFewer, 2 * blockMinutes * 3 / 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFleet(t, 200)
			f.run(26*60, as)
			if len(f.told) > 0 {
				t.Fatalf("%+v before the jump", f.told)
			}
			at := f.minute + 1
			f.run(c.within, c.jump)
			if len(f.told) != 1 || f.told[0].Unlike.What != c.what || f.told[0].Over || f.told[0].Since < int64(at)-blockMinutes {
				t.Fatalf("%+v; expected that it drifts, by %d", f.told, c.what)
			}
			f.run(3*60, as)
			if len(f.told) != 2 || !f.told[1].Over || f.told[1].Since != f.told[0].Since {
				t.Errorf("%+v; expected that it is over once it is as before", f.told)
			}
		})
	}
}

func TestWhatAFewDoIsNoDrift(t *testing.T) {
	f := newFleet(t, 200)
	f.run(26*60, as)
	f.run(5*60, func(m int, v float64) float64 {
		if m%3 == 0 {
			return 1
		}
		return v
	})
	if len(f.told) > 0 {
		t.Errorf("%+v when a third of the machines is busy; expected nothing", f.told)
	}
	for range 100 { // one of them sends as much as all others
		f.run(1, as)
		for range 500 {
			f.take(gauge, 7, 1e9, 255)
		}
	}
	for _, c := range f.told {
		if !c.Unlike.What.rate() {
			t.Errorf("%+v by the values of one machine", c)
		}
	}
}

func TestBeforeADayHasPassedNothingIsUnlike(t *testing.T) {
	f := newFleet(t, 100)
	f.run(20*60, as)
	f.run(60, times(1000))
	if len(f.told) > 0 {
		t.Errorf("%+v; expected nothing", f.told)
	}
}

func TestFewMachinesAreNoFeed(t *testing.T) {
	f := newFleet(t, leastAssets-1)
	f.run(26*60, as)
	f.run(60, times(1000))
	for _, c := range f.told {
		if !c.Unlike.What.rate() {
			t.Errorf("%+v", c)
		}
	}
}

func TestWhatJumpedJumpsAgain(t *testing.T) {
	f := newFleet(t, 100)
	f.run(26*60, as)
	f.run(3*60, times(100))
	f.run(3*60, times(100_000))
	if len(f.told) != 3 || f.told[0].Over || !f.told[1].Over || f.told[2].Over || f.told[2].Since == f.told[0].Since {
		t.Fatalf("%+v; expected one jump, and another in its place", f.told)
	}
	f.run(8*24*60, times(100_000))
	if len(f.told) != 4 || !f.told[3].Over {
		t.Errorf("%+v; expected that after a week it is what is usual", f.told)
	}
	f.run(1, as)
	if len(f.told) != 5 || f.told[4].Unlike.What != KindValues {
		t.Errorf("%+v; expected a jump from what became usual", f.told)
	}
}

func TestAnInputThatWasNotThereIsOne(t *testing.T) {
	f := newFleet(t, 100)
	f.run(26*60, as)
	for range 10 {
		f.run(1, as)
		for m := range f.level {
			f.take(1, m, 5, 0)
		}
	}
	if len(f.told) != 1 || f.told[0].Unlike.What != KindNew || f.told[0].Input != 1 {
		t.Errorf("%+v; expected that another input is new", f.told)
	}
}

func TestMarksAreWatched(t *testing.T) {
	f := newFleet(t, 100)
	f.run(26*60, func(m int, v float64) float64 { f.take(1, m, 5, 0); return v })
	f.run(2, func(m int, v float64) float64 { f.take(1, m, 5, 1<<3); return v })
	if len(f.told) != 1 || f.told[0].Unlike != (Unlike{KindMark, 3, scale}) || f.told[0].Was != 0 || f.told[0].Is != scale {
		t.Errorf("%+v; expected that all lack what mark 3 is", f.told)
	}
}

func TestASourceThatWasSilentDoesNotDrift(t *testing.T) {
	f := newFleet(t, 100)
	f.run(26*60, as)
	f.minute += 300
	f.run(60, as)
	if len(f.told) > 0 {
		t.Errorf("%+v; expected nothing", f.told)
	}
}

func TestASourceReadBackGoesOn(t *testing.T) {
	f := newFleet(t, 100)
	f.run(26*60, as)
	f.run(90, times(100))
	f.told = nil
	var stored bytes.Buffer
	w := section.NewWriter(&stored, "TEST", 1)
	w.Begin("feed")
	f.s.Copy().Write(w)
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	back := NewSource(2, 1<<gauge)
	r := section.NewReader(&stored, "TEST", 1)
	r.Begin("feed")
	back.Read(r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	g := newFleet(t, 100)
	g.s, g.minute = back, f.minute
	f.rng, g.rng = rand.New(rand.NewPCG(3, 3)), rand.New(rand.NewPCG(3, 3))
	for _, x := range []*fleet{f, g} {
		x.run(100, times(100))
		x.run(100, as)
	}
	if len(f.told) == 0 || fmt.Sprint(f.told) != fmt.Sprint(g.told) || fmt.Sprint(f.s.Open()) != fmt.Sprint(g.s.Open()) {
		t.Errorf("%+v; expected as the one that never stopped: %+v", g.told, f.told)
	}
}

func TestTakingAllocatesNothing(t *testing.T) {
	f := newFleet(t, 100)
	f.run(10, as)
	if n := testing.AllocsPerRun(100, func() { f.s.Take(gauge, 17, 1, 3) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkTake is what it costs a record that its source is watched: readings of 100,000 machines, each once a minute.
func BenchmarkTake(b *testing.B) {
	const machines = 100_000
	s, minute := NewSource(2, 1<<gauge), uint32(30_000_000)
	keys := make([]uint64, machines)
	for m := range keys {
		h := siphash.New([16]byte{1})
		h.Uint64(uint64(m))
		keys[m] = h.Sum()
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m := i % machines
		if m == 0 {
			minute++
			s.Advance(minute, func(Change) {})
		}
		if s.Take(gauge, keys[m], float64(m&127)/128, 0) {
			s.Early(gauge)
		}
	}
}
