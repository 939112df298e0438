package sieve

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

// Header is how the gateway behind is told who came.
type Header uint8

// The headers.
const (
	V2     Header = iota // version 2 of the PROXY protocol, with fields
	V1                   // version 1: addresses alone
	None                 // nothing: the gateway sees this machine's address
	V2Bare               // version 2 without fields: Debian 12's nginx (1.22) resets connections whose header is longer than some 107 bytes
)

// MostUpstreams bounds Config.Upstreams.
const MostUpstreams = 64

// Config is how a sieve is set up. A zero of a time is its default; none can be switched off. A connection takes two descriptors, and four more while it is
// at work both ways: RLIMIT_NOFILE has to be above three times Door.Limits.Connections at least. Towards one upstream there are as many connections
// as net.ipv4.ip_local_port_range has ports, some 28,000.
type Config struct {
	Door       door.Config      // Clock has to be set; Certificate, TLS and Through are not to be
	Upstreams  []netip.AddrPort // the operator's gateway, which has to speak TLS (HTTP alone with Door.Clear) and take the header; 1 to MostUpstreams, by turns
	Header     Header
	DialTime   time.Duration              // until an upstream takes the connection, all attempts together; 3 s
	AnswerTime time.Duration              // until it has answered the hello with a first byte; 10 s
	Idle       time.Duration              // within which something has to move; 10 min, for whoever streams is silent at times
	Linger     time.Duration              // likewise, once the upstream has said its last; 15 s
	Begin      func(*door.Visitor)        // told of a connection before it is carried, while its hello is there; nil: nobody is
	Note       func(*door.Visitor, Ended) // told of each of those when it has ended; likewise
}

func (c Config) filled() (Config, error) {
	switch {
	case c.Door.Clock == nil:
		return c, errors.New("set up the sieve: no clock is given")
	case c.Door.Certificate != nil || c.Door.TLS != nil || c.Door.Through != nil:
		return c, errors.New("set up the sieve: the gateway behind speaks TLS; expected no Certificate, TLS or Through in Door")
	case len(c.Upstreams) == 0 || len(c.Upstreams) > MostUpstreams:
		return c, fmt.Errorf("set up the sieve: %d upstreams; expected 1 to %d", len(c.Upstreams), MostUpstreams)
	case c.Header > V2Bare:
		return c, fmt.Errorf("set up the sieve: header %d; expected V2, V1, None or V2Bare", c.Header)
	}
	for _, u := range c.Upstreams {
		if !u.IsValid() || u.Port() == 0 || u.Addr().IsUnspecified() {
			return c, fmt.Errorf("set up the sieve: upstream %s; expected an address and a port", u)
		}
	}
	for _, x := range []struct {
		p *time.Duration
		d time.Duration
	}{{&c.DialTime, 3 * time.Second}, {&c.AnswerTime, 10 * time.Second}, {&c.Idle, 10 * time.Minute}, {&c.Linger, 15 * time.Second}} {
		if *x.p <= 0 {
			*x.p = x.d
		}
	}
	return c, nil
}

// End is how a connection that had been passed ended.
type End uint8

// The ends.
const (
	Whole      End = iota // both ends said their last
	Broken                // one of them reset it, or was not reached any more
	Undialed              // no upstream took it; the client got an alert, internal_error
	Unanswered            // the upstream took it and said nothing to the hello
	Idled                 // nothing moved on it
	Lingered              // the client stayed when the upstream had gone
	Cut                   // the sieve was closed
	Ousted                // Sieve.Oust was asked to
	ends
)

var endNames = [ends]string{"whole", "broken", "undialed", "unanswered", "idle", "lingered", "cut", "ousted"}

// String returns the end in a word.
func (e End) String() string {
	if e >= ends {
		return "unknown"
	}
	return endNames[e]
}

// Ended is what came of a connection that had been passed.
type Ended struct {
	How      End
	Upstream netip.AddrPort // not valid where none took it
	Up, Down int64          // bytes of the client's, the hello included, and of the upstream's
	Hello    int64          // of Up
	Took     time.Duration  // since it was accepted
}

// Counts is what happened so far.
type Counts struct {
	Door      door.Counts
	Ends      [ends]uint64
	Open      int    // connections at the door and passed
	Up, Down  uint64 // bytes of connections that ended, as in Ended
	Short     uint64 // times that an upstream was not reached because this machine lacks descriptors, memory or ports
	Upstreams []UpstreamCounts
}

// UpstreamCounts is what happened with one of Config.Upstreams.
type UpstreamCounts struct {
	At         netip.AddrPort
	Open       int    // connections
	Took       uint64 // likewise, so far
	Failed     uint64 // times that it did not take one
	Unanswered uint64
	Resting    bool
}
