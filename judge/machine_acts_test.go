package judge_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var ctx = context.Background()

// action is something that may happen, and how often it does beside the others.
type action struct {
	name   string
	weight int
	does   func(m *machine, name string)
}

// actions are all that may happen. A new act is one more line.
var actions = []action{
	{"finding", 34, (*machine).finding},
	{"sweep", 9, (*machine).sweep},
	{"goes on", 9, (*machine).goesOn},
	{"again", 3, (*machine).again},
	{"restart", 2, (*machine).restart},
	{"handed over", 2, (*machine).handOver}, {"paid", 1, (*machine).paid},
	{"receipt", 5, (*machine).receipt},
	{"delivery", 5, (*machine).delivery},
	{"looked", 2, (*machine).look}, {"called", 3, (*machine).called},
	{"answer", 5, (*machine).says}, {"message", 4, (*machine).says}, {"appeal", 6, (*machine).appeal}, {"extend", 2, (*machine).says},
	{"told", 3, (*machine).tellsOtherwise},
	{"down", 2, (*machine).says}, {"answered", 2, (*machine).says}, {"abuse", 2, (*machine).abuses}, {"announce", 6, (*machine).announce},
	{"approve", 12, (*machine).decide}, {"refuse", 3, (*machine).decide}, {"lower", 8, (*machine).decide}, {"lift", 3, (*machine).decide},
	{"shut", 2, (*machine).shuts}, {"renew", 4, (*machine).decide}, {"uphold", 5, (*machine).decide},
	{"clear", 5, (*machine).clear}, {"close", 4, (*machine).close}, {"flag", 3, (*machine).flag}, {"revoke", 2, (*machine).decide},
	{"propose", 7, (*machine).propose}, {"verdict", 19, (*machine).verdict}, {"recuse", 2, (*machine).verdict},
	{"credit", 7, (*machine).settle}, {"no_credit", 5, (*machine).settle}, {"denied", 3, (*machine).denied}, {"restricted wrongly", 2, (*machine).wronged},
	{"pull", 2, (*machine).house}, {"release", 3, (*machine).house}, {"reset", 2, (*machine).house}, {"undo", 2, (*machine).house},
	{"promote", 5, (*machine).promote}, {"drifted", 3, (*machine).drifts}, {"accept", 1, (*machine).accept}, {"relisted", 4, (*machine).relisted},
	{"vouch", 4, (*machine).confirms}, {"confirm", 2, (*machine).confirms},
	{"audit", 4, (*machine).audit}, {"closed unheard", 7, (*machine).unheard},
	{"heard first", 9, (*machine).heardFirst}, {"shielded", 3, (*machine).shielded}, {"lawful order", 3, (*machine).lawful}, {"alone", 4, (*machine).alone},
	{"proof gone", 9, (*machine).proofGone}, {"proof back", 4, (*machine).proofBack}, {"way cut", 9, (*machine).wayCut}, {"way open", 2, (*machine).wayOpen},
}

// lots are the actions by their weights, spread evenly: small numbers are drawn more often.
var lots = func() (out []int) {
	due, all := map[int]float64{}, 0
	for i, a := range actions {
		due[i] = 1 / float64(a.weight)
		all += a.weight
	}
	for range all {
		next := 0
		for i := range actions {
			if due[i] < due[next] {
				next = i
			}
		}
		due[next] += 1 / float64(actions[next].weight)
		out = append(out, next)
	}
	return out
}()

// step lets one thing happen.
func (m *machine) step() {
	if len(m.tripped) > 0 && m.draw("closes a breaker", 0, 3) == 0 {
		m.house("reset")
		return
	}
	if one, any := m.known(); any && m.draw("looks at a known one", 0, 2) == 0 { // of which there are few
		m.lookAt(one)
		return
	}
	a := &actions[rapid.SampledFrom(lots).Draw(m.t, "what")]
	a.does(m, a.name)
}

func (m *machine) draw(what string, from, until int) int {
	return rapid.IntRange(from, until).Draw(m.t, what)
}

func pick[T any](m *machine, what string, of []T) T { return rapid.SampledFrom(of).Draw(m.t, what) }

var signs = [][]sign{
	{usage, wire}, {usage, stratum}, {wire}, {usage}, {stratum}, {usage, {family: evenkeel.EvidenceProcess, conclusive: true}}, {stratum, wire},
	{{family: evenkeel.EvidenceReport}}, {{family: evenkeel.EvidenceProcess}, wire}, {usage, {family: evenkeel.EvidenceReport}},
	{usage, {family: evenkeel.EvidenceFleet}}, {{family: evenkeel.EvidenceUsage, conclusive: true}, wire}, {{family: evenkeel.EvidenceReport}, stratum},
}

var families = []string{"mining", "flood", "takeover", "mining", "flood", "unshielded", "mining", "creation", "mail", "edge"}

// finding lets a rule find something, which is judged at once, or late.
func (m *machine) finding(string) {
	t := pick(m, "tenant", m.office.customers)
	family := pick(m, "family", m.office.families)
	late := time.Duration(pick(m, "late", []int{0, 0, 0, 0, 2, 20, 90, 3000})) * time.Minute
	at := m.now.Add(-late)
	f := finding(machineOf(t, 1+m.draw("machine", 0, 2*machines)/3), t, at.Sub(start), pick(m, "revision", []evenkeel.Revision{evenkeel.Provisional, evenkeel.Final}), pick(m, "signs", signs)...)
	f.Rule, f.Family, f.Version = harm[family].rule, family, 1+m.draw("version", 0, 4)/4
	switch m.draw("kind", 0, 15) {
	case 15:
		f.Mode = evenkeel.ModeShadow
	case 14: // one term counts for nothing
		f.Terms[0].Weight = 0
	case 13: // of several machines
		f.Subject = evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: t}
		for i := range m.draw("machines", 2, machines) {
			f.Assets = append(f.Assets, machineOf(t, i+1))
		}
	}
	f.ID = evenkeel.NewFindingID(f.Rule, f.Version, f.Subject, at.Add(-time.Duration(int64(at)%int64(3*time.Hour))))
	m.judge(f, m.draw("path", 0, 3))
}

// judge has a finding judged on one of the paths that lead there.
func (m *machine) judge(f evenkeel.Finding, path int) {
	world, now := m.world, m.now
	_ = m.do("finding", nil, func(d *judge.Docket) (err error) {
		switch path {
		case 0: // as of the records, as a replay does
			_, err = d.Consider(ctx, []evenkeel.Finding{f}, world, 0)
		case 1:
			_, err = d.ConsiderLate(ctx, []evenkeel.Finding{f}, world, f.At, now)
		default:
			_, err = d.Consider(ctx, []evenkeel.Finding{f}, world, now)
		}
		return err
	})
}

func (m *machine) sweep(name string) {
	world, now := m.world, m.now
	m.mustDo(name, func(d *judge.Docket) error { _, err := d.Sweep(ctx, now, world); return err })
	m.holdsWays()
}

func (m *machine) mustDo(name string, f func(*judge.Docket) error) {
	if err := m.do(name, nil, f); err != nil {
		m.t.Fatalf("%s at %s: %v", name, m.now, err)
	}
}

// again does once more what was done last: twice is once.
func (m *machine) again(name string) {
	before := len(m.books.kept)
	_ = m.do(name, nil, m.history[len(m.history)-1])
	for i := range m.books.kept[before:] {
		if c := &m.books.kept[before+i]; len(c.Decisions)+len(c.Orders)+len(c.Notices)+len(c.Flags) > 0 {
			m.t.Fatalf("the same once more: %d decisions, %d orders, %d notices, %d flags", len(c.Decisions), len(c.Orders), len(c.Notices), len(c.Flags))
		}
	}
}

// restart opens the docket anew, and gives hearings time back where nobody judged for long.
func (m *machine) restart(name string) {
	m.open()
	since := m.now.Add(-time.Duration(m.draw("away", 0, 3)) * time.Minute)
	now := m.now
	m.mustDo(name, func(d *judge.Docket) error { _, err := d.Reopen(ctx, since, now); return err })
}

func (m *machine) handOver(name string) {
	a := machineOf(pick(m, "tenant", m.office.customers), machines+1-m.draw("machine", 1, machines))
	m.world = m.world.without(a, m.now)
	world, now := m.world, m.now
	m.mustDo(name, func(d *judge.Docket) error {
		_, err := d.Release(ctx, []evenkeel.AssetID{a}, world, now)
		return err
	})
}

// receipt has a node answer an order, or somebody give it up.
func (m *machine) receipt(string) {
	if len(m.orders) == 0 {
		return
	}
	o, now := m.recent(len(m.orders), "order"), m.now
	order := m.orders[o]
	state := pick(m, "receipt", []evenkeel.ReceiptState{evenkeel.ReceiptApplied, evenkeel.ReceiptApplied, evenkeel.ReceiptRefused, evenkeel.ReceiptLapsed, evenkeel.ReceiptLifted, 0})
	if m.draw("nobody takes it", 0, 4) == 0 {
		m.mustDo("given up", func(d *judge.Docket) error { return d.Missed(ctx, order.ID, "nobody took it", now) })
		return
	}
	name := "applied"
	if state != evenkeel.ReceiptApplied {
		name = "refused"
	}
	_ = m.do(name, nil, func(d *judge.Docket) error {
		return d.Acknowledge(ctx, evenkeel.Receipt{Order: order.ID, Node: "h1", State: state, Why: "It is so.", At: now}, now)
	})
}

// recent draws one of the last of so many.
func (m *machine) recent(n int, what string) int { return n - 1 - min(n-1, m.draw(what, 0, 5)) }

// delivery has a notice taken, come back, or given up.
func (m *machine) delivery(string) {
	if len(m.notices) == 0 {
		return
	}
	id, now := m.notices[m.recent(len(m.notices), "notice")], m.now
	x := docket.Delivery{Notice: id, Channel: "mail", To: "owner#1", Message: "<1@x>", At: now, Says: "So."}
	switch m.draw("delivery", 0, 4) {
	case 0:
		x.Refused = true
		m.mustDo("bounced", func(d *judge.Docket) error { return d.Told(ctx, x, now) })
		m.mustDo("all told", func(d *judge.Docket) error { return d.AllTold(ctx, id, now) })
	case 1:
		m.mustDo("untold", func(d *judge.Docket) error { return d.Untold(ctx, id, "no contact is known", now) })
	default:
		m.mustDo("told", func(d *judge.Docket) error { return d.Told(ctx, x, now) })
	}
}

func (m *machine) look(name string) {
	if c := m.aCase(); c != "" {
		now := m.now
		m.stopsNoClock(name, func(d *judge.Docket) error { return d.Look(ctx, c, "ada", now) })
	}
}

// aCase draws one of the last cases, "" where there is none.
func (m *machine) aCase() evenkeel.CaseID {
	if len(m.opened) == 0 {
		return ""
	}
	return m.opened[m.recent(len(m.opened), "case")]
}

// newAct is an act by somebody about a case.
func (m *machine) newAct(name string) docket.Act {
	kind, err := docket.ParseActKind(name)
	if err != nil {
		m.t.Fatal(err)
	}
	a := docket.Act{ID: fmt.Sprintf("act %d %s", m.n, name), Kind: kind, At: m.now, Says: "Because of this."}
	if !kind.OfTenant() {
		a.By = pick(m, "by", people)
	}
	return a
}

// tellsOtherwise has a person say that they told a contact what stands.
func (m *machine) tellsOtherwise(name string) {
	c := m.aCase()
	if c == "" {
		return
	}
	a := m.newAct(name)
	a.Case, a.Contact, a.Telling = c, "owner", &docket.Telling{How: pick(m, "how", docket.Hows())}
	m.told(a)
}

// told does an act.
func (m *machine) told(a docket.Act) {
	if v := a.Verdict; v != nil && v.Measure == evenkeel.MeasureDeny { // in words of its own, on what was found
		a.Says, v.Facts = m.prose("because"), m.foundIn(a.Case)
	}
	if a.Against() { // which may decide on an appeal: by a fact, to what is said here, in words of its own
		a.Says = takesUp + strings.Join(m.foundIn(a.Case), ", ") + " " + m.prose("says")
	}
	world, place := m.world, m.place(&a)
	_ = m.do("act "+a.Kind.String(), &a, func(d *judge.Docket) error { _, err := d.Do(ctx, d.LeftOpen(a), world); return err })
	m.lookedAtWay(&a)
	place()
}

// place notes where the case stands in the docket about which a tenant says something, and returns the check that it has not
// moved back by that: new information never lowers the place in the queue. Where a clock of it is due, that moves it first.
func (m *machine) place(a *docket.Act) (stays func()) {
	row := func() (docket.Folder, bool) {
		f, err := m.books.Folder(ctx, a.Case)
		return f, err == nil && a.Kind.OfTenant() && a.Kind != docket.ActExtend && a.Case != "" // more time is what it asked for
	}
	was, any := row()
	due := slices.ContainsFunc(was.Clocks, func(k docket.Clock) bool { return k.Ended == 0 && k.Paused == "" && k.RunsOut(a.At) <= a.At })
	return func() {
		if !any || due {
			return
		}
		is, _ := row()
		if docket.CompareRows(is.Row, was.Row) > 0 {
			m.t.Fatalf("by %s of the tenant the case moved back, from %+v to %+v", a.Kind, was.Row, is.Row)
		}
		if was.Row.Case.Waiting != 0 && is.Row.Case.Spoke != was.Row.Case.Spoke {
			m.seen["place kept by who waits"]++
		}
	}
}

// of has an act be about a case that there is, if there is one.
func (m *machine) of(a *docket.Act) bool {
	a.Case = m.aCase()
	return a.Case != ""
}

func (m *machine) says(name string) {
	if a := m.newAct(name); m.of(&a) {
		a.Says = strings.Repeat("It is a batch job. ", m.draw("words", 1, 3))
		a.Letter = a.Kind == docket.ActAnswer && m.draw("by mail", 0, 1) == 0
		m.told(a)
	}
}

func (m *machine) appeal(name string) {
	a := m.newAct(name)
	if !m.of(&a) {
		return
	}
	a.Decision = m.aDecision(a.Case, func(x *evenkeel.Decision) bool {
		return x.Measure != evenkeel.MeasureNone && x.Mode == evenkeel.ModeLive
	})
	m.told(a)
}

// aDecision draws one of a case, or of any, or "": then the act does not say which.
func (m *machine) aDecision(c evenkeel.CaseID, fits func(*evenkeel.Decision) bool) evenkeel.DecisionID {
	var fit []evenkeel.DecisionID
	for _, id := range m.made {
		if x := m.decisions[id]; (x.Case == c || c == "") && fits(x) {
			fit = append(fit, id)
		}
	}
	if len(fit) == 0 || m.draw("says which", 0, 9) == 0 {
		return ""
	}
	return fit[m.recent(len(fit), "decision")]
}

func (m *machine) announce(name string) {
	a := m.newAct(name)
	a.Tenant = pick(m, "tenant", m.office.customers)
	from := m.now.Add(time.Duration(m.draw("begins", 0, 30)) * time.Hour)
	a.Burst = &evenkeel.Burst{
		From: from, Until: from.Add(time.Duration(pick(m, "lasts", []int{24, 1, 240, 1000})) * time.Hour), Count: int64(pick(m, "count", []int{1, 4, 15, 60, 200})),
		Selector: pick(m, "selector", []string{"", "principal=ci", "principal=ci image=sim"}),
	}
	m.told(a)
}

// decide is an act of one person about a decision.
func (m *machine) decide(name string) {
	a := m.newAct(name)
	states := map[docket.ActKind][]evenkeel.DecisionState{
		docket.ActApprove: {evenkeel.Proposed, evenkeel.Held}, docket.ActRefuse: {evenkeel.Proposed, evenkeel.Held},
		docket.ActLower: {evenkeel.InForce}, docket.ActLift: {evenkeel.InForce}, docket.ActRenew: {evenkeel.InForce},
	}[a.Kind]
	a.Decision = m.aDecision("", func(x *evenkeel.Decision) bool {
		_, appealed := m.clocks[clockKey{x.Case, docket.ClockAppealAnswer, x.ID}]
		_, cut := m.clocks[clockKey{x.Case, docket.ClockWay, x.ID}]
		if a.Kind == docket.ActLower && !x.Measure.Enforced() {
			return false
		}
		return x.Mode == evenkeel.ModeLive && (slices.Contains(states, x.State) || a.Kind == docket.ActUphold && (appealed || cut))
	})
	switch x := m.decisions[a.Decision]; {
	case x == nil:
		a.Decision = ""
		if !m.of(&a) {
			return
		}
	default:
		a.Case = x.Case
	}
	switch a.Kind {
	case docket.ActApprove:
		if m.draw("as another", 0, 2) == 0 {
			a.Measure = pick(m, "as", m.rungsOf(a.Decision))
		}
	case docket.ActLower:
		a.Measure = pick(m, "to", m.rungsOf(a.Decision))
	case docket.ActRevoke:
		a.Decision, a.Case = "", ""
		a.Tenant, a.Family = pick(m, "tenant", m.office.customers), pick(m, "family", m.office.families)
		for i := range m.flagged { // one that stands, if there is one
			if f := m.flags[m.flagged[len(m.flagged)-1-i]]; f.Revoked == 0 && f.Until > m.now {
				a.Tenant, a.Family, a.Flag = f.Tenant, f.Family, f.ID
				break
			}
		}
	case docket.ActRenew:
		if m.draw("until", 0, 2) == 0 {
			a.Until = m.now.Add(30 * time.Minute)
		}
	}
	m.told(a)
}

var rungs = []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureThrottle, evenkeel.MeasureFreeze, evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureDeny}

// rungsOf are the measures that a person may think of: mostly those of the ladder.
func (m *machine) rungsOf(id evenkeel.DecisionID) []evenkeel.Measure {
	if x := m.decisions[id]; x != nil && m.draw("on the ladder", 0, 3) > 0 {
		if fam, ok := m.parts.Policy.Family(x.Family); ok {
			return fam.Ladder
		}
	}
	return rungs
}

// grant is a flag of some kind.
func (m *machine) grant(t evenkeel.TenantID) *docket.Grant {
	g := &docket.Grant{Until: m.now.Add(time.Duration(pick(m, "days", []int{1, 10, 90, 400})) * day)}
	switch m.draw("selector", 0, 2) {
	case 0:
		g.Selector.TenantWide = true
	case 1:
		g.Selector.Principal, g.Envelope.Count = "ci", int64(m.draw("count", 0, 5))
	default:
		g.Selector.Assets = []evenkeel.AssetID{machineOf(t, 1), machineOf(t, 2)}
	}
	g.Envelope.Rate = float64(pick(m, "rate", []int{0, 0, 5000}))
	return g
}

func (m *machine) clear(name string) {
	a := m.newAct(name)
	if !m.of(&a) {
		return
	}
	a.Outcome = pick(m, "outcome", []evenkeel.Outcome{evenkeel.OutcomeFalsePositive, evenkeel.OutcomePolicyMismatch})
	if m.draw("with a flag", 0, 2) > 0 {
		a.Grant = m.grant(m.cases[a.Case].Tenant)
	} else {
		a.NoFlag = docket.NoFlagOnce
	}
	m.told(a)
}

func (m *machine) close(name string) {
	if a := m.newAct(name); m.of(&a) {
		a.Outcome = pick(m, "outcome", []evenkeel.Outcome{evenkeel.OutcomeConfirmed, evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive})
		m.told(a)
	}
}

func (m *machine) flag(name string) {
	a := m.newAct(name)
	a.Tenant, a.Family = pick(m, "tenant", m.office.customers), pick(m, "family", m.office.families)
	a.Grant = m.grant(a.Tenant)
	m.told(a)
}

// propose asks a second person: for a measure, or that access to the data ends by lawful order.
func (m *machine) propose(name string) {
	a := m.newAct(name)
	if !m.of(&a) {
		return
	}
	c := m.cases[a.Case]
	switch what := m.draw("about", 0, 9); {
	case what == 0:
		a.Hold = &docket.Hold{Authority: "court", Reference: pick(m, "reference", []string{"7 C 12", "9 C 3"}), Until: m.now.Add(time.Duration(m.draw("days", 1, 40)) * day)}
		a.Hold.Secret, a.Hold.Ends = m.draw("secret", 0, 3) == 0, m.draw("ends", 0, 2) == 0
		a.Verdict = m.whole(c.Family, evenkeel.MeasureNone)
	case what == 1: // all that the tenant runs
		a.Measure = evenkeel.MeasureIsolate
		for i := range machines {
			a.Assets = append(a.Assets, machineOf(c.Tenant, i+1))
		}
	default:
		a.Measure = pick(m, "measure", rungs[3:])
	}
	if a.Verdict == nil {
		a.Verdict = m.whole(c.Family, a.Measure)
	}
	m.told(a)
}

// whole is a verdict that lacks nothing, in words of its own.
func (m *machine) whole(family string, is evenkeel.Measure) *docket.Verdict {
	v := &docket.Verdict{Measure: is, Ground: "Acceptable use.", Facts: []string{"#1", "#2", "#3"}, Innocent: m.prose("innocent"), Argument: takesUp + m.prose("argument")}
	if fam, ok := m.parts.Policy.Family(family); ok {
		for i := range fam.Criteria {
			v.Answers = append(v.Answers, m.prose(fmt.Sprint("answer ", i)))
		}
	} else {
		v.Answers = []string{m.prose("seen"), m.prose("explained")}
	}
	return v
}

// foundIn are facts of a case: what was found, and what was done first.
func (m *machine) foundIn(c evenkeel.CaseID) []string {
	found := map[string]bool{}
	for _, x := range m.decisions {
		if x.Case != c {
			continue
		}
		for _, b := range x.Grounds.Basis {
			found[string(b.Finding)] = true
			for _, t := range b.Terms {
				found[t.Name] = true
			}
		}
	}
	names := slices.Sorted(maps.Keys(found))
	return append(names[:min(len(names), 2)], "#1")
}

func (m *machine) prose(about string) string {
	words := []string{about}
	for i := range 8 {
		words = append(words, fmt.Sprintf("w%dx%d", m.n, i))
	}
	return strings.Join(words, " ")
}

// verdict is that of whoever a review waits for, or of anybody else.
func (m *machine) verdict(name string) {
	a := m.newAct(name)
	var open []docket.ReviewID
	for _, id := range m.asked {
		if r := m.reviews[id]; !r.State.Over() {
			open = append(open, id)
		}
	}
	if len(open) == 0 {
		return
	}
	r := m.reviews[open[m.recent(len(open), "review")]]
	a.Case, a.Review = r.Case, r.ID
	if waits := r.Waits(); waits != "" && m.draw("who was asked", 0, 9) > 0 {
		a.By = waits
	}
	if a.Kind == docket.ActVerdict {
		a.Verdict = m.whole(m.cases[r.Case].Family, r.Wanted)
		a.Verdict.Grant = m.draw("yes", 0, 3) > 0
		if m.draw("finds another", 0, 2) == 0 {
			a.Verdict.Measure = pick(m, "finds", append([]evenkeel.Measure{evenkeel.MeasureNone}, rungs...))
		}
	}
	m.told(a)
}

// house is an act about no case.
func (m *machine) house(name string) {
	a := m.newAct(name)
	scopes := []docket.Scope{
		{Kind: docket.SwitchGlobal}, {Kind: docket.SwitchMeasure, Key: "throttle"}, {Kind: docket.SwitchRule, Key: "crypto-mining"},
		{Kind: docket.SwitchDetector, Key: "wire"}, {Kind: docket.SwitchTenant, Key: "trial"},
	}
	if len(m.switches) > 0 && a.Kind == docket.ActRelease { // one that is pulled, so that it comes to something
		scopes = []docket.Scope{m.switches[0].Scope}
	}
	switch a.Kind {
	case docket.ActPull:
		s := pick(m, "switch", scopes)
		a.Scope, a.Lift = &s, m.draw("lifts", 0, 1) == 1
	case docket.ActRelease:
		s := pick(m, "switch", scopes)
		a.Scope = &s
		for i := range m.switches {
			if x := &m.switches[i]; x.Asked() != nil && x.Scope == s && m.draw("who was drawn", 0, 4) > 0 {
				a.By, a.Keep = x.Review.Waits(), m.draw("keeps", 0, 3) == 0
			}
		}
	case docket.ActReset:
		a.Rule = pick(m, "rule", []string{"crypto-mining", "flood-out"})
		for _, rule := range []string{"takeover", "crypto-mining", "flood-out"} {
			if m.tripped[rule] != 0 {
				a.Rule = rule
			}
		}
	default:
		a.Undo = &docket.Undo{Rule: pick(m, "rule", []string{"crypto-mining", "flood-out", "takeover"}), Version: 1, Clear: m.draw("clears", 0, 2) == 0, Dry: m.draw("dry", 0, 4) == 0}
	}
	if m.told(a); a.Kind == docket.ActRelease {
		m.answersRelease(a.Scope)
	}
}

// answersRelease has whoever was drawn say at once whether a switch is let go.
func (m *machine) answersRelease(s *docket.Scope) {
	for range m.draw("answer at once", 0, 2) {
		for i := range m.switches {
			x := &m.switches[i]
			if x.Scope != *s || x.Asked() == nil {
				continue
			}
			a := m.newAct("release")
			a.By, a.Scope, a.Keep = x.Review.Waits(), s, m.draw("keeps", 0, 3) == 0
			a.ID += " of " + string(a.By)
			m.told(a)
			break
		}
	}
}
