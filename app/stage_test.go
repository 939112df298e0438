package app

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

func TestTheBooksOfAStageAreReadWhileTheyAreWrittenAndVerifyAfterwards(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "film")
	s, err := NewStage(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := judge.New(judge.Parts{Books: s.Books(), Policy: p.Force})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	leaves := func() (n int) {
		t.Helper()
		err := b.Log(ctx, func(l ledger.Log) error {
			for _, err := range l.Lines {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	at := evenkeel.MomentOf(time.Date(2019, time.May, 29, 18, 0, 0, 0, time.UTC))
	before := leaves()
	if err := d.Enact(ctx, at); err != nil {
		t.Fatal(err)
	}
	if after := leaves(); before != 0 || after == 0 {
		t.Errorf("%d leaves can be read before a policy is in force, %d after", before, after)
	}
	if rows, err := b.Cases(ctx, docket.Query{Closed: true}); err != nil || len(rows) != 0 {
		t.Errorf("cases %v, %v; expected none", rows, err)
	}
	if err := s.Close(at); err != nil {
		t.Fatal(err)
	}
	key, err := b.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := b.Heads()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := b.Verify(ctx, key, signed); err != nil || r.Fault != nil || r.Leaves == 0 || r.Heads != 1 {
		t.Errorf("the ledger: %+v, %v; expected leaves that fit, and one head", r, err)
	}
	if _, err := NewStage(dir); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("a stage where there are books: %v; expected a conflict", err)
	}
}
