package wall

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway"
)

// The bounds of what goes down.
const (
	// MostInNetwork is how many addresses of one /24 or /48 are dropped at once. Where another would be, many people may share
	// the network's addresses: all of it are freed, and none is dropped for CrowdedFor.
	MostInNetwork = 16
	CrowdedFor    = 10 * time.Minute
	// MostInSecond is how many are added a second, MostAtOnce how many of them at once.
	MostInSecond = 1024
	MostAtOnce   = 4096
	// MostInMinute is how many are added within a minute before the breaker frees all and stops for BrokenFor: so many do not fail at what browsers do
	// but where the question itself is broken. The process refuses them as before.
	MostInMinute = 1 << 14
	BrokenFor    = 10 * time.Minute
)

// book is what is in force and what may be, without a clock and without a kernel.
type book struct {
	guard   guard
	until   map[netip.Addr]evenkeel.Moment   // in force
	of      map[netip.Prefix]int             // how many of them are of a network
	crowded map[netip.Prefix]evenkeel.Moment // until when nothing of a network is dropped
	failed  map[netip.Addr]failed            // at whose sites an address failed
	swept   evenkeel.Moment                  // failed was
	worn    evenkeel.Moment                  // when the rate of additions is worn off (GCRA, ITU-T I.371)
	minute  evenkeel.Moment                  // since when added counts
	added   [2]int                           // within this minute, and the one before
	stopped evenkeel.Moment                  // until when the breaker holds
	counts  [Reasons]uint64
}

// failed are the tenants at whose sites an address was refused, and when last.
type failed struct {
	tenants [mostTenants]evenkeel.TenantID
	at      evenkeel.Moment
}

// mostFailed is of how many addresses it is remembered where they failed; beyond half of it they are forgotten after a quarter of an hour.
const mostFailed = 2 * Most

// mostTenants is of how many tenants' sites it is remembered that an address failed there: the witness knows two.
const mostTenants = 2

func newBook(g guard) *book {
	return &book{guard: g, until: map[netip.Addr]evenkeel.Moment{}, of: map[netip.Prefix]int{}, crowded: map[netip.Prefix]evenkeel.Moment{}, failed: map[netip.Addr]failed{}}
}

// remember notes that an address failed at a tenant's site, and returns all tenants at whose sites it did.
func (b *book) remember(a netip.Addr, t evenkeel.TenantID, now evenkeel.Moment) []evenkeel.TenantID {
	f, there := b.failed[a]
	if !there && len(b.failed) >= mostFailed { // what is not remembered spares it where it visits several
		return []evenkeel.TenantID{t}
	}
	if !there || now.Sub(f.at) >= witnessFor {
		f = failed{}
	}
	f.at = now
	for i := range f.tenants {
		if f.tenants[i] == t {
			break
		}
		if f.tenants[i] == "" {
			f.tenants[i] = t
			break
		}
	}
	b.failed[a] = f
	var out []evenkeel.TenantID
	for _, x := range f.tenants {
		if x != "" {
			out = append(out, x)
		}
	}
	if !slices.Contains(out, t) {
		out = append(out, t)
	}
	return out
}

// weigh says what follows for an address that was refused at a site, by all that is known of it. It changes nothing.
func (b *book) weigh(ban *gateway.Ban, k known, relay bool, now evenkeel.Moment) Reason {
	a := ban.Address
	switch {
	case ban.Until <= now:
		return NoEnd
	case !ban.Proven:
		return Unproven
	case b.guard.keeps(a):
		return Kept
	case relay:
		return Relay
	case k.trusted:
		return Trusted
	case k.machines:
		return Machines
	case k.noSYN:
		return NoSYN
	case k.elsewhere:
		return Elsewhere
	case b.stopped > now:
		return Stopped
	case b.until[a] >= ban.Until:
		return Again
	case b.crowded[network(a)] > now:
		return Neighbours
	case b.until[a] != 0:
		return Down // with a later end
	case len(b.until) >= Most:
		return TooMany
	case max(b.worn, now).Sub(now) > MostAtOnce*(time.Second/MostInSecond):
		return TooFast
	}
	return Down
}

// enter puts an address in force until a moment, and returns those that have to be freed for it: then it is not in force either, and why.
func (b *book) enter(a netip.Addr, until, now evenkeel.Moment) (free []netip.Addr, why Reason) {
	until = min(until, now.Add(MostFor))
	if b.until[a] != 0 {
		b.until[a] = until
		return nil, Down
	}
	if n := network(a); b.of[n] >= MostInNetwork {
		b.crowded[n] = now.Add(CrowdedFor)
		for x := range b.until {
			if n.Contains(x) {
				free = append(free, x)
			}
		}
		b.leave(free)
		return free, Neighbours
	}
	b.tick(now)
	b.worn = max(b.worn, now).Add(time.Second / MostInSecond)
	if b.added[0]++; b.added[0]+b.added[1] > MostInMinute {
		b.stopped = now.Add(BrokenFor)
		free = slices.Collect(maps.Keys(b.until))
		b.leave(free)
		return free, Stopped
	}
	b.until[a] = until
	b.of[network(a)]++
	return nil, Down
}

// tick begins another half minute of the breaker's count.
func (b *book) tick(now evenkeel.Moment) {
	const half = 30 * time.Second
	switch past := now.Sub(b.minute); {
	case past >= 2*half || past < 0:
		b.added = [2]int{}
	case past >= half:
		b.added = [2]int{0, b.added[0]}
	default:
		return
	}
	b.minute = now
}

// leave takes addresses out of what is in force.
func (b *book) leave(list []netip.Addr) {
	for _, a := range list {
		if b.until[a] == 0 {
			continue
		}
		delete(b.until, a)
		n := network(a)
		if b.of[n]--; b.of[n] <= 0 {
			delete(b.of, n)
		}
	}
}

// sweep forgets what ended, and returns the addresses that did.
func (b *book) sweep(now evenkeel.Moment) (ended []netip.Addr) {
	for a, until := range b.until {
		if until <= now {
			ended = append(ended, a)
		}
	}
	b.leave(ended)
	if now.Sub(b.swept) >= time.Minute || now < b.swept {
		b.swept = now
		keep := witnessFor
		if len(b.failed) > mostFailed/2 {
			keep /= 4
		}
		maps.DeleteFunc(b.failed, func(_ netip.Addr, f failed) bool { return now.Sub(f.at) >= keep })
	}
	maps.DeleteFunc(b.crowded, func(_ netip.Prefix, until evenkeel.Moment) bool { return until <= now })
	return ended
}
