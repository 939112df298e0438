package lookback

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/plot"
	"github.com/evenkeel/evenkeel/watch/rule"
)

func (t *traces) empty() bool { return len(t.assets) == 0 }

// gaps are the stretches of whole hours, between the first and the last reading of all, in which
// no machine was measured. The longest come first.
func (t *traces) gaps() []Gap {
	some := make([]bool, int(t.until.Sub(t.from)/t.step)+1)
	first, last := len(some), -1
	for _, m := range t.assets {
		for i := range m.measured {
			if m.measured[i] > 0 {
				some[i] = true
				first, last = min(first, i), max(last, i)
			}
		}
	}
	out := []Gap{}
	for i := first; i <= last; i++ {
		if some[i] {
			continue
		}
		end := i
		for !some[end] {
			end++
		}
		out = append(out, Gap{t.from.Add(time.Duration(i) * t.step), t.from.Add(time.Duration(end) * t.step)})
		i = end
	}
	slices.SortStableFunc(out, func(a, b Gap) int { return int((b.Until.Sub(b.From) - a.Until.Sub(a.From)) / time.Second) })
	return firsts(out, 10)
}

// blind says in sentences what could not be judged.
func (l *looking) blind(c *Coverage) []string {
	out := []string{}
	if len(l.Inventory) == 0 {
		out = append(out, "No inventory was given. Each machine is taken for a tenant of its own of whom nothing is known: no age of a machine, no standing, no payment. A rule that needs such a fact beside the CPU cannot be met, so a rule that is silent says nothing: no machine is called innocent here, and the policy of 2019 locks for want of facts that were not given. Give --inventory to have it judged.")
	} else if c.Unlisted > 0 {
		out = append(out, fmt.Sprintf("The inventory does not know %d of the %d machines by the name that the Prometheus has for them (the host of instance, or the label evenkeel_asset). What is found about those is held until it is known whose they are.", c.Unlisted, len(l.traces.assets)))
	}
	out = append(out, "A Prometheus remembers CPU, network and disk: one family of evidence, usage. What machines said on the wire and which programs ran is not in it, so no conclusive sign can be, and a miner that leaves some CPU free is not seen at all.")
	if span := l.Span.Until.Sub(l.Span.From); c.Last.Sub(c.First) < span*9/10 {
		out = append(out, fmt.Sprintf("The Prometheus remembers %s of the %s that were asked for.", longTime(c.Last.Sub(c.First)), longTime(span)))
	}
	if pane, name := finest(l.Rules); pane > 0 && time.Duration(c.Interval) > pane+pane/2 {
		out = append(out, fmt.Sprintf("Readings are %s apart. The rule %s wants one in every %s and cannot be met with so few: its silence says nothing.", longTime(time.Duration(c.Interval)), name, longTime(pane)))
	}
	for _, m := range c.Missing {
		out = append(out, "There is no "+m+" in it: what rules say with it could not be judged.")
	}
	if w := l.sum.Watched; w.OverQuota > 0 {
		out = append(out, fmt.Sprintf("%d readings were left out, because a tenant had more machines and lines than its share of the memory.", w.OverQuota))
	}
	out = append(out, "A lookback takes no acts and no flags: what tenants answered in this time, what people cleared, and which flags they granted is not known to it. Who is suspected here may have been cleared long ago.")
	if l.finds.untold > 0 {
		out = append(out, fmt.Sprintf("The limit of %d kept findings was reached. %d more are about subjects of which no terms were kept, so that these are not listed; they are in all totals.", l.Kept, l.finds.untold))
	}
	if n := max(len(l.finds.order), l.finds.heldAll, l.lockedAll()); n > mostListed {
		out = append(out, fmt.Sprintf("A list holds %d at most; the totals are of all.", mostListed))
	}
	if l.sum.Read.Malformed > 0 || l.sum.Refused != nil {
		out = append(out, fmt.Sprintf("Of the inventory %d lines could not be read and %d events were refused.", l.sum.Read.Malformed, l.sum.Inventory.Refused))
	}
	return out
}

// finest is the narrowest pane over CPU of a rule in force.
func finest(rules []*rule.Rule) (pane time.Duration, name string) {
	for _, r := range rules {
		for _, w := range r.Windows {
			if w.Of == rule.SignalCPUBusy && r.Mode == evenkeel.ModeLive && w.Pane > 0 && (pane == 0 || w.Pane < pane) {
				pane, name = w.Pane, r.ID
			}
		}
	}
	return pane, name
}

// accountOf puts facts into words. What is not known says so.
func accountOf(a evenkeel.Account, at evenkeel.Moment) Account {
	money := func(f evenkeel.Fact[float64]) string {
		if !f.Known() {
			return unknown
		}
		return plot.Number(f.Value, "") + " " + a.Currency
	}
	out := Account{Standing: unknown, Since: unknown, Paid: money(a.Paid), RunRate: money(a.RunRate)}
	if a.Standing.Known() && a.Standing.Value != evenkeel.StandingUnknown {
		out.Standing = a.Standing.Value.String()
	}
	if a.Since.Known() {
		out.Since = longTime(at.Sub(a.Since.Value))
	}
	return out
}

const unknown = "unknown"

// longTime writes a length of time in one or two units.
func longTime(d time.Duration) string {
	several := func(n int64, one string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %ss", n, one)
	}
	day := 24 * time.Hour
	switch {
	case d >= 730*day:
		return several(int64(d/(365*day)), "year")
	case d >= 2*day:
		return several(int64((d+day/2)/day), "day")
	case d >= 2*time.Hour:
		return several(int64((d+time.Hour/2)/time.Hour), "hour")
	case d >= time.Minute:
		return several(int64((d+time.Minute/2)/time.Minute), "minute")
	}
	return several(int64(d/time.Second), "second")
}

// value writes a term's value in its unit; what is not known says so.
func value(r evenkeel.Reading, unit string) string {
	if !r.Known {
		return unknown
	}
	if unit == "s" {
		return longTime(time.Duration(r.Value * float64(time.Second)))
	}
	return plot.Number(r.Value, unit)
}

// percent writes a share.
func percent(s Share) string {
	if !s.Known() {
		return unknown
	}
	return fmt.Sprintf("%.1f %%", float64(s)*100)
}

// unmet says why a term counted for nothing.
func unmet(t evenkeel.Term) string {
	says := t.Name
	if t.Weight < 0 {
		says += ", which would have spoken for it"
	}
	switch {
	case t.Family != evenkeel.EvidenceUsage && !t.Value.Known:
		return says + ": a Prometheus does not tell"
	case t.Unknown != "":
		return fmt.Sprintf("%s: not known (%s)", says, t.Unknown)
	case t.Value.Known && t.Threshold.Known:
		return fmt.Sprintf("%s: %s, and the limit is %s", says, value(t.Value, t.Unit), value(t.Threshold, t.Unit))
	}
	return says + ": does not hold"
}

// unitOf is the unit of a term's value where the term does not say it: that of the window which
// its condition asks, where it asks one only.
func unitOf(r *rule.Rule, t *evenkeel.Term) string {
	i := slices.IndexFunc(r.Terms, func(one rule.Term) bool { return one.Name == t.Name })
	if t.Unit != "" || i < 0 {
		return t.Unit
	}
	unit := ""
	for _, w := range r.Windows {
		for _, f := range []string{".mean", ".min", ".max", ".rate", ".sum", ".peak"} {
			if (w.Unit == "fraction" || w.Unit == "bytes") && strings.Contains(r.Terms[i].When, w.Name+f) {
				if unit != "" && unit != w.Unit {
					return ""
				}
				unit = w.Unit
			}
		}
	}
	return unit
}

// weight writes a term's weight with its sign.
func weight(w float64) string { return fmt.Sprintf("%+g", w) }

// whatDid says in a sentence what Evenkeel would have done about a suspect.
func (o *Outcome) String() string {
	switch {
	case o.State == "":
		return "It would have been written down, and nothing else."
	case o.Measure == evenkeel.MeasureNotify && o.Stood:
		return "A question to the tenant about another of its machines stood already. Nothing would have been done to any machine."
	case o.Measure == evenkeel.MeasureNotify:
		return "The tenant would have been told what was seen and asked about it. Nothing would have been done to any machine."
	case o.Measure != evenkeel.MeasureNone:
		return fmt.Sprintf("%s, from %s to %s at most; a person answers meanwhile.", o.Measure, minuteOf(o.From), minuteOf(o.Until))
	}
	return fmt.Sprintf("%s would have been asked for (%s); nothing takes effect by itself.", o.Wanted, o.State)
}

func minuteOf(m evenkeel.Moment) string { return m.Time().Format("2006-01-02 15:04") }
