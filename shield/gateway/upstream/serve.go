package upstream

import (
	"errors"
	"io"
	"log"
	"math/bits"
	"net/http"
	"net/http/httputil"
	"sync"
	"sync/atomic"
)

// Serve sends a request to a backend and its answer to the visitor. Where there is none it returns an
// Error; nothing is written then, so that the caller can. Where the answer breaks off in the middle it panics with
// http.ErrAbortHandler, as httputil.ReverseProxy does: the server cuts the visitor's connection, and nobody
// takes half an answer for a whole one.
func (p *Pool) Serve(w http.ResponseWriter, r *http.Request) error {
	if !p.Enter() {
		return &Error{Site: p.site.ID, Reason: Full}
	}
	defer p.Leave()
	return p.Carry(w, r)
}

// Enter takes one of the requests in flight that the site may have, where it has one left. Who got it gives it back with Leave.
func (p *Pool) Enter() bool {
	if p.inFlight.Add(1) > int64(p.site.Connections) {
		p.inFlight.Add(-1)
		return false
	}
	return true
}

// Leave gives back what Enter took.
func (p *Pool) Leave() { p.inFlight.Add(-1) }

// Carry is Serve for whoever has entered.
func (p *Pool) Carry(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodConnect {
		return &Error{Site: p.site.ID, Reason: Unsupported}
	}
	p.earn()
	f := flights.Get().(*flight)
	f.pool, f.in, f.writer.ResponseWriter = p, r, w
	defer f.land()
	f.proxy.ServeHTTP(&f.writer, r)
	if f.err != nil {
		return f.err
	}
	return nil
}

// ServeHTTP is Serve with a bare status where there is no answer.
func (p *Pool) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e, ok := errors.AsType[*Error](p.Serve(w, r)); ok {
		http.Error(w, http.StatusText(e.Status()), e.Status())
	}
}

// flight is one request on its way. It is used again.
type flight struct {
	proxy   httputil.ReverseProxy
	pool    *Pool
	in      *http.Request
	backend *backend // that answers, whose in-flight count holds this one
	writer  writer
	err     *Error
}

var flights = sync.Pool{New: func() any {
	f := new(flight)
	f.proxy = httputil.ReverseProxy{Transport: f, Rewrite: f.rewrite, ErrorHandler: f.fail, BufferPool: buffers{}, ErrorLog: quiet}
	return f
}}

// quiet: what breaks off is in the counts, not a line for each visitor who leaves.
var quiet = log.New(io.Discard, "", 0)

// land gives back what a flight holds.
func (f *flight) land() {
	if f.backend != nil {
		f.backend.inFlight.Add(-1)
	}
	f.pool, f.in, f.backend, f.err, f.writer.ResponseWriter = nil, nil, nil, nil, nil
	f.writer.wrote.Store(false)
	flights.Put(f)
}

// fail takes what httputil has to say where it has no answer.
func (f *flight) fail(_ http.ResponseWriter, _ *http.Request, err error) {
	if e, ok := errors.AsType[*Error](err); ok {
		f.err = e
		return
	}
	f.err = &Error{Site: f.pool.site.ID, Reason: Failed, Cause: Broke, Tried: 1, Err: err} // of an upgrade
}

// writer knows whether anything was written, informational answers included.
type writer struct {
	http.ResponseWriter
	wrote atomic.Bool
}

// WriteHeader passes on.
func (w *writer) WriteHeader(status int) {
	w.wrote.Store(true)
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController flush, hijack and set deadlines.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// RoundTrip chooses a backend, and another one where the request may be sent again.
func (f *flight) RoundTrip(out *http.Request) (*http.Response, error) {
	p, body := f.pool, out.Body
	var last *Error // of the attempt before
	for tried := uint64(0); ; {
		i := p.choose(tried, p.opt.Now)
		if i < 0 && last == nil {
			return nil, &Error{Site: p.site.ID, Reason: Dead}
		}
		if i < 0 {
			return nil, last
		}
		b := p.backends[i]
		tried |= 1 << i
		req := out
		if last != nil { // what was sent before may still be read by the transport
			req = out.WithContext(out.Context())
			u := *out.URL
			req.URL = &u
		}
		req.URL.Scheme, req.URL.Host = "http", b.Address
		if b.Secure {
			req.URL.Scheme = "https"
		}
		var a *attempt
		if body != nil && body != http.NoBody {
			a = &attempt{body: body, in: f.in, trailer: out.Trailer}
			req.Body = a
		}
		b.inFlight.Add(1)
		b.served.Add(1)
		res, err := b.transport.RoundTrip(req)
		if err == nil {
			f.backend = b
			if b.answered(p.opt.Now) {
				p.changed()
			}
			return res, nil
		}
		b.inFlight.Add(-1)
		read, broken := a.cut()
		cause, unsent := causeOf(err)
		last = &Error{p.site.ID, Failed, cause, bits.OnesCount64(tried), err}
		if broken || out.Context().Err() != nil {
			last.Reason, last.Cause = Gone, NoCause
			return nil, last
		}
		// A visitor may break what has a body in many ways, so only what has none speaks against a backend.
		if (unsent || a == nil) && b.unanswered(p.opt.Now(), cause) {
			p.changed()
		}
		if body, err = again(out, body, read); err != nil || !unsent && !idempotent(out.Method) || f.writer.wrote.Load() || !p.mayAgain(tried) {
			return nil, last
		}
	}
}

var errRead = errors.New("the body was read and cannot be had once more")

// again is the body once more: the same where nothing of it was read, or a copy that whoever made the
// request can give.
func again(out *http.Request, body io.ReadCloser, read bool) (io.ReadCloser, error) {
	switch {
	case !read:
		return body, nil
	case out.GetBody != nil:
		return out.GetBody()
	}
	return nil, errRead
}

// idempotent says whether a method may be sent twice (RFC 9110 section 9.2.2).
func idempotent(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// attempt is the body for one attempt. The transport closes what it is given, and may read it after it
// returned; the next attempt must still have the whole.
type attempt struct {
	body    io.ReadCloser
	in      *http.Request // whose trailer is filled when its body has ended
	trailer http.Header   // those of its trailer that the backend was promised

	mu     sync.Mutex
	read   bool // a byte may have been taken
	ended  bool // nobody may read any more
	broken bool // the visitor's side failed
}

var errEnded = errors.New("this attempt is over")

// Read passes on what the visitor sends.
func (a *attempt) Read(b []byte) (int, error) {
	a.mu.Lock()
	ended := a.ended
	a.read = true
	a.mu.Unlock()
	if ended {
		return 0, errEnded
	}
	n, err := a.body.Read(b)
	if err == nil {
		return n, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != io.EOF {
		a.broken = true
	} else if !a.ended {
		for key := range a.trailer {
			a.trailer[key] = a.in.Trailer[key]
		}
	}
	return n, err
}

// Close does nothing: the body is the visitor's, and closed by the server.
func (a *attempt) Close() error { return nil }

// cut ends the attempt; nil is one without a body.
func (a *attempt) cut() (read, broken bool) {
	if a == nil {
		return false, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = true
	return a.read, a.broken
}

// buffers are those that answers are copied through.
type buffers struct{}

const bufferSize = 32 << 10

var free = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func (buffers) Get() []byte  { return free.Get().(*[bufferSize]byte)[:] }
func (buffers) Put(b []byte) { free.Put((*[bufferSize]byte)(b)) }
