package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

type flagGrantCmd struct {
	toServe
	points
	Case   string     `placeholder:"ID" xor:"about" required:"" help:"For the tenant and the family of this case, …"`
	Tenant string     `placeholder:"ID" xor:"about" required:"" help:"… or for this tenant, with --family."`
	Family string     `placeholder:"NAME" help:"The family of rules that the flag is for."`
	Flag   grantFlags `embed:""`
	Says   string     `arg:"" name:"reason" help:"Why, in a sentence: it is kept."`
}

// Help is the long help.
func (*flagGrantCmd) Help() string {
	return `A flag is a clearance with a scope and an end: what it covers leads to no measure, and is recorded with what was wanted.
Where a case of the tenant under the family is open, the flag is a word on what was found there.
` + helpPoints + `

Examples:
  evenkeel flag grant --data ./evenkeel-data --by anna --tenant raisup --family mining --principal deploy --image ubuntu-24.04 \
    --count 12 --until 90d "They told us about their quarterly run by telephone."
  evenkeel flag grant --data ./evenkeel-data --by anna --case c-mrd7ybxxgc4sflmrmg7qmjq2wi --assets vm-1,vm-2 --until 30d \
    --point "for: …" "Seen."`
}

// Run grants.
func (c *flagGrantCmd) Run(ctx context.Context, p *process) (err error) {
	if c.Says, err = c.reasons(c.Says); err != nil {
		return fmt.Errorf("grant a flag: %w", err)
	}
	a := docket.Act{Kind: docket.ActFlag, Case: evenkeel.CaseID(c.Case), Tenant: evenkeel.TenantID(c.Tenant), Family: c.Family, Says: c.Says}
	about := cmp.Or(c.Case, c.Tenant)
	switch {
	case c.Tenant != "" && c.Family == "":
		err = evenkeel.Invalid("--family is missing; expected the family of rules that the flag is for")
	case c.Case != "" && c.Family != "":
		err = evenkeel.Invalid("--family is given with --case; expected it with --tenant only: a case has one")
	default:
		a.Grant, err = c.Flag.grant("", evenkeel.MomentOf(p.now()))
	}
	if err != nil {
		return fmt.Errorf("grant a flag for %s: %w", shown(about), err)
	}
	return c.send(ctx, p, a)
}

type flagRevokeCmd struct {
	toServe
	Flag string `arg:"" help:"The flag's id, or its first 6 characters or more; evenkeel flag list prints it."`
	Says string `arg:"" name:"reason" help:"Why, in a sentence: it is kept."`
}

// Help is the long help.
func (*flagRevokeCmd) Help() string {
	return `Ends a flag now.

Example:
  evenkeel flag revoke --data ./evenkeel-data --by anna flag-mrd7ybxxgc4sflmrmg7qmjq2wi "The company was sold."`
}

// Run revokes.
func (c *flagRevokeCmd) Run(ctx context.Context, p *process) error {
	return c.send(ctx, p, docket.Act{Kind: docket.ActRevoke, Flag: evenkeel.FlagID(c.Flag), Says: c.Says})
}
