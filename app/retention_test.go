package app

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// P, O: once a day what was kept for long enough goes, kind by kind, and the log says how much of what; nothing
// goes a day too early, what was decided and said stays, and the ledger is whole after it. Mails stay while a
// case is not over that was there when they came.
func TestWhatWasKeptForLongEnoughIsErased(t *testing.T) {
	dir, now, log := dataDir(t), start.Add(30*time.Minute), &lines{}
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	j, db, err := resume(dir, judge.Parts{Policy: p.Force, Shadow: p.Shadow, Means: onPaper}, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := j.Consider(ctx, []evenkeel.Finding{found(20)}, nobody{}, 0); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Cases(ctx, docket.Query{Closed: true})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d cases, %v", len(rows), err)
	}
	id := rows[0].Case.ID
	lies := filepath.Join(dir, dirHeard)
	r := &retention{db, heardIn(lies), []*aside{newAside(filepath.Join(dir, fileAside))}, config.Default().Retention, func() evenkeel.Moment { return now }, slog.New(slog.NewTextHandler(log, nil))}
	heard := func(name string, at evenkeel.Moment) {
		t.Helper()
		path := filepath.Join(lies, name+".eml")
		err := os.MkdirAll(lies, 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte("Subject: hello\n"), 0o600)
		}
		if err == nil {
			err = os.Chtimes(path, at.Time(), at.Time())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	heard("before", rows[0].Case.Opened.Add(-time.Hour))
	heard("of-it", rows[0].Case.Opened.Add(time.Hour))
	const day = 24 * time.Hour
	look := func(says string, findings, mails int) {
		t.Helper()
		due, err := open(t, dir).Overdue(ctx, r.keep, now)
		if err != nil || len(due) != 5 {
			t.Fatalf("%s: %v, %v", says, due, err)
		}
		before, err := db.Folder(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		lying, _ := filepath.Glob(lies + "/*.eml")
		if err := r.round(ctx); err != nil {
			t.Fatal(err)
		}
		after, err := db.Folder(ctx, id)
		left, _ := filepath.Glob(lies + "/*.eml")
		if err != nil || len(after.Findings) != findings || len(left) != mails {
			t.Errorf("%s: %d findings and %v are left, %v; expected %d and %d", says, len(after.Findings), left, err, findings, mails)
		}
		if due[0].N != len(before.Findings)-findings || due[2].N != len(lying)-mails {
			t.Errorf("%s: it was said that %+v would go", says, due)
		}
		if len(after.Entries) != len(before.Entries) || len(after.Decisions) != len(before.Decisions) || len(after.Notices) != len(before.Notices) {
			t.Errorf("%s: more than what was measured is gone", says)
		}
	}
	now = start.Add(1000 * day)
	look("the case is open", 1, 1)
	now = start.Add(time.Hour)
	cleared := docket.Act{ID: ActID("anna", "7"), Kind: docket.ActClear, At: now, Case: id, By: "anna", Says: answered("Said on the telephone.", 5), Outcome: evenkeel.OutcomeFalsePositive, NoFlag: docket.NoFlagGone}
	if _, err := j.Do(ctx, cleared, nobody{}); err != nil {
		t.Fatal(err)
	}
	now = start.Add(1000 * day)
	look("its notices wait to be sent", 1, 1)
	f, err := db.Folder(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Notices {
		if err := j.AllTold(ctx, f.Notices[i].ID, start.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	now = start.Add(time.Hour + 365*day - time.Second)
	look("a second too early", 1, 0)
	if strings.Contains(log.String(), "kind=findings") {
		t.Errorf("the log says that findings went:\n%s", log)
	}
	now = start.Add(time.Hour + 365*day + time.Second)
	if err := r.aside[0].keep("old", errors.New("no key"), now.Add(-365*day-time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := r.aside[0].keep("new", errors.New("no key"), now.Add(-365*day)); err != nil {
		t.Fatal(err)
	}
	if due, err := open(t, dir).Overdue(ctx, r.keep, now); err != nil || due[4].Kind != "aside" || due[4].N != 1 {
		t.Errorf("of what could not be judged would go: %+v, %v; expected 1", due, err)
	}
	look("it is time", 0, 0)
	if n, _, err := r.aside[0].waiting(); n != 1 || err != nil {
		t.Errorf("%d lines that could not be judged are left, %v; expected 1", n, err)
	}
	for _, want := range []string{"kind=aside erased=1", "kind=findings erased=1 cases=1", "kind=mails erased=1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
	if err := j.Close(now); err != nil {
		t.Fatal(err)
	}
	books := open(t, dir)
	key, err := books.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	heads, err := books.Heads()
	if err != nil {
		t.Fatal(err)
	}
	if v, err := books.Verify(ctx, key, heads); err != nil || v.Fault != nil || v.Erased != 0 {
		t.Errorf("the ledger: %+v, %v", v, err)
	}
}
