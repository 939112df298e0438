package sqlite

import (
	"context"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestReportersAreKept: issue 3, abuse reports: receipts once, outcomes once for each case, and no
// address that is not needed any more; after a restart too.
func TestReportersAreKept(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	s := db.Reporters()
	no := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	no(db.Transact(t.Context(), func(x docket.Tx) error {
		return x.Put(docket.Changes{Tenant: "acme", Family: "report", Cases: []evenkeel.Case{
			{ID: "c-1", Tenant: "acme", Family: "report", Opened: began, State: evenkeel.CaseOpen, Since: began},
		}})
	}))
	row := func(receipt, asset, reporter, contact string, came int) docket.Reported {
		return docket.Reported{
			Receipt: receipt, Asset: evenkeel.AssetID(asset), At: began, Came: began + evenkeel.Moment(came), Reporter: reporter, Contact: contact, Thread: "m@x", Class: "messaging/spam",
		}
	}
	all := []docket.Reported{row("r-1", "a", "mail x", "ada@x", 1), row("r-1", "b", "mail x", "ada@x", 1), row("r-2", "a", "mail y", "", 2)}
	for range 2 {
		no(s.Keep(t.Context(), true, all))
	}
	for receipt, want := range map[string]bool{"r-1": true, "r-2": true, "r-3": false} {
		if had, err := s.Had(t.Context(), receipt); had != want || err != nil {
			t.Errorf("%s is kept: %v, %v", receipt, had, err)
		}
	}
	thank, err := s.Unthanked(t.Context(), 10)
	no(err)
	if len(thank) != 1 || thank[0].Receipt != "r-1" || thank[0].Contact != "ada@x" || thank[0].Thread != "m@x" {
		t.Errorf("to thank are %+v; expected one of the receipt of two, and nobody without an address", thank)
	}
	no(s.Thanked(t.Context(), "r-1"))
	if thank, err = s.Unthanked(t.Context(), 10); err != nil || len(thank) != 0 {
		t.Errorf("thanked twice: %+v, %v", thank, err)
	}
	open, err := s.Unsettled(t.Context(), docket.Reported{}, 2)
	if err != nil || len(open) != 2 || open[0] != all[0] {
		t.Fatalf("%+v, %v", open, err)
	}
	if rest, err := s.Unsettled(t.Context(), open[1], 2); err != nil || len(rest) != 1 || rest[0] != all[2] {
		t.Errorf("after the first two: %+v, %v", rest, err)
	}
	for i := range open {
		open[i].Case = "c-1"
		no(s.Place(t.Context(), open[i]))
		no(s.Settle(t.Context(), open[i], evenkeel.OutcomeVictim, began+9))
	}
	no(db.Close())
	db = openAt(t, path, Options{})
	s = db.Reporters()
	if p, err := s.Precision(t.Context(), "mail x"); err != nil || p != (docket.Precision{Reporter: "mail x", Confirmed: 1}) {
		t.Errorf("%+v, %v; expected one case, though two reports came to it", p, err)
	}
	got, err := openToRead(t, path).Reporters().All(t.Context(), 10)
	if err != nil || len(got) != 2 || got[0].Confirmed != 1 || got[0].Open != 0 || got[1] != (docket.Precision{Reporter: "mail y", Open: 1}) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, c := range []struct {
		asset, but string
		since      evenkeel.Moment
		want       bool
	}{{"a", "mail x", began, true}, {"a", "mail y", began, true}, {"b", "mail x", began, false}, {"a", "mail x", began + 3, false}} {
		if yes, err := s.Vouched(t.Context(), evenkeel.AssetID(c.asset), c.but, c.since); err != nil || yes != c.want {
			t.Errorf("%+v: %v, %v", c, yes, err)
		}
	}
	var kept int
	no(db.read(t.Context(), "", func(ctx context.Context, s *session) error {
		_, err := s.one(ctx, []any{&kept}, "SELECT count(*) FROM reported WHERE contact <> ''")
		return err
	}))
	if kept != 0 {
		t.Errorf("%d addresses are kept of reports about which all is done", kept)
	}
	no(s.Forget(t.Context(), began+10))
	if p, err := s.Precision(t.Context(), "mail x"); err != nil || p.Confirmed != 1 {
		t.Errorf("what counts is forgotten: %+v, %v", p, err)
	}
}

// TestABookOfAnOlderFormHasNoReporters and is read all the same.
func TestABookOfAnOlderFormHasNoReporters(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	for _, do := range []string{"DROP TABLE reported", "DROP TABLE reporter_cases", "UPDATE schema SET version = 9, oldest_writer = 9"} {
		if err := db.write(t.Context(), do, func(s *session) error { return s.exec(t.Context(), do) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if all, err := openToRead(t, path).Reporters().All(t.Context(), 10); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

// withoutReported takes form 12 back, and what came after.
const withoutReported = withoutAudits + "DROP TABLE reporter_cases; DROP TABLE reported;"

// TestWhatATenantReadsOfReports (issue 3, who reported): class, asset and times of what those reported who are
// not doubted, and nothing of them.
func TestWhatATenantReadsOfReports(t *testing.T) {
	s := openAt(t, fileOf(t), Options{}).Reporters()
	row := func(receipt, asset string, doubted bool) docket.Reported {
		return docket.Reported{
			Receipt: receipt, Asset: evenkeel.AssetID(asset), At: began, Came: began + 1, Reporter: "mail x", Contact: "ada@x", Thread: "m@x", Class: "messaging/spam", Doubted: doubted,
		}
	}
	if err := s.Keep(t.Context(), false, []docket.Reported{row("r-1", "a", false), row("r-1", "b", false), row("r-2", "a", false), row("r-3", "d", true)}); err != nil {
		t.Fatal(err)
	}
	for asset, want := range map[evenkeel.AssetID]int{"a": 2, "b": 1, "d": 0} {
		about, err := s.About(t.Context(), asset, began, began+1, 10)
		if err != nil || len(about) != want {
			t.Errorf("%d reports about %s, %v; expected %d", len(about), asset, err, want)
		}
		for _, x := range about {
			if x.Reporter+x.Contact+x.Thread+x.Receipt != "" || x.Class != "messaging/spam" || x.At != began {
				t.Errorf("%+v", x)
			}
		}
	}
}

// TestWhatStaffReadsOfReports: each report with who made it, those of who is doubted too, the newest first and no more than asked
// for, and never where the reporter may be written to.
func TestWhatStaffReadsOfReports(t *testing.T) {
	s := openAt(t, fileOf(t), Options{}).Reporters()
	row := func(receipt, asset string, at, came evenkeel.Moment, doubted bool) docket.Reported {
		return docket.Reported{Receipt: receipt, Asset: evenkeel.AssetID(asset), At: at, Came: came, Reporter: "mail " + receipt, Contact: "ada@x", Thread: "m@x", Class: "messaging/spam", Doubted: doubted}
	}
	if err := s.Keep(t.Context(), false, []docket.Reported{row("r-1", "a", began, began+1, false), row("r-2", "a", began, began+3, true), row("r-3", "b", began, began+2, false), row("r-4", "a", began-1, began+4, false)}); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int]string{10: "r-2 r-1", 1: "r-2"} {
		all, err := s.Lately(t.Context(), "a", began, most)
		var got []string
		for _, x := range all {
			got = append(got, x.Receipt)
			if x.Contact+x.Thread != "" || x.Reporter != "mail "+x.Receipt || x.Class == "" || x.Came == 0 {
				t.Errorf("%+v", x)
			}
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("at most %d: %q, %v; expected %q", most, got, err, want)
		}
	}
}
