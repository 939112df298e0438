package judge_test

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// holdsAnswer is N: a tenant who waits is answered by what ends, replaces or upholds what it bears, and by
// nothing beside that. Where it waits no more, and the case is open, each enforced measure that it bore when it
// spoke last is another one by now, or was entered by a person since it waits, or was found right on its appeal.
func (m *machine) holdsAnswer(c *docket.Changes) {
	for i := range c.Cases {
		now := &c.Cases[i]
		old := m.cases[now.ID]
		if old == nil || old.Waiting == 0 || now.Waiting != 0 || now.State == evenkeel.CaseClosed {
			continue
		}
		m.seen["tenant answered"]++
		left := map[evenkeel.DecisionID]bool{}
		for j := range c.Decisions {
			left[c.Decisions[j].ID] = c.Decisions[j].State != evenkeel.InForce
		}
		upheld := false
		for j := range c.Entries {
			upheld = upheld || c.Entries[j].Case == now.ID && c.Entries[j].State == docket.ActUphold.String()
		}
		for id, x := range m.decisions {
			if x.Case != now.ID || x.Mode != evenkeel.ModeLive || x.State != evenkeel.InForce || !x.Measure.Enforced() || x.From > old.Spoke || left[id] {
				continue
			}
			if !upheld && (x.Actor.Person == "" || x.From < old.Waiting) {
				m.t.Fatalf("N, F8: %s waits since %s about %s (%s), which stands as it was, and nobody is called for it any more", now.Tenant, old.Waiting, x.Measure, id)
			}
		}
	}
}

// takesUp quotes whatever a tenant of the machine says.
const takesUp = "You write “because of this” or “it is a batch job”; "
