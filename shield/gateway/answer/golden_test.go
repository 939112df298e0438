package answer

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew; read the difference")

// TestPagesAreWhatSomebodyRead compares each page in each language, and what is no page in English, with a file that was read.
func TestPagesAreWhatSomebodyRead(t *testing.T) {
	p := pages(t)
	for _, c := range every {
		for l := range Lang(Langs) {
			a := c.answer(p, visitor(l))
			golden(t, c.name+"."+l.String()+".html", withFields(t, &a))
		}
		for _, reader := range []Reader{Program, Text} {
			a := c.answer(p, Visitor{Reader: reader})
			golden(t, c.name+"."+reader.String(), withFields(t, &a))
		}
	}
}

// withFields is an answer as HTTP/1.1 would show it.
func withFields(t *testing.T, a *Answer) string {
	var lines []string
	for name, values := range header(a) {
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d\n%s\n\n%s", a.Status, strings.Join(lines, "\n"), text(t, a.Body))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
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
		t.Errorf("%s differs; write it anew with -rewrite and read the difference:\n%s", name, got)
	}
}
