package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
)

type rulesPrecisionCmd struct {
	fromBooks
	JSON bool `name:"json" help:"Print one JSON object for each version of a rule, for machines."`
}

// Help is the long help.
func (*rulesPrecisionCmd) Help() string {
	return `Counts what became of the cases that rest on each version of a rule. Right are those that were confirmed, and those in which
the tenant was the victim; wrong are false positives and what is allowed. AT LEAST is the lower end of the Wilson 95 % interval of
right among both. PEOPLE is how long people
were busy with a case on average, where nobody had to look 0 minutes. EARNED is what a machine may enforce by the rule where the policy says "promotion: {enforced: true}"; NEXT is how
many more cases found right in a row it takes for the next measure. Below it stands at which stage each version is
that evenkeel serve was started with, and what the next one takes.

Examples:
  evenkeel rules precision --data ./evenkeel-data
  evenkeel rules precision --books ./march --json`
}

// gates are the measures of which the list says how far a rule is from them, one of each gate.
var gates = []evenkeel.Measure{evenkeel.MeasureThrottle, evenkeel.MeasureFreeze, evenkeel.MeasureIsolate}

// precision is a version of a rule as a line of JSON.
type precision struct {
	docket.Learned
	Reviewed int64   `json:"reviewed"`
	Right    int64   `json:"right"`
	AtLeast  float64 `json:"at_least"`               // the lower end, rounded down to thousandths
	PerCase  *int64  `json:"human_seconds_per_case"` // null where it was measured of none

	Stands  *docket.Staged `json:"stands,omitempty"` // where it does; nothing of what no process was started with
	Hits    int64          `json:"in_shadow,omitempty"`
	Next    docket.Stage   `json:"next,omitempty"`
	Missing string         `json:"missing,omitempty"` // for what comes next
}

// ofRules are the versions of which something was learned, and those that stand somewhere.
func ofRules(all []docket.Learned, stand []docket.Promoted, now evenkeel.Moment) (out []*precision) {
	line := func(l docket.Learned) *precision {
		return &precision{Learned: l, Reviewed: l.Reviewed(), Right: l.Right(), AtLeast: float64(l.Bound()) / 1000, PerCase: perCase(l.Record)}
	}
	for _, l := range all {
		if !slices.ContainsFunc(stand, func(s docket.Promoted) bool { return s.RuleVersion == l.RuleVersion }) {
			out = append(out, line(l))
		}
	}
	for i := range stand {
		s := &stand[i]
		one := line(docket.Learned{RuleVersion: s.RuleVersion, Record: s.Record})
		one.Stands, one.Hits = &s.Staged, s.Hits
		one.Next, one.Missing = s.Next(now)
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b *precision) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Version, b.Version))
	})
	return out
}

// perCase is what a case costs, in seconds of people; nil where that is not known.
func perCase(t learning.Tally) *int64 {
	each, known := t.Cost()
	if !known {
		return nil
	}
	s := int64(each / time.Second)
	return &s
}

// Run prints.
func (c *rulesPrecisionCmd) Run(ctx context.Context, p *process) error {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	all, err := books.Learned(ctx)
	if err != nil {
		return err
	}
	stand, err := books.Promoted(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		for _, l := range ofRules(all, stand, evenkeel.MomentOf(p.now())) {
			if err := p.line(l); err != nil {
				return err
			}
		}
		return nil
	}
	if err := p.learned(all); err != nil || len(stand) == 0 {
		return err
	}
	fmt.Fprintln(p.stdout)
	return p.promoted(stand)
}

// learned writes what became of cases.
func (p *process) learned(all []docket.Learned) error {
	if len(all) == 0 {
		fmt.Fprintln(p.stdout, "no case that rests on a rule was closed")
		return nil
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tVERSION\tREVIEWED\tRIGHT\tWRONG\tUNKNOWN\tCOVERED\tAT LEAST\tPEOPLE\tEARNED\tNEXT")
	for _, l := range all {
		earned, next := gained(l.Record)
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", shown(l.Rule), l.Version, l.Reviewed(), l.Right(), l.Reviewed()-l.Right(),
			l.Inconclusive, l.Covered, l.Bound(), costs(l.Record), earned, next)
	}
	return w.Flush()
}

// costs is how long people are busy with a case of a rule, on average.
func costs(t learning.Tally) string {
	each, known := t.Cost()
	if !known {
		return "-"
	}
	return spent(each) + " a case"
}

// spent writes a time of people in minutes, begun ones whole.
func spent(d time.Duration) string { return fmt.Sprintf("%d min", (d+time.Minute-1)/time.Minute) }

// gained is what a record has earned, and what it lacks for more.
func gained(t learning.Tally) (earned, next string) {
	var has []string
	for _, m := range gates {
		if ok, _ := learning.Gate(t, m); ok {
			has = append(has, m.String())
			continue
		}
		next = fmt.Sprintf("%d for %s", learning.Missing(t, m), m)
		break
	}
	if len(has) == 0 {
		return "notify", next
	}
	return strings.Join(has, ", "), next
}
