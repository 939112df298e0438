package app

import (
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Posts are the notices of the books that wait for machines of tenants. What becomes of them changes no row
// by which people are told: a machine that is down holds no letter up, and one that is well tells nobody.
type Posts struct {
	notices  *Notices
	contacts courier.Contacts // nil: tenants are not told of anything here
}

var _ courier.Outbox = (*Posts)(nil)

// NewPosts returns those of books, for the judge who keeps them. Without contacts all of them wait for nobody.
func NewPosts(j *Judge, books docket.Outbox, contacts courier.Contacts, now func() evenkeel.Moment) *Posts {
	return &Posts{NewNotices(j, books, now), contacts}
}

// mostIdle bounds how often one look ends what waits for nobody, to find what waits for somebody.
const mostIdle = 64

// Pending returns notices that are due to be posted, at most so many. Those of tenants without an endpoint
// are ended at once, many together.
func (p *Posts) Pending(ctx context.Context, now evenkeel.Moment, most int) (out []courier.Waiting, err error) {
	for range mostIdle {
		all, err := p.notices.books.PendingPosts(ctx, now, most)
		if err != nil {
			return nil, err
		}
		if out, err = p.notices.waiting(ctx, all); err != nil {
			return nil, err
		}
		var idle []evenkeel.NoticeID
		out = slices.DeleteFunc(out, func(w courier.Waiting) bool {
			none := p.contacts == nil || !machineAmong(p.contacts.Of(w.Notice.Tenant)) && !machineAmong(w.Before)
			if none {
				idle = append(idle, w.Notice.ID)
			}
			return none
		})
		if len(idle) == 0 || len(out) > 0 {
			return out, p.end(ctx, idle...)
		}
		if err := p.end(ctx, idle...); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func machineAmong(all []evenkeel.Contact) bool {
	return slices.ContainsFunc(all, func(c evenkeel.Contact) bool { return c.Endpoint != "" })
}

// Delivered says that an endpoint took a notice, or did not for good.
func (p *Posts) Delivered(ctx context.Context, id evenkeel.NoticeID, x courier.Delivery) error {
	return p.notices.Delivered(ctx, id, x)
}

// Retry says that an attempt came to nothing, why, and when the next is due.
func (p *Posts) Retry(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error {
	return p.notices.books.RetryPost(ctx, id, at, why)
}

// Done says that all endpoints took a notice, or did not for good.
func (p *Posts) Done(ctx context.Context, id evenkeel.NoticeID) error { return p.end(ctx, id) }

// Failed says that no endpoint took a notice. What each of them said stands in the case: nobody is called.
func (p *Posts) Failed(ctx context.Context, id evenkeel.NoticeID, _ string) error {
	return p.end(ctx, id)
}

func (p *Posts) end(ctx context.Context, all ...evenkeel.NoticeID) error {
	if len(all) == 0 {
		return nil
	}
	return p.notices.books.EndPosts(ctx, all...)
}
