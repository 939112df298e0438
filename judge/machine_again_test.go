package judge_test

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// What stands here is about what goes on and is told again, as the engine does every five minutes: L
// and N, what stands is renewed or ends as the law says, and nothing that hurts others is let go of
// while it is measured; O, to be told of the same twice is to be told once.

// retold is how often what goes on is told again, and lately how long ago it may have been seen to
// count as going on when a lease ends.
const (
	retold = 5 * time.Minute
	lately = 10 * time.Minute
)

// goesOn lets something that was found go on: for a few tellings, or, where a machine enforces
// something on it, until its lease has ended, and sometimes the next ones.
func (m *machine) goesOn(string) {
	if len(m.heard) == 0 {
		return
	}
	f := m.heard[m.recent(len(m.heard), "finding")]
	for range m.draw("until it ends", 0, 4) {
		x := m.borne(&f)
		if x == nil {
			break
		}
		m.now = max(m.now, x.Until.Add(-retold+time.Minute))
		m.tell(f)
		m.meanwhile(&f)
		m.now = max(m.now, x.Until.Add(time.Minute))
	}
	for range m.draw("tellings", 1, 3) {
		m.tell(f)
		m.now = m.now.Add(retold)
	}
}

// meanwhile has somebody do what a machine has to ask for again at the end of a lease, or nobody.
func (m *machine) meanwhile(f *evenkeel.Finding) {
	if m.draw("paid by then", 0, 5) == 2 {
		m.pays(f.Subject.Tenant)
	}
	switch m.draw("meanwhile", 0, 11) {
	case 11:
		a := m.newAct("flag")
		a.Tenant, a.Family, a.Grant = f.Subject.Tenant, f.Family, m.grant(f.Subject.Tenant)
		m.told(a)
	case 10:
		a := m.newAct("pull")
		a.Scope = &docket.Scope{Kind: docket.SwitchRule, Key: f.Rule}
		m.told(a)
	case 9:
		m.says("message")
	}
}

// borne is what a machine enforces on what was found, the last that was entered; nil where it does not.
func (m *machine) borne(f *evenkeel.Finding) *evenkeel.Decision {
	for i := range m.made {
		x := m.decisions[m.made[len(m.made)-1-i]]
		if x.State == evenkeel.InForce && x.Mode == evenkeel.ModeLive && x.Measure.Enforced() && x.Actor.Automatic() && x.Family == f.Family && shares(x.Assets, f.Named()) {
			return x
		}
	}
	return nil
}

func shares(a, b []evenkeel.AssetID) bool {
	return slices.ContainsFunc(a, func(x evenkeel.AssetID) bool { return slices.Contains(b, x) })
}

// tell tells once that what was found goes on, and often once more, as after a crash: that changes
// nothing.
func (m *machine) tell(f evenkeel.Finding) {
	f.Revision, f.Again, f.At = evenkeel.Final, true, m.now
	f.Until = m.now.Add(-time.Duration(m.draw("seen before", 0, 2)) * time.Minute)
	f.From = f.Until.Add(-20 * time.Minute)
	world, now := m.world, m.now
	tell := func(d *judge.Docket) error {
		_, err := d.Consider(ctx, []evenkeel.Finding{f}, world, now)
		return err
	}
	m.telling = &f
	m.mustDo("told again", tell)
	m.noted(&f)
	if m.draw("after a crash", 0, 3) == 0 {
		before := len(m.books.kept)
		if m.mustDo("told again", tell); len(m.books.kept) > before {
			m.t.Fatalf("O: the same is told twice, and the second time changes %+v", m.books.kept[before:])
		}
	}
	m.telling = nil
}

// noted writes down what was seen of whom, where a case is open that it is in.
func (m *machine) noted(f *evenkeel.Finding) {
	for _, c := range m.cases {
		if c.Tenant != f.Subject.Tenant || c.Family != f.Family || c.State == evenkeel.CaseClosed || f.Mode != evenkeel.ModeLive {
			continue
		}
		if slices.ContainsFunc(f.Named(), func(a evenkeel.AssetID) bool { return !slices.Contains(c.Assets, a) }) {
			continue
		}
		m.seen["told again and noted"]++
		for _, a := range f.Named() {
			m.lastly[a] = append(m.lastly[a], sighting{c.ID, f.Until, len(m.made)})
		}
	}
}

// sighting is that something was seen on an asset again.
type sighting struct {
	of   evenkeel.CaseID
	at   evenkeel.Moment
	made int // how many decisions there were: one that is made later, of records that came late, knows nothing of it
}

// checkAgain holds what a machine enters, or asks, as it is told of the same again.
func (m *machine) checkAgain(x *evenkeel.Decision) {
	for _, id := range m.made {
		y := m.decisions[id]
		if y.Case == x.Case && y.ID != x.ID && y.Mode == evenkeel.ModeLive && (y.State == evenkeel.InForce || y.State == evenkeel.Held) && y.Measure == x.Measure && x.Measure.Enforced() && shares(y.Assets, x.Assets) {
			m.t.Fatalf("O: %s of %v is entered as it goes on, and stands already until %s", x.Measure, x.Assets, y.Until)
		}
		if y.Case == x.Case && y.Mode == evenkeel.ModeLive && (y.State == evenkeel.Lifted || y.State == evenkeel.Refused) && y.Measure == x.Measure && shares(y.Assets, x.Assets) {
			m.t.Fatalf("O: %s of %v is entered by a machine at %s as it goes on, and a person ended it at %s", x.Measure, x.Assets, x.At, y.At)
		}
	}
	m.seen["entered as it goes on"]++
}

// checkStoodOn is N: what stands once more calls people, and whoever leads where it goes on after that.
func (m *machine) checkStoodOn(x *evenkeel.Decision, c *docket.Changes, longer bool) {
	level, what := docket.LevelOnCall, "restarted"
	if longer {
		level, what = docket.LevelLead, "limited on"
	}
	if !slices.ContainsFunc(c.Pages, func(p docket.Page) bool { return p.Case == x.Case && p.At == x.From && p.Level >= level }) {
		m.t.Fatalf("N: %s stands on from %s until %s, and nobody of level %d is called: %+v", x.Measure, x.From, x.Until, level, c.Pages)
	}
	m.seen[what]++
}

// checkLetGo is L and N: a lease of what goes on does not end by itself, but where a person is to
// decide first, or something holds machines back: of a flood only the latter.
func (m *machine) checkLetGo(x, old *evenkeel.Decision) {
	if old == nil || old.State != evenkeel.InForce || x.State != evenkeel.Lapsed || x.At != old.Until || !x.Actor.Automatic() || !x.Measure.Enforced() || x.Mode != evenkeel.ModeLive {
		return
	}
	var seen evenkeel.Moment
	for _, a := range x.Assets {
		for _, s := range m.lastly[a] {
			if s.of == x.Case && s.at <= x.At && slices.Index(m.made, x.ID) < s.made { // and not what came after
				seen = max(seen, s.at)
			}
		}
	}
	if seen <= x.From || seen < x.At.Add(-lately) {
		return
	}
	flood := x.Family == "flood"
	switch c := m.cases[x.Case]; {
	case m.downTo(x, m.byNow(x, x.At)) == evenkeel.MeasureNone:
		m.seen["ended by what is known by then"]++
		return
	case c.State == evenkeel.CaseClosed, m.fromPerson(x), m.latched(x), m.allowed(x, seen) && !flood, m.heldBack(x), slices.ContainsFunc(x.Assets, func(a evenkeel.AssetID) bool { return !m.world.held(a, x.At) }):
		return
	case flood:
		m.t.Fatalf("N: %s of %v, which floods still at %s, is let go of at %s", x.Measure, x.Assets, seen, x.At)
	case c.Waiting == 0 && !m.appealed(x.Case) && !m.stoodBefore(x) && !m.unaware(x):
		m.t.Fatalf("L: the lease of %s on %v ends at %s, and the same was seen at %s", x.Measure, x.Assets, x.At, seen)
	}
	m.seen["ended as it goes on"]++
}

// latched says whether the tenant was cleared so lately that no machine enters anything.
func (m *machine) latched(x *evenkeel.Decision) bool {
	at, ok := m.cleared[string(x.Tenant)+" "+x.Family]
	return ok && x.At > at && x.At < at.Add(30*day)
}

// allowed says whether a flag may be about what was seen.
func (m *machine) allowed(x *evenkeel.Decision, seen evenkeel.Moment) bool {
	return slices.ContainsFunc(m.flagged, func(id evenkeel.FlagID) bool {
		g := m.flags[id]
		return g.Tenant == x.Tenant && g.Family == x.Family && g.Until > seen && g.Revoked == 0
	})
}

// fromPerson says whether a machine took down what a person had entered: it lets that stand no longer than it did.
func (m *machine) fromPerson(x *evenkeel.Decision) bool {
	for x = m.decisions[x.Supersedes]; x != nil; x = m.decisions[x.Supersedes] {
		if !x.Actor.Automatic() {
			return true
		}
	}
	return false
}

// heldBack says whether a switch, a breaker, an input or the stage of the rule holds machines back.
func (m *machine) heldBack(x *evenkeel.Decision) bool {
	b := &x.Grounds.Basis[0]
	at, known := m.stages[docket.RuleVersion{Rule: b.Rule, Version: b.Version}]                       // a lead may have brought it back, so that it only asks
	drifts := slices.ContainsFunc(m.feeds, func(f docket.Feed) bool { return f.Holds(b.Rule, x.At) }) // known by now, where a sweep is late
	return known && at < learning.StageCanary || m.tripped[b.Rule] != 0 || drifts || slices.ContainsFunc(m.switches, func(s docket.Switch) bool { return s.Met(x.Measure, b.Rule, x.Tenant, b.Terms) })
}

func (m *machine) appealed(c evenkeel.CaseID) bool {
	for k := range m.clocks {
		if k.c == c && k.k == docket.ClockAppealAnswer {
			return true
		}
	}
	return false
}

// stoodBefore says whether a machine's measure had a lease before this one, on something of the same.
func (m *machine) stoodBefore(x *evenkeel.Decision) bool {
	if m.onceMore[x.ID] || m.decisions[x.Supersedes] != nil {
		return true
	}
	return slices.ContainsFunc(m.made, func(id evenkeel.DecisionID) bool {
		y := m.decisions[id]
		return y.ID != x.ID && y.Case == x.Case && y.Mode == evenkeel.ModeLive && y.State == evenkeel.Lapsed && y.Measure == x.Measure && shares(y.Assets, x.Assets)
	})
}

// unaware says whether nobody was told of something in the case.
func (m *machine) unaware(x *evenkeel.Decision) bool {
	return slices.ContainsFunc(m.made, func(id evenkeel.DecisionID) bool {
		n := m.notice[id][m.decisions[id].State]
		return m.decisions[id].Case == x.Case && n.ID != "" && m.over[n.ID] && !m.reached[n.ID]
	})
}

// checkGoesOn is F13 and G: what was found in a review stays; what it is about may change by machines, not whom it
// waits for; and no word of the tenant, no machine and no clock ends it as decided otherwise, as long as the tenant
// holds any of it and nobody has closed the case.
func (m *machine) checkGoesOn(old, r *docket.Review, all *docket.Changes) {
	if len(r.Verdicts) < len(old.Verdicts) || !slices.Equal(r.Assets, old.Assets) || r.Wanted != old.Wanted || r.Until != old.Until {
		m.t.Fatalf("F13: review %+v was %+v", r, old)
	}
	if r.Decision != old.Decision && r.State == old.State && len(r.Draws) == len(old.Draws) {
		m.seen["review goes on"]++
	}
	holds := slices.ContainsFunc(r.Assets, func(a evenkeel.AssetID) bool { return m.world.held(a, r.Since) })
	c := m.cases[r.Case]
	if i := slices.IndexFunc(all.Cases, func(c evenkeel.Case) bool { return c.ID == r.Case }); i >= 0 {
		c = &all.Cases[i] // one long sweep closes a case and keeps what that ends
	}
	closed := c.State == evenkeel.CaseClosed && c.Since <= r.Since // before: what two persons let stand ran to its end
	if r.State == docket.ReviewOvertaken && (m.act == nil || m.act.Kind.OfTenant()) && holds && !closed {
		m.t.Fatalf("G: review %s, %s since %s, is overtaken at %s, and no person decided anything: %+v", r.ID, old.State, old.Since, r.Since, r)
	}
}
