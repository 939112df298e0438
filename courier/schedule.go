package courier

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
)

// Schedule says when a notice is tried again: after First, then after twice as long each time,
// up to Most; and for how long. Up to half of a pause is left out by lot, so that notices which
// failed together do not come back together. The lot is drawn from the notice and the attempt
// alone.
type Schedule struct {
	First time.Duration
	Most  time.Duration
	// For is how long a recipient is tried, counted from when the notice was written. Mail
	// servers try for four to five days (RFC 5321, section 4.5.4.1).
	For time.Duration
}

// DefaultSchedule begins within a minute, because a measure may be in force already, and goes
// on for a week: what was done has to be told, however late.
var DefaultSchedule = Schedule{First: 30 * time.Second, Most: 30 * time.Minute, For: 7 * 24 * time.Hour}

// leastAttempts are made however old a notice is: we may have been down, not they.
const leastAttempts = 8

// next returns when a notice is tried again after so many attempts, the last of them now.
func (s *Schedule) next(id evenkeel.NoticeID, attempts int, now evenkeel.Moment) evenkeel.Moment {
	return now.Add(backoff.Pause(s.First, s.Most, 0, string(id), attempts))
}

// over says whether no attempt follows so many, the last of them now.
func (s *Schedule) over(written evenkeel.Moment, attempts int, now evenkeel.Moment) bool {
	return attempts >= leastAttempts && now.Sub(written) >= s.For
}
