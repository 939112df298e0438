package judge_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/judge"
)

// B, 5.5 of the study: a rule that is edited and keeps its version has not been seen at work either, and
// nor have all rules in another build of the program. What stands at the port goes on being limited, in small.
func TestTheFirstHourOfAChangedDocumentOrBuildIsDamped(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, p *judge.Parts) (digest string)
		wants  int
	}{
		{"the same once more", func(*testing.T, *judge.Parts) string { return "a" }, 33},
		{"another document under the same version", func(*testing.T, *judge.Parts) string { return "b" }, 4},
		{"another build", func(_ *testing.T, p *judge.Parts) string { p.Build = "v2"; return "a" }, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, known := newBooks(), many(200, false)
			run := func(p judge.Parts, digest string, from, until int, after time.Duration) int {
				d, err := judge.New(p)
				if err != nil {
					t.Fatal(err)
				}
				load(t, d, after, version("flood-out", "flood", 1, digest))
				before, _ := enforced(t, b)
				for i := from; i < until; i++ {
					considered(t, d, known, flooding(i, after+time.Duration(i)*time.Second/100))
				}
				n, _ := enforced(t, b)
				return n - before
			}
			parts := governedParts(t, b, "  rule: {at_once: 33, one_more_every: 1m}\n")
			parts.Build = "v1"
			if n := run(parts, "a", 0, 50, 0); n != 4 {
				t.Fatalf("%d are enforced at first; expected a tenth of 33", n)
			}
			if n := run(parts, c.change(t, &parts), 51, 150, 3*time.Hour); n != c.wants {
				t.Errorf("%d of 99 are enforced; expected %d", n, c.wants)
			}
		})
	}
}
