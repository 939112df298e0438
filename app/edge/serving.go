package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

// kind is what is spoken at an address.
type kind uint8

const (
	secure kind = iota // TLS
	plain              // HTTP, to be sent to https
	open               // HTTP, served so
)

// serving is one address at which connections come in.
type serving struct {
	kind    kind
	door    *door.Listener
	servers []*http.Server
}

// endsWithin is how long what is in flight has when the process is to end.
const endsWithin = 20 * time.Second

// listen begins to take connections at all addresses; nobody is served before Run.
func (p *Process) listen(ctx context.Context) error {
	s := &p.o.Settings
	for _, x := range []struct {
		kind kind
		list []string
	}{{secure, s.Listen}, {plain, s.Plain}, {open, s.Clear}} {
		for _, at := range x.list {
			d, err := p.serving(ctx, x.kind, at)
			if err != nil {
				return err
			}
			p.doors = append(p.doors, d)
		}
	}
	return nil
}

func (p *Process) serving(ctx context.Context, k kind, at string) (*serving, error) {
	var listen net.ListenConfig
	listen.SetMultipathTCP(false) // there are no SYNs else
	listen.KeepAlive = -1         // the door turns it on for those that come in
	inner, err := listen.Listen(ctx, "tcp", at)
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "listen at " + at, Err: err, Hint: "another program may hold the address, and ports below 1024 need root or CAP_NET_BIND_SERVICE"}
	}
	c := door.Config{Clock: p.o.Now, Decide: p.edge.Greet, Trusted: prefixes(p.o.Settings.Trusted), ClearHTTP2: k == open}
	if k == secure {
		c.Certificate = p.certificates.Certificate
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	d := &serving{kind: k}
	if d.door, err = door.New(inner, c); err != nil {
		return nil, errors.Join(err, inner.Close())
	}
	handler := http.Handler(p.edge)
	if k == plain {
		handler = door.Plain(nil, p.known, p.httpsPort())
	}
	handler = d.door.Handler(handler, nil)
	for _, streams := range []int{door.Streams, door.NarrowStreams} {
		with := door.ServingOf(streams)
		d.servers = append(d.servers, &http.Server{
			Handler: handler, Protocols: with.Protocols, HTTP2: with.HTTP2, MaxHeaderBytes: with.MaxHeaderBytes, ReadHeaderTimeout: with.ReadHeaderTimeout,
			IdleTimeout: with.IdleTimeout, ConnState: d.door.ConnState, ErrorLog: log.New(io.Discard, "", 0), // what visitors send is no line of a log
			ConnContext: func(ctx context.Context, c net.Conn) context.Context {
				return gateway.ConnContext(d.door.ConnContext(ctx, c), c)
			},
		})
	}
	return d, nil
}

// known says whether a site has a host.
func (p *Process) known(host string) bool {
	_, ok := p.edge.Directory().Of(host)
	return ok
}

// httpsPort is where those who come without TLS are sent; "" is 443.
func (p *Process) httpsPort() string {
	for _, at := range p.o.Settings.Listen {
		if _, port, err := net.SplitHostPort(at); err == nil && port != "443" && port != "0" {
			return port
		}
	}
	return ""
}

// serve serves all addresses until ctx ends.
func (p *Process) serve(ctx context.Context) error {
	g, within := errgroup.WithContext(ctx)
	for _, d := range p.doors {
		for i, on := range []net.Listener{d.door, d.door.Narrow()} {
			g.Go(func() error {
				err := d.servers[i].Serve(on)
				if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
					return nil
				}
				return err
			})
		}
		g.Go(func() error {
			<-within.Done()
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endsWithin)
			defer cancel()
			_ = d.door.Shutdown(end)
			for _, s := range d.servers {
				if s.Shutdown(end) != nil {
					_ = s.Close()
				}
			}
			return nil
		})
	}
	return g.Wait()
}
