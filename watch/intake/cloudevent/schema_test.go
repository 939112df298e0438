package cloudevent

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"
)

// schema is as much of JSON Schema 2020-12 as ours use.
type schema struct {
	Schema     string `json:"$schema"`
	ID         string `json:"$id"`
	Title      string
	Type       string
	Required   []string
	Dependent  map[string][]string `json:"dependentRequired"`
	Properties map[string]*schema
	Items      *schema
	AnyOf      []*schema
	Enum       []string
	Pattern    string
	Format     string
	MinLength  int
	MaxLength  *int
	MaxItems   *int
	Minimum    *float64
	Maximum    *float64
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

// valid says where a value does not fit a schema, or "". Formats are not looked into.
func valid(s *schema, v any, where string) string {
	if v == nil {
		return "" // null is the same as absent; the schemas do not say so
	}
	if s.AnyOf != nil {
		if !slices.ContainsFunc(s.AnyOf, func(a *schema) bool { return valid(a, v, where) == "" }) {
			return where
		}
		return ""
	}
	if word, ok := v.(string); s.Enum != nil && (!ok || !slices.Contains(s.Enum, word)) {
		return where
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range s.Required {
			if v[name] == nil {
				return where + "." + name
			}
		}
		for name, others := range s.Dependent {
			for _, other := range others {
				if v[name] != nil && v[other] == nil {
					return where + "." + other
				}
			}
		}
		for name, value := range v {
			if p := s.Properties[name]; p != nil {
				if bad := valid(p, value, where+"."+name); bad != "" {
					return bad
				}
			}
		}
		return mismatch(s.Type != "object", where)
	case []any:
		for _, e := range v {
			if bad := valid(s.Items, e, where+"[]"); bad != "" {
				return bad
			}
		}
		return mismatch(s.Type != "array" || s.MaxItems != nil && len(v) > *s.MaxItems, where)
	case string:
		n := utf8.RuneCountInString(v)
		return mismatch(s.Enum == nil && s.Type != "string" || n < s.MinLength || s.MaxLength != nil && n > *s.MaxLength ||
			s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v), where)
	case float64:
		return mismatch(s.Type != "integer" || v < *s.Minimum || v > *s.Maximum, where)
	}
	return where
}

func mismatch(bad bool, where string) string {
	if bad {
		return where
	}
	return ""
}

func TestEveryAcceptedExampleIsValid(t *testing.T) {
	schemas := load(t)
	for _, c := range accepted {
		var data any
		if err := json.Unmarshal([]byte(c.data), &data); err != nil {
			t.Fatal(err)
		}
		if bad := valid(schemas[c.kind], data, "data"); bad != "" {
			t.Errorf("%s: %s does not fit the schema", c.name, bad)
		}
	}
	for kind, data := range map[string]map[string]any{
		"evenkeel.payment.v1":   {"tenant": "t", "kind": "gift", "amount": "1", "currency": "EUR"},
		"evenkeel.tenant.v1":    {"tenant": "t", "paid_total": "1000000000000", "currency": "EUR"},
		"evenkeel.asset.v1":     {"asset": "a", "kind": "vn", "tenant": "t"},
		"evenkeel.lifecycle.v1": {"asset": "a", "tenant": "t", "action": "create", "image": longName + "x"},
		"evenkeel.hostevent.v1": {"asset": "a", "what": ""},
	} {
		if valid(schemas[kind], data, "data") == "" {
			t.Errorf("the schema of %s takes %v", kind, data)
		}
	}
	for _, amount := range []string{"paid_total", "run_rate_month"} {
		if valid(schemas["evenkeel.tenant.v1"], map[string]any{"tenant": "t", amount: "1"}, "data") == "" {
			t.Errorf("the schema takes %s without a currency", amount)
		}
	}
}

func TestTheSchemasSayWhatTheDecoderDoes(t *testing.T) {
	schemas := load(t)
	if len(schemas) != len(kinds) {
		t.Errorf("%d schemas for %d types", len(schemas), len(kinds))
	}
	for _, k := range kinds {
		s := schemas[k.name]
		if s == nil {
			t.Errorf("%s has no schema", k.name)
			continue
		}
		var required []string
		var dependent map[string][]string
		for _, f := range k.fields {
			if f.with != "" {
				if dependent == nil {
					dependent = map[string][]string{}
				}
				dependent[f.name] = []string{f.with}
			}
			if f.required {
				required = append(required, f.name)
			}
			p := s.Properties[f.name]
			if p == nil {
				t.Errorf("%s: the schema does not know %s", k.name, f.name)
				continue
			}
			if !agrees(p, f) {
				t.Errorf("%s: the schema and the decoder differ about %s", k.name, f.name)
			}
		}
		if !reflect.DeepEqual(s.Dependent, dependent) {
			t.Errorf("%s: the schema asks for %v beside fields, the decoder for %v", k.name, s.Dependent, dependent)
		}
		if !reflect.DeepEqual(s.Required, required) || len(s.Properties) != len(k.fields) || s.Type != "object" {
			t.Errorf("%s: the schema requires %v of %d fields, the decoder %v of %d", k.name, s.Required, len(s.Properties), required, len(k.fields))
		}
	}
}

// agrees compares the bounds that a schema states with those of a field.
func agrees(p *schema, f field) bool {
	switch f.form {
	case formID:
		return p.Type == "string" && p.MinLength == 1 && *p.MaxLength == 256
	case formText, formProse:
		return p.Type == "string" && p.MinLength == int(f.least) && *p.MaxLength == f.longest()
	case formWord:
		return reflect.DeepEqual(p.Enum, f.words)
	case formMoment:
		return len(p.AnyOf) == 2 && p.AnyOf[0].Format == "date-time" && p.AnyOf[1].Format == "date"
	case formDecimal:
		return p.Pattern == fmt.Sprintf(`^[0-9]{1,%d}(\.[0-9]{1,%d})?$`, maxDigits, maxDecimals)
	case formCurrency:
		return p.Pattern == "^[A-Z]{3}$"
	case formCount:
		return p.Type == "integer" && *p.Minimum == float64(f.least) && *p.Maximum == float64(f.most)
	case formAddress:
		return len(p.AnyOf) == 2 && p.AnyOf[0].Format == "ipv4" && p.AnyOf[1].Format == "ipv6"
	case formSHA256:
		return p.Pattern == "^[0-9a-fA-F]{64}$"
	case formContacts:
		return p.Type == "array" && *p.MaxItems == maxContacts && reflect.DeepEqual(p.Items.Required, []string{"role"})
	}
	return false
}
