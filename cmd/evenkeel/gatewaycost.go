package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/evenkeel/evenkeel/app/edge"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

type gatewayCostCmd struct {
	gatewayFile
	Site string `arg:"" optional:"" help:"One site, as its document names it."`
	JSON bool   `name:"json" help:"Print one JSON array, for machines."`
}

// Help is the long help.
func (*gatewayCostCmd) Help() string {
	return `Prints a line for each attack of the last 30 days, the newest first, from its first second above observe until the site was back and quiet:
what came meanwhile (the site's own users included), what that took of the edge's processors, in bytes and in time of the backends, and what each stage
held back and is estimated to have saved the backends. Up to 100 attacks of a site are remembered, and 4,096 in all.

Processor time is the process's own, shared among sites by what kinds of requests were measured to take beside one another. Saved is an estimate: for each
request that did not go on, what its kind of page usually takes, and never more than the site's places in the backends could have given.

Examples:
  evenkeel gateway cost
  evenkeel gateway cost shop --json`
}

// Run asks.
func (c *gatewayCostCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	all, err := edge.Costs(ctx, s.Data, site.ID(c.Site))
	if err != nil {
		return refused(s.Data, err)
	}
	if c.JSON {
		return p.line(all)
	}
	if len(all) == 0 {
		fmt.Fprintln(p.stdout, "no attack within the last 30 days")
		return nil
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SITE\tFROM\tLASTED\tHIGHEST\tVISITS\tPROCESSOR\tBYTES\tBACKENDS\tSAVED\tBY STAGE")
	for i := range all {
		a := &all[i]
		lasted := lasting(a.Until.Sub(a.From)).String()
		if a.Running {
			lasted += ", runs"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Site, at(a.From), lasted, a.Highest, amount(a.Visits), millis(a.CPU), bytesWord(a.Bytes),
			millis(a.Backend), millis(a.Saved), stagesWord(a))
	}
	return w.Flush()
}

// stagesWord says what each stage did.
func stagesWord(a *edge.Attack) string {
	var says []string
	for _, s := range a.Stages {
		text := fmt.Sprintf("%s %s", s.Stage, time.Duration(s.Seconds)*time.Second)
		if s.Held > 0 {
			text += fmt.Sprintf(" held %s, saved %s", amount(s.Held), millis(s.Saved))
		}
		says = append(says, text)
	}
	if a.Beyond > 0 {
		says = append(says, fmt.Sprintf("beyond the budget %s", time.Duration(a.Beyond)*time.Second))
	}
	return strings.Join(says, "; ")
}

// writeSpent says what a site's attack took so far, and within the hour beside the budget.
func writeSpent(w io.Writer, x *edge.Standing) {
	if a := x.Attack; a != nil {
		fmt.Fprintf(w, "  since %s: %s came, which took %s of the processor, %s and %s of the backends; held back were %s, which saved about %s of the backends (%s)\n",
			at(a.From), several(a.Visits, "request"), millis(a.CPU), bytesWord(a.Bytes), millis(a.Backend), amount(a.Asked+a.Refused+a.Turned), millis(a.Saved), stagesWord(a))
	}
	if b := x.Budget; b != (edge.Took{}) && x.Spent != (edge.Took{}) {
		fmt.Fprintf(w, "  spent within the hour: %s\n", strings.Join(budgetWords(x.Spent, b), ", "))
	}
}

// budgetWords are the parts of a budget that are bounded, with what is spent of each.
func budgetWords(spent, budget edge.Took) (says []string) {
	if budget.CPU > 0 {
		says = append(says, fmt.Sprintf("%s of %s of the processor", millis(spent.CPU), millis(budget.CPU)))
	}
	if budget.Bytes > 0 {
		says = append(says, fmt.Sprintf("%s of %s", bytesWord(spent.Bytes), bytesWord(budget.Bytes)))
	}
	if budget.Backend > 0 {
		says = append(says, fmt.Sprintf("%s of %s of the backends", millis(spent.Backend), millis(budget.Backend)))
	}
	return says
}

// millis is a time of so many milliseconds, as long ones are read.
func millis(n int64) string {
	d := time.Duration(n) * time.Millisecond
	switch {
	case d >= time.Hour:
		return d.Round(time.Minute).String()
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.String()
}

// bytesWord is a number of bytes in the unit in which it is short.
func bytesWord(n uint64) string {
	for _, u := range [...]struct {
		size float64
		word string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if float64(n) >= u.size {
			return fmt.Sprintf("%.1f %s", float64(n)/u.size, u.word)
		}
	}
	return fmt.Sprintf("%d B", n)
}
