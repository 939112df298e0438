package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel/app"
)

type ledgerWitnessesCmd struct {
	fromBooks
}

// Help is the long help.
func (*ledgerWitnessesCmd) Help() string {
	return `evenkeel serve asks the witnesses of its settings (ledger.witnesses) to cosign each new signed head. This prints what they
said last: how many leaves each of them cosigned, when, and why it did not cosign the newest head.

The exit code is 0 where as many cosigned it as the settings ask for; 1 where fewer did; 3 where a witness holds another
history of this ledger.

Examples:
  evenkeel ledger witnesses --data ./data`
}

// Run prints.
func (c *ledgerWitnessesCmd) Run(p *process) error {
	var a app.Attested
	err := c.reading(func(books *app.Books) (err error) {
		a, err = books.Attested()
		return err
	})
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(t, "witness\tcosigned\tat\tsays\n")
	for _, w := range a.Witnesses {
		says := w.Fault
		if says == "" {
			says = "-"
		}
		at := "-"
		if w.At != 0 {
			at = w.At.String()
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\n", w.Name, w.Size, at, says)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	n := a.Cosigned()
	fmt.Fprintf(p.stdout, "\nThe head over %d leaves is cosigned by %d of %s; %d are asked for.\n", a.Size, n, several(len(a.Witnesses), "witness"), a.Needed)
	switch {
	case a.Split():
		fmt.Fprintln(p.stderr, hintSplit)
		return failure(exitSplit)
	case n < a.Needed:
		return errFailed
	}
	return nil
}
