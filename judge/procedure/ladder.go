package procedure

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Call is an intention to call people of the operator to a case.
type Call struct {
	Level int             // docket.LevelOnCall to docket.LevelLead
	At    evenkeel.Moment // as of when who is on call is asked
	About string          // what it is for, to tell two of one moment apart: the word of a clock or an act
	Why   string          // a sentence
	Due   evenkeel.Moment // by when a person has to decide; 0: as soon as one can
	// Not are those who may not decide on it: who took the decision that is appealed, or heard it before.
	Not []evenkeel.PersonID
}

// ourClocks are the clocks of a person's answer, from a moment on: at the end of the last what
// is enforced steps down, and before that people are called, so that it need not come to that.
func ourClocks(d *docket.Dossier, fam *policy.Family, from evenkeel.Moment) []docket.Clock {
	our := ourClock(d, fam, from)
	times := policy.Clocks{OurAnswer: our.Due.Sub(from)}
	if fam != nil {
		times = fam.Clocks
		times.OurAnswer = our.Due.Sub(from)
	}
	times = times.WithDefaults()
	page := caseClock(d, docket.Clock{Kind: docket.ClockPage, Started: from, Due: from.Add(times.Page), Breach: "Whoever is on call is called."})
	second := caseClock(d, docket.Clock{Kind: docket.ClockSecondLevel, Started: from, Due: from.Add(times.SecondLevel), Breach: "The second level is called."})
	return []docket.Clock{our, page, second}
}

// ofOurAnswer says whether a clock runs for a person's answer to the tenant: what a decision
// stops, and nothing less.
func ofOurAnswer(k docket.ClockKind) bool {
	switch k {
	case docket.ClockOurAnswer, docket.ClockPage, docket.ClockSecondLevel, docket.ClockUrgent:
		return true
	}
	return false
}

// call calls people because a clock ran out.
func (x *expiry) call(level int, due evenkeel.Moment, format string, args ...any) {
	x.e.Calls = append(x.e.Calls, Call{Level: level, At: x.k.Due, About: x.k.Kind.String(), Why: fmt.Sprintf(format, args...), Due: due})
}

// called calls whoever is on call, or the second level, while the tenant waits.
func (x *expiry) called(level int) {
	x.end("people are called")
	c := openCase(x.d)
	if c == nil || c.Waiting == 0 {
		return
	}
	our := find(x.d.Clocks, docket.ClockOurAnswer)
	if our == nil { // nobody has to answer any more
		return
	}
	x.call(level, our.Due, "The tenant waits since %s and nobody has decided; a person has to by %s.", c.Waiting, our.Due)
}

// urgent calls the lead: somebody said that production is down, and nobody has decided.
func (x *expiry) urgent() {
	x.end("missed: nobody decided")
	if openCase(x.d) == nil {
		return
	}
	x.call(docket.LevelLead, 0, "A contact of the tenant called for a person at %s, and nobody has decided by %s.", x.k.Started, x.k.Due)
	x.e.Start = append(x.e.Start, longer(x.k))
}

// find returns the running clock of a kind of the case itself, or nil.
func find(clocks []docket.Clock, kind docket.ClockKind) *docket.Clock {
	for i := range clocks {
		if k := &clocks[i]; k.Kind == kind && k.Ended == 0 {
			return k
		}
	}
	return nil
}
