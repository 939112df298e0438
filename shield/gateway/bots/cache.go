package bots

import (
	"net/netip"
	"sync"
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
}

// of says what is known at a moment, and whether it has to be asked; where it has, whoever calls asks, and nobody else meanwhile.
func (c *cache) of(q asked, now int64) (verified, ask bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.yes[q]; ok && (a.pending || now < a.until) {
		verified = now < a.until
		if ask = now >= a.fresh && !a.pending; ask {
			a.pending = true
			c.yes[q] = a
		}
		return verified, ask
	}
	if a, ok := c.no[q]; ok && (a.pending || now < a.until) {
		return false, false
	}
	put(c.no, q, answer{pending: true}, now)
	return false, true
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
	} else {
		put(c.no, q, answer{until: until}, now)
	}
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
