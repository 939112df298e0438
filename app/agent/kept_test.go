package agent

import (
	"log/slog"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/host/handstest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// A second container in a guest's network makes its port that of two. What stands there goes on until it ends; then the port is
// nobody's, as is one at which nothing stood.
func TestASecondContainerInANetworkLiftsNothing(t *testing.T) {
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	ct1 := container{asset: "ct-1", group: "docker/1", ports: []string{"ve1"}}
	ct2 := container{asset: "ct-2", group: "docker/2", ports: []string{"ve1"}}
	ct3 := container{asset: "ct-3", group: "docker/3", ports: []string{"ve3"}}
	ct4 := container{asset: "ct-4", group: "docker/4", ports: []string{"ve3"}}
	h, err := Open(t.Context(), Parts{
		Settings: parsed(t, "data: "+t.TempDir()), Traffic: handstest.OpenMemory(t).Hand, Clock: clock, Name: "host-1", Log: slog.New(slog.DiscardHandler),
		Places: []port.Place{{Name: "ve1", Index: 7}, {Name: "ve3", Index: 9}}, Told: contain([]container{ct1, ct3}, 1),
		Said: func(evenkeel.Receipt) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	now := clock.Wall()
	o := evenkeel.Order{
		ID: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureLimit, Params: map[string]string{"syn_rate": "20"},
		Assets: []evenkeel.AssetID{"ct-1"}, From: now, Until: now.Add(time.Hour),
	}
	if r, err := h.Apply(t.Context(), o); err != nil || r.State != evenkeel.ReceiptApplied {
		t.Fatalf("%+v, %v", r, err)
	}
	know := func(all ...container) {
		t.Helper()
		if err := h.Know(contain(all, 2)); err != nil {
			t.Fatal(err)
		}
		if err := h.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.unkeep()
	}
	for range 2 { // told again it is as told once
		know(ct1, ct2, ct3, ct4)
		if all := h.Standing(t.Context()); len(all) != 1 || all[0].State != plan.Carried || all[0].Effect == "" {
			t.Fatalf("with another in its network it stands so: %+v", all)
		}
		if u := h.Unknown(); len(u) != 1 || u[0].Place.Name != "ve3" {
			t.Errorf("nobody's are %+v; expected the port at which nothing stands", u)
		}
	}
	if _, err := h.Release(t.Context(), "d-1", "a test"); err != nil {
		t.Fatal(err)
	}
	h.unkeep()
	if u := h.Unknown(); len(u) != 2 {
		t.Errorf("once nothing stands there nobody's are %+v; expected both", u)
	}
	know(ct2, ct3)
	if w := h.World(); len(w.Guests) != 2 || len(w.Guests[0].Ports) != 1 || w.Guests[0].Asset != "ct-2" {
		t.Errorf("when the first has gone there are %+v", w.Guests)
	}
}
