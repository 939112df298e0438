package convert

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// clock reads times and moves them.
type clock struct {
	format string         // unix, unix-ms, rfc3339 or a layout of package time
	zone   *time.Location // of a layout without one; nil is UTC

	start evenkeel.Moment // where the first time that is read goes; 0 stays
	shift time.Duration
	moved time.Duration // by start, once known
	begun bool
}

// read returns the moment of a cell, moved.
func (c *clock) read(s string) (evenkeel.Moment, error) {
	at, err := c.parse(strings.TrimSpace(s))
	if err != nil {
		return 0, err
	}
	return c.move(at)
}

func (c *clock) parse(s string) (evenkeel.Moment, error) {
	switch c.format {
	case "unix":
		return unixTime(s, 1e9)
	case "unix-ms":
		return unixTime(s, 1e6)
	case "rfc3339":
		return evenkeel.ParseMoment(s)
	}
	zone := c.zone
	if zone == nil {
		zone = time.UTC
	}
	t, err := time.ParseInLocation(c.format, s, zone)
	if err != nil {
		return 0, evenkeel.Invalid("time %q: expected the form %q", s, c.format)
	}
	return evenkeel.MomentOf(t), nil
}

// unixTime reads a number of units of so many nanoseconds since 1970; a whole one exactly.
func unixTime(s string, unit float64) (evenkeel.Moment, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n < math.MaxInt64/int64(unit) && n > math.MinInt64/int64(unit) {
		return evenkeel.Moment(n * int64(unit)), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(f) > float64(math.MaxInt64/2)/unit {
		return 0, evenkeel.Invalid("time %q: expected a number of seconds or milliseconds since 1970", s)
	}
	whole := math.Floor(f)
	rest := float64((f - whole) * unit)
	return evenkeel.Moment(int64(whole)*int64(unit) + int64(rest)), nil
}

// move applies start and shift.
func (c *clock) move(at evenkeel.Moment) (evenkeel.Moment, error) {
	if !c.begun && c.start != 0 {
		c.moved = c.start.Sub(at)
	}
	c.begun = true
	to := at.Add(c.moved).Add(c.shift)
	if !intake.Sane(to) {
		return 0, evenkeel.Invalid("time %s: expected 1971 to 2199", to)
	}
	return to, nil
}

// When is a moment, or how long before an asset's first reading one is. The zero value is
// not told.
type When struct {
	At      evenkeel.Moment
	Before  time.Duration // where At is 0
	AtFirst bool          // the first reading itself, where both others are 0
}

// ParseTime reads RFC 3339, or a date, which is its first moment in UTC.
func ParseTime(s string) (evenkeel.Moment, error) {
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return evenkeel.MomentOf(day), nil
	}
	at, err := evenkeel.ParseMoment(s)
	if err != nil {
		return 0, evenkeel.Invalid("time %q: expected such as 2026-11-22T09:30:00Z, or a date such as 2026-11-22", s)
	}
	return at, nil
}

// ParseWhen reads RFC 3339, a date, or a duration such as 90m, 12h or 400d.
func ParseWhen(s string) (When, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return before(time.Duration(n) * 24 * time.Hour), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return before(d), nil
	}
	at, err := ParseTime(s)
	if err != nil {
		return When{}, evenkeel.Invalid("%q: expected a time such as 2026-11-22T09:30:00Z, a date such as 2026-11-22, or how long before the first reading, such as 12h or 400d", s)
	}
	return When{At: at}, nil
}

func before(d time.Duration) When { return When{Before: d, AtFirst: d == 0} }

// from returns the moment, or 0 where it was not told.
func (w When) from(first evenkeel.Moment) evenkeel.Moment {
	switch {
	case w.At != 0:
		return w.At
	case w == When{}:
		return 0
	}
	return first.Add(-w.Before)
}
