package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/replay"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// asked is what a replay was asked to do, as far as its summary tells.
type asked struct {
	inventory bool
	policies  app.Policies // none in force: only findings
	acts      feed.Summary
	took      time.Duration
	bar       *bar
}

// printReplay writes the summary of a replay. What was seen is always told, what was left
// out where there is any: else silence would look like all is well.
func printReplay(p *process, s *replay.Summary, a asked) {
	say := func(format string, args ...any) { fmt.Fprintf(p.stderr, format+"\n", args...) }
	say("read      %s, %s, %s", several(s.Read.Files, "file"), several(s.Read.Lines, "line"), several(s.Read.Records, "record"))
	if n := s.Read.Packets; n.Packets > 0 {
		say("packets   %s of guests, %s of nobody that is one; malformed %s", amount(n.Packets-n.Nobodys), amount(n.Nobodys), amount(n.Malformed))
	}
	if s.From != 0 {
		say("times     %s to %s", s.From, s.Until)
	}
	w := &s.Watched
	say("watched   %s counted, %s repeated, %s late, %s idle, %s over quota, %s unusable",
		amount(w.Counted), amount(w.Repeated), amount(w.Late), amount(w.Idle), amount(w.OverQuota), amount(w.Unusable))
	if s.Sort.Runs > 0 {
		say("sorted    on disk, in %s", several(s.Sort.Runs, "run"))
	}
	say("findings  %d final; in shadow %d; held for want of a tenant %d", s.Findings, s.Shadow, s.Held)
	if s.Unconfirmed > 0 {
		say("not final %s, not confirmed by closed panes", several(s.Unconfirmed, "provisional finding"))
	}
	if a.policies.Force != nil {
		printDecided(say, &s.Decided, a.policies)
	}
	printLeftOut(say, s, a.inventory)
	if n := len(a.acts.Empty); n > 0 {
		say("empty     %s held no act: %s", several(n, "file"), firstOf(a.acts.Empty, 5))
	}
	printMalformed(say, "", &s.Read)
	printMalformed(say, " of acts", &a.acts)
	if took := a.took; took >= time.Second {
		say("took      %s, %s records a second", took.Round(time.Millisecond), amount(int64(float64(w.Records)/took.Seconds())))
	} else {
		say("took      %s", took.Round(time.Millisecond))
	}
}

// printLeftOut says what could not count, and why.
func printLeftOut(say func(format string, args ...any), s *replay.Summary, inventory bool) {
	if w := &s.Watched; w.Unknown > 0 {
		hint := ""
		if !inventory && s.Inventory.Used == 0 {
			hint = "; without --inventory no fact is known, and no term that needs one is met"
		}
		say("unknown   %s of assets that nobody is known to hold%s", several(w.Unknown, "record"), hint)
	}
	if w := &s.Watched; w.Unusable > 0 {
		say("unusable  %s: the number of CPUs is not known; tell vcpus in a lifecycle event", several(w.Unusable, "record"))
	}
	if says := reasons(&s.Read.Tally, func(r intake.Reason) bool { return !r.Refuses() && r != intake.Redundant }); says != "" {
		say("ignored   %s", says)
	}
	if says := reasons(&s.Read.Tally, intake.Reason.Refuses); says != "" {
		say("refused   %s", says)
	}
	if s.Refused != nil {
		say("refused   %s, the first: %v", several(s.Inventory.Refused, "inventory record"), s.Refused)
	}
	if n := len(s.Read.Empty); n > 0 {
		say("empty     %s held no record: %s", several(n, "file"), firstOf(s.Read.Empty, 5))
	}
}

func printMalformed(say func(format string, args ...any), what string, s *feed.Summary) {
	if s.Malformed == 0 {
		return
	}
	more := ""
	if told := len(s.Problems); int64(told) < s.Malformed {
		more = fmt.Sprintf(", of which %d are named", told)
	}
	say("malformed %s%s%s", several(s.Malformed, "line"), what, more)
}

// reasons says how many points and events did not count for some reasons, with the examples
// that were kept.
func reasons(t *intake.Tally, tells func(intake.Reason) bool) string {
	var parts []string
	for _, r := range intake.Reasons() {
		n, example := t.Of(r)
		if n == 0 || !tells(r) {
			continue
		}
		part := amount(n) + " because " + r.Says()
		if example != "" {
			part += " (first: " + example + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// firstOf writes the first names of a list.
func firstOf(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and others"
}
