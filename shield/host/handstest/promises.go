package handstest

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Run holds a hand to the contract.
func Run(t *testing.T, open Open) {
	for _, x := range promises {
		t.Run(x.says, func(t *testing.T) {
			p := &player{open(t), t, nil}
			x.holds(p)
			p.swap()
		})
	}
}

type player struct {
	*Scene
	t     *testing.T
	rules *plan.Ruleset
}

// swap puts orders in force, and nothing else.
func (p *player) swap(orders ...evenkeel.Order) {
	p.t.Helper()
	r, fates := plan.Compile(orders, World(p.Port), p.Now())
	for _, f := range fates {
		if f.State == plan.Refused {
			p.t.Fatalf("%s is %v: %s", f.Order, f.State, f.Why)
		}
	}
	if err := p.Hand.Swap(p.t.Context(), r, p.Now()); err != nil {
		p.t.Fatal(err)
	}
	p.rules = r
}

func (p *player) order(m evenkeel.Measure, key, value string) evenkeel.Order {
	return Order("d-"+m.String()+key, m, key, value, p.Now(), time.Hour)
}

// arrives sends and wants a number of packets to arrive.
func (p *player) arrives(what string, x plan.Packet, n, least, most int) {
	p.t.Helper()
	if got := p.Send(x, n); got < least || got > most {
		p.t.Errorf("%s: %d of %d packets arrived; expected %d to %d", what, got, n, least, most)
	}
}

// dropped wants at least so many packets to be counted by each rule, and no other flow to be cut: machines
// speak unasked, and so a limit and isolation may have dropped more.
func (p *player) dropped(least plan.Drops) {
	p.t.Helper()
	seen, err := p.Hand.Look(p.t.Context(), p.rules, p.Now(), Asset)
	if err != nil {
		p.t.Fatal(err)
	}
	got := seen.Dropped[p.Port.Index]
	if got[plan.ByDrop] != least[plan.ByDrop] || got[plan.ByLimit] < least[plan.ByLimit] || got[plan.ByIsolate] < least[plan.ByIsolate] {
		p.t.Errorf("%v packets are said to be dropped, by each rule; expected %v", got, least)
	}
}

var (
	toSink  = plan.Packet{Dst: Sink, Proto: 17, SrcPort: 4000, DstPort: 9}
	syn     = plan.Packet{Dst: Sink, Proto: 6, SrcPort: 4000, DstPort: 80, SYN: true}
	asks    = plan.Packet{Dst: Sink, Proto: 17, SrcPort: 68, DstPort: 67} // as a client of DHCP does
	answers = plan.Packet{Dst: Sink, Proto: 17, SrcPort: 67, DstPort: 68}
	ack     = plan.Packet{Dst: Sink, Proto: 6, SrcPort: 4000, DstPort: 80}
	ping    = plan.Packet{Dst: Sink, Proto: packet.ICMP, ICMP: 8}
	arp     = plan.Packet{Link: plan.ARP}
	solicit = plan.Packet{Dst: Neighbours, Proto: packet.ICMPv6, ICMP: 135}
)

func to(x plan.Packet, a *plan.Packet) plan.Packet { x.Dst = a.Dst; return x }

var (
	toOther   = plan.Packet{Dst: Other}
	toThird   = plan.Packet{Dst: Third}
	toGateway = plan.Packet{Dst: Gateway}
	toLink    = plan.Packet{Dst: plan.Broadcast}
	toExport  = plan.Packet{Dst: Export}
)

const (
	limit    = evenkeel.MeasureLimit
	dropFlow = evenkeel.MeasureDropFlow
	isolate  = evenkeel.MeasureIsolate
	many     = 600
)

var promises = []struct {
	says  string
	holds func(p *player)
}{
	{"with nothing in force everything arrives", func(p *player) {
		p.arrives("SYNs", syn, many, many, many)
		p.arrives("datagrams", toSink, many, many, many)
	}},
	{"SYNs are limited while packets of connections and datagrams pass", func(p *player) {
		p.swap(p.order(limit, "syn_rate", "100"))
		p.arrives("SYNs", syn, many, 100, 300)
		p.arrives("packets of connections", ack, many, many, many)
		p.arrives("datagrams", toSink, many, many, many)
	}},
	{"a limit per destination leaves other destinations", func(p *player) {
		p.swap(p.order(limit, "rate_to", "100"))
		p.arrives("to one", toSink, many, 100, 300)
		p.arrives("to another", to(toSink, &toOther), 100, 100, 100)
		p.arrives("to the first", toSink, many, 0, 300)
	}},
	{"new flows are limited while those that are known go on", func(p *player) {
		p.swap(p.order(limit, "new_flows", "50"))
		fresh := toSink
		fresh.SrcPort = 0
		p.arrives("new flows", fresh, 200, 50, 150)
		first := toSink
		first.SrcPort = 5000
		p.arrives("packets of the first flow", first, many, many, many)
		p.arrives("SYNs, which begin flows", syn, many, 0, 200)
		p.arrives("pings, each of which is one", ping, many, 0, 200)
	}},
	{"a bit rate is held, and the burst passes", func(p *player) {
		p.swap(p.order(limit, "bit_rate", "64000"))
		p.arrives("small packets within the burst", toSink, many, many, many)
	}},
	{"drop-flow is exact", func(p *player) {
		p.swap(p.order(dropFlow, "flows", "udp/10.77.1.1/9,tcp/10.77.1.2/0"))
		p.arrives("the flow", toSink, many, 0, 0)
		x := toSink
		x.DstPort = 10
		p.arrives("another port", x, many, many, many)
		p.arrives("another address", to(toSink, &toThird), many, many, many)
		p.arrives("another protocol", ack, many, many, many)
		p.arrives("any port of a protocol", to(syn, &toOther), many, 0, 0)
		p.arrives("another protocol to that address", to(toSink, &toOther), many, many, many)
	}},
	{"D: isolation keeps the data path, and the guard", func(p *player) {
		p.swap(p.order(isolate, "", ""))
		p.arrives("to anybody", toSink, many, 0, 0)
		p.arrives("SYNs to anybody", syn, many, 0, 0)
		p.arrives("to the export", to(ack, &toExport), many, many, many)
		p.arrives("to the gateway", to(toSink, &toGateway), many, many, many)
	}},
	{"of an isolated guest nothing leaves as DHCP but what asks its own link for an address, and little of that", func(p *player) {
		p.arrives("DHCP to its link, with nothing in force", to(asks, &toLink), many, many, many)
		p.swap(p.order(isolate, "", ""))
		p.arrives("as a client of DHCP to anybody", asks, many, 0, 0)
		p.arrives("as a server of DHCP to anybody", answers, many, 0, 0)
		p.arrives("as a server of DHCP to its link", to(answers, &toLink), many, 0, 0)
		p.arrives("DHCP to its link", to(asks, &toLink), many, plan.Chatter, 3*plan.Chatter)
	}},
	{"D: a guest that floods keeps its address under a limit, and floods as nothing that it needs for that", func(p *player) {
		p.swap(p.order(limit, "rate", "5"), p.order(limit, "rate_to", "5"))
		p.arrives("a flood", toSink, many, 1, 40)
		for what, x := range map[string]plan.Packet{"ARP": arp, "neighbour discovery": solicit, "DHCP to its link": to(asks, &toLink)} {
			p.arrives(what, x, plan.Chatter/2, plan.Chatter/2, plan.Chatter/2)
			p.arrives("a flood of "+what, x, many, 1, 3*plan.Chatter)
		}
		p.arrives("a flood", toSink, many, 0, 40)
	}},
	{"what looks like DHCP is limited and cut as all else", func(p *player) {
		p.swap(p.order(limit, "rate", "10"), p.order(dropFlow, "flows", "udp/10.77.1.2/67,udp/255.255.255.255/67"))
		p.arrives("as a client of DHCP", asks, many, 5, 60) // the guest's kernel says something too
		p.arrives("as a server of DHCP", answers, many, 0, 60)
		p.arrives("the flow that is cut", to(asks, &toOther), many, 0, 0)
		p.arrives("DHCP to its link, which is cut", to(asks, &toLink), many, 0, 0)
	}},
	{"the guard wins over every limit", func(p *player) {
		p.swap(p.order(limit, "rate", "5"), p.order(limit, "syn_rate", "5"))
		p.arrives("to anybody", toSink, many, 1, 40)
		p.arrives("SYNs to the gateway", to(syn, &toGateway), many, many, many)
	}},
	{"of two limits the strictest holds, and not both", func(p *player) {
		a, b := p.order(limit, "syn_rate", "200"), p.order(limit, "syn_rate", "100")
		b.ID, b.Decision = "o-other", "other"
		p.swap(a, b)
		p.arrives("SYNs", syn, many, 100, 300)
	}},
	{"twice is once: the same ruleset again gives no new burst", func(p *player) {
		o := p.order(limit, "rate", "10")
		p.swap(o)
		p.arrives("the burst", toSink, 100, 10, 40)
		for range 5 {
			p.swap(o)
		}
		p.arrives("after the same again", toSink, 9, 0, 8)
		if seen, err := p.Hand.Look(p.t.Context(), p.rules, p.Now(), Asset); err != nil || seen.Amiss != "" || seen.Says == "" {
			p.t.Errorf("read back: %+v, %v", seen, err)
		}
	}},
	{"what was dropped is counted by what dropped it", func(p *player) {
		other := p.order(limit, "rate_to", "1")
		other.ID, other.Decision = "o-other", "other"
		p.swap(p.order(dropFlow, "flows", "udp/10.77.1.1/9"), other)
		p.dropped(plan.Drops{})
		p.arrives("the flow", toSink, 10, 0, 0)
		p.dropped(plan.Drops{plan.ByDrop: 10})
		n := p.Send(to(toSink, &toOther), 10)
		p.dropped(plan.Drops{plan.ByDrop: 10, plan.ByLimit: uint64(10 - n)})
	}},
	{"what isolation dropped is counted", func(p *player) {
		p.swap(p.order(isolate, "", ""))
		p.arrives("isolated", toSink, 10, 0, 0)
		p.dropped(plan.Drops{plan.ByIsolate: 10})
	}},
	{"what is not ordered any more ends with the next swap", func(p *player) {
		p.swap(p.order(dropFlow, "flows", "udp/10.77.1.1/9"), p.order(isolate, "", ""))
		p.arrives("isolated", toSink, 10, 0, 0)
		p.swap(p.order(dropFlow, "flows", "udp/10.77.1.1/9"))
		p.arrives("the flow", toSink, 10, 0, 0)
		p.arrives("the rest", to(toSink, &toOther), 10, 10, 10)
		p.swap()
		p.arrives("all", toSink, 10, 10, 10)
	}},
	{"a swap has no moment without the rules that stay", func(p *player) {
		stays := p.order(dropFlow, "flows", "udp/10.77.1.1/9")
		p.swap(stays)
		stop := p.Stream(toSink)
		for i := range 40 {
			more := p.order(limit, "rate", []string{"1000000", "2000000"}[i%2])
			p.swap(stays, more)
		}
		if n := stop(); n > 0 {
			p.t.Errorf("%d packets got through while rulesets were swapped", n)
		}
	}},
	{"L: each element ends by itself, when nobody calls again", func(p *player) {
		now := p.Now()
		p.swap(
			Order("a", dropFlow, "flows", "udp/10.77.1.1/9", now, time.Second),
			Order("b", dropFlow, "flows", "udp/10.77.1.2/9", now, time.Hour),
			Order("c", limit, "syn_rate", "5", now, time.Second),
		)
		p.arrives("the first", toSink, 10, 0, 0)
		p.arrives("SYNs", to(syn, &toThird), 100, 5, 30)
		p.Pass(1500 * time.Millisecond)
		p.arrives("the first after its end", toSink, 10, 10, 10)
		p.arrives("SYNs after the end", to(syn, &toThird), 100, 100, 100)
		p.arrives("the second", to(toSink, &toOther), 10, 0, 0)
	}},
	{"L: what an agent put in force ends by itself after it was killed", func(p *player) {
		now := p.Now()
		p.Killed([]evenkeel.Order{Order("a", isolate, "", "", now, 3*time.Second)})
		p.arrives("isolated by a dead agent", toSink, 10, 0, 0)
		p.Pass(3*time.Second + 500*time.Millisecond - p.Now().Sub(now))
		p.arrives("after its end", toSink, 10, 10, 10)
	}},
	{"what a dead agent left is explained or goes", func(p *player) {
		o := p.order(dropFlow, "flows", "udp/10.77.1.1/9")
		p.Killed([]evenkeel.Order{o, p.order(isolate, "", "")})
		p.arrives("isolated by a dead agent", to(toSink, &toOther), 10, 0, 0)
		p.swap(o)
		p.arrives("what is in the book", toSink, 10, 0, 0)
		p.arrives("what is not", to(toSink, &toOther), 10, 10, 10)
		p.swap()
		p.arrives("what is not", toSink, 10, 10, 10)
	}},
}
