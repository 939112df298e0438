package procedure

import (
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// clearance returns the case whose clearance still binds machines at a moment, and a sentence
// that says when and how it was cleared. The dossier's own case comes first, then the one
// that was cleared last.
//
// A clearance binds backwards too: a finding about what went before it that comes late is
// about what the person has seen. And a cleared case that was reopened binds until a person
// has looked at it, also where somebody looked meanwhile and decided nothing; so does a
// reopened one of which the outcome is not known.
func clearance(d *docket.Dossier, fam *policy.Family, now evenkeel.Moment) (*evenkeel.Case, string) {
	var found *evenkeel.Case
	if c := d.Case; c != nil && binds(c, fam, now) {
		found = c
	}
	for i := range d.Prior {
		c := &d.Prior[i]
		if c.Family == d.Family && binds(c, fam, now) && (found == nil || found != d.Case && c.Since > found.Since) {
			found = c
		}
	}
	if found == nil {
		return nil, ""
	}
	how := ""
	if found.Outcome.Cleared() {
		how = fmt.Sprintf(" (%s)", found.Outcome)
	}
	at := clearedAt(found)
	switch {
	case found.State == evenkeel.CaseReopened:
		return found, fmt.Sprintf("Case %s was cleared before%s and is open again since %s: only a person may take a measure.", found.ID, how, found.Since)
	case now < at:
		return found, fmt.Sprintf("Case %s was cleared at %s%s, after what was found: whoever cleared it has seen that time, and only a person may take a measure.",
			found.ID, at, how)
	}
	return found, fmt.Sprintf("Case %s was cleared at %s%s, %s before: until %s only a person may take a measure.",
		found.ID, at, how, span(now.Sub(at)), at.Add(fam.Clocks.Latch))
}

// span writes a stretch of time as people say it: whole days, or hours and minutes.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	if d < time.Minute {
		return "less than a minute"
	}
	return strings.TrimSuffix(d.Truncate(time.Minute).String(), "0s")
}

func binds(c *evenkeel.Case, fam *policy.Family, now evenkeel.Moment) bool {
	switch c.State {
	case evenkeel.CaseClosed:
		at := clearedAt(c)
		return at != 0 && fam != nil && now < at.Add(fam.Clocks.Latch)
	case evenkeel.CaseReopened:
		return c.Outcome.Cleared() || c.Outcome == evenkeel.OutcomeNone ||
			c.Cleared != 0 && fam != nil && c.Since < c.Cleared.Add(fam.Clocks.Latch)
	}
	return false
}

// clearedAt is when a closed case was cleared, or 0. That a person looked at it again later
// and decided nothing leaves the clearance as it is.
func clearedAt(c *evenkeel.Case) evenkeel.Moment {
	if c.Outcome.Cleared() {
		return c.Since
	}
	return c.Cleared
}
