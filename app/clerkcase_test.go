package app

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// TestReportsOfACaseAreThoseOfItsMachinesAndTime (R1, P): from what its findings are about on, the newest first over
// all of its machines; of other machines, of before and of a time when somebody else held them nothing, and never where a reporter may be written to.
func TestReportsOfACaseAreThoseOfItsMachinesAndTime(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), fileBooks), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	from := evenkeel.MomentOf(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	row := func(receipt, asset string, after time.Duration) docket.Reported {
		return docket.Reported{Receipt: receipt, Asset: evenkeel.AssetID(asset), At: from.Add(after), Came: from.Add(after + time.Hour), Reporter: "token w", Contact: "ada@watchers.example", Class: "messaging/spam"}
	}
	if err := db.Reporters().Keep(t.Context(), false, []docket.Reported{row("r-1", "192.0.2.1", 0), row("r-2", "192.0.2.2", time.Minute), row("r-3", "192.0.2.1", 2*time.Minute), row("r-4", "192.0.2.3", 0), row("r-5", "192.0.2.1", -time.Hour), row("r-6", "192.0.2.2", 3*time.Hour)}); err != nil {
		t.Fatal(err)
	}
	f := docket.Folder{Row: docket.Row{Case: evenkeel.Case{Tenant: "t", Opened: from.Add(time.Hour), Assets: []evenkeel.AssetID{"192.0.2.1", "192.0.2.2"}}}, Findings: []evenkeel.Finding{{From: from}}}
	holder := func(a evenkeel.AssetID, at evenkeel.Moment) (evenkeel.TenantID, bool) {
		if a == "192.0.2.2" && at >= from.Add(2*time.Hour) { // the address went to somebody else
			return "next", true
		}
		return "t", a == "192.0.2.2" // of the other one nobody told who had it
	}
	for most, want := range map[int]string{10: "r-3 r-2 r-1", 2: "r-3 r-2"} {
		all, err := reportsOf(db, holder)(t.Context(), &f, most)
		var got []string
		for _, x := range all {
			got = append(got, x.Receipt)
			if x.Contact != "" {
				t.Errorf("%s says where its reporter may be written to", x.Receipt)
			}
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("at most %d: %q, %v; expected %q", most, got, err, want)
		}
	}
}
