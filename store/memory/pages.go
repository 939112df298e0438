package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// sentPage is a page in the outbox, and what became of it.
type sentPage struct {
	n  int
	of *file
	is docket.Calling
}

// pages are all that were put, and those that are not over, in the order of their writing.
type pages struct {
	all     map[docket.PageID]*sentPage
	waiting []*sentPage
}

func (s *state) keepPages(c *docket.Changes) {
	if s.pages.all == nil && len(c.Pages) > 0 {
		s.pages.all = map[docket.PageID]*sentPage{}
	}
	for _, p := range c.Pages {
		if s.pages.all[p.ID] == nil {
			p.For = slices.Clone(p.For)
			x := &sentPage{n: len(s.pages.all), of: s.files[p.Case], is: docket.Calling{Page: p}}
			s.pages.all[p.ID], x.of.pages, s.pages.waiting = x, append(x.of.pages, x), append(s.pages.waiting, x)
		}
	}
}

// endPage ends a page that waits, and leaves one that is over as it is.
func (s *state) endPage(e *docket.Ending) {
	x := s.pages.all[e.Page]
	if x == nil || x.is.Over != 0 {
		return
	}
	x.is.Over, x.is.Failed, x.is.Next = e.At, e.Failed, 0
	if e.Failed {
		x.is.Why = e.Why
	}
	s.pages.waiting = without(s.pages.waiting, x, func(a, b *sentPage) int { return cmp.Compare(a.n, b.n) })
}

func (f *file) callings() (out []docket.Calling) {
	for _, x := range f.pages {
		out = append(out, x.is)
	}
	return out
}

// Page returns a page, its case and what became of it.
func (x *tx) Page(id docket.PageID) (docket.SentPage, error) {
	p := x.pages.all[id]
	if p == nil {
		return docket.SentPage{}, notFound("page", string(id))
	}
	return docket.SentPage{Case: p.of.is, Entries: int64(len(p.of.entries)), Calling: p.is}, nil
}

// PendingPages returns pages that are due.
func (b *Books) PendingPages(ctx context.Context, now evenkeel.Moment, most int) ([]docket.Calling, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	due := dueFirst(b.kept.pages.waiting, now, most, func(x *sentPage) (evenkeel.Moment, int) { return x.is.Next, x.n })
	slices.SortFunc(due, func(a, b *sentPage) int { return cmp.Compare(a.n, b.n) })
	var out []docket.Calling
	for _, x := range due {
		out = append(out, x.is)
	}
	return out, nil
}

// RetryPage says that an attempt came to nothing, why, and when the next is due.
func (b *Books) RetryPage(ctx context.Context, id docket.PageID, at evenkeel.Moment, why string) error {
	return b.change(ctx, func() error {
		x := b.kept.pages.all[id]
		if x == nil {
			return notFound("page", string(id))
		}
		if x.is.Over == 0 {
			x.is.Attempts, x.is.Next, x.is.Why = x.is.Attempts+1, at, why
		}
		return nil
	})
}

// checkPages wants pages to be whole, and their cases to be kept.
func (c *checker) checkPages() error {
	for i := range c.in.Pages {
		p := &c.in.Pages[i]
		if err := p.Check(); err != nil {
			return err
		}
		if c.caseOf(p.Case) == nil {
			return evenkeel.Invalid("page %s about case %q; expected one that is kept", p.ID, p.Case)
		}
	}
	return nil
}

// hasPage says whether a page is kept, or will be.
func (c *checker) hasPage(id docket.PageID) bool {
	return c.pages.all[id] != nil || slices.ContainsFunc(c.in.Pages, func(p docket.Page) bool { return p.ID == id })
}
