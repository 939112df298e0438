package guard

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// nginx starts Debian's nginx with the configuration that is shipped.
func nginx(t *testing.T, guard, app string) string {
	dir, addr := t.TempDir(), free(t)
	conf := shipped(t, "guard-nginx.conf", "listen 80;", "listen "+addr+";", "127.0.0.1:8402", guard, "127.0.0.1:8080", app)
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
func through(t *testing.T, b *bench, edge string, stop func()) {
	page := b.judge(&Ask{Request: httptest.NewRequest("GET", "/guarded/x?a=1", nil)}, nil)
	b.all = nil
	t.Run("what may pass reaches the application as it came", func(t *testing.T) {
		body := strings.Repeat("Ω and more. ", 20<<10)
		a := visit(t, "POST", edge, "/open/%2e%2fx?q=%20", body, "X-Forwarded-For", "192.0.2.1", "X-Real-IP", "192.0.2.2", "X-Forwarded-Method", "PUT", "X-Forwarded-Uri", "/forged",
			"X-Forwarded-Host", "forged.example", "X-Forwarded-Proto", "https", "User-Agent", "visitor/1", "X-Evenkeel-Stable", "00000000000000ff")
		if a.status != 200 || a.body != "POST /open/%2e%2fx?q=%20 "+body || a.header.Get("X-Application") != "yes" || !slices.Equal(a.header["Set-Cookie"], []string{"app=1"}) {
			t.Errorf("the application answered %d %v %.80q", a.status, a.header, a.body)
		}
		all := b.hears()
		if len(all) != 1 {
			t.Fatalf("the judge was asked %d times", len(all))
		}
		h := all[0]
		if h.Method != "POST" || h.URI != "/open/%2e%2fx?q=%20" || h.Host != "shop.example" || h.Agent != "visitor/1" || h.From.String() != "127.0.0.1" || h.Secure || h.Again || h.Stable != 0 {
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
	t.Run("whoever asks for the guard's own paths gets to the application", func(t *testing.T) {
		for _, uri := range []string{"/check", "/page", "/.evenkeel/../check"} {
			if a := visit(t, "GET", edge, uri, ""); a.header.Get("X-Application") != "yes" {
				t.Errorf("%s: %d %q", uri, a.status, a.body)
			}
		}
	})
	t.Run("requests pass when the guard is dead", func(t *testing.T) {
		stop()
		for range 3 {
			if a := visit(t, "POST", edge, "/guarded/x", "kept"); a.status != 200 || a.body != "POST /guarded/x kept" {
				t.Errorf("the visitor got %d %q", a.status, a.body)
			}
		}
	})
}

func TestDebiansNginxObeys(t *testing.T) {
	b := newBench(t)
	guard, stop := serve(t, b.guard())
	through(t, b, nginx(t, guard, application(t)), stop)
}

// A guard that takes a connection and never answers costs what the configuration gives it, and then the application answers.
func TestNginxDoesNotWaitForASlowGuard(t *testing.T) {
	l := listen(t) // nobody accepts
	if a := visit(t, "POST", nginx(t, l.Addr().String(), application(t)), "/guarded/x", "kept"); a.status != 200 || a.body != "POST /guarded/x kept" {
		t.Errorf("the visitor got %d %q", a.status, a.body)
	}
}
