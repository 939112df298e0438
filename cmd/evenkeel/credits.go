package main

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

type creditsCmd struct {
	List   creditsListCmd   `cmd:"" help:"List credits: those that wait for a person, were granted or refused."`
	Grant  creditsGrantCmd  `cmd:"" help:"Grant a credit that was proposed."`
	Refuse creditsRefuseCmd `cmd:"" help:"Refuse a credit that was proposed."`
}

type creditsListCmd struct {
	fromBooks
	State string `enum:",proposed,granted,refused" default:"" placeholder:"STATE" help:"Only those that are proposed, granted or refused."`
	JSON  bool   `name:"json" help:"Print each as a CloudEvent of type evenkeel.credit.v1, for billing."`
}

// Help is the long help.
func (*creditsListCmd) Help() string {
	return `Where a case is closed as a false positive and the policy has a section credits, the time under measures that should not
have been is made good. Those whose case was closed last come first. With --json each is one line: a credit in a state has always the
same id, so that whoever bills may take all of them every time and counts each once.

Examples:
  evenkeel credits list --data ./evenkeel-data
  evenkeel credits list --data ./evenkeel-data --state granted --json > credits.jsonl`
}

// Run lists.
func (c *creditsListCmd) Run(ctx context.Context, p *process) error {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	all, err := books.Credits(ctx)
	if err != nil {
		return err
	}
	people, err := books.People(ctx)
	if err != nil {
		return err
	}
	v := view{w: p.stdout, people: people}
	any := false
	for i := range all {
		k := &all[i]
		if c.State != "" && k.State.String() != c.State {
			continue
		}
		any = true
		if !c.JSON {
			v.credit(k)
			continue
		}
		if err := p.line(app.CreditEventOf(k)); err != nil {
			return err
		}
	}
	if !any && !c.JSON {
		fmt.Fprintln(p.stdout, "none")
	}
	return nil
}

// credit writes one credit.
func (v *view) credit(k *docket.Credit) {
	fmt.Fprintf(v.w, "credit    %s to %s, %s: %s, for %s\n          case %s of %s, closed %s\n",
		k.ID, shown(k.Tenant), k.State, k.Money(), k.For(), k.Case, k.Family, at(k.Closed))
	if k.By != "" {
		fmt.Fprintf(v.w, "          %s %s by %s: %s\n", k.State, at(k.At), v.name(k.By), shown(k.Why))
	}
}

// ofCredit is what a person does about a credit.
type ofCredit struct {
	caseAct
	Credit string `placeholder:"ID" help:"Which credit, where several of the case wait; evenkeel credits list prints them."`
}

func (c *ofCredit) settle(ctx context.Context, p *process, kind docket.ActKind) error {
	a := c.act(kind)
	a.Credit = docket.CreditID(c.Credit)
	return c.send(ctx, p, a)
}

type creditsGrantCmd struct{ ofCredit }

// Help is the long help.
func (*creditsGrantCmd) Help() string {
	return `The credit is sealed in the ledger, and the tenant is told. It takes the role lead.

Example:
  evenkeel credits grant --data ./evenkeel-data --by anna c-mrd7ybxxgc4sflmrmg7qmjq2wi "The machine was theirs to use."`
}

// Run grants.
func (c *creditsGrantCmd) Run(ctx context.Context, p *process) error {
	return c.settle(ctx, p, docket.ActCredit)
}

type creditsRefuseCmd struct{ ofCredit }

// Help is the long help.
func (*creditsRefuseCmd) Help() string {
	return `The credit stays refused, with the reason. It takes the role lead.

Example:
  evenkeel credits refuse --data ./evenkeel-data --by anna c-mrd7ybxxgc4sflmrmg7qmjq2wi "It was paid by telephone already."`
}

// Run refuses.
func (c *creditsRefuseCmd) Run(ctx context.Context, p *process) error {
	return c.settle(ctx, p, docket.ActNoCredit)
}
