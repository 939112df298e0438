package sqlite

import (
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/store/storetest"
)

// TestWhatAStatementTakesIsNotTakenFromTheSystem: a block of memory that was given back is met again
// by a page fault. That does not depend on how busy the machine is, and happened some hundred times
// in a transaction once what is remembered of the file had filled what was held.
func TestWhatAStatementTakesIsNotTakenFromTheSystem(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the heap takes memory of its own
	faults := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return u.Minflt
	}
	each := int64(0)
	for n := range 5 { // until what is remembered of the file has filled what was held at first
		c := storetest.Crowd{Open: 80, First: 80 * n, Start: began, Lease: time.Hour, Apart: time.Second}
		before := faults()
		c.Fill(t, db)
		each = (faults() - before) / 20
	}
	t.Logf("%d page faults in a transaction", each)
	if each > 250 { // some hundred are the heap's
		t.Errorf("%d page faults in a transaction; expected that it takes no memory of the system", each)
	}
}
