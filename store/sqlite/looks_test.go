package sqlite

import (
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// P: a tenant can be told of each look at each of its cases, the newest first, and of no look at anybody else's.
func TestLooksAreThoseAtTheTenantsCases(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	var cases []evenkeel.Case
	var entries []evenkeel.Entry
	add := func(c evenkeel.CaseID, of evenkeel.TenantID, kinds ...evenkeel.EntryKind) {
		cases = append(cases, evenkeel.Case{ID: c, Tenant: of, Family: "mining", Opened: 1, Since: 1, State: evenkeel.CaseOpen})
		for i, k := range kinds {
			entries = append(entries, evenkeel.Entry{Case: c, Seq: int64(i) + 1, At: evenkeel.Moment(10*len(cases) + i), Kind: k, Actor: evenkeel.Actor{Person: "ada"}})
		}
	}
	add("c-1", "raisup", evenkeel.EntryLooked, evenkeel.EntryActed, evenkeel.EntryLooked)
	add("c-2", "neighbour", evenkeel.EntryLooked)
	add("c-3", "raisup", evenkeel.EntryCase, evenkeel.EntryLooked)
	for i := range cases {
		err := db.Transact(t.Context(), func(tx docket.Tx) error {
			return tx.Put(docket.Changes{Tenant: cases[i].Tenant, Cases: cases[i : i+1], Entries: slices.DeleteFunc(slices.Clone(entries), func(e evenkeel.Entry) bool { return e.Case != cases[i].ID })})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		of   evenkeel.TenantID
		most int
		at   []evenkeel.Moment
		all  int
	}{
		{"raisup", 9, []evenkeel.Moment{31, 12, 10}, 3}, {"raisup", 2, []evenkeel.Moment{31, 12}, 3}, {"neighbour", 9, []evenkeel.Moment{20}, 1}, {"nobody", 9, nil, 0},
	} {
		list, all, err := db.Looks(t.Context(), x.of, x.most)
		var at []evenkeel.Moment
		for _, e := range list {
			at = append(at, e.At)
		}
		if err != nil || all != x.all || !slices.Equal(at, x.at) {
			t.Errorf("%s, at most %d: %v of %d, %v; expected %v of %d", x.of, x.most, at, all, err, x.at, x.all)
		}
	}
	// A look within a second is after one at its beginning; one that is beyond what is asked for is not read.
	put := func(c evenkeel.CaseID, bodies ...string) {
		err := db.write(t.Context(), "put looks", func(s *session) error {
			for i, body := range bodies {
				if err := s.exec(t.Context(), "INSERT INTO entries (case_id, seq, kind, ref, state, body) VALUES (?, ?, 'looked', '', '', ?)", string(c), 2+i, body); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("c-2", `{"at":"2026-01-01T00:00:00.5Z"}`, `{"at":"2026-01-01T00:00:00Z"}`, `{"at":"2025-01-01T00:00:00Z","says":["what cannot be read"]}`)
	list, all, err := db.Looks(t.Context(), "neighbour", 2)
	if err != nil || all != 4 || len(list) != 2 || list[0].At <= list[1].At {
		t.Errorf("the newest two: %v of %d, %v", list, all, err)
	}
	if list, all, err = db.Looks(t.Context(), "neighbour", -1); err != nil || all != 4 || len(list) != 0 {
		t.Errorf("fewer than none: %v of %d, %v", list, all, err)
	}
	if _, _, err = db.Looks(t.Context(), "neighbour", 3); err == nil {
		t.Error("what cannot be read is read as if it could")
	}
}
