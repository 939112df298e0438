package window

import (
	"bytes"
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// record is what the tests add: to a mean with all of it, to a sum with the amount, to a
// distinct with the hash.
type record struct {
	pane Pane
	sum  int64
	n    uint32
}

// shape is a window's shape as drawn.
type shape struct{ panes, open int }

func drawShape(t *rapid.T) shape {
	return shape{
		panes: rapid.OneOf(rapid.IntRange(1, 6), rapid.IntRange(1, MaxPanes)).Draw(t, "panes"),
		open:  rapid.IntRange(1, MaxOpen).Draw(t, "open"),
	}
}

// drawRecords draws records whose panes wander, with jumps over the window's length.
func drawRecords(t *rapid.T, s shape, most int) []record {
	pane := int64(rapid.Uint32Range(0, 1<<20).Draw(t, "first pane"))
	step := rapid.OneOf(rapid.IntRange(-2, 2), rapid.IntRange(0, 1), rapid.IntRange(-s.open, s.panes+s.open+2))
	n := rapid.IntRange(0, most).Draw(t, "number of records")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) record {
		pane = max(pane+int64(step.Draw(t, "step")), 0)
		return record{
			pane: Pane(pane),
			sum:  rapid.OneOf(rapid.Int64Range(-300_000, 1_500_000), rapid.Int64Range(-2e12, 2e12)).Draw(t, "sum"),
			n:    rapid.OneOf(rapid.Uint32Range(0, 3), rapid.Uint32()).Draw(t, "n"),
		}
	}), n, n).Draw(t, "records")
}

// drawOrders returns the records in two orders of arrival, in neither of which a record is
// late panes or more behind the newest.
func drawOrders(t *rapid.T, records []record, late int) (a, b []record) {
	order := func() []record {
		type arrival struct {
			record
			at, draw int64
		}
		arrivals := make([]arrival, len(records))
		for i, r := range records {
			arrivals[i] = arrival{r, int64(r.pane) + int64(rapid.IntRange(0, late-1).Draw(t, "delay")),
				int64(rapid.IntRange(0, 9).Draw(t, "among equals"))}
		}
		slices.SortStableFunc(arrivals, func(x, y arrival) int {
			return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.draw, y.draw))
		})
		out := make([]record, len(records))
		for i, a := range arrivals {
			out[i] = a.record
		}
		return out
	}
	return order(), order()
}

func TestAnyOrderOfArrivalGivesTheSameBytes(t *testing.T) {
	type window struct {
		name string
		make func(s shape) (size int, add func(state []byte, r record) Fate)
		late func(s shape) int // a record may be that many panes late, less one
	}
	ring := func(s shape) int { return s.panes + s.open }
	for _, w := range []window{
		{"mean, inside the open panes", func(s shape) (int, func([]byte, record) Fate) {
			m := mustMean(s)
			return m.Size(), func(b []byte, r record) Fate { return m.Add(b, r.pane, r.sum, r.n) }
		}, func(s shape) int { return s.open }},
		{"sum, inside the ring", func(s shape) (int, func([]byte, record) Fate) {
			w := mustSum(s, true)
			return w.Size(), func(b []byte, r record) Fate { return w.Add(b, r.pane, r.n) }
		}, ring},
		{"distinct of few, inside the ring", func(s shape) (int, func([]byte, record) Fate) {
			d := mustDistinct(s)
			return d.Size(), func(b []byte, r record) Fate { return d.Add(b, r.pane, mix(r.n%10)) }
		}, ring},
		{"distinct about its limit, inside the ring", func(s shape) (int, func([]byte, record) Fate) {
			d := mustDistinct(s)
			return d.Size(), func(b []byte, r record) Fate { return d.Add(b, r.pane, mix(r.n%24)) }
		}, ring},
		{"distinct of many, inside the ring", func(s shape) (int, func([]byte, record) Fate) {
			d := mustDistinct(s)
			return d.Size(), func(b []byte, r record) Fate { return d.Add(b, r.pane, r.n) }
		}, ring},
	} {
		t.Run(w.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := drawShape(t)
				size, add := w.make(s)
				first, second := drawOrders(t, drawRecords(t, s, 120), w.late(s))
				a, b := make([]byte, size), make([]byte, size)
				opened := 0
				for _, r := range first {
					switch add(a, r) {
					case Late:
						t.Fatalf("pane %d was late", r.pane)
					case Opened:
						opened++
					}
				}
				for _, r := range second {
					add(b, r)
				}
				if !bytes.Equal(a, b) {
					t.Fatalf("the order of arrival shows:\n%x\n%x", a, b)
				}
				panes := map[Pane]bool{}
				for _, r := range first {
					panes[r.pane] = true
				}
				if opened > len(panes) {
					t.Fatalf("%d panes opened of %d", opened, len(panes))
				}
			})
		})
	}
}

func mustMean(s shape) Mean {
	m, err := NewMean(time.Minute, s.panes, s.open)
	if err != nil {
		panic(err)
	}
	return m
}

func mustSum(s shape, weighted bool) Sum {
	w, err := NewSum(time.Minute, s.panes, s.open)
	if err != nil {
		panic(err)
	}
	w.Weighted = weighted
	return w
}

func mustDistinct(s shape) Distinct {
	d, err := NewDistinct(time.Minute, s.panes, s.open)
	if err != nil {
		panic(err)
	}
	return d
}

// mix spreads small numbers over 32 bits (the finalizer of MurmurHash3, public domain).
func mix(n uint32) uint32 {
	n ^= n >> 16
	n *= 0x85ebca6b
	n ^= n >> 13
	n *= 0xc2b2ae35
	return n ^ n>>16
}
