package gateway

import (
	"maps"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// Ban is an address that is refused at one site until a moment: it completed handshakes and then failed repeatedly at what that site
// asked. It is not refused elsewhere: what a tenant's site asks, and of whom, that tenant can steer.
type Ban struct {
	Site   site.ID
	Tenant evenkeel.TenantID
	Proven bool // a TCP handshake was completed with it
	suspect.Ban
}

// MostBans is how many addresses at sites are refused at once, some 6 MB of them.
const MostBans = 1 << 16

type banned struct {
	site site.ID
	from netip.Addr
}

// bans are the addresses that are refused. Only the scribe adds to them; each has its end.
type bans struct {
	n    atomic.Int64
	mu   sync.RWMutex
	by   map[banned]evenkeel.Moment
	told map[banned]evenkeel.Moment // when one of by was let shake hands last, to be told why
}

// tellEvery is how often an address that is refused is let shake hands, to be told why and how to be heard.
const tellEvery = 5 * time.Second

// tell says whether an address that is refused may be told so now; then it may not for tellEvery.
func (b *bans) tell(at site.ID, a netip.Addr, now evenkeel.Moment) bool {
	x := banned{at, a}
	b.mu.Lock()
	defer b.mu.Unlock()
	if was, ok := b.told[x]; ok && now.Sub(was) < tellEvery && now >= was {
		return false
	}
	if b.told == nil {
		b.told = map[banned]evenkeel.Moment{}
	}
	b.told[x] = now
	return true
}

// of says until when an address is refused at a site.
func (b *bans) of(at site.ID, a netip.Addr, now evenkeel.Moment) (until evenkeel.Moment, refused bool) {
	if b.n.Load() == 0 {
		return 0, false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	until = b.by[banned{at, a}]
	return until, until > now
}

// add refuses an address at a site, and says whether it was not before.
func (b *bans) add(at site.ID, a netip.Addr, until, now evenkeel.Moment) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.by == nil {
		b.by = map[banned]evenkeel.Moment{}
	}
	x := banned{at, a}
	was := b.by[x]
	if was == 0 && len(b.by) >= MostBans {
		return false
	}
	b.by[x] = max(was, until)
	b.n.Store(int64(len(b.by)))
	return was <= now
}

// lift lets an address in again at all sites at which it was refused before a moment, and says whether it was at any.
func (b *bans) lift(a netip.Addr, before, now evenkeel.Moment) (was bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for x, until := range b.by {
		if x.from == a && until.Add(-suspect.BanFor) <= before {
			was = was || until > now
			delete(b.by, x)
		}
	}
	b.n.Store(int64(len(b.by)))
	return was
}

// all are those that have not ended.
func (b *bans) all(now evenkeel.Moment) map[banned]evenkeel.Moment {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := maps.Clone(b.by)
	maps.DeleteFunc(out, func(_ banned, until evenkeel.Moment) bool { return until <= now })
	return out
}

// sweep forgets those that ended.
func (b *bans) sweep(now evenkeel.Moment) {
	if b.n.Load() == 0 {
		return
	}
	b.mu.Lock()
	maps.DeleteFunc(b.by, func(_ banned, until evenkeel.Moment) bool { return until <= now })
	maps.DeleteFunc(b.told, func(x banned, _ evenkeel.Moment) bool { _, refused := b.by[x]; return !refused })
	b.n.Store(int64(len(b.by)))
	b.mu.Unlock()
}

// Banned says until when an address is refused at a site.
func (e *Edge) Banned(at site.ID, a netip.Addr) (until evenkeel.Moment, refused bool) {
	return e.bans.of(at, a.Unmap().WithZone(""), e.now())
}

// Refused is how many addresses are refused, each counted at each site.
func (e *Edge) Refused() int { return int(e.bans.n.Load()) }

// Pardon lets an address in again that was refused, at all sites, because somebody spoke for it. It says whether it was refused at any.
func (e *Edge) Pardon(a netip.Addr) bool {
	a, now := a.Unmap().WithZone(""), e.now()
	e.fleet.speak(a, now)
	return e.bans.lift(a, now, now)
}
