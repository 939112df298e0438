package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/shield/host"
)

type hostKeepLeasesCmd struct {
	hostFile
}

// Help is the long help.
func (*hostKeepLeasesCmd) Help() string {
	return `Lifts quotas and pauses of guests when they end, also while no agent runs: no kernel ends these. The agent starts it, or a
supervisor does; nobody has to. One runs for each data directory; one with other settings, or of another version, takes its place. It runs
until it is told to end, and what stands then stands.

Example:
  evenkeel host keep-leases --config /etc/evenkeel/host.yaml`
}

// Run keeps.
func (c *hostKeepLeasesCmd) Run(ctx context.Context, p *process) error {
	o, err := c.options(p)
	if err != nil {
		return err
	}
	if err := agent.ConfineKeeper(); err != nil {
		o.Log.Warn("this process has rights that it does not need", "err", err)
	}
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(p.now()) })
	if err != nil {
		return err
	}
	var virt *agent.Hypervisor
	if l := o.Settings.Libvirt; l.Socket != "" {
		virt = agent.NewHypervisor(l.Socket, l.URI, clock)
		defer virt.Close()
	}
	return agent.Keep(ctx, o, virt, clock, func(line string) {
		fmt.Fprintln(p.stdout, line)
		_ = p.stdout.Flush() // whoever started us reads it or is gone
	})
}

// keeper is the command by which the agent has its leases kept.
func (f *hostFile) keeper() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := []string{self, "host", "keep-leases"}
	name := settingsFile(f.Config, hostConfig)
	if name == "" {
		return command, nil
	}
	file, err := filepath.Abs(name) // the keeper lives on, wherever we were started
	return append(command, "--config", file), err
}
