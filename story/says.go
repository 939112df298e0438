package story

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// says writes what one transaction of the judge changed, in the order of its timeline. What
// a finding says and who acted is told already.
func (d *desk) says(c *docket.Changes, at evenkeel.Moment) (out []block) {
	flagged := map[string]bool{}
	for i := range c.Entries {
		e := &c.Entries[i]
		b := block{tenant: c.Tenant}
		switch {
		case e.Kind == evenkeel.EntryCase && strings.HasPrefix(e.State, "contacts_"):
			b.add("contacts", e.Says)
		case e.Kind == evenkeel.EntryCase:
			b.add("case", fmt.Sprintf("%s, %s, %s: %s", d.number(string(e.Case)), c.Tenant, c.Family, d.moved(e)))
		case e.Kind == evenkeel.EntryDecided && strings.HasPrefix(e.Ref, "r-"):
			b.add("review", d.reviewed(e))
		case e.Kind == evenkeel.EntryDecided && strings.HasPrefix(e.State, "credit_"):
			b.add("credit", d.plain(e.Says))
		case e.Kind == evenkeel.EntryDecided && e.State == docket.StateTripped:
			b.add("breaker", e.Says)
		case e.Kind == evenkeel.EntryDecided && e.Decision == "":
			b = about(e.At, c.Tenant, d.found(c), "judged", "nothing new. "+d.plain(strings.TrimPrefix(e.Says, "Nothing new is decided. ")))
		case e.Kind == evenkeel.EntryDecided:
			b = d.decided(c, e)
		case e.Kind == evenkeel.EntryFlagged:
			flagged[e.Ref] = true
			b = d.flagged(c, e.At, e.Ref)
		case e.Kind == evenkeel.EntryClock && e.Ref != "" && (e.State == "paged" || e.State == "nobody_on_call" || e.State == "withdrawn"):
			b.add("page", d.plain(e.Says))
		case e.Kind == evenkeel.EntryClock:
			b.add("clock", stopped(e))
			if e.State != "ended" {
				b.add("judged", d.plain(e.Says))
			}
		case e.Kind == evenkeel.EntryToldTo && e.State == "receipt":
			b.add("receipt", e.Says)
		case e.Kind == evenkeel.EntryToldTo:
			b = d.noticed(c, e)
		}
		b.at = e.At
		if len(b.rows) > 0 {
			out = append(out, b)
		}
	}
	for _, f := range c.Flags {
		if !flagged[string(f.ID)] {
			out = append(out, d.flagged(c, at, string(f.ID)))
		}
	}
	for i := range c.Pages {
		p := &c.Pages[i]
		if told := func(e evenkeel.Entry) bool { return e.Ref == string(p.ID) }; !slices.ContainsFunc(c.Entries, told) {
			out = append(out, calledAboutNoCase(p))
		}
	}
	for i := range c.Feeds {
		out = append(out, fed(&c.Feeds[i]))
	}
	for i := range c.Switches {
		out = append(out, switched(&c.Switches[i]))
	}
	for i := range c.Stages {
		if s := &c.Stages[i]; s.By != "" || s.Test != nil {
			out = append(out, broughtTo(s))
		}
	}
	for _, k := range c.Clocks {
		if text := started(c, &k); text != "" {
			out = append(out, block{at: told(c, &k), tenant: c.Tenant, rows: []row{{head: "clock", text: text}}})
		}
	}
	return out
}

// moved says what became of a case.
func (d *desk) moved(e *evenkeel.Entry) string {
	outcome := evenkeel.OutcomeNone
	for _, x := range d.cases {
		if x.ID == e.Case {
			outcome = x.Outcome
		}
	}
	switch e.State {
	case evenkeel.CaseOpen.String():
		return "open"
	case evenkeel.CaseUnderReview.String():
		return "under review"
	case evenkeel.CaseReopened.String():
		return "open again, under review"
	}
	return "closed, " + outcome.String()
}

// found is what the findings of a transaction are about.
func (d *desk) found(c *docket.Changes) (assets []evenkeel.AssetID) {
	for i := range c.Findings {
		assets = append(assets, c.Findings[i].Assets...)
		if a := c.Findings[i].Subject.Asset; a != "" {
			assets = append(assets, a)
		}
	}
	return assets
}

// decided says what a decision is, or what became of it.
func (d *desk) decided(c *docket.Changes, e *evenkeel.Entry) block {
	i := slices.IndexFunc(c.Decisions, func(x evenkeel.Decision) bool { return x.ID == e.Decision && x.State.String() == e.State })
	if i < 0 {
		return block{}
	}
	x := &c.Decisions[i]
	before := d.decision(x.ID)
	if j := slices.IndexFunc(c.Decisions[:i], func(o evenkeel.Decision) bool { return o.ID == x.ID }); j >= 0 {
		before = &c.Decisions[j]
	}
	if before != nil {
		b := about(e.At, x.Tenant, x.Assets, "decided", turned(x, before, e.At))
		b.add("why", d.plain(e.Says))
		d.ordered(&b, c, x)
		return b
	}
	head := "decided"
	if x.Mode == evenkeel.ModeShadow {
		head = "would"
	}
	b := about(e.At, x.Tenant, x.Assets, head, d.made(x, e.At))
	if x.Actor.Automatic() {
		b.add("law", x.Grounds.Row)
	} else {
		b.add("by", string(x.Actor.Person))
	}
	b.add("terms", x.Grounds.Clause)
	for _, s := range x.Safeguards {
		b.rows = append(b.rows, row{head: s.Says.String(), text: s.Name + ": " + d.plain(s.Why), loose: true})
	}
	for _, w := range x.Why {
		b.add("why", d.plain(w))
	}
	if f := d.flag(x.SuppressedBy); f != nil {
		b.add("flag", fmt.Sprintf("%s, %s, %s, by %s, until %s", d.number(string(f.ID)), selected(f.Selector), bounds(f.Envelope), d.actor(f.By), short(e.At, f.Until)))
	}
	d.ordered(&b, c, x)
	return b
}

// made says what a new decision is.
func (d *desk) made(x *evenkeel.Decision, at evenkeel.Moment) string {
	wanted := ""
	if x.Wanted != x.Measure {
		wanted = "; wanted: " + x.Wanted.String()
	}
	switch {
	case x.Mode == evenkeel.ModeShadow:
		return fmt.Sprintf("%s, by policy %s%s", x.Measure, d.policy(x.Actor.Policy), wanted)
	case x.State == evenkeel.Held:
		return fmt.Sprintf("%s held until %s, then in force until %s%s", x.Measure, short(at, x.From), short(at, x.Until), wanted)
	case x.State == evenkeel.Proposed:
		return "a person has to decide" + wanted
	case x.State == evenkeel.Suppressed:
		return "none, a flag covers it" + wanted
	case x.State == evenkeel.Refused:
		return "none, refused" + wanted
	}
	return fmt.Sprintf("%s in force until %s%s", x.Measure, short(at, x.Until), wanted)
}

// turned says what became of a decision.
func turned(x, before *evenkeel.Decision, at evenkeel.Moment) string {
	m := x.Measure
	if m == evenkeel.MeasureNone {
		m = x.Wanted
	}
	switch x.State {
	case evenkeel.InForce:
		return fmt.Sprintf("%s in force until %s; it was %s", m, short(at, x.Until), stands(before.State))
	case evenkeel.Proposed:
		return fmt.Sprintf("%s: a person has to decide; it was %s", m, stands(before.State))
	}
	return fmt.Sprintf("%s %s; it was %s", m, stands(x.State), stands(before.State))
}

// stands is the state of a decision as people say it.
func stands(s evenkeel.DecisionState) string { return strings.ReplaceAll(s.String(), "_", " ") }

// ordered adds the orders that go out with a decision in its state.
func (d *desk) ordered(b *block, c *docket.Changes, x *evenkeel.Decision) {
	for _, o := range c.Orders {
		switch {
		case o.Decision != x.ID || o.Lift != x.State.Over():
		case o.Lift:
			b.add("lift", orderWords(&o))
		default:
			b.add("order", orderWords(&o)+params(o.Params))
		}
	}
}

func params(p map[string]string) string {
	var out []string
	for k, v := range p {
		out = append(out, k+": "+v)
	}
	slices.Sort(out)
	if len(out) == 0 {
		return ""
	}
	return ", " + strings.Join(out, ", ")
}

// orderWords is what an order is about: a measure, or a tenant's data.
func orderWords(o *evenkeel.Order) string {
	if o.Data != "" {
		return "data: " + o.Data
	}
	return o.Measure.String()
}
