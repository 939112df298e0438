package judge

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// appealing are the other cases of the tenant in which an appeal is open, where its contract ends in this one, or
// may: of all others it does not matter, and is not asked.
func appealing(tx docket.Tx, of *docket.Dossier) ([]evenkeel.CaseID, error) {
	if of.Case == nil || !slices.ContainsFunc(of.Decisions, func(x evenkeel.Decision) bool {
		return x.Measure == evenkeel.MeasureDeny || x.Wanted == evenkeel.MeasureDeny
	}) {
		return nil, nil
	}
	all, err := tx.Appealing(of.Tenant)
	return slices.DeleteFunc(all, func(c evenkeel.CaseID) bool { return c == of.Case.ID }), err
}

// fetching lets the tenant's time to fetch its data end, stand still or run on by how things stand
// once something was carried out, by whatever way.
func (w *draft) fetching(at evenkeel.Moment, who evenkeel.Actor) {
	k, any := procedure.Fetching(w.dossier, at)
	if !any {
		return
	}
	w.clock(k)
	if k.Ended != 0 {
		w.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryClock, Actor: who, Says: fmt.Sprintf("Clock %s: %s.", docket.ClockRetrieval, k.Because), State: "ended"})
	}
}
