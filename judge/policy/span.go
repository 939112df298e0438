package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// span is a length of time; beside Go's units it has whole days, as in 7d or 1d12h.
type span time.Duration

// UnmarshalText reads a span of zero or more. A number of days is bounded so that the sum with
// anything a document may say stays in range.
func (s *span) UnmarshalText(b []byte) error {
	text := string(b)
	wrong := fmt.Errorf("the duration %q; expected one like 30m, 4h or 7d", clip(text))
	var total time.Duration
	if days, rest, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return wrong
		}
		total, text = time.Duration(n)*day, rest
	}
	if text != "" || len(b) == 0 {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 || d > 100*365*day {
			return wrong
		}
		total += d
	}
	*s = span(total)
	return nil
}

// String writes the span as a document does.
func (s span) String() string {
	d := time.Duration(s)
	switch {
	case d >= day && d%day == 0:
		return strconv.Itoa(int(d/day)) + "d"
	case d >= time.Hour && d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	case d >= time.Minute && d%time.Minute == 0:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return d.String()
}

func long(d time.Duration) string { return span(d).String() }
