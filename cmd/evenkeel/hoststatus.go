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
	"github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/shield/plan"
)

type hostStatusCmd struct {
	hostFile
	JSON bool `name:"json" help:"Print one JSON object, for machines."`
}

// Help is the long help.
func (*hostStatusCmd) Help() string {
	return `Prints what is in force on this host and why: each order with its decision, measure, guests, how long it still stands, and the
effect as it is read back now; the guests and the ports at which they hang; interfaces that are nobody's, ports that are not
seen, and why; what the canary showed last; how the link to control is and what the buffer holds. Where no agent runs it reads the book: what
stands then ends by itself at its time. The exit code is 1 where no agent runs, a port of a guest is not seen, an order is
refused or could not be put in force at any guest, or data is not reached while a measure stands.

Examples:
  evenkeel host status
  evenkeel host status --json --config /etc/evenkeel/host.yaml`
}

// Run asks.
func (c *hostStatusCmd) Run(ctx context.Context, p *process) error {
	o, err := c.options(p)
	if err != nil {
		return err
	}
	s, err := agent.Ask(ctx, o)
	if err != nil {
		return refused(o.Settings.Data, err)
	}
	if c.JSON {
		err = p.line(s)
	} else {
		writeHostStatus(p.stdout, &s, evenkeel.MomentOf(p.now()))
	}
	if err == nil && amiss(&s) {
		return errFailed
	}
	return err
}

// amiss says whether somebody should look at a host.
func amiss(s *agent.Status) bool {
	bad := !s.Running || len(s.Blind) > 0
	for i := range s.Shown {
		bad = bad || s.Shown[i].Amiss != ""
	}
	for i := range s.Orders {
		bad = bad || slices.Contains([]string{"unknown", plan.Refused.String(), agent.NotInForce}, s.Orders[i].State)
	}
	return bad
}

func writeHostStatus(w io.Writer, s *agent.Status, now evenkeel.Moment) {
	if s.Running {
		fmt.Fprintf(w, "host %s: process %d runs since %s; packets are held back by %s\n", s.Host, s.Process, at(s.Began), s.Traffic)
		if s.Unseen != "" {
			fmt.Fprintf(w, "nothing that passes ports is seen: %s\n", s.Unseen)
		}
		if s.Stratum != "" {
			fmt.Fprintf(w, "the first payload of all guests' conversations is looked at, for Stratum: %s\n", s.Stratum)
		}
		if s.Link.Up {
			fmt.Fprintf(w, "control at %s: up for %s", s.Link.Address, lasting(now.Sub(s.Link.Since)))
		} else {
			fmt.Fprintf(w, "control: down for %s", lasting(now.Sub(s.Link.Since)))
		}
		b := s.Buffer
		fmt.Fprintf(w, "; buffer: %s, %d of %d bytes; merged %d, lost %d with %d records, damaged %d, refused %d\n",
			severally(b.Batches, "batch", "batches"), b.Bytes, b.MaxBytes, b.Merged, b.Dropped, b.DroppedRecords, b.Damaged, b.Refused)
	} else {
		fmt.Fprintf(w, "no agent runs on this host: nothing is seen, no order is taken, and what stands ends by itself at its time\n")
	}
	fmt.Fprintf(w, "book: %s, %s\n", s.Book, several(len(s.Orders), "order"))
	for i := range s.Orders {
		writeStanding(w, &s.Orders[i])
	}
	for i := range s.Guests {
		writeHolding(w, &s.Guests[i])
	}
	for i := range s.Shown {
		writeShown(w, s.Canary, &s.Shown[i])
	}
	if s.Canary != "" && len(s.Shown) == 0 {
		fmt.Fprintf(w, "canary %s: nobody has asked yet whether data is reached\n", s.Canary)
	}
	for _, x := range s.Nobodys {
		fmt.Fprintf(w, "interface %s is nobody's: %s\n", x.Port, x.Why)
	}
	for _, x := range s.Blind {
		fmt.Fprintf(w, "port %s is not seen: %s\n", x.Port, x.Why)
	}
}

func writeStanding(w io.Writer, s *agent.Standing) {
	fmt.Fprintf(w, "  %s  %s", s.Decision, s.Measure)
	if len(s.Params) > 0 {
		fmt.Fprintf(w, " (%s)", paramsOf(s.Params))
	}
	fmt.Fprintf(w, " of %s, tenant %s, order %s\n", assetsOf(s.Assets), cmp.Or(string(s.Tenant), "unknown"), s.Order)
	left := time.Duration(s.Left * float64(time.Second))
	fmt.Fprintf(w, "    %s; ends in %s, at %s\n", s.State, lasting(left), at(s.Until))
	if s.Effect != "" {
		fmt.Fprintf(w, "    %s\n", s.Effect)
	}
	if s.Why != "" {
		fmt.Fprintf(w, "    %s\n", s.Why)
	}
}

// writeShown says what was shown last of one measure.
func writeShown(w io.Writer, canary evenkeel.AssetID, x *agent.Showed) {
	of := "canary " + string(canary)
	if x.Order != "" {
		of = "order " + string(x.Order)
	}
	fmt.Fprintf(w, "%s, under %s at %s: ", of, x.Measure, at(x.At))
	switch {
	case x.Silent != "":
		fmt.Fprintf(w, "nobody knows whether data is reached: %s\n", x.Silent)
	case x.Amiss != "":
		fmt.Fprintf(w, "data is not reached on each way: %s\n", x.Amiss)
	default:
		fmt.Fprintf(w, "data was reached by %s\n", strings.Join(x.Open, ", "))
	}
}

func writeHolding(w io.Writer, g *agent.Holding) {
	fmt.Fprintf(w, "guest %s", g.Asset)
	if g.Off {
		fmt.Fprint(w, ", off")
	}
	if len(g.Ports) == 0 {
		fmt.Fprintln(w, ": no port is known to be its")
		return
	}
	for i, x := range g.Ports {
		sep := ","
		if i == 0 {
			sep = ":"
		}
		fmt.Fprintf(w, "%s %s", sep, x.Name)
		if x.Out != "" {
			fmt.Fprintf(w, " (out by %s, in by %s)", x.Out, cmp.Or(x.In, "nothing"))
		}
	}
	fmt.Fprintln(w)
	for _, x := range g.Ports {
		for _, n := range x.Notes {
			fmt.Fprintf(w, "    %s: %s\n", x.Name, n)
		}
	}
}

// mostNamed is how many guests of an order are named.
const mostNamed = 4

func assetsOf(all []evenkeel.AssetID) string {
	text := ""
	for i, a := range all[:min(len(all), mostNamed)] {
		if i > 0 {
			text += ", "
		}
		text += string(a)
	}
	if n := len(all) - mostNamed; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

func severally(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return amount(n) + " " + many
}

// lasting is a time in whole seconds.
func lasting(d time.Duration) time.Duration { return d.Round(time.Second) }
