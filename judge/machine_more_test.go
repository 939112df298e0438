package judge_test

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What stands here brings about what single acts, drawn one by one, come to too seldom.

// bad is a tenant of the office whom nothing protects, or "".
func (m *machine) bad() evenkeel.TenantID {
	for _, t := range m.office.customers {
		if t == "trial" || t == "late" {
			return t
		}
	}
	return ""
}

// heardFirst has a machine announce an isolation, or several at once, which the tenant is heard about first, and
// lets that end in one of the ways that there are.
func (m *machine) heardFirst(string) {
	t := m.bad()
	if t == "" || !slices.Contains(m.office.families, "mining") {
		return
	}
	at, together := m.draw("machine", 0, machines-1), pick(m, "together", []int{1, 1, 1, 3, 2})
	for _, signs := range [][]sign{{usage, wire}, {usage, stratum}} {
		for i := range together {
			f := finding(machineOf(t, 1+(at+i)%machines), t, m.now.Sub(start), evenkeel.Final, signs...)
			f.Rule, f.Family = harm["mining"].rule, "mining"
			f.ID = evenkeel.NewFindingID(f.Rule, f.Version, f.Subject, m.now)
			m.judge(f, 2)
		}
		m.now = m.now.Add(2 * time.Minute)
	}
	x := m.held()
	if x == nil {
		return
	}
	switch m.draw("by then", 0, 5) {
	case 3: // in a case of its own, which does not know of this one
		a := m.newAct("flag")
		a.Tenant, a.Family, a.Grant = t, docket.Announcements, m.grant(t)
		m.told(a)
	case 2:
		m.pays(t)
	}
	a := m.newAct("refuse")
	switch m.draw("and then", 0, 10) {
	case 9, 10: // a switch holds back all of it, and no machine slips through
		m.pulls(x)
	case 8:
		m.remindedOf(x)
	case 0:
		a = m.newAct("approve")
		fallthrough
	case 1, 2:
		a.Case, a.Decision = x.Case, x.ID
		m.told(a)
	case 3:
		a = m.newAct("message")
		a.Case = x.Case
		m.told(a)
	case 4: // nobody judged as it would have begun
		m.now = x.From.Add(time.Minute)
		m.restart("restart")
	case 5, 6:
		m.untoldOf(x)
	}
	m.now = max(m.now, x.From)
	m.sweep("sweep")
}

// paid has a tenant pay what it owes, and more.
func (m *machine) paid(string) { m.pays(pick(m, "tenant", m.office.customers)) }

// pays has a tenant be known to have paid from now on.
func (m *machine) pays(t evenkeel.TenantID) {
	m.world = m.world.paying(t, m.now)
	m.seen["paid"]++
}

// shielded has a person shield a domain that others flood, about which a machine only asks.
func (m *machine) shielded(string) {
	t := pick(m, "tenant", m.office.customers)
	for range 2 { // what the tenant is asked and has said something about is a question to a person
		f := finding(machineOf(t, 1+m.draw("machine", 0, machines-1)), t, m.now.Sub(start), evenkeel.Final, wire)
		f.Rule, f.Family = harm["unshielded"].rule, "unshielded"
		f.ID = evenkeel.NewFindingID(f.Rule, f.Version, f.Subject, m.now)
		m.judge(f, 2)
		m.now = m.now.Add(2 * time.Minute)
		for _, id := range m.opened {
			if c := m.cases[id]; c.Tenant == t && c.Family == f.Family && c.State == evenkeel.CaseOpen {
				a := m.newAct("message")
				a.Case = id
				m.told(a)
			}
		}
	}
	for _, id := range m.made {
		if x := m.decisions[id]; x.State == evenkeel.Proposed && x.Mode == evenkeel.ModeLive && x.Family == "unshielded" && x.Tenant == t {
			a := m.newAct("approve")
			a.Case, a.Decision, a.Measure = x.Case, id, pick(m, "as", []evenkeel.Measure{evenkeel.MeasureChallenge, evenkeel.MeasureShut})
			m.told(a)
			return
		}
	}
}

// held is what is held last, or nil.
// pulls has a person pull a switch under which a held decision is.
func (m *machine) pulls(x *evenkeel.Decision) {
	a := m.newAct("pull")
	a.By = "ada"
	a.Scope = &docket.Scope{Kind: docket.SwitchRule, Key: x.Grounds.Basis[0].Rule}
	if m.draw("switch", 0, 1) == 0 {
		a.Scope = &docket.Scope{Kind: docket.SwitchTenant, Key: string(x.Tenant)}
	}
	m.told(a)
	n := 0
	for _, y := range m.decisions {
		if k, runs := m.clocks[clockKey{y.Case, docket.ClockHearing, y.ID}]; y.Case == x.Case && y.State == evenkeel.Held && runs && k.Due == x.From {
			n++
		}
	}
	if n > 1 {
		m.seen["held together under a switch"]++
	}
}

func (m *machine) held() *evenkeel.Decision {
	for i := range m.made {
		if x := m.decisions[m.made[len(m.made)-1-i]]; x.State == evenkeel.Held && x.Mode == evenkeel.ModeLive {
			return x
		}
	}
	return nil
}

// remindedOf lets the reminder of what is held be on its way to some contacts as the time to be heard is over.
func (m *machine) remindedOf(x *evenkeel.Decision) {
	m.now = max(m.now, x.From.Add(-10*time.Minute))
	m.sweep("sweep")
	now, n := m.now, evenkeel.NewReminderID(x.ID, evenkeel.Held)
	if slices.Contains(m.notices, n) {
		d := docket.Delivery{Notice: n, Channel: "mail", To: "owner#1", Message: "<a reminder@x>", At: now, Says: "So."}
		m.mustDo("told", func(j *judge.Docket) error { return j.Told(ctx, d, now) })
	}
}

// untoldOf lets the notice of what is held reach nobody: it waits, until somebody is told or a person decides.
func (m *machine) untoldOf(x *evenkeel.Decision) {
	n := m.notice[x.ID][evenkeel.Held].ID
	send := func(name, to string, refused bool) {
		now := m.now
		d := docket.Delivery{Notice: n, Channel: "mail", To: to, Message: "<of " + to + "@x>", At: now, Says: "So.", Refused: refused}
		m.mustDo(name, func(j *judge.Docket) error { return j.Told(ctx, d, now) })
		m.mustDo("all told", func(j *judge.Docket) error { return j.AllTold(ctx, n, now) })
	}
	send("bounced", "owner#1", true)
	m.now = max(m.now, x.From)
	for range m.draw("nobody is told", 1, 3) {
		m.sweep("sweep")
		m.now = m.now.Add(20 * time.Minute)
	}
	switch m.draw("is told", 0, 5) {
	case 0:
		a := m.newAct("refuse")
		a.Case, a.Decision = x.Case, x.ID
		m.told(a)
		return
	case 1:
		a := m.newAct("clear")
		a.Case, a.Outcome, a.NoFlag = x.Case, evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
		m.told(a)
		return
	}
	send("told", "owner#2", false)
	for range 3 {
		m.now = m.now.Add(15 * time.Minute)
		m.sweep("sweep")
	}
}

// asks has a person ask a second one; false where that is refused.
func (m *machine) asks(a docket.Act) (docket.Review, bool) {
	asked := len(m.asked)
	if m.told(a); len(m.asked) == asked {
		return docket.Review{}, false
	}
	return m.reviews[m.asked[len(m.asked)-1]], true
}

// seconds has whoever is drawn find so much.
func (m *machine) seconds(r docket.Review, is evenkeel.Measure) {
	r = m.reviews[r.ID]
	v := m.newAct("verdict")
	v.ID += " of " + string(r.Waits())
	v.Case, v.Review, v.By, v.Verdict = r.Case, r.ID, r.Waits(), m.whole(m.cases[r.Case].Family, is)
	v.Verdict.Argument += " once more"
	v.Verdict.Grant = true
	if v.By != "" {
		m.told(v)
	}
}

// everybody gives all but some a part in what is about a tenant, so that nobody else can be drawn.
func (m *machine) everybody(t evenkeel.TenantID, but ...evenkeel.PersonID) {
	for _, p := range people {
		if slices.Contains(but, p) {
			continue
		}
		a := m.newAct("flag")
		a.ID += " by " + string(p)
		a.By, a.Tenant, a.Family = p, t, "mail"
		a.Grant = &docket.Grant{Until: m.now.Add(time.Hour)}
		a.Grant.Selector.Assets = []evenkeel.AssetID{machineOf(t, machines)}
		m.told(a)
	}
}

// lawful has two persons withhold a tenant's data by a lawful order, and perhaps give it back before its end.
func (m *machine) lawful(string) {
	a := m.newAct("propose")
	if !m.of(&a) {
		return
	}
	family := m.cases[a.Case].Family
	a.Hold = &docket.Hold{Authority: "court", Reference: "11 C 4", Until: m.now.Add(time.Duration(m.draw("days", 1, 20)) * day), Secret: m.draw("secret", 0, 3) == 0}
	a.Verdict, a.By = m.whole(family, evenkeel.MeasureNone), pick(m, "proposes", people[:4])
	r, asked := m.asks(a)
	if !asked {
		return
	}
	m.seconds(r, evenkeel.MeasureNone)
	if m.draw("until its end", 0, 1) == 0 {
		return
	}
	m.now = m.now.Add(time.Hour)
	b := m.newAct("propose")
	b.ID += " ends"
	b.Case, b.Hold, b.By, b.Verdict = a.Case, &docket.Hold{Authority: "court", Reference: "11 C 4", Ends: true}, a.By, m.whole(family, evenkeel.MeasureNone)
	if r, asked = m.asks(b); asked {
		m.seconds(r, evenkeel.MeasureNone)
	}
}

// alone has a person ask a second one where there is none who could be the third, or the second by the time
// that the first verdict is in; or decides otherwise meanwhile.
func (m *machine) alone(string) {
	if m.draw("of a machine", 0, 1) == 0 {
		m.wide()
		return
	}
	changing := m.draw("as the desk changes", 0, 2) == 0
	if changing {
		m.beforeTheDeskChanges()
	}
	a := m.newAct("propose")
	if !m.of(&a) {
		return
	}
	c := m.cases[a.Case]
	a.Measure, a.By, a.Verdict = evenkeel.MeasureSuspend, pick(m, "proposes", people[:4]), m.whole(c.Family, evenkeel.MeasureSuspend)
	r, asked := m.asks(a)
	if asked && changing {
		m.now = m.now.Add(25 * time.Minute)
		m.sweep("sweep")
		r = m.reviews[r.ID]
	}
	if !asked || r.Waits() == "" {
		return
	}
	if m.draw("there is a third", 0, 1) == 0 {
		m.everybody(c.Tenant, a.By, r.Waits())
	}
	m.seconds(r, evenkeel.MeasureNotify)
	if r = m.reviews[r.ID]; r.State != docket.ReviewSplit {
		return
	}
	if m.draw("one more machine", 0, 1) == 0 {
		m.oneMore(c)
	}
	switch m.draw("the third", 0, 2) {
	case 0:
		m.seconds(r, pick(m, "with the third", []evenkeel.Measure{evenkeel.MeasureSuspend, evenkeel.MeasureNotify}))
	case 1:
		b := m.newAct("clear")
		b.Case, b.Outcome, b.NoFlag = c.ID, evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
		m.told(b)
	}
}

// oneMore lets the same be found of all of a tenant's machines in a case, and the tenant be told of those that joined.
func (m *machine) oneMore(c *evenkeel.Case) {
	for i := range machines {
		f := finding(machineOf(c.Tenant, i+1), c.Tenant, m.now.Sub(start), evenkeel.Final, usage)
		f.Rule, f.Family = harm[c.Family].rule, c.Family
		f.ID = evenkeel.NewFindingID(f.Rule, f.Version, f.Subject, m.now)
		m.judge(f, 2)
	}
	m.now = m.now.Add(11 * time.Minute)
	m.sweep("sweep")
}

// beforeTheDeskChanges has somebody asked twenty minutes before people come to work, or go.
func (m *machine) beforeTheDeskChanges() {
	next := pick(m, "people", []time.Duration{10 * time.Hour, day}) - 20*time.Minute
	m.now = m.now.Add((next - m.now.Sub(start)%day + day) % day)
	t := pick(m, "tenant", m.office.customers)
	f := finding(machineOf(t, 1), t, m.now.Sub(start), evenkeel.Final, usage)
	f.Family = m.office.families[0]
	f.Rule = harm[f.Family].rule
	f.ID = evenkeel.NewFindingID(f.Rule, f.Version, f.Subject, m.now)
	m.judge(f, 2)
}

// wide has a machine want all that a tenant runs isolated, which is a question to two persons, and one of them
// ask it before having found anything.
func (m *machine) wide() {
	t := m.bad()
	if t == "" {
		return
	}
	f := finding(machineOf(t, 1), t, m.now.Sub(start), evenkeel.Final, usage, stratum)
	f.Subject = evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: t}
	for i := range machines {
		if a := machineOf(t, i+1); m.world.held(a, m.now) {
			f.Assets = append(f.Assets, a)
		}
	}
	for range 2 { // a rung each
		f.From, f.Until, f.At = m.now.Add(-20*time.Minute), m.now, m.now
		f.ID = evenkeel.NewFindingID(f.Rule, f.Version, f.Subject, m.now)
		m.judge(f, 2)
		m.now = m.now.Add(2 * time.Minute)
	}
	a := m.newAct("approve")
	for _, id := range m.made {
		if x := m.decisions[id]; x.Tenant == t && x.Family == f.Family && x.State == evenkeel.Proposed && x.Mode == evenkeel.ModeLive && len(x.Assets) == len(f.Assets) {
			a.Case, a.Decision, a.Measure, a.By = x.Case, id, evenkeel.MeasureIsolate, pick(m, "asks", people[:4])
		}
	}
	if a.Case == "" {
		return
	}
	r, asked := m.asks(a)
	if !asked {
		return
	}
	switch m.draw("and then", 0, 3) {
	case 0:
		m.everybody(t, a.By)
		fallthrough
	case 1:
		m.seconds(r, evenkeel.MeasureIsolate)
	case 2:
		b := m.newAct("refuse")
		b.Case, b.Decision = a.Case, a.Decision
		m.told(b)
	}
}
