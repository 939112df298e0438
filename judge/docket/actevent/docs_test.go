package actevent

import (
	"os"
	"strings"
	"testing"
)

// TestTheExamplesOfTheDocumentAreActs reads each example line of docs/acts.md: every type has
// one under its own heading, and every field and word of it is in the document.
func TestTheExamplesOfTheDocumentAreActs(t *testing.T) {
	text, err := os.ReadFile("../../../docs/acts.md")
	if err != nil {
		t.Fatalf("read the document: %v", err)
	}
	heading, played := "", map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(line, "### "); ok {
			heading = strings.TrimSpace(title)
		}
		if !strings.HasPrefix(line, `{"specversion"`) {
			continue
		}
		a, err := Decode([]byte(line))
		switch {
		case err != nil:
			t.Errorf("the example under %s: %v", heading, err)
		case kindOf(heading) == nil || kindOf(heading).act != a.Kind:
			t.Errorf("the example under %s tells %s", heading, a.Kind)
		}
		played[heading] = true
	}
	for _, k := range kinds {
		if !played[k.name] {
			t.Errorf("the document has no example under the heading %s", k.name)
		}
		for _, f := range k.fields {
			if !strings.Contains(string(text), "`"+f.name+"`") && !strings.Contains(string(text), `"`+f.name+`":`) {
				t.Errorf("the document does not tell the field %s of %s", f.name, k.name)
			}
			for _, w := range strings.Split(strings.TrimPrefix(f.expects, "one of "), ", ") {
				if strings.HasPrefix(f.expects, "one of ") && !strings.Contains(string(text), "`"+w+"`") {
					t.Errorf("the document does not tell the word %s of %s in %s", w, f.name, k.name)
				}
			}
		}
	}
	for _, f := range grantFields() {
		if !strings.Contains(string(text), "`"+f.name+"`") {
			t.Errorf("the document does not tell the field %s of a flag", f.name)
		}
	}
	if !strings.Contains(string(text), "`"+typeBurst+"`") {
		t.Error("the document does not say how a burst is announced")
	}
}
