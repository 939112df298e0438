package gateway_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// shutter shuts sites where the contract's orders throttle machines.
type shutter struct{ *host.Backend }

func (s shutter) Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	if o.Measure == evenkeel.MeasureThrottle {
		o.Measure, o.Params = evenkeel.MeasureShut, nil
	}
	return s.Backend.Apply(ctx, o)
}

// counted counts how often what is in force became something else.
type counted struct {
	host.Hand
	last *string
	acts *atomic.Int64
}

func (c counted) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	if d := r.Digest(); d != *c.last {
		*c.last = d
		c.acts.Add(1)
	}
	return c.Hand.Swap(ctx, r, now)
}

// TestAnEdgeKeepsTheContract: an edge with the sites of the contract's orders is a backend as others are.
func TestAnEdgeKeepsTheContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) *backendtest.Scene {
		clock, acts, folder, began := backendtest.NewClock(), &atomic.Int64{}, t.TempDir(), backendtest.NewClock().Now()
		w := newWorld(t, func(c *gateway.Config) { c.Clock = func() time.Time { return clock.Now().Time() } }, document("first", ""))
		if err := w.edge.Put(contracted(), nil); err != nil {
			t.Fatal(err)
		}
		world := plan.World{}
		for _, s := range w.edge.Directory().All() {
			world.Guests = append(world.Guests, plan.Guest{Asset: s.Asset})
		}
		both := host.Clock{Wall: clock.Now, BootID: "b", Boot: func() time.Duration { return time.Hour + clock.Now().Sub(began) }}
		last := (&plan.Ruleset{}).Digest()
		open := func() shutter {
			b, err := host.Open(t.Context(), folder, host.Hands{Ingress: counted{w.edge.Hand(), &last, acts}}, func() plan.World { return world }, both, host.Options{Name: "edge"})
			if err != nil {
				t.Fatal(err)
			}
			return shutter{b}
		}
		b := open()
		t.Cleanup(func() { b.Close() })
		cannot := backendtest.Throttle("d-isolate", "vm-1")
		cannot.Measure = evenkeel.MeasureIsolate
		return &backendtest.Scene{
			Backend: b, Clock: clock, Cannot: &cannot,
			Restart: func() shield.Backend {
				if err := b.Close(); err != nil {
					t.Fatal(err)
				}
				b = open()
				return b
			},
			Standing: func(d evenkeel.DecisionID) bool {
				listed := slices.ContainsFunc(b.Standing(t.Context()), func(s host.Standing) bool { return s.Order.Decision == d && s.Effect != "" })
				shut := slices.ContainsFunc(w.edge.Standings(false), func(s gateway.Standing) bool {
					return s.Ordered.Measure == evenkeel.MeasureShut && s.Ordered.Until != 0
				})
				if listed && !shut {
					t.Errorf("%s is said to stand, and no site is shut", d)
				}
				return listed
			},
			Acts: func(evenkeel.DecisionID) int { return int(acts.Load()) },
		}
	})
}

// contracted are sites of all assets that the contract's orders name.
var contracted = sync.OnceValue(func() (all []site.Site) {
	one, err := site.Parse("test", []byte(document("one", "")))
	if err != nil {
		panic(err)
	}
	known := map[evenkeel.AssetID]bool{}
	add := func(a evenkeel.AssetID) {
		if known[a] {
			return
		}
		known[a] = true
		s := one[0]
		s.ID, s.Asset, s.Names = site.ID(fmt.Sprintf("s%d", len(all))), a, []string{fmt.Sprintf("s%d.example", len(all))}
		all = append(all, s)
	}
	add("vm-1")
	for i := range evenkeel.MaxCaseAssets { // as the contract names them
		id := make([]byte, evenkeel.MaxID)
		for k := range id {
			id[k] = "ab\"\\<&"[(i>>k%13+k)%6]
		}
		add(evenkeel.AssetID(id))
	}
	return all
})
