package xarf

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// recorded returns the files of a folder of recorded data, or skips and says why.
func recorded(t testing.TB, dir, suffix string) (files []string) {
	t.Helper()
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	dir = filepath.Join("abuse-reports", dir)
	_ = filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, suffix) {
			files = append(files, path)
		}
		return nil
	})
	if len(files) == 0 {
		t.Skipf("the folder that EVENKEEL_DATA names has no file *%s in %s", suffix, dir)
	}
	return files
}

func content(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Issue 3, abuse reports: every valid XARF sample parses with type, address and time.
func TestEveryRecordedReportThatIsValidHasTypeAddressAndTime(t *testing.T) {
	for _, dir := range []string{"abusix-xarf3/positive", "xarf-spec/samples"} {
		for _, file := range recorded(t, dir, ".json") {
			r, err := Read(content(t, file))
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			if !r.Class.Known() || !r.Source.Known() || r.At == 0 || r.Reporter.Org == "" || r.ID == "" {
				t.Errorf("%s: read as %+v", file, r)
			}
			if r.Source.Asset() == "" && r.Source.Account == "" {
				t.Errorf("%s: names nothing that could be looked for: %+v", file, r.Source)
			}
		}
	}
}

// Issue 3, abuse reports: every invalid one is refused with all errors and their paths.
func TestEveryRecordedReportThatIsInvalidIsRefusedWithPlaces(t *testing.T) {
	for _, file := range recorded(t, "abusix-xarf3/negative", ".json") {
		_, err := Read(content(t, file))
		var f *Faults
		if evenkeel.KindOf(err) != evenkeel.KindInvalid || !errors.As(err, &f) || len(f.List) == 0 || evenkeel.HintOf(err) == "" {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, x := range f.List {
			if !strings.HasPrefix(x.At, "/") || x.Says == "" {
				t.Errorf("%s: fault without a place: %+v", file, x)
			}
		}
	}
}

// published compiles the recorded schemas of XARF v4, with formats asserted: else their
// condition on addresses holds for names too.
func published(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	top := ""
	for _, file := range recorded(t, "xarf-spec/schemas/v4", ".json") {
		doc := must(jsonschema.UnmarshalJSON(strings.NewReader(string(content(t, file)))))
		id, _ := doc.(map[string]any)["$id"].(string)
		if err := c.AddResource(id, doc); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "xarf-v4-master.json") {
			top = id
		}
	}
	s, err := c.Compile(top)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tolerated are faults that the schemas find and we do not, and the other way round. Each is
// said in doc.go or docs/abuse-reports.md.
func tolerated(doc map[string]any) bool {
	return doc["protocol"] == "icmp" && doc["source_port"] == nil
}

// What was read wrong by us must be refused by the schemas too, and the other way round, however
// a sample is bent.
func TestChecksAgreeWithThePublishedSchemas(t *testing.T) {
	schema := published(t)
	files := recorded(t, "xarf-spec/samples/v4", ".json")
	valid, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		file := rapid.SampledFrom(files).Draw(t, "file")
		var doc map[string]any
		if err := json.Unmarshal(must(os.ReadFile(file)), &doc); err != nil {
			t.Fatal(err)
		}
		if rapid.IntRange(0, 3).Draw(t, "another type") == 0 {
			c := rapid.SampledFrom(report.Categories()).Draw(t, "category")
			doc["category"], doc["type"] = c, rapid.SampledFrom(report.Types(c)).Draw(t, "type")
		}
		for range rapid.IntRange(0, 2).Draw(t, "bends") {
			bend(t, doc)
		}
		if tolerated(doc) {
			t.Skip("tolerated")
		}
		text := must(json.Marshal(doc))
		want := schema.Validate(must(jsonschema.UnmarshalJSON(strings.NewReader(string(text)))))
		_, got := Read(text)
		if (want == nil) != (got == nil) {
			t.Fatalf("%s\nthe schemas say: %v\nwe say: %v", text, want, got)
		}
		if got == nil {
			valid++
		} else {
			refused++
		}
	})
	if valid == 0 || refused == 0 {
		t.Errorf("%d valid and %d refused: one side was not tried", valid, refused)
	}
}

// bend changes one field. Payloads and hashes are left alone: what they hold is not the schemas'
// business.
func bend(t *rapid.T, doc map[string]any) {
	in := doc
	name := rapid.SampledFrom(keys(doc)).Draw(t, "field")
	if child, ok := in[name].(map[string]any); ok && len(child) > 0 && rapid.Bool().Draw(t, "inside") {
		in, name = child, rapid.SampledFrom(keys(child)).Draw(t, "field inside")
	}
	if name == "evidence" {
		return
	}
	switch rapid.IntRange(0, 2).Draw(t, "how") {
	case 0:
		delete(in, name)
	case 1:
		in[name] = rapid.SampledFrom([]any{
			"", "word", "tcp", "udp", "smtp", "192.0.2.1", "2001:db8::1", "host.example", "a@host.example", "https://host.example/x",
			"2026-11-22T09:30:00Z", "2026-11-22", "4.0.0", 0.0, 1.0, -1.0, 0.5, 70000.0, 443.0, true, false, nil,
			[]any{}, []any{"word"}, []any{"key:value"}, []any{1.0}, map[string]any{}, map[string]any{"word": 1.0},
			strings.Repeat("long ", 500),
		}).Draw(t, "value")
	default:
		in[rapid.SampledFrom([]string{"source_port", "protocol", "smtp_from", "first_seen", "url", "confidence", "tags", "extra", "source_identifier"}).
			Draw(t, "new field")] = rapid.SampledFrom([]any{"tcp", "smtp", 25.0, "192.0.2.1", "2026-11-22T09:30:00Z", "https://host.example/"}).Draw(t, "value")
	}
}

func keys(m map[string]any) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
