package kernel

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"github.com/evenkeel/evenkeel"
	nft "github.com/evenkeel/evenkeel/shield/internal/kernel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Table is a table of nftables of the family netdev, with chains at the ports of guests. One of a name
// belongs to one agent.
type Table struct {
	table  *nftables.Table
	netns  int // file descriptor; 0: that of the caller
	egress bool
	to     bool // buckets per destination
	id     uint32
}

// OpenTable finds out what this kernel does, by a transaction that leaves nothing. It touches no table yet.
func OpenTable(name string, netns int) (*Table, error) {
	t := &Table{table: &nftables.Table{Name: name, Family: nftables.TableFamilyNetdev}, netns: netns, id: 1 << 16}
	if err := t.try(nftables.ChainHookIngress, false); err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "put a chain of nftables at a port", Err: err,
			Hint: "this takes root, and a kernel with nf_tables and its netdev family",
		}
	}
	t.egress = t.try(nftables.ChainHookEgress, false) == nil
	t.to = t.try(nftables.ChainHookIngress, true) == nil
	return t, nil
}

// try makes and unmakes a table with what is asked about in one transaction.
func (t *Table) try(hook *nftables.ChainHook, dynamic bool) error {
	probe := &Table{table: &nftables.Table{Name: t.table.Name + "_probe", Family: nftables.TableFamilyNetdev}, netns: t.netns, egress: true, to: true, id: 1 << 16}
	c, err := probe.conn()
	if err != nil {
		return err
	}
	p := plan.PortRules{Port: plan.Port{Name: "lo"}}
	x := probe.portOf(&plan.Ruleset{}, &p, keptSets{}, 0)
	chain := x.hook(fromGuest, hook)
	x.sets = append(x.sets, x.lease)
	lives := x.until(1e9)
	x.beyond(chain, lives, syn(), &plan.Limit{Kind: plan.SYNs, To: dynamic, Most: plan.Bucket{Rate: 1, Burst: 1}})
	x.sets[0] = x.lease
	c.AddTable(probe.table)
	if err := x.put(c); err != nil {
		return err
	}
	c.DelTable(probe.table)
	return c.Flush()
}

// BothWays says whether what goes to a guest is cut too when it is isolated, and not only what comes from it.
func (t *Table) BothWays() bool { return t.egress }

// PerDestination says whether the kernel has buckets for each destination.
func (t *Table) PerDestination() bool { return t.to }

func (t *Table) conn() (*nftables.Conn, error) { return nft.Conn(t.netns) }

func (t *Table) nextID() uint32 { t.id++; return t.id }

// keptSets are the addresses that nothing cuts off, as two sets that all ports ask.
type keptSets struct {
	id    string
	four  bool
	six   bool
	floor plan.Bucket
}

// name returns that of the set of a version, or "" where it would be empty.
func (k keptSets) name(v *nft.Version) string {
	if v.Size == 4 && k.four || v.Size == 16 && k.six {
		return "kept" + v.Name + "_" + k.id
	}
	return ""
}

func keptOf(r *plan.Ruleset) keptSets {
	k := keptSets{id: short(fmt.Sprint(r.Kept())), floor: r.Floor()}
	for _, p := range r.Kept() {
		k.four, k.six = k.four || p.Addr().Is4(), k.six || p.Addr().Is6()
	}
	return k
}

// portID names a port and what holds there: what has the same one needs no change. The name of the interface is in
// it, because the kernel takes a chain from a port that is renamed.
func portID(r *plan.Ruleset, p *plan.PortRules) string {
	return strconv.Itoa(p.Port.Index) + "_" + short(fmt.Sprint(p.Digest, p.Port.Name, r.Kept(), r.Floor()))
}

func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%x", sum[:6])
}

// Swap makes the rules of packets those of r, in one transaction.
func (t *Table) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := t.conn()
	if err != nil {
		return err
	}
	is, err := t.found(c)
	if err != nil {
		return err
	}
	if len(r.Ports()) == 0 {
		if is.table {
			c.DelTable(t.table)
			return wrap("take the table away", c.Flush())
		}
		return nil
	}
	kept, want := keptOf(r), map[string]bool{}
	var fresh []*portTable
	for i := range r.Ports() {
		p := &r.Ports()[i]
		id := portID(r, p)
		want[id] = true
		if !is.whole(id) {
			fresh = append(fresh, t.portOf(r, p, kept, now))
		}
	}
	c.AddTable(t.table)
	is.remove(c, t, func(id string) bool { return want[id] && is.whole(id) || id == kept.id })
	if err := t.putKept(c, r, kept, is); err != nil {
		return err
	}
	for _, x := range fresh {
		x.build()
		if err := x.put(c); err != nil {
			return err
		}
	}
	if err := c.Flush(); err != nil {
		return wrap(fmt.Sprintf("swap the rules of %d ports", len(fresh)), err)
	}
	return t.count(c, fresh)
}

// putKept makes the sets of what is kept where they are not there.
func (t *Table) putKept(c *nftables.Conn, r *plan.Ruleset, kept keptSets, is *standing) error {
	for i := range nft.Versions {
		v := &nft.Versions[i]
		name := kept.name(v)
		if name == "" || is.sets[name] {
			continue
		}
		s := &nftables.Set{Table: t.table, Name: name, Interval: true, KeyType: nftables.TypeIPAddr}
		if v.Size == 16 {
			s.KeyType = nftables.TypeIP6Addr
		}
		var elems []nftables.SetElement
		for _, p := range r.Kept() {
			if v.Holds(p.Addr()) {
				elems = append(elems, nftables.SetElement{Key: p.Addr().AsSlice()})
				if next := beyond(p); next.IsValid() {
					elems = append(elems, nftables.SetElement{Key: next.AsSlice(), IntervalEnd: true})
				}
			}
		}
		if err := add(c, filled{s, elems}); err != nil {
			return err
		}
	}
	return nil
}

// beyond is the first address after a range, or none after the last of all.
func beyond(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(b)
	return last.Next()
}

// add makes a set and fills it.
func add(c *nftables.Conn, f filled) error {
	if err := c.AddSet(f.set, nil); err != nil {
		return wrap("make the set "+f.set.Name, err)
	}
	return wrap("fill the set "+f.set.Name, nft.Add(c, f.set, f.elems))
}

// put asks for all that a port holds.
func (x *portTable) put(c *nftables.Conn) error {
	for _, s := range x.sets {
		if err := add(c, s); err != nil {
			return err
		}
	}
	for _, ch := range x.chains {
		c.AddChain(ch)
	}
	for _, l := range x.lines {
		c.AddRule(l)
	}
	return nil
}

// count holds the sets against what was put into them. What ends within the second may be gone already.
func (t *Table) count(c *nftables.Conn, fresh []*portTable) error {
	for _, x := range fresh {
		for _, s := range x.sets {
			least := 0
			for _, e := range s.elems {
				if e.Timeout > 1e9 {
					least++
				}
			}
			if least == 0 {
				continue
			}
			got, err := c.GetSetElements(s.set)
			if err != nil {
				return wrap("count the set "+s.set.Name, err)
			}
			if len(got) < least {
				return evenkeel.Invalid("the set %s has %d elements; expected %d", s.set.Name, len(got), least)
			}
		}
	}
	return nil
}

// Look reads back what stands at the ports of an asset: which of its rules are there, and what they dropped.
func (t *Table) Look(_ context.Context, r *plan.Ruleset, a evenkeel.AssetID) (says, amiss string, drops map[int]plan.Drops, err error) {
	c, err := t.conn()
	if err != nil {
		return "", "", nil, err
	}
	is, err := t.found(c)
	if err != nil {
		return "", "", nil, err
	}
	drops = map[int]plan.Drops{}
	var ports []string
	for i := range r.Ports() {
		p := &r.Ports()[i]
		if p.Asset != a {
			continue
		}
		x := t.portOf(r, p, keptOf(r), 0)
		if x.build(); !is.whole(x.id) {
			return "", "the rules at " + p.Port.Name + " are not there", nil, nil
		}
		lines, sum := 0, plan.Drops{}
		for _, ch := range x.chains {
			rules, err := c.GetRules(t.table, ch)
			if err != nil {
				return "", "", nil, wrap("read the rules at "+p.Port.Name, err)
			}
			for _, rule := range rules {
				lines++
				for _, e := range rule.Exprs {
					if n, ok := e.(*expr.Counter); ok {
						sum[ruleOf(ch.Name, rule)] += n.Packets
					}
				}
			}
		}
		if lines == 0 {
			return "", "the chains at " + p.Port.Name + " are empty", nil, nil
		}
		drops[p.Port.Index] = sum
		ports = append(ports, fmt.Sprintf("%d rules read back at %s", lines, p.Port.Name))
	}
	if ports == nil {
		return "", "no rules are ordered", nil, nil
	}
	return strings.Join(ports, ", "), "", drops, nil
}

// ruleOf is for what a line of a chain drops.
func ruleOf(chain string, line *nftables.Rule) plan.Rule {
	if strings.HasPrefix(chain, limits) || strings.HasPrefix(chain, newFlows) {
		return plan.ByLimit
	}
	for _, e := range line.Exprs {
		if at, ok := e.(*expr.Lookup); ok && (strings.HasPrefix(at.SetName, anyPort) || strings.HasPrefix(at.SetName, onePort)) {
			return plan.ByDrop
		}
	}
	return plan.ByIsolate
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing, Err: err}
}
