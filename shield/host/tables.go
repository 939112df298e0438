package host

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/host/internal/kernel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Tables carries rules for packets by nftables: chains at the ports of guests, in one table of the family
// netdev. It is a Hand. A packet that offloading made large counts as one; bits count without the header of the link. Behind two
// tags of VLAN an address is not seen: there only limits per port hold, and isolation, which drops all of it.
// A port that is renamed loses its rules until the next Swap.
type Tables struct{ table *kernel.Table }

var _ Hand = (*Tables)(nil)

// NewTables takes the name of the table, which is this agent's alone. What the kernel can do is found out.
func NewTables(name string) (*Tables, error) { return newTables(name, 0) }

func newTables(name string, netns int) (*Tables, error) {
	t, err := kernel.OpenTable(name, netns)
	if err != nil {
		return nil, err
	}
	return &Tables{t}, nil
}

// Name is nftables.
func (*Tables) Name() string { return "nftables" }

// Can is what the kernel took.
func (t *Tables) Can() plan.Can {
	return plan.Can{Traffic: true, PerDestination: t.table.PerDestination()}
}

// BothWays says whether isolation also cuts what goes to a guest; else it cuts what comes from it, which ends
// every connection all the same.
func (t *Tables) BothWays() bool { return t.table.BothWays() }

// Swap puts the rules in force, in one transaction of the kernel.
func (t *Tables) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	return t.table.Swap(ctx, r, now)
}

// Look reads the rules of an asset back.
func (t *Tables) Look(ctx context.Context, r *plan.Ruleset, _ evenkeel.Moment, a evenkeel.AssetID) (Seen, error) {
	says, amiss, dropped, err := t.table.Look(ctx, r, a)
	return Seen{says, amiss, dropped}, err
}
