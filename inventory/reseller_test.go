package inventory

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// Row R2: what is not known protects; and nothing told is a no, as docs/intake.md says.
func TestWhetherATenantSellsOnIsWhatWasToldLast(t *testing.T) {
	r := New(Options{})
	b := evenkeel.NewBatch("books", 0)
	for i, told := range []string{"", "unknown", "yes", "", "no"} {
		if err := b.AddProfile(evenkeel.Profile{At: day(1 + i), ID: uint64(i + 1), Tenant: "ann", Reseller: told}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Apply(b); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"no", "unknown", "yes", "yes", "no"} {
		f, got := r.Snapshot().AccountAt("ann", day(1+i)).Reseller, "no"
		switch {
		case !f.Known():
			got = "unknown"
		case f.Value:
			got = "yes"
		}
		if got != want {
			t.Errorf("on day %d it is %s; expected %s", i, got, want)
		}
	}
}

func TestAnotherWordOfResellersIsRefused(t *testing.T) {
	if _, err := parseReseller("maybe"); err == nil || !strings.Contains(err.Error(), "yes, no or unknown") {
		t.Errorf("got %v", err)
	}
}
