package window

import (
	"bytes"
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

const second = evenkeel.Moment(time.Second)

func TestAMark(t *testing.T) {
	s := func(n int) time.Duration { return time.Duration(n) * time.Second }
	for _, c := range []struct {
		name  string
		marks []int
		at    int
		want  MarkStats
	}{
		{"that never was says nothing", nil, 100, MarkStats{}},
		{"holds for For", []int{100}, 110, MarkStats{true, s(10), 0, 1}},
		{"ends after For", []int{100}, 111, MarkStats{false, s(11), 0, 1}},
		{"does not hold before it was made", []int{100}, 99, MarkStats{}},
		{"goes on while marks are no further apart than For", []int{100, 110, 115}, 120, MarkStats{true, s(5), s(15), 3}},
		{"begins again after a longer gap", []int{100, 111}, 112, MarkStats{true, s(1), 0, 1}},
		{"is continued backwards by a late mark", []int{110, 104}, 112, MarkStats{true, s(2), s(6), 2}},
		{"joins two streaks when the mark between comes late", []int{100, 111, 105}, 112, MarkStats{true, s(1), s(11), 3}},
		{"counts a mark that comes twice twice", []int{100, 100}, 100, MarkStats{true, 0, 0, 2}},
		{"is read between its marks without the later one", []int{100, 108}, 104, MarkStats{true, s(4), 0, 1}},
		{"is read between its marks by their last pane alone", []int{100, 101, 103, 104, 108}, 103, MarkStats{true, 0, s(3), 3}},
		{"remembers when it last was before the panes that are kept", []int{95, 100, 101, 109}, 102, MarkStats{true, s(1), s(6), 3}},
		{"is read before the last streak from the one before", []int{100, 111}, 108, MarkStats{true, s(8), 0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := NewMark(s(10), time.Second, 8)
			if err != nil {
				t.Fatal(err)
			}
			state := make([]byte, m.Size())
			for _, at := range c.marks {
				m.Add(state, evenkeel.Moment(at)*second)
			}
			if got := m.Read(state, evenkeel.Moment(c.at)*second); got != c.want {
				t.Errorf("Read = %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAMarkEqualsTheNaiveStreaksInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stays := rapid.IntRange(1, 20).Draw(t, "for")
		m, at := Mark{For: time.Duration(stays) * time.Second, Width: time.Second, Open: 8}, 1000
		n := rapid.IntRange(1, 40).Draw(t, "number of marks")
		marks := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) int {
			at += rapid.IntRange(0, 2*stays).Draw(t, "gap")
			return at
		}), n, n).Draw(t, "marks")
		add := func() []byte {
			type arrival struct{ mark, at int }
			var order []arrival
			for _, k := range marks {
				order = append(order, arrival{k, k + rapid.IntRange(0, stays).Draw(t, "delay")})
			}
			slices.SortStableFunc(order, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
			state := make([]byte, m.Size())
			for _, a := range order {
				m.Add(state, evenkeel.Moment(a.mark)*second+evenkeel.Moment(rapid.IntRange(0, 999_999_999).Draw(t, "ns")))
			}
			return state
		}
		a, b := add(), add()
		if !bytes.Equal(a, b) {
			t.Fatalf("the order of arrival shows:\n%x\n%x", a, b)
		}
		now := marks[len(marks)-1] + rapid.IntRange(-stays, 2*stays).Draw(t, "now")
		within := slices.ContainsFunc(marks, func(k int) bool { return k <= now && now-k <= stays })
		got := m.Read(a, evenkeel.Moment(now)*second)
		if got.Within != within {
			t.Fatalf("Within = %v at %d, want %v", got.Within, now, within)
		}
		shown := slices.DeleteFunc(slices.Clone(marks), func(k int) bool { return k > now })
		if last := marks[len(marks)-1]; now >= last-8 && len(shown) > 0 && (now >= last || last-shown[len(shown)-1] <= stays) {
			marks, last = shown, shown[len(shown)-1]
			first, count := len(marks)-1, 1
			for first > 0 && marks[first]-marks[first-1] <= stays {
				first, count = first-1, count+1
			}
			want := MarkStats{within, time.Duration(now-last) * time.Second, time.Duration(last-marks[first]) * time.Second, uint32(count)}
			if got != want {
				t.Fatalf("Read(%d) = %+v, want %+v", now, got, want)
			}
		}
	})
}

func TestAPeakRemembersTheLargestBurst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type burst struct{ peak, at uint32 }
		bursts := rapid.SliceOf(rapid.Custom(func(t *rapid.T) burst {
			return burst{rapid.Uint32Range(0, 50).Draw(t, "peak"), rapid.Uint32Range(1, 1e6).Draw(t, "at")}
		})).Draw(t, "bursts")
		var k Peak
		var want PeakStats
		a, b := make([]byte, k.Size()), make([]byte, k.Size())
		for i, u := range bursts {
			at := evenkeel.Moment(u.at) * second
			k.Close(a, u.peak, at)
			o := bursts[len(bursts)-1-i]
			k.Close(b, o.peak, evenkeel.Moment(o.at)*second)
			if want.First == 0 || at < want.First {
				want.First = at
			}
			if u.peak > 0 {
				want.Largest, want.Bursts, want.Last = max(want.Largest, u.peak), want.Bursts+1, max(want.Last, at)
			}
		}
		if got := k.Read(a); got != want {
			t.Fatalf("Read = %+v, want %+v", got, want)
		}
		if !bytes.Equal(a, b) {
			t.Fatalf("the order of calls shows:\n%x\n%x", a, b)
		}
	})
}
