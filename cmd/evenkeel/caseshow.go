package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// view is how a person reads what is kept: as of now, with the names of those who work here.
type view struct {
	w      io.Writer
	now    evenkeel.Moment
	people app.People
}

// folder writes a case, what a person has to know before all else first.
func (v *view) folder(f *docket.Folder) {
	c := &f.Case
	fmt.Fprintf(v.w, "case %s\n  tenant %s, family %s, opened %s, %s since %s\n", c.ID, shown(c.Tenant), c.Family, at(c.Opened), state(c), at(c.Since))
	if c.Waiting != 0 {
		fmt.Fprintf(v.w, "  the tenant waits for a person since %s; it spoke last at %s\n", near(c.Waiting, v.now), at(c.Spoke))
	}
	fmt.Fprintf(v.w, "  in force: %s; proposed: %d; held: %d\n", inForce(&f.Row), f.Proposed, f.Held)
	if f.Due != 0 {
		fmt.Fprintf(v.w, "  due next: %s, %s\n", dueWord(f.DueKind), near(f.Due, v.now))
	}
	fmt.Fprintf(v.w, "  people were busy with it for %s\n", spent(f.Attention()))
	fmt.Fprintf(v.w, "  assets: %s\n", cmp.Or(assetList(c.Assets), "none"))
	v.lawful(f)
	v.before(f)
	v.clocks(f.Clocks)
	section(v.w, "decisions", len(f.Decisions))
	for _, d := range byNeed(f.Decisions) {
		v.decision(&d, f)
	}
	v.reviews(f.Reviews)
	v.notices(f)
	section(v.w, "findings", len(f.Findings))
	for i := range f.Findings {
		v.finding(&f.Findings[i])
	}
	section(v.w, "timeline", len(f.Entries))
	for i := range f.Entries {
		v.entry(&f.Entries[i])
	}
}

func section(w io.Writer, name string, n int) {
	if n == 0 {
		name += ": none"
	}
	fmt.Fprintf(w, "\n%s\n", name)
}

// lawful writes the lawful orders in force about the tenant, where there are any: of this case, then of others.
func (v *view) lawful(f *docket.Folder) {
	all := slices.Concat(f.Lawful, f.Elsewhere)
	if len(all) == 0 {
		return
	}
	section(v.w, "lawful orders, by which nobody fetches the data", len(all))
	for _, w := range all {
		where, secret := "", ""
		if w.Case != f.Case.ID {
			where = ", in case " + string(w.Case)
		}
		if w.Hold.Secret {
			secret = "; the tenant is not told of it"
		}
		fmt.Fprintf(v.w, "  %s  order %s of %s, from %s until %s%s%s\n", w.Decision, shown(cmp.Or(w.Hold.Reference, "unknown")), shown(cmp.Or(w.Hold.Authority, "an authority that is not known")), at(w.From), at(w.Hold.Until), where, secret)
		fmt.Fprintf(v.w, "    on %s\n", cmp.Or(assetList(w.Assets), "no asset"))
	}
}

// before writes what was known of the tenant.
func (v *view) before(f *docket.Folder) {
	if f.Cleared {
		fmt.Fprintf(v.w, "\nthis tenant was cleared before\n")
	}
	section(v.w, "earlier and other cases", len(f.Prior))
	for i := range f.Prior {
		c := &f.Prior[i]
		fmt.Fprintf(v.w, "  %s  %s, opened %s, %s since %s\n", c.ID, c.Family, at(c.Opened), state(c), at(c.Since))
	}
	section(v.w, "flags", len(f.Flags))
	for i := range f.Flags {
		fmt.Fprintf(v.w, "  %s\n", v.flag(&f.Flags[i], "    "))
	}
}

// endedShown is how many ended clocks are written; the timeline has them all.
const endedShown = 5

// clocks writes what is due, the next first, and then what ended, the last first.
func (v *view) clocks(clocks []docket.Clock) {
	var running, ended []docket.Clock
	for _, c := range clocks {
		if c.Ended == 0 {
			running = append(running, c)
		} else {
			ended = append(ended, c)
		}
	}
	slices.SortStableFunc(running, docket.CompareClocks)
	slices.SortStableFunc(ended, func(a, b docket.Clock) int { return cmp.Compare(b.Ended, a.Ended) })
	section(v.w, "clocks that run", len(running))
	for _, c := range running {
		fmt.Fprintf(v.w, "  %s  %s, since %s", near(c.Due, v.now), dueWord(c.Kind), at(c.Started))
		if !strings.EqualFold(dueWord(c.Kind)+".", c.Breach) {
			fmt.Fprintf(v.w, ": %s", c.Breach)
		}
		if c.Paused != "" {
			fmt.Fprintf(v.w, " (paused: %s)", shown(c.Paused))
		}
		fmt.Fprintln(v.w)
	}
	if len(ended) == 0 {
		return
	}
	section(v.w, "clocks that ended", len(ended))
	for _, c := range ended[:min(len(ended), endedShown)] {
		fmt.Fprintf(v.w, "  %s  %s, since %s%s\n", at(c.Ended), dueWord(c.Kind), at(c.Started), because(c.Because))
	}
	if n := len(ended) - endedShown; n > 0 {
		fmt.Fprintf(v.w, "  and %d before these, which the timeline has\n", n)
	}
}

// byNeed puts decisions on which a person must look first, then those that take effect by
// themselves when a time is over, then what stands, and then what is past; each in the order
// of their making.
func byNeed(all []evenkeel.Decision) []evenkeel.Decision {
	need := func(d *evenkeel.Decision) int {
		if d.Mode == evenkeel.ModeShadow {
			return 4
		}
		switch d.State {
		case evenkeel.Proposed:
			return 0
		case evenkeel.Held:
			return 1
		case evenkeel.InForce:
			return 2
		default:
			return 3
		}
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b evenkeel.Decision) int { return cmp.Compare(need(&a), need(&b)) })
	return all
}

// decision writes a decision. It keeps whoever took it; who let it take effect, or ended it,
// stands in the timeline. What became of its orders stands with it.
func (v *view) decision(d *evenkeel.Decision, f *docket.Folder) {
	shadow, must := "", ""
	switch {
	case d.Mode == evenkeel.ModeShadow:
		shadow = "in shadow, "
	case d.State == evenkeel.Proposed:
		must = "; a person must look"
	}
	fmt.Fprintf(v.w, "  %s  %s%s, %s since %s (wanted %s)%s\n", d.ID, shadow, d.Measure, d.State, at(d.At), d.Wanted, must)
	fmt.Fprintf(v.w, "    from %s until %s, on %s\n", at(d.From), at(d.Until), cmp.Or(assetList(d.Assets), "no asset"))
	fmt.Fprintf(v.w, "    by %s; %s\n", v.actor(d.Actor), cmp.Or(d.Grounds.Row, "no row of the table"))
	made, held := false, false
	for i := range f.Entries {
		if e := &f.Entries[i]; e.Kind == evenkeel.EntryDecided && e.Ref == string(d.ID) {
			switch {
			case !made || e.Actor.Person == "": // whoever took it is told above
			case e.State == evenkeel.Proposed.String(): // what somebody decided beside it is no proposal of theirs
				fmt.Fprintf(v.w, "    not by itself any more since %s, by what %s decided beside it: a person is asked\n", at(e.At), v.name(e.Actor.Person))
			default:
				fmt.Fprintf(v.w, "    %s by %s at %s\n", e.State, v.name(e.Actor.Person), at(e.At))
			}
			made, held = true, held || e.State == evenkeel.Held.String()
		}
	}
	fmt.Fprintf(v.w, "    clause: %s\n", cmp.Or(told("    ", d.Grounds.Clause), "none"))
	if d.Grounds.Says != "" {
		quote(v.w, "    ", d.Grounds.Says)
	}
	for _, s := range d.Safeguards {
		fmt.Fprintf(v.w, "    %-8s %s: %s\n", s.Says, s.Name, told("      ", seconds(s.Why)))
	}
	if d.SuppressedBy != "" {
		fmt.Fprintf(v.w, "    covered by %s\n", d.SuppressedBy)
	}
	if held && d.State != evenkeel.Held && len(d.Why) > 0 {
		fmt.Fprintln(v.w, "    as it was announced:") // by now it may be otherwise
	}
	for _, why := range d.Why {
		fmt.Fprintf(v.w, "    %s\n", told("    ", seconds(why)))
	}
	v.orders(d.ID, f)
}

func (v *view) finding(f *evenkeel.Finding) {
	fmt.Fprintf(v.w, "  %s  %s v%d, %s, %s, about %s, from %s until %s\n",
		f.ID, f.Rule, f.Version, f.Revision, f.Mode, shown(f.Subject.String()), at(f.From), at(f.Until))
	for _, t := range f.Terms {
		fmt.Fprintf(v.w, "    %-8s %s\n", t.Family, told("      ", seconds(t.Says)))
	}
}

// entry writes a line of a timeline. What the judge says there of whoever acted begins with
// the id of the person, which is told by name.
func (v *view) entry(e *evenkeel.Entry) {
	says, by := e.Says, ""
	if id := e.Actor.Person; id != "" {
		says, by = strings.TrimPrefix(says, string(id)+": "), " ("+v.name(id)+")"
	}
	if says = told("    ", seconds(says)); says != "" && says[0] == '\n' {
		says, by = strings.TrimSpace(by)+says, ""
	}
	fmt.Fprintf(v.w, "  %s  %-8s %s%s\n", at(e.At), e.Kind, says, by)
	if e.Words != "" {
		quote(v.w, "    ", e.Words)
	}
}

// name is how somebody who works here is called.
func (v *view) name(id evenkeel.PersonID) string { return shown(v.people.Name(id)) }

func (v *view) actor(a evenkeel.Actor) string {
	if a.Automatic() {
		return "policy " + short(a.Policy)
	}
	return v.name(a.Person) + " under policy " + short(a.Policy)
}

// short cuts a digest to what a person compares.
func short(digest string) string {
	digest = strings.TrimPrefix(digest, "sha256:")
	return digest[:min(len(digest), 12)]
}

func assetList(assets []evenkeel.AssetID) string {
	names := make([]string, len(assets))
	for i, a := range assets {
		names[i] = shown(a)
	}
	if len(names) > 8 {
		return fmt.Sprintf("%s and %s", strings.Join(names[:8], ", "), several(len(names)-8, "other"))
	}
	return strings.Join(names, ", ")
}

// flag is a flag on one line, and what was said to it below where that has several lines.
func (v *view) flag(f *evenkeel.Flag, indent string) string {
	s, by := &f.Selector, f.By.Person
	what := "all of the tenant's"
	switch {
	case len(s.Assets) > 0:
		what = assetList(s.Assets)
	case !s.TenantWide:
		var parts []string
		for _, p := range []struct{ name, value string }{{"principal", s.Principal}, {"image", s.Image}, {"start script", s.StartScript}} {
			if p.value != "" {
				parts = append(parts, p.name+" "+shown(p.value))
			}
		}
		what = "those of " + strings.Join(parts, ", ")
	}
	e := &f.Envelope
	for _, b := range []struct {
		is   bool
		says string
	}{
		{e.Count > 0, fmt.Sprintf("at most %d at a time", e.Count)}, {e.VCPUs > 0, fmt.Sprintf("at most %d vCPUs", e.VCPUs)},
		{e.Rate > 0, fmt.Sprintf("at most %g packets a second", e.Rate)},
	} {
		if b.is {
			what += ", " + b.says
		}
	}
	revoked, who := "", "by "+v.actor(f.By)
	if by != "" {
		who = "by " + v.name(by)
	}
	if f.Revoked != 0 {
		revoked = ", revoked " + at(f.Revoked)
	}
	return fmt.Sprintf("%s  %s, %s: %s; from %s until %s%s, %s: %s", f.ID, shown(f.Tenant), f.Family, what, at(f.From), at(f.Until), revoked, who, told(indent, f.Why))
}
