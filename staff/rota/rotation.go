package rota

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// rotation is persons who take turns. A turn has a number, 0 for the one that begins on the day
// begins; those before have negative ones, so that there is one at each moment.
type rotation struct {
	id      string
	members []*person
	loc     *time.Location
	begins  day
	at      clock // of the handover
	days    int   // of a turn
}

// handover is when a turn begins.
func (r *rotation) handover(turn int) evenkeel.Moment {
	return (r.begins + day(turn*r.days)).moment(r.at, r.loc)
}

// turn is the number of the turn at a moment. The date says it, but for the hours of the day
// before the handover, and where a zone left out a whole day.
func (r *rotation) turn(at evenkeel.Moment) int {
	n := floor(int(dateOf(at, r.loc)-r.begins), r.days)
	for range 2 {
		if r.handover(n) > at {
			n--
		} else if r.handover(n+1) <= at {
			n++
		}
	}
	return n
}

// whose is who has a turn.
func (r *rotation) whose(turn int) *person {
	n := len(r.members)
	return r.members[turn-floor(turn, n)*n]
}

// floor is a/b, rounded down.
func floor(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
