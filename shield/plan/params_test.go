package plan

import (
	"reflect"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestParametersAreRead(t *testing.T) {
	for _, c := range []struct {
		name string
		m    evenkeel.Measure
		text string // key=value, between spaces
		says string // of the error; "": none
		want func(Params) bool
	}{
		{"the limits of the built-in policy", limit, "rate=10000 syn_rate=200 new_flows=500", "", func(p Params) bool {
			return reflect.DeepEqual(p.Limits, []Rate{{SYNs, false, 200}, {Flows, false, 500}, {Packets, false, 10000}})
		}},
		{"a limit per destination comes before that of the port", limit, "bit_rate=1000000 bit_rate_to=64000", "", func(p Params) bool {
			return reflect.DeepEqual(p.Limits, []Rate{{Bits, true, 64000}, {Bits, false, 1000000}})
		}},
		{"what is behind the point is cut", limit, "rate=12.99", "", func(p Params) bool { return p.Limits[0].Most == 12 }},
		{"the most", limit, "rate=100000000 bit_rate=100000000000", "", func(p Params) bool { return p.Limits[1].Most == MostBits }},
		{"too much", limit, "rate=100000001", "expected a number from 1 to 100000000", nil},
		{"too few bits for a packet", limit, "bit_rate=63999", "expected a number from 64000 to 100000000000", nil},
		{"less than one", limit, "rate=0.5", `rate is "0.5"`, nil},
		{"a sign", limit, "rate=+5", `rate is "+5"`, nil},
		{"an exponent", limit, "rate=1e3", `rate is "1e3"`, nil},
		{"a unit", limit, "rate=5k", `rate is "5k"`, nil},
		{"a point alone", limit, "rate=5.", `rate is "5."`, nil},
		{"a fraction of something else", limit, "rate=5.x", `rate is "5.x"`, nil},
		{"nothing", limit, "rate=", `rate is ""`, nil},
		{"more digits than a number has", limit, "rate=99999999999999999999999999", "expected a number", nil},
		{"no limit at all", limit, "", "limit names no rate", nil},
		{"an unknown limit", limit, "syns=5", `no parameter "syns"; expected rate, bit_rate, syn_rate or new_flows`, nil},
		{"the parameter of another measure", limit, "cpu=20%", `no parameter "cpu"`, nil},
		{"a suffix alone", limit, "_to=5", `no parameter "_to"`, nil},
		{"a share", throttle, "cpu=20%", "", func(p Params) bool { return p.Share == 2000 && p.Share.String() == "20%" }},
		{"a share without its sign", throttle, "cpu=2.5", "", func(p Params) bool { return p.Share == 250 && p.Share.String() == "2.5%" }},
		{"a share with two decimals", throttle, "cpu=33.33%", "", func(p Params) bool { return p.Share == 3333 }},
		{"a share with three", throttle, "cpu=33.333%", "expected a percentage from 1% to 100%", nil},
		{"all is a share", throttle, "cpu=100%", "", func(p Params) bool { return p.Share == Whole }},
		{"more than all", throttle, "cpu=101%", "expected a percentage", nil},
		{"less than one percent", throttle, "cpu=0.99%", "expected a percentage", nil},
		{"two signs", throttle, "cpu=5%%", "expected a percentage", nil},
		{"no share", throttle, "", "throttle names no cpu", nil},
		{"flows are sorted, each once", dropFlow, "flows=udp/198.51.100.9/0,tcp/203.0.113.7/80,udp/198.51.100.9/0", "", func(p Params) bool {
			return len(p.Flows) == 2 && p.Flows[0].String() == "tcp/203.0.113.7/80" && p.Flows[1].String() == "udp/198.51.100.9/0"
		}},
		{"a mapped address is one of IPv4", dropFlow, "flows=tcp/::ffff:203.0.113.7/80", "", func(p Params) bool { return p.Flows[0].To.Is4() }},
		{"ICMP of IPv6 has another number", dropFlow, "flows=icmp/2001:db8::1/0,icmp/203.0.113.7/0", "", func(p Params) bool {
			return p.Flows[0].Proto == 1 && p.Flows[1].Proto == 58 && p.Flows[1].String() == "icmpv6/2001:db8::1/0"
		}},
		{"what is not cut can be limited", dropFlow, "flows=tcp/203.0.113.7/80 rate=10 syn_rate_to=5", "", func(p Params) bool {
			return len(p.Flows) == 1 && reflect.DeepEqual(p.Limits, []Rate{{SYNs, true, 5}, {Packets, false, 10}})
		}},
		{"limits alone cut no flow", dropFlow, "rate=10", "drop-flow names no flows", nil},
		{"a protocol without ports has none", dropFlow, "flows=gre/203.0.113.7/5", "and 0 where the protocol has none", nil},
		{"a protocol that is not known", dropFlow, "flows=quic/203.0.113.7/5", "expected tcp, udp, sctp, icmp, icmpv6 or gre", nil},
		{"a name is no address", dropFlow, "flows=tcp/example.com/5", "expected one IPv4 or IPv6 address", nil},
		{"a zone", dropFlow, "flows=tcp/fe80::1%eth0/5", "without a zone", nil},
		{"every address", dropFlow, "flows=tcp/0.0.0.0/5", "expected one IPv4 or IPv6 address", nil},
		{"a range", dropFlow, "flows=tcp/10.0.0.0/8/80", "expected protocol/address/port", nil},
		{"a port too high", dropFlow, "flows=tcp/203.0.113.7/65536", "expected 0 to 65535", nil},
		{"a port with a zero before it", dropFlow, "flows=tcp/203.0.113.7/080", "expected 0 to 65535", nil},
		{"an empty flow", dropFlow, "flows=tcp/203.0.113.7/80,", `flow ""`, nil},
		{"too many", dropFlow, "flows=" + strings.Repeat("tcp/203.0.113.7/80,", MostFlows) + "tcp/203.0.113.7/80", "names 17 flows; expected at most 16", nil},
		{"too long", dropFlow, "flows=" + strings.Repeat("x", maxParam+1), "has 1025 bytes", nil},
		{"no flows", dropFlow, "", "drop-flow names no flows", nil},
		{"isolate has no parameters", isolate, "rate=5", `isolate has no parameter "rate"; expected none`, nil},
		{"and needs none", isolate, "", "", func(p Params) bool { return reflect.DeepEqual(p, Params{}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := ParseParams(c.m, order("d", c.m, c.text).Params)
			switch {
			case (err == nil) != (c.says == ""), err != nil && !strings.Contains(err.Error(), c.says):
				t.Errorf("got %v; expected %q", err, c.says)
			case err == nil && !c.want(p):
				t.Errorf("got %+v", p)
			case err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid:
				t.Errorf("%v is not called invalid", err)
			}
		})
	}
}

// FuzzParams: whatever comes is refused in a short sentence, or reads back as the same.
func FuzzParams(f *testing.F) {
	for _, s := range []string{"20%", "10000", "1.5", "tcp/203.0.113.7/80,udp/198.51.100.9/0", "icmp/2001:db8::1/0", "sctp/::ffff:1.2.3.4/1", ""} {
		f.Add("rate_to", s)
		f.Add("flows", s)
		f.Add("cpu", s)
	}
	f.Fuzz(func(t *testing.T, key, text string) {
		for _, m := range []evenkeel.Measure{limit, dropFlow, throttle, isolate} {
			p, err := ParseParams(m, map[string]string{key: text})
			if err != nil {
				if len(err.Error()) > 400 {
					t.Errorf("%d bytes of error", len(err.Error()))
				}
				continue
			}
			for _, r := range p.Limits {
				if r.Most < 1 || r.Most > MostBits {
					t.Errorf("a rate of %d", r.Most)
				}
			}
			if p.Share > Whole {
				t.Errorf("a share of %v", p.Share)
			}
			if s, err := ParseShare(p.Share.String()); p.Share != 0 && (err != nil || s != p.Share) {
				t.Errorf("%v reads back as %v: %v", p.Share, s, err)
			}
			for _, x := range p.Flows {
				if y, err := ParseFlow(x.String()); err != nil || x != y {
					t.Errorf("%v reads back as %v: %v", x, y, err)
				}
			}
		}
	})
}
