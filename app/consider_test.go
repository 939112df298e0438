package app

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// BenchmarkConsider is the way from a finding to its decision being kept, one finding after the
// other as the bench takes them: what is due, the policy that comes with the program, procedure,
// the ledger with its signature, and the books in a file. Either each tenant has one machine, or
// the findings are about a hundred machines of each tenant, and its case grows with them. Half
// of the tenants are on trial, so that machines of ours go up the ladder; of the others something
// is known that speaks for them. Each machine is found once at first and once at last.
func BenchmarkConsider(b *testing.B) {
	for _, sync := range []bool{false, true} {
		for _, each := range []int{1, 100} {
			b.Run(fmt.Sprintf("sync=%t/machines of a tenant=%d", sync, each), func(b *testing.B) { benchmarkConsider(b, sync, each) })
		}
	}
}

func benchmarkConsider(b *testing.B, sync bool, each int) {
	w := accused{tenants: 10_000 / each, each: each, start: evenkeel.MomentOf(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))}
	known := w.known(b)
	j := inBooks(b, sqlite.Options{Sync: sync})
	var took []time.Duration
	decided := 0
	for b.Loop() {
		f := w.finding(len(took))
		begin := time.Now()
		if _, err := j.Sweep(b.Context(), f.At, known); err != nil {
			b.Fatal(err)
		}
		heard, err := j.Consider(b.Context(), []evenkeel.Finding{f}, known, f.At)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
		for i := range heard.Changes {
			decided += len(heard.Changes[i].Decisions)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "findings/s")
	b.ReportMetric(float64(decided)/float64(len(took)), "decisions/finding")
	if decided == 0 {
		b.Error("nothing was decided: what is measured is not the way to a decision")
	}
}

// inBooks is a judge whose books are kept in a file, and whose ledger is signed.
func inBooks(tb testing.TB, o sqlite.Options) *Judge {
	tb.Helper()
	dir := tb.TempDir()
	policies, err := Choose(nil)
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := newSigner(dir)
	if err != nil {
		tb.Fatal(err)
	}
	heads, err := create(dir, fileHeads, 0o644, "")
	if err != nil {
		tb.Fatal(err)
	}
	j, _, err := preside(filepath.Clean(dir), judge.Parts{Policy: policies.Force, Means: onPaper}, signer, heads, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := j.Close(evenkeel.MomentOf(time.Now())); err != nil {
			tb.Error(err)
		}
	})
	return j
}

// accused are tenants whose machines are found to mine, one after the other.
type accused struct {
	tenants, each int
	start         evenkeel.Moment
}

func (w *accused) tenant(n int) evenkeel.TenantID { return evenkeel.TenantID(fmt.Sprint("tenant-", n)) }

func (w *accused) machine(tenant, n int) evenkeel.AssetID {
	return evenkeel.AssetID(fmt.Sprint("vm-", tenant, "-", n))
}

func (w *accused) known(tb testing.TB) *inventory.Snapshot {
	tb.Helper()
	books, batch := inventory.New(inventory.Options{}), evenkeel.NewBatch("inventory", 0)
	from, id := w.start.Add(-40*24*time.Hour), uint64(0)
	for t := range w.tenants {
		p := evenkeel.Profile{At: w.start.Add(-time.Hour), ID: uint64(t)<<1 | 1, Tenant: w.tenant(t), Since: from, Standing: evenkeel.StandingTrial, PaidTotal: "0", RunRateMonth: "300.00", Currency: "EUR"}
		if t%2 == 1 {
			p.Standing, p.PaidTotal = evenkeel.StandingInvoiced, "1200.00"
		}
		if err := batch.AddProfile(p); err != nil {
			tb.Fatal(err)
		}
		for n := range w.each {
			id += 2
			batch.AddTenancy(evenkeel.Tenancy{At: from, ID: id, Asset: w.machine(t, n), Tenant: p.Tenant, Kind: evenkeel.AssetVM, From: from})
		}
		if len(batch.Records) > 5000 || t == w.tenants-1 {
			if _, err := books.Apply(batch); err != nil {
				tb.Fatal(err)
			}
			batch.Reset("inventory", 0)
		}
	}
	return books.Snapshot()
}

// finding is the nth: 500 of them make a second. Tenants take turns; each machine is found at
// first and at last, and once all were, the next hour begins.
func (w *accused) finding(n int) evenkeel.Finding {
	turn, revision := n/2, evenkeel.Provisional
	if n%2 == 1 {
		revision = evenkeel.Final
	}
	tenant, machine, hour := turn%w.tenants, turn/w.tenants%w.each, turn/(w.tenants*w.each)
	at := w.start.Add(time.Duration(hour)*time.Hour + time.Duration(n)*2*time.Millisecond)
	s := evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: w.machine(tenant, machine), Tenant: w.tenant(tenant), Since: w.start.Add(-40 * 24 * time.Hour)}
	return evenkeel.Finding{
		ID: evenkeel.NewFindingID("crypto-mining", 1, s, w.start.Add(time.Duration(hour)*time.Hour)), Revision: revision, Rule: "crypto-mining", Version: 1, Family: "mining",
		Mode: evenkeel.ModeLive, Subject: s, From: at.Add(-20 * time.Minute), Until: at, At: at, Score: 7,
		Terms: []evenkeel.Term{
			{Name: "pinned", Family: evenkeel.EvidenceUsage, Weight: 3, Value: evenkeel.Reading{Value: 1, Known: true}, Says: "The CPU was 100 % busy: the mean of 20 one-minute values."},
			{Name: "stratum", Family: evenkeel.EvidenceWire, Conclusive: true, Weight: 4, Value: evenkeel.Reading{Value: 1, Known: true}, Says: "Stratum, the protocol between miners and pools, was recognised in its traffic."},
		},
	}
}
