package guard

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// The paths of the HTTP face, beside the pages' own. No visitor's path leads to them: gateways hand on only what lies under the base.
const (
	// Check answers 204, or 401 for what is to be answered with Page, and never has a body: it is for nginx's auth_request.
	Check = "/check"
	// Page repeats the decision of Check, or of HAProxy's agent, and writes the answer.
	Page = "/page"
	// Forward answers 204, or with the answer itself: it is for the forward_auth of Traefik and Caddy.
	Forward = "/forward"
)

type askKey struct{}

// From returns the question of a request that Config.Answers serves: who visits, and how. Its Request is that request.
func From(ctx context.Context) *Ask {
	a, _ := ctx.Value(askKey{}).(*Ask)
	return a
}

// Serving is what an http.Server of the HTTP face is set to. Only app makes one.
type Serving struct {
	Protocols                                                 *http.Protocols
	HTTP2                                                     *http.HTTP2Config
	MaxHeaderBytes                                            int
	ReadHeaderTimeout, ReadTimeout, WriteTimeout, IdleTimeout time.Duration
}

// ServingOf returns the settings: HTTP/1.1, and HTTP/2 without TLS for Envoy, which asks over one connection as much as it likes; 64 KiB of
// header, 5 s for it, 10 s for a body and for an answer. A gateway keeps its connections, so they may be idle for five minutes.
func ServingOf() Serving {
	s := Serving{
		Protocols: new(http.Protocols), HTTP2: &http.HTTP2Config{MaxConcurrentStreams: MostAtOnce, MaxReadFrameSize: 64 << 10},
		MaxHeaderBytes: MostHeader, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 5 * time.Minute,
	}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	return s
}

// ServeHTTP serves the gateways.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !g.trusts(peer.Addr()) {
		g.counts[Stranger].Add(1)
		if r.URL.Path == envoyCheck {
			grpcEnd(w, grpcUnauthenticated, "this address is not among the networks of the gateways")
			return
		}
		w.WriteHeader(http.StatusForbidden)
		return
	}
	switch path := r.URL.Path; {
	case path == Check:
		q := g.take()
		v, ready := g.judge(q, g.read(q, r))
		if ready != nil || !v.Forward {
			w.WriteHeader(http.StatusUnauthorized)
		} else {
			forward(w, v)
		}
		g.give(q)
	case path == Forward, path == Page:
		q := g.take()
		f := g.read(q, r)
		q.Again = path == Page
		v, ready := g.judge(q, f)
		switch {
		case ready != nil:
			ready.write(w)
		case !v.Forward:
			write(w, &v)
		case path == Forward:
			forward(w, v)
		default:
			g.changed(w, q, v)
		}
		g.give(q)
	case path == envoyCheck:
		g.envoy(w, r)
	case strings.HasPrefix(path, g.base) && g.config.Answers != nil && !strings.Contains(path[len(g.base)-1:], "/."):
		g.answers(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// read takes a question from the fields by which a gateway tells of it.
func (g *Guard) read(q *asking, r *http.Request) fault {
	h := r.Header
	method, f1 := only(h, "X-Forwarded-Method")
	uri, f2 := only(h, "X-Forwarded-Uri")
	if f := max(f1, f2, g.readVisitor(q, r)); f != whole {
		return f
	}
	name, f := only(h, "X-Forwarded-Host")
	if f != whole && len(h["X-Forwarded-Host"]) != 1 { // an empty one is what HTTP/1.0 brings
		return f
	}
	return q.set(method, uri, name, h)
}

// readVisitor takes who visits, and over what.
func (g *Guard) readVisitor(q *asking, r *http.Request) fault {
	h := r.Header
	if f := measure(h); f != whole {
		return f
	}
	proto, f := only(h, "X-Forwarded-Proto")
	if f != whole {
		return f
	}
	q.Secure = proto == "https" || proto == "wss"
	ok := false
	if g.config.RealIP {
		ip, f := only(h, "X-Real-Ip")
		if f != whole {
			return f
		}
		q.From, ok = hop(ip)
	} else {
		q.From, ok = g.visitor(h["X-Forwarded-For"])
	}
	if !ok {
		return lacking
	}
	q.Port = port(h.Get("X-Evenkeel-Port"))
	if g.config.Hellos {
		g.hello(&q.Ask, h.Get("X-Evenkeel-Ja4"), h.Get("X-Evenkeel-Stable"))
	}
	return whole
}

// answers serves what lies under the base. The path and method are the request's own.
func (g *Guard) answers(w http.ResponseWriter, r *http.Request) {
	q := newQuestion()
	f := g.readVisitor(q, r)
	name, named := only(r.Header, "X-Forwarded-Host")
	switch {
	case named == lacking:
		name = r.Host
	case named != whole:
		f = max(f, named)
	}
	if f == whole {
		f = q.set(r.Method, r.RequestURI, name, r.Header)
	}
	if f == lacking { // whom an answer is from has to be known, or it is good for nothing
		f = broken
		g.counts[Incomplete].Add(1)
	}
	if f != whole {
		_, ready := g.judge(q, f)
		ready.write(w)
		return
	}
	own := r.WithContext(context.WithValue(r.Context(), askKey{}, &q.Ask))
	own.Host, own.RemoteAddr = name, netip.AddrPortFrom(q.From, 0).String()
	own.Body = http.MaxBytesReader(w, r.Body, MostAnswer)
	q.Request = own
	g.config.Answers.ServeHTTP(w, own)
}

// newQuestion is one that is not lent: whoever serves it may keep it.
func newQuestion() *asking { return new(asking) }

var noContent = []string{"0"}[:1:1]

// forward says that a request passes.
func forward(w http.ResponseWriter, v Verdict) {
	if v.SetCookie != "" {
		w.Header()["Set-Cookie"] = []string{v.SetCookie}
	}
	w.WriteHeader(http.StatusNoContent)
}

// write writes an answer. Gateways ask with GET whatever the visitor's method was, and leave the body out where that was HEAD.
func write(w http.ResponseWriter, v *Verdict) {
	h := w.Header()
	v.Answer.Put(h)
	if v.SetCookie != "" {
		h["Set-Cookie"] = append(h["Set-Cookie"], v.SetCookie)
	}
	h["Content-Length"] = []string{strconv.Itoa(len(v.Answer.Body))}
	w.WriteHeader(v.Answer.Status)
	_, _ = w.Write(v.Answer.Body) // who does not read it asked in vain
}

// changed answers a visitor for whom a page was asked, and who may pass by now: a document is asked for once more, anything
// else after a second.
func (g *Guard) changed(w http.ResponseWriter, q *asking, v Verdict) {
	if q.Request == nil || q.Request.Method != http.MethodGet && q.Request.Method != http.MethodHead {
		come.write(w)
		return
	}
	h := w.Header()
	if v.SetCookie != "" {
		h["Set-Cookie"] = []string{v.SetCookie}
	}
	h["Cache-Control"], h["Content-Length"] = []string{"no-store"}, noContent
	h["Location"] = []string{sameSite(q.Request.RequestURI)}
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// sameSite returns a target as a reference that leads to no other host.
func sameSite(target string) string {
	if !strings.HasPrefix(target, "/") {
		return "/"
	}
	return "/" + strings.TrimLeft(target, "/\\")
}

func (p *plain) write(w http.ResponseWriter) {
	h := w.Header()
	h["Content-Type"], h["Cache-Control"], h["Content-Length"] = []string{"text/plain; charset=utf-8"}, []string{"no-store"}, []string{strconv.Itoa(len(p.body))}
	if p.retry != "" {
		h["Retry-After"] = []string{p.retry}
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body)
}
