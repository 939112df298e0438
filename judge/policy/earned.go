package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// bursts is what a policy lets tenants announce and have allowed without a person.
type bursts struct {
	families []string
	longest  time.Duration // from the beginning of a burst to its end
	ahead    time.Duration // from the announcement to the beginning
	earned   []earned
}

// earned is one row of who may announce how much; the first row whose condition is true counts.
type earned struct {
	when     condition
	machines int64
	because  string
}

// Earned says what a tenant who announces a burst has earned. The view's finding has only
// its time and its tenant. What is not within the bounds, or cannot be decided, is for a
// person.
//
// What is granted is a flag for load and nothing else: it covers no finding in which another
// family of evidence than usage was met. So whoever announces in order to mine gains what load
// alone would have brought, the notice, and only as many machines as the row says: however
// many announcements they are spread over, and not again once a person has revoked one.
func (p *Policy) Earned(v View, b evenkeel.Burst) Earned {
	out := Earned{Policy: p.digest, From: b.From, Until: b.Until}
	if p.bursts == nil {
		out.Why = "The policy lets nothing be announced: a person has to look."
		return out
	}
	out.Families = slices.Clone(p.bursts.families)
	if out.From == 0 {
		out.From = v.Finding.At
	}
	out.Envelope.Count = b.Count
	selector, err := parseSelector(b.Selector)
	if err != nil {
		out.Why = "A person has to look: " + err.Error() + "."
		return out
	}
	out.Selector = selector
	if why := p.bursts.outOfTime(v.Finding.At, out.From, out.Until); why != "" {
		out.Why = "A person has to look: " + why + "."
		return out
	}
	row := p.bursts.rowFor(&v)
	taken, before := takenBefore(&v, &out)
	switch {
	case b.Count < 1:
		out.Why = "A person has to look: the announcement does not say how many machines; expected at least 1."
	case row == nil:
		out.Why = "A person has to look: what is known of the account has not earned a burst without one."
	case b.Count > row.machines:
		out.Why = fmt.Sprintf("A person has to look: %d machines are announced, and up to %d are allowed without one (%s).", b.Count, row.machines, row.because)
	case before != "":
		out.Why = "A person has to look: " + before + "."
	case plus(taken, b.Count) > row.machines:
		out.Why = fmt.Sprintf("A person has to look: %d machines are announced, %d are allowed already in that time, and up to %d are allowed without one (%s).", b.Count, taken, row.machines, row.because)
	default:
		out.Granted = true
		out.Why = fmt.Sprintf("Announced: %d machines from %s until %s. Up to %d are allowed without asking (%s).", b.Count, out.From, out.Until, row.machines, row.because)
	}
	return out
}

// afterRevoked is how long nothing is granted without a person once a person has revoked a flag
// of the same families.
const afterRevoked = 30 * day

// takenBefore says how many machines a policy has allowed already in the time of a burst, and why
// what went before leaves it to a person, or "". It looks at the tenant's flags of the first
// family that an announcement is about: a burst is granted for all of them alike.
//
// An announcement that is told late, after the revocation, is no way around it. And as a
// dossier holds so many flags only, many short bursts must not push others out of sight.
func takenBefore(v *View, e *Earned) (machines int64, why string) {
	at, standing := v.Finding.At, 0
	for i := range v.Flags {
		f := &v.Flags[i]
		switch {
		case f.Tenant != v.Finding.Subject.Tenant || len(e.Families) == 0 || f.Family != e.Families[0]:
		case f.Revoked != 0 && at.Sub(f.Revoked) <= afterRevoked:
			return 0, fmt.Sprintf("a person revoked flag %s at %s, and for %s from then nothing is allowed without one", f.ID, f.Revoked, howLong(afterRevoked))
		case f.Revoked != 0 || f.By.Person != "" || f.Until <= at:
		default:
			standing++
			if f.From < e.Until && e.From < f.Until {
				machines = plus(machines, f.Envelope.Count)
			}
		}
	}
	if standing >= mostGranted {
		return machines, fmt.Sprintf("%d announced bursts are allowed already and not over; expected fewer than %d", standing, mostGranted)
	}
	return machines, ""
}

// outOfTime says what is wrong with when a burst is, or "". It cannot be announced afterwards:
// then it is an answer.
func (b *bursts) outOfTime(now, from, until evenkeel.Moment) string {
	switch {
	case from < now:
		return fmt.Sprintf("the burst began at %s, before it was announced at %s", from, now)
	case until <= from:
		return fmt.Sprintf("the burst ends at %s, and begins at %s", orNoTime(until), from)
	case from.Sub(now) > b.ahead:
		return fmt.Sprintf("the burst begins at %s; expected within %s", from, howLong(b.ahead))
	case until.Sub(from) > b.longest:
		return fmt.Sprintf("the burst lasts %s; up to %s are allowed without a person", howLong(until.Sub(from)), howLong(b.longest))
	}
	return ""
}

func orNoTime(m evenkeel.Moment) string {
	if m == 0 {
		return "no time"
	}
	return m.String()
}

// rowFor finds the row that the tenant has earned, or nil.
func (b *bursts) rowFor(v *View) *earned {
	slots := (&sight{view: v}).slots(burstFacts)
	for i := range b.earned {
		if b.earned[i].when.holds(slots) {
			return &b.earned[i]
		}
	}
	return nil
}
