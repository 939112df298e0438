package judge_test

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// turn says that from now on it is shown, or is not, that tenants reach their data.
func (m *machine) turn(name string, shown bool) {
	if !shown {
		m.wentDark = m.now
	}
	m.mustDo(name, func(*judge.Docket) error { m.shown = shown; return nil })
}

// rest are the decisions in force whose time is not up and that rest on a proof, in the order of their making.
func (m *machine) rest() (out []evenkeel.DecisionID) {
	for _, id := range m.made {
		if x := m.decisions[id]; x.State == evenkeel.InForce && x.Until > m.now && x.Mode == evenkeel.ModeLive && !leavesAll(x.Measure) {
			out = append(out, id)
		}
	}
	return out
}

// proofGone lets the proof go, and everything step down that may not stand without one, in closed cases
// too. From then on D holds by what stands, not by what was once shown: see holds.
func (m *machine) proofGone(name string) {
	if m.parts.Shown == nil || m.dark || len(m.rest()) == 0 {
		return
	}
	if m.draw("closed before", 0, 2) == 0 { // as found rightly: what stands goes on standing
		a := m.newAct("close")
		a.Case, a.Outcome = m.decisions[m.rest()[0]].Case, evenkeel.OutcomeConfirmed
		m.told(a)
	}
	m.turn(name, false)
	now := m.now
	for _, id := range m.opened {
		before, closed := len(m.books.kept), m.cases[id].State == evenkeel.CaseClosed
		unshown := func(d *judge.Docket) error { _, err := d.Unshown(ctx, id, "export brought nothing", now); return err }
		m.mustDo("stepped down", unshown)
		for i := before; i < len(m.books.kept); i++ {
			m.seen["unshown"]++
			if closed {
				m.seen["unshown in a closed case"]++
				if m.cases[id].State != evenkeel.CaseClosed {
					m.t.Fatalf("case %s is open again because a canary was not fetched", id)
				}
			}
			if len(m.books.kept[i].Notices) == 0 {
				m.t.Fatalf("N: something stepped down in case %s, and nobody is told", id)
			}
		}
		before = len(m.books.kept)
		if m.mustDo("stepped down", unshown); len(m.books.kept) > before {
			m.t.Fatal("twice is not once")
		}
	}
	m.dark = true
	m.holds()
	if m.draw("for an hour", 0, 2) == 0 {
		m.now = m.now.Add(time.Hour)
		m.proofBack("proof back")
	}
}

func (m *machine) proofBack(name string) {
	if m.dark {
		m.dark = false
		m.turn(name, true)
	}
}

// wayCut finds a way cut under one order while canaries are well: the tenant broke its own machine, or
// nobody knows better. By that alone nothing ends (G); the lead is called, the tenant told, and a clock
// runs (D); once. Where the receiver cut it, canaries show the same a little later.
func (m *machine) wayCut(name string) {
	stands := m.rest()
	if len(stands) == 0 || m.dark {
		return
	}
	now := m.now
	order := m.ordered[stands[m.recent(len(stands), "order")]]
	cut := func(d *judge.Docket) error {
		_, err := d.WayCut(ctx, order.ID, "export brought nothing", now)
		return err
	}
	before, decisions := len(m.books.kept), len(m.made)
	m.mustDo(name, cut)
	kept := m.books.kept[before:]
	_, known := m.cut[order.Decision]
	if known != (len(kept) == 0) {
		m.t.Fatalf("a way is cut, which was said before: %t; %d kept", known, len(kept))
	}
	for i := range kept {
		c := &kept[i]
		if len(c.Decisions)+len(c.Orders) > 0 || len(m.made) > decisions {
			m.t.Fatal("G: a tenant ended something by breaking its own way to the data")
		}
		if len(c.Notices) != 1 || !c.Notices[0].Cut || len(c.Pages) != 1 || c.Pages[0].Level != docket.LevelLead {
			m.t.Fatalf("D, N: a way is cut; notices %+v, pages %+v", c.Notices, c.Pages)
		}
		m.cut[order.Decision] = now.Add(time.Hour)
	}
	before = len(m.books.kept)
	if m.mustDo(name, cut); len(m.books.kept) > before {
		m.t.Fatal("twice is not once")
	}
	switch m.draw("whose", 0, 4) {
	case 0:
		m.proofGone("receiver cut")
		if m.dark && m.standsCut(order.Decision) {
			m.t.Fatal("D: it stands though canaries show that a way is cut")
		}
	case 1:
		a := m.newAct("uphold")
		a.Case, a.Decision = m.decisions[order.Decision].Case, order.Decision
		m.told(a)
	case 2:
		m.now = m.now.Add(time.Hour)
		m.sweep("sweep")
	case 3:
		m.wayOpen("way open")
	}
}

// wayOpen has all come back again under an order.
func (m *machine) wayOpen(name string) {
	now := m.now
	for _, id := range m.made {
		if _, cut := m.cut[id]; cut && m.standsCut(id) {
			m.mustDo(name, func(d *judge.Docket) error { _, err := d.WayOpen(ctx, m.ordered[id].ID, now); return err })
			delete(m.cut, id)
			if _, runs := m.clocks[clockKey{m.decisions[id].Case, docket.ClockWay, id}]; runs {
				m.t.Fatal("people have to find out why a way is cut that is open")
			}
			return
		}
	}
}

func (m *machine) standsCut(id evenkeel.DecisionID) bool {
	x := m.decisions[id]
	return x.State == evenkeel.InForce && x.Until > m.now && !leavesAll(x.Measure)
}

// withheldAt says whether a lawful order withheld the tenant's data at a moment.
func (m *machine) withheldAt(t evenkeel.TenantID, at evenkeel.Moment) bool {
	return slices.ContainsFunc(m.made, func(id evenkeel.DecisionID) bool {
		x := m.decisions[id]
		return x.Tenant == t && docket.Withholds(x) && x.From <= at && at < x.Until && (x.State == evenkeel.InForce || x.At > at)
	})
}

// holdsWays is D: once all clocks ran out, no way is cut for longer than our time to find out why, but where a
// person did, within a day.
func (m *machine) holdsWays() {
	for _, id := range m.made {
		for due, cut := m.cut[id]; cut && due <= m.now && m.withheldAt(m.decisions[id].Tenant, due); due = m.cut[id] {
			m.cut[id] = due.Add(time.Hour) // nobody can try it
		}
		if due, cut := m.cut[id]; cut && due <= m.now && m.standsCut(id) {
			m.t.Fatalf("D: %s stands, and a way was cut under it for longer than until %s", m.decisions[id].Measure, due)
		}
	}
}

// lookedAtWay notes that a person found out why a way is cut.
func (m *machine) lookedAtWay(a *docket.Act) {
	for _, id := range m.made {
		if k, runs := m.clocks[clockKey{a.Case, docket.ClockWay, id}]; a.Kind == docket.ActUphold && runs && k.Renewed == a.By && k.Started == m.now {
			m.cut[id] = m.now.Add(25 * time.Hour)
			m.seen["way looked at"]++
		}
	}
}
