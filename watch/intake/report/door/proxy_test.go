package door

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

// TestWhoIsBehindAProxy (G): strangers behind a trusted proxy are told apart, and nobody makes up an
// address that counts as another's.
func TestWhoIsBehindAProxy(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ff::/48")}
	for _, c := range []struct {
		name, from string
		forwarded  []string
		proxies    []netip.Prefix
		want       string
	}{
		{"nobody is trusted where none is set", "10.0.0.1:9", []string{"198.51.100.7"}, nil, "10.0.0.1:9"},
		{"a stranger speaks for nobody", "203.0.113.9:9", []string{"198.51.100.7"}, trusted, "203.0.113.9:9"},
		{"a trusted proxy speaks for who came to it", "10.0.0.1:9", []string{"198.51.100.7"}, trusted, "198.51.100.7:0"},
		{"what the sender wrote before is not read", "10.0.0.1:9", []string{"192.0.2.1, 198.51.100.7"}, trusted, "198.51.100.7:0"},
		{"in a header of its own neither", "10.0.0.1:9", []string{"192.0.2.1", "198.51.100.7"}, trusted, "198.51.100.7:0"},
		{"several proxies of ours", "10.0.0.1:9", []string{"192.0.2.1, 198.51.100.7, 10.2.3.4"}, trusted, "198.51.100.7:0"},
		{"an address with a port", "10.0.0.1:9", []string{"198.51.100.7:4711"}, trusted, "198.51.100.7:0"},
		{"addresses of version 6", "[2001:db8:ff::1]:9", []string{"[2001:db8:1::7]:4711"}, trusted, "[2001:db8:1::7]:0"},
		{"one of version 4 written as one of 6", "[::ffff:10.0.0.1]:9", []string{"198.51.100.7"}, trusted, "198.51.100.7:0"},
		{"words", "10.0.0.1:9", []string{"198.51.100.7, unknown"}, trusted, "10.0.0.1:0"},
		{"nothing", "10.0.0.1:9", nil, trusted, "10.0.0.1:0"},
		{"all are ours", "10.0.0.1:9", []string{"10.1.1.1, 10.2.2.2"}, trusted, "10.1.1.1:0"},
	} {
		d := &Door{opt: Options{Proxies: c.proxies}}
		r := httptest.NewRequest("POST", "/v1/reports", nil)
		r.RemoteAddr = c.from
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := d.sender(r); got != c.want {
			t.Errorf("%s: %s; expected %s", c.name, got, c.want)
		}
	}
}
