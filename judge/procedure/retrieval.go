package procedure

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Retrieval is the clock of a contract that ends at a moment: until it has run out, the tenant
// can fetch its data. It is never shorter than 30 days.
func Retrieval(d docket.Dossier, fam *policy.Family, from evenkeel.Moment) docket.Clock {
	within := policy.LeastRetrieval
	if fam != nil {
		within = max(within, fam.Clocks.WithDefaults().Retrieval)
	}
	k := caseClock(&d, docket.Clock{Kind: docket.ClockRetrieval, Started: from, Due: from.Add(within), Breach: "The data need not be kept any longer."})
	if appealOpen(&d) {
		k.Paused, k.PausedAt = "an appeal is open", from
	}
	return k
}

// retrieve starts that clock where an effect lets a denial take effect.
func retrieve(d *docket.Dossier, fam *policy.Family, e *Effect) {
	denied := false
	for _, i := range e.Instead {
		denied = denied || i.Measure == evenkeel.MeasureDeny
	}
	for _, t := range e.Turns {
		for i := range d.Decisions {
			x := &d.Decisions[i]
			denied = denied || x.ID == t.Decision && t.To == evenkeel.InForce && x.Measure == evenkeel.MeasureDeny
		}
	}
	if denied && !runs(d, docket.ClockRetrieval) {
		e.Start = append(e.Start, Retrieval(*d, fam, e.At))
	}
}

// pauseRetrieval stops the time to fetch data from running, and why.
func (h *hearing) pauseRetrieval(why string) {
	if k := find(h.d.Clocks, docket.ClockRetrieval); k != nil && k.Paused == "" {
		paused := *k
		paused.Paused, paused.PausedAt = why, h.a.At
		h.e.Start = append(h.e.Start, paused)
	}
}

// resumeRetrieval lets it run on, with the time that was left.
func (h *hearing) resumeRetrieval() {
	if k := find(h.d.Clocks, docket.ClockRetrieval); k != nil && k.Paused != "" {
		h.e.Start = append(h.e.Start, resumed(*k, h.a.At))
	}
}

// resumed is a paused clock that runs on, with the time that it had left.
func resumed(k docket.Clock, at evenkeel.Moment) docket.Clock {
	if at > k.PausedAt {
		k.Due, k.Stood = k.Due.Add(at.Sub(k.PausedAt)), k.Stood+at.Sub(k.PausedAt)
	}
	k.Paused, k.PausedAt = "", 0
	return k
}
