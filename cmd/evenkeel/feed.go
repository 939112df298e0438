package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/judge/docket"
)

type feedCmd struct {
	List   feedListCmd   `cmd:"" help:"List what sources send that is not what it was: no machine acts by it."`
	Accept feedAcceptCmd `cmd:"" help:"Say that what a source sends is right: machines may act by it again."`
}

type feedListCmd struct {
	fromBooks
	JSON bool `name:"json" help:"Print one JSON object for each, for machines."`
}

// Help is the long help.
func (*feedListCmd) Help() string {
	return `What was accepted, or is over, is not listed.

Example:
  evenkeel feed list --data ./evenkeel-data`
}

// Run lists.
func (c *feedListCmd) Run(ctx context.Context, p *process) error {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	b, err := books.Board(ctx)
	if err != nil {
		return err
	}
	for i := range b.Feeds {
		f := &b.Feeds[i]
		if c.JSON {
			if err := p.line(f); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.stdout, "feed      %s of %s: since %s, until %s at the latest\n          %s\n          rules: %s\n",
			shown(f.Input), shown(f.Source), at(f.Since), at(f.Until()), shown(f.Says), shown(strings.Join(f.Rules, ", ")))
	}
	if len(b.Feeds) == 0 && !c.JSON {
		fmt.Fprintln(p.stdout, "none")
	}
	return nil
}

type feedAcceptCmd struct {
	toServe
	Source string `arg:"" help:"The source; evenkeel feed list prints it."`
	Says   string `arg:"" name:"reason" help:"Why, in a sentence: it is kept."`
}

// Help is the long help.
func (*feedAcceptCmd) Help() string {
	return `All that the source sends and that drifts now may be gone by again. Look first whether the rules that use it still mean what they say:
where a unit is another, a threshold is too. What machines asked for meanwhile waits for a person as before.

Example:
  evenkeel feed accept --data ./evenkeel-data --by anna agents "Version 4 sends percentages; rule v3 reads them."`
}

// Run accepts.
func (c *feedAcceptCmd) Run(ctx context.Context, p *process) error {
	return c.overhaul(ctx, p, false, docket.Act{Kind: docket.ActAccept, Source: c.Source, Says: c.Says})
}
