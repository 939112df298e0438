package builtin

import (
	"io/fs"
	"strings"
	"testing"
)

func TestEachBuiltInRuleStandsInAFileOfItsName(t *testing.T) {
	rules, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(FS(), "*.yaml")
	if err != nil || len(files) == 0 || len(files) != len(rules) {
		t.Fatalf("%d files, %d rules: %v", len(files), len(rules), err)
	}
	for i, r := range rules {
		if i > 0 && rules[i-1].ID >= r.ID {
			t.Errorf("%s stands after %s", r.ID, rules[i-1].ID)
		}
		if file, _, _ := strings.Cut(r.Source, ":"); file != r.ID+".yaml" {
			t.Errorf("rule %s stands in %s", r.ID, file)
		}
	}
}
