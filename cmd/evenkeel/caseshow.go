package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// printFolder writes a case for a person, what was known before first.
func printFolder(w io.Writer, f *docket.Folder) {
	c := &f.Case
	fmt.Fprintf(w, "case %s\n  tenant %s, family %s, opened %s, %s since %s\n", c.ID, shown(c.Tenant), c.Family, c.Opened, state(c), c.Since)
	if c.Waiting != 0 {
		fmt.Fprintf(w, "  the tenant waits for a person since %s; it spoke last at %s\n", c.Waiting, c.Spoke)
	}
	fmt.Fprintf(w, "  in force: %s; proposed: %d; held: %d\n", inForce(&f.Row), f.Proposed, f.Held)
	fmt.Fprintf(w, "  assets: %s\n", cmp.Or(assetList(c.Assets), "none"))
	printBefore(w, f)
	printClocks(w, f.Clocks)
	section(w, "decisions", len(f.Decisions))
	for i := range f.Decisions {
		printDecision(w, &f.Decisions[i], f)
	}
	printNotices(w, f)
	section(w, "findings", len(f.Findings))
	for i := range f.Findings {
		printFinding(w, &f.Findings[i])
	}
	section(w, "timeline", len(f.Entries))
	for i := range f.Entries {
		printEntry(w, &f.Entries[i])
	}
}

func section(w io.Writer, name string, n int) {
	if n == 0 {
		name += ": none"
	}
	fmt.Fprintf(w, "\n%s\n", name)
}

// printBefore writes what a person has to know before all else.
func printBefore(w io.Writer, f *docket.Folder) {
	if f.Cleared {
		fmt.Fprintf(w, "\nthis tenant was cleared before\n")
	}
	section(w, "earlier and other cases", len(f.Prior))
	for i := range f.Prior {
		c := &f.Prior[i]
		fmt.Fprintf(w, "  %s  %s, opened %s, %s since %s\n", c.ID, c.Family, c.Opened, state(c), c.Since)
	}
	section(w, "flags", len(f.Flags))
	for i := range f.Flags {
		fmt.Fprintf(w, "  %s\n", flagText(&f.Flags[i]))
	}
}

func printClocks(w io.Writer, clocks []docket.Clock) {
	running := 0
	for _, c := range clocks {
		if c.Ended == 0 {
			running++
		}
	}
	section(w, "clocks that run", running)
	for _, c := range clocks {
		if c.Ended != 0 {
			continue
		}
		fmt.Fprintf(w, "  %s  %s since %s: %s", c.Due, c.Kind, c.Started, c.Breach)
		if c.Paused != "" {
			fmt.Fprintf(w, " (paused: %s)", shown(c.Paused))
		}
		fmt.Fprintln(w)
	}
}

// printDecision writes a decision. It keeps whoever took it; who let it take effect, or ended
// it, stands in the timeline. What became of its orders stands with it.
func printDecision(w io.Writer, d *evenkeel.Decision, f *docket.Folder) {
	shadow := ""
	if d.Mode == evenkeel.ModeShadow {
		shadow = "in shadow, "
	}
	fmt.Fprintf(w, "  %s  %s%s, %s since %s (wanted %s)\n", d.ID, shadow, d.Measure, d.State, d.At, d.Wanted)
	fmt.Fprintf(w, "    from %s until %s, on %s\n", d.From, d.Until, cmp.Or(assetList(d.Assets), "no asset"))
	fmt.Fprintf(w, "    by %s; %s\n", actor(d.Actor), cmp.Or(d.Grounds.Row, "no row of the table"))
	made := false
	for i := range f.Entries {
		if e := &f.Entries[i]; e.Kind == evenkeel.EntryDecided && e.Ref == string(d.ID) {
			if made && e.Actor.Person != "" {
				fmt.Fprintf(w, "    %s by %s at %s\n", e.State, shown(e.Actor.Person), e.At)
			}
			made = true // whoever took it is told above
		}
	}
	fmt.Fprintf(w, "    clause: %s\n", cmp.Or(shown(d.Grounds.Clause), "none"))
	if d.Grounds.Says != "" {
		quote(w, "    ", d.Grounds.Says)
	}
	for _, s := range d.Safeguards {
		fmt.Fprintf(w, "    %-8s %s: %s\n", s.Says, s.Name, shown(s.Why))
	}
	if d.SuppressedBy != "" {
		fmt.Fprintf(w, "    covered by %s\n", d.SuppressedBy)
	}
	for _, why := range d.Why {
		fmt.Fprintf(w, "    %s\n", shown(why))
	}
	printOrders(w, d.ID, f)
}

func printFinding(w io.Writer, f *evenkeel.Finding) {
	fmt.Fprintf(w, "  %s  %s v%d, %s, %s, about %s, from %s until %s\n", f.ID, f.Rule, f.Version, f.Revision, f.Mode, shown(f.Subject.String()), f.From, f.Until)
	for _, t := range f.Terms {
		fmt.Fprintf(w, "    %-8s %s\n", t.Family, shown(t.Says))
	}
}

func printEntry(w io.Writer, e *evenkeel.Entry) {
	by := ""
	if e.Actor.Person != "" {
		by = " (" + shown(e.Actor.Person) + ")"
	}
	fmt.Fprintf(w, "  %s  %-8s %s%s\n", e.At, e.Kind, shown(e.Says), by)
	if e.Words != "" {
		quote(w, "    ", e.Words)
	}
}

func actor(a evenkeel.Actor) string {
	if a.Automatic() {
		return "policy " + short(a.Policy)
	}
	return shown(a.Person) + " under policy " + short(a.Policy)
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

// flagText is a flag on one line.
func flagText(f *evenkeel.Flag) string {
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
	revoked, who := "", "by "+actor(f.By)
	if by != "" {
		who = "by " + shown(by)
	}
	if f.Revoked != 0 {
		revoked = ", revoked " + f.Revoked.String()
	}
	return fmt.Sprintf("%s  %s, %s: %s; from %s until %s%s, %s: %s", f.ID, shown(f.Tenant), f.Family, what, f.From, f.Until, revoked, who, shown(f.Why))
}

// quote writes what somebody said, line by line, so that none of it can pass for ours.
func quote(w io.Writer, indent, words string) {
	for line := range strings.Lines(words) {
		fmt.Fprintf(w, "%s| %s\n", indent, shown(strings.TrimRight(line, "\r\n")))
	}
}

// shown is a text from elsewhere as a terminal may have it: what would steer it, or turn the
// order of letters around, is written as an escape.
func shown[T ~string](s T) string {
	var b strings.Builder
	for _, r := range string(s) {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
