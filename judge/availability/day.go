package availability

import (
	"cmp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Day is a day of a site that a tenant held, in the operator's time zone: its hours, and the minutes in which anybody was
// missed or held off. Of the other minutes all that were wanted were served, so their hour says all of them.
type Day struct {
	At      evenkeel.Moment // its midnight
	hours   [dayHours]Counts
	visited [dayHours]uint64 // the minutes in which anybody came who was wanted, a bit for each
	notes   []Minute         // in order, one of each minute
}

// dayHours is how many hours the longest day has: one in which the clocks are put back.
const dayHours = 25

// DayOf is the midnight before a moment, in a time zone.
func DayOf(m evenkeel.Moment, zone *time.Location) evenkeel.Moment {
	t := m.Time().In(zone)
	return evenkeel.MomentOf(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone))
}

// Fold adds a minute, which is never folded twice; false where it is of another day.
func (d *Day) Fold(m Minute) bool {
	into := m.At.Sub(d.At)
	i := int(into / time.Hour)
	if m.At < d.At || i >= dayHours {
		return false
	}
	d.hours[i].Add(&m.Counts)
	if m.Wanted() > 0 {
		d.visited[i] |= 1 << (into % time.Hour / time.Minute)
	}
	if !m.notable() {
		return true
	}
	at, there := slices.BinarySearchFunc(d.notes, m.At, func(n Minute, at evenkeel.Moment) int { return cmp.Compare(n.At, at) })
	if there {
		d.notes[at].Counts.Add(&m.Counts)
	} else {
		d.notes = slices.Insert(d.notes, at, m)
	}
	return true
}
