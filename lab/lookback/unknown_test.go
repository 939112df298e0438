package lookback

import (
	"os"
	"strings"
	"testing"
)

// TestABusyMachineThatTheInventoryDoesNotKnowIsUnknownAndNotLeftAlone takes one busy machine of
// which rules say nothing, and a quiet one, out of the books.
func TestABusyMachineThatTheInventoryDoesNotKnowIsUnknownAndNotLeftAlone(t *testing.T) {
	books := eveningBooks(t)
	text, err := os.ReadFile(books)
	if err != nil {
		t.Fatal(err)
	}
	var some []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, `"warm-2"`) && !strings.Contains(line, `"cool"`) {
			some = append(some, line)
		}
	}
	if err := os.WriteFile(books, []byte(strings.Join(some, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	r := looked(t, eveningOptions(t, books))
	if n := r.Totals; *n.Spared != 1 || n.Unjudged != 1 || len(r.Spared) != 1 || r.Spared[0].Asset != "warm-1" || len(r.Unjudged) != 1 || r.Unjudged[0].Asset != "warm-2" {
		t.Fatalf("%+v, left alone %+v, unknown %+v; expected warm-1 and warm-2", n, r.Spared, r.Unjudged)
	}
	terminal, page, data := written(t, r)
	for _, want := range []string{"1 busy machine left alone. 1 busy machine unknown to the inventory", "were left alone (1)", "that the inventory does not know, not judged (1)", "nobody is known to hold it"} {
		if !strings.Contains(terminal, want) {
			t.Errorf("the terminal does not say %q:\n%s", want, terminal)
		}
	}
	for _, want := range []string{`<b class="warn">1</b>busy machine unknown to the inventory`, "that the inventory does not know, not judged (1)", "nobody is known to hold it", "busy-1-0"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if !strings.Contains(data, `"not_judged":1`) {
		t.Error("as JSON the count is missing")
	}
	whole, _, _ := written(t, looked(t, eveningOptions(t, eveningBooks(t))))
	if strings.Contains(whole, "unknown to the inventory") || strings.Contains(whole, "that the inventory does not know, not judged") {
		t.Errorf("it speaks of unknown machines where there are none:\n%s", whole)
	}
}
