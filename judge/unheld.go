package judge

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// tellUnheld writes to the tenant that what was announced does not take effect by itself any more, since a person
// decides: else it keeps a threat that nobody stands by, and is met by what it thinks is an hour away. What turned in one
// transaction is one letter for each measure, however many machines that are; and nothing turns twice.
func (w *draft) tellUnheld() error {
	var told []evenkeel.Measure
	for _, id := range w.unheld {
		x := w.find(id)
		if x == nil || slices.Contains(told, x.Measure) {
			continue
		}
		about, err := w.unheldLike(x.Measure)
		if err != nil {
			return err
		}
		if about == nil {
			continue
		}
		told = append(told, x.Measure)
		if err := w.tellOfUnheld(about); err != nil {
			return err
		}
	}
	return nil
}

// unheldLike is what was announced of a measure and is a question by now, with the assets of all; nil: nothing is.
func (w *draft) unheldLike(m evenkeel.Measure) (about *evenkeel.Decision, err error) {
	for _, id := range w.unheld {
		x := w.find(id)
		if x == nil || x.State != evenkeel.Proposed || x.Mode != evenkeel.ModeLive || x.Measure != m || !m.Enforced() {
			continue // a person refused it meanwhile, or approved it: that is told
		}
		n, err := noticeIn(w.tx, evenkeel.NewNoticeID(x.ID, evenkeel.Held))
		switch {
		case err != nil:
			return nil, err
		case n == nil && !w.tells(x.ID, evenkeel.Held): // nobody was threatened
		case about == nil:
			y := *x
			y.Assets, about = slices.Clone(x.Assets), &y
		default:
			about.Assets, about.At = append(about.Assets, x.Assets...), max(about.At, x.At)
		}
	}
	if about != nil {
		slices.Sort(about.Assets)
		about.Assets = slices.Compact(about.Assets)
	}
	return about, nil
}

// tells says whether a notice about a decision in a state is among those that are written by this.
func (w *draft) tells(id evenkeel.DecisionID, s evenkeel.DecisionState) bool {
	return slices.ContainsFunc(w.out.Notices, func(n evenkeel.Notice) bool { return n.ID == evenkeel.NewNoticeID(id, s) })
}

func (w *draft) tellOfUnheld(x *evenkeel.Decision) error {
	fam := w.parts.family(x.Family)
	if fam == nil { // the policy has left it since
		fam = &policy.Family{}
	}
	n := w.notice(x, fam, by{Actor: x.Actor, says: x.Grounds.Says}, x.At)
	n.ID, n.Appeal, n.LastAppeal = evenkeel.NewNoticeID(x.ID, evenkeel.Proposed), 0, false // nothing is decided
	if w.due(docket.ClockTenantAnswer, x.At) == 0 && len(w.announced(x, x.At)) == 0 {
		n.AnswerBy = 0 // nothing is asked anew by it
	}
	var err error
	if n.Beside, err = w.beside(x, x.At); err != nil {
		return err
	}
	return w.send(n, by{}, "A notice to the tenant was written, that what was announced waits for a person.")
}

// undecided says whether a person is asked about a measure in the case, once what is being carried out is.
func (w *draft) undecided() bool {
	return slices.ContainsFunc(w.dossier.Decisions, func(y evenkeel.Decision) bool {
		to := w.becomes(y.ID)
		if to == 0 {
			to = y.State
		}
		return y.Mode == evenkeel.ModeLive && to == evenkeel.Proposed && (y.Measure.Enforced() || y.Wanted.Enforced())
	})
}
