package door

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/preface"
	"github.com/evenkeel/evenkeel/instrument/proxyproto"
)

func TestWhatAVisitorShowsRidesWithItsRequests(t *testing.T) {
	var seen []*Visitor
	s := open(t, nil, nil)
	s.server.Handler = s.door.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, From(r.Context()))
		if r.TLS == nil || !strings.EqualFold(r.TLS.ServerName, "a.example") {
			t.Errorf("the request came over %+v", r.TLS)
		}
		io.WriteString(w, r.Proto)
	}), nil)
	for proto, set := range map[string]func(*http.Protocols){"HTTP/1.1": one, "HTTP/2.0": two} {
		client := s.client(t, set)
		for range 2 { // on one connection
			answer, err := client.Get("https://A.example/")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil || string(body) != proto {
				t.Fatalf("got %s, %v; want %s", body, err, proto)
			}
		}
		v := seen[0]
		if len(seen) != 2 || seen[1] != v {
			t.Fatalf("two requests of one connection have the visitors %v", seen)
		}
		seen = nil
		opening, ok := v.Opening()
		if v.Name != "a.example" || v.Naming != Named || len(v.JA4()) != 36 || v.Stable() == (hello.Key{}) || v.Hello().Family() != hello.Go {
			t.Errorf("the hello: %s, %s, %s", v.Name, v.JA4(), v.Hello().Family())
		}
		if answer, why := v.Contradicts("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"); answer != hello.Yes {
			t.Errorf("Go's hello under Chromium's name: %s, %s", answer, why)
		}
		want := map[string]preface.Protocol{"HTTP/1.1": preface.One, "HTTP/2.0": preface.Two}[proto]
		if !ok || opening.Protocol != want || opening.Key == 0 {
			t.Errorf("the opening: %+v, %v", opening, ok)
		}
		if !v.Remote.IsValid() || v.Remote != v.Peer || v.Local.String() != s.at || v.Proxied {
			t.Errorf("the addresses: %s, %s, %s", v.Remote, v.Peer, v.Local)
		}
		if runtime.GOOS == "linux" && (s.door.SavesSYN() != nil || !v.SYNSaved || v.SYN.Key() == 0) {
			t.Errorf("the SYN: %v %v", s.door.SavesSYN(), v.SYNSaved)
		}
		if v.Accepted.After(v.Greeted) || v.Greeted.After(v.Shaken) || v.Shaken.IsZero() {
			t.Errorf("the times: %s, %s, %s", v.Accepted, v.Greeted, v.Shaken)
		}
		t.Log(v.JA4(), v.Stable(), opening.Text, v.SYN.String())
	}
}

func record(kind byte, body []byte) []byte {
	return append([]byte{kind, 3, 1, byte(len(body) >> 8), byte(len(body))}, body...)
}

// fragmented spreads a hello over records of n bytes.
func fragmented(hello []byte, n int) (out []byte) {
	for body := hello[5:]; len(body) > 0; body = body[min(n, len(body)):] {
		out = append(out, record(0x16, body[:min(n, len(body))])...)
	}
	return out
}

func TestWhatIsNoHelloIsRefusedByName(t *testing.T) {
	good := recorded(t, "a.example")
	long := append([]byte{1, 1, 0, 0}, make([]byte, 64<<10)...)
	var v2 []byte
	h := proxyproto.Header{Source: netip.MustParseAddrPort("192.0.2.7:1"), Target: netip.MustParseAddrPort("192.0.2.8:443")}
	v2, _ = h.AppendV2(nil)
	for _, c := range []struct {
		name string
		send []byte
		want Outcome
		says []byte // begins so; nil is a reset, or an end where nothing is left unread
	}{
		{"plain HTTP", []byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), ClearHTTP, []byte("HTTP/1.1 400 ")},
		{"SSL 2", []byte{0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10}, SSLv2, []byte{21, 3, 1, 0, 2, 2, 70}},
		{"SSH", []byte("SSH-2.0-OpenSSH_9.2\r\n"), NotTLS, nil},
		{"zeros", make([]byte, 100), NotTLS, nil},
		{"an alert", record(0x15, []byte{2, 40}), NotHello, []byte{21, 3, 1, 0, 2, 2, 10}},
		{"a ServerHello", record(0x16, []byte{2, 0, 0, 2, 3, 3}), NotHello, []byte{21, 3, 1, 0, 2, 2, 10}},
		{"a hello that ends too early", record(0x16, append([]byte{1, 0, 0, 40}, make([]byte, 40)...)), Malformed, []byte{21, 3, 1, 0, 2, 2, 50}},
		{"64 KiB that a length claims", record(0x16, long[:16<<10]), TooLong, []byte{21, 3, 1, 0, 2, 2, 22}},
		{"64 KiB", fragmented(append(make([]byte, 5), long...), 16<<10), TooLong, nil},
		{"records of one byte each, beyond what is read", fragmented(append(make([]byte, 5), append([]byte{1, 0, 0x0f, 0xff}, make([]byte, 4000)...)...), 1), TooLong, nil},
		{"nothing", nil, Left, nil},
		{"half a hello, and the end", good[:len(good)/2], Left, nil},
		{"a PROXY header of version 1 from anybody", append([]byte("PROXY TCP4 192.0.2.7 192.0.2.8 1 443\r\n"), good...), Forged, nil},
		{"a PROXY header of version 2 from anybody", append(v2, good...), Forged, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, http.NotFoundHandler(), nil)
			conn := s.dial(t)
			conn.Write(c.send) // may be cut before its end
			if c.want == Left {
				conn.CloseWrite()
			}
			if o := s.outcome(t); o != c.want {
				t.Errorf("it is %s, expected %s", o, c.want)
			}
			got, err := io.ReadAll(conn)
			if c.says != nil && !bytes.HasPrefix(got, c.says) || c.says == nil && len(got) > 0 && got[0] != 21 {
				t.Errorf("the answer is %x, %v", got, err)
			}
			if s.asked.Load() != 0 || s.door.Connections() != 0 {
				t.Errorf("%d certificates were asked for, %d connections are left", s.asked.Load(), s.door.Connections())
			}
		})
	}
}

// dripping writes byte by byte.
type dripping struct{ *net.TCPConn }

func (d dripping) Write(b []byte) (int, error) {
	d.SetNoDelay(true)
	for i := range b {
		if n, err := d.TCPConn.Write(b[i : i+1]); err != nil {
			return i + n, err
		}
	}
	return len(b), nil
}

// shredding spreads the first record over records of 60 bytes.
type shredding struct {
	*net.TCPConn
	done *bool
}

func (d shredding) Write(b []byte) (int, error) {
	if *d.done {
		return d.TCPConn.Write(b)
	}
	*d.done = true
	_, err := d.TCPConn.Write(fragmented(b, 60))
	return len(b), err
}

func TestAHelloInPiecesIsServed(t *testing.T) {
	for name, in := range map[string]func(c *net.TCPConn) net.Conn{
		"byte by byte": func(c *net.TCPConn) net.Conn { return dripping{c} },
		"in records":   func(c *net.TCPConn) net.Conn { return shredding{c, new(bool)} },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, http.NotFoundHandler(), nil)
			c := tls.Client(in(s.dial(t)), &tls.Config{ServerName: "b.example", RootCAs: s.roots, NextProtos: []string{"http/1.1"}})
			if err := c.Handshake(); err != nil {
				t.Fatal(err)
			}
			if o := s.outcome(t); o != Served {
				t.Errorf("it is %s", o)
			}
			fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: b.example\r\n\r\n")
			if answer, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || answer.StatusCode != 404 {
				t.Errorf("%v, %v", answer, err)
			}
		})
	}
}

func TestADecisionFallsBeforeAnyKeyIsExchanged(t *testing.T) {
	asked := 0
	for _, c := range []struct {
		name   string
		decide func(*Visitor) Decision
		want   Outcome
		says   func(error) bool
	}{
		{"pass", func(v *Visitor) Decision { return Decision{Tenant: "t1"} }, Served, func(err error) bool { return err == nil }},
		{"refuse", func(v *Visitor) Decision { return Decision{Do: Refuse, Alert: UnrecognizedName} }, Refused,
			func(err error) bool { return err != nil && strings.Contains(err.Error(), "unrecognized name") }},
		{"refuse without a word which", func(v *Visitor) Decision { return Decision{Do: Refuse} }, Refused,
			func(err error) bool { return err != nil && strings.Contains(err.Error(), "access denied") }},
		{"drop", func(v *Visitor) Decision { return Decision{Do: Drop} }, Dropped,
			func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		{"hold and pass", func(v *Visitor) Decision {
			if asked++; asked < 3 {
				return Decision{Do: Hold, Wait: 10 * time.Millisecond}
			}
			if v.Held != 20*time.Millisecond {
				return Decision{Do: Drop}
			}
			return Decision{}
		}, Served, func(err error) bool { return err == nil }},
		{"hold for ever", func(v *Visitor) Decision { return Decision{Do: Hold, Wait: time.Hour} }, HeldTooLong,
			func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, http.NotFoundHandler(), func(config *Config) {
				config.Limits.HoldTime = 100 * time.Millisecond
				config.Decide = func(v *Visitor) Decision {
					if v.Name != "a.example" || v.Hello() == nil || v.Stable() == (hello.Key{}) {
						t.Errorf("what is decided on: %+v", v)
					}
					return c.decide(v)
				}
			})
			err := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots}).Handshake()
			if !c.says(err) {
				t.Errorf("the visitor is told %v", err)
			}
			if o := s.outcome(t); o != c.want {
				t.Errorf("it is %s, expected %s", o, c.want)
			}
			if got := s.asked.Load(); got != 0 && c.want != Served {
				t.Errorf("a certificate was asked for %d times", got)
			}
		})
	}
}

func TestAHeaderOfAProxyCountsFromTrustedNetworksOnly(t *testing.T) {
	trusted := func(c *Config) { c.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	seen := make(chan *Visitor, 1)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- From(r.Context())
		io.WriteString(w, r.RemoteAddr)
	})
	h := proxyproto.Header{Source: netip.MustParseAddrPort("198.51.100.7:1000"), Target: netip.MustParseAddrPort("192.0.2.8:443")}
	h.Fields = h.Fields.Append(proxyproto.Authority, []byte("a.example"))
	v2, err := h.AppendV2(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, head := range map[string][]byte{"version 1": h.AppendV1(nil), "version 2": v2} {
		t.Run(name, func(t *testing.T) {
			s := open(t, handler, trusted)
			conn := s.dial(t)
			if _, err := (dripping{conn}).Write(head); err != nil {
				t.Fatal(err)
			}
			c := tls.Client(conn, &tls.Config{ServerName: "a.example", RootCAs: s.roots})
			fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
			answer, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(answer.Body)
			v := <-seen
			if !v.Proxied || v.Remote != h.Source || v.Local != h.Target || v.SYNSaved || string(body) != h.Source.String() {
				t.Errorf("%+v, and the handler was told %s", v, body)
			}
		})
	}
	t.Run("without TLS, in one piece with the request", func(t *testing.T) {
		s := open(t, handler, func(c *Config) { trusted(c); c.Certificate = nil })
		conn := s.dial(t)
		conn.Write(append(bytes.Clone(v2), "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"...))
		if answer, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || answer.StatusCode != 200 {
			t.Fatalf("%+v, %v", answer, err)
		}
		if v := <-seen; v.Remote != h.Source || v.Secure || v.Hello() != nil {
			t.Errorf("%+v", v)
		}
	})
	local := proxyproto.Header{Local: true}
	check, _ := local.AppendV2(nil)
	for name, x := range map[string]struct {
		send []byte
		want Outcome
	}{
		"none":       {recorded(t, "a.example"), NoHeader},
		"broken":     {[]byte("PROXY TCP4 1.2.3.4 5.6.7.8 1 99999\r\n"), NoHeader},
		"too long":   {append([]byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff"), make([]byte, 4000)...), NoHeader},
		"a bad hash": {func() []byte { b := bytes.Clone(v2); b[17]++; return b }(), NoHeader},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, handler, trusted)
			s.dial(t).Write(x.send)
			if o := s.outcome(t); o != x.want {
				t.Errorf("it is %s, expected %s", o, x.want)
			}
		})
	}
	t.Run("a check of health by the proxy itself", func(t *testing.T) {
		s := open(t, handler, trusted)
		conn := s.dial(t)
		conn.Write(check)
		if err := tls.Client(conn, &tls.Config{ServerName: "a.example", RootCAs: s.roots}).Handshake(); err != nil {
			t.Error(err)
		}
	})
	if _, err := New(nil, Config{Clock: time.Now, Trusted: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}); err == nil {
		t.Error("everybody may say who they are")
	}
}

func TestWhoSpeaksAnotherHTTPThanAgreedIsCut(t *testing.T) {
	s := open(t, http.NotFoundHandler(), nil)
	for agreed, says := range map[string]string{"h2": "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "http/1.1": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"} {
		c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots, NextProtos: []string{agreed}})
		if _, err := io.WriteString(c, says); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: the answer is %q, %v", agreed, got, err)
		}
	}
}

func TestWhoSendsItsHelloTooSlowlyIsCutHoweverOftenItSends(t *testing.T) {
	s := open(t, http.NotFoundHandler(), func(c *Config) { c.Limits.HelloTime = 100 * time.Millisecond })
	conn, good := s.dial(t), recorded(t, "a.example")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := 0; i < len(good); i++ {
		<-tick.C
		if _, err := conn.Write(good[i : i+1]); err != nil {
			break
		}
	}
	if o := s.outcome(t); o != Slow {
		t.Errorf("it is %s", o)
	}
}

func TestAHandshakeThatIsNotFinishedEnds(t *testing.T) {
	s := open(t, http.NotFoundHandler(), func(c *Config) { c.Limits.HandshakeTime = 50 * time.Millisecond })
	conn := s.dial(t)
	conn.Write(recorded(t, "a.example"))
	if o := s.outcome(t); o != Failed {
		t.Errorf("it is %s", o)
	}
	eventually(t, "the end of the connection", func() bool { return s.door.Connections() == 0 })
}

func TestWhoDoesNotGoOnWithAHandshakeKeepsNobodyOut(t *testing.T) {
	asked, fetched := make(chan struct{}, 10), make(chan struct{})
	s := open(t, http.NotFoundHandler(), func(c *Config) {
		c.Limits.Handshakes = 1
		inner := c.Certificate
		c.Certificate = func(info *tls.ClientHelloInfo) (*tls.Certificate, error) {
			asked <- struct{}{}
			if info.ServerName == "b.example" { // it has to be fetched first
				select {
				case <-fetched:
				case <-info.Context().Done():
				}
			}
			return inner(info)
		}
	})
	defer close(fetched)
	for _, name := range []string{"a.example", "b.example"} {
		s.dial(t).Write(recorded(t, name))
		<-asked
		if err := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots}).Handshake(); err != nil {
			t.Errorf("beside one for %s: %v", name, err)
		}
		<-asked
	}
}

func TestAPrefixHasItsShareOfThoseThatWait(t *testing.T) {
	s := open(t, http.NotFoundHandler(), func(c *Config) { c.Limits.ReadersPerPrefix = 3 })
	for range 3 {
		s.dial(t)
	}
	eventually(t, "three that wait", func() bool { return s.door.book.readers.Load() == 3 })
	if c, err := net.Dial("tcp", s.at); err == nil { // it may be reset before Dial returns
		c.Close()
	}
	if o := s.outcome(t); o != Crowded {
		t.Errorf("the fourth is %s", o)
	}
}

func TestTheOneThatWaitedLongestMakesPlaceForAnother(t *testing.T) {
	s := open(t, http.NotFoundHandler(), func(c *Config) {
		c.Limits.Readers, c.Limits.ReadersPerPrefix, c.Limits.Patience = 2, 9, time.Nanosecond
	})
	first := s.dial(t)
	eventually(t, "the first", func() bool { return s.door.book.readers.Load() == 1 })
	s.dial(t)
	eventually(t, "the second", func() bool { return s.door.book.readers.Load() == 2 })
	c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the first is told %v", err)
	}
	if o := []Outcome{s.outcome(t), s.outcome(t)}; !(o[0] == Overtaken && o[1] == Served || o[0] == Served && o[1] == Overtaken) {
		t.Errorf("they are %s and %s", o[0], o[1])
	}
}

func TestUnderPressureTheOneThatIsIdleLongestGoes(t *testing.T) {
	s := open(t, http.NotFoundHandler(), func(c *Config) {
		c.Limits.Connections, c.Limits.PerPrefix, c.Limits.PerTenant, c.Limits.Readers, c.Limits.ReadersPerPrefix = 3, 99, 99, 9, 9
	})
	get := func(c net.Conn) error {
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err == nil {
			io.Copy(io.Discard, answer.Body)
		}
		return err
	}
	var conns []net.Conn
	for i := range 5 {
		c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots})
		if err := get(c); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		eventually(t, "its rest", func() bool { return s.resting() == min(i+1, 3) })
		conns = append(conns, c)
	}
	for i, c := range conns {
		if err := get(c); (err == nil) != (i >= 2) {
			t.Errorf("connection %d: %v", i, err)
		}
	}
	if c := s.door.Counts(); c.Evicted != 2 {
		t.Errorf("%d made place", c.Evicted)
	}
}

// resting counts those that are idle.
func (s *site) resting() (n int) {
	for i := range s.door.book.prefixes {
		p := &s.door.book.prefixes[i]
		p.mu.Lock()
		n += p.idle.n
		p.mu.Unlock()
	}
	return n
}

func TestOneTenantHasItsShareOfConnections(t *testing.T) {
	hold, began := make(chan struct{}), make(chan struct{}, 4)
	defer close(hold)
	s := open(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { began <- struct{}{}; <-hold }), func(c *Config) {
		c.Limits.PerTenant = 2
		c.Decide = func(v *Visitor) Decision { return Decision{Tenant: v.Name} }
	})
	shake := func(name string) Outcome {
		c := tls.Client(s.dial(t), &tls.Config{ServerName: name, RootCAs: s.roots})
		if c.Handshake() == nil {
			fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
			<-began // else it rests, and another one may have its place
		}
		return s.outcome(t)
	}
	got := []Outcome{shake("a.example"), shake("a.example"), shake("a.example"), shake("b.example")}
	if want := []Outcome{Served, Served, Crowded, Served}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("they are %v, expected %v", got, want)
	}
}

func TestAShutdownWaitsForThoseAtTheDoor(t *testing.T) {
	s := open(t, http.NotFoundHandler(), nil)
	began := make(chan struct{})
	c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots})
	eventually(t, "the connection", func() bool { return s.door.Connections() == 1 })
	ended := make(chan error, 1)
	go func() {
		close(began)
		ended <- s.door.Shutdown(context.Background())
	}()
	<-began
	if err := c.Handshake(); err != nil {
		t.Fatalf("who was at the door already: %v", err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if o := s.outcome(t); o != Served {
		t.Errorf("it is %s", o)
	}
	if _, err := net.Dial("tcp", s.at); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("another is told %v", err)
	}
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
		t.Errorf("its request: %v", err)
	}
}

func TestAConnectionThatIsTakenOverIsLeftAlone(t *testing.T) {
	s := open(t, nil, nil)
	s.server.Handler = s.door.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(c, rw)
	}), nil)
	c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots})
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	r := bufio.NewReader(c)
	if answer, err := http.ReadResponse(r, nil); err != nil || answer.StatusCode != 101 {
		t.Fatalf("%v, %v", answer, err)
	}
	io.WriteString(c, "hello\n")
	if got, err := r.ReadString('\n'); got != "hello\n" {
		t.Errorf("%q, %v", got, err)
	}
	if s.resting() != 0 {
		t.Error("it counts as idle")
	}
	c.Close()
	eventually(t, "its end", func() bool { return s.door.Connections() == 0 })
}

func TestThePortWithoutTLSRedirectsAndAnswersAuthorities(t *testing.T) {
	challenge := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "token.thumb") })
	s := open(t, Plain(challenge, func(h string) bool { return h == "a.example" }, ""), func(c *Config) { c.Certificate = nil })
	client := s.client(t, one)
	for _, c := range []struct {
		method, url, host string
		code              int
		says              string
	}{
		{"GET", "/x?q=1", "a.example", 301, "https://a.example/x?q=1"},
		{"POST", "/x", "A.EXAMPLE:80", 308, "https://a.example/x"},
		{"GET", "/", "b.example", 421, ""},
		{"GET", "/", "192.0.2.1", 421, ""},
		{"GET", "/", "[2001:db8::1]", 421, ""},
		{"GET", "/.well-known/acme-challenge/token", "a.example", 200, ""},
	} {
		r, err := http.NewRequest(c.method, "http://"+s.at+c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != c.code || answer.Header.Get("Location") != c.says || c.code == 200 && string(body) != "token.thumb" {
			t.Errorf("%s %s of %s: %d, %s, %s", c.method, c.url, c.host, answer.StatusCode, answer.Header.Get("Location"), body)
		}
	}
	conn := s.dial(t)
	io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	if got, err := io.ReadAll(conn); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("HTTP/2 without TLS gets %q, %v", got, err)
	}
}

func TestWhileTheDoorIsHotNewConnectionsHaveFewerStreams(t *testing.T) {
	s := open(t, http.NotFoundHandler(), nil)
	serve(t, s.door, s.door.Narrow(), http.NotFoundHandler(), NarrowStreams)
	for _, hot := range []bool{false, true, false} {
		s.door.SetHot(hot)
		want := map[bool]uint32{false: Streams, true: NarrowStreams}[hot]
		c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots, NextProtos: []string{"h2"}})
		io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
		if got := settings(t, c)[3]; got != want {
			t.Errorf("hot is %v: %d streams, expected %d", hot, got, want)
		}
	}
}
