package evenkeel

import (
	"math"
	"time"
)

// Moment is a point in time: nanoseconds since 1970-01-01T00:00:00Z. Zero means "not
// known". The range is the years 1678 to 2261.
type Moment int64

// MomentOf returns t as a Moment. A time outside the range is cut to its nearest end; the
// zero time.Time is the zero Moment.
func MomentOf(t time.Time) Moment {
	switch {
	case t.IsZero():
		return 0
	case t.Year() < 1678:
		return math.MinInt64
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return Moment(t.UnixNano())
}

// ParseMoment reads RFC 3339 with any offset and up to nanoseconds.
func ParseMoment(s string) (Moment, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, Invalid("time %q: expected RFC 3339, such as 2026-11-22T09:30:00Z", s)
	}
	return MomentOf(t), nil
}

// Time returns m in UTC; the zero Moment is the zero time.Time.
func (m Moment) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(m)).UTC()
}

// Add returns m + d, cut to the range.
func (m Moment) Add(d time.Duration) Moment {
	s := m + Moment(d)
	switch {
	case d > 0 && s < m:
		return math.MaxInt64
	case d < 0 && s > m:
		return math.MinInt64
	}
	return s
}

// Sub returns m − o, cut to the range of a Duration.
func (m Moment) Sub(o Moment) time.Duration {
	d := m - o
	switch {
	case o < 0 && d < m:
		return math.MaxInt64
	case o > 0 && d > m:
		return math.MinInt64
	}
	return time.Duration(d)
}

// String returns RFC 3339 in UTC with as many decimals as needed, or "" for the zero Moment.
func (m Moment) String() string {
	if m == 0 {
		return ""
	}
	return m.Time().Format(time.RFC3339Nano)
}

// MarshalText writes String.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads RFC 3339; empty is the zero Moment.
func (m *Moment) UnmarshalText(b []byte) (err error) {
	*m = 0
	if len(b) > 0 {
		*m, err = ParseMoment(string(b))
	}
	return err
}
