package judge

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// mostHeard is how many letters say that an answer came in, until a person has decided. With one an hour at
// most they bound what a machine that answers letters by letters can bring about (G).
const mostHeard = 3

// tellHeard writes to the tenant that an answer which came by mail was taken in, by when a person decides, and
// what of what was announced does not take effect by itself any more: on a page it would read so at once.
func (w *draft) tellHeard(a *docket.Act, e *procedure.Effect, fam *policy.Family) error {
	c := w.dossier.Case
	if !a.Letter || a.Kind != docket.ActAnswer || !e.Spoke || c == nil || c.Waiting == 0 {
		return nil
	}
	x := w.heardAbout(e)
	if x == nil {
		return nil // nothing was ever told, so there is nothing that it answers
	}
	id, any, err := w.heardOnce(e.At)
	if !any || err != nil {
		return err
	}
	if fam == nil { // the policy has left it since
		fam = &policy.Family{}
	}
	n := w.notice(x, fam, by{Actor: x.Actor, says: x.Grounds.Says}, e.At)
	n.ID, n.Receipt, n.Heard, n.AnswerBy = id, docket.ReceiptOf(c.ID, a.ID), true, 0
	n.PersonBy = cmp.Or(w.due(docket.ClockOurAnswer, e.At), e.At.Add(fam.Clocks.OurAnswer)) // also where what was told is over by now
	return w.send(n, by{}, "A notice to the tenant was written, that its answer was taken in.")
}

// heardAbout is what an answer is about: what was held until then, with all that was held of the same measure;
// else the highest in force that was told, or what was told last. nil: nothing was.
func (w *draft) heardAbout(e *procedure.Effect) *evenkeel.Decision {
	var about *evenkeel.Decision
	for _, t := range e.Turns {
		x := w.find(t.Decision)
		switch {
		case x == nil || x.State != evenkeel.Proposed:
		case about == nil:
			y := *x
			y.Assets, about = slices.Clone(x.Assets), &y
		case x.Measure == about.Measure:
			about.Assets = append(about.Assets, x.Assets...)
		}
	}
	if about != nil {
		slices.Sort(about.Assets)
		about.Assets = slices.Compact(about.Assets)
		return about
	}
	for i := range w.dossier.Decisions {
		if x := &w.dossier.Decisions[i]; wasTold(x) && (about == nil || outranks(x, about)) {
			about = x
		}
	}
	return about
}

// heardOnce is the id of the next letter that an answer came in; false where one was written within the hour, or as
// many as are written until a person decides.
func (w *draft) heardOnce(at evenkeel.Moment) (id evenkeel.NoticeID, any bool, err error) {
	c := w.dossier.Case
	hour := int64(at) / int64(time.Hour)
	for _, h := range []int64{hour, hour - 1} {
		before, err := noticeIn(w.tx, evenkeel.NewHeardID(c.ID, h))
		if err != nil || before != nil && at.Sub(before.At) < time.Hour {
			return "", false, err
		}
	}
	for i := range mostHeard {
		key := fmt.Sprintf("heard %s %s %d", c.ID, c.Waiting, i)
		if taken, err := w.tx.Taken(key); err != nil {
			return "", false, err
		} else if !taken {
			w.out.Taken = append(w.out.Taken, key)
			return evenkeel.NewHeardID(c.ID, hour), true, nil
		}
	}
	return "", false, nil
}
