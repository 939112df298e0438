package door

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// Pace is how fast a request's body has to come, counted only while its handler waits for it. A zero is without a pace, for
// streams on which both sides may be silent, as gRPC's.
type Pace struct {
	Bytes int           // a second
	Grace time.Duration // that may pass beside
}

// UsualPace lets a phone on a bad line upload, and a body of 1 MB take at most 17 minutes of silence.
var UsualPace = Pace{Bytes: 1024, Grace: 10 * time.Second}

// ErrSlow is what reading a body ends with that came below its pace. The answer to it is 408.
var ErrSlow = errors.New("read the body: it comes more slowly than it has to")

// paced is a body that has to come at a pace. One goroutine reads it at a time, as of any body; that may be another one than the
// handler's, and may go on when the handler is done.
type paced struct {
	body    io.ReadCloser
	control *http.ResponseController
	pace    Pace
	door    *Listener

	mu       sync.Mutex // not held while the body is read
	waited   time.Duration
	got      int64
	deadline time.Time // as it is set
	ended    bool      // nothing more is to be read, or the pace does not count any more
}

// slack is by how much a deadline may be off, so that it is not set anew for each piece.
const slack = 250 * time.Millisecond

// Read reads, for as long as the pace allows.
func (p *paced) Read(b []byte) (int, error) {
	now := p.door.config.Clock()
	if err := p.allow(now); err != nil {
		return 0, err
	}
	n, err := p.body.Read(b)
	return n, p.count(n, err, p.door.config.Clock().Sub(now))
}

// allow sets the deadline by which something has to come.
func (p *paced) allow(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil
	}
	left := p.pace.Grace + time.Duration(float64(p.got)/float64(p.pace.Bytes)*float64(time.Second)) - p.waited
	if left <= 0 {
		return p.slow()
	}
	if until := now.Add(left); until.Before(p.deadline) || until.Sub(p.deadline) > slack {
		p.deadline = until
		p.control.SetReadDeadline(until)
	}
	return nil
}

// count takes what came of reading.
func (p *paced) count(n int, err error, took time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return err
	}
	p.got += int64(n)
	p.waited += max(0, took)
	switch {
	case err == nil:
	case errors.Is(err, os.ErrDeadlineExceeded):
		return p.slow()
	default:
		p.ended = true
		p.control.SetReadDeadline(noTime)
	}
	return err
}

func (p *paced) slow() error {
	p.ended = true
	p.door.slowBody.Add(1)
	p.control.SetReadDeadline(p.door.config.Clock())
	return ErrSlow
}

// Close closes the body.
func (p *paced) Close() error { return p.body.Close() }

// finish gives what is left of a body that nobody read a short time: net/http reads on, to keep the connection.
func (p *paced) finish(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended && !c.hijacked.Load() {
		p.control.SetReadDeadline(p.door.config.Clock().Add(2 * time.Second))
	}
	p.ended = true
}
