package sqlite

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// BenchmarkAppend seals leaves and keeps them, as many in a transaction as a decision has (case,
// decision, act) and one alone: to reach, 2,000 leaves in a second.
func BenchmarkAppend(b *testing.B) {
	for _, each := range []int{1, 3} {
		b.Run(fmt.Sprintf("leaves=%d", each), func(b *testing.B) {
			db := openAt(b, fileOf(b), Options{})
			n := 0
			for b.Loop() {
				err := db.Transact(b.Context(), func(tx docket.Tx) error {
					key, err := tx.Ledger().Key(theCase.Tenant)
					if err != nil {
						return err
					}
					var leaves []ledger.Leaf
					for range each {
						n++
						leaves = append(leaves, ledger.OfAct(key, theCase.ID, theCase.Opened, theCase.Family, "sha256:abc", true, fmt.Appendf(nil, `{"id":"a-%d"}`, n)).Doing("answer"))
					}
					sealed, err := ledger.Seal(tx.Ledger(), leaves...)
					if err != nil {
						return err
					}
					return tx.Put(docket.Changes{Tenant: theCase.Tenant, Family: theCase.Family, Sealed: sealed})
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "leaves/s")
		})
	}
}
