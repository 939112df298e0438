package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/story"
)

// TestReplaysLinesFitTheirSchema writes the findings of all stories as replay does and
// holds each to the documented schema. A field that the schema does not know is a failure
// as well: what is written is documented.
func TestReplaysLinesFitTheirSchema(t *testing.T) {
	schema := readSchema(t)
	lines := 0
	for _, name := range story.Names() {
		s, err := readStory(name)
		if err != nil {
			t.Fatal(err)
		}
		found, err := story.Findings(s, story.Parts{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			line, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, says := range schema.check(line) {
				t.Errorf("%s: %s\nin %s", name, says, line)
			}
			lines++
		}
	}
	if lines == 0 {
		t.Fatal("no story finds anything")
	}
}

func TestTheSchemaRefusesWhatDoesNotFit(t *testing.T) {
	schema := readSchema(t)
	s, err := readStory("miner")
	if err != nil {
		t.Fatal(err)
	}
	found, err := story.Findings(s, story.Parts{})
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if says := schema.check(line); len(says) > 0 {
		t.Fatalf("the good line does not fit: %v", says)
	}
	for _, c := range []struct{ name, field, value, says string }{
		{"a number as text", "score", `"5"`, "score is string"},
		{"a revision that does not exist", "revision", `"draft"`, "revision is none of"},
		{"a time with an offset", "at", `"2024-01-01T00:00:00+01:00"`, "at does not match"},
		{"a field that is missing", "unmet", "", "unmet is missing"},
		{"a field that is not documented", "mood", `"good"`, "mood is not documented"},
		{"a term without weight", "terms", `[{"name":"a","family":"wire","value":null,"threshold":null}]`, "terms[0].weight is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(line, &fields); err != nil {
				t.Fatal(err)
			}
			if fields[c.field] = json.RawMessage(c.value); c.value == "" {
				delete(fields, c.field)
			}
			bad, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(schema.check(bad), "\n"); !strings.Contains(got, c.says) {
				t.Errorf("the check says %q; expected %q", got, c.says)
			}
		})
	}
}

// TestWhatReplayPrintsFitsItsSchema replays a machine that is throttled, whose tenant answers
// and is cleared, with a policy in shadow, and checks every line.
func TestWhatReplayPrintsFitsItsSchema(t *testing.T) {
	schema := readSchema(t)
	out, says, code := replayed(t, day(t), "--policy", "raisup-2019")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, says)
	}
	seen := map[string]int{}
	for line := range strings.Lines(out) {
		var l struct{ Type, Mode, State string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		seen[strings.TrimSpace(l.Type+" "+l.Mode+" "+l.State)]++
		for _, says := range schema.check([]byte(line)) {
			t.Errorf("%s\nin %s", says, line)
		}
	}
	for _, want := range []string{"finding live", "decision live in_force", "decision live superseded", "decision live lifted", "decision shadow proposed"} {
		if seen[want] == 0 {
			t.Errorf("no line is %s: %v", want, seen)
		}
	}
}

// TestEveryFieldOfADecisionIsDocumented fills in all that a decision can hold.
func TestEveryFieldOfADecisionIsDocumented(t *testing.T) {
	f := folder()
	d := f.Decisions[0]
	id := func(prefix string) string { return prefix + strings.Repeat("a", 26) }
	d.ID, d.Case, d.Tenant, d.Family = evenkeel.DecisionID(id("d-")), evenkeel.CaseID(id("c-")), "raisup", "mining"
	d.Safeguards[0].Says = evenkeel.Protect
	d.SuppressedBy, d.Supersedes, d.Actor.Person = "flag-1", d.ID, "anna"
	d.Actor.Second, d.Params = "ben", map[string]string{"cpu": "20%"}
	d.Grounds.Basis = []evenkeel.Basis{{
		Finding: evenkeel.FindingID(id("f-")), Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1, From: noon, Until: noon,
		Terms: []evenkeel.Term{{
			Name: "pinned", Family: evenkeel.EvidenceUsage, Conclusive: true, Value: evenkeel.Reading{Value: 1, Known: true}, Unit: "s", Weight: 1, Says: "It was.", Unknown: "Why.",
		}},
		Aims: []evenkeel.Aim{{Protocol: "tcp", Address: netip.MustParseAddr("203.0.113.7"), Port: 80, Most: 9000}},
	}}
	if path := empty(reflect.ValueOf(d), "decision"); path != "" {
		t.Errorf("%s is not filled in", path)
	}
	line, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range readSchema(t).check(line) {
		t.Errorf("%s\nin %s", says, line)
	}
}

// empty returns the path of a field that is zero, or "". A number that is not known is one.
func empty(v reflect.Value, path string) string {
	if v.IsZero() && v.Type() != reflect.TypeFor[evenkeel.Reading]() {
		return path
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() == reflect.TypeFor[evenkeel.Reading]() || v.Type() == reflect.TypeFor[netip.Addr]() {
				break
			}
			if at := empty(v.Field(i), path+"."+v.Type().Field(i).Name); at != "" {
				return at
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if at := empty(v.Index(i), path+"[]"); at != "" {
				return at
			}
		}
	}
	return ""
}

// schemaDoc is as much of JSON Schema as the document uses.
type schemaDoc struct {
	Type       any                   `json:"type"`
	Const      any                   `json:"const"`
	Enum       []any                 `json:"enum"`
	Required   []string              `json:"required"`
	Properties map[string]*schemaDoc `json:"properties"`
	Items      *schemaDoc            `json:"items"`
	Pattern    string                `json:"pattern"`
	Ref        string                `json:"$ref"`
	Defs       map[string]*schemaDoc `json:"$defs"`
}

func readSchema(t *testing.T) *schemaDoc {
	t.Helper()
	data, err := os.ReadFile("../../docs/schema/replay.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc := &schemaDoc{}
	if err := json.Unmarshal(data, doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func (d *schemaDoc) check(line []byte) []string {
	var v any
	if err := json.Unmarshal(line, &v); err != nil {
		return []string{err.Error()}
	}
	object, _ := v.(map[string]any)
	kind, _ := object["type"].(string)
	if kind != "decision" {
		kind = "finding"
	}
	return d.fits(d.Defs[kind], "", v)
}

func (d *schemaDoc) fits(s *schemaDoc, at string, v any) (bad []string) {
	complain := func(format string, args ...any) { bad = append(bad, at+" "+fmt.Sprintf(format, args...)) }
	if s.Ref != "" {
		bad = append(bad, d.fits(d.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")], at, v)...)
	}
	is := typeOf(v)
	switch want := s.Type.(type) {
	case string:
		if is != want && !(want == "integer" && is == "number" && v == float64(int(v.(float64)))) {
			complain("is %s; expected %s", is, want)
		}
	case []any:
		if !slices.Contains(want, any(is)) {
			complain("is %s; expected one of %v", is, want)
		}
	}
	if s.Const != nil && s.Const != v {
		complain("is %v; expected %v", v, s.Const)
	}
	if s.Enum != nil && !slices.Contains(s.Enum, v) {
		complain("is none of %v", s.Enum)
	}
	if text, ok := v.(string); ok && s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text) {
		complain("does not match %s", s.Pattern)
	}
	if list, ok := v.([]any); ok && s.Items != nil {
		for i, e := range list {
			bad = append(bad, d.fits(s.Items, fmt.Sprintf("%s[%d]", at, i), e)...)
		}
	}
	if object, ok := v.(map[string]any); ok && s.Properties != nil {
		bad = append(bad, d.fitsObject(s, at, object)...)
	}
	return bad
}

func (d *schemaDoc) fitsObject(s *schemaDoc, at string, object map[string]any) (bad []string) {
	prefix := strings.TrimPrefix(at+".", ".")
	for _, key := range s.Required {
		if _, ok := object[key]; !ok {
			bad = append(bad, prefix+key+" is missing")
		}
	}
	for key, v := range object {
		if p := s.Properties[key]; p != nil {
			bad = append(bad, d.fits(p, prefix+key, v)...)
		} else {
			bad = append(bad, prefix+key+" is not documented")
		}
	}
	return bad
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	default:
		return "object"
	}
}
