package door

import (
	"net"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

// Through is a connection that was passed and whose TLS is spoken by somebody behind: what was read of it goes there first, then
// everything else.
type Through struct {
	Conn    net.Conn // as the listener gave it: where that is a *net.TCPConn, the kernel can carry its bytes
	Visitor *Visitor
	First   []byte // what was read before the decision: the hello, or the head of a request in the clear, and whatever came with it. Not to be used after Sent

	door     *Listener
	entry    *entry
	greeting *greetingBuffer
}

// Sent says that First was sent on: its memory is another's then, and the Visitor's hello, its name apart, is gone.
func (t *Through) Sent() {
	if t.greeting == nil {
		return
	}
	t.Visitor.hello = hello.Hello{}
	t.First = nil
	t.greeting.release()
	t.greeting = nil
}

// Quiet says that nothing moves on the connection: it may be ended when another needs its place. Lively takes it back.
func (t *Through) Quiet() { t.door.book.rest(t.entry, t.door.config.Clock().UnixNano()) }

// Lively says that something moves on it.
func (t *Through) Lively() { t.door.book.work(t.entry) }

// Refuse ends the connection with an alert of TLS, or 503 where there is none. It is for when nobody answers behind, before anything of an answer was sent.
func (t *Through) Refuse(a Alert) {
	word := alerts[a][:]
	if !t.Visitor.Secure {
		word = clearGone
	}
	bid(t.Conn, word)
}

// Reset ends the connection with a reset. It may be called at any time, by anybody.
func (t *Through) Reset() { abort(t.Conn) }

// through hands on what is not decrypted, and is done when that is.
func (l *Listener) through(c net.Conn, v *Visitor, e *entry, g *greetingBuffer) {
	t := &Through{Conn: c, Visitor: v, First: g.b, door: l, entry: e, greeting: g}
	c.SetReadDeadline(noTime)
	keepAlive(c)
	l.book.work(e)
	if l.ctx.Err() != nil {
		abort(c)
		l.book.leave(e)
		t.Sent()
		l.note(v, Shut)
		return
	}
	l.note(v, Served)
	l.config.Through(t)
	c.Close()
	l.book.leave(e)
	t.Sent()
}
