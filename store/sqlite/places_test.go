package sqlite

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// manyOpen puts open cases, each with a decision in force, its notice and a clock, some of them
// waiting. Of every 40th nobody was told.
func manyOpen(tb testing.TB, db *DB, from, until int) {
	tb.Helper()
	c := docket.Changes{Tenant: theCase.Tenant, Family: theCase.Family}
	for n := from; n < until; n++ {
		x := theCase
		x.Tenant, x.Opened = evenkeel.TenantID(fmt.Sprint("tenant-", n)), theCase.Opened+evenkeel.Moment(n%977)
		x.ID = evenkeel.NewCaseID(x.Tenant, x.Family, x.Opened)
		if n%50 == 0 {
			x.Waiting, x.Spoke = x.Opened, x.Opened
		}
		d := evenkeel.Decision{
			ID: evenkeel.DecisionID(fmt.Sprint("d-", n)), Case: x.ID, Tenant: x.Tenant, Family: x.Family, Measure: evenkeel.Measure(1 + n%8),
			From: x.Opened, Until: x.Opened + 1e9, At: x.Opened, State: evenkeel.InForce, Mode: evenkeel.ModeLive,
		}
		c.Cases, c.Decisions = append(c.Cases, x), append(c.Decisions, d)
		told := evenkeel.Notice{ID: evenkeel.NewNoticeID(d.ID, d.State), Case: x.ID, Decision: d.ID, State: d.State, Measure: d.Measure}
		end := docket.Ending{Notice: told.ID, At: x.Opened, Failed: n%40 == 7}
		c.Notices, c.Endings = append(c.Notices, told), append(c.Endings, end)
		c.Deliveries = append(c.Deliveries, docket.Delivery{Notice: told.ID, Channel: "mail", To: "owner#3f2a9c0d11e2", Message: "<m>", At: x.Opened, Refused: end.Failed})
		c.Clocks = append(c.Clocks, docket.Clock{Case: x.ID, Decision: d.ID, Kind: docket.ClockLease, Started: x.Opened, Due: x.Opened + evenkeel.Moment(n%4999)})
	}
	if err := db.Transact(tb.Context(), func(tx docket.Tx) error { return tx.Put(c) }); err != nil {
		tb.Fatal(err)
	}
}

// cpu returns the processor time of this process in nanoseconds.
func cpu() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkDocketPage reads the first page of the docket, with many cases behind it.
func BenchmarkDocketPage(b *testing.B) {
	for _, open := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("open=%d", open), func(b *testing.B) {
			if testing.Short() {
				open = min(open, 1_000)
			}
			db := openAt(b, fileOf(b), Options{})
			for n := 0; n < open; n += 1_000 {
				manyOpen(b, db, n, n+1_000)
			}
			began := cpu()
			for b.Loop() {
				rows, err := db.Cases(b.Context(), docket.Query{ByPlace: true, Max: 200})
				if err != nil || len(rows) != 200 {
					b.Fatal(len(rows), err)
				}
			}
			b.ReportMetric(float64(cpu()-began)/1e6/float64(b.N), "cpu-ms/page")
		})
	}
}

// TestAPageOfTheDocketIsReadTogether: what is asked of each row by itself allocates anew each time,
// and that is counted here, because it does not depend on how busy the machine is.
func TestAPageOfTheDocketIsReadTogether(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	manyOpen(t, db, 0, 401)
	page := func(most int) float64 {
		return testing.AllocsPerRun(5, func() {
			if rows, err := db.Cases(t.Context(), docket.Query{ByPlace: true, Skip: 1, Max: most}); err != nil || len(rows) != most {
				t.Fatal(len(rows), err)
			}
		})
	}
	one, many := page(1), page(400)
	t.Logf("%.0f allocations for a row, %.0f for 400", one, many)
	if each := (many - one) / 399; each > 60 {
		t.Errorf("a row of a page takes %.0f allocations; expected no question of its own", each)
	}
}

// TestCasesOfAnOlderFormGetTheirPlaces takes the places of a file away, as of a file of form 2, or
// puts others in them, as of one before nobody-was-told counted or who waits was ordered by our clocks, and has them made anew.
func TestCasesOfAnOlderFormGetTheirPlaces(t *testing.T) {
	for name, older := range map[string]string{
		"no places":          withoutPages + withoutGovernor + without7 + staffOfForm2 + "; DROP TABLE places; UPDATE schema SET version = 2, oldest_writer = 1",
		"places of before":   withoutAlone + "UPDATE places SET place = CAST(x'00' || case_id AS BLOB); UPDATE schema SET version = 22, oldest_writer = 22",
		"places of long ago": withoutPages + withoutGovernor + without7 + staffOfForm2 + "; UPDATE places SET place = CAST(x'00' || case_id AS BLOB); UPDATE schema SET version = 4, oldest_writer = 4",
	} {
		t.Run(name, func(t *testing.T) {
			path := fileOf(t)
			db := openAt(t, path, Options{})
			manyOpen(t, db, 0, 60)
			q := docket.Query{ByPlace: true, Closed: true, Skip: 3, Max: 40}
			want, err := db.Cases(t.Context(), q)
			if err != nil || len(want) != 40 {
				t.Fatal(len(want), err)
			}
			if _, err := db.writer.conn.ExecContext(t.Context(), older); err != nil {
				t.Fatal(err)
			}
			same := func(what string, db *DB) {
				t.Helper()
				got, err := db.Cases(t.Context(), q)
				if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s: %v, %d cases, or in another order", what, err, len(got))
				}
			}
			closed(t, db)
			old, err := OpenReadOnly(path)
			if err != nil {
				t.Fatal(err)
			}
			same("an older form, which is only read", old)
			closed(t, old)
			same("one that was brought up", openAt(t, path, Options{}))
		})
	}
}
