package webhook

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// What the documents say of an answer to a probe is what is taken: the published schema, the example, and
// the reader agree, but for what no schema can say.
func TestTheSchemaOfAnAnswerSaysWhatIsTaken(t *testing.T) {
	text, err := os.ReadFile("../../docs/schema/fetched.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("fetched.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("fetched.json")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/shield.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(page), `    {"probe":`)
	example, _, _ = strings.Cut(`{"probe":`+example, "\n\n")
	if !found {
		t.Fatal("the page has no example")
	}
	hash := strings.Repeat("0f", 32)
	for _, x := range []struct {
		name, body string
		well       bool
	}{
		{"the example of the page", strings.ReplaceAll(example, "p-KZ3QX7", "p-1"), true},
		{"nothing was tried", `{"probe":"p-1"}`, true},
		{"a way brought nothing", `{"probe":"p-1","fetched":[{"way":"export","why":"timed out"}]}`, true},
		{"a way brought it", `{"probe":"p-1","fetched":[{"way":"export","sha256":"` + hash + `","size":256}]}`, true},
		{"a line names no way", `{"probe":"p-1","fetched":[{"sha256":"` + hash + `","size":256}]}`, false},
		{"a hash in upper case", `{"probe":"p-1","fetched":[{"way":"export","sha256":"` + strings.ToUpper(hash) + `","size":256}]}`, false},
		{"a hash that is too short", `{"probe":"p-1","fetched":[{"way":"export","sha256":"0f","size":1}]}`, false},
		{"a size below nothing", `{"probe":"p-1","fetched":[{"way":"export","sha256":"` + hash + `","size":-1}]}`, false},
		{"a size that is a text", `{"probe":"p-1","fetched":[{"way":"export","size":"256"}]}`, false},
		{"a name that is not in the table", `{"probe":"p-1","proven":true}`, false},
		{"no probe", `{"fetched":[]}`, false},
		{"too many ways", `{"probe":"p-1","fetched":[` + strings.TrimSuffix(strings.Repeat(`{"way":"export"},`, 17), ",") + `]}`, false},
		{"a list", `[]`, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			var v any
			if err := json.Unmarshal([]byte(x.body), &v); err != nil {
				t.Fatal(err)
			}
			_, read := ParseFetched([]byte(x.body), "p-1")
			if valid := schema.Validate(v); (valid == nil) != x.well || (read == nil) != x.well {
				t.Errorf("the schema says %v, the reader %v", valid, read)
			}
		})
	}
}
