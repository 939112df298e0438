package story

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// houseVerbs are what people do about no case: switches, breakers, feeds and an undo.
var houseVerbs = []verb{
	{name: "pull", form: "pull KIND [KEY] \"reason\" by=PERSON [lift=yes]",
		about: "a person pulls a kill switch, such as pull global, pull rule flood or pull tenant raisup; with lift what machines let stand under it ends too",
		least: 2, most: 3, args: []string{"by", "lift", "arrives"}, play: housed(docket.ActPull, scope)},
	{name: "release", form: "release KIND [KEY] \"reason\" by=PERSON [keep=yes]",
		about: "a person asks to let a kill switch go, and a second is drawn; whoever was drawn says the same, or with keep that it stays pulled",
		least: 2, most: 3, args: []string{"by", "keep", "arrives"}, play: housed(docket.ActRelease, scope)},
	{name: "reset", form: "reset RULE \"reason\" by=PERSON", about: "a person closes a rule's breaker",
		least: 2, most: 2, args: []string{"by", "arrives"}, play: housed(docket.ActReset, func(l *line, a *docket.Act) error {
			a.Rule = l.words[0]
			return nil
		})},
	{name: "accept", form: "accept SOURCE \"reason\" by=PERSON", about: "a person finds that what a source sends is right, though it is not what it was",
		least: 2, most: 2, args: []string{"by", "arrives"}, play: housed(docket.ActAccept, func(l *line, a *docket.Act) error {
			a.Source = l.words[0]
			return nil
		})},
	{name: "undo", form: "undo RULE \"reason\" by=PERSON [version=1] [measure=limit] [from=DATE] [until=DATE] [clear=yes] [dry=yes]",
		about: "a person undoes what a version of a rule did; with clear, cases that rest on it alone are closed as false positives; dry only counts",
		least: 2, most: 2, args: []string{"by", "version", "measure", "from", "until", "clear", "dry", "arrives"}, play: housed(docket.ActUndo, undoing)},
}

// housed returns the function of a verb with which a person acts about no case.
func housed(kind docket.ActKind, read func(l *line, a *docket.Act) error) func(*stage, *line) error {
	return func(s *stage, l *line) error {
		by, err := l.need("by")
		if err != nil {
			return err
		}
		s.event++
		a := act{line: l.number, Act: docket.Act{
			ID: fmt.Sprintf("%s line %d, %d", s.source, l.number, s.event), Kind: kind, At: s.clock.Add(s.delay),
			By: evenkeel.PersonID(by), Says: l.words[len(l.words)-1],
		}}
		if err := evenkeel.CheckID("by", by); err != nil {
			return err
		}
		if err := read(l, &a.Act); err != nil {
			return err
		}
		s.deliveries = append(s.deliveries, delivery{at: a.At, act: &a})
		return nil
	}
}

func parseYes(s string) (bool, error) {
	if s != "yes" {
		return false, evenkeel.Invalid("%q; expected yes, or leave it out", s)
	}
	return true, nil
}

// scope reads which switch is meant.
func scope(l *line, a *docket.Act) (err error) {
	a.Scope = &docket.Scope{}
	if a.Scope.Kind, err = docket.ParseSwitchKind(l.words[0]); err != nil {
		return err
	}
	if len(l.words) == 3 {
		a.Scope.Key = l.words[1]
	}
	if err := a.Scope.Check(); err != nil {
		return err
	}
	if err := arg(l, "keep", parseYes, &a.Keep); err != nil {
		return err
	}
	return arg(l, "lift", parseYes, &a.Lift)
}

func undoing(l *line, a *docket.Act) error {
	u := &docket.Undo{Rule: l.words[0], Version: 1}
	a.Undo = u
	for _, err := range []error{
		arg(l, "version", strconv.Atoi, &u.Version), arg(l, "measure", evenkeel.ParseMeasure, &u.Measure),
		arg(l, "from", parseMoment, &u.From), arg(l, "until", parseMoment, &u.Until), arg(l, "clear", parseYes, &u.Clear), arg(l, "dry", parseYes, &u.Dry),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// keepHouse does what a person does about no case, until nothing is left of it.
func (p *player) keepHouse(a docket.Act) error {
	a.At = p.clock
	if a.By == drawn {
		if err := p.desk.drawnFor(&a); err != nil {
			return err
		}
	}
	p.say(houseBlock(&a))
	for left := 1; left > 0; {
		heard, err := p.desk.docket.Do(context.Background(), a, p.registry.Snapshot())
		switch k := evenkeel.KindOf(err); {
		case err != nil && (k == evenkeel.KindInternal || k == evenkeel.KindUnavailable):
			return err
		case err != nil:
			p.refuse(&a, nil, p.desk.plain(reason(err)))
			return nil
		}
		p.hear(heard)
		p.sayUndone(heard)
		left = 0
		if heard.Undone != nil {
			left = heard.Undone.Left
		}
	}
	return nil
}

// drawnFor puts whoever a lot fell on into an act about a switch.
func (d *desk) drawnFor(a *docket.Act) error {
	return d.books.Transact(context.Background(), func(tx docket.Tx) error {
		g, err := tx.Governor(docket.Asked{})
		for i := range g.Switches {
			if r := g.Switches[i].Asked(); r != nil && a.Scope != nil && g.Switches[i].Scope == *a.Scope {
				a.By = r.Waits()
			}
		}
		return err
	})
}

// houseBlock says who does what.
func houseBlock(a *docket.Act) block {
	var b block
	about := a.Rule
	switch {
	case a.Source != "":
		about = a.Source
	case a.Scope != nil:
		about = a.Scope.String()
	case a.Promote != nil && a.Promote.Test != nil:
		about += " over recorded time"
	case a.Promote != nil:
		about += " to " + a.Promote.Stage.String()
	case a.Undo != nil:
		about = a.Undo.Says()
		if a.Undo.Dry {
			about += ", to count only"
		}
	}
	if a.Keep {
		about += ", to stay pulled"
	}
	b.add(a.Kind.String(), fmt.Sprintf("%s, by %s: %s", about, a.By, quoted(a.Says)))
	return b
}

// sayUndone says what an undo freed, or would.
func (p *player) sayUndone(h judge.Heard) {
	n := h.Undone
	if n == nil {
		return
	}
	var measures []string
	for m, k := range n.Measures {
		measures = append(measures, fmt.Sprintf("%s %d", m, k))
	}
	slices.Sort(measures)
	is := "ended"
	if n.Dry {
		is = "would end"
	}
	var b block
	b.add("undone", fmt.Sprintf("%s: in force %d, held %d, of tenants %d, in cases %d, on assets %d for %d minutes in all", is, n.Decisions, n.Held, n.Tenants, n.Cases, n.Assets, n.Minutes))
	b.add("measures", strings.Join(measures, ", "))
	p.say(b)
}

// switched says what became of a switch.
func switched(s *docket.Switch) block {
	var b block
	switch {
	case s.Released():
		b.add("switch", fmt.Sprintf("%s is released, by %s and %s", s.Scope, s.First.By, s.Second.By))
	case s.Asked() != nil:
		b.add("switch", fmt.Sprintf("%s stays pulled: whether it is let go waits for %s, drawn by lot", s.Scope, s.Review.Waits()))
	case s.Review != nil:
		b.add("switch", fmt.Sprintf("%s stays pulled: not two persons said that it is let go", s.Scope))
	default:
		b.add("switch", fmt.Sprintf("%s is pulled", s.Scope))
	}
	return b
}
