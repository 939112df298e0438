//go:build linux

package kernel

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/mirror"
)

// TestConversationsAreFollowedAsTheirMirrorDoes plays ten minutes of readings, with more conversations than there are
// places, pauses of every length, clients of the guest's own services and a flood of SYNs.
func TestConversationsAreFollowedAsTheirMirrorDoes(t *testing.T) {
	onOneCPU(t)
	b := newBench(t, Options{clock: 3, Ports: 4, Flows: 1024, Destinations: 4096, Ring: 4096}, guestNet)
	b.set(port.Rules{})
	m := &mirror.Port{Guest: guestNet, Seed: b.ports[b.slot].Seed, Epoch: b.ports[b.slot].Epoch}
	m.Set(port.Rules{})
	r := rand.New(rand.NewPCG(7, 20190529))
	for _, hook := range []struct {
		out  bool
		from int
	}{{true, 0}, {false, 300}} {
		program := b.objects.EkTcOut
		if !hook.out {
			program = b.objects.EkXdpOut
		}
		most := 0
		for range 300 {
			for range r.IntN(40) {
				n := r.IntN(20) * r.IntN(20) // the first ones speak more often
				to := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(100 + n%2), byte(n)}), []uint16{80, 443, 3333, 50000}[r.IntN(4)])
				if r.IntN(10) == 0 {
					to = netip.AddrPortFrom(netip.MustParseAddr([]string{"10.1.2.3", "100.64.0.1", "224.0.0.1"}[r.IntN(3)]), 80)
				}
				from := netip.AddrPortFrom(own.Addr(), []uint16{40000, 40001, 443, 22, 60000}[r.IntN(5)])
				f := mirror.Frame{Data: tcpFrame(from, to, []byte{0x10, 0x18, 0x18, 0x11, 0x02, 0x12, 0x04}[r.IntN(7)])}
				for range 1 + r.IntN(2)*r.IntN(2)*r.IntN(2)*r.IntN(300) {
					b.dropped(program, f)
					m.Out(f, 1)
				}
			}
			got, err := b.Read()
			want := m.Read()
			if err != nil || len(got) != 1 || got[0].Counts.Conversations != want.Conversations {
				t.Fatalf("read %v\n%+v\nexpected\n%+v", err, got, want.Conversations)
			}
			for i := range want.Conversations {
				if want.Conversations[i].Packets > 0 {
					most = max(most, i+1)
				}
			}
		}
		if most < 6 {
			t.Fatalf("at most %d conversations had packets in a reading; expected more, or little is compared", most)
		}
	}
}

// benchSeconds plays seconds of frames to a port and gives what each reading says of conversations.
func benchSeconds(t *testing.T, b *bench, seconds int, frames func(second int) [][]byte) (all [][port.MostConversations]port.Conversation) {
	t.Helper()
	for s := range seconds {
		for _, f := range frames(s) {
			b.dropped(b.objects.EkTcOut, mirror.Frame{Data: f})
		}
		got, err := b.Read()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got[0].Counts.Conversations)
	}
	return all
}

// A miner goes on being followed beside a flood of SYNs, a crawler that begins and ends conversations all the time, and clients
// of the guest's own web service.
func TestAConversationThatLastsKeepsItsPlaceBesideThousandsThatDoNot(t *testing.T) {
	b := newBench(t, Options{clock: 3, Ports: 4, Flows: 1024, Destinations: 4096, Ring: 4096}, guestNet)
	b.set(port.Rules{})
	pool := netip.MustParseAddrPort("203.0.113.9:3333")
	n, r := 0, rand.New(rand.NewPCG(3, 20190529))
	all := benchSeconds(t, b, 420, func(s int) (out [][]byte) {
		for range 20 {
			n++
			other := netip.AddrPortFrom(netip.AddrFrom4([4]byte{45, byte(n >> 16), byte(n >> 8), byte(n)}), 443)
			out = append(out, tcpFrame(own, other, 0x02), tcpFrame(own, other, 0x18),
				tcpFrame(netip.AddrPortFrom(own.Addr(), 443), netip.AddrPortFrom(other.Addr(), 50000), 0x18))
		}
		if s >= 60 && s%5 == 0 {
			out = slices.Insert(out, r.IntN(len(out)), tcpFrame(own, pool, 0x18), tcpFrame(own, pool, 0x10))
		}
		return out
	})
	first, told := -1, 0
	for s, one := range all {
		for _, c := range one {
			if c.To.Port() == 50000 {
				t.Fatalf("second %d: a client of the guest's own service is followed: %v", s, c)
			}
			if c.To == pool {
				if told++; first < 0 {
					first = s
				}
			}
		}
	}
	if first < 0 || first > 300 || told < (420-first)/5 {
		t.Errorf("the conversation that lasts is told %d times from second %d on; expected it each time from second 300 on or before", told, first)
	}
}

// TestAMinerIsFollowedOverAnInterfaceAndPastItsAgent sends what a miner says over a veth, and has another process take the
// port over: what was told is not told again, and what was recognised stays so.
func TestAMinerIsFollowedOverAnInterfaceAndPastItsAgent(t *testing.T) {
	pool := netip.MustParseAddrPort("203.0.113.9:3333")
	for _, xdp := range []bool{false, true} {
		h := newHouse(t)
		o := small(pins(t))
		o.XDP, o.Stratum = xdp, true
		send, _ := h.raw()
		var slot port.Slot
		say := func(n int) { // at a veth a frame is at the program when it is sent
			for range n {
				send(said(pool, []byte(payloads[0].says)))
			}
		}
		told := func(k *Kernel) port.Conversation {
			got, err := k.Read()
			if err != nil || len(got) != 1 || got[0].Slot != slot {
				t.Fatalf("read %v: %v", err, got)
			}
			return got[0].Counts.Conversations[0]
		}
		k, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		slot = h.attach(k).Slot
		say(2)
		if c := told(k); c.To != pool || c.Packets != 2 || !c.Stratum {
			t.Errorf("xdp %v: %+v; expected two packets, and that they are Stratum", xdp, c)
		}
		say(3)
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		say(3)
		k = open(t, o)
		say(4)
		if c := told(k); c.To != pool || c.Packets != 4 || !c.Stratum {
			t.Errorf("xdp %v, after another took it over: %+v; expected what was said since, as of others counts", xdp, c)
		}
	}
}
