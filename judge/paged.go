package judge

import (
	"context"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Reached is one attempt to reach one person with a page.
type Reached struct {
	Page    docket.PageID
	Person  evenkeel.PersonID
	Channel string // such as mail, webhook or command; "" where the person has none, which is a failure
	At      evenkeel.Moment
	Failed  bool   // the channel did not take it
	Says    string // what the other side answered, without addresses
}

// Called takes in that a channel took a page for a person, or did not. The same said of the
// same person and channel again changes nothing, whatever the other side answered. It stops no clock: to have been called is
// not to have decided. KindNotFound where there is no such page.
func (d *Docket) Called(ctx context.Context, r Reached, now evenkeel.Moment) error {
	if r.At == 0 {
		r.At = now
	}
	if r.Channel == "" && !r.Failed {
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
		key := fmt.Sprintf("called %s %q %q %t", r.Page, r.Channel, r.Person, r.Failed)
		if taken, err := tx.Taken(key); taken || err != nil {
			return nil, err
		}
		m := recalledOf(&p)
		m.out.Taken = []string{key}
		m.out.Tried = []docket.Tried{{Page: r.Page, Person: r.Person, Channel: r.Channel, At: r.At, Taken: !r.Failed, Says: r.Says}}
		who := string(r.Person)
		if p.Page.Drawn { // the timeline is read by those who must not know
			who = "Whoever was drawn by lot"
		}
		says, state := fmt.Sprintf("%s was called by %s.", who, r.Channel), "called"
		switch {
		case r.Channel == "":
			says, state = fmt.Sprintf("%s could not be called.", who), "not_called"
		case r.Failed:
			says, state = fmt.Sprintf("%s could not be called by %s.", who, r.Channel), "not_called"
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
		m, why := recalledOf(&p), clip(withoutAddresses(why))
		if why != "" {
			m.note(evenkeel.Entry{
				Kind: evenkeel.EntryClock, Says: fmt.Sprintf("Nobody could be called at level %d.", p.Page.Level), Ref: string(id), State: "uncalled", Words: why,
			})
		}
		m.out.Endings = []docket.Ending{{Page: id, At: now, Failed: why != "", Why: why}}
		return m, nil
	})
}

// Unreached takes in that a round came to nothing: nobody on call has the page, and whoever
// leads has not either. That is an entry, once, and the second level is called at once, before
// the clock would: whoever waits does not wait for a telephone that is off.
func (d *Docket) Unreached(ctx context.Context, id docket.PageID, why string, now evenkeel.Moment) error {
	return d.recall(ctx, "note that page "+string(id)+" reached nobody", now, func(tx docket.Tx) (*recalled, error) {
		p, err := tx.Page(id)
		if err != nil || p.Over != 0 {
			return nil, err
		}
		key := "unreached " + string(id)
		if taken, err := tx.Taken(key); taken || err != nil {
			return nil, err
		}
		m := recalledOf(&p)
		m.out.Taken = []string{key}
		m.note(evenkeel.Entry{
			Kind: evenkeel.EntryClock, Says: fmt.Sprintf("Nobody could be called at level %d so far; it is tried again.", p.Page.Level), Ref: string(id), State: "unreached",
			Words: clip(withoutAddresses(why)),
		})
		if d.parts.Rota != nil && p.Page.Level == docket.LevelOnCall && p.Case.State != evenkeel.CaseClosed && !p.Page.Drawn { // else another is drawn
			m.out.Pages = pages(d.parts.Rota, aboutOf(&p), []procedure.Call{{
				Level: docket.LevelSecond, At: now, About: key, Due: p.Page.Due, Why: "Nobody could be called at level 1. " + p.Page.Why,
			}}, m.note)
		}
		return m, nil
	})
}

// recalledOf gathers what comes back of a page; of one about no case nothing is written into a
// timeline.
func recalledOf(p *docket.SentPage) *recalled { return newRecalled(aboutOf(p), p.Entries) }

// aboutOf is the case of a page, or, where it is about none, what stands for it.
func aboutOf(p *docket.SentPage) *evenkeel.Case {
	if p.Page.Case != "" {
		return &p.Case
	}
	return &evenkeel.Case{Tenant: docket.House}
}

// withdraw ends the pages of the case that wait, once a person has decided and nothing waits for
// one any more: nobody is called out of bed for what is done. Those of the same transaction are
// among them, which a clock wrote that ran out late.
func (w *draft) withdraw(at evenkeel.Moment, person evenkeel.PersonID) error {
	for _, k := range w.dossier.Clocks {
		switch k.Kind {
		case docket.ClockOurAnswer, docket.ClockUrgent, docket.ClockAppealAnswer, docket.ClockReview, docket.ClockUnheard, docket.ClockLot:
			return nil
		}
	}
	waiting, err := w.tx.Paging(w.dossier.Case.ID)
	if err != nil {
		return err
	}
	for i := range w.out.Pages {
		if p := &w.out.Pages[i]; p.Case == w.dossier.Case.ID {
			waiting = append(waiting, p.ID)
		}
	}
	waiting = slices.DeleteFunc(waiting, w.drawnFor)
	if len(waiting) == 0 {
		return nil
	}
	for _, id := range waiting {
		w.out.Endings = append(w.out.Endings, docket.Ending{Page: id, At: at})
	}
	w.note(evenkeel.Entry{
		At: at, Kind: evenkeel.EntryClock, Actor: evenkeel.Actor{Person: person}, Ref: string(waiting[0]), State: "withdrawn",
		Says: fmt.Sprintf("A person decided; pages that still waited are withdrawn: %d.", len(waiting)),
	})
	return nil
}
