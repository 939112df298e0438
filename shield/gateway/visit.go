package gateway

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/preface"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

// Ask is one request about which the edge decides, whoever serves it.
type Ask struct {
	Request *http.Request // as the visitor sent it; its body is not read
	From    netip.Addr    // who visits
	Secure  bool          // over TLS
	Client  *Client       // what is known of the connection; nil is nothing
	Again   bool          // the same request was asked about a moment ago, and is asked about once more for its answer: it counts once
}

// Client is what a visitor's connection shows of the program at its other end. What is zero is not known. It is shared by the requests
// of a connection.
type Client struct {
	Hello  uint64 // the stable key of the ClientHello
	SYN    uint64 // the key of the SYN
	HTTP   uint64 // the key of the HTTP/2 preface, or of the order of HTTP/1's headers
	Proven bool   // a TCP handshake was completed with it
	hello  hello.Bearing
	spoke  string // how it began to speak HTTP (preface.Reader.AppendText); empty where somebody else may have written that
	opened bool   // with a request that opens a page

	mu    sync.Mutex
	agent string // the last user agent that was looked at
	lies  bool   // and whether hello or preface contradict it
}

// Seen is what a visitor shows whose hello was read, where somebody else decrypts what he asks.
func Seen(v *door.Visitor) *Client {
	c := new(Client)
	c.see(v)
	return c
}

// see takes what hello and SYN show.
func (c *Client) see(v *door.Visitor) {
	stable := v.Stable()
	c.Hello, c.Proven = binary.BigEndian.Uint64(stable[:]), !v.Proxied
	if h := v.Hello(); h != nil {
		c.hello = h.Bearing()
	}
	if v.SYNSaved {
		c.SYN = v.SYN.Key()
	}
}

type clientKey struct{}

// connection is a Client that is found out when the first request comes.
type connection struct {
	once   sync.Once
	client Client
}

// ConnContext is for http.Server, after that of the door's Listener: what a connection shows is found out once, not for each request.
func ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, clientKey{}, new(connection))
}

// clientOf returns what is known of the connection of a request.
func clientOf(ctx context.Context, v *door.Visitor, first *http.Request) *Client {
	c, ok := ctx.Value(clientKey{}).(*connection)
	if !ok || v == nil {
		return nil
	}
	c.once.Do(func() {
		c.client.see(v)
		o, ok := v.Opening()
		if !ok || !v.Secure { // what ends TLS before us sends headers in its own order
			return
		}
		c.client.spoke, c.client.opened = o.Text, opens(first)
		if c.client.HTTP = o.Key; o.Protocol == preface.One {
			c.client.HTTP = preface.Order(o.Text) // the rest is another for each kind of request
		}
	})
	return &c.client
}

// opens says whether a request opens a page, as far as it says so.
func opens(r *http.Request) bool {
	switch first(r.Header, "Sec-Fetch-Mode") {
	case "navigate":
		return true
	case "":
		return r.Method == http.MethodGet && strings.HasPrefix(first(r.Header, "Accept"), "text/html")
	}
	return false
}

// contradicts says whether hello or preface cannot come from the browser that a user agent names. Both are looked at once for a connection and a user agent.
func (c *Client) contradicts(agent string) bool {
	if c == nil || c.hello == (hello.Bearing{}) && c.spoke == "" || agent == "" {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.agent == agent {
		return c.lies
	}
	a, _ := c.hello.Contradicts(agent)
	c.agent, c.lies = agent, a == hello.Yes
	if c.spoke != "" && !c.lies {
		a, _ := preface.Contradicts(c.spoke, agent, c.opened)
		c.lies = a == hello.Yes
	}
	return c.lies
}

// requestOf is what of a request says who asks.
func requestOf(r *http.Request) challenge.Request {
	h := r.Header
	return challenge.Request{
		Method: r.Method, Path: r.URL.Path, Accept: first(h, "Accept"), Destination: first(h, "Sec-Fetch-Dest"), Site: first(h, "Sec-Fetch-Site"),
		Purpose: first(h, "Sec-Purpose"), Upgrade: first(h, "Upgrade"), RequestedWith: first(h, "X-Requested-With"), Authorization: len(h["Authorization"]) > 0,
	}
}

// first is Header.Get for a key in its canonical form.
func first(h http.Header, key string) string {
	if v := h[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// prefixOf is the network by which budgets count: a /24, or a /56.
func prefixOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	n := 56
	if a.Is4() {
		n = 24
	}
	p, err := a.Prefix(n)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// sizeOf is about how many bytes a request's head had.
func sizeOf(r *http.Request) int {
	n := len(r.Method) + len(r.URL.Path) + len(r.URL.RawQuery) + len(r.Host) + 32
	for key, values := range r.Header {
		for _, v := range values {
			n += len(key) + len(v) + 4
		}
	}
	return n
}
