package sqlite

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// BenchmarkPut keeps one finding that leads to one decision in each transaction, as the
// judge does: it reads the dossier, seals, and puts some twenty rows. The cases take turns,
// as those of many tenants would.
func BenchmarkPut(b *testing.B) {
	for _, sync := range []bool{false, true} {
		b.Run(fmt.Sprintf("sync=%t", sync), func(b *testing.B) {
			db := openAt(b, fileOf(b), Options{Sync: sync})
			was := theCase
			defer func() { theCase = was }()
			var took []time.Duration
			n := 0
			for b.Loop() {
				theCase = was
				theCase.Tenant = evenkeel.TenantID(fmt.Sprint("tenant-", n%1000))
				theCase.ID = evenkeel.NewCaseID(theCase.Tenant, theCase.Family, theCase.Opened)
				begin := time.Now()
				if err := db.Transact(b.Context(), func(tx docket.Tx) error { return nth(tx, n) }); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begin))
				n++
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tx/s")
		})
	}
}

// BenchmarkDossier reads what is known of a case in which much was decided.
func BenchmarkDossier(b *testing.B) {
	db := openAt(b, fileOf(b), Options{})
	for n := range 64 {
		put(b, db, n)
	}
	for b.Loop() {
		err := db.Transact(b.Context(), func(tx docket.Tx) error {
			_, err := tx.Dossier(theCase.Tenant, theCase.Family)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDossierOfMany reads what is known of a case in which 600 decisions stand, each with
// its clock.
func BenchmarkDossierOfMany(b *testing.B) {
	const stand = 600
	db := openAt(b, fileOf(b), Options{})
	put(b, db, 0)
	d := dossierOf(b, db)
	c := docket.Changes{Tenant: theCase.Tenant, Family: theCase.Family}
	for n := range stand - 1 {
		x, lease := d.Decisions[0], d.Clocks[len(d.Clocks)-1]
		x.ID = evenkeel.DecisionID(fmt.Sprint("d-", n+1))
		lease.Decision, lease.Kind = x.ID, docket.ClockLease
		c.Decisions, c.Clocks = append(c.Decisions, x), append(c.Clocks, lease)
	}
	if err := db.Transact(b.Context(), func(tx docket.Tx) error { return tx.Put(c) }); err != nil {
		b.Fatal(err)
	}
	if n := len(dossierOf(b, db).Decisions); n != stand {
		b.Fatalf("it holds %d decisions; expected %d", n, stand)
	}
	for b.Loop() {
		dossierOf(b, db)
	}
}

func dossierOf(t testing.TB, db *DB) (d docket.Dossier) {
	t.Helper()
	err := db.Transact(t.Context(), func(tx docket.Tx) (err error) {
		d, err = tx.Dossier(theCase.Tenant, theCase.Family)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
