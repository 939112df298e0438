package browser

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/instrument/challenge"
)

// Window is what one person has open at one host. Any number of goroutines may use it.
type Window struct {
	Client Client
	Host   string
	Jar    *Jar
	Now    func() time.Time
	// Native says that work is done by a program as fast as it can, and not as long as a script takes.
	Native bool
	// Deaf leaves what is asked undone.
	Deaf bool

	mu      sync.Mutex
	conn    *Conn
	scripts map[string]bool // that are kept already
}

// Page is what came of asking for a page.
type Page struct {
	Response *Response
	Asked    int           // how many questions were asked
	Waited   int           // how often there was no room yet, and it was told to come back
	Answered time.Duration // how long that took, from the first question until it was let in
}

// MostAsked is how many questions and redirects are followed for one page.
const MostAsked = 8

// ErrAsked: a page was asked for, and there were more questions than anybody follows.
var ErrAsked = errors.New("one page asked more questions than anybody answers")

// connect returns a connection on which something can be asked. It outlives the request that opens it, and ends with the visit.
func (w *Window) connect(visit, request context.Context) (*Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil && !w.conn.Over() {
		return w.conn, nil
	}
	opening, stop := context.WithCancelCause(visit)
	release := context.AfterFunc(request, func() { stop(context.Cause(request)) })
	c, err := w.Client.Open(opening, w.Host)
	if !release() { // whatever the error says, this is why
		err = context.Cause(request)
	}
	if err != nil {
		stop(nil)
		return nil, err
	}
	context.AfterFunc(visit, func() { stop(nil) })
	w.conn = c
	return c, nil
}

// Fetch asks for one thing and follows nothing. A connection that ends before the request is taken is replaced once, as browsers do.
func (w *Window) Fetch(visit, request context.Context, r Request) (*Response, error) {
	for again := 0; ; again++ {
		conn, err := w.connect(visit, request)
		if err != nil {
			return nil, err
		}
		r.Cookie = w.Jar.Line()
		answer, err := conn.Do(request, r)
		if again == 0 && errors.Is(err, ErrGoAway) {
			continue
		}
		if err != nil {
			return nil, err
		}
		w.Jar.Learn(answer)
		return answer, nil
	}
}

// Document asks for a page, goes where it is sent to, and does what it is asked.
func (w *Window) Document(visit, request context.Context, path string) (Page, error) {
	var p Page
	var asked time.Time
	r := Request{Path: path}
	for range MostAsked {
		answer, err := w.Fetch(visit, request, r)
		if err != nil {
			return p, err
		}
		p.Response = answer
		if !asked.IsZero() {
			p.Answered = w.Now().Sub(asked)
		}
		if to := answer.Field("location"); answer.Status >= 300 && answer.Status < 400 && to != "" {
			if r, err = moved(path, to); err != nil {
				return p, err
			}
			continue
		}
		q, asks := asks(answer)
		if !asks || answer.Status == 200 && q.action == "" && q.wait > 30 {
			return p, nil
		}
		if q.action == "" && answer.Status >= 500 {
			p.Waited++
		} else {
			p.Asked++
		}
		if asked.IsZero() {
			asked = w.Now()
		}
		if w.Deaf {
			return p, nil
		}
		if r, err = w.answer(visit, request, q, r); err != nil {
			return p, err
		}
	}
	return p, ErrAsked
}

func moved(path, to string) (Request, error) {
	from, err := url.Parse(path)
	if err != nil {
		return Request{}, err
	}
	u, err := from.Parse(to)
	if err != nil {
		return Request{}, err
	}
	return Request{Path: u.RequestURI()}, nil
}

// answer does what is asked, and returns the request that tells.
func (w *Window) answer(visit, request context.Context, q question, last Request) (Request, error) {
	if q.action == "" {
		if err := pause(request, time.Duration(q.wait)*time.Second); err != nil {
			return last, err
		}
		if q.next == "" {
			return Request{Path: last.Path}, nil
		}
		return moved(last.Path, q.next)
	}
	if q.script != "" && !w.Native && !w.kept(q.script) {
		if _, err := w.Fetch(visit, request, Request{Path: q.script, Asset: true}); err != nil {
			return last, err
		}
	}
	nonce, tries, err := work(request, q)
	if err != nil {
		return last, err
	}
	if !w.Native {
		if err := pause(request, time.Duration(float64(tries)/w.Client.Kind.Tries*float64(time.Second))); err != nil {
			return last, err
		}
	}
	q.fields.Set("nonce", nonce)
	return Request{Path: q.action, Form: q.fields.Encode()}, nil
}

func (w *Window) kept(script string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.scripts == nil {
		w.scripts = map[string]bool{}
	}
	was := w.scripts[script]
	w.scripts[script] = true
	return was
}

// work finds the nonce, and says how many a script would have tried for it.
func work(ctx context.Context, q question) (nonce string, tries uint64, err error) {
	const slice = 4096
	for from := uint64(0); q.bits <= challenge.MaxBits; from += slice {
		if nonce, found := challenge.Solve(q.token, q.bits, from, slice); found {
			n, err := strconv.ParseUint(nonce, 10, 64)
			return nonce, n + 1, err
		}
		if ctx.Err() != nil {
			return "", 0, context.Cause(ctx)
		}
	}
	return "", 0, errors.New("a page asks for more work than anybody does")
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Shut closes the connection; the next request opens another.
func (w *Window) Shut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}
