package judge_test

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// What stands here is about what is looked at by lot (F16, F17): it falls on what nobody complained about, on a
// person who had no part in it; what is said of a known case stands in no case; and what a lot opened again
// is closed by a person and by nobody else.

// looksByLot is how many of a hundred closed cases are looked at in histories, and how many of these are known ones.
const looksByLot = "\naudit: {share: 70, controls: 50}\n"

// audit has whoever the lot fell on, or anybody else, say what they found.
func (m *machine) audit(string) {
	var open []docket.AuditID
	for _, id := range m.cast {
		if a := m.lots[id]; a.State == docket.AuditOpen {
			open = append(open, id)
		}
	}
	if len(open) == 0 {
		return
	}
	m.lookAt(m.lots[open[m.recent(len(open), "audit")]])
}

// lookAt has a person say what they found in one.
func (m *machine) lookAt(one docket.Audit) {
	if m.draw("once they are asked", 0, 9) > 0 {
		m.now = max(m.now, one.Opened)
	}
	a := m.newAct("audit")
	a.Audit = one.ID
	a.Outcome = pick(m, "found", []evenkeel.Outcome{evenkeel.OutcomeFalsePositive, evenkeel.OutcomeConfirmed, evenkeel.OutcomePolicyMismatch, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive})
	if one.Drawn != "" && m.draw("who was drawn", 0, 9) > 0 {
		a.By = one.Drawn
	}
	if one.Drawn == "" { // somebody who had no part in it, if there is anybody
		for _, p := range people {
			if !m.part[string(one.Tenant)+" "+string(p)] {
				a.By = p
			}
		}
	}
	m.told(a)
}

// unheard has somebody close a case in which a machine acted and the tenant said nothing, so that a lot is drawn
// over it; and lets whoever it falls on look at once.
func (m *machine) unheard(string) {
	for i := range m.made {
		x := m.decisions[m.made[len(m.made)-1-i]]
		if c := m.cases[x.Case]; !m.entered[x.ID] || !x.Measure.Enforced() || !x.Actor.Automatic() || x.Mode != evenkeel.ModeLive || c.State == evenkeel.CaseClosed || c.Spoke != 0 || m.now <= x.From {
			continue
		}
		a := m.newAct("close")
		a.Case, a.By, a.Outcome = x.Case, "cem", evenkeel.OutcomeConfirmed
		if m.draw("as what", 0, 2) > 0 {
			a.Kind, a.Outcome, a.NoFlag = docket.ActClear, evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
		}
		m.told(a)
		break
	}
	if one, any := m.known(); any {
		m.lookAt(one)
		return
	}
	m.audit("audit")
}

// known is the newest known case that somebody is asked to look at, if there is one.
func (m *machine) known() (docket.Audit, bool) {
	for i := range m.cast {
		if one := m.lots[m.cast[len(m.cast)-1-i]]; one.Control && one.State == docket.AuditOpen {
			return one, true
		}
	}
	return docket.Audit{}, false
}

// takeLots takes in lots and what was found by them, with what stood before.
func (m *machine) takeLots(c *docket.Changes) {
	for i := range c.Audits {
		a := c.Audits[i]
		if old, known := m.lots[a.ID]; known {
			m.checkFoundByLot(&old, &a, c)
		} else {
			m.checkCast(&a, c)
			m.cast = append(m.cast, a.ID)
		}
		kind := "lot "
		if a.Control {
			kind = "known lot "
		}
		m.seen[kind+a.State.String()]++
		m.lots[a.ID] = a
	}
	for i := range c.Cases {
		x := &c.Cases[i]
		if _, byLot := m.clocks[clockKey{x.ID, docket.ClockLot, ""}]; !byLot || x.State != evenkeel.CaseClosed {
			continue
		}
		if m.act == nil || m.act.Kind != docket.ActClear && m.act.Kind != docket.ActClose && m.act.Kind != docket.ActUndo {
			m.t.Fatalf("F16: case %s was opened again by lot, and is closed as %s by no person who cleared or closed it", x.ID, x.Outcome)
		}
		m.seen["closed after a lot"]++
	}
}

// checkCast is F16: a lot falls over what a machine did and a person closed against the tenant, or silence did, and
// against which the tenant did not appeal; on somebody who had no part in it; and everybody can draw again.
func (m *machine) checkCast(a *docket.Audit, c *docket.Changes) {
	x := m.caseIn(c, a.Case)
	if x == nil || x.State != evenkeel.CaseClosed || x.Outcome != a.Closed {
		m.t.Fatalf("F16: a lot falls over case %+v, closed as %s", x, a.Closed)
	}
	enforced := slices.ContainsFunc(m.made, func(id evenkeel.DecisionID) bool {
		y := m.decisions[id]
		return y.Case == a.Case && m.entered[id] && y.Actor.Automatic() && y.Measure.Enforced()
	})
	falls := learning.Audited(a.Case, a.Nonce, a.Share)
	switch {
	case a.Control && x.Outcome != evenkeel.OutcomeFalsePositive:
		m.t.Fatalf("F17: a known case was closed as %s", x.Outcome)
	case !a.Control && (!enforced || m.appealed(a.Case) || x.Outcome.Cleared()):
		m.t.Fatalf("F16: a lot falls over a case closed as %s, in which a machine acted: %t, and the tenant appealed: %t", x.Outcome, enforced, m.appealed(a.Case))
	case !a.Control && falls != (a.State == docket.AuditOpen):
		m.t.Fatalf("R: a lot is %s, and who draws again says %t", a.State, falls)
	case a.State == docket.AuditPassed:
		return
	case len(a.Candidates) > 0 && a.Drawn != procedure.Draw(a.Case, docket.ReviewID(a.ID), 1, a.Nonce, a.Candidates):
		m.t.Fatalf("R: the lot fell on %s, and who draws again comes to another", a.Drawn)
	}
	for _, p := range a.Candidates {
		acts := slices.ContainsFunc(c.Entries, func(e evenkeel.Entry) bool { return e.Actor.Person == p && e.Kind != evenkeel.EntryLooked })
		before := slices.ContainsFunc(m.cast, func(id docket.AuditID) bool { return m.lots[id].Case == a.Case && m.lots[id].Drawn == p })
		if m.part[string(a.Tenant)+" "+string(p)] || acts || before || p == "new" && a.Opened.Sub(start) < 6*day {
			m.t.Fatalf("R5: %s could be drawn, who had a part in what is about %s, acts now (%t), was asked before (%t) or is new", p, a.Tenant, acts, before)
		}
	}
}

// checkFoundByLot holds a verdict by lot to whom it fell on, and to what may follow from it.
func (m *machine) checkFoundByLot(old, a *docket.Audit, c *docket.Changes) {
	by := m.act
	switch {
	case by == nil || by.Kind != docket.ActAudit || a.State != docket.AuditDone || a.By != by.By:
		m.t.Fatalf("F16: %+v became %+v by %+v", old, a, by)
	case old.Opened > by.At || old.Drawn != "" && old.Drawn != a.By && by.At < old.Opened.Add(docket.AuditFor) || m.part[string(a.Tenant)+" "+string(a.By)]:
		m.t.Fatalf("F16: the lot fell on %q from %s on, and %s says at %s what they found", old.Drawn, old.Opened, a.By, by.At)
	case len(c.Decisions)+len(c.Orders)+len(c.Notices)+len(c.Flags)+len(c.Credits) > 0:
		m.t.Fatalf("F16: by what was found by lot alone something is given to the tenant, or taken: %+v", c)
	case a.Control && len(c.Cases)+len(c.Entries)+len(c.Clocks) > 0:
		m.t.Fatalf("F17: what was said of a known case stands in a case: %+v", c)
	case a.Control:
		return
	}
	x := m.cases[a.Case]
	if !a.Found.Cleared() || x.State != evenkeel.CaseClosed || x.Outcome != a.Closed {
		return
	}
	lead := slices.ContainsFunc(c.Pages, func(p docket.Page) bool { return p.Case == a.Case && p.Level == docket.LevelLead })
	if m.caseIn(c, a.Case).State != evenkeel.CaseReopened || !lead && m.office.rota {
		m.t.Fatalf("F16: %s found by lot that the tenant did nothing wrong; the case is %s, and who leads is called: %t", a.By, m.caseIn(c, a.Case).State, lead)
	}
	m.byLot = append(m.byLot, a.Case)
	m.seen["opened again by lot"]++
}

// holdsLots is F16: what a lot opened again has a clock that calls whoever leads until a person closed it, and no
// other act or clock ends that.
func (m *machine) holdsLots() {
	m.byLot = slices.DeleteFunc(m.byLot, func(id evenkeel.CaseID) bool { return m.cases[id].State == evenkeel.CaseClosed })
	for _, id := range m.byLot {
		if k, runs := m.clocks[clockKey{id, docket.ClockLot, ""}]; !runs || k.Paused != "" || k.Due.Sub(k.Started) != procedure.LotLook {
			m.t.Fatalf("F16: case %s is %s since a lot opened it, and its clock is %+v", id, m.cases[id].State, k)
		}
	}
}
