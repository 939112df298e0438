package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/cmd/evenkeel/internal/hostcheck"
	"github.com/evenkeel/evenkeel/instrument/baseline"
)

type hostCmd struct {
	Enrol      hostEnrolCmd      `cmd:"" help:"Let this host in at control, with a token."`
	Run        hostRunCmd        `cmd:"" help:"See what passes the ports of this host's guests, and hold what is ordered there."`
	Status     hostStatusCmd     `cmd:"" help:"Say what is in force on this host and why, and what is seen."`
	Release    hostReleaseCmd    `cmd:"" help:"Let go of a measure by hand, whether control can be reached or not."`
	Packets    hostPacketsCmd    `cmd:"" help:"Print the headers of packets that a guest sent, as evidence."`
	Config     hostConfigCmd     `cmd:"" help:"Print or check the settings of evenkeel host run."`
	Check      hostCheckCmd      `cmd:"" help:"Look at what of this machine stands open, and put a firewall up."`
	Confirm    hostConfirmCmd    `cmd:"" help:"Keep the firewall that host check --apply put up."`
	Keep       hostKeepCmd       `cmd:"" hidden:"" help:"Wait, and put back what stood before; host check --apply starts it."`
	KeepLeases hostKeepLeasesCmd `cmd:"" hidden:"" help:"Lift quotas and pauses of guests when they end; the agent starts it."`
}

type hostCheckCmd struct {
	JSON      bool          `name:"json" help:"Print a JSON object for each point, for machines."`
	Apply     bool          `help:"Put a firewall up that lets pass what --allow names, ssh, and nothing else that comes in."`
	Dry       bool          `help:"With --apply: print the rules and change nothing."`
	Allow     []string      `placeholder:"tcp/443" help:"With --apply: a service that may be reached, as tcp/PORT or udp/PORT; may be repeated."`
	SSHPort   []uint16      `name:"ssh-port" placeholder:"PORT" help:"With --apply: a port of ssh besides those that are found; may be repeated."`
	UndoAfter time.Duration `placeholder:"60s" default:"60s" help:"With --apply: after how long what stood before is back, unless evenkeel host confirm was typed (default ${default})."`
	State     string        `placeholder:"DIR" default:"${host_state}" help:"Where it is noted that a firewall waits to be confirmed (default ${default})."`
}

// Help is the long help.
func (*hostCheckCmd) Help() string {
	return `Reads the firewall, the settings and keys of the ssh server, what listens, and whether upgrades are installed by themselves; says of
each what was seen, why it matters and what to do. The exit code is 1 where a point is bad; what is not known is said so.

With --apply it puts a firewall up: a table of nftables of its own, in one transaction, that drops what comes in but answers, ping, DHCP,
ssh and what --allow names. Other tables stay as they are. Before that it arms what undoes it. The ssh connection that you sit on
passes throughout. Type evenkeel host confirm in a second ssh connection to keep it; else it is gone after --undo-after.
docs/host.md has the whole of it.

Examples:
  evenkeel host check
  evenkeel host check --apply --dry --allow tcp/443
  evenkeel host check --apply --allow tcp/80 --allow tcp/443`
}

// Run looks, or puts the firewall up.
func (c *hostCheckCmd) Run(ctx context.Context, p *process) error {
	if !c.Apply && (c.Dry || len(c.Allow) > 0 || len(c.SSHPort) > 0) {
		return evenkeel.Invalid("--dry, --allow and --ssh-port go with --apply")
	}
	if c.UndoAfter < time.Second || c.UndoAfter > time.Hour {
		return evenkeel.Invalid("--undo-after is %s; expected 1s to 1h", c.UndoAfter)
	}
	if c.Apply {
		return c.raise(ctx, p)
	}
	bad := false
	for _, point := range baseline.Look(hostcheck.Gather(ctx)) {
		bad = bad || point.State == baseline.Bad
		if c.JSON {
			if err := p.line(point); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.stdout, "%-8s %s\n         %s\n", point.State, point.Seen, point.Why)
		if point.Do != "" {
			fmt.Fprintf(p.stdout, "         do: %s\n", point.Do)
		}
	}
	if bad {
		return errFailed
	}
	return nil
}

func (c *hostCheckCmd) raise(ctx context.Context, p *process) error {
	var w baseline.Wall
	for _, s := range c.Allow {
		service, err := baseline.ParseService(s)
		if err != nil {
			return evenkeel.Invalid("--allow: %s", err)
		}
		w.Allow = append(w.Allow, service)
	}
	w.SSH, w.Standing = hostcheck.SSH(ctx, os.Getenv("SSH_CONNECTION"), c.SSHPort)
	w.Lease = c.UndoAfter
	text, err := w.Text()
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "host check --apply: " + err.Error(), Hint: "name it with --ssh-port, such as --ssh-port 22"}
	}
	if c.Dry {
		fmt.Fprint(p.stdout, text)
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	who, err := hostcheck.Raise(ctx, c.State, w, c.UndoAfter, p.now(), []string{self, "host", "keep", "--state", c.State, "--lease"})
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "host check --apply", Hint: "it needs root and nft (Debian: apt install nftables)", Err: err}
	}
	fmt.Fprintf(p.stdout, "The firewall is up. ssh passes at port %s; %d connections of ssh that stand are named.\n", strings.Trim(fmt.Sprint(w.SSH), "[]"), len(w.Standing))
	fmt.Fprintf(p.stdout, "In %s what stood before is back (%s, and the kernel by itself).\nOpen a second ssh connection; if that works, type there: evenkeel host confirm\n", c.UndoAfter, who)
	return nil
}

type hostConfirmCmd struct {
	State string `placeholder:"DIR" default:"${host_state}" help:"Where it is noted that a firewall waits (default ${default})."`
}

// Help is the long help.
func (*hostConfirmCmd) Help() string {
	return `Type it in a new ssh connection, which shows that the firewall lets you in. The rules then stay until the machine restarts; the last line
that it prints says how they come back after that.

Example:
  evenkeel host confirm`
}

// Run confirms.
func (c *hostConfirmCmd) Run(ctx context.Context, p *process) error {
	err := hostcheck.Confirm(ctx, c.State, p.now())
	if errors.Is(err, hostcheck.ErrNoLease) {
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "host confirm: " + err.Error(), Hint: "evenkeel host check --apply puts one up"}
	}
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "host confirm", Err: err}
	}
	fmt.Fprintf(p.stdout, "The firewall stays until the machine restarts.\nTo have it after that too: nft list table inet %s >> /etc/nftables.conf\n", baseline.Table)
	return nil
}

type hostKeepCmd struct {
	State string `required:"" help:"Where the lease is noted."`
	Lease string `required:"" help:"Its id."`
	Now   bool   `help:"It has ended."`
}

// Help is the long help.
func (*hostKeepCmd) Help() string {
	return `evenkeel host check --apply and systemd start it; nobody has to.

Example:
  evenkeel host keep --state /run/evenkeel --lease 0123456789abcdef`
}

// Run keeps.
func (c *hostKeepCmd) Run(ctx context.Context, p *process) error {
	return hostcheck.Keep(ctx, c.State, c.Lease, c.Now, func() {
		fmt.Fprintln(p.stdout, hostcheck.Armed)
		_ = p.stdout.Flush() // whoever started us reads it or is gone
	})
}
