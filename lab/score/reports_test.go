package score

import (
	"testing"

	"github.com/evenkeel/evenkeel"
)

// Issue 3, abuse reports: right kind and address on at least 90 % of the reporter mails.
func TestMailsOfReportersAreReadRight(t *testing.T) {
	if corpus() == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	f, err := Reports(corpus(), "abuse-reports/abuseio-eml")
	if evenkeel.KindOf(err) == evenkeel.KindNotFound {
		t.Skipf("not measured: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Log(f)
	for _, w := range f.Wrong {
		t.Log(w)
	}
	for _, v := range f.Violations() {
		t.Error(v)
	}
}
