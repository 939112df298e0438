package prometheus

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

const (
	firstPiece = 30 * time.Minute // of time, in the first question
	leastPiece = time.Minute
	mostPiece  = 7 * 24 * time.Hour
	mostGrowth = 8
	wanted     = 250_000 // samples of one answer
	mostGroup  = 25      // targets that are asked for together
)

// pace is how much time is asked for at once. It follows from how much the last answer held.
type pace struct{ piece time.Duration }

// next is where a question that begins at a moment ends.
func (p *pace) next(from, until evenkeel.Moment) evenkeel.Moment {
	if p.piece == 0 {
		p.piece = firstPiece
	}
	return min(from.Add(p.piece), until)
}

// learn goes by an answer.
func (p *pace) learn(samples int) {
	grown := p.piece * mostGrowth
	if samples > 0 {
		grown = min(grown, time.Duration(float64(p.piece)*wanted/float64(samples)))
	}
	p.piece = min(max(grown.Truncate(time.Second), leastPiece), mostPiece)
}

// halve makes questions smaller after one that was too large, and says whether it could.
func (p *pace) halve() bool {
	if p.piece <= leastPiece {
		return false
	}
	p.piece = max((p.piece / 2).Truncate(time.Second), leastPiece)
	return true
}

// groups cuts targets into matchers of some each. Without targets there is one, that matches all.
func groups(label string, targets []string) []string {
	if len(targets) == 0 {
		return []string{""}
	}
	var out []string
	for some := range slices.Chunk(targets, mostGroup) {
		var quoted []string
		for _, t := range some {
			quoted = append(quoted, regexp.QuoteMeta(t))
		}
		out = append(out, label+"=~"+quote(strings.Join(quoted, "|")))
	}
	return out
}

// quote writes a string of PromQL.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
