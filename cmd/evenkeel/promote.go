package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/replay"
	"github.com/evenkeel/evenkeel/watch/rule"
)

type rulesPromoteCmd struct {
	toServe
	To      learning.Stage   `required:"" placeholder:"STAGE" help:"Where to: draft, shadow, confirm, canary or live."`
	Version int              `name:"rule-version" placeholder:"N" help:"Which version of the rule; without it the newest."`
	Measure evenkeel.Measure `placeholder:"MEASURE" help:"Up to which measure machines act by it at canary and live; without it as it was, at first the highest of the ladder."`
	Rule    string           `arg:"" help:"The rule's id."`
	Says    string           `arg:"" name:"reason" help:"Why, in a sentence: it is kept."`
}

// Help is the long help.
func (*rulesPromoteCmd) Help() string {
	return `Up it goes by one stage at a time, and only with what that takes: shadow a backtest, confirm a time and hits in shadow, canary
and live as many reviewed cases as the measure asks for. What is missing is said in numbers. Down it goes at any moment, and what
stands by it stays until its end, or until evenkeel undo. The stages are in docs/learning.md; evenkeel rules precision lists them.

Examples:
  evenkeel rules promote --data ./evenkeel-data --by lena crypto-mining --to confirm "Watched for a week."
  evenkeel rules promote --data ./evenkeel-data --by lena crypto-mining --to canary --measure throttle "Twenty of twenty were right."
  evenkeel rules promote --data ./evenkeel-data --by lena crypto-mining --to shadow "It met two builders."`
}

// Run promotes.
func (c *rulesPromoteCmd) Run(ctx context.Context, p *process) error {
	return c.overhaul(ctx, p, false, docket.Act{Kind: docket.ActPromote, Rule: c.Rule, Says: c.Says, Promote: &docket.Promotion{
		Version: c.Version, Stage: c.To, UpTo: c.Measure,
	}})
}

type rulesBacktestCmd struct {
	toServe
	Rules     []string `sep:"none" placeholder:"DIR" help:"Where the rule is, instead of among the rules that come with the program: a directory or a file. May be given again."`
	Inventory []string `sep:"none" placeholder:"FILE" help:"Who holds which asset, and the facts of tenants: CloudEvents, one a line. May be given again."`
	Rule      string   `arg:"" help:"The rule's id."`
	Says      string   `arg:"" name:"reason" help:"Which records they are, in a sentence: it is kept."`
	Files     []string `arg:"" name:"file" help:"Telemetry, as for evenkeel replay."`
}

// Help is the long help.
func (*rulesBacktestCmd) Help() string {
	return `Replays records by one rule, and keeps how often it found something in final form. Wanted are findings about a tenant while a case of
it under the same family went on that was confirmed, or in which it was the victim; unwanted those of a case that was cleared.
Whoever wants to bring a draft further needs one. Nothing is decided by it.

Example:
  evenkeel rules backtest --data ./evenkeel-data --by lena --rules ./rules --inventory books.jsonl my-rule "March." metrics-*.jsonl.zst`
}

// Run replays, and hands in what was found.
func (c *rulesBacktestCmd) Run(ctx context.Context, p *process) error {
	r, err := c.rule()
	if err != nil {
		return err
	}
	books, err := app.Open(c.Data)
	if err != nil {
		return err
	}
	test, err := c.replay(ctx, p, r, books)
	if err = errors.Join(err, books.Close()); err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "%s v%d found %d from %s until %s: wanted %d, unwanted %d, not known %d\n", r.ID, r.Version, test.Hits, at(test.From), at(test.Until), test.Wanted, test.Unwanted, test.Unknown())
	return c.overhaul(ctx, p, false, docket.Act{Kind: docket.ActPromote, Rule: r.ID, Says: c.Says, Promote: &docket.Promotion{Version: r.Version, Test: test}})
}

func (c *rulesBacktestCmd) rule() (*rule.Rule, error) {
	rules, err := loadRules(c.Rules)
	if err != nil {
		return nil, err
	}
	known := make([]string, len(rules))
	for i, r := range rules {
		if known[i] = r.ID; r.ID == c.Rule {
			return r, nil
		}
	}
	return nil, noRule(c.Rule, known)
}

// replay finds out what a rule finds in records, and which of it the books call right or wrong.
func (c *rulesBacktestCmd) replay(ctx context.Context, p *process, r *rule.Rule, books *app.Books) (*learning.Backtest, error) {
	if _, err := feed.Sizes(slices.Concat(c.Inventory, c.Files)); err != nil {
		return nil, err
	}
	test, cases := &learning.Backtest{}, map[evenkeel.TenantID][]evenkeel.Case{}
	sum, err := replay.Run(ctx, replay.Script{Rules: []*rule.Rule{r}, Inventory: c.Inventory, Files: c.Files, Stdin: p.stdin}, func(f evenkeel.Finding) error {
		if f.Revision != evenkeel.Final {
			return nil
		}
		test.Hits++
		t := f.Subject.Tenant
		if _, asked := cases[t]; t != "" && !asked {
			rows, err := books.Cases(ctx, docket.Query{Tenant: t, Family: r.Family, Closed: true})
			if err != nil {
				return err
			}
			cases[t] = []evenkeel.Case{}
			for i := range rows {
				cases[t] = append(cases[t], rows[i].Case)
			}
		}
		switch o := docket.KnownOf(&f, cases[t]); {
		case o == evenkeel.OutcomeConfirmed || o == evenkeel.OutcomeVictim:
			test.Wanted++
		case o.Cleared():
			test.Unwanted++
		}
		return nil
	})
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return nil, err
	}
	if sum.From == 0 {
		return nil, evenkeel.Invalid("backtest of rule %s: the files hold no record; expected telemetry", r.ID)
	}
	test.From, test.Until = sum.From, sum.Until+1
	return test, nil
}

// promoted writes where versions of rules stand.
func (p *process) promoted(all []docket.Promoted) error {
	now := evenkeel.MomentOf(p.now())
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tVERSION\tSTAGE\tSINCE\tBY\tUP TO\tIN SHADOW\tBACKTEST\tNEXT")
	for i := range all {
		s := &all[i]
		by, test, next := cmp.Or(string(s.By), "-"), "-", "-"
		if s.Test != nil {
			test = fmt.Sprintf("%d: %d wanted, %d not", s.Test.Hits, s.Test.Wanted, s.Test.Unwanted)
		}
		if to, missing := s.Next(now); missing != "" {
			next = to.String() + ": " + missing
		} else if to != 0 {
			next = to.String()
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", shown(s.Rule), s.Version, s.Stage, at(s.Since), shown(by), s.UpTo, s.Hits, test, next)
	}
	return w.Flush()
}
