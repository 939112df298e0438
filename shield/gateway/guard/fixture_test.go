package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/answer"
)

var pages = sync.OnceValues(func() (*answer.Pages, error) { return answer.New(answer.Settings{Operator: "Harbour Cloud"}) })

// loopback are the gateways of these tests, and 127.0.0.9 is none of them, so that it can visit.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}

// heard is what a judge was asked, as text that outlives the question.
type heard struct {
	Method, URI, Host, Agent, Accept string
	Header                           http.Header
	From                             netip.Addr
	Port                             uint16
	Secure, Again                    bool
	JA4                              string
	Stable                           uint64
}

// bench is a judge that challenges what has /guarded in its path, refuses with a cookie what has /cookie, and writes down what it hears.
type bench struct {
	t     testing.TB
	pages *answer.Pages
	mu    sync.Mutex
	all   []heard
	told  []Outcome
}

func newBench(t testing.TB) *bench {
	p, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, pages: p}
}

func (b *bench) judge(a *Ask, dst []byte) Verdict {
	r := a.Request
	b.mu.Lock()
	b.all = append(b.all, heard{r.Method, r.RequestURI, r.Host, r.Header.Get("User-Agent"), r.Header.Get("Accept-Encoding"), r.Header.Clone(), a.From, a.Port, a.Secure, a.Again, a.JA4, a.Stable})
	b.mu.Unlock()
	switch {
	case strings.HasPrefix(r.URL.Path, "/guarded"):
		v := answer.Visitor{Reader: answer.Person, Askable: true, Host: "shop.example"}
		c := answer.Challenge{Work: "work", Bits: 12, Wait: answer.Patience{Token: "wait", Seconds: 5, Return: r.RequestURI}}
		return Verdict{Answer: b.pages.Challenge(dst, v, c), SetCookie: "ek=asked; Path=/"}
	case strings.HasPrefix(r.URL.Path, "/cookie"):
		return Verdict{Forward: true, SetCookie: "ek=passed; Path=/; HttpOnly"}
	}
	return Verdict{Forward: true}
}

func (b *bench) answers(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a := From(r.Context())
	w.Header().Set("Set-Cookie", "ek=solved; Path=/")
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, "%s %s %s %s %s", r.Method, r.URL.Path, r.Host, a.From, body)
}

func (b *bench) hears() []heard {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]heard(nil), b.all...)
}

func (b *bench) config() Config {
	return Config{
		Trusted: loopback, Judge: b.judge, Answers: http.HandlerFunc(b.answers), Now: time.Now,
		Told: func(o Outcome) { b.mu.Lock(); b.told = append(b.told, o); b.mu.Unlock() },
	}
}

func (b *bench) guard(change ...func(*Config)) *Guard {
	b.t.Helper()
	c := b.config()
	for _, f := range change {
		f(&c)
	}
	g, err := New(c)
	if err != nil {
		b.t.Fatal(err)
	}
	return g
}

// listen opens a port of loopback.
func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// serve serves HTTP for the length of a test, or until what it returns is called.
func serve(t testing.TB, h http.Handler) (addr string, stop func()) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	c := ServingOf()
	s.Config.Protocols, s.Config.HTTP2 = c.Protocols, c.HTTP2
	s.Config.MaxHeaderBytes, s.Config.ReadHeaderTimeout, s.Config.ReadTimeout = c.MaxHeaderBytes, c.ReadHeaderTimeout, c.ReadTimeout
	s.Config.WriteTimeout, s.Config.IdleTimeout = c.WriteTimeout, c.IdleTimeout
	s.Start()
	var once sync.Once
	stop = func() { once.Do(func() { s.CloseClientConnections(); s.Close() }) }
	t.Cleanup(stop)
	return s.Listener.Addr().String(), stop
}

// application is what stands behind the gateway. It says what reached it.
func application(t testing.TB) string {
	addr, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Set-Cookie", "app=1")
		w.Header().Set("X-Application", "yes")
		fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, body)
	}))
	return addr
}

// shipped returns a configuration of docs/example with other addresses.
func shipped(t testing.TB, name string, change ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../../docs/example", name))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(change); i += 2 {
		if !bytes.Contains(b, []byte(change[i])) {
			t.Fatalf("%s has no %q to be replaced", name, change[i])
		}
	}
	return strings.NewReplacer(change...).Replace(string(b))
}

// free returns an address where a program may listen in a moment.
func free(t testing.TB) string {
	l := listen(t)
	defer l.Close()
	return l.Addr().String()
}

// run starts a program for the length of a test and waits until it accepts connections at addr.
func run(t testing.TB, addr string, name string, arg ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, arg...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", name, out.String())
		}
	})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", name, out.String())
		case <-tick.C:
		}
	}
	t.Fatalf("%s does not listen at %s", name, addr)
}

// got is an answer as a visitor sees it.
type got struct {
	status int
	header http.Header
	body   string
}

var client = &http.Client{
	Timeout:       10 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableCompression: true},
}

// visit sends a request through a gateway, with header fields as name and value.
func visit(t testing.TB, method, addr, uri, body string, fields ...string) got {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+addr+uri, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "shop.example"
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	resp, err := client.Do(r)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) { // the gateway refused it before all of it was sent
		return got{header: http.Header{}}
	}
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got{resp.StatusCode, resp.Header, string(b)}
}
