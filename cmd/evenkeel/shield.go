package main

import (
	"context"
	"fmt"
	"io"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
)

type shieldCmd struct {
	Probe  shieldProbeCmd  `cmd:"" help:"Have it shown now that tenants reach their data under every measure."`
	Status shieldStatusCmd `cmd:"" help:"Print what was shown last."`
}

type shieldProbeCmd struct {
	Data string `placeholder:"DIR" default:"${data_dir}" help:"The data directory that evenkeel serve runs on (default ${default})."`
	JSON bool   `name:"json" help:"Print a JSON object, for machines."`
}

// Help is the long help.
func (*shieldProbeCmd) Help() string {
	return `Asks the receiver of orders to fetch an object on every way to the data that it declares, under each measure above limit
and throttle, on a canary of its own, and waits for what comes back; docs/shield.md says how. Where something is amiss, what stands
above limit and throttle steps down, and the exit code is 1. evenkeel serve does the same by itself, again and again.

Examples:
  evenkeel shield probe
  evenkeel shield probe --data /var/lib/evenkeel --json`
}

// Run asks.
func (c *shieldProbeCmd) Run(ctx context.Context, p *process) error {
	proof, err := app.Prove(ctx, c.Data)
	if err != nil {
		return fmt.Errorf("shield probe: %w", err)
	}
	return p.proof(&proof, c.JSON)
}

type shieldStatusCmd struct {
	Data string `placeholder:"DIR" default:"${data_dir}" help:"The data directory of evenkeel serve, which may run meanwhile (default ${default})."`
	JSON bool   `name:"json" help:"Print a JSON object, for machines."`
}

// Help is the long help.
func (*shieldStatusCmd) Help() string {
	return `Prints when it was shown last that tenants reach their data, until when that counts, and what came back on which way. The exit
code is 1 where it is not shown at this moment.

Example:
  evenkeel shield status --data /var/lib/evenkeel`
}

// Run prints.
func (c *shieldStatusCmd) Run(_ context.Context, p *process) error {
	books, err := app.Open(c.Data)
	if err != nil {
		return err
	}
	defer books.Close()
	proof, err := books.Proof()
	if err != nil {
		return err
	}
	return p.proof(&proof, c.JSON)
}

// proof prints what was shown, and fails where that does not count now.
func (p *process) proof(x *app.Proof, json bool) error {
	now := evenkeel.MomentOf(p.now())
	if json {
		if err := p.line(x); err != nil {
			return err
		}
	} else {
		writeProof(p.stdout, x, now)
	}
	if x.Idle || x.Proven(now) {
		return nil
	}
	return errFailed
}

func writeProof(w io.Writer, x *app.Proof, now evenkeel.Moment) {
	switch {
	case x.OnPaper:
		fmt.Fprintf(w, "%s: nobody carries anything out, so nothing is cut and nothing has to be shown\n", x.Backend)
		return
	case x.Idle:
		fmt.Fprintf(w, "%s: of what it declares nothing can be ordered above limit and throttle, so nothing has to be shown\n", x.Backend)
		return
	case len(x.Each) > 0:
		writeEach(w, x, now)
	case x.Proven(now):
		fmt.Fprintf(w, "%s: shown at %s; that counts until %s\n", x.Backend, at(x.Shown), at(x.Until))
	case x.Amiss != "":
		fmt.Fprintf(w, "%s: not shown at %s: %s; nothing above limit and throttle stands or begins\n", x.Backend, at(x.Tried), x.Amiss)
	case x.Shown != 0:
		fmt.Fprintf(w, "%s: shown at %s, which counts no more since %s; nothing above limit and throttle stands or begins\n", x.Backend, at(x.Shown), at(x.Until))
	default:
		fmt.Fprintf(w, "%s: nothing was shown yet; nothing above limit and throttle begins\n", x.Backend)
	}
	if x.Silent != "" && len(x.Each) == 0 {
		fmt.Fprintf(w, "  asked at %s: %s\n", at(x.Tried), x.Silent)
	}
	for _, one := range x.Probes {
		of := "a canary"
		if one.Order != "" {
			of = "order " + string(one.Order)
		}
		fmt.Fprintf(w, "  %s, %s\n", one.Measure, of)
		for _, f := range one.Fetched {
			said := fmt.Sprintf("%d bytes", f.Size)
			if f.Hash == "" {
				said = "nothing"
			}
			if f.Why != "" {
				said += ": " + f.Why
			}
			fmt.Fprintf(w, "    %-8s %s\n", f.Way, said)
		}
	}
}

// writeEach says of each measure what counts, where each is shown by itself.
func writeEach(w io.Writer, x *app.Proof, now evenkeel.Moment) {
	lacking := x.Lacking(now)
	switch len(lacking) {
	case 0:
		fmt.Fprintf(w, "%s: shown of every measure above limit and throttle\n", x.Backend)
	case len(x.Each):
		fmt.Fprintf(w, "%s: nothing is shown now; nothing above limit and throttle stands or begins\n", x.Backend)
	default:
		fmt.Fprintf(w, "%s: shown of some measures; of those that are not, none stands or begins\n", x.Backend)
	}
	for _, c := range x.Each {
		switch {
		case c.Proven(now):
			fmt.Fprintf(w, "  %s: shown at %s; that counts until %s\n", c.Measure, at(c.Shown), at(c.Until))
		case c.Amiss != "":
			fmt.Fprintf(w, "  %s: not shown: %s\n", c.Measure, c.Amiss)
		case c.Shown != 0:
			fmt.Fprintf(w, "  %s: shown at %s, which counts no more since %s\n", c.Measure, at(c.Shown), at(c.Until))
		default:
			fmt.Fprintf(w, "  %s: nothing was shown yet\n", c.Measure)
		}
		if c.Silent != "" {
			fmt.Fprintf(w, "    asked at %s: %s\n", at(x.Tried), c.Silent)
		}
	}
}
