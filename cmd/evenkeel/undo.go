package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

type undoCmd struct {
	toServe
	Rule    string           `required:"" placeholder:"RULE" help:"Which rule's measures are undone, …"`
	Version int              `required:"" name:"rule-version" placeholder:"N" help:"… and of which of its versions."`
	From    moment           `placeholder:"TIME" help:"Only what began since then: RFC 3339, or a date."`
	Until   moment           `placeholder:"TIME" help:"Only what began before; without it, before now."`
	Measure evenkeel.Measure `placeholder:"MEASURE" help:"Only this measure."`
	Clear   bool             `help:"Close cases that rest on it alone as false positives; the rule is at fault."`
	Dry     bool             `help:"Count only: nothing changes."`
	Unknown bool             `help:"Also where no such rule, or version of it, is known."`
	Says    string           `arg:"" name:"reason" help:"Why, in a sentence: it is kept, and the tenants read it."`
}

// Help is the long help.
func (*undoCmd) Help() string {
	return `Ends all that a version of a rule let machines enforce or hold: first what is cut off the network, then what is slowed, the
worst first; each tenant is told. What persons decided stays. Each case is a transaction of its own, so what ends in the middle
can be handed in again with the same --id and goes on where it was.

Examples:
  evenkeel undo --data ./evenkeel-data --by anna --rule flood-out --rule-version 2 --dry "Whom did it meet?"
  evenkeel undo --data ./evenkeel-data --by anna --rule flood-out --rule-version 2 --from 2026-03-02T09:00:00Z --clear \
    "The rule was wrong. It was our mistake."`
}

// Run undoes.
func (c *undoCmd) Run(ctx context.Context, p *process) error {
	return c.overhaul(ctx, p, c.Unknown, docket.Act{Kind: docket.ActUndo, Says: c.Says, Undo: &docket.Undo{
		Rule: c.Rule, Version: c.Version, From: c.From.Moment, Until: c.Until.Moment, Measure: c.Measure, Clear: c.Clear, Dry: c.Dry,
	}})
}

// overhaul hands in what a person does about no case, again until nothing is left of it, and
// prints what came of it; unknown: also where nobody knows what it names. How far it is stands on standard error.
func (c *toServe) overhaul(ctx context.Context, p *process, unknown bool, a docket.Act) error {
	if err := evenkeel.CheckID("--by", c.By); err != nil {
		return err
	}
	people, err := c.find(ctx, &a)
	if err != nil {
		return fmt.Errorf("%s: %w", a.Kind, err)
	}
	a.By = people.Who(c.By)
	id := c.ID
	if id == "" {
		id = rand.Text()
	}
	a.ID = app.ActID(a.By, id)
	send := app.Send
	if unknown {
		send = app.SendUnknown
	}
	var all docket.Tally
	for {
		a.At = evenkeel.MomentOf(p.now())
		done, err := send(ctx, c.Data, a)
		if err != nil {
			return err
		}
		if done.Undone == nil || done.Undone.Left == 0 {
			done.Undone = sum(all, done.Undone)
			warned(p, &done)
			if c.JSON {
				return p.line(done)
			}
			v := view{w: p.stdout, now: a.At, people: people}
			v.overhauled(&a, &done)
			return nil
		}
		if done.Undone.Cases == 0 {
			return &evenkeel.Error{
				Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("%s: %d are left, and none went on", a.Kind, done.Undone.Left),
				Hint: "see the log of evenkeel serve; then hand it in again with --id " + id,
			}
		}
		all = *sum(all, done.Undone)
		fmt.Fprintf(p.stderr, "%d undone, %d left\n", all.Decisions+all.Held, done.Undone.Left)
	}
}

// sum adds what one call freed to what the calls before it did; nil where nothing was to be freed.
func sum(all docket.Tally, one *docket.Tally) *docket.Tally {
	if one == nil {
		return nil
	}
	all.Add(*one)
	return &all
}

// overhauled writes what came of an act about no case.
func (v *view) overhauled(a *docket.Act, d *app.Done) {
	if d.Repeated && d.Undone == nil {
		fmt.Fprintf(v.w, "%s was done before; nothing changed\n", shown(d.Act))
		return
	}
	fmt.Fprintf(v.w, "%s by %s, %s\n", d.Kind, v.name(d.Person), at(d.At))
	for i := range d.Switches {
		switch s := &d.Switches[i]; {
		case s.Released():
			fmt.Fprintf(v.w, "switch    %s is released\n", shown(s.Scope.String()))
		case s.Asked() != nil:
			fmt.Fprintf(v.w, "switch    %s stays pulled: %s was drawn by lot and is called, who has to let it go too\n", shown(s.Scope.String()), v.name(s.Review.Waits()))
		case s.Review != nil:
			fmt.Fprintf(v.w, "switch    %s stays pulled: not two persons said that it is let go\n", shown(s.Scope.String()))
		default:
			fmt.Fprintf(v.w, "switch    %s is pulled\n          two persons let it go, the second drawn by lot: whoever asks does so on the console's page of switches\n", shown(s.Scope.String()))
		}
	}
	for i := range d.Stages {
		s := &d.Stages[i]
		fmt.Fprintf(v.w, "stage     %s v%d stands at %s, up to %s\n", shown(s.Rule), s.Version, s.Stage, s.UpTo)
	}
	if a.Kind == docket.ActReset {
		fmt.Fprintf(v.w, "breaker   %s is closed\n", shown(a.Rule))
	}
	if a.Kind == docket.ActAccept {
		fmt.Fprintf(v.w, "feed      what %s sends is accepted\n", shown(a.Source))
	}
	if d.Undone != nil {
		v.tally(d.Undone)
	}
}

// tally writes what ended, or would.
func (v *view) tally(n *docket.Tally) {
	is := "ended"
	if n.Dry {
		is = "would end"
	}
	fmt.Fprintf(v.w, "%-9s %d in force and %d held, of %s, in %s, on %s; %s so far\n", is, n.Decisions, n.Held,
		several(n.Tenants, "tenant"), several(n.Cases, "case"), several(n.Assets, "asset"), several(n.Minutes, "minute"))
	for _, m := range slices.Sorted(maps.Keys(n.Measures)) {
		fmt.Fprintf(v.w, "          %s %d\n", m, n.Measures[m])
	}
}
