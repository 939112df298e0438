package gateway

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/admit"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
)

// buffer is room for an answer.
type buffer [answer.MostPage]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// ServeHTTP is the edge's own proxy: it decides on a request, has it wait for its turn, and sends it to the site's backends. It is
// served by an http.Server behind a door's Listener, or by any other.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := door.From(r.Context())
	a := Ask{Request: r, Client: clientOf(r.Context(), v, r)}
	if v != nil {
		a.From, a.Secure = v.Remote.Addr(), v.Secure
	} else {
		seen := visitorOf(r)
		a.From, a.Secure = seen.Addr, seen.Secure
	}
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// There may have been a Content-Length beside, which net/http does not tell; then the connection has to end (RFC 9112, section 6.1).
		w.Header().Set("Connection", "close")
	}
	q := e.question(e.c.Clock(), &a)
	q.misdirected = v != nil && v.Naming == door.Named && e.elsewhere(v.Name, q.site)
	if e.Own(r.URL.Path) && !q.misdirected {
		e.ServeOwn(w, &a)
		return
	}
	if !e.admit(w, &q) {
		return
	}
	if q.cookie != "" {
		w.Header().Add("Set-Cookie", q.cookie)
	}
	if q.about.Upgrade != "" {
		tenant := string(q.site.Tenant)
		if e.sockets.Take(tenant, SocketBytes) != admit.Granted {
			e.full(w, &q)
			return
		}
		defer e.sockets.Give(tenant, SocketBytes)
	}
	if !e.whole(w, &q) {
		q.aside = true // it did not send what it has to
		e.count(&q, gone, 0, 0)
		return
	}
	if q.body > 0 {
		q.ready = e.c.Clock()
		defer e.buffered.Give(string(q.site.Tenant), q.body)
	}
	ticket, entered := e.gate.Enter(r.Context(), e.ticks(e.c.Clock()), e.line(&q), int(q.domain.weight.Load()))
	switch entered {
	case admit.Admitted:
		if q.domain.stopped(q.moment) != 0 || q.domain.shuts(q.moment) != 0 { // since it came
			ticket.Leave(e.ticks(e.c.Clock()), admit.Ignored)
			e.full(w, &q)
			return
		}
		e.forward(w, &q, ticket)
	case admit.Gone:
		q.aside = !q.late(e.c.Clock())
		e.count(&q, gone, 0, 0)
	default:
		e.full(w, &q)
	}
}

// line is the name by which the gate knows a visit: while something presses, whoever came before and whoever holds a pass has a line of
// their own, which strangers cannot fill.
func (e *Edge) line(q *question) string {
	d := q.domain
	if d.pressed.Load() && (q.trusted() || e.scribe.calm.has(d.id, q.visit.Address)) {
		return d.known
	}
	return string(d.id)
}

// elsewhere says whether a connection was made for another site than a request names (RFC 9110, section 7.4).
func (e *Edge) elsewhere(name string, s *site.Site) bool {
	of, ok := e.Directory().Of(name)
	return ok && s != nil && of != s
}

// admit decides, and answers where a request may not go on.
func (e *Edge) admit(w http.ResponseWriter, q *question) bool {
	dst := buffers.Get().(*buffer)
	defer buffers.Put(dst)
	v := e.judge(q, dst[:0])
	if v.Forward {
		q.cookie = v.SetCookie
		return true
	}
	if q.banned { // whoever goes on asking has to come in by the door again, where that costs least
		w.Header().Set("Connection", "close")
	}
	v.Write(w, q.Request)
	return false
}

// full tells a visitor that all places are taken.
func (e *Edge) full(w http.ResponseWriter, q *question) {
	e.write(w, q, func(dst []byte) answer.Answer {
		return e.pages.Waiting(dst, q.visitor(e), q.back(e))
	})
}

// write answers in the place of a backend: who was not let to one is turned away with that.
func (e *Edge) write(w http.ResponseWriter, q *question, page func([]byte) answer.Answer) {
	dst := buffers.Get().(*buffer)
	defer buffers.Put(dst)
	v := Verdict{Answer: page(dst[:0])}
	e.count(q, turned, v.Answer.Status, len(v.Answer.Body))
	v.Write(w, q.Request)
}

// forward sends a request to a backend, and keeps count of what it takes.
func (e *Edge) forward(w http.ResponseWriter, q *question, ticket admit.Ticket) {
	f := &flight{ResponseWriter: w, edge: e, domain: q.domain, most: int64(q.site.Connections), ticket: ticket, began: e.c.Clock()}
	pool := e.pools.Of(q.site)
	if pool == nil { // the site went, or is another, since this request came
		f.leave(admit.Ignored, false)
		e.full(w, q)
		return
	}
	if !pool.Enter() { // nothing of it comes to a backend, and none has failed
		f.leave(admit.Failed, true)
		e.full(w, q)
		return
	}
	defer pool.Leave()
	q.carried = true
	e.count(q, let, 0, 0)
	f.wanted, f.ready = q.wanted, q.ready
	failed := false
	defer func() { // also where the answer breaks off in the middle
		how := admit.Failed
		if f.broke.Load() || q.Request.Context().Err() != nil { // the visitor left
			how = admit.Ignored
		}
		f.done(how, failed)
		e.land(f, q, failed)
	}()
	err := pool.Carry(f, q.Request)
	if err == nil {
		f.leave(admit.Done, f.status >= 500)
		return
	}
	u, ok := errors.AsType[*upstream.Error](err)
	if !ok {
		failed = true
		e.write(w, q, func(dst []byte) answer.Answer { return e.downPage(q, dst) })
		return
	}
	switch u.Reason {
	case upstream.Gone, upstream.Unsupported:
		f.leave(admit.Ignored, false)
		w.WriteHeader(u.Status())
	default:
		failed = true
		f.leave(admit.Failed, true)
		e.write(w, q, func(dst []byte) answer.Answer { return e.downPage(q, dst) })
	}
}

// flight is what is written to a visitor: it knows when the backend began to answer, and gives the place in flight back where an answer
// goes on for long, because what holds the backend is over then.
type flight struct {
	http.ResponseWriter
	edge   *Edge
	wanted bool      // it counts as a visit that was wanted
	told   bool      // and what came of it is counted
	ready  time.Time // when all that is held of the request was there
	domain *domain
	most   int64 // connections that the site's pool has
	ticket admit.Ticket
	left   atomic.Bool
	broke  atomic.Bool // the visitor did not take what was written
	slow   atomic.Bool // it is counted among the domain's slow ones
	late   *time.Timer // when the answer has gone on for slowFrom
	began  time.Time
	set    time.Time     // when the write deadline was set last
	wait   time.Duration // until the head of the answer
	took   atomic.Int64  // ns of the backend, until the place was given back
	mu     sync.Mutex    // of ended
	ended  bool          // the handler is about to return
	status int
	bytes  uint64
}

// longFrom is from how many bytes on an answer is a long one: what a visitor on a slow line takes of it does not hold a place.
const longFrom = 256 << 10

// What takes long holds no place, because what holds the backend is over then; and a visitor has to take something within writeFor, or is
// cut, so that nobody holds connections by taking nothing. Where those that are slow hold three quarters of a site's connections, the next one is cut.
const (
	slowFrom = 2 * time.Second
	writeFor = 30 * time.Second
)

// tarry is when an answer has gone on for slowFrom.
func (f *flight) tarry() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	f.leave(admit.Done, f.status >= 500)
	f.slow.Store(true)
	if f.domain.slow.Add(1) > f.most*3/4 {
		f.broke.Store(true)
		_ = http.NewResponseController(f.ResponseWriter).SetWriteDeadline(f.edge.c.Clock())
	}
}

// done is when an answer has ended, in whatever way.
func (f *flight) done(as admit.Result, failed bool) {
	if f.late != nil {
		f.late.Stop()
	}
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.leave(as, failed)
	if f.slow.Load() {
		f.domain.slow.Add(-1)
	}
}

// leave gives the place back, once.
func (f *flight) leave(as admit.Result, failed bool) {
	if f.left.Swap(true) {
		return
	}
	if failed {
		as = admit.Failed
	}
	now := f.edge.c.Clock()
	f.took.Store(int64(now.Sub(f.began)))
	f.ticket.Leave(f.edge.ticks(now), as)
}

// WriteHeader passes on, and keeps the time.
func (f *flight) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		if f.status == 0 {
			now := f.edge.c.Clock()
			f.status, f.wait = status, max(now.Sub(f.began), 1)
			if f.wanted {
				f.told = true
				f.domain.mu.Lock()
				f.domain.books.came(status < 500 && now.Sub(f.ready) <= servedWithin)
				f.domain.mu.Unlock()
			}
		}
		if status == http.StatusSwitchingProtocols || strings.HasPrefix(f.Header().Get("Content-Type"), "text/event-stream") {
			f.leave(admit.Done, false)
		}
		f.late = time.AfterFunc(slowFrom, f.tarry)
	}
	f.ResponseWriter.WriteHeader(status)
}

// Write passes on, and counts.
func (f *flight) Write(b []byte) (int, error) {
	if f.status == 0 {
		f.WriteHeader(http.StatusOK)
	}
	if now := f.edge.c.Clock(); now.Sub(f.set) > writeFor/4 {
		f.set = now
		_ = http.NewResponseController(f.ResponseWriter).SetWriteDeadline(now.Add(writeFor)) // not every writer has one
	}
	n, err := f.ResponseWriter.Write(b)
	if err != nil {
		f.broke.Store(true)
	}
	if f.bytes += uint64(n); f.bytes >= longFrom {
		f.leave(admit.Done, f.status >= 500)
	}
	return n, err
}

// Hijack hands the connection over, for what is spoken on it after an upgrade.
func (f *flight) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	f.leave(admit.Done, false)
	return http.NewResponseController(f.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController flush and set deadlines.
func (f *flight) Unwrap() http.ResponseWriter { return f.ResponseWriter }
