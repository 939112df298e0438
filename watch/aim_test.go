package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

const aimRule = `
rule: aimed
version: 1
family: flood
mode: live
subject: asset
about: Many packets, and where most of them went.
windows:
  out: {of: flow, where: 'direction == "out"', sum: packets, for: 1m, pane: 30s}
  to: {of: flow, where: 'direction == "out"', top: packets, for: 1m, pane: 30s}
terms:
  - {name: packets, family: wire, when: 'out.sum >= 1000', value: out.sum, threshold: 1000, weight: 1, says: "{out.sum:count packet}, most to {to.most}."}
score: 1
tests: {hit: [hit.txtar], miss: [miss.txtar]}
`

// sent are flows of one asset, a second apart.
func sent(b *evenkeel.Batch, asset evenkeel.AssetID, from evenkeel.Moment, flows ...evenkeel.Flow) {
	for i, f := range flows {
		f.At, f.ID, f.Asset = from.Add(time.Duration(i)*time.Second), uint64(len(b.Records)+1), asset
		if f.Direction == 0 {
			f.Direction = evenkeel.DirectionOut
		}
		b.AddFlow(f)
	}
}

func TestAFindingNamesWhereTheLargestFlowsWent(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	sent(b, "vm-1", start,
		evenkeel.Flow{Remote: "198.51.100.9", Port: 53, Protocol: "udp", Packets: 40},
		evenkeel.Flow{Remote: "203.0.113.7", Port: 80, Protocol: "tcp", Packets: 700},
		evenkeel.Flow{Remote: "203.0.113.7", Port: 80, Protocol: "tcp", Packets: 900},
		evenkeel.Flow{Remote: "2001:db8::5", Protocol: "icmpv6", Packets: 60},
		evenkeel.Flow{Remote: "no address", Port: 1, Protocol: "tcp", Packets: 5000},
		evenkeel.Flow{Remote: "203.0.113.8", Port: 1, Protocol: "carrier pigeon", Packets: 5000},
		evenkeel.Flow{Remote: "203.0.113.9", Port: 22, Protocol: "tcp", Packets: 9000, Direction: evenkeel.DirectionIn},
	)
	found, _ := run(t, rules(t, aimRule), Options{}, fourTenants(), b)
	if len(found) == 0 {
		t.Fatal("nothing was found")
	}
	last := found[len(found)-1]
	want := []evenkeel.Aim{
		{Protocol: "tcp", Address: netip.MustParseAddr("203.0.113.7"), Port: 80, Most: 900},
		{Protocol: "icmpv6", Address: netip.MustParseAddr("2001:db8::5"), Most: 60},
		{Protocol: "udp", Address: netip.MustParseAddr("198.51.100.9"), Port: 53, Most: 40},
	}
	if last.Revision != evenkeel.Final || !slices.Equal(last.Aims, want) {
		t.Errorf("a %s finding names %v; want %v", last.Revision, last.Aims, want)
	}
	if says := last.Terms[0].Says; !strings.HasSuffix(says, "packets, most to 203.0.113.7, port 80 (tcp).") {
		t.Errorf("it says %q", says)
	}
	var read evenkeel.Finding
	line, err := last.MarshalJSON()
	if err == nil {
		err = read.UnmarshalJSON(line)
	}
	if err != nil || !slices.Equal(read.Aims, want) {
		t.Errorf("read back it names %v, %v", read.Aims, err)
	}
}

// TestAFindingThatIsHeldKeepsWhereFlowsWent: whose the asset is may be told after a restart.
func TestAFindingThatIsHeldKeepsWhereFlowsWent(t *testing.T) {
	rs := rules(t, aimRule)
	e, err := New(rs, Options{Key: [16]byte{7}})
	if err != nil {
		t.Fatal(err)
	}
	b := evenkeel.NewBatch("test", 0)
	sent(b, "nobodys", start, evenkeel.Flow{Remote: "203.0.113.7", Port: 80, Protocol: "tcp", Packets: 2000})
	e.Observe(b, fourTenants())
	data, _ := checkpointOf(t, e, nil)
	got := restored(t, data, rs, Options{Key: [16]byte{7}}).Attribute((&books{}).hold("nobodys", "t-9", start.Add(-time.Hour), 0))
	if len(got) != 1 || len(got[0].Aims) != 1 || fmt.Sprint(got[0].Aims[0]) != "203.0.113.7, port 80 (tcp)" {
		t.Errorf("after a restart it is %+v", got)
	}
}
