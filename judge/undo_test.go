package judge_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

func undoAct(after time.Duration, change func(*docket.Undo)) docket.Act {
	return houseAct(docket.ActUndo, "ada", after, func(a *docket.Act) {
		a.Undo = &docket.Undo{Rule: "flood-out", Version: 1}
		if change != nil {
			change(a.Undo)
		}
	})
}

// F16, and the incidents of 2023 and 2026: what a rule did is undone as it was done, at once and for all.
func TestAnUndoFreesAllThatARulesVersionDid(t *testing.T) {
	b := newBooks()
	d, known := newDocket(t, b), many(6, false)
	for i := range 6 {
		considered(t, d, known, flooding(i, time.Duration(i)*10*time.Minute))
	}
	other := flooding(0, time.Minute)
	other.Version, other.ID = 2, "f-other"
	other.Subject.Asset = "t0-2"
	considered(t, d, known, other)

	dry := do(t, d, known, undoAct(time.Hour, func(u *docket.Undo) {
		u.Dry, u.From, u.Until = true, start.Add(10*time.Minute), start.Add(40*time.Minute)
	}))
	if n := dry.Undone; n.Decisions != 3 || n.Tenants != 3 || n.Cases != 3 || n.Assets != 3 || n.Minutes != 50+40+30 || n.Measures["limit"] != 3 || !n.Dry || len(dry.Changes) != 0 {
		t.Errorf("a dry run of a window: %+v, %d changes", n, len(dry.Changes))
	}
	act := undoAct(59*time.Minute, nil) // a minute later the first would end by itself
	act.ID = "test real"
	heard := do(t, d, known, act)
	if n := heard.Undone; n.Decisions != 6 || n.Left != 0 {
		t.Errorf("undone: %+v", n)
	}
	letters, lifts := 0, 0
	for _, c := range heard.Changes {
		lifts += len(c.Orders)
		for i := range c.Notices {
			if n := &c.Notices[i]; n.State == evenkeel.Lifted && n.Says == act.Says && !n.Automatic {
				letters++
			}
		}
		if len(c.Sealed.Leaves) == 0 {
			t.Error("a part of it is not in the ledger")
		}
	}
	if n, _ := enforced(t, b); n != 1 || letters != 6 || lifts != 6 {
		t.Errorf("%d stand, %d letters, %d orders to let go; expected the other version's, 6 and 6", n, letters, lifts)
	}
	considered(t, d, known, flooding(7, 61*time.Minute))
	if again := do(t, d, many(9, false), act); again.Undone != nil || len(again.Changes) != 0 {
		t.Errorf("the same undo again: %+v; expected that twice is once", again)
	}
	considered(t, d, known, flooding(1, 62*time.Minute))
	if n, _ := enforced(t, b); n != 1 {
		t.Errorf("%d stand after the same was found again; expected that a person is asked", n)
	}
}

func TestAnUndoLetsGoInTheOrderOfHarm(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d,
		finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, stratum),
		finding("trial-1", "trial", 70*minute, evenkeel.Final, usage, stratum), 110*minute,
		finding("credit-1", "credit", 111*minute, evenkeel.Provisional, usage), finding("credit-1", "credit", 112*minute, evenkeel.Final, usage, stratum))
	before := folders(t, b)
	if a, b := standing(before[0]), standing(before[1]); a[0] != "isolate of trial-1" || b[0] != "throttle of credit-1" {
		t.Fatalf("%v and %v stand", a, b)
	}
	a := undoAct(2*time.Hour, func(u *docket.Undo) { u.Rule = "crypto-mining" })
	heard := do(t, d, world, a)
	if len(heard.Changes) != 3 || heard.Changes[0].Tenant != "trial" || heard.Changes[1].Tenant != "credit" || heard.Changes[2].Tenant != docket.House {
		t.Errorf("%d transactions; expected the isolated one first, then the throttled one, then the ledger's", len(heard.Changes))
	}
}

// F9: a case that is cleared has a flag, or a reason for none; here the rule was at fault.
func TestAnUndoMayClearWhatRestsOnTheRuleAlone(t *testing.T) {
	b := newBooks()
	d, known := newDocket(t, b), many(2, false)
	considered(t, d, known, flooding(0, 0), flooding(1, time.Minute))
	second := flooding(1, 2*time.Minute)
	second.Rule, second.ID, second.Subject.Asset = "scan-out", "f-scan", "t1-2"
	considered(t, d, known, second)
	heard := do(t, d, known, undoAct(time.Hour/2, func(u *docket.Undo) { u.Clear = true }))
	for _, f := range folders(t, b) {
		switch f.Case.Tenant {
		case "t0":
			if f.Case.State != evenkeel.CaseClosed || f.Case.Outcome != evenkeel.OutcomeFalsePositive {
				t.Errorf("the case of %s is %s, %s; expected that it is cleared", f.Case.Tenant, f.Case.State, f.Case.Outcome)
			}
		case "t1":
			if got := strings.Join(standing(f), ", "); f.Case.State == evenkeel.CaseClosed || got != "limit of t1-2" {
				t.Errorf("the case of %s is %s and %s stands; expected that what another rule did goes on", f.Case.Tenant, f.Case.State, got)
			}
		}
	}
	if heard.Undone.Decisions != 2 {
		t.Errorf("undone: %+v", heard.Undone)
	}
}

func TestAnUndoThatIsNotOneSaysWhatIsExpected(t *testing.T) {
	d := newDocket(t, newBooks())
	for _, c := range []struct {
		name   string
		change func(*docket.Act)
		says   string
	}{
		{"of no rule", func(a *docket.Act) { a.Undo.Rule = "" }, "expected a rule and its version"},
		{"of no version", func(a *docket.Act) { a.Undo.Version = 0 }, "expected a rule and its version"},
		{"of nothing", func(a *docket.Act) { a.Undo = nil }, "expected a rule and its version"},
		{"by nobody", func(a *docket.Act) { a.By = "" }, "expected an id, a person"},
		{"without a reason", func(a *docket.Act) { a.Says = "" }, "a reason"},
		{"until before it begins", func(a *docket.Act) { a.Undo.From, a.Undo.Until = 9, 5 }, "expected an end after the beginning"},
		{"of a notice", func(a *docket.Act) { a.Undo.Measure = evenkeel.MeasureNotify }, "expected one that is enforced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := undoAct(time.Hour, nil)
			c.change(&a)
			if _, err := d.Do(t.Context(), a, world); evenkeel.KindOf(err) != evenkeel.KindInvalid || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; expected %q", err, c.says)
			}
		})
	}
}

// A thousand are undone in pieces: what ends in the middle goes on where it was.
func TestAThousandAreUndoneInPieces(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	d, known := governed(t, db, "  rule: {at_once: 100000, one_more_every: 1s}\n  measure: {at_once: 100000, one_more_every: 1s}\n  region: {at_once: 100000, one_more_every: 1s}\n"), many(1000, false)
	for i := range 1000 {
		considered(t, d, known, flooding(i, time.Duration(i)*time.Second))
	}
	a := undoAct(time.Hour/2, nil)
	a.ID = "test thousand"
	began, calls, done := time.Now(), 0, 0
	for left := 1; left > 0; calls++ {
		heard := do(t, d, known, a)
		done += heard.Undone.Decisions
		left = heard.Undone.Left
	}
	if n, _ := enforced(t, db); n != 0 || done != 1000 || calls != 4 {
		t.Errorf("%d stand, %d are undone in %d calls; expected none, 1000 and 4", n, done, calls)
	}
	t.Logf("%d decisions undone in %v, %d calls", done, time.Since(began), calls)
	if again := do(t, d, known, a); len(again.Changes) != 0 {
		t.Errorf("once more: %s", fmt.Sprint(again.Undone))
	}
}
