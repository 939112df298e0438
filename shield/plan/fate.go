package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Outcome is what becomes of an order.
type Outcome uint8

// The states of an order on this host.
const (
	Carried Outcome = iota + 1 // it is in the ruleset
	Waits                      // nothing is there to put it on: the guest is off, or its port is not there
	Refused                    // this host does not do it
	Over                       // its end came, or its lift
)

var states = [...]string{Carried: "carried", Waits: "waits", Refused: "refused", Over: "over"}

// String returns carried, waits, refused or over.
func (s Outcome) String() string {
	if s == 0 || int(s) >= len(states) {
		return "invalid"
	}
	return states[s]
}

// Fate is what becomes of one order: of its assets the best state, and a part for each that is held here or not.
type Fate struct {
	Order evenkeel.OrderID
	State Outcome
	Why   string // bounded; "" where all of it is carried and nothing is left out
	Parts []Part // in the order of the order's assets; none where the order is refused whole, or over
}

// Part is what becomes of an order at one asset.
type Part struct {
	Asset evenkeel.AssetID
	State Outcome
	Why   string // of a part that is carried: what of it is left out
}

// whole is the fate of an order none of which is looked at further.
func whole(o *evenkeel.Order, s Outcome, why string) Fate {
	return Fate{Order: o.ID, State: s, Why: why}
}

// NotHeld says whether this host does not hold some of its assets.
func (f *Fate) NotHeld() bool {
	return slices.ContainsFunc(f.Parts, func(p Part) bool { return p.Why == NotHeld })
}

// settle makes the state and the sentence out of the parts: what is carried at one asset is carried.
func (f *Fate) settle() {
	f.State = Refused
	for _, p := range f.Parts {
		f.State = min(f.State, p.State)
	}
	f.Why = f.reasons()
}

// reasons names each reason once, with the first asset it holds for and how many more. The reason for its state comes first.
func (f *Fate) reasons() string {
	type reason struct {
		why   string
		state Outcome
		first evenkeel.AssetID
		more  int
	}
	var all []reason
	for _, p := range f.Parts {
		if p.Why == "" {
			continue
		}
		i := slices.IndexFunc(all, func(r reason) bool { return r.why == p.Why })
		if i >= 0 {
			all[i].more++
			continue
		}
		if len(all) < 4 {
			all = append(all, reason{p.Why, p.State, p.Asset, 0})
		}
	}
	slices.SortStableFunc(all, func(a, b reason) int { return int(a.state) - int(b.state) })
	var out []string
	for _, r := range all {
		who := shown(string(r.first))
		if r.more > 0 {
			who = fmt.Sprintf("%s and %d more", who, r.more)
		}
		out = append(out, who+": "+r.why)
	}
	return strings.Join(out, "; ")
}
