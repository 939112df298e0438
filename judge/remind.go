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

// What entries say of reminders.
const (
	remindedAll  = "A reminder to the tenant was written, to all of its contacts: nobody has answered."
	remindedNext = "A reminder to the tenant was written, to its contacts of the next role: nobody has answered."
)

// reminderOf is the id of a reminder of a decision in its state, and what is said of it.
func reminderOf(x *evenkeel.Decision, turn int) (evenkeel.NoticeID, string) {
	if turn == 0 {
		return evenkeel.NewReminderID(x.ID, x.State), remindedAll
	}
	return evenkeel.NewTurnID(x.ID, x.State, turn), remindedNext
}

// remind writes the notice that reminds of a decision into the outbox, once for each state and turn of it.
func (w *draft) remind(r procedure.Reminded, at evenkeel.Moment, fam *policy.Family, who by) error {
	x := w.find(r.Decision)
	if x == nil || !told(x) || x.State.Over() {
		return nil
	}
	again, says := reminderOf(x, r.Turn)
	if before, err := noticeIn(w.tx, again); before != nil || err != nil {
		return err
	}
	who.says = x.Grounds.Says
	n := w.notice(x, fam, who, at)
	n.ID, n.Reminder, n.Turn, n.Automatic = again, true, r.Turn, x.Actor.Automatic()
	if x.State == evenkeel.Held {
		n.AnswerBy = earlier(n.AnswerBy, x.From)
	}
	var err error
	if n.Beside, err = w.beside(x, at); err != nil {
		return err
	}
	return w.send(n, who, says)
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

// moveOn lets the next turn come at once where a contact has not got what is held, or a reminder of it: it was
// refused for good, or came back (R24). Whoever has spoken is asked nothing.
func (m *recalled) moveOn(tx docket.Tx, s *docket.SentNotice, now evenkeel.Moment) error {
	n := s.Notice
	if n.State != evenkeel.Held || n.ID != evenkeel.NewNoticeID(n.Decision, n.State) && n.Turn == 0 || s.Case.State == evenkeel.CaseClosed {
		return nil
	}
	d, err := tx.DossierOf(s.Case.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(d.Decisions, func(x evenkeel.Decision) bool { return x.ID == n.Decision })
	asks := func(k docket.Clock) bool {
		return k.Kind == docket.ClockReminder && k.Decision == n.Decision && k.Ended == 0 && s.Case.Spoke < k.Started
	}
	if at < 0 || d.Decisions[at].State != evenkeel.Held || !slices.ContainsFunc(d.Clocks, asks) {
		return nil
	}
	turn := n.Turn + 1
	if turn > procedure.RolesInTurn {
		turn = 0
	}
	again, says := reminderOf(&d.Decisions[at], turn)
	if before, err := noticeIn(tx, again); before != nil || err != nil {
		return err
	}
	n.ID, n.Reminder, n.Turn, n.PersonBy, n.At = again, true, turn, now.Add(n.PersonBy.Sub(n.At)), now
	n.Beside, n.Ledger = nil, "" // they may be otherwise by now
	if n.Check() != nil {
		return nil // nor could the one before be sent
	}
	m.out.Notices = append(m.out.Notices, n)
	m.note(evenkeel.Entry{Kind: evenkeel.EntryToldTo, Says: says, Ref: string(n.ID), Decision: n.Decision})
	return nil
}
