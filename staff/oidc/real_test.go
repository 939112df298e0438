package oidc

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/evenkeel/evenkeel"
)

const redirect = "http://localhost:7070/enter/with/corp/back"

// realProvider runs the certified provider library of Zitadel with the accounts of its example, and
// returns its issuer.
func realProvider(t *testing.T, redirects ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	issuer := "http://" + l.Addr().String()
	clients := map[string]*storage.Client{
		"evenkeel": storage.WebClient("evenkeel", "s3cret", redirects...),
		"other":    storage.WebClient("other", "s3cret", redirects...),
	}
	was := slog.Default()
	op := exampleop.SetupServer(issuer, storage.NewStorageWithClients(storage.NewUserStore(issuer), clients), slog.New(slog.DiscardHandler), false)
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: op}}
	srv.Start()
	t.Cleanup(func() { srv.Close(); slog.SetDefault(was) })
	return issuer
}

func settings(issuer string) Settings {
	return Settings{Name: "corp", Title: "Corp", Issuer: issuer, ClientID: "evenkeel", Secret: "s3cret", Redirect: redirect, Scopes: []string{"profile", "email"}}
}

func open(t *testing.T, s Settings) *Provider {
	t.Helper()
	p, err := New(s, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var authRequest = regexp.MustCompile(`name="id" value="([^"]*)"`)

// signIn does at the provider what a person in a browser does, and returns what the browser brings back.
func signIn(t *testing.T, to, user, password string) url.Values {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	back := errorf("back at the client")
	var brought url.Values
	browser := &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), redirect) {
			brought = r.URL.Query()
			return back
		}
		return nil
	}}
	resp, err := browser.Get(to)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	id := authRequest.FindSubmatch(page)
	if id == nil {
		t.Fatalf("the provider shows no form: %d %s", resp.StatusCode, page)
	}
	form := url.Values{"id": {string(id[1])}, "username": {user}, "password": {password}}
	if resp, err = browser.PostForm(resp.Request.URL.Scheme+"://"+resp.Request.URL.Host+"/login/username", form); err == nil {
		page, _ = io.ReadAll(resp.Body)
		resp.Body.Close()
		t.Fatalf("it does not lead back: %d %s", resp.StatusCode, page)
	}
	return brought
}

type errorf string

func (e errorf) Error() string { return string(e) }

func TestARealProviderSaysWhoSomebodyIs(t *testing.T) {
	issuer := realProvider(t, redirect)
	p := open(t, settings(issuer))
	to, cookie, err := p.Begin(t.Context(), Ticket{To: "/flags"})
	if err != nil {
		t.Fatal(err)
	}
	asked, _ := url.Parse(to)
	q := asked.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("nonce") == "" || q.Get("redirect_uri") != redirect || q.Get("response_type") != "code" {
		t.Errorf("it is asked %s", to)
	}
	brought := signIn(t, to, "test-user2", "verysecure")
	id, ticket, err := p.Finish(t.Context(), cookie, brought)
	if err != nil || id.Issuer != issuer || id.Subject != "id2" || ticket.To != "/flags" {
		t.Fatalf("it is %+v, to %q (%v)", id, ticket.To, err)
	}
	// The same answer again: the provider takes each code once.
	if _, _, err := p.Finish(t.Context(), cookie, brought); evenkeel.KindOf(err) != evenkeel.KindDenied || !strings.Contains(err.Error(), "it was used") {
		t.Errorf("a code that was used: %v", err)
	}
}

// TestAnAnswerIsForTheBrowserThatBegan mixes two sign-ins: neither state nor code of another browser
// fits, whoever brings it.
func TestAnAnswerIsForTheBrowserThatBegan(t *testing.T) {
	issuer := realProvider(t, redirect)
	p := open(t, settings(issuer))
	to, mine, err := p.Begin(t.Context(), Ticket{})
	if err != nil {
		t.Fatal(err)
	}
	theirsTo, theirs, err := p.Begin(t.Context(), Ticket{})
	if err != nil {
		t.Fatal(err)
	}
	victims, attackers := signIn(t, to, "test-user2", "verysecure"), signIn(t, theirsTo, "test-user2", "verysecure")
	crossed := url.Values{"state": {attackers.Get("state")}, "code": {victims.Get("code")}}
	for name, c := range map[string]struct {
		cookie string
		q      url.Values
	}{
		"another's state":                 {mine, attackers},
		"a stolen code in one's own flow": {theirs, crossed}, // PKCE: the verifier does not fit
		"no cookie":                       {"", victims},
		"a cookie that was changed":       {mine[:len(mine)-2] + "AA", victims},
		"a cookie of another provider":    {sealedFor(t, p, "other"), victims},
		"no state":                        {mine, url.Values{"code": victims["code"]}},
	} {
		if id, _, err := p.Finish(t.Context(), c.cookie, c.q); evenkeel.KindOf(err) != evenkeel.KindDenied || err == nil || evenkeel.HintOf(err) == "" {
			t.Errorf("%s: %+v (%v)", name, id, err)
		}
	}
	if _, _, err := p.Finish(t.Context(), mine, url.Values{"state": victims["state"], "error": {"access_denied"}}); err == nil || !strings.Contains(err.Error(), `it says "access_denied"`) {
		t.Errorf("a provider that says no: %v", err)
	}
}

func sealedFor(t *testing.T, p *Provider, name string) string {
	t.Helper()
	text, err := seal(p.key, &sealed{Provider: name, Seed: make([]byte, 16), Until: evenkeel.MomentOf(time.Now().Add(time.Minute))})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestTheRedirectIsExact: the real provider refuses to send a browser elsewhere than is registered.
func TestTheRedirectIsExact(t *testing.T) {
	issuer := realProvider(t, "http://localhost:7070/enter/with/corp/elsewhere")
	to, _, err := open(t, settings(issuer)).Begin(t.Context(), Ticket{})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(to)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if page, _ := io.ReadAll(resp.Body); resp.StatusCode < 400 || authRequest.Match(page) {
		t.Errorf("status %d: it would send browsers to an address that is not registered", resp.StatusCode)
	}
}

func TestWhatIsWrongWithSettingsIsSaid(t *testing.T) {
	good := settings("https://id.example.net")
	if _, err := New(good, time.Now); err != nil {
		t.Fatal(err)
	}
	for says, spoil := range map[string]func(*Settings){
		"expected a name":        func(s *Settings) { s.Name = "Corp SSO" },
		"such as https://id":     func(s *Settings) { s.Issuer = "http://id.example.net" },
		"no client id":           func(s *Settings) { s.Secret = "" },
		"would come back":        func(s *Settings) { s.Redirect = "http://evenkeel.example/enter" },
		"such as https://id.exa": func(s *Settings) { s.Issuer = "https://user@id.example.net" },
	} {
		s := good
		spoil(&s)
		if _, err := New(s, time.Now); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; expected %q", err, says)
		}
	}
}
