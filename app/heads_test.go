package app

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAFileOfHeadsIsCutIntoThem(t *testing.T) {
	head := func(origin string) string { return origin + "\n3\nroot\ntime 2026\n\n— " + origin + " c2ln\n" }
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Map(rapid.StringMatching(`[a-z]{1,8}`), head)).Draw(t, "heads")
		text := strings.Join(want, "\n")
		if len(want) > 0 && rapid.Bool().Draw(t, "as it is written") {
			text += "\n"
		}
		if got := heads(text); !slices.Equal(got, want) {
			t.Fatalf("%q is cut into %q; want %q", text, got, want)
		}
	})
	if got := heads("\n"); got != nil {
		t.Errorf("nothing is cut into %q", got)
	}
	if got := heads("no head at all"); !slices.Equal(got, []string{"no head at all\n"}) {
		t.Errorf("what is no head is left out: %q", got)
	}
}
