package sieve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/shield/gateway/sieve/internal/kernel"
)

// How long an upstream rests that failed: at first, and at most.
const (
	restFirst = time.Second
	restMost  = 30 * time.Second
)

// upstream is one of those that stand behind.
type upstream struct {
	at         netip.AddrPort
	name       string
	open       atomic.Int64
	took       atomic.Uint64
	failed     atomic.Uint64
	unanswered atomic.Uint64
	faults     atomic.Int64 // in a row
	until      atomic.Int64 // it rests; ns
	answered   atomic.Int64 // when it was last seen to have answered a hello; ns
}

// fault lets it rest, longer each time in a row.
func (u *upstream) fault(now time.Time) {
	n := min(u.faults.Add(1), 64)
	u.until.Store(now.Add(backoff.Pause(restFirst, restMost, uint64(now.UnixNano()), u.name, int(n))).UnixNano())
}

// well says that it answered a hello. That it takes connections is not enough: one that hangs does, too.
func (u *upstream) well(now time.Time) {
	u.answered.Store(now.UnixNano())
	if u.faults.Load() != 0 {
		u.faults.Store(0)
		u.until.Store(0)
	}
}

// pick returns the next upstream in turn that does not rest, else the one whose rest ends first; none that was tried (a bit each). Nil
// where all were.
func (s *Sieve) pick(now int64, tried *uint64) *upstream {
	first := s.turn.Add(1)
	best := -1
	for i := range s.upstreams {
		k := int((first + uint64(i)) % uint64(len(s.upstreams)))
		if *tried>>k&1 != 0 {
			continue
		}
		until := s.upstreams[k].until.Load()
		if until <= now {
			best = k
			break
		}
		if best < 0 || until < s.upstreams[best].until.Load() {
			best = k
		}
	}
	if best < 0 {
		return nil
	}
	*tried |= 1 << best
	return s.upstreams[best]
}

// dial connects to one upstream after another, as long as there is time. Of several, one that does not answer leaves half of what is left of
// it to the others.
func (s *Sieve) dial() (*net.TCPConn, *upstream, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.config.DialTime)
	defer cancel()
	var tried uint64
	var last error
	for {
		now := s.config.Door.Clock()
		u := s.pick(now.UnixNano(), &tried)
		if u == nil {
			return nil, nil, last
		}
		d := s.dialer
		if left, ok := ctx.Deadline(); ok && len(s.upstreams) > 1 {
			d.Timeout = max(left.Sub(now)/2, time.Millisecond)
		}
		c, err := d.DialTCP(ctx, "tcp", netip.AddrPort{}, u.at)
		if err == nil {
			u.took.Add(1)
			u.open.Add(1)
			return c, u, nil
		}
		last = fmt.Errorf("connect to the gateway at %s: %w", u.name, err)
		if s.ctx.Err() != nil {
			return nil, nil, last
		}
		if kernel.Lacks(err) {
			s.short.Add(1)
			continue
		}
		u.failed.Add(1)
		u.fault(s.config.Door.Clock())
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, nil, last
		}
	}
}
