package consoletest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// axe is what axe-core finds on a page by some rules, or by all: what is serious or critical, one line
// each, and at last whether it looked at anything.
const axe = `axe.run(document, {resultTypes: ["violations"], preload: false, ...(%s)}).then(r => r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v =>
	v.id + " (" + v.impact + "): " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" | ")).concat("rules " + (r.passes.length > 0)))`

// byScreen are the rules whose answer depends on the screen or on night and day. On a second screen
// the others would say what they said on the first.
var byScreen = []string{"color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"}

// byWords are the rules whose answer depends on what a page says, and in which language.
var byWords = []string{"aria-command-name", "aria-input-field-name", "button-name", "document-title", "empty-heading", "html-has-lang", "html-lang-valid", "image-alt", "input-button-name", "label", "link-name", "select-name", "summary-name", "svg-img-alt", "valid-lang"}

// Audit holds that axe-core finds nothing serious or critical on the page, by all of its rules or by
// those that are named.
func (b *Tab) Audit(t testing.TB, rules ...string) {
	t.Helper()
	source, err := source()
	if err != nil {
		t.Fatal(err)
	}
	only := "{}"
	if len(rules) > 0 {
		only = `{runOnly: {type: "rule", values: ["` + strings.Join(rules, `", "`) + `"]}}`
	}
	if !eval[bool](t, b, "'axe' in window") {
		b.run(t, source)
	}
	found := eval[[]string](t, b, fmt.Sprintf(axe, only))
	if n := len(found); n == 0 || found[n-1] != "rules true" {
		t.Fatalf("axe-core looked at nothing: %v", found)
	}
	for _, says := range found[:len(found)-1] {
		t.Error(says)
	}
}

// source is axe-core's, from the folder above that has it.
var source = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		var text []byte
		if text, err = os.ReadFile(filepath.Join(dir, "third_party", "axe-core", "axe.min.js")); err == nil {
			return string(text), nil
		}
		if up := filepath.Dir(dir); os.IsNotExist(err) && up != dir {
			dir, err = up, nil
		}
	}
	return "", err
})
