package judge

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// follow has the reviews about a decision be about the one that a machine or a clock put in its place: else whoever
// starts one more machine, gives one back or speaks until we are late would end what two persons began. What was
// found stays, who was drawn has no more time by it, and nothing is decided about more than was looked at: see
// procedure.Together.
func (w *draft) follow(from, to evenkeel.DecisionID, at evenkeel.Moment) error {
	for _, r := range slices.Clone(w.dossier.Reviews) {
		if r.State.Over() || r.Decision != from {
			continue
		}
		for _, k := range w.dossier.Clocks {
			if k.Kind == docket.ClockSecond && k.Decision == from {
				on := k
				on.Decision = to
				w.endSecond(&r, at, "the review goes on about what took its place")
				w.start(on)
			}
		}
		r.Decision = to
		w.note(evenkeel.Entry{
			At: at, Kind: evenkeel.EntryDecided, Actor: w.machine(), Ref: string(r.ID), State: r.State.String(),
			Says: "Review " + string(r.ID) + " goes on about what took its place: that was no decision of a person.",
		})
		if err := w.keepReview(r, at); err != nil {
			return err
		}
	}
	return nil
}

// followed is follow where what was held takes the place of others, as the time to be heard is over.
func (w *draft) followed(e *procedure.Effect) error {
	enters := slices.IndexFunc(e.Turns, func(t procedure.Turn) bool { return t.To == evenkeel.InForce })
	for _, t := range e.Turns {
		if enters < 0 || t.To != evenkeel.Superseded {
			continue
		}
		if err := w.follow(t.Decision, e.Turns[enters].Decision, e.At); err != nil {
			return err
		}
	}
	return nil
}

// overtaken ends the reviews about what a person decided otherwise meanwhile, before all is put.
func (w *draft) overtaken(at evenkeel.Moment) error {
	for _, r := range slices.Clone(w.dossier.Reviews) {
		if r.State.Over() {
			continue
		}
		x, c := w.find(r.Decision), w.dossier.Case
		// A court writes of what is closed too: no one person takes its order from two by closing the case.
		closed := c != nil && c.ID == r.Case && c.State == evenkeel.CaseClosed && r.About != docket.AboutHold && c.Since >= r.Opened
		switch { // that the time of what stands meanwhile is up decides nothing
		case x != nil && x.State.Over() && x.State != evenkeel.Lapsed:
		case closed && (x == nil && r.Decision == "" || x != nil && x.State.Over()):
		default:
			continue
		}
		r.State, r.Since, r.Why = docket.ReviewOvertaken, at, "What it was about was decided otherwise meanwhile."
		w.stopSecond(&r, at, "it was decided otherwise")
		w.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryDecided, Actor: w.machine(), Says: "The review " + string(r.ID) + " is over: " + r.Why, Ref: string(r.ID), State: r.State.String()})
		if err := w.keepReview(r, at); err != nil {
			return err
		}
	}
	return nil
}
