package main

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
)

type flagCmd struct {
	List flagListCmd `cmd:"" help:"List clearances: what they cover, until when, and who granted them."`

	Grant  flagGrantCmd  `cmd:"" help:"Grant a clearance."`
	Revoke flagRevokeCmd `cmd:"" help:"End a clearance."`
}

type flagListCmd struct {
	fromBooks
	Tenant string `placeholder:"ID" help:"Only those of this tenant."`
	JSON   bool   `name:"json" help:"Print a JSON object for each, for machines."`
}

// Help is the long help.
func (*flagListCmd) Help() string {
	return `Revoked flags and those whose time is over are listed too: they say what was cleared before.

Examples:
  evenkeel flag list --books ./march
  evenkeel flag list --books ./march --tenant raisup --json`
}

// Run lists.
func (c *flagListCmd) Run(ctx context.Context, p *process) error {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	flags, err := books.Flags(ctx, evenkeel.TenantID(c.Tenant))
	if err != nil {
		return err
	}
	if len(flags) == 0 && !c.JSON {
		fmt.Fprintln(p.stdout, "none")
	}
	people, err := books.People(ctx)
	if err != nil {
		return err
	}
	v := view{w: p.stdout, people: people}
	for i := range flags {
		if c.JSON {
			err = p.line(&flags[i])
		} else {
			_, err = fmt.Fprintln(p.stdout, v.flag(&flags[i], "  "))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
