package door

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Numbers of streams that a client may have open at once on a connection: those of Envoy's advice for edges, and fewer for
// connections that come while the door is hot.
const (
	Streams       = 100
	NarrowStreams = 10
)

// Serving is what an http.Server that serves a Listener is set to. Only app makes one.
type Serving struct {
	Protocols         *http.Protocols
	HTTP2             *http.HTTP2Config
	MaxHeaderBytes    int
	ReadHeaderTimeout time.Duration // of HTTP/1; HTTP/2's is Limits.HeaderTime
	IdleTimeout       time.Duration
}

// ServingOf returns the settings with so many streams: 32 KiB of header, 8 s for it, 60 s without a request, 16 KiB a frame, 64 KiB
// that wait for a handler on a stream and 512 KiB on a connection.
func ServingOf(streams int) Serving {
	s := Serving{
		Protocols: new(http.Protocols),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: streams, MaxReadFrameSize: 16 << 10, MaxDecoderHeaderTableSize: 4096, MaxEncoderHeaderTableSize: 4096,
			MaxReceiveBufferPerConnection: 512 << 10, MaxReceiveBufferPerStream: 64 << 10,
			SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second, WriteByteTimeout: 30 * time.Second,
		},
		MaxHeaderBytes: 32 << 10, ReadHeaderTimeout: 8 * time.Second, IdleTimeout: 60 * time.Second,
	}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	return s
}

// ConnContext is for http.Server: it lets the visitor ride into each request's context.
func (l *Listener) ConnContext(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*Conn); ok {
		return context.WithValue(ctx, contextKey{}, c)
	}
	return ctx
}

// ConnState is for http.Server: it tells which connections have a request.
func (l *Listener) ConnState(nc net.Conn, s http.ConnState) {
	c, ok := nc.(*Conn)
	if !ok {
		return
	}
	switch s {
	case http.StateActive:
		l.book.work(c.entry)
	case http.StateIdle:
		l.book.rest(c.entry, l.config.Clock().UnixNano())
	case http.StateHijacked:
		c.hijacked.Store(true)
	}
}

// Handler lets requests know that they came over TLS, and holds their bodies to a pace (nil: UsualPace for all).
func (l *Listener) Handler(next http.Handler, pace func(*http.Request) Pace) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(contextKey{}).(*Conn)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		if r.TLS == nil {
			r.TLS = c.visitor.state
		}
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		p := UsualPace
		if pace != nil {
			p = pace(r)
		}
		if p.Bytes <= 0 {
			next.ServeHTTP(w, r)
			return
		}
		b := &paced{body: r.Body, control: http.NewResponseController(w), pace: p, door: l}
		r.Body = b
		defer b.finish(c)
		next.ServeHTTP(w, r)
	})
}
