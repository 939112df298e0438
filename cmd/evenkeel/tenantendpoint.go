package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/app/config"
)

type tenantEndpointCmd struct {
	Config string `placeholder:"FILE" help:"The settings of evenkeel serve, where there are some."`
	Data   string `placeholder:"DIR" help:"The data directory of evenkeel serve, which may run meanwhile (default ${data_dir})."`
	Ping   bool   `help:"Post a message that says nothing to it, and print what it answers."`
	Tenant string `arg:"" help:"The tenant's id."`
	URL    string `arg:"" help:"The endpoint, as the inventory has it."`
}

// Help is the long help.
func (*tenantEndpointCmd) Help() string {
	return `Prints the secret with which a tenant verifies what its endpoint is posted, as docs/notices.md says: whsec_ and base64, one a line,
the newest first. Tell it to the tenant by a way that you trust. It is made from the tenant's id, the address and the first line
of endpoints.key in the data directory, and is nobody else's. While that file has two lines both secrets sign: put a
new line first, tell tenants the new secrets, and take the old line out.

With --ping a message of the type evenkeel.ping.v1 is posted instead, signed and guarded like a notice, and the answer printed. Whether
the inventory has the endpoint is not looked at.

Examples:
  evenkeel tenant endpoint --data /var/lib/evenkeel raisup https://hooks.raisup.example/evenkeel
  evenkeel tenant endpoint --config evenkeel.yaml raisup https://hooks.raisup.example/evenkeel --ping`
}

// Run prints, or posts.
func (c *tenantEndpointCmd) Run(ctx context.Context, p *process) error {
	if err := evenkeel.CheckID("tenant", c.Tenant); err != nil {
		return err
	}
	if err := app.CheckEndpoint(c.URL); err != nil { // before what its secret is made from: who mistypes it may have no such file
		return fmt.Errorf("endpoint of tenant %s: %w", shown(c.Tenant), err)
	}
	d := config.Default()
	if c.Config != "" {
		var err error
		if d, err = readConfig(c.Config); err != nil {
			return err
		}
	}
	to, err := app.ReadEndpoints(cmp.Or(c.Data, d.Data), &d.Courier.Endpoints, func() evenkeel.Moment { return evenkeel.MomentOf(p.now()) })
	if err != nil {
		return fmt.Errorf("endpoint of tenant %s: %w", shown(c.Tenant), err)
	}
	if c.Ping {
		says, err := to.Ping(ctx, evenkeel.TenantID(c.Tenant), c.URL)
		if err != nil {
			return fmt.Errorf("endpoint of tenant %s: %w", shown(c.Tenant), err)
		}
		fmt.Fprintf(p.stdout, "it answered %s\n", says)
		return nil
	}
	secrets, err := to.Secrets(evenkeel.TenantID(c.Tenant), c.URL)
	if err != nil {
		return fmt.Errorf("endpoint of tenant %s: %w", shown(c.Tenant), err)
	}
	for _, s := range secrets {
		fmt.Fprintln(p.stdout, s)
	}
	return nil
}
