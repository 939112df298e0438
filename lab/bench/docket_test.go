package bench

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// BenchmarkSweep lets a minute pass over books in which 100,000 cases are open, each with a
// measure in force, on the disk: one in which no clock runs out, and those of two days of
// leases that end one after the other, 35 in each.
func BenchmarkSweep(b *testing.B) {
	open := million() / 10
	start := evenkeel.MomentOf(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	every := 48 * time.Hour / time.Duration(open) // a lease ends so often
	db, err := sqlite.Open(filepath.Join(b.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for from := 0; from < open; from += 1_000 {
		openCases(b, db, from, min(from+1_000, open), start, every)
	}
	p, err := builtin.Default()
	if err != nil {
		b.Fatal(err)
	}
	d, err := judge.New(judge.Parts{Books: db, Policy: p})
	if err != nil {
		b.Fatal(err)
	}
	now := start
	b.Run(fmt.Sprintf("open=%d/nothing is due", open), func(b *testing.B) {
		for b.Loop() {
			if h, err := d.Sweep(b.Context(), now, nil); err != nil || len(h.Changes) != 0 {
				b.Fatal(len(h.Changes), err)
			}
		}
	})
	b.Run(fmt.Sprintf("open=%d/a minute of two days", open), func(b *testing.B) {
		ended := 0
		for b.Loop() {
			now = now.Add(time.Minute)
			h, err := d.Sweep(b.Context(), now, nil)
			if err != nil {
				b.Fatal(err)
			}
			ended += len(h.Changes)
		}
		b.ReportMetric(float64(ended)/float64(b.N), "ends/sweep")
	})
}

// openCases enters cases with one measure in force each, whose lease ends later than that of
// the case before.
func openCases(b *testing.B, books docket.Books, from, until int, start evenkeel.Moment, every time.Duration) {
	b.Helper()
	c := docket.Changes{Tenant: "tenant-0", Family: "mining"}
	for n := from; n < until; n++ {
		tenant := evenkeel.TenantID(fmt.Sprint("tenant-", n))
		assets := []evenkeel.AssetID{evenkeel.AssetID(fmt.Sprint("vm-", n))}
		x := evenkeel.Case{
			ID: evenkeel.NewCaseID(tenant, "mining", start), Tenant: tenant, Family: "mining", Opened: start, State: evenkeel.CaseOpen,
			Since: start, Assets: assets, Latest: start,
		}
		y := evenkeel.Decision{
			ID: evenkeel.DecisionID(fmt.Sprint("d-", n)), Case: x.ID, Tenant: tenant, Family: "mining", Measure: evenkeel.MeasureThrottle,
			Wanted: evenkeel.MeasureThrottle, Assets: assets, From: start, Until: start.Add(time.Duration(n+1) * every), At: start,
			State: evenkeel.InForce, Mode: evenkeel.ModeLive, Actor: evenkeel.Actor{Person: "anna"},
			Grounds: evenkeel.Grounds{Clause: "Machines may not be used to mine.", Says: "It mines.", Basis: []evenkeel.Basis{{
				Finding: evenkeel.FindingID(fmt.Sprint("f-", n)), Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1, From: start.Add(-time.Hour), Until: start,
				Terms: []evenkeel.Term{{Name: "stratum", Family: evenkeel.EvidenceWire, Says: "It speaks to a pool."}},
			}}},
		}
		c.Cases, c.Decisions = append(c.Cases, x), append(c.Decisions, y)
		c.Clocks = append(c.Clocks, docket.Clock{Case: x.ID, Decision: y.ID, Kind: docket.ClockLease, Started: start, Due: y.Until, Breach: "The measure ends by itself."})
	}
	if err := books.Transact(b.Context(), func(tx docket.Tx) error { return tx.Put(c) }); err != nil {
		b.Fatal(err)
	}
}
