package procedure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Beyond says what follows where what was held would take effect at a moment, and is more than a machine may
// do by then: by what is known of the tenant, or as a person allowed it meanwhile. A person decides; what
// stands below it stands on. False where it is not more.
func Beyond(d docket.Dossier, y *evenkeel.Decision, at evenkeel.Moment, now policy.Proposal, fam *policy.Family) (Effect, bool) {
	if rank(fam, now.Allowed) >= rank(fam, y.Measure) {
		return Effect{}, false
	}
	why := append([]string{fmt.Sprintf("%s does not take effect by itself.", y.Measure), byNow(&now)}, now.Why...)
	return HeldBack(d, y.ID, at, append(why, "A person decides."), fam), true
}

// byNow says how far a machine may go by what is known now.
func byNow(now *policy.Proposal) string {
	if now.Allowed == evenkeel.MeasureNone {
		return "By what is known now a machine does nothing alone."
	}
	return fmt.Sprintf("By what is known now a machine may go up to %s alone.", now.Allowed)
}

// atMost is a measure, or the first that it steps down to, which a machine may let stand once more by what is
// known now; none: it may not.
func (x *expiry) atMost(m evenkeel.Measure, now *policy.Proposal) evenkeel.Measure {
	for rank(x.fam, m) > rank(x.fam, now.Allowed) {
		m = downFrom(x.fam, m)
	}
	if !m.Enforced() || leaseIn(x.fam, m) <= 0 {
		return evenkeel.MeasureNone
	}
	return m
}

// endsNow ends a lease that would begin once more, since a machine may not let it stand by what is known now. What
// goes on is weighed by itself when it is told again.
func (x *expiry) endsNow(y *evenkeel.Decision, now *policy.Proposal) {
	x.end("its time is up")
	x.turn(y.ID, evenkeel.Lapsed, 0, "%s lapsed: its time was up. The same was found still, at last at %s. %s",
		y.Measure, x.k.Found, strings.Join(slices.Concat([]string{byNow(now)}, now.Why), " "))
	track(x.d, x.fam, &x.e, true)
}
