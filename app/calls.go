package app

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Calls are the pages of the books' outbox as whoever calls people has them. Who was called, and
// that nobody could be, goes through the judge, so that it stands in the timeline of its case;
// when a round is repeated does not.
type Calls struct {
	judge *Judge
	books docket.PageOutbox
	now   func() evenkeel.Moment
	desk  Reach

	taken, givenUp atomic.Uint64
	gaveUpAt       atomic.Int64 // when a page was given up last
}

// Reach is how people are called.
type Reach struct {
	Rota   judge.Rota // nil: whoever has a channel is on call, at any time
	Book   page.Book
	Base   string // what links to the console begin with
	Tenant bool   // whether a page says whose case it is
}

var _ page.List = (*Calls)(nil)

// NewCalls returns the pages of books, for the judge who keeps them.
func NewCalls(j *Judge, books docket.PageOutbox, now func() evenkeel.Moment, desk Reach) *Calls {
	return &Calls{judge: j, books: books, now: now, desk: desk}
}

// Waiting returns pages that are due, at most so many. Who is called stands in the page; who leads
// is asked now. Those that were put off stand behind those that never were.
func (c *Calls) Waiting(ctx context.Context, now evenkeel.Moment, most int) ([]page.Waiting, error) {
	waiting, err := c.books.PendingPages(ctx, now, most)
	out := make([]page.Waiting, len(waiting))
	for i := range waiting {
		w := &waiting[i]
		out[i] = page.Waiting{Call: c.call(&w.Page, now), Rounds: w.Attempts, Next: w.Next}
		for _, t := range w.Tried {
			out[i].Attempts = append(out[i].Attempts, page.Attempt{Person: t.Person, Channel: t.Channel, At: t.At, Taken: t.Taken, Says: t.Says})
		}
	}
	slices.SortStableFunc(out, func(a, b page.Waiting) int { return cmp.Compare(a.Next, b.Next) })
	return out, err
}

// call is a page as it is brought to people.
func (c *Calls) call(p *docket.Page, now evenkeel.Moment) page.Call {
	out := page.Call{ID: page.ID(p.ID), Case: p.Case, Level: p.Level, At: p.At, Why: p.Why, Persons: p.For, Link: c.desk.Base + "/"}
	if p.Level == docket.LevelLead {
		out.Level = 0
	}
	if p.Case != "" {
		out.Link += "case/" + url.PathEscape(string(p.Case))
		if c.desk.Tenant {
			out.Tenant = p.Tenant
		}
	}
	if p.Drawn { // where they are not reached another is drawn
		return out
	}
	if c.desk.Rota != nil {
		out.Lead = c.desk.Rota.Lead(now)
	} else if len(out.Persons) == 0 {
		out.Persons = slices.Sorted(maps.Keys(c.desk.Book))
	}
	return out
}

// Tried says what became of one page.
func (c *Calls) Tried(ctx context.Context, id page.ID, a page.Attempt) error {
	return c.judge.Called(ctx, judge.Reached{
		Page: docket.PageID(id), Person: a.Person, Channel: a.Channel, At: a.At, Failed: !a.Taken, Says: a.Says,
	}, c.now())
}

// Retry says that nobody could be reached, why, and when the next round is due. Where nobody has
// a channel no round will ever reach anybody: then it is over.
func (c *Calls) Retry(ctx context.Context, id page.ID, at evenkeel.Moment, why string) error {
	if len(c.desk.Book) == 0 {
		return c.Failed(ctx, id, "no channel is set by which anybody could be called")
	}
	if err := c.judge.Unreached(ctx, docket.PageID(id), why, c.now()); err != nil {
		return err
	}
	return c.books.RetryPage(ctx, docket.PageID(id), at, why)
}

// Delivered says that a call is over: somebody has it.
func (c *Calls) Delivered(ctx context.Context, id page.ID) error {
	err := c.judge.AllCalled(ctx, docket.PageID(id), c.now())
	if err == nil {
		c.taken.Add(1)
	}
	return err
}

// Failed says that a call is over and reached nobody, and why.
func (c *Calls) Failed(ctx context.Context, id page.ID, why string) error {
	err := c.judge.Uncalled(ctx, docket.PageID(id), cmp.Or(why, "nobody could be reached"), c.now())
	if err == nil {
		c.givenUp.Add(1)
		c.gaveUpAt.Store(int64(c.now()))
	}
	return err
}

var descCalls = describe("pages_total", "Pages to whoever is on call that are over since the start, by whether anybody took them.", "fate")

// Describe names what Collect tells.
func (c *Calls) Describe(out chan<- *prometheus.Desc) { out <- descCalls }

// Collect tells how it is now.
func (c *Calls) Collect(out chan<- prometheus.Metric) {
	for fate, n := range map[string]*atomic.Uint64{"taken": &c.taken, "given_up": &c.givenUp} {
		out <- prometheus.MustNewConstMetric(descCalls, prometheus.CounterValue, float64(n.Load()), fate)
	}
}

// openCalls makes whoever calls people.
func (h *house) openCalls() error {
	c := &h.parts.Config
	book, err := bookOf(c, h.now)
	if err != nil {
		return err
	}
	if len(book) == 0 {
		h.parts.Log.Warn("nobody can be called: what waits for a person waits for whoever looks", "hint", "set rota and page.persons, as docs/on-call.md says")
	}
	calls := NewCalls(h.judge, h.books, h.now, Reach{Rota: h.rota, Book: book, Base: h.base, Tenant: c.Page.Tenant})
	h.caller = page.New(calls, book, h.now, page.Options{Log: h.parts.Log})
	if err := registerAll(h.reg, calls); err != nil {
		return err
	}
	if h.heartbeat, err = openHeartbeat(h, calls); err != nil || h.heartbeat == nil {
		return err
	}
	return registerAll(h.reg, h.heartbeat)
}

// openRota reads who is on call; it stays nil where the settings name no file.
func (h *house) openRota() error {
	r, err := rotaOf(&h.parts.Config)
	if err != nil {
		return err
	}
	if r != nil { // an interface that holds a nil pointer is not nil
		h.rota = r
		h.parts.Log.Info("on call", "rota", r.Name(), "version", r.Version(), "digest", r.Digest())
	}
	return nil
}
