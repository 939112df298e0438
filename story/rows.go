package story

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// quotes finds where a description says what it shows, up to the end of the phrase.
	quotes = regexp.MustCompile(`\bRows? ([^.:;]*)`)
	// quotedRow finds a row in that: R5, F13, "R1 to R4", or the letter of what must always hold.
	quotedRow = regexp.MustCompile(`\b(?:([RF])(\d{1,2})(?: to [RF](\d{1,2}))?|([DANOBRLGP]))\b`)
)

// Rows returns what the story says that it shows, each once: rows of what Evenkeel is to do (R1
// to R28), of what went wrong before (F1 to F17, docs/failures.md), and the letters of what must
// always hold, in this order. A description says so in a phrase that begins with Row or Rows.
func (s *Script) Rows() []string {
	var out []string
	for _, phrase := range quotes.FindAllStringSubmatch(s.About, -1) {
		for _, m := range quotedRow.FindAllStringSubmatch(phrase[1], -1) {
			if m[4] != "" {
				out = append(out, m[4])
				continue
			}
			first, _ := strconv.Atoi(m[2]) // two digits at most, as the last one
			last, _ := strconv.Atoi(cmp.Or(m[3], m[2]))
			for n := first; n <= last; n++ {
				out = append(out, fmt.Sprint(m[1], n))
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(place(a), place(b)) })
	return slices.Compact(out)
}

// place orders rows: R by number, F by number, letters.
func place(row string) string {
	if len(row) == 1 {
		return "2" + row
	}
	n, _ := strconv.Atoi(row[1:])
	return fmt.Sprintf("%d%02d", strings.Index("RF", row[:1]), n)
}
