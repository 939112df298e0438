package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent"
)

type hostReleaseCmd struct {
	hostFile
	Decision string `arg:"" optional:"" help:"The decision whose measure is to end, or its first 6 characters or more; evenkeel host status prints it."`
	All      bool   `help:"End all measures on this host."`
	Why      string `required:"" placeholder:"TEXT" help:"Why, for the record: control keeps it with the receipt."`
	JSON     bool   `name:"json" help:"Print the receipts, one JSON object a line, for machines."`
}

// Help is the long help.
func (*hostReleaseCmd) Help() string {
	return `The hand-brake: what a decision ordered on this host ends now, and the same order is not carried out here again. It works whether
control can be reached or not, and whether the agent runs or not; control learns of it as soon as there is a link. Until the order
would have ended control takes the decision to stand, and orders nothing like it: evenkeel case renew CASE, where control runs, puts it
back. What was let go of is printed, with that time. Only the owner of the data directory and root may.

Examples:
  evenkeel host release d-0123456789ab --why "the customer called, it is their own load test"
  evenkeel host release --all --why "the rule is wrong, ada knows"`
}

// Run releases.
func (c *hostReleaseCmd) Run(ctx context.Context, p *process) error {
	o, err := c.options(p)
	if err != nil {
		return err
	}
	o.Log = quietly(p.stderr)
	done, err := agent.Release(ctx, o, agent.Brake{Decision: evenkeel.DecisionID(c.Decision), All: c.All, Why: c.Why})
	for _, w := range done.Warnings {
		fmt.Fprintln(p.stderr, "warning: "+w)
	}
	if err != nil {
		return err
	}
	if !c.JSON {
		writeReleased(p.stdout, &done)
		return nil
	}
	for _, r := range done.Receipts {
		if err := p.line(r); err != nil {
			return err
		}
	}
	return nil
}

// writeReleased says what was let go of, and what follows.
func writeReleased(w io.Writer, done *agent.Released) {
	if len(done.Receipts) == 0 {
		fmt.Fprintln(w, "nothing stands on this host")
	}
	for i := range done.Receipts {
		r := &done.Receipts[i]
		at := slices.IndexFunc(done.Orders, func(s agent.Standing) bool { return s.Order == r.Order })
		if at < 0 {
			fmt.Fprintf(w, "order %s does not stand any more: %s\n", r.Order, r.Why)
			continue
		}
		s := &done.Orders[at]
		fmt.Fprintf(w, "%s of %s let go on %s: decision %s\n", s.Measure, assetsOf(s.Assets), r.Node, s.Decision)
		writeAfterwards(w, s.Until)
	}
}

// writeAfterwards says that control does not put a measure back by itself, and who does.
func writeAfterwards(w io.Writer, until evenkeel.Moment) {
	fmt.Fprintf(w, "  control will not order it again until %s; where control runs, evenkeel case renew CASE puts it back, and evenkeel case list names the case\n", at(until))
}

// quietly logs errors alone.
func quietly(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelError}))
}
