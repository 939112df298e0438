package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/incident"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// hurt keeps an incident in the books of a directory, as the loop of evenkeel serve does: requests to sites of three tenants were not all served in
// a minute of long ago. It goes on, by the books. With a second word the books know of none.
func hurt() {
	if err := hurtIn(os.Args[1], len(os.Args) > 2); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func hurtIn(dir string, never bool) error {
	db, err := sqlite.Open(filepath.Join(dir, "books.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	if never {
		return db.Close()
	}
	began := evenkeel.MomentOf(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	var found []incident.Breach
	for n := range 3 {
		found = append(found, incident.Breach{
			Tenant: evenkeel.TenantID(fmt.Sprintf("tenant-%d", n)), Asset: evenkeel.AssetID(fmt.Sprintf("site-%d.example", n)), From: began, Until: began.Add(time.Minute), Wanted: 600, Served: 150,
		})
	}
	var c incident.Course
	i := c.Step(incident.Bounds{}, found, incident.Known{Edges: 4}, began.Add(80*time.Second))
	err = db.Transact(context.Background(), func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Tenant: docket.House, Incidents: []docket.Incident{*i}})
	})
	if err != nil {
		return err
	}
	return db.Close()
}
