package host_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/host/handstest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// agent opens a backend over nftables at the port of a scene.
func agent(t testing.TB, s *handstest.Scene) *host.Backend {
	t.Helper()
	c, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	b, err := host.Open(t.Context(), t.TempDir(), host.Hands{Traffic: s.Hand}, func() plan.World { return *handstest.World(s.Port) }, c, host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestAnOrderIsAtThePortWhenItsReceiptSaysSo(t *testing.T) {
	asRoot(t)
	s := open(t)
	b := agent(t, s)
	flow := plan.Packet{Dst: handstest.Sink, Proto: 17, SrcPort: 1, DstPort: 9}
	o := handstest.Order("a", evenkeel.MeasureDropFlow, "flows", "udp/10.77.1.1/9", evenkeel.MomentOf(time.Now()), time.Hour)
	r, err := b.Apply(t.Context(), o)
	if err != nil || r.State != evenkeel.ReceiptApplied || !strings.Contains(r.Effect, "drop-flow by nftables; vm-1: 3 rules read back at tap1") {
		t.Errorf("got %+v, %v", r, err)
	}
	if n := s.Send(flow, 20); n != 0 {
		t.Errorf("%d of 20 packets arrived", n)
	}
	if all := b.Standing(t.Context()); len(all) != 1 || !strings.Contains(all[0].Effect, "20 packets dropped") {
		t.Errorf("it stands as %+v", all)
	}
	o.Lift = true
	if r, err := b.Apply(t.Context(), o); err != nil || r.State != evenkeel.ReceiptLifted {
		t.Errorf("got %+v, %v", r, err)
	}
	if n := s.Send(flow, 20); n != 20 {
		t.Errorf("%d of 20 packets arrived after the lift", n)
	}
}

// BenchmarkOrderInForce is an order that is written into the book, put at a port by nftables and read back, and its lift.
func BenchmarkOrderInForce(b *testing.B) {
	s := open(b)
	host := agent(b, s)
	for b.Loop() {
		o := handstest.Order(time.Now().String(), evenkeel.MeasureLimit, "syn_rate", "200", evenkeel.MomentOf(time.Now()), time.Hour)
		if _, err := host.Apply(b.Context(), o); err != nil {
			b.Fatal(err)
		}
		o.ID, o.Lift = evenkeel.NewOrderID(o.Decision, true), true
		if _, err := host.Apply(b.Context(), o); err != nil {
			b.Fatal(err)
		}
	}
}
