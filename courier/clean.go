package courier

import (
	"strings"

	"github.com/evenkeel/evenkeel/instrument/redact"
)

// maxFact is the longest single fact of a letter in bytes. Longer ones are cut, and show it.
const maxFact = 2000

// clean makes one line of what others wrote: no control characters, which could end a header
// or a line, and none that turn the direction of what follows them.
func clean(s string) string {
	return cut(oneLine(cut(s, 2*maxFact)), maxFact)
}

func oneLine(s string) string { return strings.Join(strings.Fields(keepSpaces(s)), " ") }

// linesOf is clean for what a person wrote in lines, which it keeps: mostLines of mostReason
// bytes, and of several empty ones together one.
func linesOf(s string) (lines []string) {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(cut(s, mostReason))
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		line = oneLine(line)
		switch {
		case line == "" && (len(lines) == 0 || lines[len(lines)-1] == ""):
		case len(lines) == mostLines:
			lines[mostLines-1] = "…"
			return lines
		default:
			lines = append(lines, line)
		}
	}
	return lines
}

// keepSpaces is clean without a bound, for lines whose spaces count.
func keepSpaces(s string) string { return redact.Spaces(s) }

// cut shortens a text to so many bytes, between two runes, and marks it.
func cut(s string, most int) string { return redact.Cut(s, most) }
