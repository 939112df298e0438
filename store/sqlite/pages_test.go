package sqlite

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R21: a page that reached nobody is seen on the docket until somebody looks at its case, or acts there, or it is closed.
func TestACaseWhosePageReachedNobodyCountsUntilSomebodyLooks(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	entries := map[evenkeel.CaseID]int64{}
	put := func(c docket.Changes) {
		t.Helper()
		if err := db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(c) }); err != nil {
			t.Fatal(err)
		}
	}
	is := func(c evenkeel.CaseID, state evenkeel.CaseState) evenkeel.Case {
		out := evenkeel.Case{ID: c, Tenant: "raisup", Family: "mining", Opened: 1, Since: 1, State: state}
		if state == evenkeel.CaseClosed {
			out.Outcome = evenkeel.OutcomeInconclusive
		}
		return out
	}
	note := func(c evenkeel.CaseID, e evenkeel.Entry) docket.Changes {
		entries[c]++
		e.Case, e.Seq, e.At = c, entries[c], evenkeel.Moment(10*entries[c])
		return docket.Changes{Tenant: "raisup", Entries: []evenkeel.Entry{e}}
	}
	looks := func(c evenkeel.CaseID) docket.Changes {
		return note(c, evenkeel.Entry{Kind: evenkeel.EntryLooked, Actor: evenkeel.Actor{Person: "ada"}})
	}
	page := func(c evenkeel.CaseID, id docket.PageID, why string) {
		t.Helper()
		put(docket.Changes{Tenant: "raisup", Pages: []docket.Page{{ID: id, Case: c, Tenant: "raisup", Family: "mining", Level: docket.LevelOnCall, At: 5, Why: "A question waits."}}})
		over := docket.Changes{Tenant: "raisup"}
		if why != "" {
			over = note(c, evenkeel.Entry{Kind: evenkeel.EntryClock, Ref: string(id), State: "uncalled", Words: why})
		}
		over.Endings = []docket.Ending{{Page: id, At: 6, Failed: why != "", Why: why}}
		put(over)
	}
	count := func(says string, want int) {
		t.Helper()
		if n, err := db.Unreached(t.Context()); err != nil || n != want {
			t.Errorf("%s: %d, %v; expected %d", says, n, err, want)
		}
	}
	put(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{is("c-1", evenkeel.CaseOpen), is("c-2", evenkeel.CaseOpen), is("c-3", evenkeel.CaseOpen)}})
	put(looks("c-1"))
	page("c-1", "p-1", "nobody has a channel")
	page("c-1", "p-2", "nobody has a channel")
	page("c-2", "p-3", "nobody has a channel")
	page("c-3", "p-4", "")
	count("two pages of one case, one of another, and one that somebody has", 2)
	put(looks("c-1"))
	count("somebody looked at the first", 1)
	page("c-1", "p-5", "nobody has a channel")
	count("once more nobody was called", 2)
	put(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{is("c-2", evenkeel.CaseClosed)}})
	count("the second is closed", 1)
	put(docket.Changes{Tenant: "raisup", Pages: []docket.Page{{ID: "p-6", Case: "c-3", Tenant: "raisup", Family: "mining", Level: docket.LevelOnCall, At: 5, Why: "A question waits."}}})
	count("another page waits for its first attempt", 1)
	if err := db.RetryPage(t.Context(), "p-6", 9, "the server did not answer"); err != nil {
		t.Fatal(err)
	}
	count("its first attempt came to nothing", 2)
	put(docket.Changes{Tenant: "raisup", Endings: []docket.Ending{{Page: "p-6", At: 9}}})
	count("somebody has it", 1)
}
