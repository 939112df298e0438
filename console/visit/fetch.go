package visit

import (
	"html/template"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// fetch says how the tenant fetches its data as things stand (R6): what the highest measure that may
// be felt leaves open, until when the data is kept where the contract ends, and what to do if a way
// does not work. It is nil where nothing stands.
func (t tongue) fetch(v *visitor) (out []template.HTML) {
	inForce, _ := v.standing()
	for _, d := range inForce {
		if x, _ := v.order(d.ID); d.Measure.Enforced() && x.stands() {
			out = append(out, say("%s", t.Fetch[d.Measure]))
			break
		}
	}
	for i := range v.folder.Clocks {
		k := &v.folder.Clocks[i]
		switch {
		case k.Kind != docket.ClockRetrieval || k.Ended != 0:
		case k.Paused != "":
			left := k.Due.Sub(max(k.PausedAt, k.Started))
			out = append(out, say(t.KeptPaused, t.moment(k.PausedAt), t.length(left)))
		default:
			out = append(out, say(t.KeptUntil, t.when(k.Due)))
		}
	}
	if len(out) > 0 {
		out = append(out, say("%s", t.FetchElse))
	}
	return out
}
