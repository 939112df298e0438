package app

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// mostHappened is how many lines about cases the log has in a minute. A flood of findings shows there as its beginning, and
// evenkeel case list has all of it.
const mostHappened = 200

// teller tells in the log what happens in cases, one line for what is found, decided, ordered and answered. No line names a
// tenant, or has anybody's words: those are in the timeline of the case. One call at a time.
type teller struct {
	log   *slog.Logger
	now   func() evenkeel.Moment
	hosts func(evenkeel.AssetID) []string // which hold an asset; nil: no hosts are known

	minute evenkeel.Moment // when the one began that is counted
	lines  int
}

// happened is what was kept by one transaction, with the orders that were looked up for it.
type happened struct {
	changes []docket.Changes
	orders  map[evenkeel.OrderID]docket.SentOrder
}

// tell tells what a transaction kept.
func (t *teller) tell(h *happened) {
	for i := range h.changes {
		c := &h.changes[i]
		of := caseOfChanges(c)
		for j := range c.Findings {
			t.found(of, &c.Findings[j], c)
		}
		for j := range c.Decisions {
			t.decided(&c.Decisions[j], c)
		}
		for _, o := range c.Orders {
			t.line("an order is sent", "case", of, "order", o.ID, "decision", o.Decision, "measure", o.Measure.String(), "lift", o.Lift,
				"assets", few(o.Assets), "hosts", t.holders(o.Assets))
		}
		for _, r := range c.Receipts {
			t.answered(&r, h.orders[r.Order])
		}
	}
}

// found tells of a finding when it is taken up first, and again where something is decided by it.
func (t *teller) found(of evenkeel.CaseID, f *evenkeel.Finding, c *docket.Changes) {
	if f.Mode != evenkeel.ModeLive || f.Revision != evenkeel.Provisional && len(c.Decisions) == 0 {
		return
	}
	t.line("something was found", "case", of, "finding", f.ID, "rule", f.Rule, "revision", f.Revision.String(), "about", f.Subject.String())
}

// decided tells of a decision in its new state, where it takes effect in any.
func (t *teller) decided(d *evenkeel.Decision, c *docket.Changes) {
	if d.Mode != evenkeel.ModeLive || d.Measure == evenkeel.MeasureNone {
		return
	}
	who := d.Actor // who took it; who let it take effect, or ended it, stands in its entry
	for _, e := range c.Entries {
		if e.Kind == evenkeel.EntryDecided && e.Ref == string(d.ID) {
			who = e.Actor
		}
	}
	by := "a machine"
	if !who.Automatic() {
		by = "a person"
	}
	t.line("a measure is "+strings.ReplaceAll(d.State.String(), "_", " "), "case", d.Case, "decision", d.ID, "measure", d.Measure.String(), "assets", few(d.Assets),
		"until", d.Until.Time(), "by", by)
}

// answered tells of a receipt.
func (t *teller) answered(r *evenkeel.Receipt, s docket.SentOrder) {
	state := r.State.String()
	if r.State == 0 {
		state = "unconfirmed"
	}
	t.line("an order was answered", "case", s.Case.ID, "order", r.Order, "says", state, "decision", s.Order.Decision, "measure", s.Order.Measure.String(), "lift", s.Order.Lift,
		"assets", few(s.Order.Assets), "host", r.Node, "why", clipped(r.Why))
}

// line writes a line without what is "", if there were not too many lately.
func (t *teller) line(says string, args ...any) {
	if now := t.now(); now.Sub(t.minute) >= time.Minute || now < t.minute {
		t.minute, t.lines = now, 0
	}
	switch t.lines++; {
	case t.lines <= mostHappened:
		var told []any
		for i := 0; i+1 < len(args); i += 2 {
			if args[i+1] != "" {
				told = append(told, args[i], args[i+1])
			}
		}
		t.log.Info(says, told...)
	case t.lines == mostHappened+1:
		t.log.Warn("more happens in cases than the log tells in a minute; the rest of this one is left out", "told", mostHappened, "hint", "evenkeel case list has all of it")
	}
}

// holders are the hosts of some assets.
func (t *teller) holders(assets []evenkeel.AssetID) string {
	if t.hosts == nil {
		return ""
	}
	var all []string
	for _, a := range assets {
		all = append(all, t.hosts(a)...)
	}
	slices.Sort(all)
	return few(slices.Compact(all))
}

// caseOfChanges is the case that a transaction is about, "" for none.
func caseOfChanges(c *docket.Changes) evenkeel.CaseID {
	switch {
	case len(c.Entries) > 0:
		return c.Entries[0].Case
	case len(c.Cases) > 0:
		return c.Cases[0].ID
	case len(c.Decisions) > 0:
		return c.Decisions[0].Case
	}
	return ""
}

// few names the first of a list, and says how many more there are.
func few[T ~string](all []T) string {
	const most = 3
	var names []string
	for _, x := range all[:min(len(all), most)] {
		names = append(names, string(x))
	}
	says := strings.Join(names, " ")
	if n := len(all) - most; n > 0 {
		says += fmt.Sprintf(" and %d more", n)
	}
	return says
}
