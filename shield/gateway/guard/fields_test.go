package guard

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTheVisitorIsTheLastHopThatIsNoGateway(t *testing.T) {
	g := newBench(t).guard()
	for _, c := range []struct{ name, hops, want string }{
		{"one hop", "192.0.2.1", "192.0.2.1"},
		{"what a visitor wrote stands before his own address", "192.0.2.9, 192.0.2.1", "192.0.2.1"},
		{"a visitor writes a gateway's address", "10.1.1.1, 192.0.2.1", "192.0.2.1"},
		{"gateways before ours", "192.0.2.9, 192.0.2.1, 10.1.1.1, fd00::1", "192.0.2.1"},
		{"several fields", "192.0.2.9|192.0.2.1, 10.1.1.1", "192.0.2.1"},
		{"gateways only", "10.0.0.3,10.0.0.2", "10.0.0.3"},
		{"with ports, brackets, zones and mapped", "192.0.2.9, [2001:db8::1]:4711, [fd00::2], 10.0.0.1:80, ::ffff:10.0.0.2", "2001:db8::1"},
		{"a zone", "fe80::1%eth0", "fe80::1"},
		{"mapped", "::ffff:192.0.2.1", "192.0.2.1"},
		{"no address behind the last gateway", "192.0.2.9, unknown, 10.0.0.1", "10.0.0.1"},
		{"empty members", " , 192.0.2.1 ,, ", "192.0.2.1"},
		{"none", "", ""},
		{"no address", "unknown", ""},
		{"very long", strings.Repeat("1", 4000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, ok := g.visitor(strings.Split(c.hops, "|"))
			if ok != (c.want != "") || ok && a.String() != c.want {
				t.Errorf("the visitor is %v (%v); expected %q", a, ok, c.want)
			}
		})
	}
}

// Whatever a visitor sends as X-Forwarded-For, the gateway adds whom it saw behind it, and that is who visits.
func TestNoVisitorChoosesHisAddress(t *testing.T) {
	g := newBench(t).guard()
	rapid.Check(t, func(t *rapid.T) {
		own := netip.AddrFrom4([4]byte{203, 0, 113, rapid.Byte().Draw(t, "own")})
		sent := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"10.0.0.1", "192.0.2.1", ", ", "\"", "[::1]:1"})), 0, 5).Draw(t, "sent")
		hops := append(sent, own.String())
		if rapid.Bool().Draw(t, "one field") {
			hops = []string{strings.Join(hops, ", ")}
		}
		if rapid.Bool().Draw(t, "another gateway") {
			hops = append(hops, "10.9.9.9")
		}
		if a, ok := g.visitor(hops); !ok || a != own {
			t.Fatalf("of %q the visitor is %v", hops, a)
		}
	})
}

func TestTargetsAreReadAsGoReadsThem(t *testing.T) {
	for _, c := range []struct {
		s, path, raw, query string
		ok                  bool
	}{
		{"/", "/", "", "", true},
		{"/a/b?x=1&y=%20", "/a/b", "/a/b", "x=1&y=%20", true},
		{"/a%2fb", "/a/b", "/a%2fb", "", true},
		{"//evil.example/x", "//evil.example/x", "//evil.example/x", "", true},
		{"http://shop.example/a?b", "/a", "", "b", true},
		{"http://shop.example", "/", "", "", true},
		{"*", "*", "", "", true},
		{"/a b", "", "", "", false},
		{"/a%zz", "", "", "", false},
		{"", "", "", "", false},
		{"shop.example:443", "", "", "", false},
		{"/" + strings.Repeat("a", MostTarget), "", "", "", false},
	} {
		var u url.URL
		if ok := target(&u, c.s); ok != c.ok || ok && (u.Path != c.path || u.RawQuery != c.query || u.Host != "") {
			t.Errorf("%.60q is read as %+v (%v)", c.s, u, ok)
		}
	}
}

// FuzzFields reads what gateways and visitors may say in header fields.
func FuzzFields(f *testing.F) {
	g, err := New(newBench(f).config())
	if err != nil {
		f.Fatal(err)
	}
	f.Add("GET", "/a?b", "shop.example", "192.0.2.1, 10.0.0.1")
	f.Add("POST", "//x/%2e%2e/%00?%", "[2001:db8::1]:443", "[::1]:80,")
	f.Add("get", "http://a/b#c", "a,b", "fe80::1%x")
	f.Fuzz(func(t *testing.T, method, uri, name, hops string) {
		if a, ok := g.visitor([]string{hops}); ok && (!a.IsValid() || a.Zone() != "" || a.Is4In6()) {
			t.Fatalf("of %q the visitor is %v", hops, a)
		}
		var q asking
		if q.set(method, uri, name, http.Header{}) != whole {
			return
		}
		if r := q.Request; r.URL.Path == "" || r.URL.Host != "" || r.URL.Scheme != "" || r.URL.User != nil || strings.ContainsAny(r.Host, "/\\@ ,") {
			t.Fatalf("%q %q %q is read as %+v", method, uri, name, r.URL)
		}
		if strings.HasPrefix(uri, "/") && !strings.HasPrefix(uri, "//") { // where Go reads a request line too, it reads the same
			u, err := url.ParseRequestURI(uri)
			if err == nil && (u.Path != q.url.Path || u.RawQuery != q.url.RawQuery || u.EscapedPath() != q.url.EscapedPath()) {
				t.Fatalf("%q is read as %+v; expected %+v", uri, q.url, u)
			}
		}
		if to := sameSite(uri); !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\") {
			t.Fatalf("%q leads to %q", uri, to)
		}
	})
}
