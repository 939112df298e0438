package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// sentPage is a page in the outbox, and what became of it.
type sentPage struct {
	n  int
	of *file // nil: it is about no case
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
			s.pages.all[p.ID], s.pages.waiting = x, append(s.pages.waiting, x)
			if x.of != nil {
				x.of.pages = append(x.of.pages, x)
			}
		}
	}
	for _, t := range c.Tried {
		x := s.pages.all[t.Page]
		x.is.Tried = slices.Concat(x.is.Tried, []docket.Tried{t}) // whoever has the others keeps them
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
	if p.of == nil {
		return docket.SentPage{Calling: p.is}, nil
	}
	return docket.SentPage{Case: p.of.is, Entries: int64(len(p.of.entries)), Calling: p.is}, nil
}

// Paging returns the pages of a case that are not over.
func (x *tx) Paging(c evenkeel.CaseID) (out []docket.PageID, err error) {
	if f := x.files[c]; f != nil {
		for _, p := range f.pages {
			if p.is.Over == 0 {
				out = append(out, p.is.Page.ID)
			}
		}
	}
	return out, nil
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

// RecentPages returns the pages that were written last, the newest first.
func (b *Books) RecentPages(ctx context.Context, most int) ([]docket.Calling, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := slices.SortedFunc(maps.Values(b.kept.pages.all), func(x, y *sentPage) int { return cmp.Compare(y.n, x.n) })
	var out []docket.Calling
	for _, x := range all[:min(len(all), max(most, 0))] {
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

// WaitingPages returns how many pages are not over.
func (b *Books) WaitingPages(ctx context.Context) (int, error) {
	if err := over(ctx); err != nil {
		return 0, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.kept.pages.waiting), nil
}

// checkPages wants pages to be whole, and their cases to be kept.
func (c *checker) checkPages() error {
	for i := range c.in.Pages {
		p := &c.in.Pages[i]
		if err := p.Check(); err != nil {
			return err
		}
		if p.Case != "" && c.caseOf(p.Case) == nil {
			return evenkeel.Invalid("page %s about case %q; expected one that is kept", p.ID, p.Case)
		}
	}
	for i := range c.in.Tried {
		t := &c.in.Tried[i]
		if err := t.Check(); err != nil {
			return err
		}
		if !c.hasPage(t.Page) {
			return evenkeel.Invalid("a try of page %s; expected one that is kept", t.Page)
		}
	}
	return nil
}

// hasPage says whether a page is kept, or will be.
func (c *checker) hasPage(id docket.PageID) bool {
	return c.pages.all[id] != nil || slices.ContainsFunc(c.in.Pages, func(p docket.Page) bool { return p.ID == id })
}
