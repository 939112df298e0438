package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/edge"
)

type gatewayEnrolCmd struct {
	gatewayFile
	TokenFile string `placeholder:"FILE" default:"-" help:"Where the token is read from; - is standard input (default ${default})."`
}

// Help is the long help.
func (*gatewayEnrolCmd) Help() string {
	return `Joins this edge to control (evenkeel serve), once: makes its key, brings the public half there with the token that evenkeel fleet invite
printed, and keeps who control is. The token is never an argument: whoever lists processes would read it. When the gateway is
started again it goes by control's word: how far its sites may go by themselves, and orders about one of them. Until control has
said something sites go up to control.unasked, whatever their documents allow. docs/gateway.md has the whole of it.

Examples:
  evenkeel gateway enrol
  evenkeel fleet invite edge-1 | ssh root@edge-1 evenkeel gateway enrol`
}

// Run enrols.
func (c *gatewayEnrolCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	text, err := tokenText(p, c.TokenFile, "gateway enrol")
	if err != nil {
		return err
	}
	e, err := edge.Enrol(ctx, s, text, p.now)
	if err != nil {
		return refused(s.Data, err)
	}
	config := ""
	if c.Config != "" {
		config = " --config " + c.Config
	}
	fmt.Fprintf(p.stdout, "this edge is %s to control at %s\nnext: evenkeel gateway run%s; one that runs already is to be started again\n", e.Host, strings.Join(e.Addresses, ", "), config)
	return nil
}

type gatewayReleaseCmd struct {
	gatewayFile
	Decision string `arg:"" help:"The decision whose measure is to end; evenkeel gateway status prints it."`
	Why      string `required:"" placeholder:"TEXT" help:"Why, for the record: control keeps it with the receipt. 1 to 200 bytes on one line."`
}

// Help is the long help.
func (*gatewayReleaseCmd) Help() string {
	return `The hand-brake: what a decision of control ordered about a site ends now at this edge, and the same order is not carried out here again.
It works whether control can be reached or not; control learns of it as soon as there is a link. At a site of which a challenge was let
go of nobody is asked for anything until the order would have ended. Other edges go on. Only the owner of the data directory and
root may.

Example:
  evenkeel gateway release d-0123456789ab --why "the tenant called, it is their own campaign"`
}

// Run releases.
func (c *gatewayReleaseCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	r, err := edge.Release(ctx, s.Data, edge.Wish{Decision: evenkeel.DecisionID(c.Decision), Why: c.Why})
	if err != nil {
		return refused(s.Data, err)
	}
	fmt.Fprintf(p.stdout, "order %s of decision %s is %s at %s: %s\n", r.Order, c.Decision, r.State, r.Node, r.Why)
	return nil
}

// orderedOf says what control ordered at a site, and until when that holds. What was let go of stands no more, by any decision.
func orderedOf(x *edge.Standing) string {
	does := "visitors may be asked, up to waiting,"
	switch {
	case x.Ordered == evenkeel.MeasureShut.String() && x.Pressed:
		does = "its own page may be shown while visitors press,"
	case x.Ordered == evenkeel.MeasureShut.String():
		does = "its own page is shown"
	case x.Ordered != evenkeel.MeasureChallenge.String():
		return fmt.Sprintf("a person ended the challenge of decision %s: nobody is asked for anything until %s, when it would have ended by itself", x.Decision, at(x.Until))
	}
	return fmt.Sprintf("%s until %s, by decision %s", does, at(x.Until), x.Decision)
}

// writeJoined says how the link to control stands, and what came by it.
func writeJoined(w io.Writer, x *edge.Joined, now evenkeel.Moment) {
	if x == nil {
		return
	}
	link := "up"
	if !x.Link.Up {
		link = "down"
	}
	fmt.Fprintf(w, "control: %s is %s to %s for %s; %s in the buffer\n", x.Edge, link, strings.Join(x.Control, ", "), lasting(now.Sub(x.Link.Since)), severally(x.Buffer.Batches, "batch", "batches"))
	switch {
	case x.Highest == "":
		fmt.Fprintf(w, "  it has not said yet how far sites may go: up to %s\n", x.Unasked)
	case x.Until <= now:
		fmt.Fprintf(w, "  what it let sites do ended at %s: nobody is asked for anything\n", at(x.Until))
	default:
		fmt.Fprintf(w, "  sites may go as far as %s until %s, but for %s\n", x.Highest, at(x.Until), several(x.Exceptions, "exception"))
	}
	if x.Canary != "" && len(x.Shown) == 0 {
		fmt.Fprintf(w, "  canary %s: nothing was shown yet; control asks\n", shown(string(x.Canary)))
	}
	for i := range x.Shown {
		if s := &x.Shown[i]; s.Order == "" {
			fmt.Fprintf(w, "  canary %s: under %s, at %s: %s\n", shown(string(x.Canary)), s.Measure, at(s.At), cmp.Or(s.Silent, s.Amiss, "data was reached by "+strings.Join(s.Open, ", ")))
		}
	}
	for i := range x.Orders {
		o := &x.Orders[i]
		fmt.Fprintf(w, "  %s of %s until %s by decision %s: %s", o.Measure, assetsOf(o.Assets), at(o.Until), o.Decision, o.State)
		if o.Effect != "" {
			fmt.Fprintf(w, ", %s", o.Effect)
		}
		if o.Why != "" {
			fmt.Fprintf(w, " (%s)", o.Why)
		}
		fmt.Fprintln(w)
	}
}
