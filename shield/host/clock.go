package host

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/host/internal/kernel"
)

// Clock is the time of a host, twice: as everybody has it, and as nobody can step it.
type Clock struct {
	Wall func() evenkeel.Moment
	Boot func() time.Duration // since the host was booted, with the time that it slept
	// BootID tells one boot from another: ends on Boot mean nothing after the next one.
	BootID string
}

// SystemClock returns the clocks of this host beside a wall clock.
func SystemClock(wall func() evenkeel.Moment) (Clock, error) {
	id, err := kernel.BootID()
	if err != nil {
		return Clock{}, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "ask which boot this is", Err: err}
	}
	return Clock{Wall: wall, Boot: kernel.SinceBoot, BootID: id}, nil
}

// now is the moment on the axis of rulesets.
func (c *Clock) now() evenkeel.Moment { return evenkeel.Moment(c.Boot()) }

// end is when something ends that everybody calls until: never later than a whole length from now.
func (c *Clock) end(until evenkeel.Moment, most time.Duration) evenkeel.Moment {
	return c.now().Add(min(until.Sub(c.Wall()), most))
}
