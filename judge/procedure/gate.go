package procedure

import (
	"cmp"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// gate is one finding on its way through the questions.
type gate struct {
	d      *docket.Dossier
	p      *policy.Proposal
	f      *evenkeel.Finding
	means  Means
	assets []evenkeel.AssetID
	open   *evenkeel.Case      // the dossier's, where it is not closed
	live   []evenkeel.Decision // of the open case: what was decided in a closed one is past
	why    []string
}

// Gate says what may be done with a proposal about a finding, and when. It is asked at the
// finding's time. Nothing follows from a proposal in shadow: its ruling says what would.
func Gate(d docket.Dossier, p policy.Proposal, f *evenkeel.Finding, m Means) Ruling {
	r := newGate(&d, &p, f, m).rule()
	if p.Mode == evenkeel.ModeShadow {
		if r.Verdict == Enter || r.Verdict == Hold {
			r.Verdict = Person
		}
		r.Supersedes, r.Start, r.Case, r.Outcome = nil, nil, 0, evenkeel.OutcomeNone
	}
	return r
}

func newGate(d *docket.Dossier, p *policy.Proposal, f *evenkeel.Finding, m Means) *gate {
	g := &gate{d: d, p: p, f: f, means: m, assets: f.Named(), open: openCase(d)}
	if g.open != nil {
		g.live = live(d.Decisions)
	}
	return g
}

// rule asks the questions in their order: whether anything is to be done at all, whether it
// was cleared, which rung would be next, whether what stands is enough and tight enough, whether a person has
// to decide, and, where none has to, when it takes effect.
func (g *gate) rule() Ruling {
	switch {
	case g.p.Family == nil:
		return g.note("The policy says nothing about %s.", g.f.Family)
	case g.p.Allowed == evenkeel.MeasureNone && g.p.Flag != "":
		return g.suppress()
	case g.p.Allowed == evenkeel.MeasureNone && g.p.Wanted == evenkeel.MeasureNone:
		return g.note("The policy asks for nothing.")
	case g.p.Allowed == evenkeel.MeasureNone:
		return g.note("Wanted is %s; of it nothing is left for a machine, and the policy asks for nothing less.", g.p.Wanted)
	}
	if c, says := clearance(g.d, g.p.Family, g.f.At); c != nil {
		if c == g.d.Case && c.State == evenkeel.CaseClosed && g.seenBefore() {
			return g.note("Whoever cleared case %s at %s had this before them: nothing was added to it since.", c.ID, clearedAt(c))
		}
		g.say("%s", says)
		r := g.person()
		if c == g.d.Case && c.State == evenkeel.CaseClosed {
			r.Case, r.Outcome = evenkeel.CaseReopened, c.Outcome
		}
		return r
	}
	m := g.limitAtLeast(g.next())
	if says := g.alsoReported(m); says != "" {
		g.say("%s", says)
		return g.enter(m)
	}
	if x := g.loose(m); x != nil && cmp.Or(g.needsPerson(x.Measure), g.past(x.Measure)) == "" {
		return g.tighten(x)
	}
	if says := g.enough(m); says != "" {
		r := g.note("%s", says)
		r.Start = g.join(m)
		return r
	}
	if says := cmp.Or(g.needsPerson(m), g.past(m)); says != "" {
		g.say("%s", says)
		return g.person()
	}
	return g.enter(m)
}

func (g *gate) say(format string, args ...any) { g.why = append(g.why, fmt.Sprintf(format, args...)) }

// note is the ruling that nothing new is decided.
func (g *gate) note(format string, args ...any) Ruling {
	g.say(format, args...)
	return Ruling{Verdict: Note, Assets: g.assets, Why: g.why}
}

// suppress is the ruling about what a flag covers: it is recorded once with what was wanted,
// and closes the case that it opens.
func (g *gate) suppress() Ruling {
	for _, x := range live(g.d.Decisions, evenkeel.Suppressed) {
		if x.SuppressedBy != g.p.Flag || rank(g.p.Family, x.Wanted) < rank(g.p.Family, g.p.Wanted) {
			continue
		}
		for _, b := range x.Grounds.Basis {
			if b.Finding == g.f.ID {
				return g.note("Flag %s covers it, as was recorded at %s (%s).", g.p.Flag, x.At, x.ID)
			}
		}
	}
	if len(g.p.Why) == 0 {
		g.say("Flag %s covers it: %s was wanted and is only recorded.", g.p.Flag, g.p.Wanted)
	}
	r := Ruling{Verdict: Suppress, Assets: g.assets, Why: g.why}
	if g.d.Case == nil {
		r.Case, r.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeCovered
	}
	return r
}

// person is the ruling that a person has to decide. What is proposed already is not proposed
// again; lesser proposals about the same assets give way. Whatever is proposed has a clock.
func (g *gate) person() Ruling {
	r := Ruling{Verdict: Person, Assets: g.assets, Case: review(g.open)}
	wanted := rank(g.p.Family, g.p.Wanted)
	for _, x := range live(g.live, evenkeel.Proposed) {
		switch {
		case rank(g.p.Family, x.Wanted) >= wanted && Contains(together([]evenkeel.Decision{x}), g.assets):
			return g.note("A person has been asked about %s already, at %s (%s).", x.Wanted, x.At, x.ID)
		case rank(g.p.Family, x.Wanted) <= wanted && Contains(g.assets, x.Assets):
			r.Supersedes = append(r.Supersedes, x.ID)
		}
	}
	if g.open == nil || !runs(g.d, docket.ClockReview) {
		r.Start = []docket.Clock{reviewClock(g.d, g.p.Family, g.f.At)}
	}
	r.Why = g.why
	return r
}

// enter is the ruling that a machine enters the measure: now, or once the tenant could be
// heard.
func (g *gate) enter(m evenkeel.Measure) Ruling {
	terms := g.p.Family.Terms[m]
	r := Ruling{Verdict: Enter, Measure: m, Assets: g.uncovered(m), From: g.f.At, Case: g.caseUnder(m)}
	if before := g.lapsed(m); len(before) > 0 {
		g.say("%s lapsed before, at %s (%s), and was found again: it is entered once more, and a person has to look.", m, before[0].At, before[0].ID)
		r.Case = review(g.open)
		if g.thirdTime(m) != "" {
			r.Calls = append(r.Calls, Call{Level: docket.LevelLead, At: g.f.At, About: "again " + m.String(), Why: "What hurts others goes on, and no person has decided: a machine enters " + m.String() + " again."})
		}
	}
	if len(r.Assets) == 0 { // another thing is asked about the same ones
		r.Assets = g.assets
	}
	givesWay := []evenkeel.DecisionState{evenkeel.Proposed, evenkeel.Held, evenkeel.InForce}
	if g.inTurn(m) > 0 {
		g.say("The tenant was asked and has not answered: every contact is tried before it is restricted.")
	}
	if hearing := g.hearing(m); hearing > 0 {
		r.Verdict, r.From, r.Case = Hold, g.f.At.Add(hearing), review(g.open)
		g.say("The tenant is heard first: %s takes effect at %s.", m, r.From)
		r.Start = append(r.Start, docket.Clock{
			Kind: docket.ClockHearing, Started: g.f.At, Due: r.From, Breach: fmt.Sprintf("%s takes effect.", m),
		})
		givesWay = givesWay[:1] // what is in force stays so until its successor is
	}
	r.Until = r.From.Add(terms.Lease)
	for _, x := range below(g.live, g.p.Family, m, g.assets, givesWay...) {
		r.Supersedes = append(r.Supersedes, x.ID)
	}
	for _, x := range live(g.live, evenkeel.Proposed) { // what a machine asked for is done by it, later than it was asked
		if m == evenkeel.MeasureLimit && x.Wanted == m && x.Actor.Automatic() && Contains(g.assets, x.Assets) {
			r.Supersedes = append(r.Supersedes, x.ID)
		}
	}
	if g.open == nil || !runs(g.d, docket.ClockTenantAnswer) {
		r.Start = append(r.Start, docket.Clock{
			Kind: docket.ClockTenantAnswer, Started: g.f.At, Due: g.f.At.Add(g.p.Family.Clocks.AnswerTo(g.f.Terms)), Breach: "A person has to look.",
		})
	}
	r.Why = g.why
	return r
}

// hearing is how long a measure is held for the tenant to be heard, 0: it takes effect at once.
func (g *gate) hearing(m evenkeel.Measure) time.Duration {
	return max(g.p.Family.Terms[m].Hearing, g.unread(m), g.inTurn(m))
}

// caseUnder is what a measure that is entered makes of the case: a notice alone is no matter
// for a person yet.
func (g *gate) caseUnder(m evenkeel.Measure) evenkeel.CaseState {
	switch {
	case m.Enforced():
		return review(g.open)
	case g.open == nil:
		return evenkeel.CaseOpen
	}
	return 0
}
