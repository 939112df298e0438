package door

import (
	"net/netip"
	"sync"
	"time"
)

// maxRates is how many senders are counted; when there are more, those who have their whole share
// again are forgotten, and if none has, all newcomers share one.
const maxRates = 4096

// rates counts what senders may still send.
type rates struct {
	mu   sync.Mutex
	left map[string]*share
}

// share is a bucket that fills evenly: a minute's worth at most.
type share struct {
	left  float64
	since time.Time
}

func newRates() *rates { return &rates{left: map[string]*share{}} }

// take takes one report from a sender's share. Where nothing is left it says when there is again.
func (r *rates) take(name string, minute int, now time.Time) (again time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.left[name]
	if s == nil {
		if len(r.left) >= maxRates {
			r.forget(now)
		}
		if len(r.left) >= maxRates {
			name = ""
			s = r.left[name]
		}
		if s == nil {
			s = &share{left: float64(minute), since: now}
			r.left[name] = s
		}
	}
	perSecond := float64(minute) / 60
	s.left = min(float64(minute), s.left+max(0, now.Sub(s.since).Seconds())*perSecond)
	s.since = now
	if s.left < 1 {
		return time.Duration((1 - s.left) / perSecond * float64(time.Second)), false
	}
	s.left--
	return 0, true
}

// forget drops those who sent nothing for a minute: their share is whole again.
func (r *rates) forget(now time.Time) {
	for name, s := range r.left {
		if now.Sub(s.since) >= time.Minute {
			delete(r.left, name)
		}
	}
}

// network names the network of a stranger: /24 of IPv4, /48 of IPv6, since whoever has one
// address of those has them all.
func network(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "network unknown"
	}
	a, bits := ap.Addr().Unmap().WithZone(""), 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return "network unknown"
	}
	return "network " + p.String()
}
