package handstest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Addresses of every scene. Whoever makes one answers for all of Far at the other side of the port.
var (
	Guest   = netip.MustParseAddr("10.77.0.2")
	Far     = []netip.Addr{Sink, Other, Third, Gateway, Export}
	Sink    = netip.MustParseAddr("10.77.1.1")
	Other   = netip.MustParseAddr("10.77.1.2")
	Third   = netip.MustParseAddr("10.77.1.3")
	Gateway = netip.MustParseAddr("10.77.0.1") // of the guard
	Export  = netip.MustParseAddr("10.77.2.1") // the data path

	Guest6     = netip.MustParseAddr("fe80::2")
	Neighbours = netip.MustParseAddr("ff02::1:ff00:99") // who are asked for an address of IPv6 that nobody has
)

// Asset is who hangs at the port.
const Asset evenkeel.AssetID = "vm-1"

// Scene is a hand and how it is watched.
type Scene struct {
	Hand host.Hand
	Port plan.Port
	Now  func() evenkeel.Moment // since boot
	// Pass lets time pass: the scene's own, or that of the machine.
	Pass func(time.Duration)
	// Send has the guest send n packets, one right after another, and returns how many arrived. Of a packet
	// Dst, plan.Broadcast among them, DstPort, SrcPort (0: another for each, from 5000 on), Proto (6 or 17) and SYN count.
	// Beside these it sends ARP (Link) and neighbour solicitations (Dst is Neighbours), which ask for who is not there.
	Send func(p plan.Packet, n int) (arrived int)
	// Stream has the guest send without end until stop is called, which returns how many arrived.
	Stream func(p plan.Packet) (stop func() (arrived int))
	// Killed has another process put a ruleset in force, and ends it by SIGKILL.
	Killed func(orders []evenkeel.Order)
}

// Open makes a scene. It sees to it that all ends with the test.
type Open func(t testing.TB) *Scene

// World is what the host of a scene knows.
func World(port plan.Port) *plan.World {
	host := func(a netip.Addr) []netip.Prefix { return []netip.Prefix{netip.PrefixFrom(a, 32)} }
	return &plan.World{
		Guests:   []plan.Guest{{Asset: Asset, Ports: []plan.Port{port}}},
		DataPath: host(Export), Guard: plan.Guard{Gateways: host(Gateway)},
		Can: plan.Can{Traffic: true, PerDestination: true},
	}
}

// Order is one of a measure, from now on for a time.
func Order(name string, m evenkeel.Measure, key, value string, now evenkeel.Moment, length time.Duration) evenkeel.Order {
	d := evenkeel.DecisionID(name)
	o := evenkeel.Order{
		ID: evenkeel.NewOrderID(d, false), Decision: d, Measure: m, Assets: []evenkeel.AssetID{Asset},
		From: now, Until: now.Add(length),
	}
	if key != "" {
		o.Params = map[string]string{key: value}
	}
	return o
}
