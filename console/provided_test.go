package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// TestAProviderIsOfferedAndLeadsBack walks there and back as a browser does: of the two cookies only
// that of the sign-in comes along from another site, and it lets nobody in.
func TestAProviderIsOfferedAndLeadsBack(t *testing.T) {
	w := newWorld()
	if body := w.get(t, "", "/enter").Body.String(); strings.Contains(body, "Sign in with") {
		t.Error("a provider is offered, and there is none")
	}
	w.provider = "corp"
	body := w.get(t, "", "/enter?to=/flags").Body.String()
	whole(t, body)
	if !strings.Contains(body, `<a class="button" href="/enter/with/corp?to=%2fflags">Sign in with Corp &lt;SSO&gt;</a>`) || !strings.Contains(body, `name="password"`) {
		t.Errorf("the page is\n%s", body)
	}
	sent := w.get(t, "", "/enter/with/corp?to=/flags")
	c := sent.Result().Cookies()
	if sent.Code != http.StatusSeeOther || sent.Header().Get("Location") != "https://id.example/auth?state=1" || len(c) != 1 {
		t.Fatalf("status %d, to %q, cookies %v", sent.Code, sent.Header().Get("Location"), c)
	}
	if c[0].SameSite != http.SameSiteLaxMode || !c[0].HttpOnly || c[0].Path != "/enter/with/" || c[0].MaxAge != 600 {
		t.Errorf("the cookie is %v", c[0])
	}
	r := httptest.NewRequest(http.MethodGet, "/enter/with/corp/back?state=1&code=2", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.AddCookie(c[0])
	got := httptest.NewRecorder()
	w.server(t).Handler().ServeHTTP(got, r)
	whole(t, got.Body.String())
	in := got.Result().Cookies()
	if got.Code != 200 || got.Header().Get("Refresh") != "0; url=/flags" || len(in) != 2 || in[0].MaxAge >= 0 || in[1].SameSite != http.SameSiteStrictMode {
		t.Fatalf("status %d, then %q, cookies %v", got.Code, got.Header().Get("Refresh"), in)
	}
	if page := w.get(t, in[1].Value, "/flags"); page.Code != 200 {
		t.Errorf("the session opens nothing: status %d", page.Code)
	}
	for name, path := range map[string]string{"without what the browser remembers": "/enter/with/corp/back?state=1&code=2", "an answer that is none": "/enter/with/corp/back"} {
		got := w.get(t, "", path)
		whole(t, got.Body.String())
		if got.Code != 403 || !strings.Contains(got.Body.String(), "was not begun in this browser") || !strings.Contains(got.Body.String(), `name="password"`) {
			t.Errorf("%s: status %d\n%s", name, got.Code, got.Body)
		}
	}
	if got := w.get(t, "", "/enter/with/nobody"); got.Code != 404 {
		t.Errorf("a provider that does not exist: status %d", got.Code)
	}
}

// TestAProviderThatIsAwayLeavesThePassword: the page says so, and takes a password as before.
func TestAProviderThatIsAwayLeavesThePassword(t *testing.T) {
	w := newWorld()
	w.provider, w.away = "corp", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "Corp cannot be reached", Hint: "sign in with a password"}
	for _, path := range []string{"/enter/with/corp", "/enter/with/corp/back?state=1"} {
		got := w.get(t, "", path)
		whole(t, got.Body.String())
		if got.Code != 503 || !strings.Contains(got.Body.String(), "Corp cannot be reached") || !strings.Contains(got.Body.String(), `name="password"`) {
			t.Errorf("%s: status %d\n%s", path, got.Code, got.Body)
		}
	}
	f := url.Values{"name": {"anna"}, "password": {goodWords}, "code": {goodCode}}
	if got := w.ask(t, "", http.MethodPost, "/enter", f); got.Code != http.StatusSeeOther {
		t.Errorf("with a password: status %d", got.Code)
	}
}

func TestAPersonIsExpectedAndJoinsByAProvider(t *testing.T) {
	w := newWorld()
	w.provider = "corp"
	f := url.Values{"id": {"eve"}, "name": {"Eve"}, "provider": {"corp"}, "there": {"eve@example.net"}, "viewer": {"1"}}
	got := w.ask(t, bensToken, http.MethodPost, "/people/expect", f)
	to, _, _ := strings.Cut(got.Header().Get("Location"), "#")
	body := w.get(t, bensToken, to).Body.String()
	whole(t, body)
	for _, says := range []string{"eve can come in by the provider now.", "eve@example.net by corp", "Invite somebody whom a provider signs in"} {
		if !strings.Contains(body, says) {
			t.Errorf("the page has no %q", says)
		}
	}
	f.Set("there", "")
	if got := w.ask(t, bensToken, http.MethodPost, "/people/expect", f); got.Code != 400 || !strings.Contains(got.Body.String(), "Nobody there") {
		t.Errorf("nobody there: status %d", got.Code)
	}
	for token, says := range map[string]string{newToken: "Or have a password here", annasToken: "from now on, too"} {
		body := w.get(t, token, "/enrol").Body.String()
		whole(t, body)
		if !strings.Contains(body, says) || !strings.Contains(body, `href="/enrol/with/corp"`) {
			t.Errorf("the page is\n%s", body)
		}
		sent := w.get(t, token, "/enrol/with/corp")
		if c := sent.Result().Cookies(); sent.Code != http.StatusSeeOther || len(c) != 1 || !strings.Contains(c[0].Value, ".as.") {
			t.Errorf("status %d, cookies %v; expected that it knows who joins", sent.Code, c)
		}
	}
}
