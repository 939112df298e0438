package browser

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	utls "github.com/refraction-networking/utls"

	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/preface"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
)

// mute takes what is written and answers nothing.
type mute struct {
	net.Conn
	bytes.Buffer
}

func (m *mute) Write(b []byte) (int, error) { return m.Buffer.Write(b) }
func (m *mute) Read([]byte) (int, error)    { return 0, io.EOF }
func (m *mute) Close() error                { return nil }

// said is the hello that a kind sends.
func said(t *testing.T, k Kind) []byte {
	t.Helper()
	var m mute
	if err := utls.UClient(&m, &utls.Config{ServerName: "a.test", NextProtos: []string{"h2"}}, k.Hello).Handshake(); err == nil {
		t.Fatal("hands are shaken with nobody")
	}
	record := m.Bytes()
	return record[5 : 5+int(record[3])<<8+int(record[4])]
}

func TestAHelloIsThatOfTheBrowserThatIsNamed(t *testing.T) {
	for _, k := range []Kind{Chrome, Telephone, Firefox, Safari, Library} {
		h, err := hello.Parse(said(t, k), hello.TCP)
		if err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		says, why := hello.Contradicts(&h, k.Agent)
		if want := k.Name == Library.Name; (says == hello.Yes) != want {
			t.Errorf("%s: its hello contradicts its name: %v %s", k.Name, says, why)
		}
	}
	other := Chrome.As("somebody else")
	if other.Agent != "somebody else" || Chrome.Agent == other.Agent || other.Asset[1].Value != "somebody else" || Chrome.Asset[1].Value == "somebody else" {
		t.Error("another name is not taken everywhere, or by the browser itself")
	}
}

// listen has a server that shows what clients send after their handshakes.
func listen(t *testing.T) (Client, <-chan string) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	t.Cleanup(s.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heard := make(chan string, 1)
	go func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			conn := tls.Server(raw, &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2"}})
			var r preface.Reader
			b := make([]byte, 4<<10)
			for done := false; !done && err == nil; {
				var n int
				if n, err = conn.Read(b); err == nil {
					done, err = r.Feed(b[:n])
				}
			}
			heard <- string(r.AppendText(nil))
			raw.Close()
		}
	}()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return Client{From: netip.MustParseAddr("127.0.0.1"), To: netip.MustParseAddrPort(l.Addr().String()), CAs: pool}, heard
}

func TestAPrefaceIsThatOfTheBrowser(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		want string
	}{
		{Chrome, "h2|1:65536;2:0;4:6291456;6:262144|15663105|-|1:0|masp"},
		{Firefox, "h2|1:65536;4:131072;5:16384|12517377|3:0:0:200,5:0:0:100,7:0:0:0,9:0:7:0,11:0:3:0,13:0:0:240|0:13|mpas"},
		{Safari, "h2|4:4194304;3:100|10485760|-|0:0|mspa"},
	} {
		client, heard := listen(t)
		client.Kind = c.kind
		conn, err := client.Open(t.Context(), "example.com")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Do(t.Context(), Request{Path: "/"}); err == nil {
			t.Error("a server that only listens has answered")
		}
		if got := <-heard; got != c.want {
			t.Errorf("%s begins with %s; expected %s", c.kind.Name, got, c.want)
		}
	}
}

// site is a server behind questions: work for those without a cookie below /work, a wait below /wait.
type site struct {
	t     *testing.T
	pages *answer.Pages
	keys  *challenge.Keys

	mu      sync.Mutex
	scripts int
}

func newSite(t *testing.T) *site {
	t.Helper()
	seed, err := challenge.NewSeed(bytes.Repeat([]byte("s"), challenge.LeastSeed))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := challenge.NewKeys(seed)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := answer.New(answer.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return &site{t: t, pages: pages, keys: keys}
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scope := challenge.Scope{Domain: challenge.DomainOf(r.Host)}
	demand := challenge.Demand{Bits: 8, Seconds: 1}
	switch {
	case r.URL.Path == s.pages.ScriptPath():
		s.mu.Lock()
		s.scripts++
		s.mu.Unlock()
		send(w, s.pages.Script(true))
		return
	case r.URL.Path == s.pages.AnswerPath():
		ticket, err := s.keys.Check(scope, challenge.Answer{Token: r.FormValue("token"), Nonce: r.FormValue("nonce")}, demand, time.Now())
		if err != nil {
			s.t.Error(err)
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		pass, err := s.keys.Grant(ticket, time.Hour, time.Now())
		if err != nil {
			s.t.Error(err)
		}
		w.Header().Set("Set-Cookie", challenge.SecureJar.SetCookie(&pass))
		http.Redirect(w, r, r.FormValue("to"), http.StatusSeeOther)
		return
	}
	if _, err := s.keys.Admit(challenge.SecureJar, scope, r.Header["Cookie"], time.Now()); err == nil {
		io.WriteString(w, "inside "+r.URL.RequestURI())
		return
	}
	v := s.pages.VisitorOf(&challenge.Request{Method: r.Method, Path: r.URL.Path, Accept: r.Header.Get("Accept"), Destination: r.Header.Get("Sec-Fetch-Dest")},
		r.Header.Get("Accept-Language"), r.Header.Get("Accept-Encoding"), r.Host, nil)
	work, err := s.keys.Issue(scope, challenge.Ask{Form: challenge.FormWork, Amount: 8}, 1, time.Now())
	if err != nil {
		s.t.Error(err)
	}
	wait, err := s.keys.Issue(scope, challenge.Ask{Form: challenge.FormWait, Amount: 1}, 2, time.Now())
	if err != nil {
		s.t.Error(err)
	}
	patience := answer.Patience{Token: wait, Seconds: 1, Return: r.URL.RequestURI()}
	if strings.HasPrefix(r.URL.Path, "/wait") {
		send(w, s.pages.Cookie(nil, v, patience))
		return
	}
	send(w, s.pages.Challenge(nil, v, answer.Challenge{Work: work, Bits: 8, Wait: patience}))
}

func send(w http.ResponseWriter, a answer.Answer) {
	a.Put(w.Header())
	w.WriteHeader(a.Status)
	w.Write(a.Body)
}

func serve(t *testing.T, h http.Handler, http2 bool) Window {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = http2
	s.StartTLS()
	t.Cleanup(s.Close)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return Window{
		Client: Client{Kind: Chrome, From: netip.MustParseAddr("127.0.0.1"), To: netip.MustParseAddrPort(s.Listener.Addr().String()), CAs: pool},
		Host:   "example.com", Jar: &Jar{}, Now: time.Now,
	}
}

func TestWhatIsAskedIsDoneAsABrowserDoesIt(t *testing.T) {
	for _, kind := range []Kind{Chrome, Firefox, Safari} {
		for _, http2 := range []bool{true, false} {
			s := newSite(t)
			w := serve(t, s, http2)
			w.Client.Kind = kind
			ctx, leave := context.WithCancel(t.Context())
			p, err := w.Document(ctx, ctx, "/work?q=1&b=2")
			if err != nil || p.Response.Status != 200 || string(p.Response.Body) != "inside /work?q=1&b=2" || p.Asked != 1 || p.Answered <= 0 {
				t.Errorf("%s, HTTP/2 %v: %v, %+v", kind.Name, http2, err, p)
			}
			if s.scripts != 1 {
				t.Errorf("%s fetched the script %d times", kind.Name, s.scripts)
			}
			if p, err := w.Document(ctx, ctx, "/work"); err != nil || p.Asked != 0 || p.Response.Status != 200 {
				t.Errorf("who was let in is asked again: %v, %+v", err, p)
			}
			leave()
		}
	}
}

func TestAVisitorWaitsWhereItIsToldTo(t *testing.T) {
	w := serve(t, newSite(t), true)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	p, err := w.Document(ctx, ctx, "/wait")
	if err != nil || p.Response.Status != 200 || p.Asked != 1 || p.Answered < time.Second {
		t.Errorf("%v, %+v", err, p)
	}
}

func TestWhoDoesNothingIsNotLetIn(t *testing.T) {
	w := serve(t, newSite(t), true)
	w.Deaf = true
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	if p, err := w.Document(ctx, ctx, "/work"); err != nil || p.Asked != 1 || p.Response.Status == 200 {
		t.Errorf("%v, %+v", err, p)
	}
}

func TestATelephoneTakesThirtyTimesAsLong(t *testing.T) {
	if r := Chrome.Tries / Telephone.Tries; r < 29.9 || r > 30.1 {
		t.Errorf("it takes %v times as long", r)
	}
}

func TestWhoGivesUpIsNotAnswered(t *testing.T) {
	w := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), true)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	patience, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	defer stop()
	if _, err := w.Document(ctx, patience, "/"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who gave up got %v", err)
	}
}

func TestAnAnswerWithoutAnEndIsRefused(t *testing.T) {
	for _, http2 := range []bool{true, false} {
		w := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for b := make([]byte, 64<<10); r.Context().Err() == nil; {
				if _, err := w.Write(b); err != nil {
					return
				}
			}
		}), http2)
		ctx, leave := context.WithCancel(t.Context())
		if _, err := w.Document(ctx, ctx, "/"); !errors.Is(err, ErrBody) {
			t.Errorf("HTTP/2 %v: it got %v", http2, err)
		}
		leave()
	}
}

func TestAJarKeepsTheNewestAndIsBounded(t *testing.T) {
	var j Jar
	j.Learn(&Response{Fields: []Field{{"set-cookie", "a=1; Path=/"}, {"set-cookie", "b=2"}, {"set-cookie", "a=3; Secure"}, {"set-cookie", "= ="}}})
	if got := j.Line(); got != "b=2; a=3" {
		t.Errorf("the jar has %q", got)
	}
	j.Learn(&Response{Fields: []Field{{"set-cookie", "b=; Max-Age=0"}}})
	if got := j.Line(); got != "a=3" {
		t.Errorf("the jar has %q", got)
	}
	for i := range 2 * MostCookies {
		j.Set(strings.Repeat("x", i+1), "y")
	}
	if n := strings.Count(j.Line(), ";"); n != MostCookies-1 {
		t.Errorf("the jar has %d cookies", n+1)
	}
}

func FuzzWhatAPageAsksIsRead(f *testing.F) {
	f.Add("3; url=/there", `<form id="challenge" action="/a" data-bits="8"><input name="token" value="t"></form><noscript><meta http-equiv="refresh" content="1"></noscript>`)
	f.Add("x", `<meta http-equiv=Refresh content="5;URL='/y'">`)
	f.Fuzz(func(t *testing.T, refresh, body string) {
		q, asked := asks(&Response{Fields: []Field{{"refresh", refresh}, {"content-type", "text/html"}}, Body: []byte(body)})
		if asked != (q.action != "" || q.wait >= 0) || q.wait < -1 {
			t.Errorf("it asks %+v", q)
		}
	})
}
