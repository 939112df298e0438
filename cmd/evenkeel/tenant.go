package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
)

type tenantCmd struct {
	Erase    tenantEraseCmd    `cmd:"" help:"Erase the key by which the ledger's leaves about a tenant can be told."`
	Looks    tenantLooksCmd    `cmd:"" help:"List who looked at a tenant's cases, and when."`
	Endpoint tenantEndpointCmd `cmd:"" help:"Print the secret of a tenant's endpoint, or try it out."`
}

type tenantEraseCmd struct {
	fromBooks
	Tenant  string `arg:"" help:"The tenant's id, as evenkeel case list prints it."`
	Confirm string `placeholder:"ID" help:"The same id once more. Without it nothing is erased: it is only said what would be."`
}

// Help is the long help.
func (*tenantEraseCmd) Help() string {
	return `The leaves of the ledger hold no name: what each is about is committed to under a key of the tenant's. Once that key is erased
nobody can show whom a leaf was about, and the log stays whole: evenkeel ledger verify still says that nothing was taken out,
and a report of a quarter keeps its figures. It cannot be undone, and it is for a tenant who has left and is to be forgotten.

With the key goes what was said in the timelines of the tenant's cases, by the tenant and by your people, and what the leaves
commit to; what was measured; and the addresses of contacts from before a change.

What it does not do: cases, what was decided and when, the lines of timelines without words, and notices and flags with their
reasons stay in the books, and can be read there; no leaf checks them any more. Mails in the data directory stay until their time. Copies of
the books that you made before hold everything still. And of this id nothing can be decided again, neither a finding nor an act: a customer who comes back needs a new one.

It is refused while a case of the tenant's is not closed, while one of its clocks runs, and while evenkeel serve runs on the
directory. Nothing is sealed about the erasure itself: who can write to the directory can do it.

Examples:
  evenkeel tenant erase --data ./evenkeel-data raisup                      says what would be erased
  evenkeel tenant erase --data ./evenkeel-data raisup --confirm raisup
  evenkeel ledger verify --data ./evenkeel-data`
}

// Run erases.
func (c *tenantEraseCmd) Run(ctx context.Context, p *process) error {
	doing := fmt.Sprintf("erase the key of tenant %s", shown(c.Tenant))
	books, err := c.open()
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	cases, err := books.Erasable(ctx, evenkeel.TenantID(c.Tenant))
	if err = cmp.Or(err, books.Close()); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if c.Confirm != c.Tenant {
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%s: nothing was erased; it is for ever, and %s of the tenant's could not be checked against the ledger any more", doing, casesOf(cases)),
			Hint: "give the id once more with --confirm; evenkeel tenant erase --help says what stays",
		}
	}
	if err := app.Erase(ctx, c.dir(), evenkeel.TenantID(c.Tenant), p.now()); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	fmt.Fprintf(p.stdout, "the key of tenant %s is erased; in the books: still %s, which no leaf speaks for any more\n", shown(c.Tenant), casesOf(cases))
	return nil
}

func casesOf(n int) string {
	if n == 1 {
		return "1 case"
	}
	return amount(n) + " cases"
}
