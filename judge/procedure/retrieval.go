package procedure

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

const underAppeal = "an appeal is open" // why the time to fetch data stands still

// Retrieval is the clock of a contract that ends at a moment: until it has run out, the tenant
// can fetch its data. It is never shorter than 30 days.
func Retrieval(d docket.Dossier, fam *policy.Family, from evenkeel.Moment) docket.Clock {
	within := policy.LeastRetrieval
	if fam != nil {
		within = max(within, fam.Clocks.WithDefaults().Retrieval)
	}
	k := caseClock(&d, docket.Clock{Kind: docket.ClockRetrieval, Started: from, Due: from.Add(within), Breach: "The data need not be kept any longer."})
	if appealOpen(&d) {
		k.Paused, k.PausedAt = underAppeal, from
	}
	return k
}

// retrieve starts that clock, anew where one runs, where an effect lets a denial take effect. What
// comes in the place of a denial that is in force is no new one.
func retrieve(d *docket.Dossier, fam *policy.Family, e *Effect) {
	is := func(id evenkeel.DecisionID, denies func(*evenkeel.Decision) bool) bool {
		return slices.ContainsFunc(d.Decisions, func(x evenkeel.Decision) bool { return x.ID == id && denies(&x) })
	}
	denied := slices.ContainsFunc(e.Instead, func(i Instead) bool {
		return i.Measure == evenkeel.MeasureDeny && !is(i.Of, denies)
	}) || slices.ContainsFunc(e.Turns, func(t Turn) bool {
		return t.To == evenkeel.InForce && is(t.Decision, func(x *evenkeel.Decision) bool { return x.Measure == evenkeel.MeasureDeny })
	})
	if denied {
		e.Start = append(e.Start, Retrieval(*d, fam, e.At))
	}
}

// denies says whether a decision ends a contract now.
func denies(x *evenkeel.Decision) bool {
	return x.Measure == evenkeel.MeasureDeny && x.State == evenkeel.InForce && x.Mode == evenkeel.ModeLive
}

// Fetching says how the time to fetch data goes on by how things stand at a moment: it ends where
// no denial is in force any more; while an appeal is open it stands still, and after that there are
// 30 days at least, whatever was left. False where it goes on as it did.
func Fetching(d docket.Dossier, at evenkeel.Moment) (docket.Clock, bool) {
	running := find(d.Clocks, docket.ClockRetrieval)
	if running == nil {
		return docket.Clock{}, false
	}
	k, open := *running, appealOpen(&d)
	switch {
	case !slices.ContainsFunc(d.Decisions, func(x evenkeel.Decision) bool { return denies(&x) }):
		k.Ended, k.Because = at, "no denial is in force any more"
	case open && k.Paused == "":
		k.Paused, k.PausedAt = underAppeal, at
	case !open && k.Paused != "":
		k = resumed(k, at)
		k.Due = max(k.Due, at.Add(policy.LeastRetrieval))
	default:
		return k, false
	}
	return k, true
}

// resumed is a paused clock that runs on, with the time that it had left.
func resumed(k docket.Clock, at evenkeel.Moment) docket.Clock {
	if at > k.PausedAt {
		k.Due, k.Stood = k.Due.Add(at.Sub(k.PausedAt)), k.Stood+at.Sub(k.PausedAt)
	}
	k.Paused, k.PausedAt = "", 0
	return k
}
