package inventory

import (
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

// TestABoundedListIsTheNewestOfAllThatCame, in any order, and lists handed out before stay
// as they were.
func TestABoundedListIsTheNewestOfAllThatCame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 5).Draw(t, "most")
		all := rapid.SliceOf(rapid.Custom(func(t *rapid.T) payment {
			p := payment{at: drawMoment(t), kind: evenkeel.PaymentKind(rapid.IntRange(1, 2).Draw(t, "kind"))}
			if n := rapid.Uint64Range(0, 2).Draw(t, "id"); n > 0 { // an ID has one content
				p.id = n*1000 + uint64(p.at)*10 + uint64(p.kind)
			}
			return p
		})).Draw(t, "all")
		var list, newest []payment
		var handed, copies [][]payment
		var lost evenkeel.Moment
		for _, p := range all {
			handed, copies = append(handed, list), append(copies, slices.Clone(list))
			var f fate
			var out payment
			if list, f, out = insert(list, p, most); f == keptFull || f == surplus {
				lost = max(lost, out.at)
			}
		}
		newest = slices.Clone(all)
		slices.SortFunc(newest, payment.order)
		newest = slices.Compact(newest)
		out := max(0, len(newest)-most)
		if !slices.Equal(list, newest[out:]) {
			t.Fatalf("list = %v, want %v", list, newest[out:])
		}
		if out > 0 && lost != newest[out-1].at {
			t.Fatalf("newest lost = %d, want %d", lost, newest[out-1].at)
		}
		for i := range handed {
			if !slices.Equal(handed[i], copies[i]) {
				t.Fatalf("list %d became %v, was %v", i, handed[i], copies[i])
			}
		}
	})
}

func TestOnlyTheNewestCreatesAreKeptAndCounted(t *testing.T) {
	r := New(Options{})
	const more = 10
	b := newBook()
	for i := MaxCreates + more; i > 0; i-- { // newest first, as a listing may be
		b.create(evenkeel.Moment(i), "vm-"+micro(i).text(), "ann", 1)
	}
	b.Batch.Records = append(b.Batch.Records, b.Batch.Records[:5]...) // some said twice
	if done := apply(t, r, b); done.Dropped != more || done.Repeated != 5 {
		t.Errorf("applied = %+v", done)
	}
	if got := r.Snapshot().CreatedBy("ann", "", 0, forever, forever32); len(got) != MaxCreates || got[0] != "vm-0.000011" {
		t.Errorf("%d creates, first %q", len(got), got[0])
	}
}

func TestWhatIsBroughtAgainAndAgainPushesNothingOut(t *testing.T) {
	b := newBook()
	for i := range MaxLives + 1 {
		b.create(day(i), "x", "ann", 1)
	}
	r := New(Options{})
	for range 100 {
		apply(t, r, b) // the first create has fallen out of the asset's list: it comes as new each time
	}
	ann, _ := r.tenants.Get("ann")
	if n := len(ann.creates) + len(ann.fresh); n > 2*MaxLives {
		t.Errorf("%d creates are kept of %d", n, MaxLives+1)
	}
}

const forever32 = 1<<31 - 1
