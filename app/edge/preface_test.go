package edge

import (
	"net/netip"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/lab/edge/browser"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// TestWhoHasABrowsersHelloAndNotItsPrefaceContradictsItself: the hello is a browser's to the last byte, and HTTP/2 begins as no browser begins it.
func TestWhoHasABrowsersHelloAndNotItsPrefaceContradictsItself(t *testing.T) {
	a := newAuthority(t, "shop.example", "blog.example")
	b := backend(t, "hello")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, a.line()), "blog.yaml": document("blog", b.URL, a.line())})
	r := run(t, dir, sites, onTLS)
	lies := browser.Chrome
	lies.Pseudo = "amps"
	for _, x := range []struct {
		kind browser.Kind
		at   site.ID
		odd  bool
	}{{browser.Chrome, "shop", false}, {lies, "blog", true}} {
		c := browser.Client{Kind: x.kind, From: netip.MustParseAddr("127.0.0.1"), To: netip.MustParseAddrPort(r.Ready().Listen[0]), CAs: a.roots}
		conn, err := c.Open(t.Context(), string(x.at)+".example")
		if err != nil {
			t.Fatal(err)
		}
		beat := time.NewTicker(20 * time.Millisecond)
		defer beat.Stop()
		over := time.After(30 * time.Second)
		for done := false; !done; {
			select {
			case <-beat.C:
			case <-over:
				t.Fatal("no second was looked at")
			}
			answer, err := conn.Do(t.Context(), browser.Request{Path: "/"})
			if err != nil || answer.Status != 200 {
				t.Fatalf("%+v, %v", answer, err)
			}
			for _, s := range r.edge.Standings(true) {
				if s.Site != x.at || s.Last.Offered < 5 {
					continue
				}
				done = true
				if odd := s.Last.Contradictory > 0; odd != x.odd {
					t.Errorf("of %d requests at %s %d contradict themselves", s.Last.Offered, x.at, s.Last.Contradictory)
				}
			}
		}
	}
}
