package judge

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// atDesk lets the tenant's time to answer, and that of whoever was drawn by lot, stand still from a moment on,
// or run again, where that depends on whether we are at work. It is asked whenever something changed, and when ClockDesk runs
// out. It says whether anything changed by it.
func (w *draft) atDesk(at evenkeel.Moment) bool {
	if w.dossier.Case == nil || !w.asksDesk() {
		return false
	}
	staffed, otherwise := true, at
	if procedure.DeskMatters(w.dossier) { // else two weeks of a rota would be looked through for nothing
		staffed, otherwise = working(w.parts.Rota, at)
	}
	e, any := procedure.Desk(w.dossier, at, staffed, otherwise)
	for _, k := range slices.Concat(e.Stop, e.Start) {
		w.clock(k)
	}
	for _, says := range e.Says {
		w.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryClock, Actor: w.machine(), Says: says, Ref: docket.ClockDesk.String(), State: "desk"})
	}
	return any
}

// asksDesk says whether it may matter that we are at work: without a rota we always are, and what
// stands still from before runs again.
func (w *draft) asksDesk() bool {
	if w.parts.Rota != nil {
		return true
	}
	for i := range w.dossier.Clocks {
		if w.dossier.Clocks[i].Kind == docket.ClockDesk {
			return true
		}
	}
	return false
}

// deskIsDue handles the clock that is due first by a moment, where it has to do with whether we are
// at work: that one which looks, and the tenant's and that of whoever was drawn, which must not run out
// while nobody is.
func (w *draft) deskIsDue(until evenkeel.Moment) bool {
	k, any := w.next(until)
	if !any || k.Kind != docket.ClockDesk && k.Kind != docket.ClockTenantAnswer && k.Kind != docket.ClockSecond {
		return false
	}
	return w.atDesk(k.Due)
}

// How far and how closely it is looked when the desk opens or closes next. Hours of a rota begin
// and end at whole minutes.
const (
	deskAhead = 14 * 24 * time.Hour
	deskStep  = 5 * time.Minute
)

// working says whether anybody is at work at a moment, and when that is otherwise next; or, where
// that is far off, when to look again. Without a rota somebody always is.
func working(r Rota, at evenkeel.Moment) (staffed bool, otherwise evenkeel.Moment) {
	end := at.Add(deskAhead)
	if r == nil {
		return true, end
	}
	staffed = r.Staffed(at)
	first := evenkeel.MomentOf(at.Time().Truncate(time.Minute)).Add(time.Minute)
	for t := first; t < end; t = t.Add(deskStep) {
		if r.Staffed(t) == staffed {
			continue
		}
		for t > first && r.Staffed(t.Add(-time.Minute)) != staffed {
			t = t.Add(-time.Minute)
		}
		return staffed, t
	}
	return staffed, end
}
