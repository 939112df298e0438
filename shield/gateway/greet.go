package gateway

import (
	"maps"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/admit"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// handshakeWait is after how long a handshake for which there was no budget asks again.
const handshakeWait = 100 * time.Millisecond

// Greet says what happens to a connection whose hello was read, before anything is signed: names that nobody has are refused with
// an alert, addresses that failed repeatedly are dropped, and each tenant's names have a budget of handshakes of their own, and
// another one for those who came before the flood.
func (e *Edge) Greet(v *door.Visitor) door.Decision {
	now := e.c.Clock()
	from := v.Remote.Addr()
	if _, banned := e.bans.of(from.Unmap().WithZone(""), evenkeel.MomentOf(now)); banned {
		return door.Decision{Do: door.Drop}
	}
	if !v.Secure {
		return door.Decision{Do: door.Pass}
	}
	s, ok := e.Directory().Of(v.Name)
	if v.Naming != door.Named || !ok {
		e.handshakes.Take(e.ticks(now), "", prefixOf(from)) // so that whoever tries names uses up what its network has
		return door.Decision{Do: door.Refuse, Alert: door.UnrecognizedName}
	}
	tenant := string(s.Tenant)
	if e.scribe.calm.has(s.ID, from.Unmap().WithZone("")) && e.regulars.Take(e.ticks(now), tenant, prefixOf(from)) == admit.Granted {
		return door.Decision{Do: door.Pass, Tenant: tenant} // whoever came in calm has a budget that no flood uses up
	}
	switch e.handshakes.Take(e.ticks(now), tenant, prefixOf(from)) {
	case admit.Granted:
		return door.Decision{Do: door.Pass, Tenant: tenant}
	case admit.OverPrefix:
		if !allowed(s, from.Unmap().WithZone("")) {
			return door.Decision{Do: door.Drop}
		}
	}
	return door.Decision{Do: door.Hold, Wait: handshakeWait}
}

// GreetUnknown decides on a connection for a name that no site has, where somebody behind knows more names: whoever failed repeatedly is
// dropped, and all such names together have one tenant's budget.
func (e *Edge) GreetUnknown(v *door.Visitor) door.Decision {
	now := e.c.Clock()
	from := v.Remote.Addr()
	if _, banned := e.bans.of(from.Unmap().WithZone(""), evenkeel.MomentOf(now)); banned {
		return door.Decision{Do: door.Drop}
	}
	switch e.handshakes.Take(e.ticks(now), "", prefixOf(from)) {
	case admit.Granted:
		return door.Decision{Do: door.Pass}
	case admit.OverPrefix:
		return door.Decision{Do: door.Drop}
	}
	return door.Decision{Do: door.Hold, Wait: handshakeWait}
}

// Ban is an address that is refused until a moment: one that completed handshakes and then failed repeatedly, at one site.
type Ban struct {
	Site string
	suspect.Ban
}

// MostBans is how many addresses are refused at once, 3 MB of them.
const MostBans = 1 << 16

// bans are the addresses that are refused. Only the scribe adds to them; each has its end.
type bans struct {
	n  atomic.Int64
	mu sync.RWMutex
	by map[netip.Addr]evenkeel.Moment
}

// of says until when an address is refused.
func (b *bans) of(a netip.Addr, now evenkeel.Moment) (until evenkeel.Moment, banned bool) {
	if b.n.Load() == 0 {
		return 0, false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	until = b.by[a]
	return until, until > now
}

// add refuses an address, and says whether it was not before.
func (b *bans) add(a netip.Addr, until, now evenkeel.Moment) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.by == nil {
		b.by = map[netip.Addr]evenkeel.Moment{}
	}
	was := b.by[a]
	if was == 0 && len(b.by) >= MostBans {
		return false
	}
	b.by[a] = max(was, until)
	b.n.Store(int64(len(b.by)))
	return was <= now
}

// lift lets an address in again.
func (b *bans) lift(a netip.Addr) {
	b.mu.Lock()
	delete(b.by, a)
	b.n.Store(int64(len(b.by)))
	b.mu.Unlock()
}

// all are those that have not ended.
func (b *bans) all(now evenkeel.Moment) map[netip.Addr]evenkeel.Moment {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := maps.Clone(b.by)
	maps.DeleteFunc(out, func(_ netip.Addr, until evenkeel.Moment) bool { return until <= now })
	return out
}

// sweep forgets those that ended.
func (b *bans) sweep(now evenkeel.Moment) {
	if b.n.Load() == 0 {
		return
	}
	b.mu.Lock()
	for a, until := range b.by {
		if until <= now {
			delete(b.by, a)
		}
	}
	b.n.Store(int64(len(b.by)))
	b.mu.Unlock()
}

// Banned says until when an address is refused.
func (e *Edge) Banned(a netip.Addr) (until evenkeel.Moment, banned bool) {
	return e.bans.of(a.Unmap().WithZone(""), e.now())
}

// Pardon lets an address in again that was refused: somebody spoke for it.
func (e *Edge) Pardon(a netip.Addr) { e.bans.lift(a.Unmap().WithZone("")) }
