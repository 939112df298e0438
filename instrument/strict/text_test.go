package strict

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTextMapsToItsFile looks every letter of the text up in the file: the letters are unique in each.
func TestTextMapsToItsFile(t *testing.T) {
	for _, c := range []struct{ name, doc string }{
		{"plain", "x: abc > d\n"},
		{"plain with accents before", "é: 1\n'é': {x: abc}\n"},
		{"plain over lines", "x: ab c\n   d\n  e f   # g\n"},
		{"plain over lines with an empty one", "x: ab\n\n   cd\n"},
		{"plain on the next line", "x:\n    abc\n"},
		{"single quotes", "x: 'ab''cd e'\n"},
		{"single quotes over lines", "x: 'ab\n  cd\n\n  e'\n"},
		{"double quotes", `x: "ab \"c\" \u00e9 d\x41f"` + "\n"},
		{"double quotes over lines", "x: \"ab  \n   cd \\\n   e\\nfg\"\n"},
		{"a literal block", "x: |\n  ab\n    cd\n\n  ef\n"},
		{"a literal block with an indicator", "x: |2-\n     ab\n  cd\n"},
		{"a literal block after empty lines", "x: |\n\n\n     ab\n     cd\n"},
		{"a folded block", "x: >-\n  ab\n  cd\n\n  ef\n    gh\n  ij\n"},
		{"a block in a list", "k:\n- x: |\n    ab\n    cd\n"},
		{"windows line ends", "k: 1\r\nx: |\r\n  ab\r\n  cd\r\n"},
		{"a byte order mark", "\ufeffx: abc\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := findText(t, c.doc)
			lines := splitLines([]byte(c.doc))
			line, column, found := 1, 1, 0
			for i, ch := range []rune(got.Value) {
				if i == 0 && ch != '\n' && ch != ' ' {
					if l, col := got.At(1, 1); l != got.Line || col != got.Column {
						t.Errorf("the first character is at %d:%d and %d:%d", got.Line, got.Column, l, col)
					}
				}
				if 'a' <= ch && ch <= 'z' {
					l, col := got.At(line, column)
					if l > len(lines) || col > len(lines[l-1]) || lines[l-1][col-1] != ch {
						t.Errorf("%c at %d:%d of %q maps to %d:%d", ch, line, column, got.Value, l, col)
					}
					found++
				}
				column++
				if ch == '\n' {
					line, column = line+1, 1
				}
			}
			if found == 0 {
				t.Fatalf("no letters in %q", got.Value)
			}
		})
	}
}

// findText reads the value of the key x wherever it stands.
func findText(t *testing.T, doc string) Text {
	t.Helper()
	r, docs := load("f", []byte(doc))
	if len(docs) != 1 {
		t.Fatal(r.result())
	}
	nodes := docs
	for len(nodes) > 0 {
		n := nodes[0]
		nodes = append(nodes[1:], n.Content...)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "x" {
				var out Text
				r.text(n.Content[i+1], &out)
				return out
			}
		}
	}
	t.Fatal("no key x")
	return Text{}
}

func TestPositionsOutsideTheTextStayInTheFile(t *testing.T) {
	x := findText(t, "x: |\n  ab\n  cd\n")
	for _, c := range [][4]int{{0, 0, 2, 3}, {1, 3, 2, 5}, {2, 1, 3, 3}, {3, 1, 4, 1}, {9, 9, 10, 9}} {
		if l, col := x.At(c[0], c[1]); l != c[2] || col != c[3] {
			t.Errorf("%d:%d maps to %d:%d, want %d:%d", c[0], c[1], l, col, c[2], c[3])
		}
	}
	if l, c := (Text{Value: "a"}).At(3, 4); l != 3 || c != 4 {
		t.Errorf("a text without a place maps 3:4 to %d:%d", l, c)
	}
}

func TestAnyTextInQuotesMapsToItself(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.StringMatching(`[a-zé]([a-zé' #:]{0,10}[a-zé])?`).Draw(rt, "value")
		pad := rapid.IntRange(1, 5).Draw(rt, "pad")
		doc := "x:" + strings.Repeat(" ", pad) + "'" + strings.ReplaceAll(value, "'", "''") + "'\n"
		x := findText(t, doc)
		if x.Value != value {
			rt.Fatalf("%q reads as %q", doc, x.Value)
		}
		for i, ch := range []rune(value) {
			l, col := x.At(1, i+1)
			if l != 1 || []rune(doc)[col-1] != ch {
				rt.Fatalf("character %d of %q maps to %d:%d", i, doc, l, col)
			}
		}
	})
}
