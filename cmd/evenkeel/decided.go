package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/lab/replay"
)

// printDecided says what became of the findings of a replay.
func printDecided(say func(format string, args ...any), t *replay.Tally, p app.Policies) {
	say("policy    %s, %s", p.Force.ID(), p.Force.Digest())
	say("cases     %s", counts(t.Cases(), cmp.Compare, evenkeel.CaseState.String))
	say("decided   %s", counts(t.Decisions(), compareOutcomes, func(o replay.Outcome) string { return o.Measure.String() + " " + o.State.String() }))
	if t.Acts+t.Refused > 0 {
		say("acts      %s done, %s refused", amount(t.Acts), amount(t.Refused))
	}
	flags := t.Flags()
	for _, id := range slices.Sorted(maps.Keys(flags)) {
		say("flag      %s suppressed %s", id, several(flags[id], "decision"))
	}
	for _, s := range p.Shadow {
		printShadow(say, s, t.Changes(p.Force.Digest(), s.Digest()))
	}
}

// counts writes how many there are of each, in order.
func counts[K comparable](of map[K]int, compare func(a, b K) int, says func(K) string) string {
	var parts []string
	for _, k := range slices.SortedFunc(maps.Keys(of), compare) {
		parts = append(parts, amount(of[k])+" "+says(k))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func compareOutcomes(a, b replay.Outcome) int {
	return cmp.Or(cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.State, b.State))
}

// printShadow says whom a policy in shadow would meet with more than the one in force does,
// and whom with less.
func printShadow(say func(format string, args ...any), p *policy.Policy, changes []replay.Change) {
	var more, less []string
	for _, c := range changes {
		if cmp.Or(cmp.Compare(c.Then, c.Now), cmp.Compare(c.ThenWanted, c.NowWanted)) > 0 {
			more = append(more, changeText(c))
		} else {
			less = append(less, changeText(c))
		}
	}
	if len(changes) == 0 {
		say("shadow    %s would meet nobody otherwise", p.ID())
	}
	if n := len(more); n > 0 {
		say("shadow    %s would newly hit %s: %s", p.ID(), several(n, "tenant"), firstOf(more, 5))
	}
	if n := len(less); n > 0 {
		say("shadow    %s would do less to %s: %s", p.ID(), several(n, "tenant"), firstOf(less, 5))
	}
}

// changeText is whom a change is about, what would be done instead of what, and what would be
// wanted, where that is not the same.
func changeText(c replay.Change) string {
	wants := fmt.Sprintf("wants %s instead of %s", c.ThenWanted, c.NowWanted)
	switch {
	case c.Then == c.Now:
		return fmt.Sprintf("%s (%s as now; %s)", c.Tenant, c.Now, wants)
	case c.ThenWanted == c.Then && c.NowWanted == c.Now:
		return fmt.Sprintf("%s (%s instead of %s)", c.Tenant, c.Then, c.Now)
	default:
		return fmt.Sprintf("%s (%s instead of %s; %s)", c.Tenant, c.Then, c.Now, wants)
	}
}
