package judge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func drifts(after time.Duration, over bool, rules ...string) docket.Feed {
	return docket.NewFeed("sensor", "flow-out", start.Add(time.Minute), start.Add(after), over, "It was 4 and is 4000.", rules)
}

func driftsIn(t *testing.T, d *judge.Docket, f docket.Feed) []docket.Changes {
	t.Helper()
	heard, err := d.Drifted(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return heard.Changes
}

// Rows B, F16: what rests on a feed that drifts is for a person, and nothing else is.
func TestWhatRestsOnAFeedThatDriftsIsForAPerson(t *testing.T) {
	limits := func(d *judge.Docket, known facts, i int, after time.Duration) bool {
		t.Helper()
		orders, notices, why := 0, 0, ""
		for _, c := range considered(t, d, known, flooding(i, after)) {
			orders, notices = orders+len(c.Orders), notices+len(c.Notices)
			for k := range c.Decisions {
				why += strings.Join(c.Decisions[k].Why, " ")
			}
		}
		if notices == 0 || orders == 0 && !strings.Contains(why, "is not what it was") {
			t.Errorf("t%d: %d notices, orders %d, because %q; expected that the tenant is told, and why no machine acts", i, notices, orders, why)
		}
		return orders > 0
	}
	known := many(9, false)
	for _, c := range []struct {
		name  string
		do    func(d *judge.Docket)
		after time.Duration
		may   bool
	}{
		{"while it drifts", func(*judge.Docket) {}, 10 * time.Minute, false},
		{"nearly a week on", func(*judge.Docket) {}, 7*24*time.Hour + time.Minute, false},
		{"a week on, it is what is usual", func(*judge.Docket) {}, 7*24*time.Hour + 2*time.Minute, true},
		{"once it is over", func(d *judge.Docket) { driftsIn(t, d, drifts(time.Hour, true, "flood-out")) }, 2 * time.Hour, true},
		{"once a person accepts it", func(d *judge.Docket) {
			do(t, d, known, houseAct(docket.ActAccept, "ada", time.Hour, func(a *docket.Act) { a.Source = "sensor" }))
		}, 2 * time.Hour, true},
		{"told once more after it was accepted, as in a replay", func(d *judge.Docket) {
			do(t, d, known, houseAct(docket.ActAccept, "ada", time.Hour, func(a *docket.Act) { a.Source = "sensor" }))
			driftsIn(t, d, drifts(2*time.Minute, false, "flood-out"))
		}, 2 * time.Hour, true},
		{"once other rules use it", func(d *judge.Docket) { driftsIn(t, d, drifts(2*time.Minute, false, "other")) }, 2 * time.Hour, true},
		{"of another rule after that", func(d *judge.Docket) { driftsIn(t, d, drifts(2*time.Minute, false, "flood-out", "other")) }, 2 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := governed(t, newBooks(), "  damping: {for: 0s}\n")
			if !limits(d, known, 0, 0) {
				t.Fatal("no machine may limit at first")
			}
			if n := len(driftsIn(t, d, drifts(2*time.Minute, false, "flood-out"))); n != 1 {
				t.Fatalf("%d changes", n)
			}
			c.do(d)
			if got := limits(d, known, 1, c.after); got != c.may {
				t.Errorf("a machine limits: %v; expected %v", got, c.may)
			}
		})
	}
}

func TestAFeedThatDriftsCallsSomebodyOnceAndIsSealed(t *testing.T) {
	d := governed(t, newBooks(), "  damping: {for: 0s}\n")
	first := driftsIn(t, d, drifts(2*time.Minute, false, "flood-out"))
	if len(first) != 1 || len(first[0].Pages) != 1 || len(first[0].Sealed.Leaves) == 0 || !strings.Contains(first[0].Pages[0].Why, "It was 4 and is 4000.") {
		t.Fatalf("%+v; expected a page that says what changed, and a leaf", first)
	}
	if again := driftsIn(t, d, drifts(2*time.Minute, false, "flood-out")); len(again) != 0 {
		t.Errorf("told twice it changes %+v", again)
	}
	over := driftsIn(t, d, drifts(time.Hour, true, "flood-out"))
	if len(over) != 1 || len(over[0].Pages) != 0 || len(over[0].Sealed.Leaves) == 0 {
		t.Errorf("%+v; expected a leaf, and nobody called", over)
	}
	if again := driftsIn(t, d, drifts(time.Hour, true, "flood-out")); len(again) != 0 {
		t.Errorf("over twice it changes %+v", again)
	}
	if _, err := d.Do(t.Context(), houseAct(docket.ActAccept, "ada", time.Hour, func(a *docket.Act) { a.Source = "sensor" }), many(1, false)); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("%v; expected that nothing waits to be accepted", err)
	}
	if _, err := d.Drifted(t.Context(), docket.Feed{Source: "x"}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("%v; expected that it is not whole", err)
	}
}
