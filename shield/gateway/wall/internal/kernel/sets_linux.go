package kernel

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel"
	nft "github.com/evenkeel/evenkeel/shield/internal/kernel"
)

// Held is an address whose packets are dropped, for a time.
type Held struct {
	Address netip.Addr
	For     time.Duration
}

// Sets are addresses and targets as sets in a table of nftables of their own.
type Sets struct {
	table   *nftables.Table
	chain   *nftables.Chain
	held    [2]*nftables.Set // of each version of IP
	targets [2]*nftables.Set
	ends    map[netip.Addr]time.Duration // of what was asked for, by uptime
}

// OpenSets makes a table of a name, which is this process's alone: one that a dead process left is removed with all that it holds. With the name of an
// interface packets are dropped as they come in there (netdev ingress), else at the first hook of IP (raw prerouting).
func OpenSets(name, device string, most int) (*Sets, error) {
	if err := denied("nftables", "CAP_NET_ADMIN"); err != nil {
		return nil, err
	}
	t := &Sets{ends: map[netip.Addr]time.Duration{}}
	accept := nftables.ChainPolicyAccept
	t.table = &nftables.Table{Name: name, Family: nftables.TableFamilyINet}
	t.chain = &nftables.Chain{Name: "drop", Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityRaw, Policy: &accept}
	if device != "" {
		t.table.Family = nftables.TableFamilyNetdev
		t.chain.Hooknum, t.chain.Priority, t.chain.Device = nftables.ChainHookIngress, nftables.ChainPriorityRef(-500), device
	}
	t.chain.Table = t.table
	c, err := nft.Conn(0)
	if err != nil {
		return nil, failed("speak to nftables", err)
	}
	for _, family := range []nftables.TableFamily{nftables.TableFamilyINet, nftables.TableFamilyNetdev} {
		old := &nftables.Table{Name: name, Family: family}
		c.AddTable(old) // what is not there cannot be taken away
		c.DelTable(old)
	}
	c.AddTable(t.table)
	c.AddChain(t.chain)
	for i := range nft.Versions {
		v := &nft.Versions[i]
		key := nftables.TypeIPAddr
		if v.Size == 16 {
			key = nftables.TypeIP6Addr
		}
		t.held[i] = &nftables.Set{Table: t.table, Name: "held" + v.Name, KeyType: key, HasTimeout: true, Size: uint32(most), ID: uint32(2*i + 1)}
		t.targets[i] = &nftables.Set{Table: t.table, Name: "targets" + v.Name, KeyType: nftables.MustConcatSetType(key, nftables.TypeInetService), Concatenation: true, ID: uint32(2*i + 2)}
		for _, s := range []*nftables.Set{t.held[i], t.targets[i]} {
			if err := c.AddSet(s, nil); err != nil {
				return nil, failed("make the set "+s.Name, err)
			}
		}
		c.AddRule(&nftables.Rule{Table: t.table, Chain: t.chain, Exprs: v.Is().Then(nft.Protocol(unix.IPPROTO_TCP)...).Then(
			v.From(nft.Reg1), nft.In(t.held[i].Name, false),
			v.To(nft.Reg1), nft.Transport(2, 2, nft.Reg32+v.Words()), nft.In(t.targets[i].Name, false),
		).Then(nft.Dropped()...)})
	}
	if err := c.Flush(); err != nil {
		return nil, failed("make the table "+name, err)
	}
	return t, nil
}

// Guard makes these the targets, in one transaction.
func (t *Sets) Guard(targets []netip.AddrPort) error {
	c, err := nft.Conn(0)
	if err != nil {
		return failed("speak to nftables", err)
	}
	for i, s := range t.targets {
		c.FlushSet(s)
		var list []nftables.SetElement
		for _, to := range targets {
			if nft.Versions[i].Holds(to.Addr()) {
				list = append(list, nftables.SetElement{Key: nft.Key(to.Addr().AsSlice(), nft.Port(to.Port()))})
			}
		}
		if err := nft.Add(c, s, list); err != nil {
			return failed("say where the edge listens", err)
		}
	}
	return failed("say where the edge listens", c.Flush())
}

// Hold drops addresses, each for its time, in one transaction.
func (t *Sets) Hold(list []Held) error {
	now := uptime()
	err := t.change(list, now)
	if errors.Is(err, unix.ENOENT) { // one ended between: what is there is asked for, and it is tried once more
		if err = t.recall(now); err == nil {
			err = t.change(list, now)
		}
	}
	if err != nil {
		return failed(fmt.Sprintf("drop %d addresses", len(list)), err)
	}
	for _, h := range list {
		t.ends[h.Address] = now + h.For
	}
	return nil
}

// Free lets go of addresses.
func (t *Sets) Free(list []netip.Addr) error {
	now := uptime()
	drop := make([]Held, 0, len(list))
	for _, a := range list {
		drop = append(drop, Held{Address: a})
	}
	err := t.change(drop, now)
	if errors.Is(err, unix.ENOENT) {
		if err = t.recall(now); err == nil {
			err = t.change(drop, now)
		}
	}
	if err != nil {
		return failed(fmt.Sprintf("free %d addresses", len(list)), err)
	}
	for _, a := range list {
		delete(t.ends, a)
	}
	return nil
}

// change takes addresses out, and puts those in that have a time: the kernel lets the end of one that is there as it is.
func (t *Sets) change(list []Held, now time.Duration) error {
	c, err := nft.Conn(0)
	if err != nil {
		return err
	}
	for i := range nft.Versions {
		var out, in []nftables.SetElement
		for _, h := range list {
			if !nft.Versions[i].Holds(h.Address) {
				continue
			}
			if t.ends[h.Address] > now {
				out = append(out, nftables.SetElement{Key: h.Address.AsSlice()})
			}
			if h.For > 0 { // below a millisecond would be without end
				in = append(in, nftables.SetElement{Key: h.Address.AsSlice(), Timeout: max(h.For, time.Millisecond)})
			}
		}
		if err := nft.Remove(c, t.held[i], out); err != nil {
			return err
		}
		if err := nft.Add(c, t.held[i], in); err != nil {
			return err
		}
	}
	return c.Flush()
}

// recall takes up which addresses the kernel holds.
func (t *Sets) recall(now time.Duration) error {
	all, err := t.Held()
	if err != nil {
		return err
	}
	clear(t.ends)
	for _, h := range all {
		t.ends[h.Address] = now + h.For
	}
	return nil
}

// Held reads back what is in force.
func (t *Sets) Held() (out []Held, err error) {
	c, err := nft.Conn(0)
	if err != nil {
		return nil, failed("speak to nftables", err)
	}
	for _, s := range t.held {
		list, err := c.GetSetElements(s)
		if err != nil {
			return nil, failed("read the set "+s.Name, err)
		}
		for _, e := range list {
			if a, ok := netip.AddrFromSlice(e.Key); ok && e.Expires > 0 {
				out = append(out, Held{a, e.Expires})
			}
		}
	}
	slices.SortFunc(out, byAddress)
	return out, nil
}

func byAddress(a, b Held) int { return a.Address.Compare(b.Address) }

// Dropped is how many packets were dropped since OpenSets.
func (t *Sets) Dropped() (n uint64, err error) {
	c, err := nft.Conn(0)
	if err != nil {
		return 0, failed("speak to nftables", err)
	}
	rules, err := c.GetRules(t.table, t.chain)
	if err != nil {
		return 0, failed("read the counters", err)
	}
	for _, r := range rules {
		for _, e := range r.Exprs {
			if x, ok := e.(*expr.Counter); ok {
				n += x.Packets
			}
		}
	}
	return n, nil
}

// Close takes the table away.
func (t *Sets) Close() error {
	c, err := nft.Conn(0)
	if err != nil {
		return failed("speak to nftables", err)
	}
	c.AddTable(t.table)
	c.DelTable(t.table)
	return failed("take the table away", c.Flush())
}

func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*evenkeel.Error](err); ok {
		return e
	}
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing, Err: err, Hint: cmp.Or(hintOf(err), "evenkeel gateway status says whether addresses are dropped; without it the process refuses them by itself")}
}

func hintOf(err error) string {
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOENT), errors.Is(err, unix.EPROTONOSUPPORT):
		return "this takes a kernel with nf_tables, its families inet and netdev, and sets with timeouts"
	case errors.Is(err, unix.EBUSY):
		return "another XDP program hangs at the interface: take that one off, or set drop.way to nftables"
	}
	return ""
}

// uptime is the kernel's clock that nobody sets (CLOCK_MONOTONIC).
func uptime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic("ask how long the machine runs: " + err.Error()) // every Linux has this clock
	}
	return time.Duration(t.Nano())
}
