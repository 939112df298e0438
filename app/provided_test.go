package app

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/evenkeel/evenkeel/app/config"
)

// visitor is a browser that keeps cookies and follows where it is led, over several sites.
type visitor struct {
	testing.TB
	http.Client
}

func newVisitor(t testing.TB) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// page returns where it ends, the status and the page; a form is sent, nil only looks.
func (v *visitor) page(at string, form url.Values) (end *url.URL, status int, refresh, body string) {
	v.Helper()
	var r *http.Response
	var err error
	if form == nil {
		r, err = v.Get(at)
	} else {
		r, err = v.PostForm(at, form)
	}
	if err != nil {
		v.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		v.Fatal(err)
	}
	return r.Request.URL, r.StatusCode, r.Header.Get("Refresh"), string(text)
}

var asked = regexp.MustCompile(`name="id" value="([^"]*)"`)

// through signs in at the provider, beginning at the console.
func (v *visitor) through(console, user string) (status int, refresh, body string) {
	v.Helper()
	at, _, _, form := v.page(console+"/enter/with/corp?to=/flags", nil)
	id := asked.FindStringSubmatch(form)
	if id == nil {
		v.Fatalf("%s shows no form of the provider:\n%s", at, form)
	}
	_, status, refresh, body = v.page(at.Scheme+"://"+at.Host+"/login/username", url.Values{"id": {id[1]}, "username": {user}, "password": {"verysecure"}})
	return status, refresh, body
}

// TestPeopleComeInByARealProvider runs the whole process beside the provider library of Zitadel, which
// is certified: it is away at first, then it signs somebody in whom an admin expects, and nobody else.
func TestPeopleComeInByARealProvider(t *testing.T) {
	type handler struct{ http.Handler }
	var op atomic.Value // a handler
	op.Store(handler{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })})
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { op.Load().(handler).ServeHTTP(w, r) }))
	defer provider.Close()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var ahead atomic.Int64
	s := serve(t, dataDir(t), func(p *Parts) {
		p.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		p.Config.Console.Providers = []config.Provider{{Name: "corp", Title: "Corp", Issuer: provider.URL, ClientID: "evenkeel", SecretFile: secret}}
	})
	console := "http://" + s.at.Console

	admin := newVisitor(t)
	if _, status, _, body := admin.page(s.at.SignIn, url.Values{}); status != 200 {
		t.Fatalf("the first link: %d\n%s", status, body)
	}
	expect := url.Values{"id": {"bo"}, "name": {"Bo"}, "provider": {"corp"}, "there": {"id2"}, "viewer": {"1"}}
	if _, status, _, body := admin.page(console+"/people/expect", expect); status != 200 || !strings.Contains(body, "bo can come in by the provider now.") {
		t.Fatalf("expecting bo: %d\n%s", status, body)
	}

	bo := newVisitor(t)
	if _, status, _, body := bo.page(console+"/enter/with/corp", nil); status != 503 || !strings.Contains(body, "Corp cannot be reached") || !strings.Contains(body, `name="password"`) {
		t.Errorf("while the provider is away: %d\n%s", status, body)
	}
	clients := map[string]*storage.Client{"evenkeel": storage.WebClient("evenkeel", "s3cret", console+"/enter/with/corp/back")}
	op.Store(handler{exampleop.SetupServer(provider.URL, storage.NewStorageWithClients(storage.NewUserStore(provider.URL), clients), nil, false)})
	ahead.Store(int64(6 * time.Second))

	status, refresh, body := bo.through(console, "test-user2")
	if status != 200 || refresh != "0; url=/flags" || !strings.Contains(body, "You are signed in") {
		t.Fatalf("bo: %d, then %q\n%s", status, refresh, body)
	}
	for path, want := range map[string]int{"/flags": 200, "/": 200, "/people": 403} {
		if _, status, _, body := bo.page(console+path, nil); status != want || want == 200 && !strings.Contains(body, "(viewer)") {
			t.Errorf("%s as bo: %d; expected %d", path, status, want)
		}
	}
	other := newVisitor(t)
	if status, refresh, body := other.through(console, "test-user@127.0.0.1"); status != 403 || refresh != "" || !strings.Contains(body, "nobody who works here is known by who you are there") {
		t.Errorf("somebody whom nobody expects: %d\n%s", status, body)
	}
	if end, _, _, _ := other.page(console+"/flags", nil); end.Path != "/enter" {
		t.Errorf("they got to %s", end)
	}
	for _, says := range []string{`a sign-in by a provider came to nothing`, `how=provider`, `how="its subject was expected"`, `a try to sign in by a provider was refused`} {
		if !strings.Contains(s.log.String(), says) {
			t.Errorf("the log has no %q", says)
		}
	}
	for _, never := range []string{"s3cret", "code="} {
		if strings.Contains(s.log.String(), never) {
			t.Errorf("the log has %q", never)
		}
	}
}
