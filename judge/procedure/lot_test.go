package procedure

import (
	"fmt"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestWhoJoinsOrLeavesMovesNobodyElse (R5, F13): the order of a lot is that of each of its parts.
func TestWhoJoinsOrLeavesMovesNobodyElse(t *testing.T) {
	var all []evenkeel.PersonID
	for i := range 20 {
		all = append(all, evenkeel.PersonID(fmt.Sprint("p-", i)))
	}
	first := map[evenkeel.PersonID]int{}
	for n := range 4000 {
		nonce := fmt.Sprint("n", n)
		order := InOrder("c-1", nonce, all)
		first[order[0]]++
		if n >= 50 {
			continue
		}
		if sorted := slices.Sorted(slices.Values(order)); !slices.Equal(sorted, slices.Sorted(slices.Values(all))) {
			t.Fatalf("%v are not those who could be drawn", order)
		}
		for i, gone := range order {
			left := slices.Delete(slices.Clone(order), i, i+1)
			back := slices.Clone(left)
			slices.Reverse(back)
			if got := InOrder("c-1", nonce, back); !slices.Equal(got, left) {
				t.Fatalf("without %s the order is %v; expected %v", gone, got, left)
			}
		}
	}
	for _, p := range all { // 200 each: four standard deviations are 56
		if first[p] < 140 || first[p] > 260 {
			t.Errorf("%s is first %d times of 4000, among 20", p, first[p])
		}
	}
	if slices.Equal(InOrder("c-1", "n", all), InOrder("c-2", "n", all)) {
		t.Error("two cases have one order")
	}
}

// TestWhatWasDrawnBeforeFitsStill (R; ADR 2): the rule under which a person was drawn is a part of the record.
func TestWhatWasDrawnBeforeFitsStill(t *testing.T) {
	who := []evenkeel.PersonID{"bea", "cem", "dov"}
	r := &docket.Review{ID: "r-1", Case: "c-1"}
	for round, drawn := range map[int]evenkeel.PersonID{1: Draw("c-1", "r-1", 1, "n", who), 2: Draw("c-1", "r-1", 2, "n", who)} {
		d := docket.Draw{Round: round, Nonce: "n", Candidates: who, Hash: CandidatesHash(who), Drawn: drawn}
		if err := Drawn(r, &d); err != nil {
			t.Errorf("by the first rule: %v", err)
		}
		for _, p := range who {
			if d.Drawn = p; p != drawn && Drawn(r, &d) == nil {
				t.Errorf("%s fits, and the lot fell on %s", p, drawn)
			}
		}
	}
	d := NewDraw(r, "n", who, 1)
	if err := Drawn(r, &d); err != nil || d.Rule != 2 || d.Drawn != "dov" { // golden: it is fixed for ever
		t.Errorf("%+v: %v", d, err)
	}
	d.Rule = 3
	if Drawn(r, &d) == nil {
		t.Error("a rule that nobody knows fits")
	}
}

// TestHowLongALotStands (R5, F13): thirty days after it was drawn by last, whatever became of the review.
func TestHowLongALotStands(t *testing.T) {
	all := []docket.Review{
		{ID: "r-1", Draws: []docket.Draw{{Nonce: "old", At: start}}},
		{ID: "r-2", Draws: []docket.Draw{{Nonce: "new", At: start.Add(hour)}, {Nonce: "new", At: start.Add(2 * hour)}}, State: docket.ReviewOvertaken},
		{ID: "r-3"},
	}
	for after, stands := range map[evenkeel.Moment]bool{start.Add(3 * hour): true, start.Add(2*hour + LotFor - 1): true, start.Add(2*hour + LotFor): false} {
		if nonce, is := LotOf(all, after); is != stands || is && nonce != "new" {
			t.Errorf("at %s it is %q, which stands: %t", after, nonce, is)
		}
	}
	if nonce, is := LotOf(nil, start); is {
		t.Errorf("%q stands, and nobody was drawn", nonce)
	}
}
