package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
)

type tenantLooksCmd struct {
	fromBooks
	Most   int    `default:"200" placeholder:"N" help:"The newest N at most."`
	JSON   bool   `name:"json" help:"Print a JSON object for each, for machines."`
	Tenant string `arg:"" help:"The tenant's id, as evenkeel case list prints it."`
}

// Help is the long help.
func (*tenantLooksCmd) Help() string {
	return `Answers a tenant who asks who of your people looked at its cases: each look at the console, and each by evenkeel case show, letter
and xarf while evenkeel serve ran on the directory, the newest first. The tenant's own page of a case says when that case was
looked at, how often and by how many people, and names nobody; whether you tell a name is for you to decide.

It cannot list who read the file of the books, or a copy of it, without the process that serves it. Times are in UTC.

Examples:
  evenkeel tenant looks --data ./evenkeel-data raisup
  evenkeel tenant looks --data ./evenkeel-data --most 20 --json raisup`
}

// lookLine is a look, as JSON. Fields may be added; none is renamed.
type lookLine struct {
	Type   string            `json:"type"` // look
	Tenant evenkeel.TenantID `json:"tenant"`
	Case   evenkeel.CaseID   `json:"case"`
	At     evenkeel.Moment   `json:"at"`
	Person evenkeel.PersonID `json:"person"`
}

// Run lists.
func (c *tenantLooksCmd) Run(ctx context.Context, p *process) error {
	t := evenkeel.TenantID(c.Tenant)
	if err := evenkeel.CheckID("tenant", c.Tenant); err != nil {
		return err
	}
	if c.Most < 1 {
		return evenkeel.Invalid("--most is %d; expected a whole number from 1", c.Most)
	}
	return c.reading(func(books *app.Books) error {
		list, all, err := books.Looks(ctx, t, c.Most)
		if err != nil {
			return err
		}
		if c.JSON {
			for i := range list {
				if err := p.line(lookLine{"look", t, list[i].Case, list[i].At, list[i].Actor.Person}); err != nil {
					return err
				}
			}
			return nil
		}
		if all == 0 {
			fmt.Fprintln(p.stdout, "none")
			return nil
		}
		people, err := books.People(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "LOOKED AT\tCASE\tWHO")
		for i := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\n", at(list[i].At), list[i].Case, shown(people.Name(list[i].Actor.Person)))
		}
		if err := w.Flush(); err != nil || all == len(list) {
			return err
		}
		fmt.Fprintf(p.stdout, "and %s earlier; --most %d prints all\n", amount(all-len(list)), all)
		return nil
	})
}
