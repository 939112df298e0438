package procedure

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Found returns the leases of machines' measures that a finding shows to be needed still, with that
// noted: each of its own assets, so that what one machine does is not taken for what another one
// does. Those where the same was noted a moment ago are left out.
func Found(d *docket.Dossier, f *evenkeel.Finding, ago time.Duration) (out []docket.Clock) {
	for _, k := range d.Clocks {
		if k.Kind != docket.ClockLease || k.Ended != 0 || f.Until < k.Found.Add(ago) {
			continue
		}
		x := expiry{d: d, k: k}
		if y := x.decision(evenkeel.InForce); y != nil && y.Actor.Automatic() && y.Measure.Enforced() && f.Until > y.From && touch(y.Assets, f.Named()) {
			k.Found = f.Until
			out = append(out, k)
		}
	}
	return out
}

// Goes says whether what a finding saw goes on as far as is known at a moment, and did not only go
// on when it was seen.
func Goes(f *evenkeel.Finding, now evenkeel.Moment) bool { return f.Until >= now.Add(-stillMeasured) }

// Answered says whether something was decided on a finding since it was told: the same told once more
// is not decided again.
func Answered(d *docket.Dossier, f *evenkeel.Finding) bool {
	return slices.ContainsFunc(d.Decisions, func(x evenkeel.Decision) bool {
		return x.At >= f.At && len(x.Grounds.Basis) > 0 && x.Grounds.Basis[0].Finding == f.ID
	})
}

// settling is how long after its case was closed what was found may be of before: reports come late, and whoever was
// told to stop needs a while.
const settling = time.Hour

// After says whether a finding is of what goes on after its case was closed against the tenant, or over nothing: it was seen
// more than an hour later. Whoever was cleared, or is covered by a flag, is not meant.
func After(d *docket.Dossier, f *evenkeel.Finding) bool {
	c := d.Case
	if c == nil || c.State != evenkeel.CaseClosed || f.Until <= c.Since.Add(settling) {
		return false
	}
	return c.Outcome == evenkeel.OutcomeConfirmed || c.Outcome == evenkeel.OutcomeVictim || c.Outcome == evenkeel.OutcomeInconclusive
}

// Unseen says whether nothing is enforced on these assets, nor held or proposed: nobody looks at them.
func Unseen(d *docket.Dossier, assets []evenkeel.AssetID) bool {
	return !slices.ContainsFunc(live(d.Decisions, evenkeel.InForce, evenkeel.Held, evenkeel.Proposed), func(x evenkeel.Decision) bool {
		return touch(x.Assets, assets) && (x.Measure.Enforced() || x.State != evenkeel.InForce)
	})
}

// LetGo says whether a machine's measure on some of these assets ended because its time was up
// before what is found of them was seen, and nothing is enforced, held or proposed in its place
// since: whoever bore it goes on freely and nobody was asked. What a person ended, chose or refused
// is not so.
func LetGo(d *docket.Dossier, assets []evenkeel.AssetID, seen evenkeel.Moment) bool {
	if openCase(d) == nil {
		return false
	}
	var last *evenkeel.Decision
	mine := slices.DeleteFunc(live(d.Decisions), func(x evenkeel.Decision) bool { return !touch(x.Assets, assets) })
	for i := range mine {
		x := &mine[i]
		switch {
		case x.State == evenkeel.Held, x.State == evenkeel.Proposed:
			return false
		case !x.Measure.Enforced() && x.State != evenkeel.Refused:
		case x.State == evenkeel.InForce:
			return false
		default:
			last = x
		}
	}
	return last != nil && last.State == evenkeel.Lapsed && last.Actor.Automatic() && last.At < seen
}

// Unlimited says whether packets from these assets hurt others while a machine only asked about them,
// and nothing is enforced or held: it may have been held back by what is over by now, such as a
// budget that a crowd had spent. What a person said of it is asked by whoever weighs it again.
func Unlimited(d *docket.Dossier, fam *policy.Family, assets []evenkeel.AssetID) (asked bool) {
	if openCase(d) == nil || fam == nil || fam.Harm != policy.HarmPackets {
		return false
	}
	for _, x := range live(d.Decisions, evenkeel.InForce, evenkeel.Held, evenkeel.Proposed) {
		switch {
		case !touch(x.Assets, assets):
		case x.State == evenkeel.Proposed:
			asked = asked || x.Actor.Automatic()
		case x.Measure.Enforced():
			return false
		}
	}
	return asked
}
