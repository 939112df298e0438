package rule

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

var rewrite = flag.Bool("rewrite", false, "write golden files instead of comparing with them")

// golden compares text with a committed file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (read the diff, then run with -rewrite):\n%s", file, got)
	}
}

func mustRead(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// parseOne parses a file with one rule.
func parseOne(t testing.TB, file string) *Rule {
	t.Helper()
	return parseText(t, string(mustRead(t, file)))
}

func parseText(t testing.TB, doc string) *Rule {
	t.Helper()
	rules, err := Parse("test.yaml", []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != 1 {
		t.Fatalf("%d rules, want one", len(rules))
	}
	return rules[0]
}

func TestEveryBadDocumentSaysWhereAndWhatWasExpected(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad documents: %v", err)
	}
	var b strings.Builder
	for _, file := range files {
		name := filepath.Base(file)
		rules, err := Parse(name, mustRead(t, file))
		if err == nil {
			t.Errorf("%s compiles", name)
			continue
		}
		if rules != nil {
			t.Errorf("%s: rules beside an error", name)
		}
		if k := evenkeel.KindOf(err); k != evenkeel.KindInvalid {
			t.Errorf("%s: kind %v, want invalid", name, k)
		}
		b.WriteString(err.Error() + "\n")
	}
	golden(t, "testdata/bad.golden", b.String())
}

// R5: a rule may say who wrote it, and what names nobody is a fault.
func TestARuleSaysWhoWroteIt(t *testing.T) {
	unsigned := mustRead(t, "testdata/good.yaml")
	text := bytes.Replace(unsigned, []byte("\nmode:"), []byte("\nauthors: [ada, bea]\nmode:"), 1)
	rules, err := Parse("authored.yaml", text)
	if err != nil || !slices.Equal(rules[0].Authors, []evenkeel.PersonID{"ada", "bea"}) {
		t.Fatalf("%v, %v; expected a rule of ada and bea", rules, err)
	}
	if plain, err := Parse("authored.yaml", unsigned); err != nil || plain[0].Digest != rules[0].Digest {
		t.Errorf("%v, %v; expected the same digest: who wrote it is no part of what it says", plain, err)
	}
	for _, bad := range []string{"[ada, ada]", "['']"} {
		if _, err := Parse("authored.yaml", bytes.Replace(text, []byte("[ada, bea]"), []byte(bad), 1)); err == nil || !strings.Contains(err.Error(), "author ") {
			t.Errorf("authors %s: %v; expected a fault that names it", bad, err)
		}
	}
}
