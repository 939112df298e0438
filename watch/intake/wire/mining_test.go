package wire

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/port"
)

// play gives a connection so many packets of such a length every so many seconds, for so long, and
// returns the highest share of points that was told, and how often one was; opening each time anew
// where asked.
func play(t *testing.T, packets, length, every, long int, anew bool) (most float64, times int) {
	t.Helper()
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	for s := 0; s < long; s += every {
		for i := range packets {
			h := tcp(self, host(1), 3333, packet.ACK|packet.PSH)
			if h.Length = length; i == 0 && (s == 0 || anew) {
				h.Flags = packet.SYN
			}
			m.Packet(b, begin+evenkeel.Moment(s)*second, h)
		}
	}
	m.Flush(b)
	for _, v := range told(b, evenkeel.MeterPort, evenkeel.PartMining) {
		most, times = max(most, v), times+1
	}
	return most, times
}

func TestWhatSaysLittleForLongScoresLikeAMiner(t *testing.T) {
	for _, c := range []struct {
		name                          string
		packets, length, every, longs int
		anew                          bool
		least, most                   float64
	}{
		{"a miner: a share every ten seconds", 3, 110, 10, 900, false, 1, 1},
		{"a miner whose pauses end its flows", 7, 110, 40, 900, false, 1, 1},
		{"a download of a quarter of an hour", 400, 1400, 1, 900, false, 0.5, 0.6},
		{"a page that is asked for every minute, each time anew", 12, 300, 60, 900, true, 0.5, 0.5},
		{"an upload in large packets", 30, 1400, 2, 900, false, 0.5, 0.6},
	} {
		got, n := play(t, c.packets, c.length, c.every, c.longs, c.anew)
		if got < c.least || got > c.most || n == 0 || n > 4 {
			t.Errorf("%s: %v, told %d times; expected %v to %v", c.name, got, n, c.least, c.most)
		}
	}
	if got, n := play(t, 3, 110, 10, 290, false); n != 0 {
		t.Errorf("after less than five minutes it is scored: %v", got)
	}
}

func TestAMinerIsFollowedBesideMoreConnectionsThanThereArePlaces(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	for s := range 1300 {
		for i := range 3 { // each second others, and clients of its own service, which are not followed
			m.Packet(b, begin+evenkeel.Moment(s)*second, tcp(self, host(1000+3*s+i), 3333, packet.ACK))
			h := tcp(self, host(8000+i), 50000, packet.ACK)
			h.SourcePort = 443
			m.Packet(b, begin+evenkeel.Moment(s)*second, h)
		}
		if s > 400 && s%10 == 0 {
			for range 3 {
				h := tcp(self, host(1), 3333, packet.ACK)
				h.Length = 110
				m.Packet(b, begin+evenkeel.Moment(s)*second, h)
			}
		}
	}
	m.Flush(b)
	most := 0.0
	for _, v := range told(b, evenkeel.MeterPort, evenkeel.PartMining) {
		most = max(most, v)
	}
	if most < 0.7 {
		t.Errorf("a miner that came after many others has %v", most)
	}
}

// Who tells a port to look has each conversation that is Stratum told as a flow, and rules ask of its application.
func TestStratumBecomesAFlowThatSaysSo(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	p := port.Counts{PacketsOut: 9}
	for i := range p.Conversations {
		p.Conversations[i] = port.Conversation{To: netip.AddrPortFrom(host(i), 3333), Packets: 2, Bytes: 300, Stratum: i%3 == 1}
	}
	c := FromPort(&p)
	m.Count(b, "vm-1", begin, &c)
	var said []string
	for _, f := range flows(b) {
		if f.App != "" {
			said = append(said, f.App+" "+f.Remote)
		}
	}
	if want := []string{"stratum " + host(1).String(), "stratum " + host(4).String()}; !slices.Equal(said, want) {
		t.Errorf("told: %v; expected %v, and no more in a second", said, want)
	}
}

// What a service says to a client, little and for long, is nothing that a miner says to a pool.
func TestClientsOfAServiceAreNoPools(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	for s := 0; s < 900; s += 10 {
		for range 3 {
			h := tcp(self, host(1), 50000, packet.ACK|packet.PSH)
			h.SourcePort, h.Length = 443, 110
			m.Packet(b, begin+evenkeel.Moment(s)*second, h)
		}
	}
	m.Flush(b)
	if got := told(b, evenkeel.MeterPort, evenkeel.PartMining); got != nil {
		t.Errorf("scored: %v", got)
	}
}
