package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/shield/host"
)

type hostKeepLeasesCmd struct {
	Config string `placeholder:"FILE" help:"What the agent goes by; none is needed."`
}

// Help is the long help.
func (*hostKeepLeasesCmd) Help() string {
	return `Lifts quotas and pauses of guests when they end, also while no agent runs: no kernel ends these. The agent starts it, or a
supervisor does; nobody has to. One runs for each data directory. It runs until it is told to end, and what stands then stands.

Example:
  evenkeel host keep-leases --config /etc/evenkeel/host.yaml`
}

// Run keeps.
func (c *hostKeepLeasesCmd) Run(ctx context.Context, p *process) error {
	var text []byte
	if c.Config != "" {
		var err error
		if text, err = os.ReadFile(c.Config); err != nil {
			return openError("read", c.Config, err)
		}
	}
	s, err := agent.Parse(c.Config, text)
	if err != nil {
		return err
	}
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(p.now()) })
	if err != nil {
		return err
	}
	virt := agent.NewHypervisor(hypervisor.Socket, hypervisor.System, clock)
	defer virt.Close()
	return agent.Keep(ctx, s, virt, clock, slog.New(slog.NewTextHandler(p.stderr, nil)), func(line string) {
		fmt.Fprintln(p.stdout, line)
		_ = p.stdout.Flush() // whoever started us reads it or is gone
	})
}
