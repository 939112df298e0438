package bots

import (
	"net/netip"
	"sync"
	"time"
)

// MostKnown is how many answers are kept of each sort, 64 bytes each: of verified addresses, and of others. Whoever has many addresses pushes no verified one out.
const MostKnown = 1 << 14

// asked is an address of which it was asked whether it is a bot's.
type asked struct {
	from netip.Addr
	bot  uint8
}

// answer is what is known of it. Times are in ns since 1970.
type answer struct {
	fresh   int64 // until when it need not be asked again
	until   int64 // until when it holds
	pending bool  // it is being asked
}

// cache keeps answers.
type cache struct {
	mu      sync.Mutex
	yes, no map[asked]answer
	nets    map[netip.Prefix]int64 // in which a name was verified, until when that is worth something
	wait    map[netip.Prefix]int   // how many addresses of a network wait to be asked
}

// network is whose address it is: whoever has one of a /24 or a /48 mostly has others.
func network(a netip.Addr) netip.Prefix {
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, _ := a.WithZone("").Prefix(bits)
	return p
}

// waits says whether an address may wait to be asked, and notes it.
func (c *cache) waits(q asked) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := network(q.from)
	if c.wait[n] >= ofOneNet {
		return false
	}
	c.wait[n]++
	return true
}

// asks notes that an address waits no more.
func (c *cache) asks(q asked) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := network(q.from)
	if c.wait[n]--; c.wait[n] <= 0 {
		delete(c.wait, n)
	}
}

// of says what is known at a moment, and whether it has to be asked; where it has, whoever calls asks, and nobody else meanwhile. near is
// whether another address of its network was verified lately.
func (c *cache) of(q asked, now int64) (verified, ask, near bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.yes[q]; ok && (a.pending || now < a.until) {
		verified = now < a.until
		if ask = now >= a.fresh && !a.pending; ask {
			a.pending = true
			c.yes[q] = a
		}
		return verified, ask, true
	}
	if a, ok := c.no[q]; ok && (a.pending || now < a.until) {
		return false, false, false
	}
	put(c.no, q, answer{pending: true}, now)
	return false, true, now < c.nets[network(q.from)]
}

// forget has it asked again, because nobody could be asked.
func (c *cache) forget(q asked) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.no, q)
	if a, ok := c.yes[q]; ok {
		a.pending = false
		c.yes[q] = a
	}
}

// keep keeps an answer. One that is not sure takes no verified address away before its end.
func (c *cache) keep(q asked, verified, sure bool, fresh, until, now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was, known := c.yes[q]
	if known && !sure && now < was.until {
		was.pending, was.fresh = false, until
		c.yes[q] = was
		return
	}
	delete(c.no, q)
	delete(c.yes, q)
	if verified {
		put(c.yes, q, answer{fresh: fresh, until: until}, now)
		c.known(network(q.from), now+int64(netFor), now)
	} else {
		put(c.no, q, answer{until: until}, now)
	}
}

// netFor is for how long a network is one in which a name was verified.
const netFor = 7 * 24 * time.Hour

// known keeps a network, in the place of one that ends where there is no room.
func (c *cache) known(n netip.Prefix, until, now int64) {
	if _, ok := c.nets[n]; !ok && len(c.nets) >= MostKnown {
		for old, ends := range c.nets { // in no order
			if delete(c.nets, old); ends > now {
				break
			}
		}
	}
	c.nets[n] = until
}

// put puts an answer where there is room, or in the place of another: of a few the one that ends first.
func put(in map[asked]answer, q asked, a answer, now int64) {
	if _, ok := in[q]; !ok && len(in) >= MostKnown {
		var first asked
		var soonest int64
		tries := 0
		for k, v := range in { // in no order
			if tries == 0 || v.until < soonest {
				first, soonest = k, v.until
			}
			if tries++; tries == 8 || v.until <= now && !v.pending {
				break
			}
		}
		delete(in, first)
	}
	in[q] = a
}

// sizes are how many answers are kept.
func (c *cache) sizes() (yes, no int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.yes), len(c.no)
}
