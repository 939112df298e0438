package courier

import (
	"cmp"
	"errors"
	"time"

	"github.com/evenkeel/evenkeel"
)

// silence is why nothing went through on a channel, and when that was.
type silence struct {
	why error
	at  evenkeel.Moment
}

// quietFor is how long a channel that nothing goes through on is left alone. Each attempt may
// take as long as its time-out, and the other channels' letters would wait for it.
const quietFor = 15 * time.Second

// quiet returns the channels that are left alone now, and why.
func (c *Courier) quiet() map[string]error {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]error{}
	for name, s := range c.silent {
		if errors.Is(s.why, ErrSilent) && c.now().Sub(s.at) < quietFor {
			out[name] = s.why
		}
	}
	return out
}

// shutAgain is how long it is not said again that a channel is shut to us.
const shutAgain = time.Hour

// hear logs when a channel falls silent and when letters go through again, not every attempt.
// One that is shut to us is an error, since a person has to open it.
func (c *Courier) hear(channel string, err error) {
	c.mu.Lock()
	now := c.now()
	_, was := c.silent[channel]
	is := err != nil && evenkeel.KindOf(err) == evenkeel.KindUnavailable
	if delete(c.silent, channel); is {
		c.silent[channel] = silence{err, now}
	}
	at, told := c.shut[channel]
	shut := is && errors.Is(err, ErrShut)
	loud := shut && (!told || now.Sub(at) >= shutAgain)
	if loud {
		c.shut[channel] = now
	}
	c.mu.Unlock()
	switch {
	case loud:
		c.opts.Log.Error("letters are turned away: they come again for as long as they may, and are lost then",
			"channel", channel, "err", kept(err.Error()), "hint", hint(err, "see in err what the other side wants, and set it right in courier."+channel))
	case is && !shut && !was:
		c.opts.Log.Warn("letters do not go through: they come again", "channel", channel, "err", kept(err.Error()),
			"hint", hint(err, "nothing if it passes within hours; else see what the other side logged when it answered this"))
	case was && !is:
		c.opts.Log.Info("letters go through again", "channel", channel)
	}
}

// Silent says of each channel whether the last letter on it did not get through.
func (c *Courier) Silent() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]bool{}
	for _, ch := range c.parts.Channels {
		_, out[ch.Name()] = c.silent[ch.Name()]
	}
	return out
}

// hint is what to do next about an error: whoever reads a line of the log has no other page open.
func hint(err error, otherwise string) string { return cmp.Or(evenkeel.HintOf(err), otherwise) }

// What to do about an outbox, where it does not say it itself.
const (
	waitForBooks = "nothing if it passes; else see whether the disk of the books is full or somebody else holds them"
	mendBooks    = "see what the books say in err; evenkeel case show tells who was told of the case: tell the others by another way"
)
