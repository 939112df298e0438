package judge

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// toldOtherwise takes in that a person told a contact of the tenant's what stands in the case, where its
// notice reached nobody: from now on it is told, by that person's word, which stands in the
// timeline and the ledger. What was decided after they told it is not. The time to be heard begins with the act: nobody
// loses any by a word about what was.
func (w *draft) toldOtherwise(a *docket.Act) error {
	t, c := a.Telling, w.dossier.Case
	switch {
	case a.By == "" || a.Says == "":
		return evenkeel.Invalid("by %q because of %q; expected the person who told it, and a sentence that says what was told", a.By, a.Says)
	case a.Contact == "" || strings.Contains(a.Contact, "@"):
		return evenkeel.Invalid("contact %q; expected the role of the contact who was told, such as owner, and no address", withoutAddresses(a.Contact))
	case t == nil || t.How.String() == "invalid":
		return evenkeel.Invalid("it does not say how it was told; expected one of %v", docket.Hows())
	case t.When > a.At:
		return evenkeel.Invalid("it was told at %s; expected a time before %s, when that is said", t.When, a.At)
	case c == nil || c.State == evenkeel.CaseClosed:
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no case of it is open"}
	}
	when := t.When
	if when == 0 {
		when = a.At
	}
	if err := w.acted(a); err != nil {
		return err
	}
	for i := range w.dossier.Decisions {
		if err := w.tellsOf(&w.dossier.Decisions[i], a, when); err != nil {
			return err
		}
	}
	if len(w.out.Deliveries) == 0 {
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("there is nothing that was decided by %s and of which nobody was told", when),
			Hint: "evenkeel case show says what was told to whom; what a contact says is passed on as an answer",
		}
	}
	return nil
}

// tellsOf makes the notices of a decision told that nobody has: of what stands each, of what is over those of
// which that is known.
func (w *draft) tellsOf(x *evenkeel.Decision, a *docket.Act, when evenkeel.Moment) error {
	if x.Mode != evenkeel.ModeLive || docket.Withholds(x) {
		return nil
	}
	for _, state := range stood {
		since, nobody, err := w.toldAs(x.ID, state)
		if err != nil {
			return err
		}
		if stands := x.State == state && !state.Over(); !nobody && (since != 0 || !stands) {
			continue
		}
		s, err := sentIn(w.tx, evenkeel.NewNoticeID(x.ID, state))
		if err != nil {
			return err
		}
		if s == nil || s.Notice.At > when {
			continue
		}
		who := clip(withoutAddresses(a.Contact))
		w.out.Deliveries = append(w.out.Deliveries, docket.Delivery{Notice: s.Notice.ID, Channel: a.Telling.How.String(), To: who, Message: clip(a.ID), At: a.At})
		w.note(evenkeel.Entry{
			At: a.At, Kind: evenkeel.EntryToldTo, Actor: evenkeel.Actor{Person: a.By}, Ref: string(s.Notice.ID), State: "told", Decision: x.ID,
			Says: fmt.Sprintf("The %s contact was told of %s otherwise (%s), at %s, as %s says.", who, x.Measure, strings.ReplaceAll(a.Telling.How.String(), "_", " "), when, a.By),
		})
	}
	return nil
}

// stood are the states in which a measure is, or is about to be, on somebody.
var stood = []evenkeel.DecisionState{evenkeel.Held, evenkeel.InForce}

// neverTold says of a case of which the tenant has not spoken whether notices in it reached nobody, and none anybody:
// that what they were about is over by now tells nobody.
func (w *draft) neverTold() (bool, error) {
	if c := w.dossier.Case; c == nil || c.Spoke != 0 {
		return false, nil
	}
	any := false
	for i := range w.dossier.Decisions {
		x := &w.dossier.Decisions[i]
		for _, state := range stood {
			since, nobody, err := w.toldAs(x.ID, state)
			if err != nil || since != 0 && !nobody {
				return false, err
			}
			any = any || nobody
		}
	}
	return any, nil
}

// waits keeps a review open whose verdicts are all in, while nobody was told of what stands: they are kept, and it is
// asked again until somebody was.
func (p *pair) waits(r *docket.Review, because error, at evenkeel.Moment) error {
	if last := len(r.Verdicts) - 1; r.Verdicts[last].At == at {
		p.saysOf(r, at, fmt.Sprintf("The verdicts of review %s are in and wait: %s.", r.ID, because))
	}
	return p.askAgain(r, at)
}

func (p *pair) saysOf(r *docket.Review, at evenkeel.Moment, says string) {
	p.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryDecided, Actor: p.machine(), Ref: string(r.ID), State: r.State.String(), Says: says})
}

func (p *pair) askAgain(r *docket.Review, at evenkeel.Moment) error {
	p.start(docket.Clock{Kind: docket.ClockSecond, Decision: r.Decision, Started: at, Due: at.Add(procedure.SecondFor), Breach: "It is asked again whether anybody was told."})
	return p.keepReview(*r, at)
}

// whole says whether nobody's verdict is missing, though a review is not over: it waits until somebody is told.
func whole(r *docket.Review) bool {
	n := len(r.Verdicts)
	return r.About.OfMeasure() && (r.State == docket.ReviewDrawn && n == 2 || r.State == docket.ReviewSplit && n == 3)
}

// goOnTold has the reviews go on that wait until somebody is told.
func (p *pair) goOnTold() error {
	for _, r := range p.dossier.Reviews {
		if whole(&r) {
			if err := p.goOn(&r, p.a.At); err != nil {
				return err
			}
		}
	}
	return nil
}

// goOn carries out what waited until somebody was told. Where the tenant has spoken since, those who gave the
// verdicts have not heard it: they wait until a person has decided on that. Nothing that it says carries them out (R27), ends
// them, or puts off when it is asked again (G).
func (p *pair) goOn(r *docket.Review, at evenkeel.Moment) error {
	c := p.dossier.Case
	waits := c.Spoke >= r.Verdicts[len(r.Verdicts)-1].At && (c.Waiting != 0 || procedure.AppealOpen(&p.dossier))
	if waits && p.a.Kind.OfTenant() {
		p.saysOf(r, at, fmt.Sprintf("The tenant has spoken since the verdicts of review %s: they wait until a person has decided on that. To have it decided anew, refuse what was proposed.", r.ID))
		return p.keepReview(*r, at)
	}
	p.stopSecond(r, at, "it is asked again whether anybody was told")
	if !waits {
		return p.weighed(r, at)
	}
	return p.askAgain(r, at)
}
