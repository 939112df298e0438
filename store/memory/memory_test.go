package memory_test

import (
	"math/rand/v2"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/store/storetest"
)

func open(testing.TB) storetest.Books { return memory.New(nil) }

func TestBooks(t *testing.T) { storetest.Run(t, open) }

// TestBooksAgreeWithThemselves is a test of the comparison: it must not tell two of the same
// apart.
func TestBooksAgreeWithThemselves(t *testing.T) { storetest.Agree(t, open, open) }

func TestTheSameRandomnessGivesTheSameKeys(t *testing.T) {
	key := func(seed byte) (k ledger.Key) {
		err := memory.New(rand.NewChaCha8([32]byte{seed})).Transact(t.Context(), func(tx docket.Tx) (err error) {
			_, err = tx.Ledger().Key("first")
			if err == nil {
				k, err = tx.Ledger().Key("raisup")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if a, again, b := key(1), key(1), key(2); a != again || a == b {
		t.Error("keys do not follow from the randomness that was handed in")
	}
}

func BenchmarkTransact(b *testing.B) {
	books := memory.New(nil)
	n := 0
	for b.Loop() {
		n++
		err := books.Transact(b.Context(), func(tx docket.Tx) error {
			d, err := tx.Dossier("raisup", "mining")
			if err != nil {
				return err
			}
			c := evenkeel.Case{ID: "c-1", Tenant: "raisup", Family: "mining", Opened: 1, State: evenkeel.CaseOpen}
			return tx.Put(docket.Changes{
				Cases:   []evenkeel.Case{c},
				Entries: []evenkeel.Entry{{Case: c.ID, Seq: d.Entries + 1, Kind: evenkeel.EntryFound, At: evenkeel.Moment(n)}},
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
