package judge

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

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
