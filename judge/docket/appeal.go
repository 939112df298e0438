package docket

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// MostAppeals is on how many appeals against one decision persons decide: the first, and one more
// that another person hears. Words are free, and persons are few (property G).
const MostAppeals = 2

// Origin is the decision as which another one began: who appeals against what stands in the place of
// something, is no more than that and names nothing else, appeals against the same. all are those of
// the case.
func Origin(x *evenkeel.Decision, all []evenkeel.Decision) evenkeel.DecisionID {
	for {
		i := slices.IndexFunc(all, func(y evenkeel.Decision) bool { return x.Supersedes != "" && y.ID == x.Supersedes && y.At <= x.At })
		if i < 0 || x.Measure > all[i].Measure || adds(x.Assets, all[i].Assets) {
			return x.ID
		}
		x = &all[i]
	}
}

// adds says whether some assets are more than others; none are all.
func adds(now, before []evenkeel.AssetID) bool {
	return len(before) > 0 && (len(now) == 0 || slices.ContainsFunc(now, func(a evenkeel.AssetID) bool { return !slices.Contains(before, a) }))
}

// WindowOf is the clock until which a decision can be appealed against, nil: none runs.
func WindowOf(x *evenkeel.Decision, clocks []Clock) *Clock {
	for i := range clocks {
		if k := &clocks[i]; k.Kind == ClockAppeal && k.Decision == x.ID && k.Ended == 0 {
			return k
		}
	}
	return nil
}

// AppealOf is the running clock of the appeal against a decision or what it began as, nil: none is
// open; and Heard who decided on those before it, an element for each.
func AppealOf(x *evenkeel.Decision, all []evenkeel.Decision, clocks ...[]Clock) (open *Clock, heard [][]evenkeel.PersonID) {
	origin := Origin(x, all)
	for _, some := range clocks {
		for i := range some {
			k := &some[i]
			if k.Kind != ClockAppealAnswer || k.Ended != 0 && len(k.Heard) == 0 {
				continue
			}
			at := slices.IndexFunc(all, func(y evenkeel.Decision) bool { return y.ID == k.Decision })
			if k.Decision != x.ID && (at < 0 || Origin(&all[at], all) != origin) {
				continue
			}
			if k.Ended == 0 {
				open = k
			}
			if len(k.Heard) > len(heard) {
				heard = k.Heard
			}
		}
	}
	return open, heard
}
