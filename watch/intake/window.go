package intake

import (
	"cmp"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Earliest and Latest are the half-open range of times that anything may have, replays
// included: 1971-01-01 to 2200-01-01 UTC. An earlier time is a clock that was never set, or
// seconds where nanoseconds were meant.
const (
	Earliest evenkeel.Moment = 31_536_000 * 1e9
	Latest   evenkeel.Moment = 7_258_118_400 * 1e9
)

// Sane says whether a time is in the range that anything may have.
func Sane(at evenkeel.Moment) bool { return at >= Earliest && at < Latest }

// Window is how far from now a live record may be. A zero field means its default.
type Window struct {
	Past   time.Duration // 7 days
	Future time.Duration // 10 minutes
}

// Check says why a time is refused. now is the receiver's clock; 0 switches the window off,
// for a replay, and leaves the range that anything may have. ok is true for a time that is
// accepted; both ends of the window are.
func (w Window) Check(at, now evenkeel.Moment) (why Reason, ok bool) {
	w = w.whole()
	switch {
	case !Sane(at):
		return BadTime, false
	case now == 0:
		return 0, true
	case at < now.Add(-w.Past):
		return TooOld, false
	case at > now.Add(w.Future):
		return TooNew, false
	}
	return 0, true
}

func (w Window) whole() Window {
	w.Past, w.Future = cmp.Or(w.Past, 7*24*time.Hour), cmp.Or(w.Future, 10*time.Minute)
	return w
}

// Says is Reason.Says of a reason that Check gave, with how far from now a time may be.
func (w Window) Says(why Reason) string {
	w = w.whole()
	switch why {
	case TooOld:
		return why.Says() + "; expected at most " + far(w.Past) + " back, by the clock here"
	case TooNew:
		return why.Says() + "; expected at most " + far(w.Future) + " ahead, by the clock here"
	}
	return why.Says()
}

// far is how far a time may be, in the largest unit in which that is whole.
func far(d time.Duration) string {
	for _, u := range []struct {
		is   time.Duration
		name string
	}{{24 * time.Hour, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if d > u.is && d%u.is == 0 {
			return fmt.Sprintf("%d %s", d/u.is, u.name)
		}
	}
	return d.String()
}
