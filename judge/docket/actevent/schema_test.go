package actevent

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// schema is as much of JSON Schema 2020-12 as ours use.
type schema struct {
	Schema     string `json:"$schema"`
	ID         string `json:"$id"`
	Title      string
	Type       string
	Required   []string
	Properties map[string]*schema
	Additional *schema `json:"additionalProperties"`
	Items      *schema
	AnyOf      []*schema
	OneOf      []*schema
	Not        *schema
	Const      any
	Enum       []any
	Pattern    string
	Format     string
	MinLength  int
	MaxLength  *int
	MinItems   int
	MaxItems   *int
	Unique     bool `json:"uniqueItems"`
	Minimum    *float64
	Above      *float64 `json:"exclusiveMinimum"`
	Maximum    *float64

	never bool // the schema false
}

// UnmarshalJSON reads a schema, or false.
func (s *schema) UnmarshalJSON(b []byte) error {
	if string(b) == "false" {
		s.never = true
		return nil
	}
	type plain schema
	return json.Unmarshal(b, (*plain)(s))
}

func load(t *testing.T) map[string]*schema {
	all := map[string]*schema{}
	names, err := fs.Glob(Schemas(), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(Schemas(), name)
		if err != nil {
			t.Fatal(err)
		}
		s := &schema{}
		if err := json.Unmarshal(text, s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if s.ID != name || s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Title+".json" != name {
			t.Errorf("%s calls itself %s of %s, title %s", name, s.ID, s.Schema, s.Title)
		}
		all[s.Title] = s
	}
	return all
}

// fits says whether a value is valid against a schema. What is null counts as left out, which
// the schemas do not say.
func fits(s *schema, v any) bool {
	valid := func(o *schema) bool { return fits(o, v) }
	one := 0
	for _, o := range s.OneOf {
		if valid(o) {
			one++
		}
	}
	switch {
	case s.never,
		s.OneOf != nil && one != 1,
		s.AnyOf != nil && !slices.ContainsFunc(s.AnyOf, valid),
		s.Not != nil && valid(s.Not),
		s.Const != nil && v != s.Const,
		s.Enum != nil && (!isComparable(v) || !slices.Contains(s.Enum, v)),
		s.Type != "" && s.Type != typeOf(v) && !(s.Type == "number" && typeOf(v) == "integer"):
		return false
	}
	switch v := v.(type) {
	case map[string]any:
		return objectFits(s, v)
	case []any:
		return listFits(s, v)
	case string:
		n := utf8.RuneCountInString(v)
		_, dateTime := time.Parse(time.RFC3339, v)
		_, date := time.Parse(time.DateOnly, v)
		return n >= s.MinLength && (s.MaxLength == nil || n <= *s.MaxLength) && regexp.MustCompile(s.Pattern).MatchString(v) &&
			(s.Format != "date-time" || dateTime == nil) && (s.Format != "date" || date == nil)
	case float64:
		return (s.Minimum == nil || v >= *s.Minimum) && (s.Above == nil || v > *s.Above) && (s.Maximum == nil || v <= *s.Maximum)
	}
	return true
}

func objectFits(s *schema, v map[string]any) bool {
	for _, key := range s.Required {
		if v[key] == nil {
			return false
		}
	}
	for key, value := range v {
		p := s.Properties[key]
		switch {
		case p == nil:
			if s.Additional != nil && s.Additional.never {
				return false
			}
		case value != nil && !fits(p, value):
			return false
		}
	}
	return true
}

func listFits(s *schema, v []any) bool {
	for i, e := range v {
		if s.Items != nil && !fits(s.Items, e) || s.Unique && slices.Contains(v[:i], e) {
			return false
		}
	}
	return len(v) >= s.MinItems && (s.MaxItems == nil || len(v) <= *s.MaxItems)
}

func isComparable(v any) bool { return v == nil || reflect.TypeOf(v).Comparable() }

func typeOf(v any) string {
	switch v := v.(type) {
	case bool:
		return "boolean"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	default:
		return "null"
	}
}

// values are put into every field of every type. Times are good ones for a flag, or none.
var values = []string{
	`null`, `true`, `false`, `0`, `1`, `-1`, `1.5`, `1048576`, `1048577`, `1e12`, `1.1e12`, `""`, `" "`, `"a"`, `"a@b.example"`, `"A b"`, `"a\tb\n"`, `"a\u0007"`, `"a\u007f"`,
	`"` + strings.Repeat("a", 64) + `"`, `"` + strings.Repeat("a", 65) + `"`, `"` + strings.Repeat("a", 256) + `"`, `"` + strings.Repeat("a", 257) + `"`,
	`"` + strings.Repeat("a", 1024) + `"`, `"` + strings.Repeat("a", 1025) + `"`, `"` + strings.Repeat("a", 8192) + `"`, `"` + strings.Repeat("a", 8193) + `"`,
	`"` + sum + `"`, `"` + strings.ToUpper(sum) + `"`, `"` + sum[1:] + `"`, `"` + sum[1:] + `g"`,
	`"2026-04-01"`, `"2026-04-01T00:00:00Z"`, `"2026-04-01T00:00:00.5+01:00"`, `"2026-04-31"`, `"1999-04-01"`, `"2026-04-01 00:00:00"`,
	`"none"`, `"notify"`, `"challenge"`, `"shut"`, `"limit"`, `"drop-flow"`, `"throttle"`, `"freeze"`, `"isolate"`, `"suspend"`, `"deny"`,
	`"confirmed"`, `"victim"`, `"policy_mismatch"`, `"false_positive"`, `"inconclusive"`, `"covered"`,
	`"once"`, `"gone"`, `"rule_at_fault"`, `"tenant_wishes"`,
	`[]`, `["a"]`, `["a","a"]`, `["a","b"]`, `["a",""]`, `["a",1]`, `{}`, `{"a":1}`, `{"count":1}`, `{"tenant_wide":true}`,
	`{"selector":{"tenant_wide":true},"until":"2026-04-01"}`, `{"selector":{"tenant_wide":true}}`,
}

// TestTheSchemasSayWhatTheDecoderDoes changes good data of each type in one field, and asks
// both.
func TestTheSchemasSayWhatTheDecoderDoes(t *testing.T) {
	schemas := load(t)
	if names := slices.Sorted(maps.Keys(schemas)); !slices.Equal(names, slices.Sorted(slices.Values(Types()))) {
		t.Fatalf("schemas of %v for the types %v", names, Types())
	}
	asked, agreed := 0, map[bool]int{}
	for _, c := range accepted {
		s := schemas[c.kind]
		ask := func(data any) {
			text, err := json.Marshal(data)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Decode([]byte(event(c.kind, string(text))))
			if err != nil && strings.Contains(err.Error(), "expected a time after ") {
				err = nil // of two times a schema says nothing
			}
			if fit := fits(s, data); fit != (err == nil) {
				t.Errorf("%s, %.300s: the schema says %v, the decoder %v", c.name, text, fit, err)
			}
			asked++
			agreed[err == nil]++
		}
		data := func() (v map[string]any) {
			if err := json.Unmarshal([]byte(strings.ReplaceAll(c.data, "\n\t\t", "")), &v); err != nil {
				t.Fatal(err)
			}
			return v
		}
		ask(data())
		for _, path := range paths(s, "") {
			for _, value := range values {
				var v any
				if err := json.Unmarshal([]byte(value), &v); err != nil {
					t.Fatal(err)
				}
				changed := data()
				set(changed, strings.Split(path, "."), v)
				ask(changed)
			}
		}
	}
	if agreed[true] < asked/20 || agreed[false] < asked/5 {
		t.Errorf("of %d questions %v: the values hardly tell the fields apart", asked, agreed)
	}
}

// paths are the fields of a schema, those in parts too, and one that it does not have.
func paths(s *schema, within string) []string {
	all := []string{within + "nothing"}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		all = append(all, within+name)
		if p := s.Properties[name]; p.Properties != nil {
			all = append(all, paths(p, within+name+".")...)
		}
	}
	return all
}

// set puts a value where a path leads, making the objects on its way.
func set(data map[string]any, path []string, v any) {
	for _, name := range path[:len(path)-1] {
		part, ok := data[name].(map[string]any)
		if !ok {
			part = map[string]any{}
			data[name] = part
		}
		data = part
	}
	data[path[len(path)-1]] = v
}

func TestTheSchemasBoundListsAsTheDecoderDoes(t *testing.T) {
	s := load(t)["evenkeel.flag.v1"]
	for n, want := range map[int]bool{1: true, maxAssets: true, maxAssets + 1: false} {
		ids := make([]any, n)
		for i := range ids {
			ids[i] = fmt.Sprint(i)
		}
		data := map[string]any{"case": "c", "by": "p", "says": "x", "until": "2026-04-01", "selector": map[string]any{"assets": ids}}
		text, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Decode([]byte(event("evenkeel.flag.v1", string(text))))
		if fits(s, data) != want || (err == nil) != want {
			t.Errorf("%d assets: the schema says %v, the decoder %v; want %v", n, fits(s, data), err, want)
		}
	}
}
