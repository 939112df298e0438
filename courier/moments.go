package courier

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// at writes a moment in UTC, with the zone: a reader may be anywhere. Seconds are cut off.
func (p *phrases) at(m evenkeel.Moment) string {
	if m == 0 {
		return p.unknown
	}
	return m.Time().Format(p.clock)
}

// by writes a moment until which something has to be done, and how long that leaves.
func (p *phrases) by(m, from evenkeel.Moment) string { return p.both(p.within, m, from) }

// until writes the end of what began, and how long it lasts.
func (p *phrases) until(m, from evenkeel.Moment) string { return p.both(p.lasting, m, from) }

// both writes a moment, and how long it is after another where that is a minute at least.
func (p *phrases) both(format string, m, from evenkeel.Moment) string {
	d := m.Time().Truncate(time.Minute).Sub(from.Time().Truncate(time.Minute)) // as both are written
	if m == 0 || from == 0 || d < time.Minute {
		return p.at(m)
	}
	return fill(format, p.at(m), p.span(d))
}

// span writes a length of time in its two largest units, rounded down to the smaller: 1 hour
// 30 minutes; 183 days.
func (p *phrases) span(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	const day = 24 * time.Hour
	units := [...]struct {
		of  time.Duration
		one [2]string
	}{{day, p.days}, {time.Hour, p.hours}, {time.Minute, p.minutes}, {time.Second, p.seconds}}
	for i, u := range units {
		if d < u.of && i < len(units)-1 {
			continue
		}
		says := count(u.one, int64(d/u.of))
		if rest := d % u.of; i < len(units)-1 && rest >= units[i+1].of {
			says += p.gap + count(units[i+1].one, int64(rest/units[i+1].of))
		}
		return says
	}
	return ""
}

// count writes a number with the word for one or for many.
func count(words [2]string, n int64) string {
	if n == 1 {
		return fmt.Sprintf(words[0], n)
	}
	return fmt.Sprintf(words[1], n)
}

// reading writes a number of a term in its unit.
func (p *phrases) reading(r evenkeel.Reading, unit string) string {
	switch {
	case !r.Known || math.IsNaN(r.Value) || math.IsInf(r.Value, 0):
		return p.unknown
	case unit == "s" && r.Value >= 0 && r.Value < 1e9:
		return p.span(time.Duration(r.Value * float64(time.Second)))
	case unit == "":
		return number(r.Value)
	}
	return number(r.Value) + " " + clean(unit)
}

// number writes whole numbers whole, with commas between thousands, and others with four
// digits that count.
func number(v float64) string {
	if v != math.Trunc(v) || math.Abs(v) >= 1e15 {
		s := strconv.FormatFloat(v, 'g', 4, 64)
		if math.Abs(v) >= 10000 && math.Abs(v) < 1e15 {
			s = number(math.Round(v))
		}
		return s
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	var b strings.Builder
	if v < 0 {
		b.WriteByte('-')
	}
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
