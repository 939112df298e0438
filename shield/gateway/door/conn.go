package door

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/evenkeel/evenkeel/instrument/preface"
)

// What Read of a connection ends with where the door cut it.
var (
	ErrMisuse   = errors.New("cut the connection: too many frames that ask for nothing")
	ErrProtocol = errors.New("cut the connection: it does not speak the HTTP that was agreed")
)

// Conn is a connection that was handed on: what is written and read is in the clear. It has no method ConnectionState, so that
// net/http looks for HTTP/2 in what it reads (see Serving).
type Conn struct {
	net.Conn // decrypted
	raw      net.Conn
	door     *Listener
	visitor  *Visitor
	entry    *entry

	// What follows is of whoever reads, which is one goroutine at a time.
	tap      *preface.Reader // nil when it has seen enough
	tapped   int
	two      bool // HTTP/2 is spoken, or may be
	frames   frames
	misuse   misuse
	block    bool // a deadline for a header block is set
	hijacked atomic.Bool
	closing  sync.Once
	closed   error
}

var taps = sync.Pool{New: func() any { return new(preface.Reader) }}

// Visitor returns what is known of who opened the connection.
func (c *Conn) Visitor() *Visitor { return c.visitor }

// RemoteAddr returns the address of the visitor, which a PROXY header may have told.
func (c *Conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.visitor.Remote) }

// LocalAddr returns the address that was visited, likewise.
func (c *Conn) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(c.visitor.Local) }

// Read reads what the visitor sent, and looks at it on the way.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n == 0 {
		return n, err
	}
	if c.tap != nil {
		if fault := c.listen(b[:n]); fault != nil {
			c.cut()
			return 0, fault
		}
	}
	if c.two && !c.follow(b[:n]) {
		c.door.misused.Add(1)
		c.cut()
		return 0, ErrMisuse
	}
	return n, err
}

// listen has the tap hear the next bytes.
func (c *Conn) listen(b []byte) error {
	done, err := c.tap.Feed(b[:min(len(b), c.door.limits.TapBytes-c.tapped)])
	c.tapped += len(b)
	switch spoken := c.tap.Protocol(); {
	case spoken == preface.Two && !c.two, spoken == preface.One && c.visitor.Protocol == "h2":
		return ErrProtocol
	case spoken == preface.One:
		c.two = false
	}
	if done && err == nil {
		c.visitor.opening.Store(&Opening{Protocol: c.tap.Protocol(), Text: string(c.tap.AppendText(nil)), Key: c.tap.Key()})
	}
	if done || err != nil || c.tapped >= c.door.limits.TapBytes {
		c.silence()
	}
	return nil
}

func (c *Conn) silence() {
	if c.tap != nil {
		*c.tap = preface.Reader{}
		taps.Put(c.tap)
		c.tap = nil
	}
}

// follow counts frames; false where there was too much misuse. It also sets a deadline for header blocks, which net/http
// reads to their end without one.
func (c *Conn) follow(b []byte) bool {
	points := c.frames.feed(b)
	if c.frames.block != c.block {
		c.block = c.frames.block
		var until = noTime
		if c.block {
			until = c.door.config.Clock().Add(c.door.limits.HeaderTime)
		}
		c.Conn.SetReadDeadline(until)
	}
	if points == 0 {
		return true
	}
	level := c.misuse.add(c.door.misuse, points, c.door.config.Clock().UnixNano())
	c.visitor.misuse.Store(uint32(max(0, level)))
	return level <= c.door.misuse.Hot || level <= c.door.misuse.Always && !c.door.Hot()
}

// cut ends the connection with a reset.
func (c *Conn) cut() { abort(c.raw) }

// Close closes the connection.
func (c *Conn) Close() error {
	c.closing.Do(func() {
		c.closed = c.Conn.Close()
		c.door.book.leave(c.entry)
	})
	return c.closed
}

// CloseWrite says that nothing more will be written: net/http does so before it leaves a request unread.
func (c *Conn) CloseWrite() error {
	for _, side := range []net.Conn{c.Conn, c.raw} { // without TLS it may be wrapped
		if h, ok := side.(interface{ CloseWrite() error }); ok {
			return h.CloseWrite()
		}
	}
	return nil
}

// abort closes a connection with a reset: SO_LINGER of zero. Nothing waits then for what was written, nor for the other end.
func abort(c net.Conn) {
	if t, ok := c.(interface{ SetLinger(int) error }); ok {
		t.SetLinger(0)
	}
	c.Close()
}
