package docket

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// How long a measure that is carried out stands at most on which no two persons agreed.
const (
	LongestAlone = 24 * time.Hour // a lease of a machine, or of a person
	IsolateAlone = 4 * time.Hour  // where one person isolates: until a second has looked
)

// IsolateAgain is how long the same person may not isolate the same again: four hours are not stretched to days by
// approving them one after the other.
const IsolateAgain = 24 * time.Hour

// Touch says whether two lists of assets have one in common. A list without assets is about the tenant as a whole, and so
// about whatever the other names.
func Touch(a, b []evenkeel.AssetID) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(x evenkeel.AssetID) bool { return slices.Contains(b, x) })
}

// IsolatedBy returns the isolation of some of these assets that the person let take effect so short a time ago that
// another person has to take it from here, or nil. However it ended, it counts from when it took effect.
func IsolatedBy(decisions []evenkeel.Decision, by evenkeel.PersonID, assets []evenkeel.AssetID, now evenkeel.Moment) *evenkeel.Decision {
	for i := range decisions {
		y := &decisions[i]
		if y.Mode == evenkeel.ModeLive && y.Measure == evenkeel.MeasureIsolate && y.Actor.Person == by && now < y.From.Add(IsolateAgain) && Touch(y.Assets, assets) {
			return y
		}
	}
	return nil
}

// How long what two agreed on stands where no end was asked.
const (
	SuspendFor = 7 * 24 * time.Hour
	LongestEnd = 365 * 24 * time.Hour // what is to last, such as a denial, is looked at again within a year
)

// CutsOff says whether a measure counts towards what is account-wide: nothing but the data path, or no change, is
// left of what it is on.
func CutsOff(m evenkeel.Measure) bool { return m >= evenkeel.MeasureFreeze }

// Cutting says whether a live decision cuts its assets off, or soon will.
func Cutting(x *evenkeel.Decision) bool {
	return x.Mode == evenkeel.ModeLive && (x.State == evenkeel.InForce || x.State == evenkeel.Held) && CutsOff(x.Measure)
}

// TakesTwo says whether a live decision in force takes two persons who agreed on it, by what stands in it. before is
// what it took the place of, nil where of nothing; runs is what the tenant runs, and elsewhere what of it other
// decisions cut off or soon will.
func TakesTwo(x, before *evenkeel.Decision, runs []evenkeel.AssetID, elsewhere func(evenkeel.AssetID) bool) bool {
	long := x.Until.Sub(x.From)
	gave := before != nil && gaveWay(before, x)
	switch {
	case !x.Measure.Enforced():
		return false
	case x.Measure.NeedsTwo() || long > LongestAlone:
		return true
	case x.Measure == evenkeel.MeasureIsolate && x.Actor.Person != "" && long > IsolateAlone &&
		!(gave && before.Measure >= evenkeel.MeasureIsolate && before.Until >= x.Until):
		return true
	}
	return CutsOff(x.Measure) && len(runs) > 1 && !(gave && CutsOff(before.Measure) && Within(x.Assets, before.Assets)) &&
		!slices.ContainsFunc(runs, func(a evenkeel.AssetID) bool { return !slices.Contains(x.Assets, a) && !elsewhere(a) })
}

// gaveWay says whether a decision was in force and gave way to another when that began.
func gaveWay(old, x *evenkeel.Decision) bool {
	return old.ID == x.Supersedes && old.Case == x.Case && old.Mode == evenkeel.ModeLive && old.State == evenkeel.Superseded &&
		old.At == x.From && old.From <= old.At
}

// Within says whether all of some assets are among others.
func Within(some, all []evenkeel.AssetID) bool {
	return !slices.ContainsFunc(some, func(a evenkeel.AssetID) bool { return !slices.Contains(all, a) })
}

// AgreedOn says whether two persons agreed in the review on a decision's measure, and are those who took it.
func (r *Review) AgreedOn(x *evenkeel.Decision) bool {
	m, first, second, ok := r.Agreement()
	return ok && r.Case == x.Case && (m == x.Measure || m == evenkeel.MeasureDeny) && first == x.Actor.Person && second == x.Actor.Second
}

// Covers says whether what they agreed on is about all assets of the decision, and for so long: as was asked, or for
// as long as the measure stands where no end was.
func (r *Review) Covers(x *evenkeel.Decision) bool {
	long := LongestAlone
	switch x.Measure {
	case evenkeel.MeasureSuspend:
		long = SuspendFor
	case evenkeel.MeasureDeny:
		long = LongestEnd
	}
	return r.AgreedOn(x) && x.Until <= max(r.Until, x.From.Add(long)) && Within(x.Assets, r.Assets)
}
