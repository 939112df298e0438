package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

type auditCmd struct {
	List    auditListCmd    `cmd:"" help:"List what waits for somebody, what was found, and how vigilant people are."`
	Show    auditShowCmd    `cmd:"" help:"Show what was known when the machine acted, and neither who it was nor what came of it."`
	Verdict auditVerdictCmd `cmd:"" help:"Say what you found; what the case was is said at once."`
}

// hintAudits says where the names of audits are printed.
const hintAudits = "evenkeel audit list prints those that are open"

type auditListCmd struct {
	fromBooks
	For  string `placeholder:"PERSON" help:"Only those that fell on this person."`
	JSON bool   `name:"json" help:"Print one JSON object for each that is done, for machines."`
}

// Help is the long help.
func (*auditListCmd) Help() string {
	return `A lot is drawn over each case that is closed and in which a machine acted and the tenant never spoke; the policy says how many it
falls on ("audit: {share: 2}"). Among what a person is asked are cases of which is known that the tenant did nothing wrong; which ones is
said only once they are judged.

Examples:
  evenkeel audit list --data ./evenkeel-data
  evenkeel audit list --data ./evenkeel-data --for ben`
}

// Run lists.
func (c *auditListCmd) Run(ctx context.Context, p *process) error {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	all, err := books.Audits(ctx)
	if err != nil {
		return err
	}
	people, err := books.People(ctx)
	if err != nil {
		return err
	}
	v := view{w: p.stdout, people: people}
	cast, looked, now := 0, 0, evenkeel.MomentOf(p.now())
	for i := range all {
		a := &all[i]
		if !a.Control {
			cast++
		}
		if a.Shown(now) {
			looked++ // whether known or not: else the number would tell
		}
		if !a.Shown(now) || c.For != "" && a.Drawn != people.Who(c.For) {
			continue
		}
		if !c.JSON {
			v.audit(a)
		} else if a.State == docket.AuditDone { // what is open must not tell which case it is
			if err := p.line(a); err != nil {
				return err
			}
		}
	}
	if c.JSON {
		return nil
	}
	fmt.Fprintf(p.stdout, "lots      over %s; shown until now, known ones among them: %d\n", several(cast, "closed case"), looked)
	watched := docket.Watched(all)
	for _, who := range slices.Sorted(maps.Keys(watched)) {
		w := watched[who]
		fmt.Fprintf(p.stdout, "watched   %s: %d of %s found guilty, %s at least\n", v.name(who), w.Missed, several(int(w.Controls), "known case"), w.Bound())
	}
	return nil
}

// audit writes one that is open or done.
func (v *view) audit(a *docket.Audit) {
	whom := "anybody who may decide and had no part in it; nobody could be drawn"
	if a.Drawn != "" {
		whom = v.name(a.Drawn)
	}
	if a.State == docket.AuditOpen {
		fmt.Fprintf(v.w, "audit     %s, %s: open since %s, for %s\n", a.ID, a.Family, at(a.Opened), whom)
		return
	}
	known := ""
	if a.Control {
		known = ", a known one"
	}
	fmt.Fprintf(v.w, "audit     %s, %s: %s found %s, %s%s\n          case %s, closed as %s; %s\n", a.ID, a.Family, v.name(a.By), a.Found, at(a.At), known, a.Case, a.Closed, shown(a.Why))
}

type auditShowCmd struct {
	fromBooks
	Audit string `arg:"" help:"Which, by its id; evenkeel audit list prints it."`
	JSON  bool   `name:"json" help:"Print one JSON object, for machines."`
}

// Help is the long help.
func (*auditShowCmd) Help() string {
	return `Shows the findings that led to the measure, and what was asked before. Names of the tenant and of its assets are replaced, moments are
told from T on, when the first of it was found, and what came after is left out: whoever knows how it ended does not look.

Example:
  evenkeel audit show --data ./evenkeel-data au-5f0c2d7e91b3a4486d20`
}

// Run shows.
func (c *auditShowCmd) Run(ctx context.Context, p *process) error {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	a, err := auditMeant(ctx, books, c.Audit, evenkeel.MomentOf(p.now()))
	if err != nil {
		return err
	}
	f, err := books.Folder(ctx, a.Case)
	if err != nil {
		return err
	}
	s := docket.Veil(&f, a)
	if c.JSON {
		return p.line(&s)
	}
	fmt.Fprintf(p.stdout, "audit     %s, %s: a machine took %s\nclause    %s\n", s.Audit, s.Family, s.Measure, shown(s.Clause))
	for i := range s.Findings {
		g := &s.Findings[i]
		fmt.Fprintf(p.stdout, "found     after %s, by %s\n", g.After.Round(time.Second), shown(g.Rule))
		for _, t := range g.Terms {
			fmt.Fprintf(p.stdout, "          %s (%s): %s\n", shown(t.Name), t.Family, shown(t.Says))
		}
	}
	for _, g := range s.Safeguards {
		fmt.Fprintf(p.stdout, "asked     %s: %s, %s\n", shown(g.Name), g.Says, shown(g.Why))
	}
	for _, w := range s.Why {
		fmt.Fprintf(p.stdout, "why       %s\n", shown(w))
	}
	if a.State == docket.AuditDone {
		fmt.Fprintf(p.stdout, "done      %s\n", a.Feedback())
	}
	return nil
}

// auditMeant is the audit that begins so; one that was passed over is none, nor is one about which nobody is asked yet.
func auditMeant(ctx context.Context, books *app.Books, given string, now evenkeel.Moment) (*docket.Audit, error) {
	all, err := books.Audits(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a docket.Audit) bool { return !a.Shown(now) })
	names := make([]known, len(all))
	for i := range all {
		names[i] = known{string(all[i].ID), all[i].Family}
	}
	id, err := meant("audit", given, hintAudits, names)
	if err != nil {
		return nil, err
	}
	return &all[slices.IndexFunc(all, func(a docket.Audit) bool { return string(a.ID) == id })], nil
}

type auditVerdictCmd struct {
	toServe
	Audit   string `arg:"" help:"Which, by its id; evenkeel audit list prints it."`
	Outcome string `arg:"" enum:"confirmed,victim,policy_mismatch,false_positive,inconclusive" help:"What you found: confirmed, victim, policy_mismatch, false_positive or inconclusive."`
	Says    string `arg:"" name:"reason" help:"Why, in a sentence: it is kept."`
}

// Help is the long help.
func (*auditVerdictCmd) Help() string {
	return `It counts for the rule's precision, apart from what was found about those who complained. Where the case was closed otherwise, and
the tenant did nothing wrong, it is opened again and the lead is called. What the case had been closed as, or that it was a known one, is
said at once. Who says it may decide and had no part in the case; before anybody has enrolled that is --by operator.

Example:
  evenkeel audit verdict --data ./evenkeel-data --by ben au-5f0c2d7e91b3a4486d20 false_positive "A build farm."`
}

// Run gives the verdict, and says what the case was.
func (c *auditVerdictCmd) Run(ctx context.Context, p *process) error {
	found, err := evenkeel.ParseOutcome(c.Outcome)
	if err != nil {
		return err
	}
	books, err := app.Open(c.Data)
	if err != nil {
		return err
	}
	defer books.Close()
	a, err := auditMeant(ctx, books, c.Audit, evenkeel.MomentOf(p.now()))
	if err != nil {
		return err
	}
	if err := c.overhaul(ctx, p, false, docket.Act{Kind: docket.ActAudit, Audit: a.ID, Outcome: found, Says: c.Says}); err != nil || c.JSON {
		return err
	}
	if a, err = auditMeant(ctx, books, string(a.ID), evenkeel.MomentOf(p.now())); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "audit     %s\n", a.Feedback())
	return nil
}
