package wall

import (
	"net/netip"
	"time"
)

// Hand drops packets before a socket is asked: what TCP brings from the addresses that it holds to the targets that it guards, and
// nothing else. hand_test.go holds each to this. Its methods are called by one goroutine at a time.
type Hand interface {
	// Name is what status and logs call it.
	Name() string
	// Guards makes these the targets, and no others: addresses and ports at which the edge listens. Until it is called nothing is dropped.
	Guards(targets []netip.AddrPort) error
	// Drop holds addresses, each until its own end, by which it ends by itself, also when nobody calls again. Of two ends of an address the one
	// that came last holds. After an error nothing of what was asked is in force but what was before.
	Drop(list []Drop) error
	// Free lets go of addresses. One that is not held is no error.
	Free(list []netip.Addr) error
	// Holds reads back what is in force, and how long each is still.
	Holds() ([]Drop, error)
	// Dropped is how many packets were dropped since the hand was made.
	Dropped() (uint64, error)
	// Close lets go of everything.
	Close() error
}

// Drop is an address whose packets are dropped, for a time.
type Drop struct {
	Address netip.Addr // without zone; IPv4 not written in IPv6
	For     time.Duration
}

// The bounds of what a hand is asked to hold.
const (
	// Most is how many addresses are dropped at once.
	Most = 1 << 16
	// MostFor is how long an address is dropped at most.
	MostFor = 10 * time.Minute
	// MostTargets is how many addresses with ports may be guarded.
	MostTargets = 4096
)
