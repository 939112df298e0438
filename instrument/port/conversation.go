package port

import (
	"cmp"
	"net/netip"
	"slices"
)

// The bounds of what is followed at a port.
const (
	// MostConversations is how many are told of one stretch of time.
	MostConversations = 16
	// LoudPackets is after how many packets of a stretch a conversation is loud: what comes after them is not
	// counted. Whoever looks for those that say little has seen enough.
	LoudPackets = 256
)

// Conversation is what the guest said over TCP to one port of one public address in a stretch of time. Those
// with clients of the guest's own services are none. It is at least so much: few are followed at once, each until it
// is silent, and the SYN that opens one is not counted.
type Conversation struct {
	To             netip.AddrPort // invalid where there is none
	Packets, Bytes uint64         // of whole frames
	SYNs           uint64
	Stratum        bool // its first payload is that of a miner; false where nobody looks
}

// Followed is a conversation and since when it is followed.
type Followed struct {
	Conversation
	For uint32 // readings
}

// Told are those of which is told.
func Told(all []Followed) (out [MostConversations]Conversation) {
	slices.SortFunc(all, func(a, b Followed) int {
		loud := func(f *Followed) int { return int(min(f.Packets/LoudPackets, 1)) }
		return cmp.Or(loud(&a)-loud(&b), cmp.Compare(b.For, a.For), a.To.Compare(b.To))
	})
	for i := range all[:min(len(all), len(out))] {
		out[i] = all[i].Conversation
	}
	return out
}
