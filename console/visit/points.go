package visit

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/phrasebook"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// pointed puts a person's words to the tenant: what was answered point by point is written for whoever decides, of "the
// tenant", and is read here by it. Letters say the same.
func (t tongue) pointed(words string) string {
	r := docket.ReadReasons(words)
	if len(r.Points) == 0 {
		return words
	}
	says := map[docket.Speaks]string{docket.SpeaksFor: t.SpeaksFor, docket.SpeaksAgainst: t.SpeaksAgainst, docket.CannotTell: t.CannotTell}
	lines := []string{r.Reason, "", t.PointByPoint}
	for i, p := range r.Points {
		criterion := p.Criterion
		if en, zh, ok := phrasebook.Criterion(criterion); ok {
			if criterion = en; t.Tag != english.Tag {
				criterion = zh
			}
		}
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, criterion), strings.TrimSpace(says[p.Speaks]+" "+p.Note))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
