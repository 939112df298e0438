package story

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// stageVerbs are about where versions of rules stand.
var stageVerbs = []verb{
	{name: "ran", form: "ran RULE [version=1]", about: "an earlier version of a rule ran here before the story: that of the story is a new one",
		least: 1, most: 1, args: []string{"version"}, play: (*stage).ran},
	{name: "promote", form: "promote RULE draft|backtest|shadow|confirm|canary|live \"reason\" by=PERSON [version=2] [measure=throttle]",
		about: "a person brings a version of a rule, the newest where none is given, to a stage; measure is up to which one machines act by it",
		least: 3, most: 3, args: []string{"by", "version", "measure", "arrives"}, play: housed(docket.ActPromote, promoting)},
	{name: "backtest", form: "backtest RULE \"reason\" by=PERSON from=DATE until=DATE [version=2] [hits=4] [wanted=1] [unwanted=3]",
		about: "a person says what a version of a rule found over recorded time, and how many of it the known outcomes call wanted and unwanted",
		least: 2, most: 2, args: []string{"by", "version", "from", "until", "hits", "wanted", "unwanted", "arrives"}, play: housed(docket.ActPromote, backtesting)},
	{name: "stages", form: "stages RULE", about: "tells where each version of a rule stands, and what is missing for the next stage",
		least: 1, most: 1, play: looking(func(l *line) func(*player) (block, error) {
			rule := l.words[0]
			return func(p *player) (block, error) { return p.seeStages(rule) }
		})},
}

// ran reads which version was there before.
func (s *stage) ran(l *line) error {
	r := docket.RuleVersion{Rule: l.words[0], Version: 1}
	if err := arg(l, "version", strconv.Atoi, &r.Version); err != nil {
		return err
	}
	if r.Version < 1 {
		return evenkeel.Invalid("version %d; expected 1 or more", r.Version)
	}
	s.story.ran = append(s.story.ran, r)
	return nil
}

func promoting(l *line, a *docket.Act) (err error) {
	a.Rule, a.Promote = l.words[0], &docket.Promotion{}
	if a.Promote.Stage, err = learning.ParseStage(l.words[1]); err != nil {
		return err
	}
	if err := arg(l, "version", strconv.Atoi, &a.Promote.Version); err != nil {
		return err
	}
	return arg(l, "measure", evenkeel.ParseMeasure, &a.Promote.UpTo)
}

func backtesting(l *line, a *docket.Act) error {
	number := func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }
	test := &learning.Backtest{}
	a.Rule, a.Promote = l.words[0], &docket.Promotion{Test: test}
	for _, err := range []error{
		arg(l, "version", strconv.Atoi, &a.Promote.Version), arg(l, "from", parseMoment, &test.From), arg(l, "until", parseMoment, &test.Until),
		arg(l, "hits", number, &test.Hits), arg(l, "wanted", number, &test.Wanted), arg(l, "unwanted", number, &test.Unwanted),
	} {
		if err != nil {
			return err
		}
	}
	return test.Check()
}

// load has the judge know which versions of rules are there, and which were before.
func (d *desk) load(s *Script, others []*rule.Rule) error {
	rules, err := s.rules(others)
	if err != nil {
		return err
	}
	var before, now []docket.Loaded
	for _, r := range rules {
		if r.Mode != evenkeel.ModeLive {
			continue
		}
		for _, old := range s.ran {
			if old.Rule == r.ID {
				before = append(before, docket.Loaded{RuleVersion: old, Family: r.Family, Digest: fmt.Sprintf("%s v%d", old.Rule, old.Version)})
			}
		}
		now = append(now, docket.Loaded{RuleVersion: docket.RuleVersion{Rule: r.ID, Version: r.Version}, Family: r.Family, Digest: r.Digest})
	}
	_, err = d.docket.Load(context.Background(), s.begin, append(before, now...))
	return err
}

// seeStages is where versions of a rule stand, a row each.
func (p *player) seeStages(rule string) (b block, err error) {
	books, ok := p.desk.books.(docket.Promotions)
	if !ok {
		return b, evenkeel.Invalid("the books of this story cannot be read; expected a store for stages")
	}
	all, err := books.Promoted(context.Background())
	if err != nil {
		return b, err
	}
	for i := range all {
		s := &all[i]
		if s.Rule != rule {
			continue
		}
		by := "by itself"
		if s.By != "" {
			by = "by " + string(s.By)
		}
		b.add("stage", fmt.Sprintf("%s v%d: %s, %s, for %d days", s.Rule, s.Version, s.Stage, by, p.clock.Sub(s.Since)/(24*time.Hour)))
		b.add("why", s.Why)
		if s.Stage == learning.StageShadow {
			b.add("shadow", fmt.Sprintf("it would have acted on %d findings", s.Hits))
		}
		if s.Test != nil {
			b.add("backtest", fmt.Sprintf("%d findings: wanted %d, unwanted %d, not known %d", s.Test.Hits, s.Test.Wanted, s.Test.Unwanted, s.Test.Unknown()))
		}
		if next, missing := s.Next(p.clock); missing != "" {
			b.add("next", fmt.Sprintf("%s: %s", next, missing))
		} else if next != 0 {
			b.add("next", next.String()+": nothing is missing")
		}
	}
	if len(b.rows) == 0 {
		b.add("stage", "no version of "+rule+" is known")
	}
	return b, nil
}

// broughtTo says where a version stands from now on.
func broughtTo(s *docket.Staged) block {
	var b block
	b.add("stage", fmt.Sprintf("%s v%d stands at %s, up to %s", s.Rule, s.Version, s.Stage, s.UpTo))
	return b
}
