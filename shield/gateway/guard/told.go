package guard

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// LogTag is the tag of the lines that nginx sends to a port for them.
const LogTag = "evenkeel"

// A line is one datagram. nginx cuts what is longer than this (ngx_syslog.h), and a name has 255 bytes at most.
const mostLine = 2 << 10

// leftAfter is how long a visitor waits before his going away says something of the backend and not of him.
const leftAfter = time.Second

// closedByClient is what nginx logs where the visitor went before there was an answer.
const closedByClient = 499

// ServeLog hears how backends answered from gateways that write it down, one line a datagram, as nginx's access_log does with
// syslog:, until the connection is closed. What comes from others than the trusted, and what is no such line, is counted and passed over.
func (g *Guard) ServeLog(from net.PacketConn) error {
	room := make([]byte, mostLine)
	for {
		n, at, err := from.ReadFrom(room)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("hear how backends answered: %w", err)
		}
		u, ok := at.(*net.UDPAddr)
		if !ok || !g.trusts(u.AddrPort().Addr()) {
			g.counts[Stranger].Add(1)
			continue
		}
		o, say, err := parseLine(string(room[:n]))
		if err != nil {
			g.counts[Malformed].Add(1)
			continue
		}
		g.counts[Told].Add(1)
		if say && g.config.Told != nil {
			g.config.Told(o)
		}
	}
}

// parseLine reads a line of syslog whose message is host, status, bytes, the seconds that the request took, and those until the header of each
// backend that was asked, with separators between (RFC 3164; variables of ngx_http_upstream_module). say is false where it says nothing
// of the backend.
func parseLine(line string) (o Outcome, say bool, err error) {
	_, text, ok := strings.Cut(line, " "+LogTag+": ")
	f := strings.Fields(text)
	if !ok || len(f) < 5 {
		return o, false, fmt.Errorf("%.80q is no line of %s; expected host, status, bytes, seconds and the backend's seconds", line, LogTag)
	}
	o = Outcome{Host: f[0]}
	if o.Status, err = strconv.Atoi(f[1]); err != nil || o.Status < 100 || o.Status > 599 {
		return o, false, fmt.Errorf("the status is %.20q; expected 100 to 599", f[1])
	}
	if o.Bytes, err = strconv.ParseInt(f[2], 10, 64); err != nil || o.Bytes < 0 {
		return o, false, fmt.Errorf("the bytes are %.20q; expected a number", f[2])
	}
	whole, err := secondsOf(f[3])
	if err != nil {
		return o, false, err
	}
	last := f[len(f)-1]
	switch {
	case last != "-":
		o.Took, err = secondsOf(last)
	case o.Status == closedByClient && whole < leftAfter:
		return o, false, nil
	default: // it never answered
		o.Took = whole
	}
	if o.Status == closedByClient {
		if last != "-" { // the backend did, and the visitor went while he got it
			o.Status = 200
		} else {
			o.Status = 504
		}
	}
	return o, err == nil, err
}

func secondsOf(text string) (time.Duration, error) {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || !(s >= 0 && s <= 24*60*60) {
		return 0, fmt.Errorf("a time is %.20q; expected seconds, such as 0.012", text)
	}
	return time.Duration(s * float64(time.Second)), nil
}
