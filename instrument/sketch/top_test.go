package sketch

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sound says what is wrong with the inside of a Top: heap and index have to agree.
func (t *Top[K]) sound() string {
	used := 0
	for i := range t.heap {
		if i > 0 && t.heap[(i-1)/2].count > t.heap[i].count {
			return "the heap is out of order"
		}
		if slot, found := t.find(t.heap[i].hash); !found || int(t.index[slot]) != i+1 || t.heap[i].slot != slot {
			return "the index does not lead to a key"
		}
	}
	for _, at := range t.index {
		if at != 0 {
			used++
		}
	}
	if used != len(t.heap) {
		return "the index leads to what is gone"
	}
	return ""
}

// holds says where a Top says less than the truth, or more than it may.
func holds(t *rapid.T, top *Top[uint64], truth map[uint64]uint64) {
	t.Helper()
	if says := top.sound(); says != "" {
		t.Fatal(says)
	}
	room, total := uint64(cap(top.heap)), uint64(0)
	for _, n := range truth {
		total += n
	}
	if total != top.Total() {
		t.Fatalf("the total is %d, want %d", top.Total(), total)
	}
	for k, n := range truth {
		h, found := top.Of(hashed(k))
		switch {
		case !found && (n > total/room || n > top.Least()):
			t.Fatalf("%d came %d times of %d and is not in it, with room for %d and at least %d", k, n, total, room, top.Least())
		case found && (h.Key != k || h.Count < n || h.Count-h.Error > n || h.Error > total/room):
			t.Fatalf("%d came %d times of %d, room %d: %+v", k, n, total, room, h)
		}
	}
}

func few(t *rapid.T, name string, top *Top[uint64], truth map[uint64]uint64) {
	wide := rapid.SampledFrom([]uint64{3, 12, 60}).Draw(t, name)
	for range rapid.IntRange(0, 200).Draw(t, "adds") {
		k, n := rapid.Uint64Range(0, wide).Draw(t, "key"), rapid.Uint32Range(0, 4).Draw(t, "n")
		top.Add(hashed(k), k, n)
		truth[k] += uint64(n)
	}
}

func TestWhoComesMostIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		top, truth := NewTop[uint64](rapid.IntRange(1, 12).Draw(t, "room")), map[uint64]uint64{}
		few(t, "keys", top, truth)
		holds(t, top, truth)
		list := top.AppendTo(nil)
		if !slices.IsSortedFunc(list, byWeight[uint64]) || len(list) > cap(top.heap) {
			t.Fatalf("the list is %+v", list)
		}
	})
}

func TestMergedTopsFindWhoComesMostOfBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room := rapid.IntRange(1, 12).Draw(t, "room")
		one, two, truth := NewTop[uint64](room), NewTop[uint64](room), map[uint64]uint64{}
		few(t, "here", one, truth)
		few(t, "there", two, truth)
		one.Merge(two)
		holds(t, one, truth)
		few(t, "later", one, truth)
		if says := one.sound(); says != "" {
			t.Fatal(says)
		}
		for _, h := range one.AppendTo(nil) {
			if n := truth[h.Key]; h.Count < n || h.Count-h.Error > n {
				t.Fatalf("%d came %d times: %+v", h.Key, n, h)
			}
		}
	})
}

// TestFourAmongAMillionAreNamed: a flood of a million sources does not hide the few that come often.
func TestFourAmongAMillionAreNamed(t *testing.T) {
	top := NewTop[uint64](256)
	for i := range uint64(1_000_000) {
		top.Add(hashed(i), i, 1)
		if i%50 == 0 {
			top.Add(hashed(1_000_000+i/50%4), 1_000_000+i/50%4, 2) // 10,000 times each, 1 % of all
		}
	}
	list := top.AppendTo(nil)
	for _, h := range list[:4] {
		if h.Key < 1_000_000 || h.Count < 10_000 || h.Count-h.Error > 10_000 {
			t.Errorf("among the four is %+v", h)
		}
	}
	top.Reset()
	if top.Total() != 0 || top.Least() != 0 || len(top.AppendTo(nil)) != 0 {
		t.Error("it is not empty")
	}
	if NewTop[int](-1).Least() != 0 || cap(NewTop[int](1<<30).heap) != MaxTop {
		t.Error("the room is beyond its bounds")
	}
}
