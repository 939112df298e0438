package pagetest

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/page"
)

// RunList holds lists to their promises. open returns a fresh one, and how a call gets into it.
func RunList(t *testing.T, open func(t *testing.T) (page.List, func(page.Call))) {
	waiting := func(t *testing.T, l page.List, now evenkeel.Moment, most int) (ids []page.ID, all []page.Waiting) {
		t.Helper()
		all, err := l.Waiting(t.Context(), now, most)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range all {
			ids = append(ids, w.Call.ID)
		}
		return ids, all
	}
	check := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("calls wait in the order in which they were put in, and no more than asked for", func(t *testing.T) {
		l, put := open(t)
		for _, id := range []page.ID{"b", "a", "c"} {
			put(CallOf(id, "ada"))
		}
		ids, all := waiting(t, l, Start, 2)
		if len(ids) != 2 || ids[0] != "b" || ids[1] != "a" {
			t.Fatalf("%v wait", ids)
		}
		if c := all[0].Call; c.Case != "c-b" || c.Level != 1 || c.At != Start || c.Why == "" || len(c.Persons) != 1 || c.Persons[0] != "ada" {
			t.Errorf("it is %+v", c)
		}
	})
	t.Run("what was tried is kept, once, however often it is said", func(t *testing.T) {
		l, put := open(t)
		put(CallOf("a", "ada"))
		tried := page.Attempt{Person: "ada", Channel: "ntfy", At: Start, Says: "it is down"}
		taken := page.Attempt{Person: "ada", Channel: "mail", At: Start.Add(time.Second), Taken: true, Says: "250"}
		for _, a := range []page.Attempt{tried, tried, taken} {
			check(t, l.Tried(t.Context(), "a", a))
		}
		if _, all := waiting(t, l, Start, 9); len(all) != 1 || len(all[0].Attempts) != 2 || all[0].Attempts[0] != tried || all[0].Attempts[1] != taken {
			t.Errorf("kept is %+v", all)
		}
	})
	t.Run("one that is put off waits until then, behind those that are due longer", func(t *testing.T) {
		l, put := open(t)
		put(CallOf("a", "ada"))
		put(CallOf("b", "ada"))
		at := Start.Add(time.Minute)
		check(t, l.Retry(t.Context(), "a", at, "nobody could be reached"))
		if ids, _ := waiting(t, l, at-1, 9); len(ids) != 1 || ids[0] != "b" {
			t.Errorf("%v wait", ids)
		}
		ids, all := waiting(t, l, at, 9)
		if len(ids) != 2 || ids[0] != "b" || ids[1] != "a" || all[1].Rounds != 1 || all[1].Next != at {
			t.Errorf("%v wait: %+v", ids, all)
		}
	})
	t.Run("one that is over stays so", func(t *testing.T) {
		l, put := open(t)
		put(CallOf("a", "ada"))
		put(CallOf("b", "ada"))
		check(t, l.Delivered(t.Context(), "a"))
		check(t, l.Failed(t.Context(), "b", "nobody could be reached"))
		for _, id := range []page.ID{"a", "b"} {
			check(t, l.Retry(t.Context(), id, Start, "again"))
			check(t, l.Delivered(t.Context(), id))
			check(t, l.Failed(t.Context(), id, "again"))
		}
		if ids, _ := waiting(t, l, Start.Add(time.Hour), 9); len(ids) != 0 {
			t.Errorf("%v wait", ids)
		}
	})
	t.Run("of a call that is not there nothing is kept", func(t *testing.T) {
		l, _ := open(t)
		for _, err := range []error{
			l.Tried(t.Context(), "x", page.Attempt{Person: "ada"}), l.Retry(t.Context(), "x", Start, ""), l.Delivered(t.Context(), "x"), l.Failed(t.Context(), "x", ""),
		} {
			if evenkeel.KindOf(err) != evenkeel.KindNotFound {
				t.Errorf("%v; expected not found", err)
			}
		}
	})
}
