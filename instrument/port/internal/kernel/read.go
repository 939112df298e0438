//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/cilium/ebpf"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// Places of the counters, as in bpf/layout.h.
const (
	cPacketsOut = iota
	cBytesOut
	cPacketsIn
	cBytesIn
	cSynsOut
	cSynAcksIn
	cRstsIn
	cSmallOut
	cUDPOut
	cUDPIn
	cFragmentsOut
	cMalformedOut
	cSpoofedOut
	cFlowsOut
	cTunnelsOut
	cMail

	cSamples       = cMail + len(port.MailPorts)
	cOverruns      = cSamples + 1
	cSpared        = cSamples + 2
	cUntracked     = cSamples + 3
	cRefusedBytes  = cSamples + 4
	cRefused       = cSamples + 5
	cServedOut     = cRefused + port.Causes - 1
	cServedIn      = cServedOut + len(port.Reflectors)
	cAskedOut      = cServedIn + len(port.Reflectors)
	cLogins        = cAskedOut + len(port.Reflectors)
	cSpoofedPublic = cLogins + 1
	cICMPOut       = cLogins + 2
	cEchoesIn      = cLogins + 3
	cLooked        = cLogins + 4
	counters       = cAskedOut + 16
)

// totals are the counters of a port, of all CPUs together.
type totals [counters]uint64

// Read says what was seen at each port since the reading before, and begins the next. It is meant to be called once a
// second: what is remembered for some of these (recent UDP flows, the top destination) goes by readings.
func (k *Kernel) Read() ([]port.Reading, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]port.Reading, 0, len(k.taken))
	err := k.eachSeen(func(s port.Slot, seen []ekEkSeen) {
		p := &k.ports[s]
		now := sum(seen)
		last := k.last[s]
		var since totals
		for i := range now {
			since[i] = now[i] - last[i]
		}
		*last = now
		r := port.Reading{Slot: s, Counts: since.counts()}
		r.Counts.Top, r.Counts.Victim = top(seen, p.Epoch)
		r.Counts.ServicePort, r.Counts.ServiceSYNs = service(seen, p.Epoch)
		r.Counts.Conversations = conversations(p, p.Epoch, k.talked[s])
		atomic.AddUint32(&p.Epoch, 1)
		takeBits(&r.Counts.Hosts, &p.Hosts)
		takeBits(&r.Counts.HostPorts, &p.HostPorts)
		takeBits(&r.Counts.Victims, &p.Victims)
		takeBits(&r.Counts.Probed, &p.Probed)
		out = append(out, r)
	})
	if err != nil {
		return nil, fmt.Errorf("read the counts: %w", err)
	}
	return out, nil
}

// Totals is what was seen at a port since programs hang there, without bitmaps, conversations and top destinations; it takes nothing from
// the next reading.
func (k *Kernel) Totals(s port.Slot) (port.Counts, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.at(s); err != nil {
		return port.Counts{}, err
	}
	seen := make([]ekEkSeen, k.cpus)
	if err := k.objects.EkCounts.Lookup(uint32(s), &seen); err != nil {
		return port.Counts{}, fmt.Errorf("read the counts: %w", err)
	}
	t := sum(seen)
	return t.counts(), nil
}

// readAtOnce is the number of slots that are read in one call, which bounds what is held of them.
const readAtOnce = 64

// eachSeen calls f for each slot that is taken, in their sequence, with what was counted there on each CPU. Many are read in one
// call, where the kernel can.
func (k *Kernel) eachSeen(f func(port.Slot, []ekEkSeen)) error {
	slots := slices.Sorted(maps.Keys(k.taken))
	if len(slots) == 0 {
		return nil
	}
	end := int(slots[len(slots)-1]) + 1
	var cursor ebpf.MapBatchCursor
	keys := make([]uint32, readAtOnce)
	for from := 0; from < end; from += readAtOnce {
		n := min(readAtOnce, end-from)
		got, err := k.objects.EkCounts.BatchLookup(&cursor, keys[:n], k.seen[:n*k.cpus], nil)
		if err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) || got < n {
			break // what is left is read one by one
		}
		for len(slots) > 0 && int(slots[0]) < from+n {
			at := (int(slots[0]) - from) * k.cpus
			f(slots[0], k.seen[at:at+k.cpus])
			slots = slots[1:]
		}
	}
	for _, s := range slots {
		one := make([]ekEkSeen, k.cpus)
		if err := k.objects.EkCounts.Lookup(uint32(s), &one); err != nil {
			return fmt.Errorf("of slot %d: %w", s, err)
		}
		f(s, one)
	}
	return nil
}

func sum(seen []ekEkSeen) totals {
	var t totals
	for i := range seen {
		for j, v := range &seen[i].Counters {
			t[j] += v
		}
	}
	return t
}

func (t *totals) counts() port.Counts {
	c := port.Counts{
		PacketsOut: t[cPacketsOut], BytesOut: t[cBytesOut], PacketsIn: t[cPacketsIn], BytesIn: t[cBytesIn],
		SynsOut: t[cSynsOut], SynAcksIn: t[cSynAcksIn], RstsIn: t[cRstsIn], SmallOut: t[cSmallOut],
		UDPOut: t[cUDPOut], UDPIn: t[cUDPIn], FlowsOut: t[cFlowsOut], TunnelsOut: t[cTunnelsOut],
		FragmentsOut: t[cFragmentsOut], MalformedOut: t[cMalformedOut], SpoofedOut: t[cSpoofedOut],
		SpoofedPublic: t[cSpoofedPublic], Logins: t[cLogins],
		ICMPOut: t[cICMPOut], EchoesIn: t[cEchoesIn], Looked: t[cLooked],
		RefusedBytes: t[cRefusedBytes], Spared: t[cSpared], Untracked: t[cUntracked],
		Samples: t[cSamples], Overruns: t[cOverruns],
	}
	copy(c.Mail[:], t[cMail:])
	copy(c.Refused[1:], t[cRefused:])
	for i := range c.Reflected {
		c.Reflected[i] = port.Reflected{Out: t[cServedOut+i], In: t[cServedIn+i], Asked: t[cAskedOut+i]}
	}
	return c
}

// takeBits moves a bitmap here and leaves an empty one. No bit is lost between: words are exchanged.
func takeBits(to *port.Bitmap, from *[len(port.Bitmap{})]uint64) {
	for i := range from {
		to[i] = 0
		if atomic.LoadUint64(&from[i]) != 0 {
			to[i] = atomic.SwapUint64(&from[i], 0)
		}
	}
}

// top is the flow and the address with the most packets, of this reading.
func top(seen []ekEkSeen, epoch uint32) (flow, victim port.Top) {
	type key struct {
		to   [2]uint64
		what uint32
	}
	flows, addresses := map[key]port.Top{}, map[netip.Addr]port.Top{}
	for i := range seen {
		for _, t := range seen[i].Top {
			if t.Epoch != epoch || t.Packets == 0 {
				continue
			}
			to := address(uint8(t.What), t.To)
			one := port.Top{To: netip.AddrPortFrom(to, uint16(t.What>>16)), Protocol: uint8(t.What >> 8), Packets: t.Packets, Bytes: t.Bytes, SYNs: uint64(t.Syns)}
			flows[key{t.To, t.What}] = plus(flows[key{t.To, t.What}], one)
			flow = port.More(flow, flows[key{t.To, t.What}])
			if t.Mixed != 0 {
				one.To = netip.AddrPortFrom(to, 0)
			}
			if t.Mixed&2 != 0 {
				one.Protocol = 0
			}
			one.Packets += t.RestPackets
			one.Bytes += t.RestBytes
			one.SYNs += uint64(t.RestSyns)
			addresses[to] = plus(addresses[to], one)
			victim = port.More(victim, addresses[to])
		}
	}
	return flow, victim
}

// plus is what two CPUs saw of one address; its port and protocol stay where they are the same.
func plus(a, b port.Top) port.Top {
	if a.Packets == 0 {
		return b
	}
	if a.Protocol != b.Protocol {
		a.Protocol = 0
	}
	if a.To != b.To || a.Protocol != b.Protocol {
		a.To = netip.AddrPortFrom(a.To.Addr(), 0)
	}
	a.Packets += b.Packets
	a.Bytes += b.Bytes
	a.SYNs += b.SYNs
	return a
}

// service is the port that surely got most SYNs, of this reading.
func service(seen []ekEkSeen, epoch uint32) (most uint16, syns uint64) {
	sure := map[uint16]uint64{}
	for i := range seen {
		if seen[i].ServiceEpoch != epoch {
			continue
		}
		for _, s := range seen[i].Service {
			sure[uint16(s.Port)] += uint64(s.Syns - s.Others)
		}
	}
	for p, n := range sure {
		if n > syns || n == syns && n > 0 && p < most {
			most, syns = p, n
		}
	}
	return most, syns
}
