package main

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/judge/docket"
)

func TestEveryClockIsSaidInWords(t *testing.T) {
	seen := map[string]docket.ClockKind{}
	for k := docket.ClockKind(1); k.String() != "invalid"; k++ {
		w := dueWord(k)
		if w == k.String() || !strings.Contains(w, " ") || strings.Contains(w, "_") {
			t.Errorf("clock %s is said as %q; expected words", k, w)
		}
		if other, twice := seen[w]; twice {
			t.Errorf("clocks %s and %s are both said as %q", other, k, w)
		}
		seen[w] = k
	}
	if len(seen) < 18 {
		t.Errorf("%d kinds of clock", len(seen))
	}
}
