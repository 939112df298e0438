package courier

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// Parts are what a courier works with.
type Parts struct {
	Outbox   Outbox
	Contacts Contacts
	Channels []Channel // each recipient is told on all of them
	Doors    Doors     // none: letters are answered by mail alone
	// Marks is what recipients are told apart by in what is kept. It has to stay the same: under
	// another one, those who have a notice that is not over get it again.
	Marks redact.Key
	Head  Letterhead
	// Machines says that endpoints of tenants are told and no people. What of a notice reaches them says
	// nothing of who was told, and no letter to them has a link.
	Machines bool
	// Ways are those to the data of whom a notice is for, as they are now; nil: what Head says.
	Ways func(n *evenkeel.Notice) Ways
	// Reported is what others reported of the assets of a notice; nil: nothing is known of it.
	Reported func(ctx context.Context, n *evenkeel.Notice) []Reported
	// Carried says of a notice whether somebody carried out what it is about, whoever does now; nil: what Head says.
	Carried func(ctx context.Context, n *evenkeel.Notice) bool
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
	shut   map[string]evenkeel.Moment       // when it was logged that a channel is shut to us
	waits  *waits
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
	case !p.Marks.Known():
		return nil, evenkeel.Invalid("a courier without a key to mark recipients by; expected one of %d bytes drawn by lot", redact.LeastKey)
	case p.Doors.base == "" && p.Head.ReplyTo == "" && !p.Machines:
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "a courier whose letters nobody could answer; expected links or an address to reply to",
			Hint: "set the public address that links begin with, or an address to reply to",
		}
	}
	return &Courier{
		parts: p, now: now, opts: opts.filled(), unkept: map[evenkeel.NoticeID][]Delivery{},
		silent: map[string]silence{}, shut: map[string]evenkeel.Moment{}, waits: newWaits(),
	}, nil
}

// Deliver brings a notice to all recipients that are not settled, on all channels, and tells
// the outbox of each at once and in the end what became of the whole. Its error is the
// outbox's, or that of ctx: the notice comes again, and nobody who is settled gets it twice.
func (c *Courier) Deliver(ctx context.Context, w Waiting) error {
	round := round{c: c, w: &w, silent: c.quiet()}
	if err := round.keep(ctx); err != nil {
		return err
	}
	known := c.parts.Contacts.Of(w.Notice.Tenant)
	to := c.whom(&w, known)
	if len(to) == 0 && w.Notice.Turn > 0 { // nobody has the role whose turn it is
		return c.done(ctx, &w.Notice)
	}
	if len(to) == 0 && !c.served(w.Deliveries) {
		return round.nobody(ctx, known)
	}
	for _, r := range to {
		if err := round.tell(ctx, r); err != nil {
			return err
		}
	}
	return round.close(ctx)
}

// whom a notice is brought to.
func (c *Courier) whom(w *Waiting, known []evenkeel.Contact) []Recipient {
	if c.parts.Machines {
		return posted(w, known)
	}
	return told(w, known)
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
	to.Mark = r.c.parts.Marks.Mark(string(n.ID), to.address())
	var links Links
	var err error
	if to.Endpoint == "" { // a machine is no second factor, and nothing that it holds speaks
		links, err = r.c.parts.Doors.links(n, redact.Label(to.Role, r.c.parts.Marks.Contact(string(n.Case), to.address())))
	}
	var m Message
	if err == nil {
		m, err = Render(n, to, links, r.head(ctx, n))
	}
	for _, ch := range r.c.parts.Channels {
		d := Delivery{Notice: n.ID, Channel: ch.Name(), To: redact.Label(to.Role, to.Mark), Message: m.ID}
		if r.settled(&d) {
			continue
		}
		says, err := "", err
		if err == nil {
			err = r.silent[ch.Name()]
		}
		if err == nil {
			says, err = ch.Send(ctx, &Letter{Notice: n, To: to, Links: links, Message: m})
			if to.Endpoint == "" && (err == nil || ctx.Err() == nil) { // else we went away, and know nothing of the channel
				r.c.hear(ch.Name(), err)
			}
		}
		if err := r.settle(ctx, d, says, err); err != nil {
			return err
		}
	}
	return nil
}

// head is the letterhead for a notice, with the ways to the data as they are now.
func (r *round) head(ctx context.Context, n *evenkeel.Notice) Letterhead {
	h := r.c.parts.Head
	if r.c.parts.Ways != nil {
		h.Ways = r.c.parts.Ways(n)
	}
	if r.c.parts.Reported != nil {
		h.Reported = r.c.parts.Reported(ctx, n)
	}
	if h.OnPaper && r.c.parts.Carried != nil {
		h.OnPaper = !r.c.parts.Carried(ctx, n)
	}
	return h
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
		d.Says = kept(says)
		return r.write(ctx, d)
	case ctx.Err() != nil:
		return ctx.Err() // we went away, not they
	case errors.Is(err, ErrAnswerLost) && r.c.waits.lose(&d):
		d.Says = "no answer to the mail's end; it may have arrived"
		return r.write(ctx, d)
	case evenkeel.KindOf(err) != evenkeel.KindUnavailable:
		d.Refused, d.Says = true, kept(err.Error())
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

// kept is what is written down or logged of what others say: one line, bounded, and without
// addresses, whatever channel it came from.
func kept(says string) string { return cut(redact.Addresses(clean(says)), maxSays) }

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

// nobody puts a notice off that has no recipient: contacts may be added while it can be told.
func (r *round) nobody(ctx context.Context, known []evenkeel.Contact) error {
	c, n, now := r.c, &r.w.Notice, r.c.now()
	if c.parts.Machines {
		return c.done(ctx, n)
	}
	why := "no contact is known"
	if slices.ContainsFunc(known, func(x evenkeel.Contact) bool { return x.Endpoint != "" }) {
		why = "no contact is known who is a person: an endpoint is a machine"
	}
	if c.opts.Schedule.over(n.At, r.w.Attempts+1, now) {
		return c.fail(ctx, r.w, why)
	}
	if r.w.Attempts == 0 {
		c.opts.Log.Warn("a tenant has no contact that could be told of a decision", "tenant", n.Tenant, "notice", n.ID, "case", n.Case,
			"hint", "send evenkeel.tenant.v1 with a contact that has an e-mail address: the next attempt goes there")
	}
	return c.retry(ctx, r.w, why)
}

// close tells the outbox what became of the notice as a whole.
func (r *round) close(ctx context.Context) error {
	c, n, now := r.c, &r.w.Notice, r.c.now()
	if len(r.open) > 0 && !c.opts.Schedule.over(n.At, r.w.Attempts+1, now) {
		return c.retry(ctx, r.w, r.open[0].d.Channel+" to "+redact.Role(r.open[0].d.To)+": "+r.open[0].why.Error())
	}
	for _, o := range r.open {
		o.d.Refused, o.d.Says = true, kept("given up after "+english.span(now.Sub(n.At))+": "+o.why.Error())
		if err := r.write(ctx, o.d); err != nil {
			return err
		}
	}
	if c.served(r.w.Deliveries) {
		return c.done(ctx, n)
	}
	why := ""
	for _, d := range r.w.Deliveries {
		if d.Refused {
			why = d.Channel + " to " + redact.Role(d.To) + ": " + d.Says
		}
	}
	return c.fail(ctx, r.w, "nobody could be told; "+why)
}

// served says whether anybody has a notice. What lies on paper is nobody's, unless there is no
// other way to tell anybody. A machine is nobody, unless machines are told.
func (c *Courier) served(all []Delivery) bool {
	other := slices.ContainsFunc(c.parts.Channels, func(ch Channel) bool { return ch.Name() != Paper })
	return slices.ContainsFunc(all, func(d Delivery) bool {
		return !d.Refused && (d.Channel != Paper || !other) && (d.Channel == Endpoint) == c.parts.Machines
	})
}

// retry puts a notice off.
func (c *Courier) retry(ctx context.Context, w *Waiting, why string) error {
	now := c.now()
	if err := c.parts.Outbox.Retry(ctx, w.Notice.ID, c.opts.Schedule.next(w.Notice.ID, w.Attempts+1, now), kept(why)); err != nil {
		return err
	}
	c.waits.wait(&w.Notice, now)
	return nil
}

// done ends a notice that somebody got.
func (c *Courier) done(ctx context.Context, n *evenkeel.Notice) error {
	err := c.parts.Outbox.Done(ctx, n.ID)
	if err == nil {
		c.waits.over(n)
	}
	return err
}

// fail ends a notice that nobody got. A measure may be in force that its tenant does not know
// of, so a person has to act.
func (c *Courier) fail(ctx context.Context, w *Waiting, why string) error {
	n, why := &w.Notice, kept(why)
	if err := c.parts.Outbox.Failed(ctx, n.ID, why); err != nil {
		return err
	}
	c.waits.over(n)
	if c.parts.Machines { // a machine that is not there is for the tenant to mend: people were told by mail
		c.opts.Log.Info("no endpoint of a tenant took a notice", "notice", n.ID, "case", n.Case, "why", why)
		return nil
	}
	c.opts.Log.Error("nobody was told of a decision", "notice", n.ID, "case", n.Case, "decision", n.Decision, "why", why,
		"hint", "tell the tenant by another way, and add or correct its contacts in the inventory")
	return nil
}

// putOff sets back a notice of which the outbox did not take what became of it, so that others
// go on. An error that does not say that it passes would come back for ever: it is logged once,
// and the notice takes its pauses from the schedule like one that nobody took, to its end.
func (c *Courier) putOff(ctx context.Context, w *Waiting, err error) {
	n, now, says := &w.Notice, c.now(), kept(err.Error())
	passing := evenkeel.KindOf(err) == evenkeel.KindUnavailable
	until, first := c.waits.setBack(n.ID, passing, now, &c.opts)
	c.waits.wait(n, now)
	if passing {
		c.opts.Log.Warn("note what became of a notice: it comes again", "notice", n.ID, "at", until, "err", says, "hint", hint(err, waitForBooks))
		return
	}
	if first {
		c.opts.Log.Error("what became of a notice cannot be written down: it is put off, and others go on",
			"notice", n.ID, "case", n.Case, "err", says, "hint", hint(err, mendBooks))
	}
	if err := c.postpone(ctx, w, "it cannot be written down: "+says); err != nil && first && ctx.Err() == nil {
		c.opts.Log.Warn("a notice is put off in memory only", "notice", n.ID, "until", until, "err", kept(err.Error()), "hint", hint(err, waitForBooks))
	}
}

// postpone is retry, or the end where the schedule is over.
func (c *Courier) postpone(ctx context.Context, w *Waiting, why string) error {
	n := &w.Notice
	if !c.opts.Schedule.over(n.At, w.Attempts+1, c.now()) {
		return c.retry(ctx, w, why)
	}
	c.mu.Lock()
	left := append(slices.Clone(w.Deliveries), c.unkept[n.ID]...)
	c.mu.Unlock()
	err := error(nil)
	if c.served(left) {
		err = c.done(ctx, n)
	} else {
		err = c.fail(ctx, w, why)
	}
	if err == nil {
		c.mu.Lock()
		delete(c.unkept, n.ID)
		c.mu.Unlock()
	}
	return err
}
