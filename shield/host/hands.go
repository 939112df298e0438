package host

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Hand puts its part of a ruleset in force: rules for packets, shares of CPUs, or pauses. handstest holds
// hands of traffic to this.
//
// Moments are on the clock of the host's boot (Clock.Boot), as the ends in the ruleset are.
type Hand interface {
	// Name is what receipts and logs call it.
	Name() string
	// Can is what it can do here, as it was found out by trying.
	Can() plan.Can
	// Swap makes its part of r all that is in force of what it ever put there: in one step, so that there is
	// no moment without the rules that are in both. What the kernel holds besides, of an earlier
	// process too, is removed. What is there already is left alone, with its buckets. Each element
	// ends by itself at its end, also when nobody calls again. After an error what stood stands.
	Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error
	// Look reads back what stands for an asset, and compares it with r.
	Look(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment, a evenkeel.AssetID) (Seen, error)
}

// Seen is what a hand read back of one asset.
type Seen struct {
	Says    string             // what is in force, in a few words
	Amiss   string             // what the ruleset says and is not there; "": nothing
	Dropped map[int]plan.Drops // at each of its ports, by the index of the interface, since the hand began to count there
}

// Hands are those of a host. Each may be nil.
type Hands struct {
	Traffic Hand
	CPU     Hand
	Machine Hand
	Ingress Hand
}

// can is what they can do together.
func (h *Hands) can() (c plan.Can) {
	if h.Traffic != nil {
		x := h.Traffic.Can()
		c.Traffic, c.PerDestination = x.Traffic, x.PerDestination
	}
	c.CPU = h.CPU != nil && h.CPU.Can().CPU
	c.Machine = h.Machine != nil && h.Machine.Can().Machine
	c.Ingress = h.Ingress != nil && h.Ingress.Can().Ingress
	return c
}

// measures are those that they can carry out.
func (c caps) measures() (all []evenkeel.Measure) {
	if c.Ingress {
		all = append(all, evenkeel.MeasureChallenge, evenkeel.MeasureShut)
	}
	if c.Traffic {
		all = append(all, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow)
	}
	if c.CPU {
		all = append(all, evenkeel.MeasureThrottle)
	}
	if c.Traffic {
		all = append(all, evenkeel.MeasureIsolate)
	}
	if c.Machine {
		all = append(all, evenkeel.MeasureSuspend)
	}
	return all
}

type caps plan.Can

// sorted are the keys of a map, in order.
func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
