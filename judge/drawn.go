package judge

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// What stands here is of whoever is drawn by lot as a second or third person, about a measure, an order or a
// kill switch: by which lot, and that they are called.

// lot is the nonce by which is drawn: the one by which the same case was drawn before, or a new one. It is made
// before anybody looks who could be drawn.
func (p *Parts) lot(of []docket.Review, at evenkeel.Moment) string {
	if nonce, stands := procedure.LotOf(of, at); stands {
		return nonce
	}
	return p.nonce()
}

// before is the question about a switch that is kept, whose lot a new question takes.
func before(s *docket.Switch) docket.Review {
	if s.Review == nil {
		return docket.Review{}
	}
	return *s.Review
}

// nextDraw adds the next drawing to a review.
func nextDraw(r *docket.Review, lot string, candidates []evenkeel.PersonID, at evenkeel.Moment) docket.Draw {
	one := procedure.NewDraw(r, lot, candidates, at)
	r.Draws = append(slices.Clone(r.Draws), one)
	return one
}

// drawnPage names the page to whoever was drawn last.
func drawnPage(r *docket.Review) docket.PageID {
	return docket.NewPageID(r.Case, docket.LevelOnCall, r.Draws[len(r.Draws)-1].At, "drawn "+string(r.ID))
}

// callDrawn calls whoever was drawn, and nobody else: the timeline says that it was done and not whom it met.
func (w *draft) callDrawn(r *docket.Review, one docket.Draw, due evenkeel.Moment, why string) {
	p := docket.Page{
		ID: drawnPage(r), Case: r.Case, Tenant: r.Tenant, Family: w.dossier.Family, Level: docket.LevelOnCall, At: one.At,
		Why: withoutAddresses(why), For: []evenkeel.PersonID{one.Drawn}, Due: due, Drawn: true,
	}
	w.out.Pages = append(w.out.Pages, p)
	w.note(evenkeel.Entry{At: one.At, Kind: evenkeel.EntryClock, Actor: w.machine(), Says: "Whoever was drawn by lot is called.", Ref: string(p.ID), State: "paged"})
}

// callSecond calls whoever was drawn for a review of a case. Their half an hour stands still while nobody is
// at work (procedure.Desk), and then there is no time by which they have to decide.
func (w *draft) callSecond(r *docket.Review, one docket.Draw) {
	why, due := "After half an hour another person is drawn.", one.At.Add(procedure.SecondFor)
	if staffed, otherwise := working(w.parts.Rota, one.At); !staffed {
		why, due = fmt.Sprintf("Your half an hour begins at %s, when somebody is at work; then another person is drawn.", otherwise), 0
	} else if otherwise < due {
		why, due = "After half an hour, of the time in which somebody is at work, another person is drawn.", 0
	}
	w.callDrawn(r, one, due, "You were drawn by lot: a question that takes two persons waits for your verdict. "+why)
}

// uncall withdraws the page to whoever was drawn last: it does not wait for them any more.
func (w *draft) uncall(r *docket.Review, at evenkeel.Moment) {
	if len(r.Draws) == 0 {
		return
	}
	id := drawnPage(r)
	if !slices.ContainsFunc(w.out.Pages, func(p docket.Page) bool { return p.ID == id }) {
		if p, err := w.tx.Page(id); err != nil || p.Over != 0 {
			return // an older program called nobody, or it is over
		}
	}
	w.out.Endings = append(w.out.Endings, docket.Ending{Page: id, At: at})
}

// drawnFor says whether a page is to whoever was drawn for a review that is open, or was withdrawn already:
// what is decided meanwhile is not what they were drawn for.
func (w *draft) drawnFor(id docket.PageID) bool {
	open := func(r docket.Review) bool { return !r.State.Over() && len(r.Draws) > 0 && drawnPage(&r) == id }
	return slices.ContainsFunc(w.dossier.Reviews, open) || slices.ContainsFunc(w.out.Endings, func(e docket.Ending) bool { return e.Page == id })
}
