package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"html"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/ledger/report"
)

func pageOf(t *testing.T, r report.Report, lang string) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.HTML(&b, lang); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPageSaysTheFigures in both languages, with nothing from elsewhere and no script.
func TestPageSaysTheFigures(t *testing.T) {
	r := made(t, small(), quarter)
	for lang, wants := range map[string][]string{
		"en": {`<html lang="en">`, "Public record 2026Q4", "80.0 %", "4 of 5", "40 min 0 s", "3 h 20 min", "2.50 EUR", "crypto-mining", "2026-12-31", r.Log.Root, "not over", "cases closed: false positive"},
		"zh": {`<html lang="zh">`, "公开记录 2026Q4", "80.0 %", "4 / 5", "40 分钟 0 秒", "限制 CPU", "2.50 EUR", r.Log.Root, "结案: 误报"},
	} {
		text := html.UnescapeString(pageOf(t, r, lang))
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not on the page", lang, want)
			}
		}
		for _, cell := range []string{`data-label="`, "@media (max-width:44rem)"} { // on a phone each figure of the table has its name beside it, and none is cut off
			if !strings.Contains(text, cell) {
				t.Errorf("%s: the table is not for a phone: %q is not on the page", lang, cell)
			}
		}
		for _, never := range []string{"<script", "http://", "https://", "src=", "%!", "<no value>"} {
			if strings.Contains(text, never) {
				t.Errorf("%s: %q is on the page", lang, never)
			}
		}
		wellFormed(t, text)
	}
	if err := r.HTML(io.Discard, "tlh"); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), "en, zh") {
		t.Errorf("another language: %v; expected the ones that there are", err)
	}
}

// wellFormed reads the page's elements, so that none is left open.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Error(err)
			return
		}
	}
}

func TestNamesOfRulesAreNoMarkup(t *testing.T) {
	l, d := &logged{}, decision("a", "a", evenkeel.MeasureNotify, 0)
	d.Grounds.Basis[0].Rule, d.Family = "<script>alert(1)</script>", `"><img src=x>`
	l.put(ledger.OfTurn(key, &d, machine, "p"))
	if text := pageOf(t, made(t, l, quarter), "en"); strings.Contains(text, "<script") || strings.Contains(text, "<img") {
		t.Error("a name of a rule became markup")
	}
}

// TestNothingOfAPageIsUntranslated: each word has both languages.
func TestNothingOfAPageIsUntranslated(t *testing.T) {
	en, zh := reflect.ValueOf(*report.English), reflect.ValueOf(*report.Chinese)
	for i := range en.NumField() {
		if name := en.Type().Field(i).Name; name != "Measures" && (en.Field(i).IsZero() || zh.Field(i).IsZero()) {
			t.Errorf("%s is empty in a language", name)
		}
	}
	for m := evenkeel.MeasureNotify; m <= evenkeel.MeasureDeny; m++ {
		if report.Chinese.Measures[m] == "" {
			t.Errorf("%s has no Chinese word", m)
		}
	}
	for o := evenkeel.OutcomeNone; o <= evenkeel.OutcomeCovered; o++ {
		if report.English.Outcomes[o.String()] == "" || report.Chinese.Outcomes[o.String()] == "" {
			t.Errorf("%s has no word", o)
		}
	}
}

// TestSchemaNamesEveryField and none that is not there.
func TestSchemaNamesEveryField(t *testing.T) {
	text, err := os.ReadFile("../../../docs/schema/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := json.Unmarshal([]byte(asJSON(t, made(t, small(), quarter))), &value); err != nil {
		t.Fatal(err)
	}
	sameNames(t, "report", schema, schema, value)
}

// sameNames holds the names of an object to those that the schema knows and asks for, all the way down.
func sameNames(t *testing.T, at string, root, schema map[string]any, value any) {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		schema, _ = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	switch v := value.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for _, x := range v {
			sameNames(t, at+"[]", root, items, x)
		}
	case map[string]any:
		known, _ := schema["properties"].(map[string]any)
		if known == nil { // by names that are values
			return
		}
		required, _ := schema["required"].([]any)
		for name := range known {
			if _, ok := v[name]; !ok {
				t.Errorf("%s.%s is documented and not there", at, name)
			}
		}
		for name, x := range v {
			of, ok := known[name].(map[string]any)
			if !ok || !slices.Contains(required, any(name)) {
				t.Errorf("%s.%s is not documented, or not as always there", at, name)
				continue
			}
			sameNames(t, at+"."+name, root, of, x)
		}
	}
}
