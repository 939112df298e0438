package door

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/proxyproto"
)

// firstBytes is what a greeting's memory has room for at first: two hellos of today.
const firstBytes = 4096

// greetingBuffer is what was read of a connection before it was answered, the PROXY header not included.
type greetingBuffer struct {
	b      []byte
	reader hello.Reader
}

var buffers = sync.Pool{New: func() any { return &greetingBuffer{b: make([]byte, 0, firstBytes)} }}

// release gives the memory back. Nothing may point into it: a visitor that was passed keeps it.
func (g *greetingBuffer) release() {
	if cap(g.b) > firstBytes {
		return
	}
	g.b = g.b[:0]
	g.reader.Reset()
	buffers.Put(g)
}

// more reads once from the connection, never more than most bytes in all.
func (g *greetingBuffer) more(c net.Conn, most int) (n int, err error) {
	if len(g.b) >= most {
		return 0, hello.ErrTooLong
	}
	if len(g.b) == cap(g.b) {
		b := make([]byte, len(g.b), min(2*cap(g.b), most))
		copy(b, g.b)
		g.b = b
	}
	n, err = c.Read(g.b[len(g.b):min(cap(g.b), most)])
	g.b = g.b[:len(g.b)+n]
	if n > 0 {
		err = nil
	}
	return n, err
}

// header reads the PROXY header that a trusted network sends, and leaves what stands behind it.
func (g *greetingBuffer) header(c net.Conn) (proxyproto.Header, error) {
	for {
		h, n, err := proxyproto.Parse(g.b)
		if err == nil {
			h.Fields = nil // they stand where the hello is put now
			g.b = g.b[:copy(g.b, g.b[n:])]
			return h, nil
		}
		if err != proxyproto.ErrMore {
			return h, err
		}
		if _, err := g.more(c, proxyproto.MostBytes); err != nil {
			return h, err
		}
	}
}

// hello reads until the ClientHello is whole.
func (g *greetingBuffer) hello(c net.Conn, bytes int) error {
	most := bytes + bytes/4 + 5*hello.MostRecords // the headers of records, too
	at := 0
	for {
		if at < len(g.b) {
			_, err := g.reader.Add(g.b[at:])
			at = len(g.b)
			if err == nil {
				if len(g.reader.Hello().Message) > bytes {
					return hello.ErrTooLong
				}
				return nil
			}
			if err != hello.ErrMore {
				return err
			}
		}
		if _, err := g.more(c, most); err != nil {
			return err
		}
	}
}

// outcomeOf names what a greeting ended with.
func outcomeOf(err error, first []byte, overtaken bool) Outcome {
	switch {
	case overtaken:
		return Overtaken
	case errors.Is(err, hello.ErrNotTLS) && len(first) > 5 && proxyproto.Begins(first),
		errors.Is(err, hello.ErrHTTP) && len(first) > 5 && proxyproto.Begins(first):
		return Forged
	case errors.Is(err, hello.ErrHTTP):
		return ClearHTTP
	case errors.Is(err, hello.ErrNotTLS):
		return NotTLS
	case errors.Is(err, hello.ErrSSLv2):
		return SSLv2
	case errors.Is(err, hello.ErrNotHello):
		return NotHello
	case err == errNotHTTP:
		return NotHTTP
	case err == errHead:
		return Malformed
	case errors.Is(err, hello.ErrTooLong), errors.Is(err, hello.ErrTooMany), err == errHeadBig:
		return TooLong
	case errors.Is(err, hello.ErrMalformed):
		return Malformed
	case errors.Is(err, proxyproto.ErrNone), errors.Is(err, proxyproto.ErrMalformed), errors.Is(err, proxyproto.ErrTooLong), errors.Is(err, proxyproto.ErrChecksum):
		return NoHeader
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Slow
	}
	return Left
}

// spokenHTTP is what a browser shows to whoever typed http:// and the port of https.
const spokenHTTP = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 59\r\nConnection: close\r\n\r\n" +
	"This port speaks HTTPS. Write https:// before the address.\n"

// farewell is what is written to a connection that ends so; nil is a reset without a word.
func (o Outcome) farewell() []byte {
	switch o {
	case ClearHTTP:
		return []byte(spokenHTTP)
	case SSLv2:
		return alerts[ProtocolVersion][:]
	case NotHello:
		return alerts[unexpectedMessage][:]
	case Malformed:
		return alerts[DecodeError][:]
	case TooLong:
		return alerts[recordOverflow][:]
	}
	return nil
}

// clearly is the same where HTTP is spoken without TLS.
func (o Outcome) clearly() []byte {
	switch o {
	case Malformed:
		return clearBad
	case TooLong:
		return clearBig
	}
	return nil
}

// alerts are records of TLS with one fatal alert each (RFC 8446, section 6), ready to be written. The version of their record is
// that of the first one of a connection, which any client takes before it knows another.
var alerts = func() (all [256][7]byte) {
	for i := range all {
		all[i] = [7]byte{0x15, 3, 1, 0, 2, 2, byte(i)}
	}
	return all
}()

// bid writes a farewell and closes. What is written fits into the kernel's buffer of a connection on which nothing was written before.
func bid(c net.Conn, farewell []byte) {
	if farewell == nil {
		abort(c)
		return
	}
	c.Write(farewell)
	c.Close()
}

// replayed is a connection of which the first bytes were read already, and whose handshake has a slot for as long as it computes, but not
// while the visitor is waited for: else whoever does not go on with theirs would keep others out.
type replayed struct {
	net.Conn
	before []byte
	slot   *slot          // nil without a handshake, and after it
	remote netip.AddrPort // who visits, if it is valid, whatever is at the other end of the socket
}

// RemoteAddr is what Config.Certificate sees.
func (r *replayed) RemoteAddr() net.Addr {
	if r.remote.IsValid() {
		return net.TCPAddrFromAddrPort(r.remote)
	}
	return r.Conn.RemoteAddr()
}

func (r *replayed) Read(b []byte) (int, error) {
	if len(r.before) > 0 {
		n := copy(b, r.before)
		if r.before = r.before[n:]; len(r.before) == 0 {
			r.before = nil
		}
		return n, nil
	}
	if r.slot == nil {
		return r.Conn.Read(b)
	}
	r.slot.put()
	n, err := r.Conn.Read(b)
	if fault := r.slot.take(); fault != nil && err == nil {
		err = fault
	}
	return n, err
}

// slot is the right of a handshake to compute.
type slot struct {
	of  chan struct{}
	ctx context.Context
	has bool
}

// take waits for it, as long as the context lasts.
func (s *slot) take() error {
	select {
	case s.of <- struct{}{}:
		s.has = true
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

func (s *slot) put() {
	if s.has {
		s.has = false
		<-s.of
	}
}

// certificate asks for one without a slot: it may have to be fetched first.
func (l *Listener) certificate(info *tls.ClientHelloInfo) (*tls.Certificate, error) {
	r, ok := info.Conn.(*replayed)
	if !ok || r.slot == nil {
		return l.config.Certificate(info)
	}
	r.slot.put()
	c, err := l.config.Certificate(info)
	if fault := r.slot.take(); fault != nil && err == nil {
		err = fault
	}
	return c, err
}

func addressOf(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		p := t.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}
