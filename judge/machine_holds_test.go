package judge_test

import (
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// checkDecision holds a decision as it is kept to what must always hold. old is what it was, or
// nil where it is new.
func (m *machine) checkDecision(x, old *evenkeel.Decision, c *docket.Changes) {
	if err := x.Check(); err != nil {
		m.t.Fatal(err)
	}
	stands := x.State == evenkeel.InForce || x.State == evenkeel.Held
	if x.Mode != evenkeel.ModeLive || !stands || old != nil && old.State == x.State {
		return
	}
	m.checkMeans(x)
	m.checkAccount(x, old, c)
	if x.State == evenkeel.InForce {
		m.checkTwo(x)
	}
	if !x.Actor.Automatic() {
		return
	}
	f, found := m.findings[basisOf(x)]
	told := m.telling != nil && old == nil && basisOf(x) == docket.FindingKey(m.telling) && x.Grounds.Basis[0].Until == m.telling.Until
	if told {
		f, found = *m.telling, true
		m.findings[basisOf(x)] = f
		m.checkAgain(x)
	}
	switch by := x.Supersedes != "" && m.decisions[x.Supersedes] != nil; {
	case old != nil: // the time to be heard is over
		if may := m.byNow(x, x.From); x.Measure.Enforced() && !slices.Contains(may, x.Measure) {
			m.t.Fatalf("A, O: %s of %v takes effect at %s, as nobody was heard; by then a machine may: %v", x.Measure, x.Assets, x.From, may)
		}
		m.checkTried(x, old, c)
		m.checkSpoken(x)
		m.checkCleared(x)
		m.checkHeldBack(x)
	case told, found && len(c.Findings) == 1 && docket.FindingKey(&c.Findings[0]) == docket.FindingKey(&f):
		m.checkAlone(x, &f)
		m.checkTried(x, nil, c)
		m.checkSpoken(x)
		m.checkCleared(x)
		m.checkHeldBack(x)
		m.checkSpent(x)
		m.checkUnheard(x)
	case x.Measure.Enforced() && by:
		m.checkInstead(x, m.decisions[x.Supersedes], c)
	case x.Measure.Enforced():
		m.t.Fatalf("A: a machine entered %s, and neither a finding nor another measure was there before", x.Measure)
	}
}

// checkTried is R24: where a policy gives a turn, nobody who was asked and has not spoken is restricted by a machine
// for the first time before all contacts were written to again, for as long as that.
func (m *machine) checkTried(x, old *evenkeel.Decision, c *docket.Changes) {
	fam, ok := m.parts.Policy.Family(x.Family)
	if !ok || fam.Clocks.Turn == 0 || fam.Harm == policy.HarmPackets || !x.Measure.Enforced() || x.State != evenkeel.InForce {
		return
	}
	restricted := slices.ContainsFunc(m.made, func(id evenkeel.DecisionID) bool {
		y := m.decisions[id]
		return id != x.ID && y.Case == x.Case && m.entered[id] && y.Measure.Enforced()
	})
	if of := m.caseIn(c, x.Case); restricted || of != nil && of.Spoke != 0 {
		return
	}
	all := evenkeel.NewReminderID(x.ID, evenkeel.Held)
	switch {
	case old == nil:
		m.t.Fatalf("R24: %s takes effect at once, at %s, on somebody who was asked and not restricted before", x.Measure, x.From)
	case !slices.Contains(m.notices, all) && !slices.ContainsFunc(c.Notices, func(n evenkeel.Notice) bool { return n.ID == all }):
		m.t.Fatalf("R24: %s takes effect at %s, and not all contacts were reminded", x.Measure, x.From)
	}
	m.seen["restricted after all contacts were tried"]++
}

// basisOf is the key of the finding that a decision rests on.
func basisOf(x *evenkeel.Decision) string {
	if len(x.Grounds.Basis) == 0 {
		return ""
	}
	b := &x.Grounds.Basis[0]
	return docket.FindingKey(&evenkeel.Finding{ID: b.Finding, Revision: b.Revision})
}

// checkMeans is D: what closes a way to the data has shown that it keeps one open.
func (m *machine) checkMeans(x *evenkeel.Decision) {
	shown := &m.parts.Means
	open := shown.Declared && len(shown.Keeps) > 0 && shown.Proven && len(shown.Destroys) == 0 && (m.shown || m.parts.Shown == nil || x.At < m.wentDark)
	small := leavesAll(x.Measure)
	if !open && !small {
		m.t.Fatalf("D: %s with means that have not shown that the data stays open: %+v", x.Measure, *shown)
	}
	if x.Measure == evenkeel.MeasureFreeze && !shown.Finishes {
		m.t.Fatal("D: a freeze strands a machine between two states")
	}
}

// leavesAll says whether a measure leaves every way to the data as it is, so that nothing has to be shown.
func leavesAll(x evenkeel.Measure) bool {
	return x <= evenkeel.MeasureChallenge || x == evenkeel.MeasureLimit || x == evenkeel.MeasureThrottle
}

// checkTwo is R5 and A: what takes two was found by two persons, the second drawn by lot among
// those who have no part in it; and so was what cuts off all that a tenant runs.
func (m *machine) checkTwo(x *evenkeel.Decision) {
	if !x.Measure.NeedsTwo() {
		return
	}
	a := x.Actor
	for _, id := range m.asked {
		r := m.reviews[id]
		if r.Case != x.Case {
			continue
		}
		drawn := func(p evenkeel.PersonID) bool {
			return p == r.By || slices.ContainsFunc(r.Draws, func(d docket.Draw) bool { return d.Drawn == p })
		}
		supports := func(p evenkeel.PersonID) bool {
			v := r.VerdictOf(p)
			return v != nil && v.Measure >= x.Measure
		}
		if a.Person != a.Second && drawn(a.Person) && drawn(a.Second) && supports(a.Person) && supports(a.Second) {
			return
		}
	}
	m.t.Fatalf("R5: %s is in force by %q and %q; expected two persons who found it, the second by lot", x.Measure, a.Person, a.Second)
}

// checkAccount is R5 and A: what would, with what stands in all of a tenant's cases, cut off all
// that it runs is not entered by a machine, nor by one person. What was there before may stand on.
func (m *machine) checkAccount(x, old *evenkeel.Decision, c *docket.Changes) {
	if x.Measure < evenkeel.MeasureFreeze || old != nil {
		return
	}
	left, running := map[evenkeel.AssetID]bool{}, 0
	for i := range machines {
		if a := machineOf(x.Tenant, i+1); m.world.held(a, x.At) {
			left[a] = true
			running++
		}
	}
	now := map[evenkeel.DecisionID]*evenkeel.Decision{x.ID: x}
	for id, y := range m.decisions {
		now[id] = y
	}
	for i := range c.Decisions {
		now[c.Decisions[i].ID] = &c.Decisions[i]
	}
	for _, y := range now {
		if y.Tenant != x.Tenant || y.Mode != evenkeel.ModeLive || y.Measure < evenkeel.MeasureFreeze || y.State != evenkeel.InForce && y.State != evenkeel.Held {
			continue
		}
		for _, a := range y.Assets {
			delete(left, a)
		}
	}
	if running < 2 || len(left) > 0 {
		return
	}
	m.seen["account-wide"]++
	of := m.decisions[x.Supersedes]
	stood := of != nil && m.entered[of.ID] && of.Measure >= evenkeel.MeasureFreeze && !slices.ContainsFunc(x.Assets, func(a evenkeel.AssetID) bool { return !slices.Contains(of.Assets, a) })
	if !stood && (x.Actor.Person == "" || x.Actor.Second == "") {
		m.t.Fatalf("R5: %s of %v by %+v is, with what stands, on all that %s runs; expected two persons", x.Measure, x.Assets, x.Actor, x.Tenant)
	}
}

// checkDrawn is R5: whoever is drawn has no part in it, wrote no rule of it, and may decide since
// before, and for a week.
func (m *machine) checkDrawn(r *docket.Review, d *docket.Draw) {
	enrolled := start.Add(-30 * day)
	if d.Drawn == "new" {
		enrolled = start.Add(-day)
	}
	switch {
	case r.Hold != nil && r.Hold.Ends && d.Drawn != r.By && (m.part[string(r.Tenant)+" "+string(d.Drawn)] || d.Drawn == "eve" && slices.Contains(r.Rules, "crypto-mining")):
		// what gives back may be by who acted here, where nobody else is left
		for _, p := range people[:5] {
			if !m.tookPart(r.Tenant, p) && !slices.Contains(r.Asked(), p) && !(p == "eve" && slices.Contains(r.Rules, "crypto-mining")) {
				m.t.Fatalf("R5: %s is drawn for review %s, and %s had no part in it", d.Drawn, r.ID, p)
			}
		}
	case d.Drawn == r.By || m.part[string(r.Tenant)+" "+string(d.Drawn)]:
		m.t.Fatalf("R5: %s is drawn for review %s, and had a part in what is about %s", d.Drawn, r.ID, r.Tenant)
	case d.Drawn == "eve" && slices.Contains(r.Rules, "crypto-mining"):
		m.t.Fatalf("R5: %s is drawn for review %s, about a rule of hers", d.Drawn, r.ID)
	case enrolled.Add(7*day) > d.At || enrolled >= m.cases[r.Case].Opened:
		m.t.Fatalf("R5: %s is drawn at %s, and may decide since %s", d.Drawn, d.At, enrolled)
	}
	for _, id := range m.asked { // nobody asks for another lot
		if o := m.reviews[id]; o.Case == r.Case && len(o.Draws) > 0 {
			if before := &o.Draws[len(o.Draws)-1]; before.Nonce != d.Nonce && d.At < before.At.Add(30*day) {
				m.t.Fatalf("R5, F13: case %s was drawn by %q at %s, and is by %q at %s", r.Case, before.Nonce, before.At, d.Nonce, d.At)
			}
		}
	}
}

// checkAlone is A and O: what a machine enters on a finding is in the table, names what was found,
// and ends with its lease.
func (m *machine) checkAlone(x *evenkeel.Decision, f *evenkeel.Finding) {
	may := m.mayAlone(f)
	switch {
	case !slices.Contains(may, x.Measure):
		m.t.Fatalf("A, O: %s by a machine on %s of %s; it may: %v (flag: %+v)", x.Measure, rowOf(f), f.Subject.Tenant, may, m.covered(f))
	case f.Mode != evenkeel.ModeLive:
		m.t.Fatalf("A: %s by a rule in shadow", x.Measure)
	case x.Until > x.From.Add(harm[f.Family].lease[x.Measure]):
		m.t.Fatalf("A: %s from %s until %s; expected at most %s", x.Measure, x.From, x.Until, harm[f.Family].lease[x.Measure])
	case x.Measure.NeedsTwo() || x.Measure.Destroys() != "" && x.Measure.Destroys() != "connections":
		m.t.Fatalf("A: a machine entered %s", x.Measure)
	}
	for _, a := range x.Assets {
		if !slices.Contains(f.Named(), a) || x.Measure.Enforced() && !m.world.held(a, x.From) {
			m.t.Fatalf("A: %s of %s, which is not of it, or not the tenant's any more", x.Measure, a)
		}
	}
}

// checkCleared is O: after a clearance a machine enters nothing for a while.
func (m *machine) checkCleared(x *evenkeel.Decision) {
	if at, ok := m.cleared[string(x.Tenant)+" "+x.Family]; ok && x.From > at && x.From < at.Add(30*day) {
		m.t.Fatalf("O: %s by a machine at %s, after the clearance at %s", x.Measure, x.From, at)
	}
}

// checkHeldBack is B: under a switch, and behind an open breaker, no machine enters anything.
func (m *machine) checkHeldBack(x *evenkeel.Decision) {
	if !x.Measure.Enforced() {
		return
	}
	m.checkStage(x)
	b := &x.Grounds.Basis[0]
	for _, s := range m.switches {
		if s.Met(x.Measure, b.Rule, x.Tenant, b.Terms) && (x.State == evenkeel.Held || x.From >= s.Pulled) {
			m.t.Fatalf("B: %s by a machine at %s, under the switch %s since %s", x.Measure, x.From, s.Scope, s.Pulled)
		}
	}
	if f := m.drifted(b.Rule, x.From); f != nil {
		m.t.Fatalf("B: %s by a machine at %s, by %s, and what %s sends is not what it was: %+v", x.Measure, x.From, b.Rule, f.Source, *f)
	}
	if at := m.tripped[b.Rule]; at != 0 {
		m.t.Fatalf("B: %s by a machine at %s, by %s, whose breaker is open since %s", x.Measure, x.From, b.Rule, at)
	}
}

// checkSpent is B: of a budget no more is spent than it has, in any stretch of time.
func (m *machine) checkSpent(x *evenkeel.Decision) {
	if !m.office.tight || !x.Measure.Enforced() {
		return
	}
	m.spent = append(m.spent, spending{x.Grounds.Basis[0].Rule, x.Measure, x.At, len(x.Assets)})
	for _, first := range m.spent {
		rule, measure := 0, 0
		for _, s := range m.spent {
			if s.at < first.at || s.at > x.At || s.measure != x.Measure {
				continue
			}
			if measure += s.n; s.rule == x.Grounds.Basis[0].Rule {
				rule += s.n
			}
		}
		more := int(x.At.Sub(first.at)/tightEvery) + 1
		if rule > tightRule+more || measure > tightMeasure+more {
			m.t.Fatalf("B: %s by machines from %s until %s: %d by a rule, %d in all; expected at most %d and %d", x.Measure, first.at, x.At, rule, measure, tightRule+more, tightMeasure+more)
		}
	}
}

// checkUnheard is N: whoever was not told of what stands gets nothing more by a machine, but
// where others are hurt. What a court ordered is no measure of ours.
func (m *machine) checkUnheard(x *evenkeel.Decision) {
	if !x.Measure.Enforced() || x.Family == "flood" {
		return
	}
	for _, id := range m.made {
		y := m.decisions[id]
		if y.Case != x.Case || y.Mode != evenkeel.ModeLive || y.State != evenkeel.InForce && y.State != evenkeel.Held || docket.Withholds(y) {
			continue
		}
		if n := m.notice[y.ID][y.State]; n.ID != "" && m.over[n.ID] && !m.reached[n.ID] {
			m.t.Fatalf("N: %s by a machine, while nobody was told of %s (%s)", x.Measure, y.Measure, y.ID)
		}
	}
}

// tookPart says whether a person had a part in what is about a tenant: in a case, or by a flag that is of no case.
func (m *machine) tookPart(t evenkeel.TenantID, p evenkeel.PersonID) bool {
	for _, f := range m.flags {
		if f.Tenant == t && f.By.Person == p {
			return true
		}
	}
	return m.part[string(t)+" "+string(p)]
}

// checkInstead holds what a machine puts in the place of a measure to a step down, or to fewer
// assets, with the same end; or to the same once more when it ends, and never a third time, but for
// the limit of packets that hurt others.
func (m *machine) checkInstead(x, of *evenkeel.Decision, c *docket.Changes) {
	down := x.Measure == of.Measure
	for d := of.Measure.StepsDown(); d != evenkeel.MeasureNone; d = d.StepsDown() {
		down = down || d == x.Measure
	}
	longer := x.Until > of.Until
	flood := x.Family == "flood" && x.Measure == evenkeel.MeasureLimit
	if longer && x.From == of.Until && (!m.onceMore[of.ID] || flood) {
		m.checkRestart(x)
		m.checkStoodOn(x, c, m.onceMore[of.ID])
		m.onceMore[x.ID], longer = true, false
	}
	if !down || longer {
		m.t.Fatalf("A: a machine put %s until %s in the place of %s until %s", x.Measure, x.Until, of.Measure, of.Until)
	}
	for _, a := range x.Assets {
		if !slices.Contains(of.Assets, a) {
			m.t.Fatalf("A: %s in the place of %s is on %s too", x.Measure, of.Measure, a)
		}
	}
}

// checkNotice is N and D: a notice says what was seen, or a reason, what the tenant keeps, and by
// when a person looks.
func (m *machine) checkNotice(n *evenkeel.Notice) {
	if err := n.Check(); err != nil {
		m.t.Fatal(err)
	}
	names := strings.Contains(strings.Join(n.Keeps, " "), "data can be read") || strings.Contains(strings.Join(n.Keeps, " "), "reading, exporting")
	if slices.Contains(n.Keeps, "what this does not name goes on as far as nothing else was decided or ordered") { // no way is open, and none is named
		m.seen["notice while data is withheld"]++
		return
	}
	if n.Measure.Enforced() && !names {
		m.t.Fatalf("D: a notice of %s keeps %v; expected a way to the data", n.Measure, n.Keeps)
	}
}

// checkAct is G and R27: words lift nothing, allow nothing that was not earned, and stop no clock
// of ours.
func (m *machine) checkAct(c *docket.Changes) {
	a := m.act
	if !a.Kind.OfTenant() {
		return
	}
	for i := range c.Decisions {
		x := &c.Decisions[i]
		old := m.decisions[x.ID]
		ran := slices.ContainsFunc(c.Clocks, func(k docket.Clock) bool {
			before, runs := m.clocks[clockKey{k.Case, k.Kind, k.Decision}] // one that was missed begins again, and more than once in so long
			return k.Ended == x.At && k.Due <= a.At || runs && before.Due <= x.At && k.Started >= x.At
		})
		if old != nil && !old.State.Over() && x.State.Over() && (!ran || x.State == evenkeel.Lifted) {
			m.t.Fatalf("R27: by %s of the tenant %s is %s, and no clock ran out", a.Kind, x.Measure, x.State)
		}
	}
	m.checkWords(c)
	for _, f := range c.Flags {
		m.checkEarned(&f)
	}
	for _, k := range c.Clocks {
		old, ran := m.clocks[clockKey{k.Case, k.Kind, k.Decision}]
		due := old.Due.Add(k.Stood - old.Stood) // of one that had stood still, as while nobody was at work: words make none stand still
		if ran && ours(k.Kind) && old.Due > a.At && (k.Ended != 0 || k.Due > due) && !goesOnAs(&k, &old, c) {
			m.t.Fatalf("N: by %s of the tenant at %s our clock %s, which was %+v, is %+v", a.Kind, a.At, k.Kind, old, k)
		}
	}
}

func ours(k docket.ClockKind) bool {
	switch k {
	case docket.ClockOurAnswer, docket.ClockPage, docket.ClockSecondLevel, docket.ClockAppealAnswer, docket.ClockReview, docket.ClockUrgent, docket.ClockSecond:
		return true
	}
	return false
}

// checkEarned is G: what is announced is granted within what was earned, all together.
func (m *machine) checkEarned(f *evenkeel.Flag) {
	if f.By.Person != "" || f.Until.Sub(f.From) > 14*day {
		m.t.Fatalf("G: by its own words the tenant has flag %+v", *f)
	}
	n, before := f.Envelope.Count, f.Envelope.Count < 1
	for _, id := range m.flagged {
		if g := m.flags[id]; g.Tenant == f.Tenant && g.Family == f.Family && g.By.Person == "" && g.Revoked == 0 && g.From < f.Until && f.From < g.Until && g.Until > m.act.At {
			n += g.Envelope.Count
		}
	}
	if most := m.earned(f.Tenant, m.act.At); n > most || before {
		m.t.Fatalf("G: %s has announced %d machines for one time; it has earned %d", f.Tenant, n, most)
	}
}

// checkMissed is N: where we miss our clock what is highest does not go on, but for a limit on a
// flood.
func (m *machine) checkMissed(c *docket.Changes) {
	for _, k := range c.Clocks {
		old, ran := m.clocks[clockKey{k.Case, k.Kind, k.Decision}]
		now, again := m.caseIn(c, k.Case), k.Started >= old.Due
		if !ran || k.Kind != docket.ClockOurAnswer || !again || now.State == evenkeel.CaseClosed {
			continue
		}
		m.seen["missed"]++
		top, left := evenkeel.MeasureNotify, map[evenkeel.DecisionID]evenkeel.DecisionState{}
		for _, id := range m.made {
			if x := m.decisions[id]; x.Case == k.Case && x.Mode == evenkeel.ModeLive && x.State == evenkeel.InForce && x.Until > old.Due && x.From <= old.Due && x.Measure >= top {
				top = x.Measure
			}
		}
		for i := range c.Decisions {
			x := &c.Decisions[i]
			left[x.ID] = x.State
			if x.State == evenkeel.InForce && x.Measure > top {
				top = evenkeel.MeasureNotify // entered since, or at that time
			}
		}
		for _, id := range m.made {
			x := m.decisions[id]
			flood := x.Family == "flood" && x.Measure == evenkeel.MeasureLimit
			if x.Case != k.Case || x.Mode != evenkeel.ModeLive || x.State != evenkeel.InForce || x.Until <= old.Due || x.From > old.Due || x.Measure != top || top <= evenkeel.MeasureNotify || flood {
				continue
			}
			if !left[id].Over() {
				m.t.Fatalf("N: our clock was missed at %s, and %s stands as before until %s", old.Due, x.Measure, x.Until)
			}
		}
	}
}

func (m *machine) caseIn(c *docket.Changes, id evenkeel.CaseID) *evenkeel.Case {
	for i := range c.Cases {
		if c.Cases[i].ID == id {
			return &c.Cases[i]
		}
	}
	return m.cases[id]
}

// holds is what must hold between any two steps.
func (m *machine) holds() {
	for _, id := range m.made {
		x := m.decisions[id]
		if x.Mode != evenkeel.ModeLive {
			continue
		}
		m.holdsWindow(x)
		kind, withholds := docket.ClockLease, docket.Withholds(x)
		if withholds {
			kind = docket.ClockWithheld
			m.holdsWithheld(x)
		}
		lease, leased := m.clocks[clockKey{x.Case, kind, x.ID}]
		switch {
		case x.State == evenkeel.InForce && (!leased || lease.Due != x.Until || lease.Paused != ""):
			m.t.Fatalf("A: %s in force until %s has the lease %+v", x.Measure, x.Until, lease)
		case x.State == evenkeel.InForce && m.dark && x.Until > m.now && !leavesAll(x.Measure): // at its end a node lets go by itself
			m.t.Fatalf("D: %s stands in a case that is %s, and it is not shown that the tenant reaches its data", x.Measure, m.cases[x.Case].State)
		case x.State != evenkeel.InForce && leased:
			m.t.Fatalf("A: %s is %s and has a lease", x.Measure, x.State)
		case x.State == evenkeel.InForce && m.notice[x.ID][evenkeel.InForce].ID == "" && !withholds:
			m.t.Fatalf("N: %s is in force without a notice", x.Measure)
		case x.State == evenkeel.InForce && (x.Measure.Enforced() || withholds) && (m.ordered[x.ID].ID == "" || m.lifted[x.ID]):
			m.t.Fatalf("L: %s is in force and not ordered, or let go of", x.Measure)
		case m.ordered[x.ID].ID != "" && x.State.Over() && !m.lifted[x.ID]:
			m.t.Fatalf("L: %s is %s and was not let go of", x.Measure, x.State)
		case x.State == evenkeel.Held:
			m.holdsHeld(x)
		case x.State == evenkeel.InForce && x.Measure.Enforced():
			m.holdsPerson(x)
		}
	}
	for _, id := range m.opened {
		c := m.cases[id]
		_, our := m.clocks[clockKey{id, docket.ClockOurAnswer, ""}]
		if c.Waiting != 0 && c.State != evenkeel.CaseClosed && !our {
			m.t.Fatalf("N: %s waits since %s, and no clock of ours runs", c.Tenant, c.Waiting)
		}
	}
	m.holdsGone()
	m.holdsFetching()
	m.holdsLots()
	for _, id := range m.asked {
		if r := m.reviews[id]; r.About == docket.AboutHold && r.Granted && len(slices.DeleteFunc(slices.Clone(r.Verdicts), func(v docket.Verdict) bool { return !v.Grant })) < 2 {
			m.t.Fatalf("D: access to the data ends by review %s, to which not two persons said yes", id)
		}
	}
}

// holdsWithheld is D: no measure takes the way to the data. Only a lawful order does, to which two persons each
// said yes, with an end; its order takes nothing else; whoever may be told of it is; and it ends at its end, or
// by two persons, or where the tenant has none of it any more, and by nothing else.
func (m *machine) holdsWithheld(x *evenkeel.Decision) {
	var by, anew *docket.Review
	ends := false
	for _, id := range m.asked {
		r := m.reviews[id]
		if r.About != docket.AboutHold || r.Case != x.Case || r.Hold.Clause() != x.Grounds.Clause || !r.Granted {
			continue
		}
		if r.Hold.Ends {
			ends = ends || r.Since >= x.From
		} else {
			by, anew = &r, by
		}
	}
	switch o := m.ordered[x.ID]; {
	case by == nil || !by.Granted || x.Actor.Person == "" || x.Actor.Second == "" || x.Actor.Person == x.Actor.Second:
		m.t.Fatalf("D: data is withheld by %+v, without two persons and a lawful order", x.Actor)
	case o.Data != evenkeel.DataWithheld || o.Measure != evenkeel.MeasureNone || len(o.Params) > 0 || o.Until != x.Until:
		m.t.Fatalf("D: the order that withholds data until %s is %+v", x.Until, o)
	case x.State == evenkeel.InForce && !by.Hold.Secret && m.notice[x.ID][evenkeel.InForce].Withheld.Reference != by.Hold.Reference:
		m.t.Fatalf("D: data is withheld, and the tenant was told %+v", m.notice[x.ID][evenkeel.InForce].Withheld)
	case x.State == evenkeel.InForce && by.Hold.Secret && m.notice[x.ID][evenkeel.InForce].ID != "":
		m.t.Fatal("D: an order that is told to nobody was told")
	case x.State == evenkeel.Lapsed && x.At < x.Until && slices.ContainsFunc(x.Assets, func(a evenkeel.AssetID) bool { return m.world.held(a, m.now) }):
		m.t.Fatalf("D: what withholds data lapsed at %s, before its end at %s", x.At, x.Until)
	case x.State == evenkeel.Lifted && !ends && !m.gaveBack(x):
		m.t.Fatalf("D: order %s ended before its time, and not two persons said so", x.Grounds.Clause)
	case x.State == evenkeel.Superseded && anew == nil && !m.gaveBack(x):
		m.t.Fatalf("D: order %s gave way, and it was not entered anew", x.Grounds.Clause)
	}
}

// holdsHeld: whoever is heard was told, and the time to be heard runs, or waits until somebody is.
func (m *machine) holdsHeld(x *evenkeel.Decision) {
	k, runs := m.clocks[clockKey{x.Case, docket.ClockHearing, x.ID}]
	_, looked := m.clocks[clockKey{x.Case, docket.ClockUnheard, x.ID}]
	if m.notice[x.ID][evenkeel.Held].ID == "" || !runs || k.Paused != "" && !looked {
		m.t.Fatalf("N: %s is held without a notice, or without a time to be heard: %+v", x.Measure, k)
	}
}

// holdsPerson is N: there is a person at the end of a clock, or one who decided; or it is closed as
// found rightly. A tenant who was asked and said nothing is looked at by a person all the same.
func (m *machine) holdsPerson(x *evenkeel.Decision) {
	c := m.cases[x.Case]
	if !x.Actor.Automatic() || c.State != evenkeel.CaseOpen && c.State != 0 {
		return
	}
	for _, k := range []docket.ClockKind{docket.ClockTenantAnswer, docket.ClockOurAnswer, docket.ClockReview} {
		if _, runs := m.clocks[clockKey{x.Case, k, ""}]; runs {
			return
		}
	}
	m.t.Fatalf("N: %s by a machine is in force in a case that is %s, and no person is at the end of any clock", x.Measure, c.State)
}

// agrees holds what is read of a case to what was put.
func (m *machine) agrees(f *docket.Folder) {
	for i, e := range f.Entries {
		if e.Seq != int64(i+1) {
			m.t.Fatalf("entry %d has the number %d", i+1, e.Seq)
		}
	}
	for i := range f.Decisions {
		x := &f.Decisions[i]
		if known := m.decisions[x.ID]; known == nil || known.State != x.State || known.Until != x.Until {
			m.t.Fatalf("the books say that %s is %s; put was %+v", x.ID, x.State, known)
		}
	}
	if c := m.cases[f.Case.ID]; c == nil || c.State != f.Case.State || time.Duration(c.Opened) != time.Duration(f.Case.Opened) {
		m.t.Fatalf("the books say that case %s is %s; put was %+v", f.Case.ID, f.Case.State, c)
	}
}

// gaveBack says whether the tenant has given back some of what a decision is on.
func (m *machine) gaveBack(x *evenkeel.Decision) bool {
	return slices.ContainsFunc(x.Assets, func(a evenkeel.AssetID) bool { return !m.world.held(a, m.now) })
}
