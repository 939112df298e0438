package answer

import (
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
)

// appendUTC appends a time as everybody reads it, to the minute: 2026-11-28 14:05 UTC.
func appendUTC(dst []byte, at evenkeel.Moment) []byte {
	return at.Time().AppendFormat(dst, "2006-01-02 15:04 UTC")
}

// appendTime appends a time as HTML, and how far it is from now in brackets.
func appendTime(dst []byte, l Lang, at, now evenkeel.Moment) []byte {
	dst = append(dst, `<time datetime="`...)
	dst = at.Time().AppendFormat(dst, "2006-01-02T15:04Z")
	dst = append(dst, `">`...)
	dst = appendUTC(dst, at)
	dst = append(dst, "</time> <span>("...)
	if at > now {
		dst = appendIn(dst, l, at.Sub(now))
	} else {
		dst = appendAgo(dst, l, now.Sub(at))
	}
	return append(dst, ")</span>"...)
}

// appendAgo appends such as "12 minutes ago".
func appendAgo(dst []byte, l Lang, d time.Duration) []byte {
	switch {
	case d < time.Minute:
		return append(dst, said["just now"][l]...)
	case d < time.Hour:
		return appendNumber(dst, l, int64(d/time.Minute), "ago minute", "ago minutes")
	case d < 48*time.Hour:
		return appendNumber(dst, l, int64(d/time.Hour), "ago hour", "ago hours")
	}
	return appendNumber(dst, l, int64(d/(24*time.Hour)), "ago day", "ago days")
}

// appendIn appends such as "in 5 seconds", rounded up, so that nobody comes too early.
func appendIn(dst []byte, l Lang, d time.Duration) []byte {
	switch {
	case d <= 90*time.Second:
		return appendNumber(dst, l, max(up(d, time.Second), 1), "in second", "in seconds")
	case d <= 90*time.Minute:
		return appendNumber(dst, l, up(d, time.Minute), "in minute", "in minutes")
	case d <= 48*time.Hour:
		return appendNumber(dst, l, up(d, time.Hour), "in hour", "in hours")
	}
	return appendNumber(dst, l, up(d, 24*time.Hour), "in day", "in days")
}

// appendAbout appends a rough time such as "about 3 minutes", rounded up.
func appendAbout(dst []byte, l Lang, d time.Duration) []byte {
	switch {
	case d < time.Minute:
		return append(dst, said["under minute"][l]...)
	case d <= 90*time.Minute:
		return appendNumber(dst, l, up(d, time.Minute), "about minute", "about minutes")
	case d <= 24*time.Hour:
		return appendNumber(dst, l, up(d, time.Hour), "about hour", "about hours")
	}
	return append(dst, said["over day"][l]...)
}

// appendNumber appends a sentence with a number, for one or for another number.
func appendNumber(dst []byte, l Lang, n int64, one, other string) []byte {
	name := other
	if n == 1 {
		name = one
	}
	before, behind := around(said[name][l], "{n}")
	dst = append(dst, before...)
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, behind...)
}

// appendWith appends a sentence in which {in} stands, with the seconds in its place.
func appendWith(dst []byte, l Lang, name string, seconds int) []byte {
	before, behind := around(said[name][l], "{in}")
	dst = append(dst, before...)
	dst = appendIn(dst, l, time.Duration(seconds)*time.Second)
	return append(dst, behind...)
}

// up returns how often unit goes into d, rounded up.
func up(d, unit time.Duration) int64 {
	n := int64(d / unit)
	if d%unit > 0 {
		n++
	}
	return n
}

// The bounds of Retry-After in seconds (RFC 9110, section 10.2.3). Whoever is told less than LeastRetry comes at once; beyond
// MostRetry nobody waits, and a clock that was set back must not send anybody away for a year.
const (
	LeastRetry = 1
	MostRetry  = 24 * 60 * 60
)

// secondsTo returns the seconds from now to until, rounded up, within the bounds of Retry-After and at most most; unknown where
// until is 0.
func secondsTo(until, now evenkeel.Moment, unknown, most int) int {
	if until == 0 {
		return unknown
	}
	n := up(until.Sub(now), time.Second)
	return int(min(max(n, LeastRetry), int64(min(most, MostRetry))))
}
