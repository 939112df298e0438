package judge_test

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
)

// turn says that from now on it is shown, or is not, that tenants reach their data.
func (m *machine) turn(name string, shown bool) {
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

// wayCut finds a way cut under one order: what it enforces does not stand, and nothing else changes.
func (m *machine) wayCut(name string) {
	stands := m.rest()
	if len(stands) == 0 {
		return
	}
	now := m.now
	order := m.ordered[stands[m.recent(len(stands), "order")]]
	before := len(m.books.kept)
	m.mustDo(name, func(d *judge.Docket) error {
		_, err := d.UnshownOrder(ctx, order.ID, "export brought nothing", now)
		return err
	})
	if x := m.decisions[order.Decision]; x.State == evenkeel.InForce && x.Until > now && !leavesAll(x.Measure) {
		m.t.Fatalf("D: %s stands, and under it a way to the data is cut", x.Measure)
	}
	for i := range m.books.kept[before:] {
		for _, x := range m.books.kept[before+i].Decisions {
			if x.ID != order.Decision && x.Supersedes != order.Decision {
				m.t.Fatalf("%s is another decision than the one whose order was probed", x.ID)
			}
		}
	}
}
