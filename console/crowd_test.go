package console

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"github.com/evenkeel/evenkeel/store/storetest"
)

// cpu returns the processor time of this process in nanoseconds: what is measured by the clock on the
// wall depends on who else is at work.
func cpu() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkPage shows pages of a console whose books hold 100,000 open cases, with appeals, reviews
// and clocks, and 10,000 closed ones, on the disk: from the request to the whole of the answer.
func BenchmarkPage(b *testing.B) {
	c := storetest.Crowd{Open: 100_000, Closed: 10_000, Start: noon.Add(-30 * time.Hour), Lease: 31 * time.Hour, Apart: time.Second}
	if testing.Short() {
		c.Open, c.Closed = 1_000, 100
	}
	db, err := sqlite.Open(filepath.Join(b.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	c.Fill(b, db)
	w := newWorld()
	h := w.serverOver(b, db).Handler()
	for _, page := range []struct{ name, target string }{
		{"first", "/"}, {"of a family", "/?family=flood"}, {"of a tenant", "/?tenant=tenant-77"}, {"in the middle", fmt.Sprint("/?from=", c.Open/2)},
		{"of a family, closed ones too", "/?family=flood&closed=yes"},
	} {
		b.Run(fmt.Sprintf("open=%d/%s", c.Open, page.name), func(b *testing.B) {
			var took []time.Duration
			began := cpu()
			for b.Loop() {
				r, out := httptest.NewRequest(http.MethodGet, page.target, nil), httptest.NewRecorder()
				r.AddCookie(cookieOf(annasToken))
				begin := time.Now()
				h.ServeHTTP(out, r)
				took = append(took, time.Since(begin))
				if out.Code != http.StatusOK || !strings.Contains(out.Body.String(), "tenant-") {
					b.Fatalf("%d: %.300s", out.Code, out.Body)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(cpu()-began)/1e6/float64(b.N), "cpu-ms")
			b.ReportMetric(float64(took[0].Microseconds())/1000, "best-ms")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// crowd is a docket with one of everything.
func crowd() []docket.Folder {
	return []docket.Folder{
		raisup(),
		plainCase("c-isolated", "t-shell", "flood", func(f *docket.Folder) {
			f.Highest, f.Case.Spoke, f.Case.Waiting, f.Due, f.DueKind = evenkeel.MeasureIsolate, noon.Add(-time.Hour), noon.Add(-70*time.Minute), noon.Add(-10*time.Minute), docket.ClockOurAnswer
		}),
		plainCase("c-limited", "blue-harbour", "flood", func(f *docket.Folder) {
			f.Highest, f.Due, f.DueKind = evenkeel.MeasureLimit, noon.Add(25*time.Minute), docket.ClockLease
		}),
		plainCase("c-held", "kestrel", "mining", func(f *docket.Folder) {
			f.Held, f.Coming, f.Due, f.DueKind = 2, evenkeel.MeasureThrottle, noon.Add(21*time.Minute), docket.ClockHearing
		}),
		plainCase("c-asked", "north-9", "creation", func(f *docket.Folder) {
			f.Highest, f.Due, f.DueKind = evenkeel.MeasureNotify, noon.Add(20*time.Hour), docket.ClockTenantAnswer
		}),
		plainCase("c-quiet", "t-0042", "mining", nil),
		plainCase("c-burst", "mill", docket.Announcements, func(f *docket.Folder) {
			f.Case.State, f.Case.Waiting, f.Case.Spoke, f.Due, f.DueKind = evenkeel.CaseUnderReview, noon.Add(-5*time.Minute), noon.Add(-5*time.Minute), noon.Add(55*time.Minute), docket.ClockOurAnswer
			f.Entries = []evenkeel.Entry{{Seq: 1, At: noon.Add(-5 * time.Minute), Kind: evenkeel.EntrySaid, State: "announce", Words: "Ten machines on Thursday."}}
		}),
		plainCase("c-closed", "t-shell", "mining", func(f *docket.Folder) {
			f.Case.State, f.Case.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeVictim
		}),
	}
}
