package strict

import (
	"errors"
	"testing"
)

// FuzzDecode feeds arbitrary bytes: no panic, and either a document or faults inside the file; every
// text maps into the file.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"name: x\nweight: 1\nterms: [{when: a, min: 1}]\n", "name: |\n  a\n   b\n", "name: \"a\\x41\\\n  b\"\n", "name: 'a''\n\n b'\n", "name: >2+\n   a\n\n  b\n",
		"a: &a [*a]\n", "<<: {a: 1}", "--- !!map\n? a\n: b\n...\n%YAML 1.2\n---\n- \t\n", "name: [1, 2\n", "{a: {b: {c: ~}}}", "hold: 1h\nfrom: 2020-01-01\nfree: 0x1F",
		"\ufeffname: \u2028x\u0085y", "name: a\r\n  b\rc\n", "? |\n  k\n: v", "name: \"\\", "at: 5\nsmall: +0b11\nshare: -.5e-3", "name: - a", "name: \"\\\n0\"\n", "x: !<tag:yaml.org,2002:str> a",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := DecodeAll[rule]("f", data)
		if err != nil {
			var list Errors
			if !errors.As(err, &list) || len(list) == 0 || len(list) > mostErrors || rules != nil {
				t.Fatalf("%T %v", err, err)
			}
			for _, e := range list {
				if e.Line < 1 || e.Column < 1 || e.Message == "" {
					t.Fatalf("a fault without a place: %+v", e)
				}
			}
			return
		}
		if len(rules) == 0 {
			t.Fatal("no document and no fault")
		}
		lines := splitLines(data)
		for _, r := range rules {
			if l, c := r.Name.At(1, 1); l != r.Name.Line || c != r.Name.Column || l < 1 || c < 1 || l > len(lines)+1 {
				t.Fatalf("%q is at %d:%d of %d lines", r.Name.Value, l, c, len(lines))
			}
			r.Name.At(2, 7)
		}
	})
}
