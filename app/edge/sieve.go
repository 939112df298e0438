package edge

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/sieve"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// openSieves begins to take connections that the operator's own gateway ends.
func (p *Process) openSieves(ctx context.Context) error {
	s := &p.o.Settings.Sieve
	var to []netip.AddrPort
	for _, at := range s.Upstreams {
		a, err := netip.ParseAddrPort(at)
		if err != nil {
			return err
		}
		to = append(to, a)
	}
	for _, at := range s.Listen {
		l, err := listenAt(ctx, at)
		if err != nil {
			return err
		}
		x, err := sieve.New(l.(*net.TCPListener), sieve.Config{
			Door: door.Config{Clock: p.o.Now, Decide: p.greet, Trusted: prefixes(p.o.Settings.Trusted)}, Upstreams: to, Header: headers[s.Header], Idle: s.Idle,
			Begin: p.carries, Note: p.carried,
		})
		if err != nil {
			l.Close()
			return err
		}
		p.sieves = append(p.sieves, x)
	}
	return nil
}

// greet decides on connections to the operator's own gateway: names that are no site's it knows better than we do, unless the operator says otherwise.
func (p *Process) greet(v *door.Visitor) door.Decision {
	if p.o.Settings.Sieve.Unknown != unknownRefuse && !p.known(v.Name) {
		return p.edge.GreetUnknown(v)
	}
	return p.edge.Greet(v)
}

// carries is told of each connection that goes to the operator's own gateway from now on: of what is asked on it only the guard hears.
func (p *Process) carries(v *door.Visitor) {
	s := &p.o.Settings.Guard
	guarded := len(s.HTTP)+len(s.SPOE) > 0
	if !guarded && p.dropping.Wall == nil { // nobody asks, and a hello is not hashed for nothing
		return
	}
	c := gateway.Seen(v)
	if guarded {
		p.seen.put(v, c)
	}
	if p.dropping.Wall != nil {
		p.dropping.Came(evenkeel.TenantID(v.Tenant), suspect.Visit{Address: v.Remote.Addr().Unmap().WithZone(""), Hello: c.Hello, SYN: c.SYN, Proven: c.Proven}, p.now())
	}
}

// asksFrom is from how many bytes after its hello on a client has asked for something: to finish a handshake takes 80 to 130 (RFC 8446, section 4;
// RFC 5246, section 7.4), and the least request of HTTP/1.1 or HTTP/2 some hundred more.
const asksFrom = 200

// carried takes what came of a connection to the operator's own gateway.
func (p *Process) carried(v *door.Visitor, e sieve.Ended) {
	p.seen.remove(v)
	if e.Up-e.Hello >= asksFrom {
		p.edge.Asked(v.Name, v.Remote.Addr())
	}
}

// oustEvery is how often connections are looked through for addresses that sites refuse: each time all of them are.
const oustEvery = 100 * time.Millisecond

// runOusting ends the connections to the operator's own gateway of addresses that sites refuse, until ctx ends: from the beginning, and when they ask for
// something and were told. Requests on them are seen by somebody else, and each would cost a question and a page; whoever connects again is met by his hello.
func (p *Process) runOusting(ctx context.Context) error {
	beat := time.NewTicker(oustEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			p.oust()
		}
	}
}

// refusedAt is an address at a site.
type refusedAt struct {
	site site.ID
	from netip.Addr
}

// oust ends connections of those of whom there was word since it was called last.
func (p *Process) oust() {
	who := map[netip.Addr][]site.ID{} // by the address first: most connections are nobody's of these
	for range len(p.ousted) {
		if r := <-p.ousted; !slices.Contains(who[r.from], r.site) {
			who[r.from] = append(who[r.from], r.site)
		}
	}
	if len(who) == 0 {
		return
	}
	sites := p.edge.Directory()
	for _, s := range p.sieves {
		s.Oust(func(v *door.Visitor) bool {
			at := who[v.Remote.Addr().Unmap().WithZone("")]
			if at == nil {
				return false
			}
			of, ok := sites.Of(v.Name)
			return ok && slices.Contains(at, of.ID)
		})
	}
}

// serveSieve keeps a sieve until ctx ends, and then lets what goes on come to its end for a while.
func serveSieve(ctx context.Context, s *sieve.Sieve) error {
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endsWithin)
	defer cancel()
	_ = s.Shutdown(end) // what is left is cut
	return nil
}
