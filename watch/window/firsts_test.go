package window

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The naive model: every firstsSeen, in a list.
type firstsSeen struct {
	pane Pane
	hash uint32
}

func naiveFirsts(f Firsts, all []firstsSeen, end Pane, recent int) (s FirstsStats) {
	first, last := map[uint32]Pane{}, map[uint32]Pane{}
	for _, v := range all {
		if p, ok := first[v.hash]; !ok || v.pane < p {
			first[v.hash] = v.pane
		}
		last[v.hash] = max(last[v.hash], v.pane)
	}
	for h := range first {
		if int64(last[h]) > int64(end)-int64(f.Panes) && first[h] <= end {
			s.N++
			if int64(first[h]) > int64(end)-int64(recent) {
				s.New++
			}
		}
	}
	return s
}

func TestFirstsEqualsTheNaiveListInAnyOrder(t *testing.T) {
	f, err := NewFirsts(time.Hour, 24)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		// All within one window, so that nothing is forgotten on the way.
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) firstsSeen {
			return firstsSeen{Pane(rapid.IntRange(1000, 1011).Draw(t, "pane")), uint32(rapid.IntRange(1, MaxFirsts).Draw(t, "value"))}
		}), 1, 60).Draw(t, "sightings")
		inOrder := slices.Clone(all)
		slices.SortStableFunc(inOrder, func(a, b firstsSeen) int { return int(a.pane) - int(b.pane) })
		for _, list := range [][]firstsSeen{all, inOrder} {
			state := make([]byte, f.Size())
			for _, v := range list {
				f.Add(state, v.pane, v.hash)
			}
			for end := Pane(1011); end < 1040; end++ {
				recent := rapid.IntRange(1, 24).Draw(t, "recent")
				got, want := f.Read(state, end, recent), naiveFirsts(f, all, end, recent)
				if got.N != want.N || got.New != want.New || got.Full {
					t.Fatalf("end %d recent %d: %+v; expected %d values, %d new", end, recent, got, want.N, want.New)
				}
				if oldest := slices.MinFunc(all, func(a, b firstsSeen) int { return int(a.pane) - int(b.pane) }); got.Age != int(end-oldest.pane) {
					t.Fatalf("age %d at %d; the first was in pane %d", got.Age, end, oldest.pane)
				}
			}
		}
	})
}

func TestFirstsForgetsAndFills(t *testing.T) {
	f, _ := NewFirsts(time.Hour, 24)
	state := make([]byte, f.Size())
	f.Add(state, 100, 7)
	if s := f.Read(state, 100, 1); s.N != 1 || s.New != 1 {
		t.Errorf("a value just seen: %+v; expected one, new", s)
	}
	if s := f.Read(state, 110, 1); s.N != 1 || s.New != 0 {
		t.Errorf("ten panes later: %+v; expected one, not new", s)
	}
	f.Add(state, 130, 7)
	if s := f.Read(state, 130, 1); s.N != 1 || s.New != 1 {
		t.Errorf("again after a whole window: %+v; expected it to be new again", s)
	}
	for v := range uint32(MaxFirsts) {
		f.Add(state, 131, 100+v)
	}
	if s := f.Read(state, 131, 1); !s.Full {
		t.Errorf("one value too many: %+v; expected it to say so", s)
	}
	if s := f.Read(state, 131+24, 1); s.Full {
		t.Errorf("a window after the overflow: %+v; expected it to be exact again", s)
	}
	f.Add(state, math.MaxUint32, 1)
	if s := f.Read(state, math.MaxUint32, 1); s.N == 0 {
		t.Errorf("the last pane of all: %+v", s)
	}
	f.Add(state[:5], 1, 1)
	if s := f.Read(state[:5], 1, 1); s != (FirstsStats{}) {
		t.Errorf("a damaged state read %+v", s)
	}
}
