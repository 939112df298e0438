package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/evenkeel/evenkeel/app"
)

type ledgerCosignCmd struct {
	fromBooks
	Witnesses string `required:"" placeholder:"FILE" help:"The witnesses: for each a line of its URL, a space and its public key."`
	Quorum    int    `default:"0" placeholder:"N" help:"How many have to cosign; 0: all."`
}

// Help is the long help.
func (*ledgerCosignCmd) Help() string {
	return `Outside witnesses are asked to cosign the newest signed head (C2SP tlog-witness), with the proof that the ledger goes on
with what each of them cosigned before. The head with their lines is kept beside the signed heads: as ledger.cosigned where as many
cosigned as are asked for, and else as ledger.cosigned.newest, so that a head with fewer never takes the place of one with all. Run it
from time to time, such as every hour: a witness that holds another history of this ledger refuses.

The exit code is 0 where as many cosigned as are asked for; 1 where fewer did; 3 where a witness holds another history.

Examples:
  evenkeel ledger cosign --data ./data --witnesses witnesses.txt --quorum 2`
}

// hintSplit is for whoever reads that a witness cosigned another history.
const hintSplit = "hint: a witness holds another history of this ledger: was a copy of the books put back, or are there two? evenkeel ledger verify --checkpoint compares what it cosigned with the books"

// Run asks.
func (c *ledgerCosignCmd) Run(ctx context.Context, p *process) error {
	text, err := textOf("read witnesses", c.Witnesses, nil)
	if err != nil {
		return err
	}
	return c.reading(func(books *app.Books) error {
		r, err := books.Cosign(ctx, text, c.Quorum)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "cosigned  the head over %d leaves by %d of %s\n", r.Size, r.By, several(r.Of, "witness"))
		if r.Faults != nil {
			fmt.Fprintf(p.stderr, "evenkeel: %v\n", r.Faults)
		}
		need := c.Quorum
		if need == 0 {
			need = r.Of
		}
		switch {
		case r.Another:
			fmt.Fprintln(p.stderr, hintSplit)
			return failure(exitSplit)
		case r.By < need:
			fmt.Fprintf(p.stderr, "evenkeel: %d cosigned; expected %d\n", r.By, need)
			return errFailed
		}
		return nil
	})
}

type ledgerWitnessCmd struct {
	Dir    string   `required:"" placeholder:"DIR" help:"For the witness's key and what it cosigned last; made where it is not there."`
	Log    []string `required:"" sep:"none" placeholder:"FILE" help:"The public key of a ledger that is witnessed. May be given again."`
	Name   string   `default:"" placeholder:"NAME" help:"The witness's name for ever, such as witness.example.com; for its first start."`
	Listen string   `default:"127.0.0.1:8480" placeholder:"ADDRESS" help:"Where to listen (${default})."`
}

// Help is the long help.
func (*ledgerWitnessCmd) Help() string {
	return `Be a witness of the ledgers of others (C2SP tlog-witness): each head that one of them submits is cosigned if it goes on with
what was cosigned of it before, and never another history of it. Put it behind a server that speaks TLS. The public key is
printed, and kept as witness.pub in the directory. Do not remove files from the directory: they are what keeps a ledger from
showing two histories.

Examples:
  evenkeel ledger witness --dir ./witness --name witness.example.com --log peer/ledger.pub`
}

// Run serves.
func (c *ledgerWitnessCmd) Run(ctx context.Context, p *process) error {
	w := app.Witness{
		Dir: c.Dir, Name: c.Name, Listen: c.Listen, Now: p.now, Log: slog.New(slog.NewTextHandler(p.stderr, nil)),
		Ready: func(at, key string) {
			fmt.Fprintf(p.stdout, "http://%s %s\n", at, key)
			_ = p.stdout.Flush() // whoever waits for the line reads it now
		},
	}
	for _, file := range c.Log {
		text, err := textOf("read public key", file, nil)
		if err != nil {
			return err
		}
		w.Logs = append(w.Logs, text)
	}
	return w.Run(ctx)
}
