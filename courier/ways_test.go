package courier

import (
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// R6, D: the letter about every measure that takes something names the ways to the data that are kept open,
// and none that is not, in every language, before it begins and while it stands; and of nothing that
// takes nothing, or is over.
func TestTheLetterNamesTheWaysToTheData(t *testing.T) {
	fold := func(s string) string { return strings.Join(strings.Fields(s), "") }
	for _, p := range languages {
		for m := evenkeel.MeasureNotify; m.String() != "invalid"; m++ {
			for _, s := range []evenkeel.DecisionState{evenkeel.Held, evenkeel.InForce, evenkeel.Lifted, evenkeel.Lapsed} {
				for _, ways := range [][]string{{"console", "export"}, {"rescue"}, {"backup", "by post"}, nil} {
					n, head := notice(m, "web-7"), office
					n.State, head.Ways = s, Ways{Open: ways, Shown: n.At}
					got, err := Render(&n, Recipient{Lang: p.lang}, doors, head)
					if err != nil {
						t.Fatal(err)
					}
					text, stands := fold(got.Text), m.Enforced() && (s == evenkeel.Held || s == evenkeel.InForce)
					intro, _, _ := strings.Cut(p.lead.ways, "%s")
					if strings.Contains(text, fold(intro)) != (stands && ways != nil) {
						t.Errorf("%s, %s %s, %v: it names ways, or none:\n%s", p.lang, s, m, ways, got.Text)
					}
					_, rest, _ := strings.Cut(text, fold(intro))
					list, _, _ := strings.Cut(strings.ReplaceAll(rest, "。", "."), ".")
					for way, word := range p.ways {
						if strings.Contains(list, fold(word)) != (stands && slices.Contains(ways, way)) {
							t.Errorf("%s, %s %s, %v: %q", p.lang, s, m, ways, list)
						}
					}
				}
			}
		}
	}
}
