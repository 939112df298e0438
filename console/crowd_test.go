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
