package builtin

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/judge/policy"
)

var rewrite = flag.Bool("rewrite", false, "write the tables of docs/policy.md anew")

const page = "../../../docs/policy.md"

// TestTheTablesOfThePageAreTrue holds what operators read to what the program does.
func TestTheTablesOfThePageAreTrue(t *testing.T) {
	p, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(was)
	for name, table := range map[string]string{"law": policy.LawTable(), "table": p.SafeguardTable()} {
		before, rest, ok := strings.Cut(text, "<!-- "+name+" -->\n")
		_, after, closed := strings.Cut(rest, "<!-- /"+name+" -->")
		if !ok || !closed {
			t.Fatalf("%s has no place for the %s", page, name)
		}
		text = before + "<!-- " + name + " -->\n" + strings.TrimSpace(table) + "\n<!-- /" + name + " -->" + after
	}
	switch {
	case text == string(was):
	case *rewrite:
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the tables of docs/policy.md are not what the program does; go test ./judge/policy/builtin -rewrite writes them anew")
	}
}
