package guard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// How long gateways wait for the guard: as the configurations that are shipped say, and long enough for a machine that is busy.
const asShipped, patient = "50ms", "5s"

// nginx starts Debian's nginx with the configuration that is shipped.
func nginx(t testing.TB, patience, guard, app string, change ...string) string {
	dir, addr := t.TempDir(), free(t)
	conf := shipped(t, "guard-nginx.conf", append(change, "50ms", patience, "listen 80;", "listen "+addr+";", "127.0.0.1:8402", guard, "127.0.0.1:8080", app)...)
	if err := os.WriteFile(filepath.Join(dir, "guard.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	main := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log stderr warn; events { worker_connections 256; }
http { access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s; include %[1]s/guard.conf; }
`, dir)
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(main), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, addr, "nginx", "-e", "stderr", "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	return addr
}

// through is what every gateway has to do with the guard behind it.
func through(t *testing.T, b *bench, edge string) {
	page := b.judge(&Ask{Request: httptest.NewRequest("GET", "/guarded/x?a=1", nil)}, nil)
	b.all = nil
	t.Run("what may pass reaches the application as it came", func(t *testing.T) {
		body := strings.Repeat("Ω and more. ", 20<<10)
		a := visit(t, "POST", edge, "/open/%2e%2fx?q=%20", body, "X-Forwarded-For", "192.0.2.1", "X-Real-IP", "192.0.2.2", "X-Forwarded-Method", "PUT", "X-Forwarded-Uri", "/forged",
			"X-Forwarded-Host", "forged.example", "X-Forwarded-Proto", "https", "User-Agent", "visitor/1", "X-Evenkeel-Stable", "00000000000000ff", "X-Evenkeel-Port", "7")
		if a.status != 200 || a.body != "POST /open/%2e%2fx?q=%20 "+body || a.header.Get("X-Application") != "yes" || !slices.Equal(a.header["Set-Cookie"], []string{"app=1"}) {
			t.Errorf("the application answered %d %v %.80q", a.status, a.header, a.body)
		}
		all := b.hears()
		if len(all) != 1 {
			t.Fatalf("the judge was asked %d times", len(all))
		}
		h := all[0]
		if h.Method != "POST" || h.URI != "/open/%2e%2fx?q=%20" || h.Host != "shop.example" || h.Agent != "visitor/1" || h.From.String() != "127.0.0.1" || h.Port < 1024 || h.Secure || h.Again || h.Stable != 0 {
			t.Errorf("the judge heard %+v", h)
		}
		for _, name := range told {
			if v := h.Header[name]; v != nil {
				t.Errorf("the judge heard %s: %v", name, v)
			}
		}
	})
	t.Run("a cookie reaches the visitor beside the application's own", func(t *testing.T) {
		a := visit(t, "GET", edge, "/cookie", "")
		if c := a.header["Set-Cookie"]; a.status != 200 || len(c) != 2 || !slices.Contains(c, "ek=passed; Path=/; HttpOnly") || !slices.Contains(c, "app=1") {
			t.Errorf("the visitor got %d %q", a.status, c)
		}
	})
	for _, method := range []string{"GET", "POST", "HEAD"} {
		t.Run("a page reaches the visitor of a "+method+" whole", func(t *testing.T) {
			before := len(b.hears())
			body := ""
			if method == "POST" {
				body = strings.Repeat("lost", 5000)
			}
			a := visit(t, method, edge, "/guarded/x?a=1", body)
			want := http.Header{}
			page.Answer.Put(want)
			if a.status != page.Answer.Status {
				t.Errorf("status %d; expected %d", a.status, page.Answer.Status)
			}
			for name, v := range want {
				if !slices.Equal(a.header[name], v) {
					t.Errorf("%s is %q; expected %q", name, a.header[name], v)
				}
			}
			if !slices.Equal(a.header["Set-Cookie"], []string{"ek=asked; Path=/"}) {
				t.Errorf("cookies are %q", a.header["Set-Cookie"])
			}
			if method != "HEAD" && a.body != string(page.Answer.Body) || method == "HEAD" && a.body != "" {
				t.Errorf("the page is %.100q", a.body)
			}
			all := b.hears()[before:]
			if len(all) != 2 || all[0].Again || !all[1].Again || all[1].Method != method || all[1].URI != all[0].URI {
				t.Errorf("the judge heard %+v", all)
			}
		})
	}
	t.Run("answers to challenges are taken", func(t *testing.T) {
		a := visit(t, "POST", edge, "/.evenkeel/answer", "token=1")
		if a.status != 202 || a.body != "POST /.evenkeel/answer shop.example 127.0.0.1 token=1" || a.header.Get("Set-Cookie") != "ek=solved; Path=/" {
			t.Errorf("the visitor got %d %q %q", a.status, a.body, a.header)
		}
	})
	t.Run("whoever asks for the guard's own paths gets nothing of it", func(t *testing.T) {
		for _, uri := range []string{"/check", "/page", "/.evenkeel/../check"} {
			if a := visit(t, "GET", edge, uri, ""); a.header.Get("X-Application") != "yes" && a.status != 404 {
				t.Errorf("%s: %d %q", uri, a.status, a.body)
			}
		}
	})
	t.Run("nobody gets around the guard by a request that is odd or large", func(t *testing.T) {
		odd := map[string]string{
			"no host":              "GET /guarded HTTP/1.0\r\n\r\n",
			"an absolute target":   "GET http://shop.example/guarded HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			"two slashes":          "GET //guarded HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			"OPTIONS":              "OPTIONS * HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			"CONNECT":              "CONNECT shop.example:80 HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			"control characters":   "GET /guarded HTTP/1.1\r\nHost: shop.example\r\nX: \x01\r\n\r\n",
			"a name that is none":  "GET /guarded HTTP/1.1\r\nHost: shop.example\r\nX(Y): 1\r\n\r\n",
			"an expectation":       "POST /guarded HTTP/1.1\r\nHost: shop.example\r\nExpect: more\r\nContent-Length: 0\r\n\r\n",
			"a path that is none":  "GET /guarded%zz HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			"an upgrade":           "GET /guarded HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
			"a method of its own":  "BREW /guarded HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			"a body in chunks":     "POST /guarded HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
			"a host that is none":  "GET /guarded HTTP/1.1\r\nHost: shop/example\r\n\r\n",
			"fields of Connection": "GET /guarded HTTP/1.1\r\nHost: shop.example\r\nConnection: X-Forwarded-Uri, X-Forwarded-Method, X-Forwarded-For, close\r\n\r\n",
		}
		for _, n := range []int{7000, 8000, 12000, 14000, 15000, 15200, 15300, 15360, 15500, 16000, 16400, 24000, 31000, 33000, 70000} {
			var b strings.Builder
			for i := 0; n > 0; i++ {
				fmt.Fprintf(&b, "X-%d: %s\r\n", i, strings.Repeat("x", min(n, 7000)))
				n -= 7000
			}
			odd[fmt.Sprintf("%d bytes of header", b.Len())] = "GET /guarded HTTP/1.1\r\nHost: shop.example\r\n" + b.String() + "\r\n"
		}
		for name, text := range odd {
			before := len(b.hears())
			c, err := net.Dial("tcp", edge)
			if err != nil {
				t.Fatal(err)
			}
			_ = c.SetDeadline(time.Now().Add(10 * time.Second))
			_, _ = io.WriteString(c, text)
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			c.Close()
			if err == nil && resp.Header.Get("X-Application") != "" && len(b.hears()) == before {
				t.Errorf("%s: the application answered, and the judge was not asked", name)
			}
		}
	})
}

func TestDebiansNginxObeys(t *testing.T) {
	b := newBench(t)
	guard, _ := serve(t, b.guard())
	through(t, b, nginx(t, patient, guard, application(t)))
}

// without is what a gateway has to do once its guard died, and where there was none.
func without(t *testing.T, edge string, stop func()) {
	for i := range 4 {
		if a := visit(t, "POST", edge, "/guarded/x", "kept"); i > 0 && (a.status != 200 || a.body != "POST /guarded/x kept") {
			t.Errorf("the visitor got %d %q", a.status, a.body)
		}
		stop() // after the first
	}
}

func TestNginxLetsVisitorsPassWithoutAGuard(t *testing.T) {
	guard, stop := serve(t, newBench(t).guard())
	without(t, nginx(t, asShipped, guard, application(t)), stop)
}

// A guard that takes a connection and never answers costs what the configuration gives it, and then the application answers.
func TestNginxDoesNotWaitForASlowGuard(t *testing.T) {
	l := listen(t) // nobody accepts
	without(t, nginx(t, asShipped, l.Addr().String(), application(t)), func() {})
}

// haproxy starts Debian's HAProxy with the configuration that is shipped.
func haproxy(t testing.TB, patience, guard, agents, app string, change ...string) string {
	dir, addr := t.TempDir(), free(t)
	spoe := filepath.Join(dir, "spoe.cfg")
	conf := shipped(t, "guard-haproxy.cfg", append(change, "50ms", patience, "bind :80", "bind "+addr, "127.0.0.1:8402", guard, "127.0.0.1:8403", agents,
		"127.0.0.1:8080", app, "/etc/haproxy/guard-haproxy-spoe.cfg", spoe)...)
	for path, text := range map[string]string{"haproxy.cfg": conf, "spoe.cfg": shipped(t, "guard-haproxy-spoe.cfg", "50ms", patience)} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, addr, "haproxy", "-db", "-f", filepath.Join(dir, "haproxy.cfg"))
	return addr
}

// serveAgent answers HAProxy for the length of a test, or until what it returns is called, after which no connection is left.
func serveAgent(t testing.TB, g *Guard) (addr string, stop func()) {
	l := listen(t)
	ended := make(chan error, 1)
	go func() { ended <- g.ServeAgent(l) }()
	stop = sync.OnceFunc(func() {
		l.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("the agent ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return l.Addr().String(), stop
}

func TestDebiansHAProxyObeys(t *testing.T) {
	b := newBench(t)
	g := b.guard()
	guard, _ := serve(t, g)
	agents, _ := serveAgent(t, g)
	through(t, b, haproxy(t, patient, guard, agents, application(t)))
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.told) == 0 {
		t.Fatal("HAProxy told of no outcome")
	}
	for _, o := range b.told {
		if o.Host != "shop.example" || o.From.String() != "127.0.0.1" || o.Status != 200 || o.Took <= 0 || o.Took > time.Minute || o.Bytes < -1 {
			t.Errorf("HAProxy told %+v", o)
		}
	}
}

// With the largest buffer that the page allows, a frame has room for each header that HAProxy takes.
func TestTheLargestHeadersOfHAProxyAreAskedAbout(t *testing.T) {
	b := newBench(t)
	g := b.guard()
	guard, _ := serve(t, g)
	agents, _ := serveAgent(t, g)
	edge := haproxy(t, patient, guard, agents, application(t), "\ndefaults\n", "\nglobal\n    tune.bufsize 65536\ndefaults\n")
	asked := 0
	for n := 60_000; n < 66_000; n += 100 {
		before := len(b.hears())
		a := visit(t, "GET", edge, "/open", "", "X-Large", strings.Repeat("x", n))
		switch {
		case len(b.hears()) > before:
			asked++
		case a.status == 200 || a.header.Get("X-Application") != "":
			t.Errorf("with %d bytes of header it gets %d, and the judge was not asked", n, a.status)
		}
	}
	if asked == 0 {
		t.Error("none was asked about")
	}
}

func TestHAProxyLetsVisitorsPassWithoutAGuard(t *testing.T) {
	g := newBench(t).guard()
	guard, stop := serve(t, g)
	agents, stopAgents := serveAgent(t, g)
	without(t, haproxy(t, asShipped, guard, agents, application(t)), func() { stop(); stopAgents() })
}

func TestHAProxyDoesNotWaitForASlowGuard(t *testing.T) {
	addr := listen(t).Addr().String() // nobody accepts
	without(t, haproxy(t, asShipped, addr, addr, application(t)), func() {})
}

// BenchmarkGateways sends one request after the other through nginx and HAProxy, with the guard and without.
func BenchmarkGateways(b *testing.B) {
	g := observing(b)
	guard, _ := serve(b, g)
	agents, _ := serveAgent(b, g)
	app := application(b)
	for _, c := range []struct{ name, addr string }{
		{"nginx alone", nginx(b, patient, guard, app, "auth_request /evenkeel-check;", "")},
		{"nginx with guard", nginx(b, patient, guard, app)},
		{"haproxy alone", haproxy(b, patient, guard, agents, app, "filter spoe engine", "# ")},
		{"haproxy with guard", haproxy(b, patient, guard, agents, app)},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if a := visit(b, "GET", c.addr, "/open", ""); a.status != 200 {
					b.Fatalf("the visitor got %d", a.status)
				}
			}
		})
	}
}
