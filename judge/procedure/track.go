package procedure

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// thirtyDays is how long a case is quiet before it closes by itself.
const thirtyDays = 30 * 24 * time.Hour

// track starts the clocks without which a case would be forgotten, once an effect is complete.
// Where something is proposed and no clock of a person's runs, one for its review does; a
// tenant who waits has our own clock already. Where ended says that something came to an end,
// and nothing stands and nobody waits, the case is quiet from now on.
func track(d *docket.Dossier, fam *policy.Family, e *Effect, ended bool) {
	c := openCase(d)
	if c == nil || e.Case == evenkeel.CaseClosed || e.Spoke || c.Waiting != 0 && !e.Decided {
		return
	}
	left := after(d, e)
	switch {
	case proposes(left) && !runs(d, docket.ClockReview):
		e.Start = append(e.Start, reviewClock(d, fam, e.At))
	case len(left) == 0 && ended:
		e.Start = append(e.Start, quietClock(d, e.At))
	}
}

// after returns the live decisions that wait or are in force once an effect is carried out.
func after(d *docket.Dossier, e *Effect) []evenkeel.Decision {
	all := slices.Clone(d.Decisions)
	become := func(id evenkeel.DecisionID, s evenkeel.DecisionState) (x evenkeel.Decision) {
		for i := range all {
			if all[i].ID == id {
				x = all[i]
				all[i].State = s
			}
		}
		return x
	}
	for _, t := range e.Turns {
		become(t.Decision, t.To)
	}
	for _, i := range e.Instead {
		to := evenkeel.Superseded
		if at := slices.IndexFunc(all, func(x evenkeel.Decision) bool { return x.ID == i.Of }); i.Beside && at >= 0 {
			to = all[at].State
		}
		x := become(i.Of, to)
		x.ID, x.Measure, x.State = "", i.Measure, evenkeel.InForce
		all = append(all, x)
	}
	return live(all, evenkeel.Proposed, evenkeel.Held, evenkeel.InForce)
}

// proposes says whether any of some decisions waits for a person.
func proposes(decisions []evenkeel.Decision) bool { return len(live(decisions, evenkeel.Proposed)) > 0 }

// reviewClock is the clock of what is proposed in a case, from a moment on.
func reviewClock(d *docket.Dossier, fam *policy.Family, from evenkeel.Moment) docket.Clock {
	return caseClock(d, docket.Clock{Kind: docket.ClockReview, Started: from, Due: from.Add(ourTime(fam)), Breach: "A person is called again."})
}

// quietClock is the clock of a case in which nothing stands, from a moment on.
func quietClock(d *docket.Dossier, from evenkeel.Moment) docket.Clock {
	return caseClock(d, docket.Clock{Kind: docket.ClockQuiet, Started: from, Due: from.Add(thirtyDays), Breach: "The case closes by itself."})
}

// caseClock is a clock of the dossier's case, where it has one yet.
func caseClock(d *docket.Dossier, k docket.Clock) docket.Clock {
	if d.Case != nil {
		k.Case = d.Case.ID
	}
	return k
}

// unreviewed is what follows when nobody has looked at what is proposed: that it is said, and
// the clock begins again. It never does anything to the tenant, for or against: that is for
// whoever looks.
func (x *expiry) unreviewed() {
	waits := live(x.d.Decisions, evenkeel.Proposed)
	if c := openCase(x.d); c != nil && c.State == evenkeel.CaseReopened && x.k.Due.Sub(x.k.Started) == LotLook {
		x.unlooked() // it was opened by lot before that had a clock of its own
		return
	}
	if openCase(x.d) == nil || len(waits) == 0 {
		x.end("nothing is proposed any more")
		return
	}
	x.end("missed: nobody looked")
	since := waits[0].At
	for i := range waits {
		since = min(since, waits[i].At)
	}
	x.e.Says = append(x.e.Says, fmt.Sprintf("Nobody has looked at what was proposed at %s, %s before. Somebody else has to be called.", since, span(x.k.Due.Sub(since))))
	x.e.Start = append(x.e.Start, longer(x.k))
	x.call(x.lookLevel(since), 0, "Nobody has looked at what was proposed at %s.", since)
}

// lookLevel is who is called when nobody has looked at what was proposed: whoever is on call, the next time the
// second level, and from then on whoever leads, each day in the end, until a person decides. The length of the clock,
// which is twice that of the one before, says which time it is; where our own time is so long that this does not
// hold, how long the oldest of it waits does.
func (x *expiry) lookLevel(since evenkeel.Moment) int {
	our := ourTime(x.fam)
	waits := 2*x.k.Due.Sub(x.k.Started) - our
	if 4*our > longest {
		waits = x.k.Due.Sub(since)
	}
	switch {
	case waits <= our:
		return docket.LevelOnCall
	case waits <= our+min(2*our, longest):
		return docket.LevelSecond
	}
	return docket.LevelLead
}

// LotLook is how long the lead has to look at a case that is open again by lot, until they are called again.
const LotLook = 7 * 24 * time.Hour

// byLot says whether a case is open again because whoever looked at it by lot found it otherwise, and nobody
// has cleared or closed it since. What is proposed or decided in it meanwhile has clocks as in any other.
func byLot(d *docket.Dossier) bool { return openCase(d) != nil && runs(d, docket.ClockLot) }

// LotClock is the clock of a case that is open again by lot, from a moment on.
func LotClock(d *docket.Dossier, from evenkeel.Moment) docket.Clock {
	return caseClock(d, docket.Clock{Kind: docket.ClockLot, Started: from, Due: from.Add(LotLook), Breach: "The lead is called again."})
}

// unlooked calls the lead again: silence does not take back what a person found by lot.
func (x *expiry) unlooked() {
	c := openCase(x.d)
	if c == nil {
		x.end("the case was closed")
		return
	}
	x.end("missed: nobody looked")
	x.e.Says = append(x.e.Says, "Nobody has cleared the case that is open again by lot, nor said why not: the lead is called again.")
	x.e.Start = append(x.e.Start, LotClock(x.d, x.k.Due))
	x.call(docket.LevelLead, 0, "The case is open again by lot since %s. It has to be cleared, or it is to be said why not.", c.Since)
}

// quiet closes a case about which nothing more was found. Where something was found meanwhile
// and nothing came of it, it is quiet since then only. What a person found to be so before is
// not taken back by silence.
func (x *expiry) quiet() {
	c := openCase(x.d)
	if c == nil || c.Waiting != 0 || AppealOpen(x.d) || byLot(x.d) || len(after(x.d, &x.e)) > 0 {
		x.end("the case is not quiet any more")
		return
	}
	if c.Latest > x.k.Started {
		x.end("something was found meanwhile")
		x.e.Start = append(x.e.Start, quietClock(x.d, c.Latest))
		return
	}
	x.end("nothing more was found for 30 days")
	x.e.Says = append(x.e.Says, fmt.Sprintf("Nothing more was found for 30 days, since %s.", x.k.Started))
	x.e.Case, x.e.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeInconclusive
	if foundBefore(c) {
		x.e.Outcome = c.Outcome
	}
	for _, k := range x.d.Clocks {
		if k.Ended == 0 && k.Kind != docket.ClockQuiet && !outlives(x.d, &k) {
			k.Ended, k.Because = x.k.Due, "the case was closed"
			x.e.Stop = append(x.e.Stop, k)
		}
	}
}
