package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel"
	abuse "github.com/evenkeel/evenkeel/watch/intake/report"
)

type reportersCmd struct {
	fromBooks
	Max int `default:"100" placeholder:"N" help:"At most so many (${default})."`
}

// Help is the long help.
func (*reportersCmd) Help() string {
	return `Who reported abuse, and how often it was so: the cases that reports of each came to, by how a person closed them, and between
which shares that leaves it (95 %, Wilson). Whoever is below reports.doubt of the settings for sure opens no case alone. A name
begins with token (a reporter with a token), mail (a domain for which DMARC passed), or claimed (what a report says of itself).

Examples:
  evenkeel reporters --data ./data`
}

// Run prints.
func (c *reportersCmd) Run(ctx context.Context, p *process) error {
	if c.Max < 1 {
		return evenkeel.Invalid("--max %d; expected 1 or more", c.Max)
	}
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	all, err := books.Reporters(ctx, c.Max)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(t, "reporter\tright\tfalse\tother\topen\tshare\n")
	for _, r := range all {
		share, is := "-", abuse.Precision{Confirmed: r.Confirmed, False: r.False}
		if r.Confirmed+r.False > 0 {
			share = fmt.Sprintf("%.2f to %.2f", is.LowerBound(), is.UpperBound())
		}
		fmt.Fprintf(t, "%q\t%d\t%d\t%d\t%d\t%s\n", r.Reporter, r.Confirmed, r.False, r.Other, r.Open, share)
	}
	return t.Flush()
}
