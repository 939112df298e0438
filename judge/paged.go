package judge

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Reached is one attempt to reach one person with a page.
type Reached struct {
	Page    docket.PageID
	Person  evenkeel.PersonID
	Channel string // such as mail, webhook or command
	At      evenkeel.Moment
	Failed  bool   // the channel did not take it, for good
	Says    string // what the other side answered, without addresses
}

// Called takes in that a channel took a page for a person, or refused it for good. The same
// person on the same channel again changes nothing. It stops no clock: to have been called is
// not to have decided. KindNotFound where there is no such page.
func (d *Docket) Called(ctx context.Context, r Reached, now evenkeel.Moment) error {
	if r.Channel == "" {
		return evenkeel.Invalid("page %s reached %q by no channel; expected how it went", r.Page, r.Person)
	}
	if err := evenkeel.CheckID("person", string(r.Person)); err != nil {
		return err
	}
	r.Channel, r.Says = clip(r.Channel), clip(withoutAddresses(r.Says))
	return d.recall(ctx, "note a call of page "+string(r.Page), now, func(tx docket.Tx) (*recalled, error) {
		p, err := tx.Page(r.Page)
		if err != nil {
			return nil, err
		}
		key := fmt.Sprintf("called %s %q %q", r.Page, r.Channel, r.Person)
		if taken, err := tx.Taken(key); taken || err != nil {
			return nil, err
		}
		m := newRecalled(&p.Case, p.Entries)
		m.out.Taken = []string{key}
		says, state := fmt.Sprintf("%s was called by %s.", r.Person, r.Channel), "called"
		if r.Failed {
			says, state = fmt.Sprintf("%s could not be called by %s.", r.Person, r.Channel), "not_called"
		}
		m.note(evenkeel.Entry{Kind: evenkeel.EntryClock, Says: says, Ref: string(r.Page), State: state, Words: r.Says})
		return m, nil
	})
}

// AllCalled takes in that a page is over: somebody was reached. Of one that is over it changes
// nothing.
func (d *Docket) AllCalled(ctx context.Context, id docket.PageID, now evenkeel.Moment) error {
	return d.endPage(ctx, id, "", now)
}

// Uncalled takes in that nobody could be reached with a page, and why. That is an entry, so
// that whoever looks at the case sees that nobody knows of it.
func (d *Docket) Uncalled(ctx context.Context, id docket.PageID, why string, now evenkeel.Moment) error {
	if why == "" {
		return evenkeel.Invalid("page %s reached nobody, and it is not said why; expected what was tried", id)
	}
	return d.endPage(ctx, id, why, now)
}

func (d *Docket) endPage(ctx context.Context, id docket.PageID, why string, now evenkeel.Moment) error {
	return d.recall(ctx, "end page "+string(id), now, func(tx docket.Tx) (*recalled, error) {
		p, err := tx.Page(id)
		if err != nil || p.Over != 0 {
			return nil, err
		}
		m, why := newRecalled(&p.Case, p.Entries), clip(withoutAddresses(why))
		if why != "" {
			m.note(evenkeel.Entry{
				Kind: evenkeel.EntryClock, Says: fmt.Sprintf("Nobody could be called at level %d.", p.Page.Level), Ref: string(id), State: "uncalled", Words: why,
			})
		}
		m.out.Endings = []docket.Ending{{Page: id, At: now, Failed: why != "", Why: why}}
		return m, nil
	})
}
