package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
)

type fleetCmd struct {
	Invite fleetInviteCmd `cmd:"" help:"Make the token with which one host enrols, once."`
	List   fleetListCmd   `cmd:"" help:"List the hosts, whether each is here, and what it can see and do."`
	Revoke fleetRevokeCmd `cmd:"" help:"Shut a host out, at once."`
}

type fleetInviteCmd struct {
	Host   string        `arg:"" help:"The name of the host: 1 to 64 letters, digits, - and _."`
	Data   string        `placeholder:"DIR" default:"${data_dir}" help:"The data directory that evenkeel serve runs on (default ${default})."`
	Within time.Duration `placeholder:"1h" default:"1h" help:"For how long the token counts, 1m to 168h (default ${default})."`
}

// Help is the long help.
func (*fleetInviteCmd) Help() string {
	return `Asks the running evenkeel serve, whose settings name hosts.listen, for a token with which one host enrols, once. The token is a
secret until it was used: hand it over as one. On the host it is read by evenkeel host enrol from its standard input. A second
token for a host makes the first one worthless; a host that has enrolled keeps its key until the new token is used.
docs/host.md has the whole of it.

Examples:
  evenkeel fleet invite host-1 --data /var/lib/evenkeel
  evenkeel fleet invite host-1 | ssh root@host-1 evenkeel host enrol`
}

// Run invites.
func (c *fleetInviteCmd) Run(ctx context.Context, p *process) error {
	token, err := app.InviteHost(ctx, c.Data, c.Host, c.Within)
	if err != nil {
		return fmt.Errorf("invite %s: %w", c.Host, err)
	}
	fmt.Fprintln(p.stdout, token)
	return nil
}

type fleetRevokeCmd struct {
	Host string `arg:"" help:"The name of the host."`
	Data string `placeholder:"DIR" default:"${data_dir}" help:"The data directory that evenkeel serve runs on (default ${default})."`
}

// Help is the long help.
func (*fleetRevokeCmd) Help() string {
	return `Ends the connection of a host and takes its key away. What is in force there ends by itself when its time is over, and sooner
by evenkeel host release on the host. Orders about guests that only this host said to hold are refused from then on.
Only a new token lets the host in again.

Example:
  evenkeel fleet revoke host-1 --data /var/lib/evenkeel`
}

// Run shuts out.
func (c *fleetRevokeCmd) Run(ctx context.Context, p *process) error {
	if err := app.RevokeHost(ctx, c.Data, c.Host); err != nil {
		return fmt.Errorf("revoke %s: %w", c.Host, err)
	}
	fmt.Fprintf(p.stdout, "%s is shut out\n", c.Host)
	return nil
}

type fleetListCmd struct {
	Data string `placeholder:"DIR" default:"${data_dir}" help:"The data directory that evenkeel serve runs on (default ${default})."`
	JSON bool   `name:"json" help:"Print a JSON object for each, for machines."`
}

// Help is the long help.
func (*fleetListCmd) Help() string {
	return `Prints each host that has enrolled: whether it is here, when it spoke last, how many guests it holds, what it can be asked
for, what waits for it, what its buffer lost, which of its records were refused and why, whether and why it looks at payload, which
guests' ports it cannot see and why, and which interfaces are nobody's.
The exit code is 1 where a host is silent, blind at a guest's port, or has lost something, or records of it were refused in the last hour.

Examples:
  evenkeel fleet list --data /var/lib/evenkeel
  evenkeel fleet list --json`
}

// Run lists.
func (c *fleetListCmd) Run(ctx context.Context, p *process) error {
	hosts, err := app.ListHosts(ctx, c.Data)
	if err != nil {
		return fmt.Errorf("list hosts: %w", err)
	}
	amiss := false
	for i := range hosts {
		h := &hosts[i]
		amiss = amiss || h.Revoked == 0 && (!h.Here || len(h.Blind) > 0 || h.Buffer.Dropped+h.Buffer.Damaged > 0 || doubtful(h, p.now()))
		if c.JSON {
			if err := p.line(h); err != nil {
				return err
			}
			continue
		}
		writeHost(p.stdout, h, p.now())
	}
	if len(hosts) == 0 && !c.JSON {
		fmt.Fprintln(p.stdout, "none yet: evenkeel fleet invite makes the token with which one enrols")
	}
	if amiss {
		return errFailed
	}
	return nil
}

// heldBy is the word for what a host holds.
func heldBy(h *app.Hosting) string {
	if h.Edge {
		return "site"
	}
	return "guest"
}

func writeHost(w io.Writer, h *app.Hosting, now time.Time) {
	switch {
	case h.Revoked != 0:
		fmt.Fprintf(w, "%s: shut out at %s\n", h.Host, at(h.Revoked))
		return
	case h.Here:
		fmt.Fprintf(w, "%s: here, %s; holds %s, can %s\n", h.Host, h.Version, several(h.Holds, heldBy(h)), measuresOf(h.Can))
	case h.Last != 0:
		fmt.Fprintf(w, "%s: silent for %s; held %s\n", h.Host, evenkeel.MomentOf(now).Sub(h.Last).Round(time.Second), several(h.Holds, heldBy(h)))
	default:
		fmt.Fprintf(w, "%s: not heard since evenkeel serve was started\n", h.Host)
	}
	if h.Pending > 0 {
		fmt.Fprintf(w, "  %s not answered yet\n", several(h.Pending, "order"))
	}
	if b := &h.Buffer; b.Batches > 1 || b.Merged+b.Dropped+b.Damaged+b.Refused > 0 {
		fmt.Fprintf(w, "  its buffer has %d batches, %d of %d bytes; merged %d, lost %d with %d records, damaged %d, refused %d\n",
			b.Batches, b.Bytes, b.MaxBytes, b.Merged, b.Dropped, b.DroppedRecords, b.Damaged, b.Refused)
	}
	if h.Stratum != "" {
		fmt.Fprintf(w, "  looks at the first payload of conversations, for Stratum: %s\n", h.Stratum)
	}
	for _, x := range h.Doubted {
		fmt.Fprintf(w, "  %s refused, last at %s of %s: %s\n", several(int(x.Records), "record"), at(x.Last), cmp.Or(string(x.Asset), "nobody"), cmp.Or(claimedBy(x.By), x.Why))
	}
	for _, x := range h.Blind {
		fmt.Fprintf(w, "  cannot see %s: %s\n", x.Port, x.Why)
	}
	for _, x := range h.Nobodys {
		fmt.Fprintf(w, "  interface %s is nobody's: %s\n", x.Port, x.Why)
	}
}

func claimedBy(host string) string {
	if host == "" {
		return ""
	}
	return host + " says that it holds it"
}

// doubtful says whether records of a host were refused in the last hour: a guest that moved does not show for ever.
func doubtful(h *app.Hosting, now time.Time) bool {
	return slices.ContainsFunc(h.Doubted, func(x app.Doubted) bool { return evenkeel.MomentOf(now).Sub(x.Last) < time.Hour })
}

func measuresOf(words []string) string {
	if len(words) == 0 {
		return "do nothing"
	}
	return strings.Join(words, ", ")
}
