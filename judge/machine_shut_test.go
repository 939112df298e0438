package judge_test

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// shuts has a person stop what a tenant holds at once, or what it does not hold, with an end that may be none.
func (m *machine) shuts(name string) {
	a := m.newAct(name)
	a.Assets = []evenkeel.AssetID{machineOf(pick(m, "tenant", m.office.customers), m.draw("site", 1, 3))}
	if m.draw("ends", 0, 1) == 0 {
		a.Until = m.now.Add(pick(m, "lasts", []time.Duration{time.Minute, 30 * time.Minute, 24 * time.Hour, 0, 25 * time.Hour}))
	}
	if m.draw("says more", 0, 1) == 0 {
		a.Update = "We are mending it."
	}
	m.told(a)
}
