package sieve

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

func TestHTTPInTheClearIsDecidedOnByItsHost(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	s := open(t, func(c *Config) {
		c.Door.Clear = true
		c.Door.Decide = func(v *door.Visitor) door.Decision {
			if v.Name == "b.example" {
				return door.Decision{Do: door.Refuse}
			}
			return door.Decision{Tenant: v.Name}
		}
	}, g.at)
	const sent = "POST /x HTTP/1.1\r\nHost: A.example:80\r\nContent-Length: 4\r\n\r\nbody"
	c := dial(t, s.Addr(), "127.0.0.6")
	for i := range len(sent) {
		io.WriteString(c, sent[i:i+1])
	}
	back, h := g.next(t)
	if got := read(t, back, len(sent)); string(got) != sent || h.Source.Addr() != netip.MustParseAddr("127.0.0.6") {
		t.Errorf("%q from %v", got, h.Source)
	}
	for what, says := range map[string]string{
		"GET / HTTP/1.1\r\nHost: b.example\r\n\r\n":                                    "HTTP/1.1 403 ",
		"GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n":                 "HTTP/1.1 400 ",
		"GET /" + strings.Repeat("x", 10_000) + " HTTP/1.1\r\nHost: a.example\r\n\r\n": "HTTP/1.1 431 ",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":                                             "",
		"\x16\x03\x01\x00\x05":                                                         "",
	} {
		c := dial(t, s.Addr(), "127.0.0.6")
		io.WriteString(c, what)
		b, _ := io.ReadAll(c)
		if !strings.HasPrefix(string(b), says) || says == "" && len(b) > 0 {
			t.Errorf("%.40q: %q; expected %q", what, b, says)
		}
	}
	if k := s.Counts(); k.Upstreams[0].Took != 1 || k.Door.Outcomes[door.NotHTTP] != 2 {
		t.Errorf("%+v", k)
	}
	gone := open(t, func(c *Config) { c.Door.Clear = true }, free(t))
	r, err := http.Get("http://" + gone.Addr().String() + "/")
	if err != nil || r.StatusCode != 503 {
		t.Fatal(r, err)
	}
	r.Body.Close()
	http.DefaultClient.CloseIdleConnections()
}
