package story

import (
	"context"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// lookVerbs tell what people of ours see in the books at a moment. To look changes nothing.
var lookVerbs = []verb{
	{name: "docket", form: "docket", about: "tells the open cases in the order in which people of ours find them",
		play: looking(func(*line) func(*player) (block, error) { return (*player).seeDocket })},
	{name: "learned", form: "learned RULE", about: "tells how often a rule was right in the cases that were closed, and what it has earned by that",
		least: 1, most: 1, play: looking(func(l *line) func(*player) (block, error) {
			rule := l.words[0]
			return func(p *player) (block, error) { return p.seeLearned(rule) }
		})},
}

// looking returns the function of a verb with which somebody looks.
func looking(see func(*line) func(*player) (block, error)) func(*stage, *line) error {
	return func(s *stage, l *line) error {
		s.event++
		a := act{line: l.number, look: see(l), Act: docket.Act{ID: fmt.Sprintf("%s line %d, %d", s.source, l.number, s.event), At: s.clock}}
		s.deliveries = append(s.deliveries, delivery{at: a.At, act: &a})
		return nil
	}
}

// look tells what somebody sees, once.
func (p *player) look(a *act) error {
	if p.desk.looked[a.ID] {
		return nil
	}
	p.desk.looked[a.ID] = true
	b, err := a.look(p)
	if err != nil {
		return err
	}
	p.say(b)
	return nil
}

// seeDocket is the docket, a row each case, what is to be looked at first first.
func (p *player) seeDocket() (b block, err error) {
	books, ok := p.desk.books.(docket.Reader)
	if !ok {
		return b, evenkeel.Invalid("the books of this story cannot be read; expected a store for docket")
	}
	rows, err := books.Cases(context.Background(), docket.Query{ByPlace: true})
	if err != nil {
		return b, err
	}
	b.add("docket", plural(int64(len(rows)), "open case"))
	for i := range rows {
		b.add(fmt.Sprint(i+1), p.place(&rows[i]))
	}
	return b, nil
}

// place is a case as it stands in the docket, and what puts it there.
func (p *player) place(r *docket.Row) string {
	out := []string{fmt.Sprintf("%s, %s", r.Case.Tenant, r.Case.Family)}
	if r.Highest != evenkeel.MeasureNone {
		out = append(out, r.Highest.String()+" in force")
	}
	if r.Urgent != 0 {
		out = append(out, "somebody asks us to be quick since "+short(p.clock, r.Urgent))
	}
	if r.Case.Waiting != 0 {
		out = append(out, "waits since "+short(p.clock, r.Case.Waiting))
	}
	if r.Appeals > 0 {
		out = append(out, plural(int64(r.Appeals), "appeal")+" to decide")
	}
	if r.Cleared {
		out = append(out, "was cleared before")
	}
	return strings.Join(out, "; ")
}

// seeLearned is what became of the cases that rest on a rule, a row each of its versions.
func (p *player) seeLearned(rule string) (b block, err error) {
	books, ok := p.desk.books.(interface {
		Learned(context.Context) ([]docket.Learned, error)
	})
	if !ok {
		return b, evenkeel.Invalid("the books of this story cannot be read; expected a store for learned")
	}
	all, err := books.Learned(context.Background())
	if err != nil {
		return b, err
	}
	for _, l := range all {
		if l.Rule != rule {
			continue
		}
		b.add("learned", fmt.Sprintf("%s v%d: right %d of %d that a person came to a conclusion about, at least %s", l.Rule, l.Version, l.Right(), l.Reviewed(), l.Bound()))
		for _, m := range []evenkeel.Measure{evenkeel.MeasureThrottle, evenkeel.MeasureIsolate} {
			is, needs := "earned", ""
			if ok, why := learning.Gate(l.Record, m); !ok {
				is, needs = "not earned", ": "+why
			}
			b.add("", fmt.Sprintf("%s by a machine alone is %s%s", m, is, needs))
		}
	}
	b.add("learned", nothingOf(rule, len(b.rows)))
	return b, nil
}

func nothingOf(rule string, rows int) string {
	if rows > 0 {
		return ""
	}
	return "no case that rests on " + rule + " was closed"
}
