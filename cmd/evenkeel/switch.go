package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

type switchCmd struct {
	List    switchListCmd    `cmd:"" help:"List kill switches and breakers: what holds machines back."`
	Pull    switchPullCmd    `cmd:"" help:"Pull a kill switch: machines enter no measure of its scope any more."`
	Release switchReleaseCmd `cmd:"" help:"Let a kill switch go: it takes two persons, the second drawn by lot."`
	Reset   switchResetCmd   `cmd:"" help:"Close the breaker of a rule."`
}

type switchListCmd struct {
	fromBooks
	JSON bool `name:"json" help:"Print one JSON object with all of them, for machines."`
}

// Help is the long help.
func (*switchListCmd) Help() string {
	return `Switches that were released are listed too, the one that was pulled last first; then the breakers that are open.

Example:
  evenkeel switch list --data ./evenkeel-data`
}

// Run lists.
func (c *switchListCmd) Run(ctx context.Context, p *process) error {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	b, err := books.Board(ctx)
	if err != nil {
		return err
	}
	for i := range b.Switches {
		b.Switches[i] = blindSwitch(b.Switches[i])
	}
	if c.JSON {
		return p.line(&b)
	}
	people, err := books.People(ctx)
	if err != nil {
		return err
	}
	v := view{w: p.stdout, people: people}
	v.board(&b)
	return nil
}

// board writes switches and open breakers.
func (v *view) board(b *docket.Board) {
	any := false
	for i := range b.Switches {
		s := &b.Switches[i]
		any = true
		is := "pulled"
		switch {
		case s.Released():
			is = fmt.Sprintf("released %s by %s and %s", at(s.Second.At), v.name(s.First.By), v.name(s.Second.By))
		case s.Asked() != nil:
			is = fmt.Sprintf("pulled; it was asked %s whether it is let go, and waits for %s, drawn %s", at(s.Review.Opened), v.name(s.Review.Waits()), at(s.Drawn()))
		}
		fmt.Fprintf(v.w, "switch    %s: %s\n          pulled %s by %s: %s\n", shown(s.Scope.String()), is, at(s.Pulled), v.name(s.By), shown(s.Why))
	}
	for i := range b.Breakers {
		if k := &b.Breakers[i]; k.Tripped != 0 {
			any = true
			fmt.Fprintf(v.w, "breaker   %s: open since %s\n          %s\n", shown(k.Rule), at(k.Tripped), shown(k.Why))
		}
	}
	if !any {
		fmt.Fprintln(v.w, "none")
	}
}

// blindSwitch is a switch as whoever reads the books without a name may read it: who is waited for,
// and nothing that was found.
func blindSwitch(s docket.Switch) docket.Switch {
	drawn := evenkeel.PersonID("")
	if r := s.Asked(); r != nil {
		drawn = r.Waits()
	}
	if s = docket.BlindSwitch(s, ""); drawn != "" {
		s.Review.Draws[len(s.Review.Draws)-1].Drawn = drawn // the draws are a copy by now
	}
	return s
}

// scopeArg says which switch: global, or a kind and a key such as rule=flood-out.
type scopeArg struct{ docket.Scope }

// UnmarshalText reads such as global or rule=flood-out.
func (s *scopeArg) UnmarshalText(text []byte) (err error) {
	kind, key, _ := strings.Cut(string(text), "=")
	if s.Kind, err = docket.ParseSwitchKind(kind); err != nil {
		return evenkeel.Invalid("%.60q; expected global, or measure=, rule=, detector= or tenant= and which one", text)
	}
	s.Key = key
	return s.Check()
}

type switchPullCmd struct {
	toServe
	Switch  scopeArg `arg:"" name:"switch" help:"Which: global, measure=M, rule=R, detector=D (a term of rules, or a family of evidence such as wire) or tenant=T."`
	Says    string   `arg:"" name:"reason" help:"Why, in a sentence: it is kept."`
	Lift    bool     `help:"What machines let stand under it ends too, the worst first; beyond one tenant that is for a lead."`
	Dry     bool     `help:"With --lift: count only whom it would free; nothing is pulled."`
	Unknown bool     `help:"Also where no such rule, detector or tenant is known."`
}

// Help is the long help.
func (*switchPullCmd) Help() string {
	return `From the next decision on no machine enters an enforced measure of this scope. Detection goes on, tenants are asked, and a
person decides. What stands goes on, unless --lift ends it. A name that is not known stops nothing: it is refused with those that are,
unless you insist with --unknown.

With --lift whom it frees is counted first, on standard error; with --dry besides that is all that happens. To free more than one
tenant is to undo what machines did to many, which takes the role lead.

Two persons let a switch go, the second drawn by lot from those who have enrolled and may decide for seven days. Where there is nobody
else, what you pull stays pulled until there is.

Examples:
  evenkeel switch pull --data ./evenkeel-data --by anna rule=flood-out "It matches every backup."
  evenkeel switch pull --data ./evenkeel-data --by anna --lift detector=wire "The sensor counts twice."
  evenkeel switch pull --data ./evenkeel-data --by anna global "Stop."`
}

// Run pulls.
func (c *switchPullCmd) Run(ctx context.Context, p *process) error {
	if c.Lift || c.Dry {
		if err := c.count(ctx, p); err != nil || c.Dry {
			return err
		}
	}
	return c.overhaul(ctx, p, c.Unknown, docket.Act{Kind: docket.ActPull, Scope: &c.Switch.Scope, Lift: c.Lift, Says: c.Says})
}

// count says whom the switch would free if it lifts, as the books have it by now.
func (c *switchPullCmd) count(ctx context.Context, p *process) error {
	if !c.Lift {
		return evenkeel.Invalid("--dry without --lift; expected both: without --lift nothing ends that could be counted")
	}
	books, err := app.Open(c.Data)
	if evenkeel.KindOf(err) == evenkeel.KindNotFound && !c.Dry {
		return nil // nobody serves either, which sending says
	}
	if err != nil {
		return err
	}
	defer books.Close()
	stands, err := books.Stands(ctx, docket.Standing{})
	if err != nil {
		return err
	}
	t := (&docket.Undo{Scope: &c.Switch.Scope}).CountOf(stands, evenkeel.MomentOf(p.now()))
	v := view{w: p.stderr}
	if c.Dry {
		v.w = p.stdout
	}
	v.tally(&t)
	return nil
}

type switchReleaseCmd struct {
	toServe
	Switch scopeArg `arg:"" name:"switch" help:"Which: global, measure=M, rule=R, detector=D or tenant=T."`
	Says   string   `arg:"" name:"reason" help:"Why, in a sentence: it is kept."`
}

// Help is the long help.
func (*switchReleaseCmd) Help() string {
	return `It takes two persons. The first asks; the second is drawn by lot among those who have enrolled, may decide for seven days and did
not write the rule, and is called. Whoever was drawn says the same, or that it stays, without reading what the first said. Where
they differ a third is drawn; half an hour without an answer draws another. Until two say yes it stays pulled.

Once two have enrolled who may decide, both say it at the console, signed in, since anybody who owns the directory can say any
name here; before that nobody can be drawn. Either is said, and the switch stays pulled.

Example:
  evenkeel switch release --data ./evenkeel-data --by anna rule=flood-out "Version 3 asks how much."`
}

// Run asks for it.
func (c *switchReleaseCmd) Run(ctx context.Context, p *process) error {
	return c.overhaul(ctx, p, false, docket.Act{Kind: docket.ActRelease, Scope: &c.Switch.Scope, Says: c.Says})
}

type switchResetCmd struct {
	toServe
	Rule string `arg:"" help:"The rule whose breaker is open; evenkeel switch list prints it."`
	Says string `arg:"" name:"reason" help:"Why, in a sentence: it is kept."`
}

// Help is the long help.
func (*switchResetCmd) Help() string {
	return `The rule's machines may act again, and its breaker forgets what it had seen. Undo first what it did.

Example:
  evenkeel switch reset --data ./evenkeel-data --by anna flood-out "The list is mended."`
}

// Run closes a breaker.
func (c *switchResetCmd) Run(ctx context.Context, p *process) error {
	return c.overhaul(ctx, p, false, docket.Act{Kind: docket.ActReset, Rule: c.Rule, Says: c.Says})
}
