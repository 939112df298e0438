package intake

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheDocumentTellsTheReasons holds docs/intake.md to the reasons, in their order.
func TestTheDocumentTellsTheReasons(t *testing.T) {
	text, err := os.ReadFile("../../docs/intake.md")
	if err != nil {
		t.Fatalf("read the document: %v", err)
	}
	_, table, ok := strings.Cut(string(text), "\n| reason |")
	if !ok {
		t.Fatal("the document has no table of reasons")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var told, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		told = append(told, m[1])
	}
	for _, r := range Reasons() {
		want = append(want, r.String())
	}
	if !slices.Equal(told, want) {
		t.Errorf("the document tells the reasons %q; expected %q", told, want)
	}
}
