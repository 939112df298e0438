package sieve

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/proxyproto"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

func contextOf(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// gateway is a listener of the test's, in the place of a gateway, for what no real one does to order.
type gateway struct {
	*net.TCPListener
	at    netip.AddrPort
	taken chan *net.TCPConn
}

func standIn(t testing.TB) *gateway {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{TCPListener: l, at: l.Addr().(*net.TCPAddr).AddrPort(), taken: make(chan *net.TCPConn, 100)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.AcceptTCP()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			c.SetDeadline(time.Now().Add(20 * time.Second))
			g.taken <- c
		}
	}()
	return g
}

// next returns the next connection, and what was told of it.
func (g *gateway) next(t testing.TB) (*net.TCPConn, proxyproto.Header) {
	t.Helper()
	select {
	case c := <-g.taken:
		var b []byte
		for {
			var one [1]byte
			if _, err := c.Read(one[:]); err != nil {
				t.Fatal(err)
			}
			b = append(b, one[0])
			h, _, err := proxyproto.Parse(b)
			if err == nil {
				return c, h
			}
			if err != proxyproto.ErrMore {
				t.Fatal(err)
			}
		}
	case <-time.After(30 * time.Second):
		t.Fatal("nobody came to the gateway")
	}
	return nil, proxyproto.Header{}
}

func read(t testing.TB, c net.Conn, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(c, b); err != nil {
		t.Fatal(err)
	}
	return b
}

// ended is a Note, and a channel of what it is told.
func ended() (func(*door.Visitor, Ended), chan Ended) {
	c := make(chan Ended, 100)
	return func(_ *door.Visitor, e Ended) { c <- e }, c
}

func next(t testing.TB, notes chan Ended) Ended {
	t.Helper()
	select {
	case e := <-notes:
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("no connection ended")
	}
	return Ended{}
}

func TestAHelloGoesOnAsItCameInPiecesOfAnySize(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	s := open(t, nil, g.at)
	sent := recorded(&tls.Config{ServerName: "A.Example", NextProtos: []string{"h2"}})
	var r hello.Reader
	if _, err := r.Add(sent); err != nil {
		t.Fatal(err)
	}
	key, ja4 := r.Hello().Stable(), r.Hello().JA4()
	large := &tls.Config{ServerName: "a.example"}
	for i := range 200 { // 8 KB, as keys of tomorrow may take
		large.NextProtos = append(large.NextProtos, strings.Repeat("x", 36)+strconv.Itoa(1000+i))
	}
	c := dial(t, s.Addr(), "127.0.0.5")
	long := recorded(large)
	c.Write(long)
	back, _ := g.next(t)
	if got := read(t, back, len(long)); len(long) < 8000 || !bytes.Equal(got, long) {
		t.Errorf("a hello of %d bytes did not come as it was sent", len(long))
	}
	for _, piece := range []int{1, 100, len(sent)} {
		c := dial(t, s.Addr(), "127.0.0.5")
		for rest := sent; len(rest) > 0; {
			n := min(piece, len(rest))
			if _, err := c.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		io.WriteString(c, "and more")
		back, h := g.next(t)
		if got := read(t, back, len(sent)+8); string(got) != string(sent)+"and more" {
			t.Errorf("pieces of %d: what came is not what was sent", piece)
		}
		if h.Source != c.LocalAddr().(*net.TCPAddr).AddrPort() || h.Target != c.RemoteAddr().(*net.TCPAddr).AddrPort() {
			t.Errorf("%v to %v", h.Source, h.Target)
		}
		for kind, want := range map[uint8]string{proxyproto.Authority: "A.Example", proxyproto.ALPN: "h2", StableField: string(key[:]), JA4Field: ja4} {
			if got, ok := h.Fields.Find(kind); !ok || string(got) != want {
				t.Errorf("field %#x: %q; expected %q", kind, got, want)
			}
		}
		if _, ok := h.Fields.Find(proxyproto.Checksum); !ok {
			t.Error("no checksum")
		}
		c.Close()
		back.Close()
	}
}

func TestWhatIsNotKnownIsNotTold(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	s := open(t, nil, g.at)
	for _, config := range []*tls.Config{
		{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}},
		{InsecureSkipVerify: true, ServerName: "192.0.2.1"},
	} {
		c := dial(t, s.Addr(), "127.0.0.1")
		c.Write(recorded(config))
		_, h := g.next(t)
		for _, kind := range []uint8{proxyproto.Authority, proxyproto.ALPN} {
			if got, ok := h.Fields.Find(kind); ok {
				t.Errorf("field %#x: %q", kind, got)
			}
		}
		c.Close()
	}
}

func TestWhoeverIsRefusedCostsTheGatewayNothing(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	verdict := make(chan door.Decision, 1)
	s := open(t, func(c *Config) {
		c.Door.Decide = func(*door.Visitor) door.Decision { return <-verdict }
	}, g.at)
	good := recorded(&tls.Config{ServerName: "a.example"})
	send := func(what []byte) []byte {
		c := dial(t, s.Addr(), "127.0.0.1")
		c.Write(what)
		b, _ := io.ReadAll(c)
		return b
	}
	verdict <- door.Decision{Do: door.Refuse, Alert: door.UnrecognizedName}
	if got := send(good); !bytes.Equal(got, []byte{21, 3, 1, 0, 2, 2, 112}) {
		t.Errorf("%x", got)
	}
	verdict <- door.Decision{Do: door.Drop}
	if got := send(good); len(got) != 0 {
		t.Errorf("%x", got)
	}
	for name, c := range map[string]struct {
		what    []byte
		outcome door.Outcome
		says    string
	}{
		"clear HTTP": {[]byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), door.ClearHTTP, "HTTP/1.1 400"},
		"SSL 2":      {append([]byte{0x80, 46, 1, 3, 1, 0, 21, 0, 0, 0, 16}, make([]byte, 37)...), door.SSLv2, "\x15\x03\x01\x00\x02\x02\x46"},
		"too long":   {tooLong(), door.TooLong, "\x15\x03\x01\x00\x02\x02\x16"},
		"forged":     {[]byte("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"), door.Forged, ""},
		"nonsense":   {[]byte("\x00\x01\x02\x03\x04\x05\x06\x07"), door.NotTLS, ""},
	} {
		if got := send(c.what); !strings.HasPrefix(string(got), c.says) || c.says == "" && len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
		eventually(t, name, func() bool { return s.Counts().Door.Outcomes[c.outcome] == 1 })
	}
	if k := s.Counts(); k.Upstreams[0].Took+k.Upstreams[0].Failed != 0 || k.Door.Outcomes[door.Served] != 0 || len(g.taken) > 0 {
		t.Errorf("%+v", k)
	}
}

// tooLong is the beginning of a hello of 64 KB.
func tooLong() []byte {
	message := append([]byte{1, 0, 0xff, 0xfc, 3, 3}, make([]byte, 0xfffa)...)
	var b []byte
	for len(message) > 0 && len(b) < 40_000 {
		n := min(len(message), 1<<14)
		b = append(append(b, 22, 3, 1, byte(n>>8), byte(n)), message[:n]...)
		message = message[n:]
	}
	return b
}

func TestHalfCloseGoesThrough(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	note, notes := ended()
	s := open(t, func(c *Config) { c.Note = note }, g.at)
	sent := recorded(&tls.Config{ServerName: "a.example"})
	c := dial(t, s.Addr(), "127.0.0.1")
	c.Write(sent)
	back, _ := g.next(t)
	io.WriteString(c, "last")
	c.CloseWrite()
	if got, err := io.ReadAll(back); err != nil || string(got) != string(sent)+"last" {
		t.Fatal(err)
	}
	if s.Counts().Open != 1 {
		t.Error("half a close ended the connection")
	}
	io.WriteString(back, "answered later")
	back.CloseWrite()
	if got, err := io.ReadAll(c); err != nil || string(got) != "answered later" {
		t.Fatalf("%q, %v", got, err)
	}
	if e := next(t, notes); e.How != Whole || e.Up != int64(len(sent)+4) || e.Down != 14 || e.Upstream != g.at {
		t.Errorf("%+v", e)
	}
}

func TestAResetGoesThrough(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	s := open(t, nil, g.at)
	sent := recorded(&tls.Config{ServerName: "a.example"})
	for _, side := range []string{"client", "gateway"} {
		c := dial(t, s.Addr(), "127.0.0.1")
		c.Write(sent)
		back, _ := g.next(t)
		read(t, back, len(sent))
		breaks, feels := c, back
		if side == "gateway" {
			breaks, feels = back, c
		}
		breaks.SetLinger(0)
		breaks.Close()
		if _, err := feels.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("a reset by the %s came as %v", side, err)
		}
	}
	eventually(t, "both ends", func() bool { return s.Counts().Ends[Broken] == 2 && s.Counts().Open == 0 })
}

func TestADeadUpstreamRestsAndTheOtherIsTaken(t *testing.T) {
	noneLeft(t)
	g, dead := standIn(t), free(t)
	s := open(t, nil, dead, g.at)
	for range 10 {
		c := dial(t, s.Addr(), "127.0.0.1")
		c.Write(recorded(&tls.Config{ServerName: "a.example"}))
		back, _ := g.next(t)
		back.Close()
		c.Close()
	}
	k := s.Counts().Upstreams
	if k[1].Took != 10 || k[0].Failed == 0 || k[0].Failed > 3 {
		t.Errorf("%+v", k)
	}
}

func TestWhereNoUpstreamIsThereAnAlertSaysSo(t *testing.T) {
	noneLeft(t)
	note, notes := ended()
	s := open(t, func(c *Config) { c.Note = note }, free(t))
	for range 3 { // that it rests keeps nobody from trying the only one
		c := dial(t, s.Addr(), "127.0.0.1")
		c.Write(recorded(&tls.Config{ServerName: "a.example"}))
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, []byte{21, 3, 1, 0, 2, 2, 80}) {
			t.Errorf("%x, %v", got, err)
		}
		if e := next(t, notes); e.How != Undialed || e.Upstream.IsValid() {
			t.Errorf("%+v", e)
		}
	}
	if k := s.Counts(); k.Upstreams[0].Failed != 3 || !k.Upstreams[0].Resting {
		t.Errorf("%+v", k)
	}
}

func TestAnUpstreamThatNeverAnswersIsLeft(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	note, notes := ended()
	s := open(t, func(c *Config) { c.Note, c.AnswerTime = note, 50*time.Millisecond }, g.at)
	c := dial(t, s.Addr(), "127.0.0.1")
	c.Write(recorded(&tls.Config{ServerName: "a.example"}))
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("something came")
	}
	if e := next(t, notes); e.How != Unanswered {
		t.Errorf("%+v", e)
	}
	if k := s.Counts().Upstreams[0]; !k.Resting || k.Unanswered != 1 || k.Open != 0 {
		t.Errorf("%+v", k)
	}
}

// TestOneClientCannotTakeAnUpstreamAway has a hello that the gateway does not answer, while it answers others.
func TestOneClientCannotTakeAnUpstreamAway(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	note, notes := ended()
	s := open(t, func(c *Config) { c.Note, c.AnswerTime = note, 200*time.Millisecond }, g.at)
	sent := recorded(&tls.Config{ServerName: "a.example"})
	strange := dial(t, s.Addr(), "127.0.0.1")
	strange.Write(sent)
	g.next(t)
	usual := dial(t, s.Addr(), "127.0.0.1")
	usual.Write(sent)
	back, _ := g.next(t)
	io.WriteString(back, "answer")
	back.CloseWrite()
	io.ReadAll(usual)
	usual.Close()
	for _, how := range []End{Whole, Unanswered} {
		if e := next(t, notes); e.How != how {
			t.Errorf("%+v; expected %s", e, how)
		}
	}
	if s.Counts().Upstreams[0].Resting {
		t.Error("the upstream rests")
	}
}

func TestWhatDoesNotMoveIsEnded(t *testing.T) {
	noneLeft(t)
	for name, c := range map[string]struct {
		set  func(*Config)
		then func(*net.TCPConn)
		how  End
	}{
		"nothing":             {func(c *Config) { c.Idle = 200 * time.Millisecond }, func(*net.TCPConn) {}, Idled},
		"the gateway is gone": {func(c *Config) { c.Linger = 200 * time.Millisecond }, func(back *net.TCPConn) { back.CloseWrite() }, Lingered},
	} {
		t.Run(name, func(t *testing.T) {
			g := standIn(t)
			note, notes := ended()
			s := open(t, func(k *Config) { k.Note = note; c.set(k) }, g.at)
			client := dial(t, s.Addr(), "127.0.0.1")
			client.Write(recorded(&tls.Config{ServerName: "a.example"}))
			back, _ := g.next(t)
			for range 10 { // as long as something moves it is kept
				io.WriteString(back, "x")
				read(t, client, 1)
			}
			c.then(back)
			if e := next(t, notes); e.How != c.how || e.Down != 10 {
				t.Errorf("%+v", e)
			}
		})
	}
}

// later is a clock that can be ahead.
type later struct{ ahead atomic.Int64 }

func (l *later) now() time.Time       { return time.Now().Add(time.Duration(l.ahead.Load())) }
func (l *later) pass(d time.Duration) { l.ahead.Add(int64(d)) }

func TestWhoMayNotStayIsOusted(t *testing.T) {
	noneLeft(t)
	for name, answers := range map[string]bool{"the gateway ends it": true, "the gateway goes on": false} {
		t.Run(name, func(t *testing.T) {
			g := standIn(t)
			note, notes := ended()
			clock := &later{}
			s := open(t, func(k *Config) { k.Note, k.Door.Clock, k.Linger = note, clock.now, 40*time.Millisecond }, g.at) // so it looks each ten
			var clients, backs []*net.TCPConn
			for _, name := range names {
				client := dial(t, s.Addr(), "127.0.0.1")
				client.Write(recorded(&tls.Config{ServerName: name}))
				back, _ := g.next(t)
				read(t, back, len(recorded(&tls.Config{ServerName: name})))
				io.WriteString(back, "x")
				read(t, client, 1)
				clients, backs = append(clients, client), append(backs, back)
			}
			for want := 1; want >= 0; want-- { // whoever is ousted is so once
				if n := s.Oust(func(v *door.Visitor) bool { return v.Name == "a.example" }); n != want {
					t.Errorf("%d connections are ousted; expected %d", n, want)
				}
			}
			if b, err := io.ReadAll(backs[0]); len(b) > 0 || err != nil {
				t.Errorf("the gateway hears %q more, %v; expected its end", b, err)
			}
			io.WriteString(backs[0], "why") // what it answered before it heard of it
			read(t, clients[0], 3)
			if answers {
				backs[0].Close()
			} else {
				clock.pass(oustWithin + time.Second)
			}
			if e := next(t, notes); e.How != Ousted || e.Down != 4 {
				t.Errorf("%+v", e)
			}
			if _, err := clients[0].Read(make([]byte, 1)); err == nil {
				t.Error("the client has his connection still")
			}
			for range 10 { // nobody else is
				io.WriteString(backs[1], "x")
				read(t, clients[1], 1)
			}
		})
	}
}

func TestWhatIsLeftAtTheEndIsCut(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	note, notes := ended()
	s := open(t, func(c *Config) { c.Note = note }, g.at)
	c := dial(t, s.Addr(), "127.0.0.1")
	c.Write(recorded(&tls.Config{ServerName: "a.example"}))
	g.next(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); err != context.Canceled {
		t.Error(err)
	}
	if e := next(t, notes); e.How != Cut {
		t.Errorf("%+v", e)
	}
	if k := s.Counts(); k.Open != 0 || k.Upstreams[0].Open != 0 {
		t.Errorf("%+v", k)
	}
}

func TestWhatThisMachineLacksIsNoUpstreamsFault(t *testing.T) {
	noneLeft(t)
	s := open(t, nil, netip.MustParseAddrPort("127.0.0.1:1"))
	s.dialer.Control = func(string, string, syscall.RawConn) error { return syscall.EMFILE }
	c := dial(t, s.Addr(), "127.0.0.1")
	c.Write(recorded(&tls.Config{ServerName: "a.example"}))
	io.ReadAll(c)
	if k := s.Counts(); k.Short != 1 || k.Upstreams[0].Failed != 0 || k.Upstreams[0].Resting {
		t.Errorf("%+v", k)
	}
}

func TestATenantHasItsShareOfConnections(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	s := open(t, func(c *Config) {
		c.Door.Decide = func(v *door.Visitor) door.Decision { return door.Decision{Tenant: v.Name} }
		c.Door.Limits.PerTenant = 2
	}, g.at)
	for range 2 {
		c := dial(t, s.Addr(), "127.0.0.1")
		c.Write(recorded(&tls.Config{ServerName: "a.example"}))
		g.next(t)
	}
	c := dial(t, s.Addr(), "127.0.0.1")
	c.Write(recorded(&tls.Config{ServerName: "a.example"}))
	if b, _ := io.ReadAll(c); len(b) > 0 {
		t.Errorf("%x", b)
	}
	eventually(t, "a full share", func() bool { return s.Counts().Door.Outcomes[door.Crowded] == 1 })
	c = dial(t, s.Addr(), "127.0.0.1")
	c.Write(recorded(&tls.Config{ServerName: "b.example"}))
	g.next(t)
}

func TestAQuietConnectionGivesWayToAnother(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	s := open(t, func(c *Config) {
		c.Door.Decide = func(v *door.Visitor) door.Decision { return door.Decision{Tenant: v.Name} }
		c.Door.Limits.PerTenant = 1
	}, g.at)
	sent := recorded(&tls.Config{ServerName: "a.example"})
	first := dial(t, s.Addr(), "127.0.0.1")
	first.Write(sent)
	g.next(t)
	for i := range s.carried { // as the sweep says after a while
		for _, c := range s.carried[i].all(nil) {
			c.client.Quiet()
		}
	}
	dial(t, s.Addr(), "127.0.0.1").Write(sent)
	g.next(t)
	if _, err := first.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the first ended with %v", err)
	}
	if k := s.Counts(); k.Door.Evicted != 1 || k.Door.Outcomes[door.Crowded] != 0 {
		t.Errorf("%+v", k)
	}
}

func TestAddressesThatATrustedProxyTellsGoOn(t *testing.T) {
	noneLeft(t)
	g := standIn(t)
	s := open(t, func(c *Config) { c.Door.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.9.0/24")} }, g.at)
	c := dial(t, s.Addr(), "127.0.9.1")
	io.WriteString(c, "PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n")
	sent := recorded(&tls.Config{ServerName: "a.example"})
	c.Write(sent)
	back, h := g.next(t)
	if h.Source.String() != "192.0.2.1:1234" || h.Target.String() != "198.51.100.2:443" {
		t.Errorf("%v to %v", h.Source, h.Target)
	}
	if got := read(t, back, len(sent)); !bytes.Equal(got, sent) {
		t.Error("what came is not what was sent")
	}
}

func TestAConfigThatCannotBeIsRefused(t *testing.T) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := netip.MustParseAddrPort("127.0.0.1:1")
	for want, c := range map[string]Config{
		"no clock":       {Upstreams: []netip.AddrPort{at}},
		"0 upstreams":    {Door: door.Config{Clock: time.Now}},
		"speaks TLS":     {Door: door.Config{Clock: time.Now, TLS: &tls.Config{}}, Upstreams: []netip.AddrPort{at}},
		"upstream":       {Door: door.Config{Clock: time.Now}, Upstreams: []netip.AddrPort{{}}},
		"header 9":       {Door: door.Config{Clock: time.Now}, Upstreams: []netip.AddrPort{at}, Header: 9},
		"cannot be trus": {Door: door.Config{Clock: time.Now, Trusted: []netip.Prefix{{}}}, Upstreams: []netip.AddrPort{at}},
	} {
		if _, err := New(l, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
