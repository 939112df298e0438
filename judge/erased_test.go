package judge_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/ledger/report"
	"github.com/evenkeel/evenkeel/store/memory"
)

// TestErasureLeavesTheLogWholeAndTheReportAsItWas is R10 and P: once a tenant's key is gone nobody
// can tell whom its leaves are about, and the log still shows that nothing was taken out.
func TestErasureLeavesTheLogWholeAndTheReportAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := memory.New(nil)
		d := newDocket(t, b)
		for _, x := range drawHistory(t) {
			_, _ = one(d, x)
		}
		look := func() (r ledger.Report, figures string) {
			err := b.Log(context.Background(), func(l ledger.Log) (err error) {
				if r, err = ledger.Verify(l, nil, nil); err != nil {
					return err
				}
				made, err := report.Make(l.Lines, report.QuarterOf(start.Time().Add(24*time.Hour)))
				if err != nil {
					return err
				}
				text, err := json.Marshal(made)
				figures = string(text)
				return err
			})
			if err != nil || r.Fault != nil {
				t.Fatalf("%v, %v", err, r.Fault)
			}
			return r, figures
		}
		before, was := look()
		for _, tenant := range []evenkeel.TenantID{"trial", "credit"} {
			if err := b.EraseKey(context.Background(), tenant); err != nil && evenkeel.KindOf(err) != evenkeel.KindNotFound { // of whom nothing was decided
				t.Fatal(err)
			}
		}
		after, is := look()
		if before.Leaves != after.Leaves || before.Root != after.Root || after.Contents != 0 {
			t.Fatalf("%d leaves with root %s and %d contents; expected %d with %s and none", after.Leaves, after.Root, after.Contents, before.Leaves, before.Root)
		}
		if was != is {
			t.Fatalf("the report was\n%s\nand is\n%s", was, is)
		}
	})
}
