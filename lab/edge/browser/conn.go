package browser

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	tls "github.com/refraction-networking/utls"
)

// Client is who connects, and to whom.
type Client struct {
	Kind Kind
	From netip.Addr
	To   netip.AddrPort
	CAs  *x509.CertPool
}

// MostBody is the largest answer that is read, in bytes.
const MostBody = 1 << 20

// ErrBody: an answer is larger than MostBody.
var ErrBody = errors.New("the answer is larger than anything that is served here")

// Request is what is asked for.
type Request struct {
	Path   string
	Asset  bool   // something that a page loads
	Cookie string // the value of the field
	Form   string // sent with POST where it is not empty
	Extra  []Field
}

// Response is what came back. Names of fields are in lower case.
type Response struct {
	Status int
	Fields []Field
	Body   []byte
}

// Field returns the value of the first field of a name.
func (r *Response) Field(name string) string {
	for _, f := range r.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Conn is a connection on which requests are made, at once over HTTP/2, one after the other over HTTP/1.
type Conn struct {
	kind Kind
	host string
	raw  net.Conn
	h2   *h2
	h1   *h1
	once sync.Once
}

// Dial opens a TCP connection.
func (c *Client) Dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: c.From.AsSlice()}}
	return d.DialContext(ctx, "tcp", c.To.String())
}

// Shake opens a connection and shakes hands for a host.
func (c *Client) Shake(ctx context.Context, host string) (*tls.UConn, error) {
	raw, err := c.Dial(ctx)
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{ServerName: host, RootCAs: c.CAs}
	if c.Kind.Hello == tls.HelloGolang {
		conf.NextProtos = []string{"h2", "http/1.1"}
	}
	conn := tls.UClient(raw, conf, c.Kind.Hello)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, fmt.Errorf("shake hands: %w", err)
	}
	return conn, nil
}

// Open makes a connection for requests to a host. It is closed when the context ends.
func (c *Client) Open(ctx context.Context, host string) (*Conn, error) {
	t, err := c.Shake(ctx, host)
	if err != nil {
		return nil, err
	}
	conn := &Conn{kind: c.Kind, host: host, raw: t}
	context.AfterFunc(ctx, conn.Close)
	if t.ConnectionState().NegotiatedProtocol == "h2" {
		conn.h2, err = newH2(t, &conn.kind)
		if err != nil {
			conn.Close()
			return nil, err
		}
		return conn, nil
	}
	conn.h1 = newH1(t)
	return conn, nil
}

// Close closes it.
func (c *Conn) Close() { c.once.Do(func() { c.raw.Close() }) }

// Over says whether nothing more can be asked on it.
func (c *Conn) Over() bool {
	if c.h2 != nil {
		return c.h2.over()
	}
	return c.h1.over()
}

// Do makes a request and waits for its answer.
func (c *Conn) Do(ctx context.Context, r Request) (*Response, error) {
	fields := c.fields(r)
	var answer *Response
	var err error
	if c.h2 != nil {
		answer, err = c.h2.do(ctx, c.pseudo(r), fields, r.Form)
	} else {
		answer, err = c.h1.do(ctx, c.host, r, fields)
	}
	if err != nil {
		return nil, err
	}
	return answer, answer.unpack()
}

func (r *Request) method() string {
	if r.Form != "" {
		return "POST"
	}
	return "GET"
}

func (c *Conn) pseudo(r Request) []Field {
	list := make([]Field, 0, 4)
	for _, p := range c.kind.Pseudo {
		switch p {
		case 'm':
			list = append(list, Field{":method", r.method()})
		case 'a':
			list = append(list, Field{":authority", c.host})
		case 's':
			list = append(list, Field{":scheme", "https"})
		case 'p':
			list = append(list, Field{":path", r.Path})
		}
	}
	return list
}

// fields are those of the kind, in its order, with the cookie at its place.
func (c *Conn) fields(r Request) []Field {
	from := c.kind.Document
	if r.Asset {
		from = c.kind.Asset
	}
	list := make([]Field, 0, len(from)+4)
	if r.Form != "" {
		list = append(list, Field{"content-length", fmt.Sprint(len(r.Form))}, Field{"content-type", "application/x-www-form-urlencoded"}, Field{"origin", "https://" + c.host})
	}
	for _, f := range from {
		switch {
		case f.Name == "" && r.Cookie == "":
		case f.Name == "":
			list = append(list, Field{"cookie", r.Cookie})
		case r.Form != "" && f.Name == "sec-fetch-site":
			list = append(list, Field{f.Name, "same-origin"})
		default:
			list = append(list, f)
		}
	}
	return append(list, r.Extra...)
}
