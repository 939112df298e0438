package webhook

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
)

// resolves returns a resolver that answers with these addresses; none: the name is unknown.
func resolves(texts ...string) func(context.Context, string) ([]netip.Addr, error) {
	return func(context.Context, string) (all []netip.Addr, err error) {
		for _, s := range texts {
			all = append(all, netip.MustParseAddr(s))
		}
		if len(all) == 0 {
			err = errors.New("no such host")
		}
		return all, err
	}
}

func TestWhichAddressesArePublic(t *testing.T) {
	for _, c := range []struct {
		name, addrs string
		public      bool
	}{
		{"addresses of the internet", "1.1.1.1 9.9.9.9 93.184.215.14 172.15.255.255 172.32.0.0 100.63.255.255 100.128.0.0 223.255.255.255", true},
		{"IPv6 addresses of the internet", "2606:4700:4700::1111 2a00:1450:4001::200e 2001:200::1 3fff:1000::1", true},
		{"this host", "127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 ::1 ::", false},
		{"private networks", "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fdff::1 fec0::1", false},
		{"link-local addresses", "169.254.0.1 fe80::1 febf::1", false},
		{"metadata services of clouds", "169.254.169.254 100.100.100.200 192.0.0.192 168.63.129.16 fd00:ec2::254", false},
		{"shared addresses of providers", "100.64.0.1 100.127.255.255", false},
		{"multicast, broadcast and reserved", "224.0.0.1 239.1.1.1 255.255.255.255 240.0.0.1 ff02::1 4000::1", false},
		{"documentation and benchmarks", "192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 198.19.255.255 2001:db8::1 3fff::1", false},
		{"IPv4 inside IPv6", "::ffff:10.0.0.1 ::ffff:127.0.0.1 ::10.0.0.1 64:ff9b::a00:1 64:ff9b:1::1 2002:a00:1::1 2001::1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for a := range strings.FieldsSeq(c.addrs) {
				if got := public(netip.MustParseAddr(a).Unmap()); got != c.public {
					t.Errorf("%s is public: %v", a, got)
				}
			}
		})
	}
}

func TestAnAddressThatIsNotPublicIsNotDialled(t *testing.T) {
	var asked atomic.Int32
	srv := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	elsewhere := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for _, c := range []struct {
		name, url string
		allow     []netip.Prefix
		resolve   func(context.Context, string) ([]netip.Addr, error)
		says      string
	}{
		{"an address that is allowed", "http://127.0.0.1" + port, loopback, nil, ""},
		{"a name that resolves to one that is allowed", "http://receiver.test" + port, loopback, resolves("127.0.0.1"), ""},
		{"one inside an IPv6 address that is allowed", "http://receiver.test" + port, loopback, resolves("::ffff:127.0.0.1"), ""},
		{"an address of this host", "https://127.0.0.1" + port, nil, nil, "127.0.0.1 is not a public address"},
		{"one that is written as a number", "https://2130706433" + port, nil, resolves("127.0.0.1"), "127.0.0.1 is not a public address"},
		{"one inside an IPv6 address", "https://[::ffff:127.0.0.1]" + port, nil, nil, "127.0.0.1 is not a public address"},
		{"one with a zone", "https://[fe80::1%25eth0]" + port, nil, nil, "fe80::1 is not a public address"},
		{"a name of this host", "https://localhost" + port, nil, nil, "is not a public address"},
		{"a name that resolves to a private address", "https://receiver.test" + port, nil, resolves("10.0.0.1"), "10.0.0.1 is not a public address"},
		{"a name that resolves to a private address as well", "https://receiver.test" + port, nil, resolves("1.1.1.1", "127.0.0.1"), "127.0.0.1 is not a public address"},
		{"another network is allowed", "https://127.0.0.1" + port, elsewhere, nil, "127.0.0.1 is not a public address"},
		{"without TLS, a public address that is not allowed", "http://receiver.test" + port, loopback, resolves("1.1.1.1"), "there is no TLS"},
		{"a name without addresses", "https://receiver.test" + port, nil, resolves(), "look up receiver.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := asked.Load()
			s := sender(t, c.url, func(e *Endpoint) { e.Allow, e.resolve = c.allow, c.resolve })
			_, err := s.Post(t.Context(), "o-17", []byte(`{}`))
			if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || shield.Final(err)) {
				t.Errorf("got %v; expected %q", err, c.says)
			}
			if err != nil && asked.Load() != before {
				t.Error("the receiver was asked all the same")
			}
			if errors.Is(err, errAddress) && evenkeel.HintOf(err) == "" {
				t.Error("there is no hint")
			}
		})
	}
}

// TestTheAddressThatWasCheckedIsDialled: a name that changes its address between the check
// and the connection gains nothing, because there is one look-up for both.
func TestTheAddressThatWasCheckedIsDialled(t *testing.T) {
	var asked, lookups atomic.Int32
	srv := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	s := sender(t, "https://receiver.test"+port, func(e *Endpoint) {
		e.Allow = []netip.Prefix{netip.MustParsePrefix("127.77.0.0/16")}
		e.Whole = 500 * time.Millisecond
		e.resolve = func(context.Context, string) ([]netip.Addr, error) {
			if lookups.Add(1) == 1 {
				return []netip.Addr{netip.MustParseAddr("127.77.0.1")}, nil // nobody listens there
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}
	})
	for i, says := range []string{"127.77.0.1", "127.0.0.1 is not a public address"} {
		if _, err := s.Post(t.Context(), "o-17", []byte(`{}`)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("attempt %d: got %v; expected %q", i, err, says)
		}
	}
	if lookups.Load() != 2 || asked.Load() != 0 {
		t.Errorf("two attempts made %d look-ups, and the receiver was asked %d times", lookups.Load(), asked.Load())
	}
}

func TestASilentAddressLeavesTimeForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tried []string
		g := &guard{connect: 5 * time.Second, resolve: resolves("1.1.1.1", "9.9.9.9", "8.8.8.8"), reach: func(ctx context.Context, _, target string) (net.Conn, error) {
			if tried = append(tried, target); target == "8.8.8.8:443" && ctx.Err() == nil {
				conn, other := net.Pipe()
				return conn, other.Close()
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		conn, err := g.dial(t.Context(), "tcp", "receiver.test:443")
		if err != nil || len(tried) != 3 {
			t.Fatalf("tried %v: %v", tried, err)
		}
		_ = conn.Close()
	})
}

func TestAnEndpointIsChecked(t *testing.T) {
	for _, c := range []struct {
		name, url string
		allow     []netip.Prefix
		keys      signed.Keys
		says      string
	}{
		{"TLS", "https://receiver.example.net/orders", nil, keys(t), ""},
		{"no TLS inside a network that is allowed", "http://receiver.example.net/orders", loopback, keys(t), ""},
		{"no TLS and nothing is allowed", "http://receiver.example.net/orders", nil, keys(t), "no TLS"},
		{"no address", "", nil, keys(t), "https://"},
		{"another scheme", "file:///etc/passwd", nil, keys(t), "https://"},
		{"no host", "https:///orders", nil, keys(t), "no host"},
		{"what is no address", "https://%zz", nil, keys(t), "is none"},
		{"a user in the address", "https://me:geheim@receiver.example.net", nil, keys(t), "holds a user"},
		{"no secret", "https://receiver.example.net", nil, nil, "0 secrets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewSender(Endpoint{URL: c.url, Keys: c.keys, Allow: c.allow}, backendtest.NewClock().Now)
			if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || evenkeel.KindOf(err) != evenkeel.KindInvalid) {
				t.Errorf("got %v; expected %q", err, c.says)
			}
		})
	}
}

// TestNoProxyIsAsked: one that the environment names would dial what nobody has checked.
func TestNoProxyIsAsked(t *testing.T) {
	if s := sender(t, "https://receiver.example.net", nil); s.client.Transport.(*http.Transport).Proxy != nil {
		t.Error("there is a proxy")
	}
}

// FuzzPublic: whatever is said to be public is none of what must not be spoken to, in whichever form it is written, and
// no IPv6 address that carries an IPv4 address inside it, as 6to4, Teredo, NAT64 and mapped ones do.
func FuzzPublic(f *testing.F) {
	for _, s := range []string{"1.1.1.1", "10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::1", "2001::1", "fe80::1", "2606:4700:4700::1111", "169.254.169.254"} {
		f.Add(netip.MustParseAddr(s).AsSlice())
	}
	nat64 := prefixes("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96")
	f.Fuzz(func(t *testing.T, b []byte) {
		written, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		g := &guard{}
		a := written.Unmap()
		if got := g.check(a) == nil; got != public(a) {
			t.Fatalf("%v is public: %v, and is spoken to: %v", written, public(a), got)
		}
		if !public(a) {
			return
		}
		shared := netip.MustParsePrefix("100.64.0.0/10").Contains(a)
		if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.IsInterfaceLocalMulticast() || !a.IsGlobalUnicast() || shared {
			t.Fatalf("%v is spoken to", written)
		}
		for _, p := range nat64 {
			if p.Contains(a) {
				t.Fatalf("%v, in %v, is spoken to", written, p)
			}
		}
		if written.Is4() {
			if six := netip.AddrFrom16(written.As16()); public(six) && !public(six.Unmap()) {
				t.Fatalf("%v is public inside IPv6 alone", written)
			}
		}
	})
}
