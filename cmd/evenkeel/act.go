package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// toServe is a command's way to the evenkeel serve that does what a person asks for.
type toServe struct {
	Data string `required:"" placeholder:"DIR" help:"The data directory on which evenkeel serve runs."`
	By   string `required:"" env:"EVENKEEL_PERSON" placeholder:"PERSON" help:"Who does it: a person, not an account."`
	ID   string `name:"id" placeholder:"ID" help:"A name for what is done, so that handing it in again counts once; without it a new one."`
	JSON bool   `name:"json" help:"Print one JSON object with all that changed, for machines."`
}

// send hands an act in and prints what followed. The act has all but its identity and time;
// where the tenant speaks By is who passes it on.
func (c *toServe) send(ctx context.Context, p *process, a docket.Act) error {
	if err := evenkeel.CheckID("--by", c.By); err != nil {
		return err
	}
	id := c.ID
	if id == "" {
		id = rand.Text()
	}
	a.ID, a.At = app.ActID(evenkeel.PersonID(c.By), id), evenkeel.MomentOf(p.now())
	if !a.Kind.OfTenant() {
		a.By = evenkeel.PersonID(c.By)
	}
	done, err := app.Send(ctx, c.Data, a)
	if err != nil {
		return err
	}
	if c.JSON {
		return p.line(done)
	}
	printDone(p.stdout, &done)
	return nil
}

// printDone writes for a person what followed from an act.
func printDone(w io.Writer, d *app.Done) {
	if d.Repeated {
		fmt.Fprintf(w, "%s was done before; nothing changed\n", shown(d.Act))
		return
	}
	by := "by"
	if d.Kind.OfTenant() {
		by = "passed on by"
	}
	fmt.Fprintf(w, "%s %s %s, %s\n", d.Kind, by, shown(d.Person), d.At)
	for i := range d.Entries {
		printEntry(w, &d.Entries[i])
	}
	for i := range d.Cases {
		c := &d.Cases[i]
		fmt.Fprintf(w, "case      %s of %s, %s: %s\n", c.ID, shown(c.Tenant), c.Family, state(c))
	}
	for i := range d.Decisions {
		x := &d.Decisions[i]
		fmt.Fprintf(w, "decision  %s: %s %s, until %s\n", x.ID, x.Measure, x.State, x.Until)
	}
	for i := range d.Flags {
		fmt.Fprintf(w, "flag      %s\n", flagText(&d.Flags[i]))
	}
	for i := range d.Notices {
		n := &d.Notices[i]
		fmt.Fprintf(w, "notice    to %s: %s %s\n", shown(n.Tenant), n.Measure, n.State)
	}
	for i := range d.Orders {
		o := &d.Orders[i]
		what := "enforce"
		if o.Lift {
			what = "lift"
		}
		fmt.Fprintf(w, "order     %s %s on %s\n", what, o.Measure, assetList(o.Assets))
	}
}

// grantFlags say what a flag covers, and for how long.
type grantFlags struct {
	Assets      []string `placeholder:"ID" help:"These assets, …"`
	Principal   string   `placeholder:"ID" help:"… or those made by this principal, …"`
	Image       string   `placeholder:"NAME" help:"… from this image, …"`
	StartScript string   `name:"start-script-sha256" placeholder:"SUM" help:"… with this start script (what is left out of these three is not asked), …"`
	TenantWide  bool     `help:"… or all of the tenant's."`
	Count       int64    `placeholder:"N" help:"At most so many machines that run at the same time."`
	VCPUs       int64    `name:"vcpus" placeholder:"N" help:"At most so many vCPUs of these together."`
	Rate        float64  `placeholder:"N" help:"At most so many packets a second."`
	From        moment   `placeholder:"TIME" help:"When it begins: RFC 3339, or a date; without it now."`
	Until       moment   `placeholder:"TIME" help:"When it ends: RFC 3339, or a date; at most ${flag_days} days later."`
}

// any says whether one of them is given.
func (g *grantFlags) any() bool {
	return g.selects() || g.Count != 0 || g.VCPUs != 0 || g.Rate != 0 || g.From.Moment != 0 || g.Until.Moment != 0
}

func (g *grantFlags) selects() bool {
	return len(g.Assets) > 0 || g.Principal+g.Image+g.StartScript != "" || g.TenantWide
}

// grant makes what an act asks for, or says which flag of the command line is missing. prefix
// stands before their names. What else a flag must be is said by whoever reads the act.
func (g *grantFlags) grant(prefix string, now evenkeel.Moment) (*docket.Grant, error) {
	switch from := max(g.From.Moment, now); {
	case !g.selects():
		return nil, evenkeel.Invalid("what the flag covers is missing; expected --%sassets, or some of --%[1]sprincipal, --%[1]simage and --%[1]sstart-script-sha256, or --%[1]stenant-wide", prefix)
	case g.Until.Moment == 0:
		return nil, evenkeel.Invalid("--%suntil is missing; expected when the flag ends, at most %d days from its beginning", prefix, evenkeel.MaxFlag)
	case g.Until.Moment <= from:
		return nil, evenkeel.Invalid("--%suntil is %v; expected a time after the flag begins, which is %v", prefix, g.Until, from)
	}
	out := docket.Grant{
		Selector: evenkeel.Selector{Principal: g.Principal, Image: g.Image, StartScript: strings.ToLower(g.StartScript), TenantWide: g.TenantWide},
		Envelope: evenkeel.Envelope{Count: g.Count, VCPUs: g.VCPUs, Rate: g.Rate},
		From:     g.From.Moment, Until: g.Until.Moment,
	}
	for _, a := range g.Assets {
		out.Selector.Assets = append(out.Selector.Assets, evenkeel.AssetID(a))
	}
	return &out, nil
}
