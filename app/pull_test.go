package app

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/storetest"
)

// BenchmarkPull pulls a switch in a process that serves, with 100,000 cases open: how long it takes
// until nothing more is entered under it, which is when the act is answered. The tenant's machine then
// shows what would throttle it at once, and, for the last, shows it after a restart.
func BenchmarkPull(b *testing.B) {
	const tenants = 5 // more would not fit into one small request, as the film's clock wants it
	f := newFilm()
	c := storetest.Crowd{Open: 100_000, Start: evenkeel.MomentOf(f.from()).Add(-30 * time.Hour), Lease: 40 * time.Hour, Apart: time.Second}
	if testing.Short() {
		c.Open = 1_000
	}
	dir := dataDir(b)
	stage, err := NewStage(dir)
	if err != nil {
		b.Fatal(err)
	}
	c.Fill(b, stage.Books())
	if err := stage.Close(evenkeel.MomentOf(f.from())); err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	s := serve(b, dir, func(p *Parts) { p.Now = f.now })
	started := time.Since(begin)
	from := f.from()
	all := mining(from, tenants)
	at := slices.IndexFunc(all, func(r request) bool { return r.path == "/events" && r.at.Sub(from) > 30*time.Minute })
	f.play(b, s, all[:at]) // until they speak with a pool
	inForce := func(tenant int) int {
		books := open(b, s.dir)
		defer books.Close()
		rows, err := books.Cases(b.Context(), docket.Query{Tenant: evenkeel.TenantID(fmt.Sprint("t-", tenant))})
		if err != nil || len(rows) != 1 {
			b.Fatal(len(rows), err)
		}
		if rows[0].Highest.Enforced() {
			return 1
		}
		return 0
	}
	pull := func(tenant int) time.Duration {
		begin := time.Now()
		_, err := Send(b.Context(), s.dir, docket.Act{
			ID: ActID("operator", fmt.Sprint("pull-", tenant)), Kind: docket.ActPull, At: evenkeel.MomentOf(f.now()), By: "operator", Says: "It is theirs.",
			Scope: &docket.Scope{Kind: docket.SwitchTenant, Key: fmt.Sprint("t-", tenant)},
		})
		if err != nil {
			b.Fatal(err)
		}
		return time.Since(begin)
	}
	f.play(b, s, all[at:at+1])
	if inForce(0) != 1 {
		b.Fatal("the first is not throttled: what is measured is nothing")
	}
	var took []time.Duration
	const last = tenants - 1
	for n := 1; b.Loop(); n++ {
		if n >= last { // switches of others, who show nothing
			took = append(took, pull(last+n))
			continue
		}
		took = append(took, pull(n))
		f.play(b, s, all[at+n:at+n+1])
		if inForce(n) != 0 {
			b.Fatalf("%d is throttled after its switch was pulled", n)
		}
	}
	pull(last)
	if err := s.stop(); err != nil {
		b.Fatal(err)
	}
	begin = time.Now()
	s = serve(b, dir, func(p *Parts) { p.Now = f.now })
	again := time.Since(begin)
	f.play(b, s, all[at+last:at+last+1])
	if inForce(last) != 0 {
		b.Fatal("after a restart the switch is forgotten")
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[0].Microseconds())/1000, "best-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "most-ms")
	b.ReportMetric(float64(started.Milliseconds()), "ms-to-ready")
	b.ReportMetric(float64(again.Milliseconds()), "ms-to-ready-again")
}
