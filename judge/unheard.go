package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// toldOfAt says since when somebody was told of a decision in its state, 0: nobody was, and
// whether it is known that the notice reached nobody. One that still waits for its first
// attempt is neither.
func (w *draft) toldOfAt(x *evenkeel.Decision) (since evenkeel.Moment, nobody bool, err error) {
	return w.toldAs(x.ID, x.State)
}

// toldAs is toldOfAt of a decision in a state that it is or was in.
func (w *draft) toldAs(x evenkeel.DecisionID, state evenkeel.DecisionState) (since evenkeel.Moment, nobody bool, err error) {
	s, err := sentIn(w.tx, evenkeel.NewNoticeID(x, state))
	if s == nil {
		return 0, false, err
	}
	for _, y := range w.out.Deliveries { // in this very act
		if y.Notice == s.Notice.ID {
			s.Dispatch.Deliveries = append(slices.Clone(s.Dispatch.Deliveries), y)
		}
	}
	for _, y := range s.Dispatch.Deliveries {
		if y.Reached() && (since == 0 || y.At < since) {
			since = y.At
		}
	}
	return since, s.Dispatch.Untold(), nil
}

// unaware returns what stands in the open case of which a notice reached nobody, nil: nothing.
// Of what was decided before the moment since it is not asked.
func (w *draft) unaware(since evenkeel.Moment) (*evenkeel.Decision, error) {
	c := w.dossier.Case
	if c == nil || c.State == evenkeel.CaseClosed {
		return nil, nil
	}
	for i := range w.dossier.Decisions {
		x := &w.dossier.Decisions[i]
		if x.Mode != evenkeel.ModeLive || x.State != evenkeel.InForce && x.State != evenkeel.Held || x.At < since || docket.Withholds(x) {
			continue
		}
		if _, nobody, err := w.toldOfAt(x); nobody || err != nil {
			return x, err
		}
	}
	return nil, nil
}

// toldBefore holds a person to property N: on whom nobody told of what stands, nothing more is
// put. Whoever has spoken since knows of it, so to call them is the way. Packets that hurt
// others wait for nobody.
func (w *draft) toldBefore(e *procedure.Effect, fam *policy.Family) error {
	if fam != nil && fam.Harm == policy.HarmPackets {
		return nil
	}
	for _, i := range e.Instead {
		if old := w.find(i.Of); old == nil || old.State == evenkeel.InForce || !i.Measure.Enforced() {
			continue
		}
		x, err := w.unaware(w.dossier.Case.Spoke)
		if x == nil || err != nil {
			return err
		}
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict,
			Says: fmt.Sprintf("the notice of %s (%s) reached nobody, and nothing above notify is put on somebody whom nobody told", x.Measure, x.ID),
			Hint: "call them: pass on what they say as an answer, or say that you told them (evenkeel case told); or approve it as notify",
		}
	}
	return nil
}

// sayTried says, where a measure takes effect because nobody was heard, which contacts were tried: by their
// roles, first those who have what was written, then those who could not be reached.
func (w *draft) sayTried(e *procedure.Effect) error {
	for _, t := range e.Turns {
		x := w.find(t.Decision)
		if t.To != evenkeel.InForce || x == nil || x.State != evenkeel.Held {
			continue
		}
		var took, refused []string
		ids := []evenkeel.NoticeID{evenkeel.NewNoticeID(x.ID, x.State), evenkeel.NewReminderID(x.ID, x.State)}
		for turn := range procedure.RolesInTurn {
			ids = append(ids, evenkeel.NewTurnID(x.ID, x.State, turn+1))
		}
		for _, id := range ids {
			s, err := sentIn(w.tx, id)
			if err != nil {
				return err
			}
			if s == nil {
				continue
			}
			for i := range s.Dispatch.Deliveries {
				y := &s.Dispatch.Deliveries[i]
				if y.ToMachine() { // nobody was tried by it
					continue
				}
				to := &refused
				if s.Dispatch.Took(i) {
					to = &took
				}
				if role := clip(withoutAddresses(y.Role())); !slices.Contains(*to, role) {
					*to = append(*to, role)
				}
			}
		}
		refused = slices.DeleteFunc(refused, func(r string) bool { return slices.Contains(took, r) })
		if len(took) > 0 {
			e.Says = append(e.Says, fmt.Sprintf("Tried before %s, without an answer: %s.", x.Measure, strings.Join(took, ", ")))
		}
		if len(refused) > 0 {
			e.Says = append(e.Says, fmt.Sprintf("Not reached before %s: %s.", x.Measure, strings.Join(refused, ", ")))
		}
	}
	return nil
}

// notUnheard puts a question to a person in the place of what would be enforced on a tenant
// whom nobody told.
func (d *Docket) notUnheard(w *draft, p policy.Proposal, f *evenkeel.Finding, r procedure.Ruling) (procedure.Ruling, error) {
	if r.Verdict != procedure.Enter && r.Verdict != procedure.Hold || !r.Measure.Enforced() {
		return r, nil
	}
	x, err := w.unaware(0)
	if err != nil || x == nil {
		return r, err
	}
	return procedure.Unheard(w.dossier, p, f, d.parts.means(), r), nil
}

// awaited says what follows where the time to be heard is over next, or it is to be looked at
// again, about something of which nobody was told.
func (w *draft) awaited(until evenkeel.Moment, fam *policy.Family) (procedure.Effect, bool, error) {
	k, any := w.next(until)
	if !any || k.Kind != docket.ClockHearing && k.Kind != docket.ClockUnheard {
		return procedure.Effect{}, false, nil
	}
	x := w.find(k.Decision)
	if x == nil || x.State != evenkeel.Held {
		if k.Kind == docket.ClockUnheard {
			return procedure.Heard(w.dossier, k, 0), true, nil
		}
		return procedure.Effect{}, false, nil
	}
	since, nobody, err := w.toldOfAt(x)
	switch {
	case err != nil:
		return procedure.Effect{}, false, err
	case k.Kind == docket.ClockUnheard:
		e := procedure.Heard(w.dossier, k, since)
		return e, true, w.heardFrom(x, &e)
	case !nobody:
		return w.toEverybody(x, k)
	}
	e, waits := procedure.Await(w.dossier, k, fam)
	return e, waits, nil
}

// heardFrom lets what is held begin when the time to be heard is over that an effect starts.
func (w *draft) heardFrom(x *evenkeel.Decision, e *procedure.Effect) error {
	for _, k := range e.Start {
		if k.Kind != docket.ClockHearing {
			continue
		}
		return w.putOff(x, k.Due, e.At, fmt.Sprintf("Nobody was told until %s: the hearing goes on until %s.", k.Started, k.Due))
	}
	return nil
}

// putOff lets what is held begin later, for as long as it was to last.
func (w *draft) putOff(x *evenkeel.Decision, from, at evenkeel.Moment, why string) error {
	x.Until, x.From, x.At = x.Until.Add(from.Sub(x.From)), from, at
	x.Why = append(x.Why[:len(x.Why):len(x.Why)], why)
	return w.keep(*x, w.machine(), says(x))
}

// callOfUntold calls whoever is on call where a notice reached nobody of a measure that is in
// force or about to be: who bears it does not know why, and cannot answer. A reminder that came
// back says nothing of the notice before it.
func (m *recalled) callOfUntold(rota Rota, s *docket.SentNotice, now evenkeel.Moment) {
	n := &s.Notice
	if n.Receipt != "" || n.Reminder || n.Cut || n.Contacts.Until != 0 || !n.Measure.Enforced() || n.State != evenkeel.InForce && n.State != evenkeel.Held || s.Case.State == evenkeel.CaseClosed {
		return
	}
	m.out.Pages = pages(rota, &s.Case, []procedure.Call{{
		Level: docket.LevelOnCall, At: now, About: "untold " + string(n.ID),
		Why: fmt.Sprintf("The notice of %s reached nobody: whoever bears it was not told why.", n.Measure),
	}}, m.note)
}
