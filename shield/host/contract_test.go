package host

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// TestAHostKeepsTheContract: with quotas in a hierarchy of files, and a keeper that runs beside the agent.
func TestAHostKeepsTheContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) *backendtest.Scene {
		c, folder, acts := newClock(), t.TempDir(), &atomic.Int64{}
		root := groups(t, "one", "many")
		leases := filepath.Join(folder, "leases")
		world := plan.World{Guests: everybody()}
		cgroups := func() *Cgroups {
			g, err := NewCgroups(root, leases, c.both())
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		open := func() *Backend {
			b, err := Open(t.Context(), folder, Hands{CPU: counted{cgroups(), root, acts}}, func() plan.World { return world }, c.both(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		b := open()
		t.Cleanup(func() { b.Close() })
		cannot := backendtest.Throttle("d-isolate", "vm-1")
		cannot.Measure = evenkeel.MeasureIsolate
		return &backendtest.Scene{
			Backend: b, Clock: c.wall, Cannot: &cannot,
			Restart: func() shield.Backend {
				if err := b.Close(); err != nil {
					t.Fatal(err)
				}
				b = open()
				return b
			},
			Standing: func(d evenkeel.DecisionID) bool {
				if _, err := cgroups().Expire(t.Context(), c.now()); err != nil {
					t.Fatal(err)
				}
				listed := false
				for _, s := range b.Standing(t.Context()) {
					listed = listed || s.Order.Decision == d && s.Effect != ""
				}
				slowed := quotaOf(t, root, "one") != "max 100000" || quotaOf(t, root, "many") != "max 100000"
				if listed && !slowed {
					t.Errorf("%s is said to stand, and the quota is not there", d)
				}
				return listed
			},
			Acts: func(evenkeel.DecisionID) int { return int(acts.Load()) },
		}
	})
}

// everybody is vm-1, and those of the order with thousands of assets, in one group.
var everybody = sync.OnceValue(func() []plan.Guest {
	all := []plan.Guest{{Asset: "vm-1", Cgroup: "one", CPUs: 1}}
	known := map[evenkeel.AssetID]bool{}
	for i := range evenkeel.MaxCaseAssets {
		if a := thousandth(i); !known[a] {
			known[a] = true
			all = append(all, plan.Guest{Asset: a, Cgroup: "many", CPUs: 1})
		}
	}
	return all
})
