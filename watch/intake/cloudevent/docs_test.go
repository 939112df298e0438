package cloudevent

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
)

// TestTheExamplesOfTheDocumentAreRead plays each example line of docs/intake.md: every type
// has one under its own heading, with every field that the type has.
func TestTheExamplesOfTheDocumentAreRead(t *testing.T) {
	text, err := os.ReadFile("../../../docs/intake.md")
	if err != nil {
		t.Fatalf("read the document: %v", err)
	}
	heading, played, batches := "", map[string]bool{}, 0
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(line, "### "); ok {
			heading = strings.TrimSpace(title)
		}
		d, b, tally := Decoder{}, evenkeel.NewBatch("test", 0), intake.Tally{}
		switch {
		case strings.HasPrefix(line, `{"specversion"`):
			if err := d.Event(b, []byte(line), 0, &tally); err != nil {
				t.Errorf("the example of %s: %v", heading, err)
			}
			want := 1
			if heading == "evenkeel.site.v1" {
				want = visits.Records
			}
			if tally.Accepted != 1 || len(b.Records) != want {
				t.Errorf("the example of %s: %v; expected %d records", heading, &tally, want)
			}
			played[heading] = true
			checkExample(t, heading, line, string(text))
		case strings.HasPrefix(line, `[{"specversion"`):
			batches++
			if err := d.Batch(b, []byte(line), 0, &tally); err != nil || tally.Accepted < 2 {
				t.Errorf("the example of several events: %v, %v", &tally, err)
			}
		}
	}
	for _, name := range Types() {
		if !played[name] {
			t.Errorf("the document has no example under the heading %s", name)
		}
	}
	if batches == 0 {
		t.Error("the document has no example of several events on a line")
	}
}

// checkExample says where an example is not the whole of its type, and which words of an
// enumeration the document leaves out.
func checkExample(t *testing.T, heading, line, text string) {
	t.Helper()
	var e struct {
		Type string
		Data map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(line), &e); err != nil || e.Type != heading {
		t.Errorf("the example under %s is of type %s (%v)", heading, e.Type, err)
		return
	}
	fields := map[string]bool{}
	for _, f := range kindOf(e.Type).fields {
		fields[f.name] = true
		if e.Data[f.name] == nil {
			t.Errorf("the example of %s leaves out %s", heading, f.name)
		}
		for _, word := range f.words {
			if !strings.Contains(text, "`"+word+"`") {
				t.Errorf("the document does not tell the word %s of %s in %s", word, f.name, heading)
			}
		}
	}
	for name := range e.Data {
		if !fields[name] {
			t.Errorf("the example of %s has %s, which is no field of it", heading, name)
		}
	}
}
