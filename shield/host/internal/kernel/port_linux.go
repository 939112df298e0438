package kernel

import (
	"fmt"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel"
	nft "github.com/evenkeel/evenkeel/shield/internal/kernel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// portTable is what the table holds for one port: chains and sets, whose names end in id. It is made whole and goes
// whole, but for the leases in it, which the kernel ends one by one.
type portTable struct {
	t     *Table
	rules *plan.PortRules
	kept  keptSets
	now   evenkeel.Moment
	id    string // of the port, and of what holds there
	step  int    // leases that were given a number

	sets   []filled
	chains []*nftables.Chain
	lines  []*nftables.Rule
	lease  filled
}

// filled is a set with what is put into it.
type filled struct {
	set   *nftables.Set
	elems []nftables.SetElement
}

// The chains of a port, by the beginning of their names: what comes from the guest, what goes to it, the
// limits, and those of new flows.
const (
	fromGuest = "from_"
	toGuest   = "to_"
	limits    = "limit_"
	newFlows  = "new_"
)

// The sets of flows that are cut, by the beginning of their names: to any port, and to one.
const (
	anyPort = "any"
	onePort = "flow"
)

func (t *Table) portOf(r *plan.Ruleset, p *plan.PortRules, kept keptSets, now evenkeel.Moment) *portTable {
	x := &portTable{t: t, rules: p, kept: kept, now: now, id: portID(r, p)}
	x.lease = x.newSet("lease_", nftables.TypeMark, nil)
	x.lease.set.KeyByteOrder = binaryutil.NativeEndian
	return x
}

// build makes the rules, in the order of plan.Ruleset.Verdict.
func (x *portTable) build() {
	from := x.hook(fromGuest, nftables.ChainHookIngress)
	limited := x.chain(limits)
	for i := range nft.Versions {
		v := &nft.Versions[i]
		if set := x.kept.name(v); set != "" {
			far := v.Is().Then(v.To(nft.Reg1), nft.In(set, false))
			if f := x.kept.floor; f.Rate > 0 {
				x.rule(from, far.Then(bucket(plan.Packets, f, false), verdict(expr.VerdictAccept, "")))
				x.rule(from, far.Then(verdict(expr.VerdictGoto, limited.Name)))
			} else {
				x.rule(from, far.Then(verdict(expr.VerdictAccept, "")))
			}
		}
	}
	if x.rules.Isolated > x.now {
		lives := x.until(x.rules.Isolated)
		x.isolate(from, lives, false)
		if x.t.egress {
			x.isolate(x.toGuest(), lives, true)
		}
	}
	x.drop(from)
	x.rule(from, nft.Match{verdict(expr.VerdictGoto, limited.Name)})
	x.limit(limited)
	x.sets = append(x.sets, x.lease)
}

// toGuest makes the chain of what goes to the guest, with what is kept.
func (x *portTable) toGuest() *nftables.Chain {
	c := x.hook(toGuest, nftables.ChainHookEgress)
	for i := range nft.Versions {
		v := &nft.Versions[i]
		if set := x.kept.name(v); set != "" {
			x.rule(c, v.Is().Then(v.From(nft.Reg1), nft.In(set, false), verdict(expr.VerdictAccept, "")))
		}
	}
	return c
}

// isolate drops all but what the guest needs.
func (x *portTable) isolate(c *nftables.Chain, lives nft.Match, in bool) {
	x.need(c, lives, in)
	x.rule(c, lives.Then(nft.Dropped()...))
}

// need lets through what the guest needs to keep its address, as much as it has of each sort.
func (x *portTable) need(c *nftables.Chain, lives nft.Match, in bool) {
	v4, v6 := &nft.Versions[0], &nft.Versions[1]
	needs := []nft.Match{nft.Ethertype(unix.ETH_P_ARP), neighbour()}
	if in {
		needs = append(needs, datagram(v4, 67, 68), datagram(v6, 547, 546))
	} else {
		needs = append(needs,
			datagram(v4, 68, 67).Then(v4.To(nft.Reg1), nft.Equal(plan.Broadcast.AsSlice()...)),
			datagram(v6, 546, 547).Then(v6.To(nft.Reg1), nft.Equal(plan.AllServers.AsSlice()...)))
	}
	chatter := plan.Bucket{Rate: plan.Chatter, Burst: plan.Chatter}
	for _, need := range needs {
		x.rule(c, lives.Then(need...).Then(bucket(plan.Packets, chatter, false), verdict(expr.VerdictAccept, "")))
	}
}

// drop cuts flows: sets of exact keys, whose elements end by themselves.
func (x *portTable) drop(c *nftables.Chain) {
	for i := range nft.Versions {
		v := &nft.Versions[i]
		addr := nftables.TypeIPAddr
		if v.Size == 16 {
			addr = nftables.TypeIP6Addr
		}
		var exact, any []nftables.SetElement
		for _, d := range x.rules.Drops {
			if d.Until <= x.now || !v.Holds(d.Flow.To) {
				continue
			}
			k := [][]byte{{d.Flow.Proto}, d.Flow.To.AsSlice()}
			if d.Flow.Port == 0 {
				any = append(any, nftables.SetElement{Key: nft.Key(k...), Timeout: x.left(d.Until)})
			} else {
				exact = append(exact, nftables.SetElement{Key: nft.Key(append(k, nft.Port(d.Flow.Port))...), Timeout: x.left(d.Until)})
			}
		}
		load := v.Is().Then(&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: nft.Reg1}, v.To(nft.Reg32+1))
		if len(any) > 0 {
			s := x.newSet(anyPort+v.Name+"_", concat(nftables.TypeInetProto, addr), any)
			x.sets = append(x.sets, s)
			x.rule(c, load.Then(nft.In(s.set.Name, false)).Then(nft.Dropped()...))
		}
		if len(exact) > 0 {
			s := x.newSet(onePort+v.Name+"_", concat(nftables.TypeInetProto, addr, nftables.TypeInetService), exact)
			x.sets = append(x.sets, s)
			x.rule(c, load.Then(nft.Transport(2, 2, nft.Reg32+1+v.Words()), nft.In(s.set.Name, false)).Then(nft.Dropped()...))
		}
	}
}

// limit makes the buckets, one after another, behind those of what the guest needs.
func (x *portTable) limit(c *nftables.Chain) {
	var flows *nftables.Chain
	if len(x.rules.Limits) > 0 {
		x.need(c, nil, false)
	}
	for i := range x.rules.Limits {
		l := &x.rules.Limits[i]
		if l.Until <= x.now {
			continue
		}
		lives := x.until(l.Until)
		switch l.Kind {
		case plan.SYNs:
			x.beyond(c, lives, syn(), l)
		case plan.Flows:
			if flows == nil {
				flows = x.chain(newFlows)
				x.remember(c, flows)
			}
			x.beyond(flows, lives, nil, l)
		default:
			x.beyond(c, lives, nil, l)
		}
	}
}

// beyond drops what is beyond a bucket: that of the port, or one for each destination.
func (x *portTable) beyond(c *nftables.Chain, lives, what nft.Match, l *plan.Limit) {
	over := bucket(l.Kind, l.Most, true)
	if !l.To {
		x.rule(c, lives.Then(what...).Then(over).Then(nft.Dropped()...))
		return
	}
	for i := range nft.Versions {
		v := &nft.Versions[i]
		addr := nftables.TypeIPAddr
		if v.Size == 16 {
			addr = nftables.TypeIP6Addr
		}
		s := x.recalls(fmt.Sprintf("to%s_%d_", v.Name, x.step), addr, plan.MostDestinations, plan.DestinationIdle)
		x.rule(c, lives.Then(what...).Then(v.Is()...).Then(v.To(nft.Reg1),
			&expr.Dynset{SrcRegKey: nft.Reg1, SetName: s.Name, SetID: s.ID, Operation: unix.NFT_DYNSET_OP_UPDATE, Exprs: []expr.Any{over}},
		).Then(nft.Dropped()...))
	}
}

// remember sends what begins a flow through the chain of new flows, and notes the datagrams that came back from it.
func (x *portTable) remember(c, flows *nftables.Chain) {
	jump := verdict(expr.VerdictJump, flows.Name)
	x.rule(c, syn().Then(jump))
	for _, ping := range []uint8{unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6} {
		x.rule(c, nft.Protocol(ping).Then(jump))
	}
	for i := range nft.Versions {
		v := &nft.Versions[i]
		addr := nftables.TypeIPAddr
		if v.Size == 16 {
			addr = nftables.TypeIP6Addr
		}
		s := x.recalls("recent"+v.Name+"_", concat(addr, nftables.TypeInetService, addr, nftables.TypeInetService), plan.MostRecent, plan.FlowIdle)
		w := v.Words()
		load := v.Is().Then(nft.Protocol(unix.IPPROTO_UDP)...).Then(
			v.From(nft.Reg1), nft.Transport(0, 2, nft.Reg32+w), v.To(nft.Reg32+w+1), nft.Transport(2, 2, nft.Reg32+2*w+1))
		x.rule(c, load.Then(nft.In(s.Name, true), jump))
		x.rule(c, load.Then(&expr.Dynset{SrcRegKey: nft.Reg1, SetName: s.Name, SetID: s.ID, Operation: unix.NFT_DYNSET_OP_UPDATE}))
	}
}

// until gives a lease its end, and returns what asks for it.
func (x *portTable) until(end evenkeel.Moment) nft.Match {
	x.step++
	x.lease.elems = append(x.lease.elems, nftables.SetElement{Key: binaryutil.NativeEndian.PutUint32(uint32(x.step)), Timeout: x.left(end)})
	return lives(x.lease.set.Name, x.step)
}

// left is how long something lives: whole milliseconds of the kernel, at least one.
func (x *portTable) left(end evenkeel.Moment) time.Duration {
	return max(time.Millisecond, end.Sub(x.now).Truncate(time.Millisecond))
}

func (x *portTable) newSet(name string, of nftables.SetDatatype, elems []nftables.SetElement) filled {
	s := &nftables.Set{Table: x.t.table, Name: name + x.id, KeyType: of, HasTimeout: true, Concatenation: len(nftables.ConcatSetTypeElements(of)) > 1}
	return filled{s, elems}
}

// recalls makes a set that packets fill.
func (x *portTable) recalls(name string, of nftables.SetDatatype, most uint32, idle time.Duration) *nftables.Set {
	s := x.newSet(name, of, nil)
	s.set.Dynamic, s.set.Size, s.set.Timeout = true, most, idle
	s.set.ID = x.t.nextID()
	x.sets = append(x.sets, s)
	return s.set
}

func concat(all ...nftables.SetDatatype) nftables.SetDatatype {
	t, err := nftables.ConcatSetType(all...)
	if err != nil {
		panic(err) // four types at most, and five are allowed
	}
	return t
}

func (x *portTable) hook(name string, at *nftables.ChainHook) *nftables.Chain {
	accept := nftables.ChainPolicyAccept
	c := &nftables.Chain{
		Name: name + x.id, Table: x.t.table, Type: nftables.ChainTypeFilter, Hooknum: at, Priority: nftables.ChainPriorityFilter,
		Policy: &accept, Device: x.rules.Port.Name,
	}
	x.chains = append(x.chains, c)
	return c
}

func (x *portTable) chain(name string) *nftables.Chain {
	c := &nftables.Chain{Name: name + x.id, Table: x.t.table}
	x.chains = append(x.chains, c)
	return c
}

func (x *portTable) rule(c *nftables.Chain, m nft.Match) {
	x.lines = append(x.lines, &nftables.Rule{Table: x.t.table, Chain: c, Exprs: m})
}
