package bots

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// Resolver is what of net.Resolver is needed.
type Resolver interface {
	LookupAddr(ctx context.Context, addr string) (names []string, err error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// NewResolver returns one that asks a server, by its address and port; the system's where that is empty.
func NewResolver(server string) *net.Resolver {
	if server == "" {
		return &net.Resolver{PreferGo: true}
	}
	var d net.Dialer
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return d.DialContext(ctx, network, server)
	}}
}

// What is asked of DNS at most, and for how long answers are kept.
const (
	atOnce     = 8  // addresses
	asksEach   = 20 // a second
	mostNames  = 8  // of an address
	ofOneNet   = 4  // addresses wait at most
	asksFor    = 5 * time.Second
	yesFor     = 24 * time.Hour
	yesFresh   = 12 * time.Hour // then it is asked again, and holds meanwhile
	noFor      = time.Hour
	failureFor = time.Minute
)

// answers asks what waits, one after another, each for a place in the budget.
func (r *Register) answers(ctx context.Context, budget <-chan time.Time) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-budget:
		}
		q, ok := r.next(ctx)
		if !ok {
			return nil
		}
		r.resolve(ctx, q)
	}
}

// next is what is to be asked: of networks in which a name was verified before all others. False where the work ends.
func (r *Register) next(ctx context.Context) (q asked, ok bool) {
	select {
	case q = <-r.near:
	default:
		select {
		case <-ctx.Done():
			return q, false
		case q = <-r.near:
		case q = <-r.ask:
		}
	}
	r.cache.asks(q)
	return q, true
}

// resolve finds out whether an address has a bot's name that leads back to it, and keeps what it found.
func (r *Register) resolve(ctx context.Context, q asked) {
	ctx, cancel := context.WithTimeout(ctx, asksFor)
	defer cancel()
	verified, err := r.confirmed(ctx, q)
	now := r.clock()
	switch {
	case verified:
		r.counts[Verified].Add(1)
		r.cache.keep(q, true, true, now.Add(yesFresh).UnixNano(), now.Add(yesFor).UnixNano(), now.UnixNano())
	case err != nil:
		r.counts[Failed].Add(1)
		r.cache.keep(q, false, false, 0, now.Add(failureFor).UnixNano(), now.UnixNano())
	default:
		r.counts[Refuted].Add(1)
		r.cache.keep(q, false, true, 0, now.Add(noFor).UnixNano(), now.UnixNano())
	}
}

// confirmed is forward-confirmed reverse DNS: one of the address's names lies in the bot's domains and has the address. An error is that it is not known.
func (r *Register) confirmed(ctx context.Context, q asked) (bool, error) {
	names, err := r.resolver.LookupAddr(ctx, q.from.String())
	if err != nil && !none(err) {
		return false, err
	}
	var unknown error
	tried := 0
	for _, name := range names {
		if !r.bots[q.bot].owns(name) {
			continue
		}
		if tried++; tried > mostNames {
			break
		}
		if name[len(name)-1] != '.' {
			name += "." // nobody's search list
		}
		addresses, err := r.resolver.LookupNetIP(ctx, "ip", name)
		if err != nil && !none(err) {
			unknown = err
			continue
		}
		for _, a := range addresses {
			if a.Unmap().WithZone("") == q.from {
				return true, nil
			}
		}
	}
	return false, unknown
}

// none says whether DNS said that there is nothing, which is an answer.
func none(err error) bool {
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && e.IsNotFound && !e.IsTemporary && !e.IsTimeout
}
