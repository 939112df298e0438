package edge

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestTheSieveCarriesConnectionsToAGatewayOfOthers visits a site that this edge knows, and one that only the gateway behind knows.
func TestTheSieveCarriesConnectionsToAGatewayOfOthers(t *testing.T) {
	a := newAuthority(t, "shop.example", "elsewhere.example")
	pair, err := tls.LoadX509KeyPair(a.chain, a.key)
	if err != nil {
		t.Fatal(err)
	}
	behind := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "behind, ", r.TLS.ServerName) }))
	behind.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	behind.StartTLS()
	defer behind.Close()
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", "http://127.0.0.1:1", "")})
	r := run(t, dir, sites, func(s *Settings) {
		s.Clear = nil
		s.Sieve = Sieve{Listen: []string{"127.0.0.1:0"}, Upstreams: []string{behind.Listener.Addr().String()}, Header: "none", Idle: time.Minute}
	})
	strict := run(t, t.TempDir(), sites, func(s *Settings) {
		s.Clear = nil
		s.Sieve = Sieve{Listen: []string{"127.0.0.1:0"}, Upstreams: []string{behind.Listener.Addr().String()}, Header: "none", Idle: time.Minute, Unknown: unknownRefuse}
	})
	for name, ok := range map[string]bool{"shop.example": true, "elsewhere.example": false} {
		c, err := tls.Dial("tcp", strict.Ready().Sieve[0], &tls.Config{RootCAs: a.roots, ServerName: name})
		if err == nil {
			c.Close()
		}
		if (err == nil) != ok || !ok && !strings.Contains(err.Error(), "unrecognized name") {
			t.Errorf("where unknown names are refused, %s gets %v", name, err)
		}
	}
	for _, name := range []string{"shop.example", "elsewhere.example"} {
		c, err := tls.Dial("tcp", r.Ready().Sieve[0], &tls.Config{RootCAs: a.roots, ServerName: name})
		if err != nil {
			t.Fatal(name, err)
		}
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", name)
		text, err := io.ReadAll(c)
		c.Close()
		if want := "behind, " + name; err != nil || len(text) < len(want) || string(text[len(text)-len(want):]) != want {
			t.Errorf("%q, %v; expected it to end with %q", text, err, want)
		}
	}
}
