package host_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/host/handstest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces are made by root only, and this is not root")
	}
}

// run runs a command in the namespace of the test's thread.
func run(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
	return string(out)
}

func TestAPortThatIsRenamedHasItsRulesAgainWithTheNextSwap(t *testing.T) {
	asRoot(t)
	s := open(t)
	o := handstest.Order("a", evenkeel.MeasureDropFlow, "flows", "udp/10.77.1.1/9", s.Now(), time.Hour)
	p := plan.Packet{Dst: handstest.Sink, Proto: 17, SrcPort: 1, DstPort: 9}
	for i, name := range []string{"tap1", "renamed"} {
		if i > 0 {
			run(t, "ip", "link", "set", "tap1", "name", name)
			s.Port.Name = name
		}
		r, _ := plan.Compile([]evenkeel.Order{o}, handstest.World(s.Port), s.Now())
		if err := s.Hand.Swap(t.Context(), r, s.Now()); err != nil {
			t.Fatal(err)
		}
		if n := s.Send(p, 20); n != 0 {
			t.Errorf("at %s %d of 20 packets arrived", name, n)
		}
		if seen, err := s.Hand.Look(t.Context(), r, s.Now(), handstest.Asset); err != nil || seen.Amiss != "" || seen.Dropped[s.Port.Index][plan.ByDrop] < 20 || !strings.Contains(seen.Says, name) {
			t.Errorf("read back: %+v, %v", seen, err)
		}
	}
}

// What another program takes away is missed, and put back: a firewall that is loaded anew flushes all tables.
func TestRulesThatSomebodyFlushedAreMissedAndComeBack(t *testing.T) {
	asRoot(t)
	s := open(t)
	o := handstest.Order("a", evenkeel.MeasureDropFlow, "flows", "udp/10.77.1.1/9", s.Now(), time.Hour)
	r, _ := plan.Compile([]evenkeel.Order{o}, handstest.World(s.Port), s.Now())
	swap := func() {
		t.Helper()
		if err := s.Hand.Swap(t.Context(), r, s.Now()); err != nil {
			t.Fatal(err)
		}
	}
	swap()
	run(t, "nft", "flush", "ruleset")
	if seen, err := s.Hand.Look(t.Context(), r, s.Now(), handstest.Asset); err != nil || seen.Amiss == "" {
		t.Errorf("read back: %+v, %v", seen, err)
	}
	swap()
	if n := s.Send(plan.Packet{Dst: handstest.Sink, Proto: 17, SrcPort: 1, DstPort: 9}, 20); n != 0 {
		t.Errorf("%d of 20 packets arrived", n)
	}
}

// Thousands of elements are there in full: more than fit into one message.
func TestThousandsOfFlowsAreAllThere(t *testing.T) {
	asRoot(t)
	s := open(t)
	var orders []evenkeel.Order
	for i := range 200 {
		var flows []string
		for k := range plan.MostFlows {
			flows = append(flows, fmt.Sprintf("udp/10.78.%d.%d/9", i, k))
		}
		orders = append(orders, handstest.Order(fmt.Sprintf("d-%d", i), evenkeel.MeasureDropFlow, "flows", strings.Join(flows, ","), s.Now(), time.Hour))
	}
	orders = append(orders, handstest.Order("six", evenkeel.MeasureDropFlow, "flows", "tcp/2001:db8::7/443,udp/2001:db8::8/0", s.Now(), time.Hour),
		handstest.Order("limits", evenkeel.MeasureLimit, "new_flows_to", "50", s.Now(), time.Hour),
		handstest.Order("isolated", evenkeel.MeasureIsolate, "", "", s.Now(), time.Hour))
	w := handstest.World(s.Port)
	w.Guard.Floor = 1000
	r, _ := plan.Compile(orders, w, s.Now())
	if err := s.Hand.Swap(t.Context(), r, s.Now()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(run(t, "nft", "list", "table", "netdev", table), "udp . 10.78."); n != 200*plan.MostFlows {
		t.Errorf("%d flows are there; expected %d", n, 200*plan.MostFlows)
	}
}
