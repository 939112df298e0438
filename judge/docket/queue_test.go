package docket

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

func TestTheDocketIsOrderedByHarmAndClocks(t *testing.T) {
	row := func(id string, change func(*Row)) Row {
		r := Row{Case: evenkeel.Case{ID: evenkeel.CaseID(id), State: evenkeel.CaseUnderReview, Opened: 100}}
		change(&r)
		return r
	}
	isolated := func(r *Row) { r.Highest = evenkeel.MeasureIsolate }
	waits := func(r *Row) { r.Case.Waiting, r.Case.Spoke = 200, 200 }
	all := func(changes ...func(*Row)) func(*Row) {
		return func(r *Row) {
			for _, c := range changes {
				c(r)
			}
		}
	}
	queue := []Row{ // as they have to stand
		row("locked, waits, cleared before", all(isolated, waits, func(r *Row) { r.Cleared = true })),
		row("locked, waits, reopened, and younger", all(isolated, waits, func(r *Row) { r.Case.State, r.Case.Opened = evenkeel.CaseReopened, 101 })),
		row("locked, spoke, reopened, decided once", all(isolated, waits, func(r *Row) { r.Case.State, r.Case.Waiting = evenkeel.CaseReopened, 0 })),
		row("suspended, waits", all(waits, func(r *Row) { r.Highest = evenkeel.MeasureSuspend })),
		row("locked, waits", all(isolated, waits)),
		row("locked, spoke, decided once", all(isolated, waits, func(r *Row) { r.Case.Waiting = 0 })),
		row("asked, and production is down", func(r *Row) { r.Urgent = 250 }),
		row("isolated, which no one carries out", all(isolated, func(r *Row) { r.Failed, r.Unstopped = 1, 1 })),
		row("limited, which no one carries out", func(r *Row) { r.Highest, r.Failed, r.Unstopped = evenkeel.MeasureLimit, 1, 1 }),
		row("throttled, waits", all(waits, func(r *Row) { r.Highest = evenkeel.MeasureThrottle })),
		row("asked, waits, two proposals", all(waits, func(r *Row) { r.Proposed = 2 })),
		row("asked, waits, cleared before, one proposal", all(waits, func(r *Row) { r.Proposed, r.Cleared = 1, true })),
		row("limited, of which nobody was told, and on which a person looks soon", func(r *Row) { r.Highest, r.Due, r.Untold, r.Unaware = evenkeel.MeasureLimit, 300, 1, 1 }),
		row("limited, of which nobody was told", func(r *Row) { r.Highest, r.Untold, r.Unaware = evenkeel.MeasureLimit, 2, 2 }),
		row("locked, silent", isolated),
		row("throttled, which no one carries out", func(r *Row) { r.Highest, r.Failed = evenkeel.MeasureThrottle, 1 }),
		row("limited, and nobody was told of a question", func(r *Row) { r.Highest, r.Due, r.Untold = evenkeel.MeasureLimit, 299, 1 }),
		row("limited, due soon", func(r *Row) { r.Highest, r.Due = evenkeel.MeasureLimit, 300 }),
		row("limited, due later, older", func(r *Row) { r.Highest, r.Due, r.Case.Opened = evenkeel.MeasureLimit, 400, 50 }),
		row("limited, no clock", func(r *Row) { r.Highest = evenkeel.MeasureLimit }),
		row("asked, older", func(r *Row) { r.Case.Opened = 99 }),
		row("asked", func(*Row) {}),
		row("asked, the same but for its id", func(*Row) {}),
		row("closed, opened last", func(r *Row) { r.Case.State, r.Case.Opened = evenkeel.CaseClosed, 102 }),
		row("closed, locked, spoke", all(isolated, waits, func(r *Row) { r.Case.State, r.Case.Waiting, r.Case.Opened = evenkeel.CaseClosed, 0, 101 })),
		row("closed, older", func(r *Row) { r.Case.State = evenkeel.CaseClosed }),
	}
	got := slices.Clone(queue)
	slices.Reverse(got)
	slices.SortFunc(got, CompareRows)
	for i := range queue {
		if got[i].Case.ID != queue[i].Case.ID {
			t.Errorf("place %d: %s; expected %s", i, got[i].Case.ID, queue[i].Case.ID)
		}
	}
}

func drawRow(t *rapid.T) Row {
	moment := rapid.SampledFrom([]evenkeel.Moment{0, 1, 2, -1, 1 << 62})
	return Row{
		Case: evenkeel.Case{
			ID:     rapid.SampledFrom([]evenkeel.CaseID{"c-1", "c-2", "c-3"}).Draw(t, "id"),
			State:  evenkeel.CaseState(rapid.IntRange(1, 4).Draw(t, "state")),
			Opened: moment.Draw(t, "opened"), Waiting: moment.Draw(t, "waiting"), Spoke: moment.Draw(t, "spoke"),
		},
		Highest:  evenkeel.Measure(rapid.IntRange(0, 10).Draw(t, "highest")),
		Proposed: rapid.IntRange(0, 2).Draw(t, "proposed"),
		Due:      moment.Draw(t, "due"),
		Cleared:  rapid.Bool().Draw(t, "cleared"), Unstopped: rapid.IntRange(0, 1).Draw(t, "unstopped"),
		Untold: rapid.IntRange(0, 2).Draw(t, "untold"), Unaware: rapid.IntRange(0, 2).Draw(t, "unaware"),
		Urgent: moment.Draw(t, "urgent"),
	}
}

// F12: 29 hours until the second look at a customer who was locked, had answered, and had been
// cleared the day before. Such a case is never behind one whose tenant is not locked.
func TestALockedTenantWhoWasClearedIsNeverBehindOneWhoIsNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(drawRow), 2, 12).Draw(t, "rows")
		slices.SortFunc(rows, CompareRows)
		others := false
		for _, r := range rows {
			down := r.Case.State != evenkeel.CaseClosed && r.Highest >= evenkeel.MeasureIsolate
			first := down && r.Case.Spoke != 0 && (r.Cleared || r.Case.State == evenkeel.CaseReopened)
			if first && others {
				t.Fatalf("%+v is behind one that is not locked", r)
			}
			others = others || !down
		}
	})
}

func TestTheOrderOfTheDocketIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawRow(t), drawRow(t), drawRow(t)
		ab, bc, ac := CompareRows(a, b), CompareRows(b, c), CompareRows(a, c)
		switch {
		case bytes.Compare(Place(a), Place(b)) != ab:
			t.Fatalf("the places compare otherwise than the rows, which are %d: %+v, %+v", ab, a, b)
		case CompareRows(a, a) != 0, CompareRows(b, a) != -ab, ab <= 0 && bc <= 0 && ac > 0:
			t.Fatalf("no order: %d, %d, %d of %+v, %+v, %+v", ab, bc, ac, a, b, c)
		case ab == 0 && cmp.Compare(a.Case.ID, b.Case.ID) != 0:
			t.Fatalf("two cases have one place: %+v, %+v", a, b)
		}
	})
}

// New words of a tenant never move its case back.
func TestSpeakingNeverMovesACaseBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawRow(t), drawRow(t)
		if a.Case.State == evenkeel.CaseClosed {
			a.Case.State = evenkeel.CaseOpen
		}
		said := a
		said.Case.Spoke = 9
		if said.Case.Waiting == 0 {
			said.Case.Waiting = 9
		}
		if CompareRows(a, b) < 0 && CompareRows(said, b) > 0 {
			t.Fatalf("%+v was before %+v until its tenant spoke", a, b)
		}
	})
}
