package upstream

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// Health is how a backend is.
type Health uint8

// How a backend is. Checks take it between Up and Down; requests that fail let it rest.
const (
	Up      Health = iota
	Resting        // requests to it failed one after another; it is left alone for a while, unless no other is up
	Down           // its checks failed
)

var healths = [...]string{"up", "resting", "down"}

// String is the word for it.
func (h Health) String() string { return healths[min(int(h), len(healths)-1)] }

// mostRest is the longest that a backend rests.
const mostRest = 5 * time.Minute

// backend is one backend, and what is known of it.
type backend struct {
	site.Backend
	id        site.ID
	watch     site.Health
	seed      uint64
	transport *http.Transport

	inFlight, served atomic.Int64
	failed           atomic.Int32  // requests that failed, in a row
	health           atomic.Uint32 // a Health; written under mu
	until            atomic.Int64  // a Moment: the end of its rest

	mu sync.Mutex
	findings
}

// findings are what is known of a backend, under its mutex.
type findings struct {
	known   bool            // a check was good once
	good    int             // checks in a row
	bad     int             // checks in a row
	rests   int             // in a row
	since   evenkeel.Moment // of its health; 0: since it is known
	cause   Cause           // of its health; none where it is up
	status  int             // that its check was answered with, with BadAnswer
	checked evenkeel.Moment // the last check
}

func newBackend(s *site.Site, b site.Backend, opt *Options) *backend {
	return &backend{Backend: b, id: s.ID, watch: s.Health, seed: opt.Seed, transport: newTransport(s, b, opt, false)}
}

// turn changes the health; it says whether that is a change. mu is held.
func (b *backend) turn(h Health, now evenkeel.Moment, cause Cause, status int) bool {
	b.cause, b.status = cause, status
	if Health(b.health.Load()) == h {
		return false
	}
	b.since = now
	b.health.Store(uint32(h))
	return true
}

// saw takes what a check found, NoCause where it was good, and says whether the health changed. One that was
// never seen well is down after the first bad check, and up after the first good one.
func (b *backend) saw(now evenkeel.Moment, cause Cause, status int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.checked = now
	is := Health(b.health.Load())
	if cause == NoCause {
		first := !b.known
		b.good, b.bad, b.known = b.good+1, 0, true
		if is != Down || b.good < b.watch.Rise && !first {
			return false
		}
		b.failed.Store(0)
		b.rests = 0
		return b.turn(Up, now, NoCause, 0)
	}
	b.good, b.bad = 0, b.bad+1
	if b.known && b.bad < b.watch.Fall && is != Down {
		return false
	}
	return b.turn(Down, now, cause, status)
}

// How often a backend is checked that was never seen well: it may only be about to start.
const (
	soonEvery = time.Second
	soonTries = 30
)

// next is how long after a check the next one is due.
func (b *backend) next() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.known && b.bad < soonTries {
		return min(soonEvery, b.watch.Interval)
	}
	return b.watch.Interval
}

// answered takes that a request was answered, and says whether the health changed.
func (b *backend) answered(now func() evenkeel.Moment) bool {
	if b.failed.Load() == 0 {
		return false
	}
	b.failed.Store(0)
	if Health(b.health.Load()) != Resting {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return Health(b.health.Load()) == Resting && b.turn(Up, now(), NoCause, 0)
}

// unanswered takes that a request was not, and says whether the health changed. After as many in a row
// as checks may fail it rests, and longer each time.
func (b *backend) unanswered(now evenkeel.Moment, cause Cause) bool {
	if int(b.failed.Add(1)) < b.watch.Fall && Health(b.health.Load()) == Up {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	is := Health(b.health.Load())
	if is == Down || is == Resting && !b.rested(now) {
		return false
	}
	if is == Up && b.since != 0 && now.Sub(b.since) > 2*mostRest {
		b.rests = 0 // it was well for long
	}
	b.rests = min(b.rests+1, 32)
	b.until.Store(int64(now.Add(backoff.Pause(b.watch.Interval, mostRest, b.seed, string(b.id)+" "+b.URL(), b.rests))))
	return b.turn(Resting, now, cause, 0)
}

// rested says whether one that rests may be tried: its time is over, or the clock went back, and nobody
// else is trying.
func (b *backend) rested(now evenkeel.Moment) bool {
	left := evenkeel.Moment(b.until.Load()).Sub(now)
	return (left <= 0 || left > mostRest) && b.inFlight.Load() == 0
}
