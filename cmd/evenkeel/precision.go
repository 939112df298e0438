package main

import (
	"context"
	"fmt"
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

// lineOf is what is printed of a version.
func lineOf(v *docket.Version, now evenkeel.Moment) *precision {
	out := &precision{Learned: v.Learned, Reviewed: v.Reviewed(), Right: v.Right(), AtLeast: float64(v.Bound()) / 1000, PerCase: perCase(v.Record)}
	if s := v.Stands; s != nil {
		out.Stands, out.Hits = &s.Staged, s.Hits
		out.Next, out.Missing = s.Next(now)
	}
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
		for _, v := range docket.Versions(all, stand) {
			if err := p.line(lineOf(&v, evenkeel.MomentOf(p.now()))); err != nil {
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
	has, lacks, missing := learning.Gained(t)
	if lacks != evenkeel.MeasureNone {
		next = fmt.Sprintf("%d for %s", missing, lacks)
	}
	if len(has) == 0 {
		return "notify", next
	}
	words := make([]string, len(has))
	for i, m := range has {
		words[i] = m.String()
	}
	return strings.Join(words, ", "), next
}
