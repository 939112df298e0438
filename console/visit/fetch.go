package visit

import (
	"cmp"
	"html/template"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// fetchUnder says it of a measure: by the ways that are kept open, where it is known which they are.
func (t tongue) fetchUnder(m evenkeel.Measure, ways []string) template.HTML {
	by, names := t.FetchBy[m], make([]string, len(ways))
	if by == "" || len(ways) == 0 {
		return say("%s", t.Fetch[m])
	}
	for i, w := range ways {
		names[i] = cmp.Or(t.Ways[w], w)
	}
	return say(by, strings.Join(names, t.Between))
}

// fetch says how the tenant fetches its data as things stand (R6): what the highest measure that may
// be felt leaves open, until when the data is kept where the contract ends, and what to do if a way
// does not work. It is nil where nothing stands.
func (t tongue) fetch(v *visitor) (out []template.HTML) {
	inForce, _ := v.standing()
	for _, d := range inForce {
		if x, _ := v.order(d.ID); d.Measure.Enforced() && x.stands() {
			out = append(out, t.fetchUnder(d.Measure, v.ways))
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
