package edge

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/guard"
)

// guarding is one address at which gateways ask for verdicts.
type guarding struct {
	on     net.Listener
	server *http.Server // of the HTTP face; nil: HAProxy's agents protocol is spoken
}

// openGuard begins to listen for gateways that ask.
func (p *Process) openGuard(ctx context.Context) (err error) {
	s := &p.o.Settings.Guard
	if len(s.HTTP)+len(s.SPOE) == 0 {
		return nil
	}
	p.guard, err = guard.New(guard.Config{
		Trusted: prefixes(s.Trusted), Judge: p.verdict, Answers: http.HandlerFunc(p.answers), RealIP: s.RealIP, Hellos: s.Hellos, Now: p.o.Now,
		Told: func(o guard.Outcome) { p.edge.Told(o.Host, o.Status, o.Took, uint64(max(o.Bytes, 0))) },
	})
	if err != nil {
		return err
	}
	for _, x := range []struct {
		list []string
		http bool
	}{{s.HTTP, true}, {s.SPOE, false}} {
		for _, at := range x.list {
			l, err := listenAt(ctx, at)
			if err != nil {
				return err
			}
			g := guarding{on: l}
			if with := guard.ServingOf(); x.http {
				g.server = &http.Server{
					Handler: p.guard, Protocols: with.Protocols, HTTP2: with.HTTP2, MaxHeaderBytes: with.MaxHeaderBytes, ReadHeaderTimeout: with.ReadHeaderTimeout,
					ReadTimeout: with.ReadTimeout, WriteTimeout: with.WriteTimeout, IdleTimeout: with.IdleTimeout, ErrorLog: log.New(io.Discard, "", 0),
				}
			}
			p.guards = append(p.guards, g)
		}
	}
	for _, at := range s.Log {
		var listen net.ListenConfig
		c, err := listen.ListenPacket(ctx, "udp", at)
		if err != nil {
			return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "listen at " + at + " (guard.log)", Err: err, Hint: "another program may hold the address"}
		}
		p.logs = append(p.logs, c)
	}
	return nil
}

// serveLog hears how applications answered until ctx ends.
func serveLog(ctx context.Context, c net.PacketConn, by *guard.Guard) error {
	defer context.AfterFunc(ctx, func() { c.Close() })()
	return by.ServeLog(c)
}

// clientOf is what is known of a visitor's connection: what our sieve saw of it, else what a gateway told of one that somebody took who completed a
// handshake.
func (p *Process) clientOf(a *guard.Ask) *gateway.Client {
	if c := p.seen.client(a.From, a.Port); c != nil {
		return c
	}
	return &gateway.Client{Hello: a.Stable, Proven: true}
}

// verdict decides. Of hosts that are no site's the gateway knows more than we do: they pass.
func (p *Process) verdict(a *guard.Ask, dst []byte) guard.Verdict {
	if !p.known(a.Request.Host) {
		return guard.Verdict{Forward: true}
	}
	v := p.edge.Judge(&gateway.Ask{Request: a.Request, From: a.From, Secure: a.Secure, Client: p.clientOf(a), Again: a.Again}, dst)
	return guard.Verdict{Forward: v.Forward, Answer: v.Answer, SetCookie: v.SetCookie}
}

// answers serves what is the edge's own, for visitors whose gateway hands it on.
func (p *Process) answers(w http.ResponseWriter, r *http.Request) {
	a := guard.From(r.Context())
	if a == nil || !p.edge.Own(r.URL.Path) {
		http.NotFound(w, r)
		return
	}
	p.edge.ServeOwn(w, &gateway.Ask{Request: r, From: a.From, Secure: a.Secure, Client: p.clientOf(a)})
}

// serve serves one address until ctx ends.
func (g *guarding) serve(ctx context.Context, by *guard.Guard) error {
	done := make(chan error, 1)
	go func() {
		if g.server == nil {
			done <- by.ServeAgent(g.on)
			return
		}
		done <- g.server.Serve(g.on)
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if g.server == nil {
			err = g.on.Close()
		} else if err = g.server.Shutdown(end); err != nil {
			err = g.server.Close()
		}
		<-done
	}
	if errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
