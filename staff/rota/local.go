package rota

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// day is a date without a zone, counted in days since 1970-01-01.
type day int

// clock is a time of day in minutes since midnight, 0 to 1440: 24:00 is the end of the day.
type clock int

const wholeDay clock = 24 * 60

// dateOf is the date that a calendar on the wall shows at a moment.
func dateOf(at evenkeel.Moment, loc *time.Location) day {
	y, m, d := time.Unix(0, int64(at)).In(loc).Date()
	return dayOf(y, m, d)
}

func dayOf(y int, m time.Month, d int) day {
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)) // exact: midnight in UTC
}

// weekday is 0 for Monday. 1970-01-01 was a Thursday.
func (d day) weekday() int { return int((d%7 + 7 + 3) % 7) }

// moment is when clocks of a zone show a time on a day: the first time where they show it twice,
// and the moment of the skip where they never show it. time.Date promises neither.
func (d day) moment(c clock, loc *time.Location) evenkeel.Moment {
	wall := (int64(d)*24*60 + int64(c)) * 60 // seconds, as if it were UTC
	t := time.Date(1970, 1, 1+int(d), 0, int(c), 0, 0, loc)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	switch shown := t.Unix() + int64(offset); {
	case shown > wall && !start.IsZero(): // skipped, and taken for the time after the skip
		t = start
	case shown < wall && !end.IsZero(): // skipped, and taken for the time before it
		t = end
	case !start.IsZero():
		_, before := start.Add(-1).Zone()
		if first := wall - int64(before); first < start.Unix() && first < t.Unix() {
			t = time.Unix(first, 0)
		}
	}
	return evenkeel.MomentOf(t)
}
