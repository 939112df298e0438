package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel"
)

// at is a moment for a person: RFC 3339 in UTC, to the second. What is printed for machines
// keeps all of it.
func at(m evenkeel.Moment) string {
	if m == 0 {
		return ""
	}
	return m.Time().Format(time.RFC3339)
}

// nearFor is how far from now a moment may be to be told by its distance too. Beyond it, as
// in the books of an old replay, the distance says nothing.
const nearFor = 60 * 24 * time.Hour

// near is at, and how far from now that is.
func near(m, now evenkeel.Moment) string {
	switch d := m.Sub(now); {
	case m == 0 || now == 0 || d > nearFor || d < -nearFor:
		return at(m)
	case d >= 0:
		return at(m) + " (in " + about(d) + ")"
	default:
		return at(m) + " (" + about(-d) + " ago)"
	}
}

// about is a length of time as a person says it, rounded down.
func about(d time.Duration) string {
	switch m := int64(d / time.Minute); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case m < 48*60 && m%60 == 0:
		return fmt.Sprintf("%d h", m/60)
	case m < 48*60:
		return fmt.Sprintf("%d h %d min", m/60, m%60)
	default:
		return several(m/(24*60), "day")
	}
}

var fraction = regexp.MustCompile(`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z`)

// seconds is a sentence of ours with its times to the second.
func seconds(text string) string { return fraction.ReplaceAllString(text, "${1}Z") }

// inSeconds is an error whose sentence has its times to the second.
func inSeconds(err error) error {
	if err == nil || seconds(err.Error()) == err.Error() {
		return err
	}
	return &evenkeel.Error{Kind: evenkeel.KindOf(err), Says: seconds(err.Error()), Hint: evenkeel.HintOf(err)}
}

// quote writes what somebody said, line by line, so that none of it can pass for ours.
func quote(w io.Writer, indent, words string) {
	for line := range strings.Lines(words) {
		fmt.Fprintf(w, "%s| %s\n", indent, shown(strings.TrimRight(line, "\r\n")))
	}
}

// told is a text from elsewhere that ends a line of ours: behind it where it is one line
// itself, else below it as a quotation.
func told(indent, text string) string {
	text = strings.TrimRight(text, "\r\n")
	if !strings.Contains(text, "\n") {
		return shown(text)
	}
	var b strings.Builder
	b.WriteByte('\n')
	quote(&b, indent, text)
	return strings.TrimSuffix(b.String(), "\n")
}

// shown is a text from elsewhere as a terminal may have it: what would steer it, or turn the
// order of letters around, is written as an escape.
func shown[T ~string](s T) string {
	var b strings.Builder
	for _, r := range string(s) {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
