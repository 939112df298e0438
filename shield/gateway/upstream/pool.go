package upstream

import (
	"crypto/x509"
	"math/bits"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// Options are what all pools of an edge have in common.
type Options struct {
	Now       func() evenkeel.Moment // the time; required
	RootCAs   *x509.CertPool         // that backends' certificates are verified with; nil: the system's
	Forbidden []netip.Prefix         // addresses that no backend may have, such as those of the operator's own machines
	Trusted   []netip.Prefix         // proxies before this edge, whose X-Forwarded-For is kept
	Seed      uint64                 // of the lots by which pauses differ

	// Visitor says who asks; nil: whoever the connection is from, over TLS where the request says so.
	Visitor func(*http.Request) Visitor
	// Changed is called after the health of a backend changed. It must return at once; nil: nobody is told.
	Changed func(State)
}

// Visitor is who asks, as backends are told.
type Visitor struct {
	Addr   netip.Addr
	Secure bool // https
}

// Pool is the backends of one site. It has no goroutine of its own. Make it with New.
type Pool struct {
	site     *site.Site
	opt      *Options
	backends []*backend

	inFlight atomic.Int64
	again    atomic.Int64 // what may be sent again, in tenths of a request
	gone     atomic.Bool  // nobody checks it any more
}

// Bounds of what is sent again: mostAgain tenths at once, and a tenth of a request for each that comes.
const (
	mostAgain = 100
	oneAgain  = 10
)

// New makes the pool of a site, which must be one that site.Check finds nothing wrong with. Its backends
// count as well until a check or requests say otherwise; somebody has to check them (Pools does).
func New(s *site.Site, opt *Options) *Pool { return newPool(s, opt, nil) }

// newPool takes over the backends of the pool before it that are the same.
func newPool(s *site.Site, opt *Options, before *Pool) *Pool {
	p := &Pool{site: s, opt: opt, backends: make([]*backend, len(s.Backends))}
	p.again.Store(mostAgain)
	for i, b := range s.Backends {
		if same := before.find(s, b); same != nil {
			p.backends[i] = same
			continue
		}
		p.backends[i] = newBackend(s, b, opt)
	}
	return p
}

// find is the backend that is watched and spoken to in the same way, or nil.
func (p *Pool) find(s *site.Site, want site.Backend) *backend {
	if p == nil || p.site.Health != s.Health || p.site.Timeouts != s.Timeouts || p.site.Connections != s.Connections || checkHost(p.site) != checkHost(s) {
		return nil
	}
	for _, b := range p.backends {
		have := b.Backend
		have.Weight = want.Weight
		if have == want {
			return b
		}
	}
	return nil
}

// choose takes the backend that has the least in flight for its weight; of those that have the same, the
// one that had the least so far. First among those that are well, then among those that rest: their
// checks are good, and trying is better than refusing. One that is down is not tried, nor one of
// tried. It is −1 where none is left.
func (p *Pool) choose(tried uint64, now func() evenkeel.Moment) int {
	best, at := -1, evenkeel.Moment(0)
	bestResting := -1
	for i, b := range p.backends {
		if tried&(1<<i) != 0 {
			continue
		}
		switch Health(b.health.Load()) {
		case Down:
			continue
		case Resting:
			if at == 0 {
				at = now()
			}
			if !b.rested(at) {
				if bestResting < 0 || p.lighter(i, bestResting) {
					bestResting = i
				}
				continue
			}
		}
		if best < 0 || p.lighter(i, best) {
			best = i
		}
	}
	if best < 0 {
		return bestResting
	}
	return best
}

// lighter says whether backend i has less in flight for its weight than j, or as much and had less before.
func (p *Pool) lighter(i, j int) bool {
	a, b := p.backends[i], p.backends[j]
	wa, wb := int64(p.site.Backends[i].Weight), int64(p.site.Backends[j].Weight)
	x, y := a.inFlight.Load()*wb, b.inFlight.Load()*wa
	if x != y {
		return x < y
	}
	return a.served.Load()*wb < b.served.Load()*wa
}

// mayAgain takes one request out of what may be sent again.
func (p *Pool) mayAgain(tried uint64) bool {
	if bits.OnesCount64(tried) > p.site.Retries {
		return false
	}
	for {
		n := p.again.Load()
		if n < oneAgain {
			return false
		}
		if p.again.CompareAndSwap(n, n-oneAgain) {
			return true
		}
	}
}

// earn adds a tenth of a request to what may be sent again.
func (p *Pool) earn() {
	if p.again.Load() < mostAgain {
		p.again.Add(1)
	}
}

// level lets all backends begin anew at sharing: one that comes back does not get all requests until it
// had as many as the others.
func (p *Pool) level() {
	for _, b := range p.backends {
		b.served.Store(0)
	}
}

// changed is called after the health of a backend changed.
func (p *Pool) changed() {
	p.level()
	if p.opt.Changed != nil {
		p.opt.Changed(p.State())
	}
}

// retire ends what a pool holds: nobody checks it, and connections that wait for requests are closed,
// but those of backends that the next pool took over.
func (p *Pool) retire(next *Pool) {
	p.gone.Store(true)
	kept := map[*backend]bool{}
	if next != nil {
		for _, b := range next.backends {
			kept[b] = true
		}
	}
	for _, b := range p.backends {
		if !kept[b] {
			b.transport.CloseIdleConnections()
		}
	}
}

// idleFor is how long a connection waits for the next request.
func idleFor(t site.Timeouts) time.Duration { return min(t.Idle, 90*time.Second) }
