package sqlite

import (
	"context"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestWhatATenantWasToldOfAnIncidentGoesWithItsKey erases one of two who were touched.
func TestWhatATenantWasToldOfAnIncidentGoesWithItsKey(t *testing.T) {
	db, err := Open(t.TempDir()+"/books.db", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const began = evenkeel.Moment(60e9)
	words := docket.Texts{English: "So.", Chinese: "如此。"}
	i := docket.Incident{ID: docket.NewIncidentID(began), Began: began, Drafted: began, Phase: docket.PhaseBegun, Touched: []docket.Touched{{Tenant: "acme", Site: "a"}, {Tenant: "raisup", Site: "r"}}}
	c := docket.Changes{Tenant: docket.House, Incidents: []docket.Incident{i}}
	for _, tenant := range []evenkeel.TenantID{"acme", "raisup"} {
		c.Notes = append(c.Notes, docket.Note{ID: docket.NewNoteID(i.ID, 1, tenant), Incident: i.ID, Update: 1, Tenant: tenant, At: began, Subject: words, Text: words})
	}
	err = db.Transact(t.Context(), func(tx docket.Tx) error {
		if _, err := tx.Ledger().Key("acme"); err != nil {
			return err
		}
		return tx.Put(c)
	})
	if err == nil {
		err = db.EraseKey(context.Background(), "acme")
	}
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.RecentIncidents(t.Context(), 0, 9)
	if err != nil || len(all) != 1 || len(all[0].Touched) != 1 || all[0].Touched[0].Tenant != "raisup" {
		t.Errorf("%+v (%v); expected that nobody knows that acme was touched", all, err)
	}
	notes, err := db.NotesOf(t.Context(), i.ID)
	if err != nil || len(notes) != 1 || notes[0].Note.Tenant != "raisup" {
		t.Errorf("%+v (%v); expected the note to raisup alone", notes, err)
	}
}
