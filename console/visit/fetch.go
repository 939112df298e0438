package visit

import (
	"cmp"
	"html/template"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// fetchUnder says it of a measure: by the ways that were shown to be open, where any was; that a person is
// called to look, where it should be shown and is not.
func (t tongue) fetchUnder(m evenkeel.Measure, w Ways) (out []template.HTML) {
	by, names := t.FetchBy[m], make([]string, len(w.Open))
	for i, x := range w.Open {
		names[i] = cmp.Or(t.Ways[x], x)
	}
	switch {
	case len(names) > 0 && by != "":
		out = append(out, say(by, strings.Join(names, t.Between)), say(t.WaysShown, t.moment(w.Shown)))
	case !w.Unsure:
		out = append(out, say("%s", t.Fetch[m]))
	}
	switch {
	case !w.Unsure:
	case w.Shown == 0 || len(names) > 0:
		out = append(out, say("%s", t.WaysUnsure))
	default:
		out = append(out, say("%s", t.WaysUnsure), say(t.WaysShown, t.moment(w.Shown)))
	}
	return out
}

// withheld says that a lawful order withholds the data, where it lets that be told.
func (t tongue) withheld(all []docket.Withholding) (out []template.HTML) {
	if h := docket.TellOf(all); h.Authority != "" {
		out = append(out, say(t.Withheld, name(h.Reference), name(h.Authority), t.when(h.Until)))
	}
	return out
}

// fetch says how the tenant fetches its data as things stand (R6): what the highest measure that may
// be felt leaves open, until when the data is kept where the contract ends, and what to do if a way
// does not work. It is nil where nothing stands. While a lawful order withholds the data no way is named.
func (t tongue) fetch(v *visitor) (out []template.HTML) {
	held := v.folder.Withheld(v.now)
	inForce, _ := v.standing()
	for _, d := range inForce {
		if x, _ := v.order(d.ID); d.Measure.Enforced() && x.stands() && len(held) == 0 {
			ways := Ways{}
			if v.ways != nil {
				ways = v.ways(&d)
			}
			out = append(out, t.fetchUnder(d.Measure, ways)...)
			break
		}
	}
	out = append(out, t.withheld(held)...)
	for i := range v.folder.Clocks {
		k := &v.folder.Clocks[i]
		switch {
		case k.Kind != docket.ClockRetrieval || k.Ended != 0:
		case k.Paused != "":
			left := k.Due.Sub(max(k.PausedAt, k.Started))
			paused := t.KeptPaused
			if k.Paused == docket.PausedByOrder || len(held) > 0 {
				paused = t.KeptMeanwhile
			}
			out = append(out, say(paused, t.moment(k.PausedAt), t.length(left)))
		case len(held) == 0:
			out = append(out, say(t.KeptUntil, t.when(k.Due)))
		}
	}
	if len(out) > 0 && len(held) == 0 {
		out = append(out, say("%s", t.FetchElse))
	}
	return out
}
