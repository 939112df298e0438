package score

import (
	"io/fs"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	policies "github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// stream is what one of the built-in terms against floods is about, as packets of one size.
type stream struct {
	rate  int // packets a second; 0: of the rule's threshold, in its ten seconds
	hosts int // how many destinations
	proto uint8
	syn   bool
	ports bool // each packet to another port
	size  int
}

const (
	masscan = 100     // probes a second of a common scanner where nobody tells it otherwise (its --rate)
	network = 1 << 16 // destinations
	monlist = 482     // bytes of one answer of NTP, which takes part in the largest amplifications
)

var streams = map[string]stream{
	"syn-flood":    {0, 1, packet.TCP, true, false, 60},
	"udp-flood":    {0, 1, packet.UDP, false, false, 60},
	"icmp-flood":   {0, 1, packet.ICMP, false, false, 60},
	"packet-flood": {0, 1, packet.TCP, false, false, 60},
	"sweep":        {masscan, network, packet.TCP, true, false, 60},
	"ports":        {masscan, 1, packet.TCP, true, true, 60},
	"udp-sweep":    {masscan, network, packet.UDP, false, false, 60},
	"ping-sweep":   {masscan, network, packet.ICMP, false, false, 60},
	"amplifies":    {25_000_000 / 10 / monlist, 3, packet.UDP, false, false, monlist},
	"guesses":      {masscan, 10, packet.TCP, true, false, 60},
}

// notByRate are answered by cutting flows and by isolating: no rate tells them from what is the guest's own.
var notByRate = map[string]bool{"foreign-sources": true, "foreign-source": true, "many-foreign-sources": true}

// TestWhatIsFoundIsCutByTheLimitThatFollows sends what each term of the built-in rules against floods is about and
// counts what passes once the buckets, which begin full, are empty: half of it at most. What is found at a rate that its limit
// lets through would be found, and not limited.
func TestWhatIsFoundIsCutByTheLimitThatFollows(t *testing.T) {
	p, err := policies.Default()
	if err != nil {
		t.Fatal(err)
	}
	fam, _ := p.Family("flood")
	seen := 0
	for name, threshold := range floodTerms(t) {
		x, ok := streams[name]
		if !ok {
			if !notByRate[name] {
				t.Errorf("%s: nothing is known of what its limit cuts", name)
			}
			continue
		}
		seen++
		if x.rate == 0 {
			x.rate = threshold / 10
		}
		for _, m := range []evenkeel.Measure{evenkeel.MeasureLimit, evenkeel.MeasureDropFlow} {
			params := fam.ParamsOf(m, []evenkeel.Basis{{Terms: []evenkeel.Term{{Name: name, Weight: 4}}}})
			if sent, passed := x.under(t, params); passed*2 > sent {
				t.Errorf("%s, at %d a second: %d of %d pass a %s with %v; expected at most half", name, x.rate, passed, sent, m, params)
			}
		}
	}
	if seen != len(streams) {
		t.Errorf("%d terms were looked at; expected %d", seen, len(streams))
	}
}

// floodTerms are the terms of the built-in rules of the family, with their thresholds.
func floodTerms(t *testing.T) map[string]int {
	t.Helper()
	files, err := fs.Glob(builtin.FS(), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for _, file := range files {
		text, err := fs.ReadFile(builtin.FS(), file)
		if err != nil {
			t.Fatal(err)
		}
		var rule struct {
			Family string
			Terms  []struct{ Name, Threshold string }
		}
		if err := yaml.Unmarshal(text, &rule); err != nil {
			t.Fatal(err)
		}
		for _, x := range rule.Terms {
			if rule.Family != "flood" {
				break
			}
			if all[x.Name], err = strconv.Atoi(x.Threshold); err != nil {
				t.Fatalf("%s of %s: %v", x.Name, file, err)
			}
		}
	}
	return all
}

// under sends five seconds of it at a port that is limited, and counts those after the first.
func (x *stream) under(t *testing.T, params map[string]string) (sent, passed int) {
	t.Helper()
	start := evenkeel.Moment(time.Hour)
	r, fates := plan.Compile(
		[]evenkeel.Order{{
			ID: "o-1", Decision: "d-1", Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"vm-1"}, From: start, Until: start.Add(time.Hour), Params: params,
		}},
		&plan.World{Guests: []plan.Guest{{Asset: "vm-1", Ports: []plan.Port{{Name: "tap1", Index: 1}}}}, Can: plan.Can{Traffic: true, PerDestination: true}},
		start)
	if len(fates) != 1 || fates[0].State != plan.Carried {
		t.Fatalf("%+v", fates)
	}
	var s plan.Memory
	for i := range 5 * x.rate {
		host, port := i%x.hosts, uint16(80)
		if x.ports {
			port = uint16(i)
		}
		p := plan.Packet{
			Port: 1, Src: netip.MustParseAddr("10.0.0.10"), Dst: netip.AddrFrom4([4]byte{203, 0, byte(host >> 8), byte(host)}),
			Proto: x.proto, Ported: true, SrcPort: 40_000, DstPort: port, ICMP: 8, SYN: x.syn, Size: x.size,
		}
		pass := r.Verdict(&s, &p, start.Add(time.Duration(i)*time.Second/time.Duration(x.rate))).Pass
		if i < x.rate {
			continue
		}
		if sent++; pass {
			passed++
		}
	}
	return sent, passed
}
