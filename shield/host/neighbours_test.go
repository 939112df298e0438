package host_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/host/handstest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Property D, of the guest's own kernel: while its flood empties the bucket of a limit it asks by ARP who its gateway is,
// is answered, and reaches it.
func TestAGuestThatFloodsStillFindsItsNeighbours(t *testing.T) {
	asRoot(t)
	for name, hand := range map[string]func(*wire) (host.Hand, string){"eBPF": byPrograms, "nftables": byTables} {
		t.Run(name, func(t *testing.T) {
			var w *wire
			s := scene(t, func(x *wire) (host.Hand, string) { w = x; return hand(x) })
			r, _ := plan.Compile([]evenkeel.Order{handstest.Order("a", evenkeel.MeasureLimit, "rate", "5", s.Now(), time.Hour)}, handstest.World(s.Port), s.Now())
			if err := s.Hand.Swap(t.Context(), r, s.Now()); err != nil {
				t.Fatal(err)
			}
			began := s.Now()
			stop := s.Stream(plan.Packet{Dst: handstest.Sink, Proto: 17, SrcPort: 4000, DstPort: 9})
			w.inGuest(func() { run(t, "ip", "neigh", "del", handstest.Gateway.String(), "dev", "eth0") })
			reached := false
			for range 100 { // a fifth of a second each where nothing comes
				if reached = s.Send(plan.Packet{Dst: handstest.Gateway, Proto: 17, SrcPort: 4000, DstPort: 53}, 1) == 1; reached {
					break
				}
			}
			took := s.Now().Sub(began)
			flood := stop()
			if !reached {
				t.Errorf("the guest does not find its gateway in %v", took)
			}
			if most := 50 + int(took.Seconds()*10); flood > most {
				t.Errorf("%d packets of the flood arrived in %v; expected at most %d", flood, took, most)
			}
		})
	}
}

// inGuest does something in the guest's namespace, on the thread of the test.
func (w *wire) inGuest(do func()) {
	w.t.Helper()
	for _, ns := range []int{w.guest, w.host} {
		if err := unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
			w.t.Fatal(err)
		}
		if ns == w.guest {
			do()
		}
	}
}
