package sqlite

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/storetest"
)

// TestACrowdIsWhatBenchmarksTakeItFor: the ledger of it verifies, with what is in use and what was
// sent, and each group of the docket has its cases.
func TestACrowdIsWhatBenchmarksTakeItFor(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	c := storetest.Crowd{Open: 2_000, Closed: 200, Start: began, Lease: time.Hour, Apart: time.Second}
	c.Fill(t, db)
	err := db.Log(t.Context(), func(l ledger.Log) error {
		r, err := ledger.Verify(l, nil, nil)
		if r.Fault != nil || r.Leaves != int64(c.Leaves()) || r.Sent == 0 || r.Contents != r.Leaves {
			t.Errorf("%+v (%v); expected that all of %d leaves fit", r, r.Fault, c.Leaves())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.Stands(t.Context(), docket.Standing{Rule: "crypto-mining"})
	if err != nil || len(all) != c.OfRule("crypto-mining") || len(all) == 0 {
		t.Errorf("%d stand by a rule (%v); expected %d", len(all), err, c.OfRule("crypto-mining"))
	}
	rows, err := db.Cases(t.Context(), docket.Query{ByPlace: true})
	if err != nil || len(rows) != c.Open {
		t.Fatal(len(rows), err)
	}
	var waiting, appealed, urgent, locked, proposed, unstopped, unaware int
	for i := range rows {
		r := &rows[i]
		for n, is := range map[*int]bool{
			&waiting: r.Case.Waiting != 0, &appealed: r.Appeals > 0, &urgent: r.Urgent != 0, &proposed: r.Proposed > 0, &unstopped: r.Unstopped > 0, &unaware: r.Unaware > 0,
			&locked: r.Highest >= evenkeel.MeasureIsolate && r.Case.Spoke != 0,
		} {
			if is {
				*n++
			}
		}
	}
	if waiting != 800 || appealed != 200 || urgent != 80 || locked != 80 || proposed != 100 || unstopped == 0 || unaware == 0 {
		t.Errorf("waiting %d, appealed %d, urgent %d, locked %d, proposed %d, unstopped %d, unaware %d", waiting, appealed, urgent, locked, proposed, unstopped, unaware)
	}
	if due, err := db.Due(t.Context(), began.Add(time.Hour+5*time.Second), 100); err != nil || len(due) != 5 {
		t.Errorf("%d are due after an hour and five seconds (%v); expected five leases", len(due), err)
	}
}
