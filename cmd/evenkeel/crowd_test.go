package main

import (
	"bufio"
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/store/storetest"
)

// BenchmarkCommands runs commands that read books in which 100,000 cases are open, and as many were
// closed, each with a decision that was found wrong: about 850,000 leaves, with all that they commit to.
func BenchmarkCommands(b *testing.B) {
	start := time.Date(2026, 10, 2, 8, 0, 0, 0, time.UTC)
	c := storetest.Crowd{Open: 100_000, Closed: 100_000, Start: evenkeel.MomentOf(start), Lease: 60 * time.Hour, Apart: time.Second, Draw: fairly}
	if testing.Short() {
		c.Open, c.Closed = 1_000, 1_000
	}
	dir := filepath.Join(b.TempDir(), "books")
	stage, err := app.NewStage(dir)
	if err != nil {
		b.Fatal(err)
	}
	c.Fill(b, stage.Books())
	if err := stage.Close(evenkeel.MomentOf(start.Add(60 * time.Hour))); err != nil {
		b.Fatal(err)
	}
	for _, x := range []struct{ args, says string }{
		{"case list --books", "tenant-7 "}, {"case list --family flood --json --books", `"tenant":"tenant-7"`}, {"case list --tenant tenant-7 --books", "tenant-7 "},
		{"ledger verify --books", fmt.Sprintf("leaves    %s fit", amount(int64(c.Leaves())))}, {"report --quarter 2026Q4 --books", fmt.Sprintf("of %d leaves", c.Leaves())},
	} {
		b.Run(fmt.Sprintf("open=%d/%s", c.Open, strings.TrimSuffix(x.args, " --books")), func(b *testing.B) {
			best, began := time.Hour, cpu()
			for b.Loop() {
				var stdout, stderr bytes.Buffer
				p := &process{stdin: strings.NewReader(""), stdout: bufio.NewWriter(&stdout), stderr: &stderr, now: func() time.Time { return start.Add(60 * time.Hour) }}
				begin := time.Now()
				if code := run(b.Context(), p, append(strings.Fields(x.args), dir)); code != 0 || !strings.Contains(stdout.String(), x.says) {
					b.Fatalf("it ends with %d, and says %.400s%.400s", code, &stdout, &stderr)
				}
				best = min(best, time.Since(begin))
			}
			b.ReportMetric(float64(best.Milliseconds()), "best-ms")
			b.ReportMetric(float64(cpu()-began)/1e6/float64(b.N), "cpu-ms")
		})
	}
}

// fairly draws a review's round as whoever draws again does.
func fairly(r *docket.Review) {
	d := &r.Draws[0]
	d.Hash = procedure.CandidatesHash(d.Candidates)
	for _, d.Drawn = range d.Candidates {
		if procedure.Drawn(r, d) == nil {
			return
		}
	}
}

// cpu returns the processor time of this process in nanoseconds.
func cpu() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}
