package suspect

import (
	"math/bits"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// Crowd tells apart addresses behind which many different clients are, and from which somebody came with a pass: those of carriers,
// offices, schools. It is fed with the visits of all domains of an edge, in calm too, because an address is shared before an attack comes from
// it. It has CrowdSize bytes: bits by the client's hash in two tables by the address's hash, of this hour and the one before. Where
// addresses meet it says more clients than there were, which protects. Make it with NewCrowd. One goroutine uses it at a time.
type Crowd struct {
	seed  siphash.Hash
	turns [2]turn // this one, and the one before
	since evenkeel.Moment
}

type turn struct {
	clients [2][crowdCells]uint64
	passes  [passBits / 64]uint64
}

const (
	crowdCells = 1 << 15
	passBits   = 1 << 18
	crowdFor   = time.Hour
	// SharedFrom is from how many different clients an address counts as shared.
	SharedFrom = 4
	// CrowdSize bounds the size of a Crowd in bytes.
	CrowdSize = 2*(2*8*crowdCells+passBits/8) + 128
)

// NewCrowd returns an empty one.
func NewCrowd(key siphash.Key) *Crowd { return &Crowd{seed: siphash.New(key)} }

// Note counts a visit.
func (c *Crowd) Note(now evenkeel.Moment, v *Visit) {
	if !v.Address.IsValid() {
		return
	}
	if c.since == 0 || now < c.since || now.Sub(c.since) >= crowdFor {
		c.turns[1] = c.turns[0]
		c.turns[0] = turn{}
		c.since = now
	}
	address, client := c.hash(v.Address), c.seed
	client.Uint64(v.client())
	t, bit := &c.turns[0], uint64(1)<<(client.Sum()>>58)
	t.clients[0][address>>8%crowdCells] |= bit
	t.clients[1][address>>32%crowdCells] |= bit
	if v.Pass || v.Bot {
		t.passes[address>>16%passBits/64] |= 1 << (address >> 16 % 64)
	}
}

func (c *Crowd) hash(a netip.Addr) uint64 {
	b := a.As16()
	h := c.seed
	h.Uint64(be(b[:8]))
	h.Uint64(be(b[8:]))
	return h.Sum()
}

// Shared says whether many different clients came from an address lately.
func (c *Crowd) Shared(a netip.Addr) bool {
	if !a.IsValid() {
		return false
	}
	h := c.hash(a)
	many := func(table int, cell uint64) int {
		return bits.OnesCount64(c.turns[0].clients[table][cell] | c.turns[1].clients[table][cell])
	}
	return min(many(0, h>>8%crowdCells), many(1, h>>32%crowdCells)) >= SharedFrom
}

// Passed says whether a pass or a verified bot came from an address lately.
func (c *Crowd) Passed(a netip.Addr) bool {
	if !a.IsValid() {
		return false
	}
	i := c.hash(a) >> 16 % passBits
	return (c.turns[0].passes[i/64]|c.turns[1].passes[i/64])>>(i%64)&1 != 0
}
