package courier

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// TestALetterNamesTheHeadOfAProof: the proof is for programs; the letter is as it is with the head
// alone.
func TestALetterNamesTheHeadOfAProof(t *testing.T) {
	n := notice(evenkeel.MeasureThrottle, "vm-1")
	said := func() string {
		m, err := Render(&n, Recipient{Lang: "en"}, doors, office)
		if err != nil {
			t.Fatal(err)
		}
		return m.Text + m.HTML
	}
	want := said()
	n.Ledger = "c2sp.org/tlog-proof@v1\nextra bGVhZg==\nindex 7\nQUFB\n\n" + oldHead
	if got := said(); got != want || !strings.Contains(got, "ledger.example.com") {
		t.Errorf("with a proof the letter is\n%s\nexpected\n%s", got, want)
	}
}
