package certificates

import (
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// bucket is how many issuances somebody has left. It fills evenly within an hour and begins full.
type bucket struct {
	used float64 // above what has filled again
	at   time.Time
}

// settle brings a bucket of so many an hour to now.
func (b *bucket) settle(most int, now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.used = max(0, b.used-float64(most)*passed.Hours())
		b.at = now
	}
}

// budgets bound how many certificates are asked for within an hour: for one prefix of clients, for one site, and at all. What clients ask for in vain
// takes nothing, so that there are never more buckets than issuances in the last hour and the burst before it.
type budgets struct {
	limits  Limits
	all     bucket
	renewed bucket
	clients map[netip.Prefix]*bucket
	sites   map[site.ID]*bucket
}

func newBudgets(l Limits) *budgets {
	return &budgets{limits: l, clients: map[netip.Prefix]*bucket{}, sites: map[site.ID]*bucket{}}
}

// take takes one issuance from three buckets, or from none and says whose is empty.
func (b *budgets) take(client netip.Prefix, of site.ID, now time.Time) (empty string) {
	if b.clients[client] == nil || b.sites[of] == nil {
		b.forget(now)
	}
	c, s := b.clients[client], b.sites[of]
	for _, x := range [...]struct {
		*bucket
		most int
		says string
	}{{&b.all, b.limits.All, "all sites together"}, {c, b.limits.Client, "the network of this client"}, {s, b.limits.Site, "this site"}} {
		if x.bucket == nil {
			continue
		}
		x.settle(x.most, now)
		if x.used > float64(x.most)-1 {
			return x.says
		}
	}
	if c == nil {
		c = &bucket{at: now}
		b.clients[client] = c
	}
	if s == nil {
		s = &bucket{at: now}
		b.sites[of] = s
	}
	b.all.used, c.used, s.used = b.all.used+1, c.used+1, s.used+1
	return ""
}

// renew takes one renewal, where there is one.
func (b *budgets) renew(now time.Time) bool {
	b.renewed.settle(b.limits.Renew, now)
	if b.renewed.used > float64(b.limits.Renew)-1 {
		return false
	}
	b.renewed.used++
	return true
}

// drain takes an hour's issuances from a site: the authority said that there were too many.
func (b *budgets) drain(of site.ID, now time.Time) {
	s := b.sites[of]
	if s == nil {
		s = &bucket{at: now}
		b.sites[of] = s
	}
	s.settle(b.limits.Site, now)
	s.used = 2 * float64(b.limits.Site)
}

// forget drops the buckets that are full again.
func (b *budgets) forget(now time.Time) {
	for k, x := range b.clients {
		if x.settle(b.limits.Client, now); x.used == 0 {
			delete(b.clients, k)
		}
	}
	for k, x := range b.sites {
		if x.settle(b.limits.Site, now); x.used == 0 {
			delete(b.sites, k)
		}
	}
}

// prefixOf is what counts as one client: /24, or /48, which is what one customer of a network can have.
func prefixOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits)
	return p
}
