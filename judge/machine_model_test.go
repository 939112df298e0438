package judge_test

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// model is what stands by what was put into the books, in the order of its coming.
type model struct {
	cases     map[evenkeel.CaseID]*evenkeel.Case
	opened    []evenkeel.CaseID
	decisions map[evenkeel.DecisionID]*evenkeel.Decision
	made      []evenkeel.DecisionID
	clocks    map[clockKey]docket.Clock // that run
	flags     map[evenkeel.FlagID]evenkeel.Flag
	flagged   []evenkeel.FlagID
	reviews   map[docket.ReviewID]docket.Review
	asked     []docket.ReviewID
	switches  []docket.Switch // that are pulled
	tripped   map[string]evenkeel.Moment
	stages    map[docket.RuleVersion]docket.Stage
	onceMore  map[evenkeel.DecisionID]bool // machines' measures that stand once more
	entered   map[evenkeel.DecisionID]bool // that were in force ever
	cleared   map[string]evenkeel.Moment   // by tenant and family: since when no machine enters there
	orders    []evenkeel.Order
	ordered   map[evenkeel.DecisionID]evenkeel.Order
	lifted    map[evenkeel.DecisionID]bool
	pages     []docket.PageID
	noCase    []docket.Page // about no case
	notices   []evenkeel.NoticeID
	notice    map[evenkeel.DecisionID]map[evenkeel.DecisionState]evenkeel.Notice
	ways      map[string]bool            // of a notice, a channel and a contact: taken, or not any more
	reached   map[evenkeel.NoticeID]bool // taken by one of them
	over      map[evenkeel.NoticeID]bool
	findings  map[string]evenkeel.Finding // by docket.FindingKey
	heard     []evenkeel.Finding          // the same in the order of their coming
	lastly    map[evenkeel.AssetID][]sighting
	telling   *evenkeel.Finding // that is told again now; nil: none is
	spent     []spending
	part      map[string]bool // by tenant and person: who had a part in what is about it
	credits   map[docket.CreditID]docket.Credit
	owed      []docket.CreditID
	closers   map[evenkeel.CaseID]map[evenkeel.PersonID]bool
	fetched   map[evenkeel.CaseID]bool                // whose time to fetch data ran out
	cut       map[evenkeel.DecisionID]evenkeel.Moment // under which a way is cut: until when it may stand
	lots      map[docket.AuditID]docket.Audit
	cast      []docket.AuditID
	byLot     []evenkeel.CaseID // that a lot opened again, until a person closes them
	feeds     []docket.Feed     // that drifted ever
	contacts  map[evenkeel.TenantID][]evenkeel.Contact
	reach     map[evenkeel.CaseID]docket.Reach
	relisting *evenkeel.Relisted                  // that is told now; nil: none is
	vouching  *docket.Act                         // by which somebody is confirmed now; nil: none is
	words     map[evenkeel.CaseID]evenkeel.Moment // of a tenant, since which no person has decided
}

type clockKey struct {
	c evenkeel.CaseID
	k docket.ClockKind
	d evenkeel.DecisionID
}

// spending is what a machine put a rule's measure on.
type spending struct {
	rule    string
	measure evenkeel.Measure
	at      evenkeel.Moment
	n       int
}

func newModel() model {
	return model{
		cases: map[evenkeel.CaseID]*evenkeel.Case{}, decisions: map[evenkeel.DecisionID]*evenkeel.Decision{}, clocks: map[clockKey]docket.Clock{},
		flags: map[evenkeel.FlagID]evenkeel.Flag{}, reviews: map[docket.ReviewID]docket.Review{}, onceMore: map[evenkeel.DecisionID]bool{}, tripped: map[string]evenkeel.Moment{}, stages: map[docket.RuleVersion]docket.Stage{},
		entered: map[evenkeel.DecisionID]bool{},
		cleared: map[string]evenkeel.Moment{}, ordered: map[evenkeel.DecisionID]evenkeel.Order{}, lifted: map[evenkeel.DecisionID]bool{},
		notice: map[evenkeel.DecisionID]map[evenkeel.DecisionState]evenkeel.Notice{},
		ways:   map[string]bool{}, reached: map[evenkeel.NoticeID]bool{}, over: map[evenkeel.NoticeID]bool{}, findings: map[string]evenkeel.Finding{}, lastly: map[evenkeel.AssetID][]sighting{}, part: map[string]bool{},
		credits: map[docket.CreditID]docket.Credit{}, closers: map[evenkeel.CaseID]map[evenkeel.PersonID]bool{}, fetched: map[evenkeel.CaseID]bool{},
		cut: map[evenkeel.DecisionID]evenkeel.Moment{}, lots: map[docket.AuditID]docket.Audit{},
		contacts: map[evenkeel.TenantID][]evenkeel.Contact{}, reach: map[evenkeel.CaseID]docket.Reach{}, words: map[evenkeel.CaseID]evenkeel.Moment{},
	}
}

// take takes in what one transaction kept: first what is held to hold of it, with what stood
// before, then what stands by it.
func (m *machine) take(c *docket.Changes) {
	for i := range c.Findings {
		m.findings[docket.FindingKey(&c.Findings[i])] = c.Findings[i]
		m.heard = append(m.heard, c.Findings[i])
	}
	if m.act != nil {
		m.checkAct(c)
		m.checkAppeals(c)
	}
	m.checkFetching(c)
	m.holdsAnswer(c)
	m.takeReviews(c)
	for i := range c.Notices {
		n := &c.Notices[i]
		m.checkNotice(n)
		m.notices = append(m.notices, n.ID)
		if m.notice[n.Decision] == nil {
			m.notice[n.Decision] = map[evenkeel.DecisionState]evenkeel.Notice{}
		}
		if n.ID == evenkeel.NewNoticeID(n.Decision, n.State) { // no reminder, receipt or credit
			m.notice[n.Decision][n.State] = *n
		}
	}
	for i := range c.Pages {
		m.pages = append(m.pages, c.Pages[i].ID)
	}
	m.checkCalled(c)
	m.checkMissed(c)
	for i := range c.Decisions {
		m.takeDecision(&c.Decisions[i], c)
	}
	m.takeLots(c)
	for i := range c.Clocks {
		m.takeClock(&c.Clocks[i])
	}
	m.takeOrders(c)
	m.takeCases(c)
	m.takeWords(c)
	m.takeFlags(c)
	m.takeGovernor(c)
	m.takeFeeds(c)
	m.takeReaches(c)
	m.takeCredits(c)
	for _, e := range c.Entries {
		if e.Actor.Person != "" && e.Kind != evenkeel.EntryLooked { // to look is not to act
			m.part[string(m.cases[e.Case].Tenant)+" "+string(e.Actor.Person)] = true
		}
	}
	for _, x := range c.Deliveries {
		of := string(x.Notice) + " "
		m.ways[of+x.Channel+" "+x.To] = !x.Refused // a mail that comes back makes nothing of a call
		m.reached[x.Notice] = false
		for way, taken := range m.ways {
			m.reached[x.Notice] = m.reached[x.Notice] || taken && strings.HasPrefix(way, of)
		}
	}
	for _, e := range c.Endings {
		if e.Notice != "" {
			m.over[e.Notice] = true
		}
	}
}

func (m *machine) takeDecision(x *evenkeel.Decision, c *docket.Changes) {
	old := m.decisions[x.ID]
	m.checkDecision(x, old, c)
	m.checkLetGo(x, old)
	from := made
	if old == nil {
		m.made = append(m.made, x.ID)
	} else if from = old.State.String(); x.State != old.State && !old.State.CanBecome(x.State) {
		m.t.Fatalf("%s was %s and is %s", x.ID, old.State, x.State)
	}
	if old != nil && old.State == evenkeel.Held && x.State == evenkeel.Proposed && x.At >= old.From {
		m.heldBackByNow(x)
	}
	if x.Mode == evenkeel.ModeLive && (old == nil || x.State != old.State) {
		m.seen[edge("decision", from, x.State)]++
		if x.State == evenkeel.InForce {
			m.seen["in force "+x.Measure.String()]++
			m.entered[x.ID] = true
		}
	}
	kept := *x
	m.decisions[x.ID] = &kept
}

func (m *machine) takeClock(k *docket.Clock) {
	key := clockKey{k.Case, k.Kind, k.Decision}
	old, ran := m.clocks[key]
	for _, turn := range clockTurns(k, &old, ran) {
		m.seen["clock "+k.Kind.String()+" "+turn]++
	}
	switch {
	case k.Ended == 0 && k.Kind == docket.ClockTenantAnswer && k.Due < old.Due:
		m.t.Fatalf("N: the tenant's time to answer was shortened from %s to %s", old.Due, k.Due)
	}
	m.takeWindow(&old, k, ran)
	m.clocks[key] = *k
	if k.Ended != 0 {
		delete(m.clocks, key)
	}
}

func (m *machine) takeOrders(c *docket.Changes) {
	for _, o := range c.Orders {
		x := m.decisions[o.Decision]
		switch {
		case x == nil || x.Mode != evenkeel.ModeLive || o.Until != x.Until && !o.Lift || o.Until <= o.From || !slices.Equal(o.Assets, x.Assets) || len(o.Assets) == 0:
			m.t.Fatalf("L: order %+v of decision %+v; expected its end and its assets", o, x)
		case o.Lift && (m.ordered[o.Decision].ID == "" || m.lifted[o.Decision] || !x.State.Over()):
			m.t.Fatalf("L: an order to let go of %s, %s, which was ordered by %q and let go of: %v", x.ID, x.State, m.ordered[o.Decision].ID, m.lifted[o.Decision])
		case !o.Lift && m.ordered[o.Decision].ID != "":
			m.t.Fatalf("L: %s is ordered twice", x.ID)
		case o.Lift:
			m.lifted[o.Decision] = true
		default:
			m.ordered[o.Decision] = o
		}
		m.orders = append(m.orders, o)
	}
}

func (m *machine) takeCases(c *docket.Changes) {
	for i := range c.Cases {
		x := c.Cases[i]
		old := m.cases[x.ID]
		if old == nil {
			m.opened = append(m.opened, x.ID)
		}
		switch {
		case old == nil:
			m.seen[edge("case", made, x.State)]++
		case old.State != x.State:
			m.seen[edge("case", old.State.String(), x.State)]++
		}
		m.cases[x.ID] = &x
		if closed := x.State == evenkeel.CaseClosed && (old == nil || old.State != x.State); closed {
			// A clock may close it as well, while an act is refused.
			if m.act != nil && m.act.Case == x.ID && (m.act.Kind == docket.ActClear || m.act.Kind == docket.ActClose) {
				if m.closers[x.ID] == nil {
					m.closers[x.ID] = map[evenkeel.PersonID]bool{}
				}
				m.closers[x.ID][m.act.By] = true
			}
			switch {
			case x.Outcome.Cleared():
				m.cleared[string(x.Tenant)+" "+x.Family] = x.Since
			case x.Outcome == evenkeel.OutcomeConfirmed || x.Outcome == evenkeel.OutcomeVictim:
				delete(m.cleared, string(x.Tenant)+" "+x.Family)
			}
		}
	}
}

func (m *machine) takeFlags(c *docket.Changes) {
	for _, f := range c.Flags {
		if _, known := m.flags[f.ID]; !known {
			m.flagged = append(m.flagged, f.ID)
			if f.By.Person == "" {
				m.seen["flag of a policy"]++
			}
		}
		m.flags[f.ID] = f
	}
}

func (m *machine) takeReviews(c *docket.Changes) {
	for _, r := range c.Reviews {
		old, known := m.reviews[r.ID]
		if !known {
			m.asked = append(m.asked, r.ID)
		}
		switch {
		case !known:
			m.seen[edge("review", made, r.State)]++
		case old.State != r.State:
			m.seen[edge("review", old.State.String(), r.State)]++
		}
		if known {
			m.checkGoesOn(&old, &r, c)
		}
		for i := len(old.Draws); i < len(r.Draws); i++ {
			m.checkDrawn(&r, &r.Draws[i])
		}
		m.reviews[r.ID] = r
	}
}

func (m *machine) takeGovernor(c *docket.Changes) {
	m.takeStages(c)
	for _, s := range c.Switches {
		m.switches = slices.DeleteFunc(m.switches, func(o docket.Switch) bool { return o.ID() == s.ID() })
		if !s.Released() {
			m.switches = append(m.switches, s)
		} else if err := s.Whole(); err != nil || s.First.By == s.Second.By {
			m.t.Fatalf("B: switch %s was released by %+v and %+v (%v); expected two persons, the second drawn", s.Scope, s.First, s.Second, err)
		} else {
			m.seen["switch released"]++
		}
	}
	for _, b := range c.Breakers {
		if delete(m.tripped, b.Rule); b.Tripped != 0 {
			m.tripped[b.Rule] = b.Tripped
			m.seen["tripped"]++
		}
	}
}
