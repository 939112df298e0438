package story

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// lotVerbs are about cases that somebody looks at by lot, though nobody complained.
var lotVerbs = []verb{
	{name: "lot", form: "lot \"reason\" by=PERSON found=confirmed|victim|policy_mismatch|false_positive|inconclusive [all=yes]",
		about: "a person says what they found in the case that the lot fell on, and that waits for them longest, or in all of them; what the case was is told at once",
		least: 1, most: 1, args: []string{"by", "found", "all", "arrives"}, play: (*stage).byLot},
	{name: "lots", form: "lots", about: "tells over how many closed cases a lot was drawn, what waits for whom, and who found how many known cases guilty",
		play: looking(func(*line) func(*player) (block, error) { return (*player).seeLots })},
}

// byLot reads what somebody finds by lot.
func (s *stage) byLot(l *line) error {
	a := act{line: l.number, Act: docket.Act{Kind: docket.ActAudit, At: s.clock.Add(s.delay), Says: l.words[0]}}
	by, err := l.need("by")
	if err != nil {
		return err
	}
	if _, err := l.need("found"); err != nil {
		return err
	}
	a.By = evenkeel.PersonID(by)
	for _, err := range []error{evenkeel.CheckID("by", by), arg(l, "found", evenkeel.ParseOutcome, &a.Outcome), arg(l, "all", parseYes, &a.each)} {
		if err != nil {
			return err
		}
	}
	s.event++
	a.ID = fmt.Sprintf("%s line %d, %d", s.source, l.number, s.event)
	s.deliveries = append(s.deliveries, delivery{at: a.At, act: &a})
	return nil
}

// lots are all lots of the story's books, those drawn last first.
func (p *player) lots() ([]docket.Audit, error) {
	books, ok := p.desk.books.(interface {
		AllAudits(context.Context, int) ([]docket.Audit, error)
	})
	if !ok {
		return nil, evenkeel.Invalid("the books of this story cannot be read; expected a store for lot and lots")
	}
	return books.AllAudits(context.Background(), 0)
}

// findByLot says what a person finds in what waits for them.
func (p *player) findByLot(a *act) error {
	all, err := p.lots()
	if err != nil {
		return err
	}
	waits := slices.DeleteFunc(all, func(x docket.Audit) bool { return !x.Waits(p.clock) || x.Drawn != a.By })
	slices.Reverse(waits) // what waits longest first
	if !a.each {
		waits = waits[:min(len(waits), 1)]
	}
	if len(waits) == 0 {
		p.refuse(&a.Act, nil, fmt.Sprintf("no lot that is open fell on %s", a.By))
	}
	for i := range waits {
		one := a.Act
		one.ID, one.At, one.Audit = fmt.Sprintf("%s, %d", a.ID, i+1), p.clock, waits[i].ID
		if err := p.foundByLot(one); err != nil {
			return err
		}
	}
	return nil
}

// foundByLot has the judge take in what a person found in one of them, and tells what that was.
func (p *player) foundByLot(a docket.Act) error {
	var b block
	b.add("lot", fmt.Sprintf("%s finds: %s: %s", a.By, a.Outcome, quoted(a.Says)))
	p.say(b)
	heard, err := p.desk.docket.Do(context.Background(), a, p.registry.Snapshot())
	switch k := evenkeel.KindOf(err); {
	case err != nil && (k == evenkeel.KindInternal || k == evenkeel.KindUnavailable):
		return err
	case err != nil:
		p.refuse(&a, nil, p.desk.plain(reason(err)))
		return nil
	}
	all, err := p.lots()
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(all, func(x docket.Audit) bool { return x.ID == a.Audit }); i >= 0 {
		b = block{}
		b.add("feedback", fmt.Sprintf("to %s, about the case of %s: %s", a.By, all[i].Tenant, all[i].Feedback()))
		p.say(b)
	}
	p.hear(heard)
	return nil
}

// seeLots is what is looked at by lot, as whoever leads sees it.
func (p *player) seeLots() (b block, err error) {
	all, err := p.lots()
	if err != nil {
		return b, err
	}
	cast, fell, known := 0, 0, 0
	waits := map[evenkeel.PersonID]int{}
	for i := range all {
		a := &all[i]
		switch {
		case a.Control:
			known++
		case a.State == docket.AuditPassed:
			cast++
		default:
			cast, fell = cast+1, fell+1
		}
		if a.Waits(p.clock) {
			waits[a.Drawn]++
		}
	}
	b.add("lots", fmt.Sprintf("over %s; %d fell; with %s among them", plural(int64(cast), "closed case"), fell, plural(int64(known), "known case")))
	for _, who := range slices.Sorted(maps.Keys(waits)) {
		b.add("waiting", fmt.Sprintf("%s for %s", plural(int64(waits[who]), "case"), cmp.Or(string(who), "anybody who had no part in it")))
	}
	for _, v := range docket.Vigils(docket.Watched(all), p.limit()) {
		says := fmt.Sprintf("%s found %d of %s guilty: %s to %s", v.Person, v.Missed, plural(v.Controls, "known case"), v.Low, v.High)
		if v.Alarm {
			says += ", which is over the limit of " + p.limit().String()
		}
		b.add("watched", says)
	}
	return b, nil
}

// limit is how many known cases a person may find guilty under the policy in force.
func (p *player) limit() learning.Permille { return p.desk.policies[0].Audit().Limit }

// calledAboutNoCase says who is called, and why, where no entry of a case tells it.
func calledAboutNoCase(p *docket.Page) block {
	names := make([]string, len(p.For))
	for i, who := range p.For {
		names[i] = string(who)
	}
	says := fmt.Sprintf("Level %d is called", p.Level)
	if len(names) > 0 {
		says += ": " + strings.Join(names, ", ")
	}
	b := block{at: p.At}
	b.add("page", says+". "+p.Why)
	return b
}
