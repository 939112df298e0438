package sheet

import (
	"fmt"
	"html/template"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

// funcs are what templates can call.
var funcs = template.FuncMap{
	"moment": Moment, "until": Until, "when": When, "since": Since, "sentence": Sentence, "seconds": Seconds, "length": Length, "id": ID, "mark": Mark, "count": Count, "number": Number, "add": func(a, b int) int { return a + b },
}

// Moment writes a point in time in UTC, to the minute; not known is a dash.
func Moment(m evenkeel.Moment) template.HTML {
	if m == 0 {
		return `<span class="soft">–</span>`
	}
	t := m.Time()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + t.Format("2006-01-02 15:04") + ` UTC</time>`)
}

// Until says how far off a moment is: "in 14 min", "14 min ago", "now".
func Until(m, now evenkeel.Moment) string {
	switch d := m.Sub(now); {
	case m == 0:
		return "at a time that is not known"
	case d >= time.Minute:
		return "in " + Length(d)
	case d <= -time.Minute:
		return Length(-d) + " ago"
	default:
		return "now"
	}
}

// Since says how long a moment is past.
func Since(m, now evenkeel.Moment) string { return Length(max(now.Sub(m), 0)) }

// When writes a moment and how far off it is.
func When(m, now evenkeel.Moment) template.HTML {
	if m == 0 {
		return Moment(m)
	}
	return Moment(m) + template.HTML(` <span class="soft">(`+Until(m, now)+`)</span>`)
}

// Length writes a length of time in one or two units, cut: "3 h 20 min", "14 min", "12 days". Its
// blanks do not break a line.
func Length(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "−" + Length(-max(d, -math.MaxInt64))
	case d < time.Minute:
		return fmt.Sprintf("%d\u00a0s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d\u00a0min", d/time.Minute)
	case d < 2*day && d%time.Hour < time.Minute:
		return fmt.Sprintf("%d\u00a0h", d/time.Hour)
	case d < 2*day:
		return fmt.Sprintf("%d\u00a0h\u00a0%d\u00a0min", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%d\u00a0days", d/day)
	}
}

// ID writes an id of which the sheet shows the beginning only; all of it is there to be copied
// and is selected at once.
func ID(id any) template.HTML {
	text := fmt.Sprint(id)
	if text == "" {
		return `<span class="soft">–</span>`
	}
	return template.HTML(`<code class="id">` + template.HTMLEscapeString(text) + `</code>`)
}

// Mark writes a word that stands out: kind is one of danger, warn, good, info and mute. The
// word says all that the colour does.
func Mark(kind, word string) template.HTML {
	return template.HTML(`<span class="mark ` + template.HTMLEscapeString(kind) + `">` + template.HTMLEscapeString(word) + `</span>`)
}

// Count writes a number of things: "1 case", "3 cases".
func Count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}

var fraction = regexp.MustCompile(`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z`)

// Seconds writes a sentence of ours with its times to the second: what is kept has all of them.
func Seconds(s string) string { return fraction.ReplaceAllString(s, "${1}Z") }

// Sentence writes a text that begins small, as errors do, as a sentence, with its times to the
// second.
func Sentence(s string) string {
	s = Seconds(s)
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	s = string(unicode.ToUpper(first)) + s[size:]
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
