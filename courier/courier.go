package courier

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Parts are what a courier works with.
type Parts struct {
	Outbox   Outbox
	Contacts Contacts
	Channels []Channel // each recipient is told on all of them
	Doors    Doors     // none: letters are answered by mail alone
	Head     Letterhead
}

// Options are what a Courier may be told. The zero value is good.
type Options struct {
	Schedule Schedule      // DefaultSchedule
	Poll     time.Duration // how often the outbox is looked at when nothing happens; 1 s
	Parallel int           // notices on their way at once; 4
	Most     int           // notices that one look at the outbox takes; 64
	Log      *slog.Logger  // none
}

func (o Options) filled() Options {
	if o.Schedule == (Schedule{}) {
		o.Schedule = DefaultSchedule
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	if o.Most <= 0 {
		o.Most = 64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Courier brings notices to those who have to know. Safe for concurrent use, but not for one
// notice twice at once.
type Courier struct {
	parts Parts
	now   func() evenkeel.Moment
	opts  Options

	mu     sync.Mutex
	unkept map[evenkeel.NoticeID][]Delivery // made, and the outbox could not write them down
	silent map[string]silence               // channels on which the last letter did not get through
}

// New returns a courier, or what its parts lack.
func New(p Parts, now func() evenkeel.Moment, opts Options) (*Courier, error) {
	if err := p.Head.check(); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, c := range p.Channels {
		if names[c.Name()] {
			return nil, evenkeel.Invalid("two channels are called %s; expected one for each name", c.Name())
		}
		names[c.Name()] = true
	}
	switch {
	case p.Outbox == nil || p.Contacts == nil || len(p.Channels) == 0:
		return nil, evenkeel.Invalid("a courier without an outbox, contacts or channels; expected all three")
	case p.Doors.base == "" && p.Head.ReplyTo == "":
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "a courier whose letters nobody could answer; expected links or an address to reply to",
			Hint: "set the public address that links begin with, or an address to reply to",
		}
	}
	return &Courier{parts: p, now: now, opts: opts.filled(), unkept: map[evenkeel.NoticeID][]Delivery{}, silent: map[string]silence{}}, nil
}

// Deliver brings a notice to all recipients that are not settled, on all channels, and tells
// the outbox of each at once and in the end what became of the whole. Its error is the
// outbox's, or that of ctx: the notice comes again, and nobody who is settled gets it twice.
func (c *Courier) Deliver(ctx context.Context, w Waiting) error {
	to := recipients(c.parts.Contacts.Of(w.Notice.Tenant))
	if len(to) == 0 {
		return c.fail(ctx, &w, "no contact is known")
	}
	round := round{c: c, w: &w, silent: c.quiet()}
	if err := round.keep(ctx); err != nil {
		return err
	}
	for _, r := range to {
		if err := round.tell(ctx, r); err != nil {
			return err
		}
	}
	return round.close(ctx)
}

// round is one attempt to bring a notice to everybody.
type round struct {
	c      *Courier
	w      *Waiting
	silent map[string]error // channels that nothing goes through on now
	open   []open           // who is not settled, and why
}

type open struct {
	d   Delivery // as it will be if nobody is tried again
	why error
}

// keep tells the outbox what it could not write down before: those letters have left.
func (r *round) keep(ctx context.Context) error {
	id := r.w.Notice.ID
	r.c.mu.Lock()
	unkept := r.c.unkept[id]
	r.c.mu.Unlock()
	for _, d := range unkept {
		if err := r.c.parts.Outbox.Delivered(ctx, id, d); err != nil {
			return err
		}
		r.w.Deliveries = append(r.w.Deliveries, d)
	}
	r.c.mu.Lock()
	delete(r.c.unkept, id)
	r.c.mu.Unlock()
	return nil
}

// tell sends one recipient's letter on each channel. An error says that nothing more may be
// sent before the outbox has been written to.
func (r *round) tell(ctx context.Context, to Recipient) error {
	n := &r.w.Notice
	links, err := r.c.parts.Doors.links(n, to.Role)
	var m Message
	if err == nil {
		m, err = Render(n, to, links, r.c.parts.Head)
	}
	for _, ch := range r.c.parts.Channels {
		d := Delivery{Notice: n.ID, Channel: ch.Name(), To: to.Role, Message: m.ID}
		if r.settled(&d) {
			continue
		}
		says, err := "", err
		if err == nil {
			err = r.silent[ch.Name()]
		}
		if err == nil {
			says, err = ch.Send(ctx, &Letter{Notice: n, To: to, Links: links, Message: m})
			if err == nil || ctx.Err() == nil { // else we went away, and know nothing of the channel
				r.c.hear(ch.Name(), err)
			}
		}
		if err := r.settle(ctx, d, says, err); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) settled(d *Delivery) bool {
	for i := range r.w.Deliveries {
		if r.w.Deliveries[i].same(d) {
			return true
		}
	}
	return false
}

// settle writes down what became of one letter.
func (r *round) settle(ctx context.Context, d Delivery, says string, err error) error {
	d.At = r.c.now()
	switch {
	case err == nil:
		d.Says = cut(clean(says), maxSays)
		return r.write(ctx, d)
	case ctx.Err() != nil:
		return ctx.Err() // we went away, not they
	case evenkeel.KindOf(err) != evenkeel.KindUnavailable:
		d.Refused, d.Says = true, cut(clean(err.Error()), maxSays)
		return r.write(ctx, d)
	}
	if errors.Is(err, ErrSilent) {
		r.silent[d.Channel] = err
	}
	r.open = append(r.open, open{d, err})
	return nil
}

// maxSays bounds what is kept of another side's answer.
const maxSays = 500

// write tells the outbox of a delivery. The letter has left, so it is remembered where the
// outbox cannot write it down; and ctx may have ended meanwhile, so that is not asked.
func (r *round) write(ctx context.Context, d Delivery) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := r.c.parts.Outbox.Delivered(ctx, d.Notice, d)
	if err == nil {
		r.w.Deliveries = append(r.w.Deliveries, d)
		return nil
	}
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.c.unkept[d.Notice] = append(r.c.unkept[d.Notice], d)
	return err
}

// patience is how long the outbox has to write down what has happened already.
const patience = 5 * time.Second

// close tells the outbox what became of the notice as a whole.
func (r *round) close(ctx context.Context) error {
	c, n, now := r.c, &r.w.Notice, r.c.now()
	attempts := r.w.Attempts + 1
	if len(r.open) > 0 && !c.opts.Schedule.over(n.At, attempts, now) {
		why := cut(clean(r.open[0].d.Channel+" to "+r.open[0].d.To+": "+r.open[0].why.Error()), maxSays)
		return c.parts.Outbox.Retry(ctx, n.ID, c.opts.Schedule.next(n.ID, attempts, now), why)
	}
	for _, o := range r.open {
		o.d.Refused, o.d.Says = true, cut(clean("given up after "+english.span(now.Sub(n.At))+": "+o.why.Error()), maxSays)
		if err := r.write(ctx, o.d); err != nil {
			return err
		}
	}
	why := ""
	for _, d := range r.w.Deliveries {
		if !d.Refused {
			return c.parts.Outbox.Done(ctx, n.ID)
		}
		why = d.Channel + " to " + d.To + ": " + d.Says
	}
	return c.fail(ctx, r.w, cut("nobody could be told; "+why, maxSays))
}

// fail ends a notice that nobody got. A measure may be in force that its tenant does not know
// of, so a person has to act.
func (c *Courier) fail(ctx context.Context, w *Waiting, why string) error {
	n := &w.Notice
	if err := c.parts.Outbox.Failed(ctx, n.ID, why); err != nil {
		return err
	}
	c.opts.Log.Error("nobody was told of a decision: tell the tenant by another way, and add or correct its contacts",
		"notice", n.ID, "case", n.Case, "decision", n.Decision, "why", why)
	return nil
}

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

// hear logs when a channel falls silent and when letters go through again, not every attempt.
func (c *Courier) hear(channel string, err error) {
	c.mu.Lock()
	_, was := c.silent[channel]
	is := err != nil && evenkeel.KindOf(err) == evenkeel.KindUnavailable
	if delete(c.silent, channel); is {
		c.silent[channel] = silence{err, c.now()}
	}
	c.mu.Unlock()
	switch {
	case is && !was:
		c.opts.Log.Warn("letters do not go through: they come again", "channel", channel, "err", err, "hint", evenkeel.HintOf(err))
	case was && !is:
		c.opts.Log.Info("letters go through again", "channel", channel)
	}
}
