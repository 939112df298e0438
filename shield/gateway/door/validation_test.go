package door

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/proxyproto"
)

func TestACertificateAuthorityComesForItsHandshakeAlone(t *testing.T) {
	for _, knows := range []bool{true, false} {
		s := open(t, http.NotFoundHandler(), func(c *Config) { c.Validates = knows })
		c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots, NextProtos: []string{"acme-tls/1"}})
		err := c.Handshake()
		if (err == nil) != knows {
			t.Errorf("where it is known: %t: %v", knows, err)
		}
		want := Failed
		if knows {
			want = Validated
			if c.ConnectionState().NegotiatedProtocol != "acme-tls/1" {
				t.Errorf("%q is spoken", c.ConnectionState().NegotiatedProtocol)
			}
			if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("%d bytes, %v; expected the end", n, err)
			}
		}
		if o := s.outcome(t); o != want {
			t.Errorf("it is %s; expected %s", o, want)
		}
		if knows { // whoever offers more speaks HTTP
			c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots, NextProtos: []string{"acme-tls/1", "h2"}})
			if err := c.Handshake(); err != nil || c.ConnectionState().NegotiatedProtocol != "h2" {
				t.Errorf("%v, %q is spoken", err, c.ConnectionState().NegotiatedProtocol)
			}
		}
	}
}

func TestWhoeverChoosesACertificateSeesTheVisitorAndNotTheProxy(t *testing.T) {
	h := proxyproto.Header{Source: netip.MustParseAddrPort("203.0.113.9:4711"), Target: netip.MustParseAddrPort("192.0.2.1:443")}
	before, err := h.AppendV2(nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan net.Addr, 1)
	s := open(t, http.NotFoundHandler(), func(c *Config) {
		c.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		inner := c.Certificate
		c.Certificate = func(info *tls.ClientHelloInfo) (*tls.Certificate, error) {
			seen <- info.Conn.RemoteAddr()
			return inner(info)
		}
	})
	c := s.dial(t)
	c.Write(before)
	if err := tls.Client(c, &tls.Config{ServerName: "a.example", RootCAs: s.roots}).Handshake(); err != nil {
		t.Fatal(err)
	}
	if at := <-seen; at.String() != h.Source.String() {
		t.Errorf("it sees %s; expected %s", at, h.Source)
	}
}
