package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// account is what books say of a story, as the table of the demo compares it.
type account struct {
	end     evenkeel.Moment // up to where the books are looked at
	folders []docket.Folder
}

// accountOf reads all cases. Nothing that is shown of them is known beforehand.
func accountOf(ctx context.Context, books docket.Reader, end evenkeel.Moment) (*account, error) {
	rows, err := books.Cases(ctx, docket.Query{Closed: true})
	if err != nil {
		return nil, err
	}
	a := &account{end: end}
	for _, r := range slices.Backward(rows) { // the one that opened first, first
		f, err := books.Folder(ctx, r.Case.ID)
		if err != nil {
			return nil, err
		}
		a.folders = append(a.folders, f)
	}
	return a, nil
}

// compare fills the right side of the table.
func (a *account) compare() (with [rowCount]string) {
	with[rowLocked], with[rowLost] = a.locked(), a.lost()
	with[rowMessages], with[rowReasons] = a.messages(), a.reasons()
	with[rowWho], with[rowSecond], with[rowEnd] = a.who(), a.second(), a.ended()
	with[rowShadow] = a.shadow()
	return with
}

// term is one time for which a live measure was in force.
type term struct {
	decision    *evenkeel.Decision
	from, until evenkeel.Moment
}

// terms reads from the timelines what was in force, and when.
func (a *account) terms() (all []term) {
	for i := range a.folders {
		f := &a.folders[i]
		began := map[evenkeel.DecisionID]int{}
		for _, e := range f.Entries {
			n, known := began[e.Decision]
			switch x, inForce := liveDecision(f, &e), e.State == evenkeel.InForce.String(); {
			case x == nil:
			case inForce && !known:
				began[e.Decision] = len(all)
				all = append(all, term{x, e.At, min(x.Until, a.end)})
			case !inForce && known:
				all[n].until = e.At
			}
		}
	}
	return all
}

// lasted adds up the time for which a measure of at least that height was in force, however
// many were at once.
func lasted(all []term, least evenkeel.Measure) (sum time.Duration) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b term) int { return cmp.Compare(a.from, b.from) })
	upTo := evenkeel.Moment(0)
	for _, t := range all {
		if from := max(t.from, upTo); t.decision.Measure >= least && t.until > from {
			sum += t.until.Sub(from)
			upTo = t.until
		}
	}
	return sum
}

func highest(all []term) (m evenkeel.Measure) {
	for _, t := range all {
		m = max(m, t.decision.Measure)
	}
	return m
}

// locked is for how long nothing of the tenant's work went on, and for how long less did.
func (a *account) locked() string {
	all := a.terms()
	says := span(lasted(all, evenkeel.MeasureIsolate)) + "; the highest measure was " + highest(all).String()
	if limited := lasted(all, evenkeel.MeasureNotify+1); limited > 0 {
		says += ", and " + span(limited) + " under one that is carried out"
	}
	return says
}

// lost is what the measures that were ordered take away.
func (a *account) lost() string {
	var orders, harm []string
	for _, f := range a.folders {
		for _, o := range f.Orders {
			if o.Lift {
				continue
			}
			orders = append(orders, o.Measure.String())
			if d := o.Measure.Destroys(); d != "" {
				harm = append(harm, d)
			}
			if o.Measure >= evenkeel.MeasureSuspend {
				harm = append(harm, "the work at hand")
			}
		}
	}
	switch {
	case len(orders) == 0:
		return "none: nothing was ordered"
	case len(harm) == 0:
		return "none: what was ordered destroys nothing (" + tally(orders) + ")"
	}
	return "by what was ordered (" + tally(orders) + "): " + strings.Join(distinct(harm), ", ")
}

// messages is how long the tenant waited for a person each time that it spoke.
func (a *account) messages() string {
	said, waits, longest := 0, 0, time.Duration(0)
	for _, f := range a.folders {
		for i, e := range f.Entries {
			if e.Kind != evenkeel.EntrySaid {
				continue
			}
			said++
			j := slices.IndexFunc(f.Entries[i:], func(o evenkeel.Entry) bool { return o.Kind == evenkeel.EntryActed && !o.Actor.Automatic() })
			if j < 0 {
				waits++
				continue
			}
			longest = max(longest, f.Entries[i+j].At.Sub(e.At))
		}
	}
	switch {
	case said == 0:
		return "none: the tenant said nothing"
	case waits > 0:
		return fmt.Sprintf("%d of %d: no person has decided since", waits, said)
	}
	return fmt.Sprintf("0 of %d: a person decided %s after the tenant spoke", said, span(longest))
}

// reasons counts the notices, and those that say what was seen or what a person says.
func (a *account) reasons() string {
	all, reasoned, first := 0, 0, ""
	for _, f := range a.folders {
		for _, n := range f.Notices {
			all++
			if len(n.Seen) > 0 || n.Says != "" {
				reasoned++
			}
			if first == "" && len(n.Seen) > 0 {
				first = n.Seen[0].Says
			}
		}
	}
	if all == 0 {
		return "none: nothing was done that needs any"
	}
	says := fmt.Sprintf("in %d of %s", reasoned, several(all, "notice"))
	if first != "" {
		says += `, the first: "` + first + `"`
	}
	return says
}

// who says who let measures take effect, and which persons acted.
func (a *account) who() string {
	var machine, people []string
	for _, t := range a.terms() {
		if d := t.decision; d.Actor.Automatic() {
			machine = append(machine, d.Measure.String())
		} else {
			people = append(people, string(d.Actor.Person)+" ("+d.Measure.String()+")")
		}
	}
	for _, f := range a.folders {
		for _, e := range f.Entries {
			if e.Kind == evenkeel.EntryActed && !e.Actor.Automatic() {
				says := strings.TrimSuffix(strings.TrimPrefix(e.Says, string(e.Actor.Person)+": "), ".")
				people = append(people, string(e.Actor.Person)+" ("+says+")")
			}
		}
	}
	says := "a machine: " + cmp.Or(tally(machine), "nothing")
	return says + "; " + cmp.Or(strings.Join(distinct(people), ", "), "no person yet")
}

// second is what came after the tenant was cleared for the first time.
func (a *account) second() string {
	cleared := evenkeel.Moment(0)
	for _, f := range a.folders {
		for _, e := range f.Entries {
			if e.Kind == evenkeel.EntryCase && e.State == evenkeel.CaseClosed.String() && (cleared == 0 || e.At < cleared) {
				cleared = e.At
			}
		}
	}
	if cleared == 0 {
		return "the tenant has not been cleared"
	}
	var again []term
	for _, t := range a.terms() {
		if t.from > cleared {
			again = append(again, t)
		}
	}
	if len(again) > 0 {
		return fmt.Sprintf("%s at %s, after it was cleared", highest(again), clockOf(again[0].from))
	}
	if at, machines, wanted := a.since(cleared, evenkeel.Suppressed); machines > 0 {
		return fmt.Sprintf("none: at %s a flag covered %s; %s was wanted, and that is recorded", clockOf(at), several(machines, "machine"), wanted)
	}
	if at, machines, wanted := a.since(cleared, evenkeel.Proposed); machines > 0 {
		return fmt.Sprintf("none: at %s a person was asked about %s; %s was wanted", clockOf(at), several(machines, "machine"), wanted)
	}
	return "none"
}

// since says of the live decisions that came into a state after a moment when the first did,
// how many machines they name, and the highest measure that was wanted.
func (a *account) since(m evenkeel.Moment, s evenkeel.DecisionState) (first evenkeel.Moment, machines int, wanted evenkeel.Measure) {
	for i := range a.folders {
		for _, e := range a.folders[i].Entries {
			d := liveDecision(&a.folders[i], &e)
			if d == nil || e.State != s.String() || e.At <= m {
				continue
			}
			if first == 0 || e.At < first {
				first = e.At
			}
			machines, wanted = machines+len(d.Assets), max(wanted, d.Wanted)
		}
	}
	return first, machines, wanted
}

// liveDecision is the one that an entry is about; nil where there is none, or one in shadow.
func liveDecision(f *docket.Folder, e *evenkeel.Entry) *evenkeel.Decision {
	i := slices.IndexFunc(f.Decisions, func(x evenkeel.Decision) bool { return x.ID == e.Decision && x.Mode == evenkeel.ModeLive })
	if i < 0 || e.Kind != evenkeel.EntryDecided {
		return nil
	}
	return &f.Decisions[i]
}

// ended is how the cases stand.
func (a *account) ended() string {
	var all []string
	for _, f := range a.folders {
		c := &f.Case
		if c.State != evenkeel.CaseClosed {
			all = append(all, "the case is "+strings.ReplaceAll(c.State.String(), "_", " "))
			continue
		}
		all = append(all, fmt.Sprintf("closed as %s, %s after it opened", strings.ReplaceAll(c.Outcome.String(), "_", " "), span(c.Since.Sub(c.Opened))))
	}
	return cmp.Or(strings.Join(all, "; "), "nothing was found")
}

// shadow is the highest measure that a policy in shadow wanted; "" where none was watched.
func (a *account) shadow() string {
	wanted, assets := evenkeel.MeasureNone, map[evenkeel.AssetID]bool{}
	for _, f := range a.folders {
		for _, d := range f.Decisions {
			if d.Mode == evenkeel.ModeShadow {
				wanted = max(wanted, d.Wanted)
				for _, x := range d.Assets {
					assets[x] = true
				}
			}
		}
	}
	if len(assets) == 0 {
		return ""
	}
	return fmt.Sprintf("the policy in shadow wanted %s, of %s; nothing of it took effect", wanted, several(len(assets), "machine"))
}

// tally writes words, each once with how often it is there.
func tally(words []string) string {
	n := map[string]int{}
	for _, w := range words {
		n[w]++
	}
	var out []string
	for _, w := range distinct(words) {
		if n[w] > 1 {
			w = fmt.Sprintf("%s (%d times)", w, n[w])
		}
		out = append(out, w)
	}
	return strings.Join(out, ", ")
}

// distinct leaves each word where it is first.
func distinct(words []string) (out []string) {
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

func clockOf(m evenkeel.Moment) string { return m.Time().Format("15:04") }

// span writes whole minutes.
func span(d time.Duration) string {
	m := int(d / time.Minute)
	if m < 60 {
		return several(m, "minute")
	}
	if m%60 == 0 {
		return several(m/60, "hour")
	}
	return several(m/60, "hour") + " " + several(m%60, "minute")
}
