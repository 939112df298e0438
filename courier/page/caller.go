package page

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
)

// Options are what a Caller may be told. The zero value is good.
type Options struct {
	Poll     time.Duration // how often the list is looked at; 1 s
	Parallel int           // calls on their way at once; 16, since a channel that does not answer holds one for long
	Each     time.Duration // for one page on one channel; 35 s, more than any command may take
	First    time.Duration // the pause after a first round that reached nobody; 15 s
	Most     time.Duration // the longest pause; 5 min
	GiveUp   time.Duration // since the call was made; 24 h
	Log      *slog.Logger  // none
}

func (o Options) filled() Options {
	for _, d := range []struct {
		is        *time.Duration
		otherwise time.Duration
	}{{&o.Poll, time.Second}, {&o.Each, MaxWithin + 5*time.Second}, {&o.First, 15 * time.Second}, {&o.Most, 5 * time.Minute}, {&o.GiveUp, 24 * time.Hour}} {
		if *d.is <= 0 {
			*d.is = d.otherwise
		}
	}
	if o.Parallel <= 0 {
		o.Parallel = 16
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Caller brings calls to people. Safe for concurrent use, but not for one call twice at once.
type Caller struct {
	list List
	book Book
	now  func() evenkeel.Moment
	opts Options

	mu   sync.Mutex
	held map[ID]hold // calls of which the list did not take what became of them
}

// hold is until when a call is left alone, and how often that has been.
type hold struct {
	until evenkeel.Moment
	times int
}

// holds says whether a call is left alone at a moment. No hold is longer than the longest pause:
// one that seems to be was made by a clock that has been set back since.
func (c *Caller) holds(id ID, now evenkeel.Moment) bool {
	h := c.held[id]
	return now < h.until && h.until.Sub(now) <= c.opts.Most
}

// New returns a caller.
func New(l List, b Book, now func() evenkeel.Moment, opts Options) *Caller {
	return &Caller{list: l, book: b, now: now, opts: opts.filled(), held: map[ID]hold{}}
}

// Bring makes one round: it tries to reach each of those on call, and where none of them can be,
// those who lead; and it tells the list. Its error is the list's, or that of ctx: the call comes
// again, and whoever is known to have the page does not get it twice.
func (c *Caller) Bring(ctx context.Context, w Waiting) error {
	r := round{c: c, w: &w}
	for _, group := range [][]evenkeel.PersonID{w.Call.Persons, w.Call.Lead} {
		for _, p := range group {
			if err := r.reach(ctx, p); err != nil {
				return err
			}
		}
		if r.reached {
			return c.list.Delivered(ctx, w.Call.ID)
		}
	}
	return r.nobody(ctx)
}

// round is one attempt to bring a call to somebody.
type round struct {
	c       *Caller
	w       *Waiting
	reached bool
	tried   []evenkeel.PersonID
	why     []string
}

// reach tries a person's channels in turn, until one takes the page.
func (r *round) reach(ctx context.Context, to evenkeel.PersonID) error {
	if slices.Contains(r.tried, to) {
		return nil
	}
	r.tried = append(r.tried, to)
	if slices.ContainsFunc(r.w.Attempts, func(a Attempt) bool { return a.Taken && a.Person == to }) {
		r.reached = true // before a crash, or before the list could not be written to
		return nil
	}
	channels := r.c.book[to]
	if len(channels) == 0 {
		return r.note(ctx, Attempt{Person: to, Says: "no channel is set for this person"})
	}
	page := For(&r.w.Call, to)
	for _, ch := range channels {
		says, err := r.c.send(ctx, ch, &page)
		if ctx.Err() != nil && err != nil {
			return ctx.Err() // we went away, and know nothing of the channel
		}
		a := Attempt{Person: to, Channel: ch.Name(), Taken: err == nil, Says: says}
		if err != nil {
			a.Says = err.Error()
			r.c.opts.Log.Warn("a page was not taken", "call", r.w.Call.ID, "person", to, "channel", ch.Name(), "err", said(a.Says, maxSays), "hint", evenkeel.HintOf(err))
		}
		r.reached = r.reached || a.Taken
		if err := r.note(ctx, a); err != nil || a.Taken {
			return err
		}
	}
	return nil
}

// send sends a page on one channel, within its time.
func (c *Caller) send(ctx context.Context, ch Channel, p *Page) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Each)
	defer cancel()
	return ch.Send(ctx, p)
}

// The bounds of what is kept of an answer, and for how long the list has to write it down.
const (
	maxSays  = 300
	patience = 5 * time.Second
)

// note writes an attempt down. What repeats itself is written once; and ctx may have ended since,
// so that is not asked where somebody has the page.
func (r *round) note(ctx context.Context, a Attempt) error {
	a.At, a.Says = r.c.now(), said(a.Says, maxSays)
	if !a.Taken {
		r.why = append(r.why, strings.TrimLeft(string(a.Person)+" by "+a.Channel, " ")+": "+a.Says)
		if len(r.w.Attempts) >= MaxAttempts || slices.ContainsFunc(r.w.Attempts, func(o Attempt) bool { return o.same(&a) }) {
			return nil
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := r.c.list.Tried(ctx, r.w.Call.ID, a); err != nil {
		return err
	}
	r.w.Attempts = append(r.w.Attempts, a)
	return nil
}

// nobody puts a call off that reached nobody, or gives it up.
func (r *round) nobody(ctx context.Context) error {
	c, call, now := r.c, &r.w.Call, r.c.now()
	why := said(strings.Join(r.why, "; "), 2*maxSays)
	switch {
	case len(c.book) == 0:
		why = "no channel is set by which anybody could be called"
	case why == "":
		why = "nobody is on call, and nobody leads"
	}
	if now.Sub(call.At) >= c.opts.GiveUp {
		if err := c.list.Failed(ctx, call.ID, why); err != nil {
			return err
		}
		c.opts.Log.Error("a call reached nobody, and is given up", "call", call.ID, "case", call.Case, "level", call.Level, "why", why, "hint", c.hint(call))
		return nil
	}
	if err := c.list.Retry(ctx, call.ID, now.Add(c.pause(call.ID, r.w.Rounds+1)), why); err != nil {
		return err
	}
	if r.w.Rounds == 0 {
		c.opts.Log.Error("a call reached nobody yet", "call", call.ID, "case", call.Case, "level", call.Level, "why", why, "hint", c.hint(call))
	}
	return nil
}

// hint says what a person does about a call that reached nobody.
func (c *Caller) hint(call *Call) string {
	about := "look at the case in the console"
	if call.Case == "" {
		about = "look at the switches in the console, or at what else it says"
	}
	if len(c.book) == 0 {
		return about + "; set page.persons, as docs/on-call.md says"
	}
	return about + "; the console shows under On call who was called, and the rota says who is on call: mend it, or their channels under page"
}

func (c *Caller) pause(id ID, rounds int) time.Duration {
	return backoff.Pause(c.opts.First, c.opts.Most, 1, string(id), rounds)
}
