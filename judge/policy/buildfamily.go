package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

func (b builder) families(p *Policy, d *document) {
	names := inOrder(d.Families)
	if len(names) == 0 && d.Other.Line == 0 {
		b.at(textSpot(d.Policy), "write a family, or `other`", "the policy is about no family")
	}
	if len(names) > mostFamilies {
		b.bounded("families", spotOf(names[mostFamilies]), len(names), mostFamilies)
	}
	for _, name := range names {
		switch {
		case !nameForm.MatchString(name.Value):
			b.at(spotOf(name), nameExpected, "family %q", clip(name.Value))
		case name.Value == otherName:
			b.at(spotOf(name), "write `other` beside `families`: it is about all that have no section", "a family of the name other")
		}
		body := d.Families[name].Value
		p.families[name.Value] = b.family(name.Value, &body)
	}
	if d.Other.Line > 0 {
		p.other = b.family(otherName, &d.Other.Value)
	}
}

func (b builder) family(name string, d *familyDoc) *section {
	s := &section{Family: Family{Name: name, Terms: map[evenkeel.Measure]Terms{}}}
	var err error
	if s.Harm, err = ParseHarm(d.Harm.Value); err != nil {
		b.at(textSpot(d.Harm), "", "%v", err)
		return s // measures are those of a harm: nothing more can be said
	}
	s.Clause = b.words("clause", "write the sentence of your terms that the notice will quote", d.Clause, maxWords)
	s.Criteria = b.phrases("criteria", "write what a reviewer answers before a verdict", textSpot(d.Harm), d.Criteria)
	s.Clocks = b.clocks(&d.Clocks)
	b.promised(&s.Clocks, &d.Clocks)
	s.Victim, s.TellVictims = d.Victim.Value, d.Tell.Value
	b.tellAttacked(s, d)
	b.bounded("victim_signs", textSpot(d.Harm), len(d.Signs), mostPhrases)
	for _, t := range d.Signs {
		b.named("victim_signs", t)
		s.Signs = append(s.Signs, t.Value)
	}
	b.mandate(s, d)
	b.ladder(s, d)
	b.wanted(s, d)
	b.measures(s, d)
	b.tighter(s, d)
	return s
}

// measure reads the word of a measure that the harm has.
func (b builder) measure(h Harm, t strict.Text) (evenkeel.Measure, bool) {
	m, err := evenkeel.ParseMeasure(t.Value)
	switch {
	case err != nil || m == evenkeel.MeasureNone:
		b.at(textSpot(t), nearest(t.Value, climbWords(h), "measures of harm "+h.String()+" are "), "measure %q", clip(t.Value))
		return m, false
	case h.rank(m) < 0:
		b.at(textSpot(t), "measures of it are "+strings.Join(climbWords(h), ", "), "%s is no measure against harm %s", m, h)
		return m, false
	}
	return m, true
}

// mandate reads what tenants let the edge do.
func (b builder) mandate(s *section, d *familyDoc) {
	if d.Mandate.Value == "" {
		return
	}
	if s.Harm != HarmEdge {
		b.at(textSpot(d.Mandate), "leave it out: a mandate is of harm edge", "a mandate against harm %s", s.Harm)
		return
	}
	if m, ok := b.measure(s.Harm, d.Mandate); ok && m != evenkeel.MeasureNotify {
		s.Mandate = m
	} else if ok {
		b.at(textSpot(d.Mandate), "challenge or shut, or leave it out: without one the edge only tells", "a mandate of notify")
	}
}

// climbWords are the measures of a harm that may stand on a ladder.
func climbWords(h Harm) []string {
	var out []string
	for _, m := range climbs[h] {
		out = append(out, m.String())
	}
	return out
}

// ladder reads the rungs, from the mildest.
func (b builder) ladder(s *section, d *familyDoc) {
	if len(d.Ladder) == 0 {
		b.at(textSpot(d.Harm), "write the measures, from the mildest", "the ladder of %s has no rung", s.Name)
	}
	for _, t := range d.Ladder {
		m, ok := b.measure(s.Harm, t)
		if !ok {
			continue
		}
		last := evenkeel.MeasureNone
		if n := len(s.Ladder); n > 0 {
			last = s.Ladder[n-1]
		}
		switch {
		case m.NeedsTwo():
			b.at(textSpot(t), "remove it here; `wants` may name it", "%s takes two persons, and a ladder is what a machine climbs", m)
		case m == last:
			b.at(textSpot(t), "remove one of them", "rung %s is there twice", m)
		case s.Harm.rank(m) < s.Harm.rank(last):
			b.at(textSpot(t), "the order is "+strings.Join(climbWords(s.Harm), ", "), "rung %s stands above %s, which is stronger", m, last)
		default:
			s.Ladder = append(s.Ladder, m)
		}
	}
}

// wanted reads what the policy asks for. A measure that is not on the ladder must stand above
// it: it is wanted, recorded, and reduced to what a machine may do.
func (b builder) wanted(s *section, d *familyDoc) {
	if len(d.Wants) == 0 {
		b.at(textSpot(d.Harm), "write at least {measure: notify}, or leave the family out", "family %s wants nothing", s.Name)
	}
	if len(d.Wants) > mostWants {
		b.bounded("rows of wants", spotOf(d.Wants[mostWants]), len(d.Wants), mostWants)
	}
	always := false
	for i := range d.Wants {
		row := &d.Wants[i].Value
		if always {
			b.at(spotOf(d.Wants[i]), "put it above the row without `when`, which is always true", "this row is never reached")
			break
		}
		m, ok := b.measure(s.Harm, row.Measure)
		if n := len(s.Ladder); ok && n > 0 && !slices.Contains(s.Ladder, m) && s.Harm.rank(m) < s.Harm.rank(s.Ladder[n-1]) {
			b.at(textSpot(row.Measure), "name a rung, or a measure above all of them", "%s is not on the ladder of %s", m, s.Name)
		}
		w := want{measure: m}
		if row.When.Line > 0 {
			w.when = b.condition(row.When, findingScope, trueIsBad)
			b.money(textSpot(row.When), findingFacts, w.when)
		} else {
			always = true
		}
		s.wants = append(s.wants, w)
	}
}

// measures reads what comes with each rung; each has a section, and nothing else does.
func (b builder) measures(s *section, d *familyDoc) {
	for _, name := range inOrder(d.Measures) {
		m, err := evenkeel.ParseMeasure(name.Value)
		if err != nil || !slices.Contains(s.Ladder, m) {
			b.at(spotOf(name), "remove it, or put it on the ladder", "measure %q is no rung of the ladder of %s", clip(name.Value), s.Name)
			continue
		}
		body := d.Measures[name].Value
		s.Terms[m] = b.terms(m, spotOf(name), &body)
		if s.Harm == HarmCompute && m == evenkeel.MeasureIsolate {
			b.heard(spotOf(name), &body)
		}
	}
	for _, t := range d.Ladder {
		m, err := evenkeel.ParseMeasure(t.Value)
		if _, told := s.Terms[m]; err == nil && !told && slices.Contains(s.Ladder, m) {
			b.at(textSpot(t), "say under `measures` how long it stands and what it keeps", "rung %s of %s has no section", m, s.Name)
		}
	}
}

func (b builder) terms(m evenkeel.Measure, at spot, d *measureDoc) Terms {
	t := Terms{
		Lease:   time.Duration(b.within("lease", d.Lease, span(longestLease(m)))),
		Hearing: time.Duration(d.Hearing.Value),
		Keeps:   b.phrases("keeps", "write what the tenant can still do", at, d.Keeps),
	}
	switch {
	case d.Hearing.Line == 0:
	case !m.Enforced():
		b.at(spotOf(d.Hearing), "remove it", "a hearing before %s: the tenant would be asked whether to be asked", m)
	case t.Hearing <= 0 || t.Hearing >= t.Lease:
		b.at(spotOf(d.Hearing), "expected more than 0 and less than the lease", "`hearing` of %s with a lease of %s", d.Hearing.Value, d.Lease.Value)
	}
	t.Params = b.params(at, d.Params)
	return t
}

// params reads what goes with an order.
func (b builder) params(at spot, d paramsDoc) map[string]string {
	b.bounded("params", at, len(d), mostPhrases)
	var params map[string]string
	for _, key := range inOrder(d) {
		v := d[key]
		if !nameForm.MatchString(strings.ReplaceAll(key.Value, "_", "-")) || v.Value == "" || len(v.Value) > maxWords {
			b.at(spotOf(key), "expected a name of a-z 0-9 - _ and a value", "param %q", clip(key.Value))
		}
		if params == nil {
			params = map[string]string{}
		}
		params[key.Value] = string(v.Value)
	}
	return params
}

// tighter reads numbers that go before those of params. One that is not smaller would never hold.
func (b builder) tighter(s *section, d *familyDoc) {
	if len(d.Tighter) > mostPhrases {
		b.bounded("rows of tighter", textSpot(d.Harm), len(d.Tighter), mostPhrases)
	}
	for _, term := range inOrder(d.Tighter) {
		rates := d.Tighter[term].Value
		if !nameForm.MatchString(term.Value) || len(rates) == 0 {
			b.at(spotOf(term), "expected the name of a term, such as sweep, and at least one number", "`tighter` of %q", clip(term.Value))
			continue
		}
		if s.Tighter == nil {
			s.Tighter = map[string]Rates{}
		}
		s.Tighter[term.Value] = b.rates(s, spotOf(term), rates)
	}
}

func (b builder) rates(s *section, at spot, d paramsDoc) Rates {
	texts, rates := b.params(at, d), Rates{}
	for _, key := range inOrder(d) {
		most, err := strconv.ParseUint(texts[key.Value], 10, 64)
		if err != nil || most == 0 {
			b.at(spotOf(key), "expected a whole number from 1", "%s: %q", clip(key.Value), clip(texts[key.Value]))
			continue
		}
		kind := strings.TrimSuffix(key.Value, perDestination)
		if !slices.ContainsFunc(s.Ladder, func(m evenkeel.Measure) bool {
			return s.Terms[m].Params[key.Value] != "" || s.Terms[m].Params[kind] != ""
		}) {
			b.at(spotOf(key), "name one that a measure of the ladder has under `params`, or the same with "+perDestination, "%s: no measure has such a number", clip(key.Value))
		}
		for _, m := range s.Ladder {
			has, ok := s.Terms[m].Params[key.Value]
			if now, err := strconv.ParseUint(has, 10, 64); ok && (err != nil || most >= now) {
				b.at(spotOf(key), "write a smaller number, or remove it", "%s: %d is not less than %s of %s", clip(key.Value), most, clip(has), m)
			}
		}
		rates[key.Value] = most
	}
	return rates
}

// heard wants a hearing before machines are cut off by which nobody else is hurt.
func (b builder) heard(at spot, d *measureDoc) {
	expected := "expected at least " + long(LeastHearing) + ": it hurts nobody else while the tenant is heard"
	switch {
	case !b.live || time.Duration(d.Hearing.Value) >= LeastHearing:
	case d.Hearing.Line == 0:
		b.at(at, "write `hearing: 30m`; "+expected, "isolate against harm compute has no `hearing`")
	default:
		b.at(spotOf(d.Hearing), expected, "`hearing` of %s before isolate against harm compute", d.Hearing.Value)
	}
}

// promised holds the clocks of a live document against what tenants are promised by every one.
func (b builder) promised(c *Clocks, d *clocksDoc) {
	if !b.live {
		return
	}
	least := func(what string, l strict.Located[span], is, least time.Duration, why string) {
		if is > 0 && is < least {
			b.at(spotOf(l), "expected at least "+long(least)+": "+why, "`%s` of %s", what, l.Value)
		}
	}
	const reads = "somebody has to read it first"
	least("tenant_answer", d.TenantAnswer, c.TenantAnswer, LeastTenantAnswer, reads)
	for _, key := range inOrder(d.Answers) {
		least("answers", d.Answers[key], c.Answers[key.Value], LeastTenantAnswer, reads)
	}
	least("latch", d.Latch, c.Latch, LeastLatch, "what was cleared is for a person for so long")
	for _, o := range []struct {
		what     string
		from     strict.Located[span]
		is, most time.Duration
	}{{"page", d.Page, c.Page, MostPage}, {"second_level", d.SecondLevel, c.SecondLevel, MostSecondLevel}} {
		if o.from.Line > 0 && o.is > o.most {
			b.at(spotOf(o.from), "expected at most "+long(o.most)+", or leave it out: the tenant waits for a person", "`%s` of %s", o.what, o.from.Value)
		}
	}
}

func (b builder) clocks(d *clocksDoc) Clocks {
	read := func(what string, l strict.Located[span]) time.Duration {
		return time.Duration(b.within(what, l, span(mostClock)))
	}
	c := Clocks{
		TenantAnswer: read("tenant_answer", d.TenantAnswer), OurAnswer: read("our_answer", d.OurAnswer),
		Appeal: read("appeal", d.Appeal), Latch: read("latch", d.Latch),
	}
	for _, o := range []struct {
		what string
		from strict.Located[span]
		to   *time.Duration
	}{
		{"page", d.Page, &c.Page}, {"second_level", d.SecondLevel, &c.SecondLevel},
		{"appeal_answer", d.AppealAnswer, &c.AppealAnswer}, {"appeal_down", d.AppealDown, &c.AppealDown}, {"retrieval", d.Retrieval, &c.Retrieval},
		{"contacts", d.Contacts, &c.Contacts}, {"turn", d.Turn, &c.Turn},
	} {
		if o.from.Line > 0 {
			*o.to = read(o.what, o.from)
		}
	}
	b.bounded("answers", spotOf(d.TenantAnswer), len(d.Answers), mostPhrases)
	for _, key := range inOrder(d.Answers) {
		if !nameForm.MatchString(key.Value) {
			b.at(spotOf(key), "expected the name of a term of a rule, such as phishing", "`answers` has a time for %q", clip(key.Value))
		}
		if c.Answers == nil {
			c.Answers = map[string]time.Duration{}
		}
		c.Answers[key.Value] = read("answers", d.Answers[key])
	}
	c = c.WithDefaults()
	switch {
	case c.Page > c.SecondLevel || c.SecondLevel > c.OurAnswer:
		at := d.SecondLevel
		if at.Line == 0 {
			at = d.Page
		}
		b.at(spotOf(at), "call whoever is on call first, then the second level, and both within our_answer",
			"`page` of %s, `second_level` of %s and `our_answer` of %s", span(c.Page), span(c.SecondLevel), span(c.OurAnswer))
	case c.AppealDown > c.AppealAnswer:
		at := d.AppealDown
		if at.Line == 0 {
			at = d.AppealAnswer
		}
		b.at(spotOf(at), "whoever is cut off does not wait longer than others", "`appeal_down` of %s and `appeal_answer` of %s", span(c.AppealDown), span(c.AppealAnswer))
	case c.OurAnswer > MostOurAnswer:
		b.at(spotOf(d.OurAnswer), "expected at most "+long(MostOurAnswer)+": somebody waits for a person", "`our_answer` of %s", d.OurAnswer.Value)
	case c.Appeal > 0 && c.Appeal < LeastAppeal:
		b.at(spotOf(d.Appeal), "expected at least "+long(LeastAppeal)+", six months: whoever is away comes back", "`appeal` of %s", d.Appeal.Value)
	case c.AppealAnswer > MostAppealAnswer:
		b.at(spotOf(d.AppealAnswer), "expected at most "+long(MostAppealAnswer)+": the measure stands as long", "`appeal_answer` of %s", d.AppealAnswer.Value)
	case c.Retrieval < LeastRetrieval:
		b.at(spotOf(d.Retrieval), "expected at least "+long(LeastRetrieval), "`retrieval` of %s", d.Retrieval.Value)
	case d.Turn.Line > 0 && c.Turn < LeastTurn:
		b.at(spotOf(d.Turn), "expected at least "+long(LeastTurn)+", or leave it out", "`turn` of %s", d.Turn.Value)
	case c.Contacts < LeastContacts:
		b.at(spotOf(d.Contacts), "expected at least "+long(LeastContacts), "`contacts` of %s", d.Contacts.Value)
	}
	return c
}

// announcements reads what tenants may announce.
func (b builder) announcements(p *Policy, d *announcementsDoc) *bursts {
	out := &bursts{
		longest: time.Duration(b.within("longest", d.Longest, span(mostLongest))), ahead: mostAhead,
	}
	if d.Ahead.Line > 0 {
		out.ahead = time.Duration(b.within("ahead", d.Ahead, span(mostAhead)))
	}
	b.bounded("families", spotOf(d.Longest), len(d.Families), mostFamilies)
	if len(d.Families) == 0 {
		b.at(spotOf(d.Longest), "name those that a burst looks like", "announcements are about no family")
	}
	var names []string
	for name := range p.families {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, t := range d.Families {
		switch {
		case p.families[t.Value] == nil:
			b.at(textSpot(t), nearest(t.Value, names, "families are "), "there is no family %q", clip(t.Value))
		case slices.Contains(out.families, t.Value):
			b.at(textSpot(t), "remove one of them", "family %s is there twice", t.Value)
		}
		out.families = append(out.families, t.Value)
	}
	b.bounded("rows of earned", spotOf(d.Longest), len(d.Earned), mostRows)
	for i := range d.Earned {
		out.earned = append(out.earned, b.earned(&d.Earned[i].Value))
	}
	return out
}

func (b builder) earned(d *earnedDoc) earned {
	e := earned{
		machines: d.Machines.Value,
		because:  b.words("because", "write who has earned it, as in: a customer for a year", d.Because, maxWords),
		when:     compileText(d.When, burstScope, b.faults),
	}
	if e.machines < 1 || e.machines > mostMachines {
		b.at(spotOf(d.Machines), "", "%d machines; expected 1 to %d", e.machines, mostMachines)
	}
	if countsAbsence(e.when, trueIsBad, burstScope) {
		b.at(textSpot(d.When), "leave known() out: what cannot be decided goes to a person", "a tenant would earn it by what is not known of it")
	}
	b.money(textSpot(d.When), burstFacts, e.when)
	return e
}
