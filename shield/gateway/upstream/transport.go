package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// mostHead bounds the head of a backend's answer, in bytes.
const mostHead = 64 << 10

// newTransport makes the transport of one backend; once: each connection serves one request, as checks want.
func newTransport(s *site.Site, b site.Backend, opt *Options, once bool) *http.Transport {
	d := &dialler{backend: b, connect: s.Timeouts.Connect, idle: s.Timeouts.Idle, opt: opt}
	t := &http.Transport{
		DialContext:            d.plain,
		DisableCompression:     true, // bodies pass as they are
		DisableKeepAlives:      once,
		MaxConnsPerHost:        s.Connections,
		MaxIdleConnsPerHost:    min(s.Connections, 256),
		MaxIdleConns:           min(s.Connections, 256),
		IdleConnTimeout:        idleFor(s.Timeouts),
		ResponseHeaderTimeout:  s.Timeouts.Answer,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: mostHead,
		Protocols:              new(http.Protocols),
	}
	switch {
	case b.Secure:
		name, _, _ := net.SplitHostPort(b.Address)
		if b.Name != "" {
			name = b.Name
		}
		d.tls = &tls.Config{ServerName: name, RootCAs: opt.RootCAs, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
		if b.HTTP2 {
			d.tls.NextProtos = []string{"h2", "http/1.1"}
		}
		t.DialTLSContext = d.secure
		t.Protocols.SetHTTP1(true)
		t.Protocols.SetHTTP2(b.HTTP2)
	case b.HTTP2:
		t.Protocols.SetUnencryptedHTTP2(true)
	default:
		t.Protocols.SetHTTP1(true)
	}
	return t
}

// dialler connects to one backend, within the time for it, TLS included. Its errors are dialErrors.
type dialler struct {
	backend       site.Backend
	connect, idle time.Duration
	tls           *tls.Config
	opt           *Options
}

func (d *dialler) plain(ctx context.Context, network, _ string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.connect)
	defer cancel()
	return d.dial(ctx, network)
}

var errForbidden = errors.New("the operator lets no backend have this address")

func (d *dialler) dial(ctx context.Context, network string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(d.backend.Address)
	if a, err := netip.ParseAddr(host); err == nil && d.forbidden(a) {
		return nil, &dialError{Forbidden, errForbidden}
	}
	c, err := (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext(ctx, network, d.backend.Address)
	if err != nil {
		return nil, &dialError{causeOfDial(err, false), err}
	}
	// A name may lead anywhere: what it led to counts, and nothing was sent to it yet.
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok && d.forbidden(a.AddrPort().Addr()) {
		c.Close()
		return nil, &dialError{Forbidden, errForbidden}
	}
	return newConn(c, d.idle), nil
}

func (d *dialler) forbidden(a netip.Addr) bool {
	a = a.Unmap()
	return slices.ContainsFunc(d.opt.Forbidden, func(p netip.Prefix) bool { return p.Contains(a) })
}

func (d *dialler) secure(ctx context.Context, network, _ string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.connect)
	defer cancel()
	c, err := d.dial(ctx, network)
	if err != nil {
		return nil, err
	}
	t := tls.Client(c, d.tls)
	if err := t.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, &dialError{causeOfDial(err, true), err}
	}
	return t, nil
}

// conn ends when no byte went either way for a while: a backend that takes a request and does nothing,
// or stops in the middle of an answer, keeps nobody waiting for ever. It asks no clock, which may be set.
type conn struct {
	net.Conn
	idle time.Duration
	over *time.Timer
}

func newConn(c net.Conn, idle time.Duration) *conn {
	long := time.Unix(1, 0) // any time that has passed
	return &conn{c, idle, time.AfterFunc(idle, func() { c.SetDeadline(long) })}
}

func (c *conn) Read(b []byte) (int, error) {
	c.over.Reset(c.idle)
	return c.Conn.Read(b)
}

func (c *conn) Write(b []byte) (int, error) {
	c.over.Reset(c.idle)
	return c.Conn.Write(b)
}

func (c *conn) Close() error {
	c.over.Stop()
	return c.Conn.Close()
}
