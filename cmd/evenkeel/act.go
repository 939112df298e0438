package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/lab/convert"
)

// toServe is a command's way to the evenkeel serve that does what a person asks for.
type toServe struct {
	Data string `placeholder:"DIR" default:"${data_dir}" help:"The data directory on which evenkeel serve runs (default ${default})."`
	By   string `required:"" env:"EVENKEEL_PERSON" placeholder:"PERSON" help:"Who does it: the id of a person, as the console shows it, or the name of an account of theirs."`
	ID   string `name:"id" placeholder:"ID" help:"A name for what is done, so that handing it in again counts once; without it a new one."`
	JSON bool   `name:"json" help:"Print one JSON object with all that changed, for machines."`
}

// send hands an act in and prints what followed. The act has all but its identity and time;
// where the tenant speaks By is who passes it on. What it is about may be named by the
// beginnings of ids.
func (c *toServe) send(ctx context.Context, p *process, a docket.Act) error {
	if err := evenkeel.CheckID("--by", c.By); err != nil {
		return err
	}
	people, err := c.find(ctx, &a)
	if err != nil {
		return fmt.Errorf("%s: %w", a.Kind, err)
	}
	by, id := people.Who(c.By), c.ID
	if id == "" {
		id = rand.Text()
	}
	a.ID, a.At = app.ActID(by, id), evenkeel.MomentOf(p.now())
	if !a.Kind.OfTenant() {
		a.By = by
	}
	done, err := app.Send(ctx, c.Data, a)
	if err != nil {
		return inSeconds(inArguments(&a, c.ended(ctx, &a, err)))
	}
	warned(p, &done)
	if c.JSON {
		return p.line(done)
	}
	v := view{w: p.stdout, now: a.At, people: people}
	v.done(&done)
	return nil
}

// find looks up which case, decision or flag an act is about, and who works there. Where there
// are no books nobody serves either, which sending says.
func (c *toServe) find(ctx context.Context, a *docket.Act) (people app.People, err error) {
	books, err := app.Open(c.Data)
	if evenkeel.KindOf(err) == evenkeel.KindNotFound && a.Kind != docket.ActRevoke {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer books.Close()
	flags := "--data " + c.Data
	if a.Case != "" {
		if a.Case, err = wholeCase(ctx, books, a.Case, caseHint(flags)); err != nil {
			return nil, err
		}
		if a.Decision, err = wholeDecision(ctx, books, a.Case, a.Decision, fmt.Sprintf("evenkeel case show %s %s prints them", flags, a.Case)); err != nil {
			return nil, err
		}
	}
	if a.Kind == docket.ActRevoke {
		f, err := flagMeant(ctx, books, string(a.Flag), "evenkeel flag list "+flags+" prints all")
		if err != nil {
			return nil, err
		}
		a.Flag, a.Tenant, a.Family = f.ID, f.Tenant, f.Family
	}
	return books.People(ctx)
}

// warned writes what was done all the same, and may be a slip.
func warned(p *process, d *app.Done) {
	for _, w := range d.Warnings {
		fmt.Fprintln(p.stderr, "warning: "+shown(w))
	}
}

// done writes what followed from an act.
func (v *view) done(d *app.Done) {
	if d.Repeated {
		fmt.Fprintf(v.w, "%s was done before; nothing changed\n", shown(d.Act))
		return
	}
	by := "by"
	if d.Kind.OfTenant() {
		by = "passed on by"
	}
	fmt.Fprintf(v.w, "%s %s %s, %s\n", strings.ReplaceAll(d.Kind.String(), "_", " "), by, v.name(d.Person), at(d.At))
	for i := range d.Entries {
		if i > 0 && d.Entries[i].Says == d.Entries[i-1].Says && d.Entries[i].Words == "" {
			continue // of what goes, and of what comes in its place
		}
		v.entry(&d.Entries[i])
	}
	for i := range d.Cases {
		c := &d.Cases[i]
		fmt.Fprintf(v.w, "case      %s of %s, %s: %s\n", c.ID, shown(c.Tenant), c.Family, state(c))
	}
	for i := range d.Decisions {
		x := &d.Decisions[i]
		fmt.Fprintf(v.w, "decision  %s: %s %s%s\n", x.ID, x.Measure, x.State, v.ends(x))
	}
	for i := range d.Flags {
		fmt.Fprintf(v.w, "flag      %s\n", v.flag(&d.Flags[i], "  "))
	}
	for i := range d.Notices {
		n := &d.Notices[i]
		is := n.State.String()
		switch {
		case n.Heard:
			is = "receipt " + shown(n.Receipt) + " of an answer"
		case n.Receipt != "":
			is = "receipt " + shown(n.Receipt) + " of an appeal"
		}
		fmt.Fprintf(v.w, "notice    to %s: %s %s\n", shown(n.Tenant), n.Measure, is)
	}
	for i := range d.Orders {
		o := &d.Orders[i]
		what := "enforce"
		if o.Lift {
			what = "lift"
		}
		fmt.Fprintf(v.w, "order     %s %s on %s\n", what, o.Measure, assetList(o.Assets))
	}
}

// ends is until when a decision stands; what is over does not.
func (v *view) ends(x *evenkeel.Decision) string {
	if x.State.Over() {
		return ""
	}
	return ", until " + near(x.Until, v.now)
}

// grantFlags say what a flag covers, and for how long.
type grantFlags struct {
	Assets      []string `placeholder:"ID" help:"These assets, …"`
	Principal   string   `placeholder:"ID" help:"… or those made by this principal, …"`
	Image       string   `placeholder:"NAME" help:"… from this image, …"`
	StartScript string   `name:"start-script-sha256" placeholder:"SUM" help:"… with this start script (what is left out of these three is not asked), …"`
	TenantWide  bool     `help:"… or all of the tenant's."`
	Count       bound    `placeholder:"N" help:"At most so many machines that run at the same time."`
	VCPUs       bound    `name:"vcpus" placeholder:"N" help:"At most so many vCPUs of these together."`
	Rate        pace     `placeholder:"N" help:"At most so many packets a second. What is left out of these three is not bounded."`
	From        moment   `placeholder:"TIME" help:"When it begins: RFC 3339, or a date; without it now."`
	Until       ending   `placeholder:"TIME" help:"When it ends: RFC 3339, a date, or how long after it begins, such as 30d; at most ${flag_days} days later."`
}

// bound is how many there may be at most. 0 stands for no bound, so nobody can write it: who does
// means that nothing is covered, and would get a flag that covers everything.
type bound int64

// UnmarshalText reads such as 12.
func (b *bound) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n < 1 {
		return evenkeel.Invalid("%.60q; expected a whole number from 1, or leave it out", text)
	}
	*b = bound(n)
	return nil
}

// pace is a bound of a rate; 0 stands for none, as of a bound.
type pace float64

// UnmarshalText reads such as 1500.5.
func (p *pace) UnmarshalText(text []byte) error {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !(n > 0) || math.IsInf(n, 0) {
		return evenkeel.Invalid("%.60q; expected a number above 0, or leave it out", text)
	}
	*p = pace(n)
	return nil
}

// ending is a time, or how long after the beginning.
type ending struct{ convert.When }

// UnmarshalText reads such as 2026-12-31, 2026-12-31T12:00:00Z or 30d.
func (e *ending) UnmarshalText(text []byte) (err error) {
	if e.When, err = convert.ParseWhen(string(text)); err != nil || e.At == 0 && e.Before <= 0 {
		return evenkeel.Invalid("%.60q; expected such as 2026-12-31, 2026-12-31T12:00:00Z or 30d", text)
	}
	return nil
}

// after is when it ends, where it begins at from; 0 where that was not said.
func (e *ending) after(from evenkeel.Moment) evenkeel.Moment {
	if e.At == 0 && e.Before > 0 {
		return from.Add(e.Before)
	}
	return e.At
}

// any says whether one of them is given.
func (g *grantFlags) any() bool {
	return g.selects() || g.Count != 0 || g.VCPUs != 0 || g.Rate != 0 || g.From.Moment != 0 || g.Until != ending{}
}

func (g *grantFlags) selects() bool {
	return len(g.Assets) > 0 || g.Principal+g.Image+g.StartScript != "" || g.TenantWide
}

// grant makes what an act asks for, or says which flag of the command line is missing. prefix
// stands before their names. What else a flag must be is said by whoever reads the act.
func (g *grantFlags) grant(prefix string, now evenkeel.Moment) (*docket.Grant, error) {
	from := max(g.From.Moment, now)
	until := g.Until.after(from)
	switch {
	case !g.selects():
		return nil, evenkeel.Invalid("what the flag covers is missing; expected --%sassets, or some of --%[1]sprincipal, --%[1]simage and --%[1]sstart-script-sha256, or --%[1]stenant-wide", prefix)
	case until == 0:
		return nil, evenkeel.Invalid("--%suntil is missing; expected when the flag ends, at most %d days from its beginning", prefix, evenkeel.MaxFlag)
	case until <= from:
		return nil, evenkeel.Invalid("--%suntil is %v; expected a time after the flag begins, which is %v", prefix, until, from)
	}
	out := docket.Grant{
		Selector: evenkeel.Selector{Principal: g.Principal, Image: g.Image, StartScript: strings.ToLower(g.StartScript), TenantWide: g.TenantWide},
		Envelope: evenkeel.Envelope{Count: int64(g.Count), VCPUs: int64(g.VCPUs), Rate: float64(g.Rate)},
		From:     g.From.Moment, Until: until,
	}
	for _, a := range g.Assets {
		out.Selector.Assets = append(out.Selector.Assets, evenkeel.AssetID(a))
	}
	return &out, nil
}
