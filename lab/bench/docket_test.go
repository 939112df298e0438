package bench

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"github.com/evenkeel/evenkeel/store/storetest"
)

// BenchmarkSweep lets time pass over books in which 100,000 cases are open, with appeals, reviews
// and clocks, on the disk: a second in which no clock runs out; a minute of two days of leases that
// end one after the other, 35 in each; and one in which 1,000 end. Each has a letter with a signed head at its foot. It also counts what a bulk undo
// would free, of some 22,500 measures by one rule.
func BenchmarkSweep(b *testing.B) {
	start := evenkeel.MomentOf(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	c := storetest.Crowd{Open: million() / 10, Start: start, Lease: 30 * time.Hour}
	c.Apart = 48 * time.Hour / time.Duration(c.Open) // a lease ends so often
	db, err := sqlite.Open(filepath.Join(b.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	c.Fill(b, db)
	p, err := builtin.Default()
	if err != nil {
		b.Fatal(err)
	}
	d, err := judge.New(judge.Parts{Books: db, Policy: p, Head: signer(b).Sign})
	if err != nil {
		b.Fatal(err)
	}
	now := start.Add(c.Lease)
	b.Run(fmt.Sprintf("open=%d/nothing is due", c.Open), func(b *testing.B) {
		began := cpu()
		for b.Loop() {
			if h, err := d.Sweep(b.Context(), now, nil); err != nil || len(h.Changes) != 0 {
				b.Fatal(len(h.Changes), err)
			}
		}
		b.ReportMetric(float64(cpu()-began)/1e6/float64(b.N), "cpu-ms")
	})
	b.Run(fmt.Sprintf("open=%d/an undo is counted", c.Open), func(b *testing.B) {
		began := cpu()
		for b.Loop() {
			h, err := d.Do(b.Context(), docket.Act{
				ID: "a", Kind: docket.ActUndo, At: now, By: "ada", Says: "Whom did it meet?", Undo: &docket.Undo{Rule: "crypto-mining", Version: 1, Dry: true},
			}, nil)
			if err != nil || h.Undone == nil || h.Undone.Decisions != c.OfRule("crypto-mining") {
				b.Fatalf("%+v (%v)", h.Undone, err)
			}
		}
		b.ReportMetric(float64(c.OfRule("crypto-mining")), "decisions")
		b.ReportMetric(float64(cpu()-began)/1e6/float64(b.N), "cpu-ms")
	})
	for _, each := range []int{35, 1_000} {
		b.Run(fmt.Sprintf("open=%d/%d end", c.Open, each), func(b *testing.B) {
			ended, began := 0, cpu()
			for b.Loop() {
				now = now.Add(time.Duration(each) * c.Apart)
				h, err := d.Sweep(b.Context(), now, nil)
				if err != nil {
					b.Fatal(err)
				}
				ended += len(h.Changes)
			}
			b.ReportMetric(float64(ended)/float64(b.N), "changes/sweep")
			b.ReportMetric(float64(cpu()-began)/1e6/float64(b.N), "cpu-ms")
		})
	}
}

// signer signs the heads that stand at the foot of letters, as in a process that serves.
func signer(b *testing.B) *ledger.Signer {
	b.Helper()
	key, err := ledger.GenerateKey(rand.Reader, "bench")
	if err != nil {
		b.Fatal(err)
	}
	s, err := ledger.NewSigner(key)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// cpu returns the processor time of this process in nanoseconds: what is measured by the clock on the
// wall depends on who else is at work.
func cpu() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}
