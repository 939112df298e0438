package judge_test

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What stands here is about what a tenant is owed: a person on its appeal who had no part, its data,
// money where it was restricted wrongly, and that a machine that goes on asks again whether it may.

// settle grants or refuses a credit that waits.
func (m *machine) settle(name string) {
	a := m.newAct(name)
	for i := range m.owed {
		if k := m.credits[m.owed[len(m.owed)-1-i]]; k.State == docket.CreditProposed {
			a.Case, a.Credit = k.Case, k.ID
			break
		}
	}
	if a.Case != "" {
		m.told(a)
	}
}

// denied has two persons end a contract, or suspend, so that what follows from that is tried: who is drawn finds
// the same, and often the tenant appeals.
func (m *machine) denied(string) {
	a := m.newAct("propose")
	if !m.of(&a) {
		return
	}
	a.Measure, a.By = pick(m, "what", []evenkeel.Measure{evenkeel.MeasureDeny, evenkeel.MeasureSuspend}), pick(m, "proposes", people[:4])
	a.Verdict = m.whole(m.cases[a.Case].Family, a.Measure)
	r, asked := m.asks(a)
	if !asked {
		return
	}
	for range m.draw("recused", 0, 3) / 2 {
		q := m.newAct("recuse")
		q.ID += " " + string(r.Waits())
		if q.Case, q.Review, q.By = r.Case, r.ID, r.Waits(); q.By != "" && q.By != r.By {
			m.told(q)
		}
		r = m.reviews[r.ID]
	}
	if m.seconds(r, r.Wanted); m.draw("appeals", 0, 1) == 0 {
		return
	}
	s := m.newAct("appeal")
	s.Case, s.Says = r.Case, "It is a batch job."
	if m.told(s); m.draw("is heard", 0, 1) == 0 {
		return
	}
	m.now = m.now.Add(20 * time.Minute)
	for k := range m.clocks {
		if k.c == r.Case && k.k == docket.ClockAppealAnswer && m.decisions[k.d].Measure == a.Measure {
			s = m.newAct("uphold")
			s.Case, s.Decision = r.Case, k.d
		}
	}
	for _, p := range people[:5] { // whoever had no part in it may
		if s.Kind == docket.ActUphold && m.clocks[clockKey{r.Case, docket.ClockAppealAnswer, s.Decision}].Ended == 0 {
			u := s
			u.By, u.ID = p, s.ID+" "+string(p)
			m.told(u)
		}
	}
}

// wronged has a case cleared in which something was enforced, so that money is owed.
func (m *machine) wronged(string) {
	a := m.newAct("clear")
	for i := range m.made {
		x := m.decisions[m.made[len(m.made)-1-i]]
		if c := m.cases[x.Case]; m.entered[x.ID] && x.Measure.Enforced() && x.Mode == evenkeel.ModeLive && c.State != evenkeel.CaseClosed && m.now > x.From {
			a.Case = x.Case
			break
		}
	}
	if a.Case != "" {
		a.Outcome, a.NoFlag = evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
		m.told(a)
	}
}

// checkAppeals is R5: whoever decides on an appeal did not decide what it is against, alone or as one of
// two, nor what that stands in the place of, and did not close the case; but whoever gives in may.
func (m *machine) checkAppeals(c *docket.Changes) {
	a := m.act
	if a.By == "" {
		return
	}
	for _, k := range c.Clocks {
		old, ran := m.clocks[clockKey{k.Case, k.Kind, k.Decision}]
		if !ran || k.Kind != docket.ClockAppealAnswer || k.Ended == 0 || k.Ended != a.At && old.Due < a.At {
			continue
		}
		if givesIn := a.Kind == docket.ActClear || a.Kind == docket.ActClose && a.Outcome == evenkeel.OutcomeInconclusive || a.Kind == docket.ActUndo; givesIn {
			continue
		}
		who := []evenkeel.PersonID{a.By}
		if a.Kind == docket.ActVerdict { // both of them
			r := m.reviews[a.Review]
			for _, v := range r.Verdicts {
				who = append(who, v.Person)
			}
		}
		m.seen["appeal decided"]++
		for _, p := range who {
			if m.closers[k.Case][p] && a.Kind != docket.ActLift && a.Kind != docket.ActLower {
				m.t.Fatalf("R5: %s decided by %s on the appeal of %s, and closed case %s", p, a.Kind, k.Started, k.Case)
			}
			for x, n := m.decisions[k.Decision], 0; x != nil && n < 1000; x, n = m.decisions[x.Supersedes], n+1 {
				if x.Actor.Person == p || x.Actor.Second == p {
					m.t.Fatalf("R5: %s decided by %s on the appeal against %s (%s), and took it by %+v", p, a.Kind, k.Decision, x.ID, x.Actor)
				}
			}
		}
	}
}

// checkFetching is D: the time in which a tenant whose contract ended can fetch its data is never
// shortened, and ends before it is over only where no denial stands.
func (m *machine) checkFetching(c *docket.Changes) {
	for _, k := range c.Clocks {
		old, ran := m.clocks[clockKey{k.Case, k.Kind, k.Decision}]
		if k.Kind != docket.ClockRetrieval {
			continue
		}
		switch {
		case k.Due < k.Started.Add(30*day) || ran && k.Due < old.Due:
			m.t.Fatalf("D: the time to fetch data is from %s until %s, and was until %s", k.Started, k.Due, old.Due)
		case k.Ended != 0 && k.Ended < k.Due && m.denies(c, k.Case):
			m.t.Fatalf("D: the time to fetch data ended at %s (%s), before %s, and a denial is in force", k.Ended, k.Because, k.Due)
		case k.Ended != 0 && k.Ended >= k.Due:
			m.fetched[k.Case] = true
			m.seen["fetched"]++
		case k.Ended == 0 && k.Paused != "" && (!ran || old.Paused == ""):
			m.seen["fetching stands still"]++
			m.fetched[k.Case] = false
		case k.Ended == 0 && !ran:
			m.fetched[k.Case] = false
		}
	}
}

// denies says whether a denial is in force in a case once some changes are made.
func (m *machine) denies(c *docket.Changes, id evenkeel.CaseID) bool {
	now := map[evenkeel.DecisionID]*evenkeel.Decision{}
	for _, made := range m.made {
		now[made] = m.decisions[made]
	}
	for i := range c.Decisions {
		now[c.Decisions[i].ID] = &c.Decisions[i]
	}
	for _, x := range now {
		if x.Case == id && x.Measure == evenkeel.MeasureDeny && x.State == evenkeel.InForce && x.Mode == evenkeel.ModeLive {
			return true
		}
	}
	return false
}

// holdsFetching is D: while a contract has ended, the time to fetch data runs, or has run to its end;
// and it stands still while an appeal is open.
func (m *machine) holdsFetching() {
	for _, id := range m.opened {
		k, runs := m.clocks[clockKey{id, docket.ClockRetrieval, ""}]
		if !runs && !m.fetched[id] && m.denies(&docket.Changes{}, id) {
			m.t.Fatalf("D: a denial is in force in case %s, and nobody says until when the data can be fetched", id)
		}
		if !runs || k.Paused != "" {
			continue
		}
		for key, held := range m.clocks {
			if key.k == docket.ClockWithheld && m.cases[key.c].Tenant == m.cases[id].Tenant && held.Due > m.now {
				m.t.Fatalf("D: the time to fetch data runs in case %s until %s, while a lawful order withholds it", id, k.Due)
			}
			if m.cases[key.c].Tenant == m.cases[id].Tenant && key.k == docket.ClockAppealAnswer {
				m.t.Fatalf("D: the time to fetch data runs in case %s until %s, while an appeal is open", id, k.Due)
			}
		}
	}
}

// takeCredits is R10 and R13: no more is owed than was restricted, once; a person settles it who did
// not take the measures; and what is settled stays.
func (m *machine) takeCredits(c *docket.Changes) {
	for _, k := range c.Credits {
		if err := k.Check(); err != nil {
			m.t.Fatal(err)
		}
		old, known := m.credits[k.ID]
		switch {
		case !known:
			m.owed = append(m.owed, k.ID)
			m.seen["credit "+k.State.String()]++
			if k.State != docket.CreditProposed || m.cases[k.Case].Outcome != evenkeel.OutcomeFalsePositive {
				m.t.Fatalf("R10: credit %+v of a case that is %s; expected that it is proposed, where what was found was not so", k, m.cases[k.Case].Outcome)
			}
		case old.State != docket.CreditProposed || k.By == "" || old.Amount != k.Amount || old.Minutes != k.Minutes:
			m.t.Fatalf("R13: credit %+v was %+v", k, old)
		default:
			m.seen["credit "+k.State.String()]++
			for _, id := range k.Decisions {
				if x := m.decisions[id]; x.Actor.Person == k.By || x.Actor.Second == k.By {
					m.t.Fatalf("R13: credit %s is %s by %s, who took %s", k.ID, k.State, k.By, id)
				}
			}
		}
		m.credits[k.ID] = k
		m.checkOwed(&k)
	}
}

// checkOwed holds all that a case was ever owed to what was restricted in it.
func (m *machine) checkOwed(k *docket.Credit) {
	var restricted, owed time.Duration
	n, closed := 0, k.Closed
	for _, o := range m.credits { // one that is granted may be older than the newest
		if o.Case == k.Case {
			closed = max(closed, o.Closed)
		}
	}
	for _, id := range m.made {
		x := m.decisions[id]
		until := closed
		if x.State.Over() {
			until = min(until, x.At)
		}
		if x.Case != k.Case || x.Mode != evenkeel.ModeLive || !x.Measure.Enforced() || !m.entered[id] || until <= x.From {
			continue
		}
		restricted += time.Duration(len(x.Assets)) * until.Sub(x.From)
		n += len(x.Assets)
	}
	for _, o := range m.credits {
		if o.Case == k.Case {
			owed += time.Duration(o.Minutes) * time.Minute
		}
	}
	if owed > restricted+time.Duration(n)*time.Minute || k.Amount > k.Minutes {
		m.t.Fatalf("R13: %s of minutes are owed, %d hundredths for the last %d; restricted were %d assets for %s, at one a minute", owed, k.Amount, k.Minutes, n, restricted)
	}
}

// checkRestart is A, O and B: what a machine lets stand once more it might enter on what was found, with the facts and
// flags of that moment, and neither a switch nor a breaker holds it back. Of what a tenant computes no flag of the family stands.
func (m *machine) checkRestart(x *evenkeel.Decision) {
	m.checkCleared(x)
	m.checkHeldBack(x)
	f, known := m.findings[basisOf(x)]
	may := m.byNow(x, x.From)
	if !known || !slices.Contains(f.Named(), x.Assets[0]) || m.downTo(x, may) != x.Measure && !(x.Measure == evenkeel.MeasureLimit && slices.Contains(may, evenkeel.MeasureDropFlow)) {
		m.t.Fatalf("A, O: a machine lets %s of %v stand once more at %s on %s of %s; by then it may: %v", x.Measure, x.Assets, x.From, rowOf(&f), f.Subject.Tenant, may)
	}
	for _, id := range m.flagged {
		if g := m.flags[id]; x.Family != "flood" && g.Tenant == x.Tenant && g.Family == x.Family && g.By.Person != "" && g.From <= x.From && g.Until > x.From && (g.Revoked == 0 || g.Revoked > x.From) {
			m.t.Fatalf("O: a machine lets %s stand once more at %s, and flag %+v allows it", x.Measure, x.From, g)
		}
	}
}
