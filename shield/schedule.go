package shield

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
)

// Schedule says when an order is tried again: after First, then after twice as long each
// time, up to Most. Up to half of a pause is left out by lot, so that orders which failed
// together do not come back together. The lot is drawn from Seed, the order and the attempt
// alone: the same ones always give the same time.
type Schedule struct {
	First time.Duration
	Most  time.Duration
	Seed  uint64
}

// DefaultSchedule begins with seconds, because others may be suffering, and ends with
// minutes, because measures last for hours.
var DefaultSchedule = Schedule{First: 2 * time.Second, Most: 5 * time.Minute}

// Next returns when to try an order again after so many attempts, the last of them now.
func (s Schedule) Next(id evenkeel.OrderID, attempts int, now evenkeel.Moment) evenkeel.Moment {
	return now.Add(backoff.Pause(s.First, s.Most, s.Seed, string(id), attempts))
}

// The other end may ask for a longer pause than the schedule's, but not for one in which a
// measure could not be brought into force or ended any more.
const mostWished = 10 * time.Minute

// afterwards is for how long after its end a lift is tried still: the node has let go by
// itself, and what is missing is that somebody says so.
const afterwards = 24 * time.Hour

// again returns when an order is tried again after an attempt that came to nothing, or false
// where that was the last. An order to enforce is looked at once more when it ends, if only
// to say that it lapsed.
func (s Schedule) again(w *Waiting, err error, now evenkeel.Moment) (evenkeel.Moment, bool) {
	o := &w.Order
	at := max(s.Next(o.ID, w.Attempts+1, now), now.Add(min(wished(err), mostWished)))
	if !o.Lift {
		return min(at, max(o.Until, now)), true
	}
	return at, now < o.Until.Add(afterwards)
}
