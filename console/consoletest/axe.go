package consoletest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// axe is what axe-core finds on a page: what is serious or critical, one line each, and at last
// whether it looked at anything.
const axe = `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v =>
	v.id + " (" + v.impact + "): " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" | ")).concat("rules " + (r.passes.length > 0)))`

// Audit holds that axe-core finds nothing serious or critical on the page.
func (b *Tab) Audit(t testing.TB) {
	t.Helper()
	source, err := source()
	if err != nil {
		t.Fatal(err)
	}
	b.run(t, source)
	found := eval[[]string](t, b, axe)
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
