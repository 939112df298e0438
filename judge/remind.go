package judge

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// reminding starts the clock by which the tenant is reminded of what a clock that begins asks; or
// ends it with the one that it belongs to.
func (w *draft) reminding(c docket.Clock) {
	if c.Ended != 0 {
		if c.Kind != docket.ClockTenantAnswer && c.Kind != docket.ClockHearing {
			return
		}
		for _, k := range w.dossier.Clocks {
			if k.Kind == docket.ClockReminder && k.Decision == c.Decision {
				k.Ended, k.Because = c.Ended, c.Because
				w.clock(k)
			}
		}
		return
	}
	r, ok := procedure.Reminder(c)
	begun := slices.ContainsFunc(w.dossier.Clocks, func(k docket.Clock) bool {
		return k.Kind == c.Kind && k.Decision == c.Decision && k.Started == c.Started
	})
	if ok && !begun {
		w.clock(r)
	}
}

// remind writes the notice that reminds of a decision into the outbox, once for each state of it.
func (w *draft) remind(id evenkeel.DecisionID, at evenkeel.Moment, fam *policy.Family, who by) error {
	x := w.find(id)
	if x == nil || !told(x) || x.State.Over() {
		return nil
	}
	again := evenkeel.NewReminderID(x.ID, x.State)
	if before, err := noticeIn(w.tx, again); before != nil || err != nil {
		return err
	}
	who.says = x.Grounds.Says
	n := w.notice(x, fam, who, at)
	n.ID, n.Reminder, n.Automatic = again, true, x.Actor.Automatic()
	if x.State == evenkeel.Held {
		n.AnswerBy = x.From
	}
	var err error
	if n.Beside, err = w.beside(x, at); err != nil {
		return err
	}
	return w.send(n, who, "A reminder to the tenant was written, to all of its contacts: nobody has answered.")
}

func toPerson(x docket.Delivery) bool { return !x.ToMachine() }

// toEverybody says what follows where the time to be heard is over next: whether the reminder is
// still on its way to some contacts. Of one that nobody has begun to send nothing is known.
func (w *draft) toEverybody(x *evenkeel.Decision, k docket.Clock) (procedure.Effect, bool, error) {
	s, err := sentIn(w.tx, evenkeel.NewReminderID(x.ID, x.State))
	if s == nil || s.Dispatch.Over != 0 || s.Dispatch.Attempts == 0 && !slices.ContainsFunc(s.Dispatch.Deliveries, toPerson) {
		return procedure.Effect{}, false, err
	}
	key := "everybody " + string(x.ID)
	waited, err := w.tx.Taken(key)
	if err != nil || waited || slices.Contains(w.out.Taken, key) {
		return procedure.Effect{}, false, err
	}
	w.out.Taken = append(w.out.Taken, key)
	e := procedure.Everybody(w.dossier, k)
	from := e.Start[0].Due
	return e, true, w.putOff(x, from, k.Due, fmt.Sprintf("Some of the tenant's contacts were still written to: it waits until %s.", from))
}
