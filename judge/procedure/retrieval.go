package procedure

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Why the time to fetch data stands still. What of it a tenant may read, its page says in its own words.
const (
	underAppeal = "an appeal is open"
	underOrder  = docket.PausedByOrder
)

// standsStill says why the time to fetch data does not run at a moment, or "".
func standsStill(d *docket.Dossier, at evenkeel.Moment) string {
	switch {
	case AppealOpen(d), len(d.Appealing) > 0: // in whichever case of the tenant: the data is the same
		return underAppeal
	case len(d.Withheld(at)) > 0:
		return underOrder
	}
	return ""
}

// Retrieval is the clock of a contract that ends at a moment: until it has run out, the tenant
// can fetch its data. It is never shorter than 30 days.
func Retrieval(d docket.Dossier, fam *policy.Family, from evenkeel.Moment) docket.Clock {
	within := policy.LeastRetrieval
	if fam != nil {
		within = max(within, fam.Clocks.WithDefaults().Retrieval)
	}
	k := caseClock(&d, docket.Clock{Kind: docket.ClockRetrieval, Started: from, Due: from.Add(within), Breach: "The data need not be kept any longer."})
	if k.Paused = standsStill(&d, from); k.Paused != "" {
		k.PausedAt = from
	}
	return k
}

// retrieve starts that clock, anew where one runs, where an effect lets a denial take effect; it never ends before the one
// that ran. What comes in the place of a denial that is in force is no new one. Where it has run out and an appeal opens while a denial
// is in force, it starts anew and stands still: what is left of the data is kept until that is decided, and 30 days after.
func retrieve(d *docket.Dossier, fam *policy.Family, e *Effect) {
	is := func(id evenkeel.DecisionID, denies func(*evenkeel.Decision) bool) bool {
		return slices.ContainsFunc(d.Decisions, func(x evenkeel.Decision) bool { return x.ID == id && denies(&x) })
	}
	denied := slices.ContainsFunc(e.Instead, func(i Instead) bool {
		return i.Measure == evenkeel.MeasureDeny && !is(i.Of, denies)
	}) || slices.ContainsFunc(e.Turns, func(t Turn) bool {
		return t.To == evenkeel.InForce && is(t.Decision, func(x *evenkeel.Decision) bool { return x.Measure == evenkeel.MeasureDeny })
	})
	appeals := slices.ContainsFunc(e.Start, func(k docket.Clock) bool { return k.Kind == docket.ClockAppealAnswer })
	again := appeals && find(d.Clocks, docket.ClockRetrieval) == nil && slices.ContainsFunc(d.Decisions, func(x evenkeel.Decision) bool { return denies(&x) })
	if !denied && !again {
		return
	}
	k := Retrieval(*d, fam, e.At)
	if old := find(d.Clocks, docket.ClockRetrieval); old != nil { // it had stood still: more may be left of it
		k.Due = max(k.Due, resumed(*old, e.At).Due)
	}
	if again {
		k.Paused, k.PausedAt = underAppeal, e.At
	}
	e.Start = append(e.Start, k)
}

// denies says whether a decision ends a contract now.
func denies(x *evenkeel.Decision) bool {
	return x.Measure == evenkeel.MeasureDeny && x.State == evenkeel.InForce && x.Mode == evenkeel.ModeLive
}

// Fetching says how the time to fetch data goes on by how things stand at a moment: it ends where
// no denial is in force any more; while an appeal is open, or a lawful order withholds the data, it stands
// still, and after an appeal there are 30 days at least, whatever was left. False where it goes on as it did.
func Fetching(d docket.Dossier, at evenkeel.Moment) (docket.Clock, bool) {
	running := find(d.Clocks, docket.ClockRetrieval)
	if running == nil {
		return docket.Clock{}, false
	}
	k, why := *running, standsStill(&d, at)
	switch {
	case !slices.ContainsFunc(d.Decisions, func(x evenkeel.Decision) bool { return denies(&x) }):
		k.Ended, k.Because = at, "no denial is in force any more"
		return k, true
	case why == k.Paused:
		return k, false
	}
	if appealed := k.Paused == underAppeal; k.Paused != "" {
		if k = resumed(k, at); appealed {
			k.Due = max(k.Due, at.Add(policy.LeastRetrieval))
		}
	}
	if why != "" {
		k.Paused, k.PausedAt = why, at
	}
	return k, true
}

// resumed is a paused clock that runs on, with the time that it had left.
func resumed(k docket.Clock, at evenkeel.Moment) docket.Clock {
	if k.Paused != "" && at > k.PausedAt {
		k.Due, k.Stood = k.Due.Add(at.Sub(k.PausedAt)), k.Stood+at.Sub(k.PausedAt)
	}
	k.Paused, k.PausedAt = "", 0
	return k
}
