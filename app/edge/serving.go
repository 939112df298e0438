package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
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
	inner   net.Listener
	door    *door.Listener
	servers []*http.Server
}

// endsWithin is how long what is in flight has when the process is to end.
const endsWithin = 20 * time.Second

// bind takes all addresses; connections wait.
func (p *Process) bind(ctx context.Context) error {
	s := &p.o.Settings
	for _, x := range []struct {
		kind kind
		list []string
	}{{secure, s.Listen}, {plain, s.Plain}, {open, s.Clear}} {
		for _, at := range x.list {
			inner, err := listenAt(ctx, at)
			if err != nil {
				return err
			}
			p.doors = append(p.doors, &serving{kind: x.kind, inner: inner})
		}
	}
	return nil
}

// listenAt listens as a door wants it.
func listenAt(ctx context.Context, at string) (net.Listener, error) {
	var listen net.ListenConfig
	listen.SetMultipathTCP(false) // there are no SYNs else
	listen.KeepAlive = -1         // the door turns it on for those that come in
	l, err := listen.Listen(ctx, "tcp", at)
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "listen at " + at, Err: err, Hint: "another program may hold the address, and ports below 1024 need root or CAP_NET_BIND_SERVICE"}
	}
	return l, nil
}

// portOf is at which port connections of a kind come in first; 0: at none.
func (p *Process) portOf(k kind) (host string, port int) {
	for _, d := range p.doors {
		if a, ok := d.inner.Addr().(*net.TCPAddr); ok && d.kind == k {
			if !a.IP.IsUnspecified() {
				host = a.IP.String()
			}
			return host, a.Port
		}
	}
	return "", 0
}

// listen opens the doors; nobody is served before Run.
func (p *Process) listen() error {
	for _, d := range p.doors {
		if err := p.openDoor(d); err != nil {
			return err
		}
	}
	return nil
}

func (p *Process) openDoor(d *serving) (err error) {
	c := door.Config{Clock: p.o.Now, Decide: p.edge.Greet, Trusted: prefixes(p.o.Settings.Trusted), ClearHTTP2: d.kind == open}
	if d.kind == secure {
		c.Certificate, c.Validates = p.certificates.Certificate, p.o.Settings.ACME.Directory != ""
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if d.door, err = door.New(d.inner, c); err != nil {
		return err
	}
	handler := http.Handler(p.edge)
	if d.kind == plain {
		handler = door.Plain(p.certificates.HTTP(), p.known, p.httpsPort())
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
	return nil
}

// known says whether a site has a host.
func (p *Process) known(host string) bool {
	_, ok := p.edge.Directory().Of(host)
	return ok
}

// httpsPort is where those who come without TLS are sent; "" is 443.
func (p *Process) httpsPort() string {
	if _, port := p.portOf(secure); port != 0 && port != 443 {
		return strconv.Itoa(port)
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
