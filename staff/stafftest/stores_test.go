package stafftest_test

import (
	"path/filepath"
	"testing"

	"github.com/evenkeel/evenkeel/staff/roll"
	"github.com/evenkeel/evenkeel/staff/stafftest"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

func TestInMemory(t *testing.T) {
	stafftest.Run(t, func(testing.TB) roll.Store { return memory.NewStaff() })
}

func TestInSQLite(t *testing.T) {
	stafftest.Run(t, func(t testing.TB) roll.Store {
		db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		return db.Staff()
	})
}
