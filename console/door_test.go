package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestNobodySeesAnythingWithoutASession(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	s := w.server(t)
	for _, r := range s.routes {
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.NewReplacer("{$}", "", "{id}", raisupID, "{token}", "x", "{provider}", "corp").Replace(path)
		for _, token := range []string{"", "forged", strings.Repeat("x", maxToken+1)} {
			got := w.ask(t, token, method, path, url.Values{})
			to := got.Header().Get("Location")
			if r.whom != anybody && (got.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/enter")) {
				t.Errorf("%s %s as nobody: status %d, to %q", method, path, got.Code, to)
			}
			if strings.Contains(got.Body.String(), "Raisup") {
				t.Errorf("%s %s tells nobody of a tenant", method, path)
			}
		}
	}
	if len(w.looks)+len(w.acts) > 0 {
		t.Errorf("somebody who is not signed in looked %v and did %v", w.looks, w.acts)
	}
}

func TestWhoMustEnrolDoesNothingElse(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	for _, r := range w.server(t).routes {
		method, path, _ := strings.Cut(r.pattern, " ")
		if r.whom.stands == holder {
			path = strings.NewReplacer("{$}", "", "{id}", raisupID).Replace(path)
			if got := w.ask(t, newToken, method, path, typed("lift d-throttle")); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/enrol" {
				t.Errorf("%s %s: status %d, to %q", method, path, got.Code, got.Header().Get("Location"))
			}
		}
	}
	if len(w.looks)+len(w.acts) > 0 {
		t.Errorf("looks %v, acts %v", w.looks, w.acts)
	}
}

func TestAdminsOnlySayWhoWorksHere(t *testing.T) {
	invite := url.Values{"id": {"dora"}, "name": {"Dora"}, "reviewer": {"1"}, "admin": {"1"}}
	roles := url.Values{"person": {"carl"}, "admin": {"1"}}
	disable := url.Values{"person": {"anna"}, "account": {"account-a"}, "sure": {"1"}}
	w := newWorld()
	for path, f := range map[string]url.Values{"/people": invite, "/people/roles": roles, "/people/disable": disable} {
		if got := w.ask(t, annasToken, http.MethodPost, path, f); got.Code != http.StatusForbidden {
			t.Errorf("%s as a reviewer: status %d", path, got.Code)
		}
	}
	if len(w.people) != 4 || len(w.ended) > 0 || w.people[2].Administers() {
		t.Fatal("a reviewer said who works here")
	}
	got := w.ask(t, bensToken, http.MethodPost, "/people", invite)
	whole(t, got.Body.String())
	if got.Code != 200 || !strings.Contains(got.Body.String(), "http://example.com/enter/INVITED-BY-ben") || !slices.Contains(w.people[4].Roles, RoleAdmin) {
		t.Errorf("invite: status %d, people %v", got.Code, w.people)
	}
	for _, c := range []struct {
		path string
		form url.Values
		says string
	}{
		{"/people/roles", roles, "carl has the role admin now."},
		{"/people/roles", url.Values{"person": {"carl"}, "admin": {"1"}, "reviewer": {"1"}}, "carl has the roles reviewer and admin now."},
		{"/people/roles", url.Values{"person": {"carl"}}, "carl has no role now."},
		{"/people/disable", disable, "An account of anna is disabled"},
	} {
		got := w.ask(t, bensToken, http.MethodPost, c.path, c.form)
		if got.Code != http.StatusSeeOther {
			t.Fatalf("%s %v: status %d: %s", c.path, c.form, got.Code, alert(got.Body.String()))
		}
		to, _, _ := strings.Cut(got.Header().Get("Location"), "#")
		body := w.get(t, bensToken, to).Body.String()
		whole(t, body)
		if !strings.Contains(body, c.says) {
			t.Errorf("%s %v leads to %s, without %q", c.path, c.form, got.Header().Get("Location"), c.says)
		}
	}
	if !slices.Equal(w.ended, []string{"ben account-a"}) {
		t.Errorf("disabled: %q", w.ended)
	}
	if body := w.get(t, bensToken, "/people?disabled=account-c&of=ben").Body.String(); strings.Contains(body, "is disabled, and") {
		t.Error("an account that is not disabled is said to be")
	}
}

func TestAReviewerRevokesAFlag(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	second := w.folders[0].Flags[0]
	second.ID = "flag-2"
	w.folders[0].Flags = append(w.folders[0].Flags, second)
	form := func(flag string) url.Values {
		return url.Values{"flag": {flag}, "nonce": {strings.Repeat("A", 26)}, "reason": {"The company was sold."}} // all forms of a page have one nonce
	}
	if got := w.ask(t, adminToken, http.MethodPost, "/flags/revoke", form("flag-1")); got.Code != http.StatusForbidden || len(w.acts) > 0 {
		t.Errorf("as an admin only: status %d", got.Code)
	}
	w.lazy = true
	if got := w.ask(t, annasToken, http.MethodPost, "/flags/revoke", form("flag-1")); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), "The flag still stands") {
		t.Errorf("a flag that still stands: status %d", got.Code)
	}
	if body := w.get(t, annasToken, "/flags?revoked=flag-1").Body.String(); strings.Contains(body, "The flag was revoked.") {
		t.Error("a flag that still stands is said to be revoked")
	}
	w.lazy, w.acts = false, nil
	for _, id := range []string{"flag-1", "flag-2"} {
		got := w.ask(t, annasToken, http.MethodPost, "/flags/revoke", form(id))
		if got.Code != http.StatusSeeOther || !strings.Contains(w.get(t, annasToken, got.Header().Get("Location")).Body.String(), "The flag was revoked.") {
			t.Fatalf("%s: status %d: %s", id, got.Code, alert(got.Body.String()))
		}
	}
	if a := w.acts[0]; a.Flag != "flag-1" || a.Tenant != "raisup" || a.Family != "mining" || a.By != "anna" || a.Says != "The company was sold." || a.ID == w.acts[1].ID {
		t.Errorf("the acts are %+v", w.acts)
	}
}

func TestAnInvitationLeadsToWhereTheConsoleIs(t *testing.T) {
	w := newWorld()
	p := w.server(t).parts
	p.Base, p.Secure = "https://console.example/", true
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://evil.example/people", strings.NewReader("id=dora&admin=1"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "__Host-evenkeel", Value: bensToken})
	out := httptest.NewRecorder()
	s.Handler().ServeHTTP(out, r)
	if body := out.Body.String(); !strings.Contains(body, ">https://console.example/enter/INVITED-BY-ben<") || strings.Contains(body, "evil") {
		t.Errorf("status %d: %s", out.Code, body)
	}
}

func TestConsolesOfOneHostHaveCookiesOfTheirOwn(t *testing.T) {
	w := newWorld()
	p := w.server(t).parts
	for name, want := range map[string]string{"": "evenkeel", "8081": "evenkeel-8081"} {
		p.Name = name
		s, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/enter/"+goodLink, strings.NewReader(""))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		out := httptest.NewRecorder()
		s.Handler().ServeHTTP(out, r)
		if c := out.Result().Cookies(); len(c) != 1 || c[0].Name != want {
			t.Errorf("%q: cookies %v", name, c)
		}
		r = httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: "evenkeel-8081", Value: annasToken})
		out = httptest.NewRecorder()
		s.Handler().ServeHTTP(out, r)
		if in := out.Code == http.StatusOK; in != (name == "8081") {
			t.Errorf("%q: with the cookie of 8081, status %d", name, out.Code)
		}
	}
}

func TestNoRoleIsPartOfAnother(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	for _, c := range []struct {
		token, method, path string
		status              int
		to                  string
	}{
		{adminToken, http.MethodGet, "/", 303, "/people"}, {adminToken, http.MethodGet, "/flags", 403, ""}, {adminToken, http.MethodGet, "/held", 403, ""}, {adminToken, http.MethodPost, "/flags/revoke", 403, ""}, {adminToken, http.MethodGet, "/ledger", 200, ""}, {adminToken, http.MethodGet, "/people", 200, ""},
		{adminToken, http.MethodGet, "/case/" + raisupID, 403, ""}, {adminToken, http.MethodPost, "/case/" + raisupID + "/act", 403, ""},
		{idleToken, http.MethodGet, "/", 403, ""}, {idleToken, http.MethodGet, "/flags", 403, ""}, {idleToken, http.MethodGet, "/case/" + raisupID, 403, ""}, {idleToken, http.MethodGet, "/ledger", 403, ""},
		{idleToken, http.MethodGet, "/held", 403, ""}, {idleToken, http.MethodGet, "/people", 403, ""}, {annasToken, http.MethodGet, "/flags", 200, ""},
	} {
		got := w.ask(t, c.token, c.method, c.path, typed("lift d-throttle"))
		if got.Code != c.status || got.Header().Get("Location") != c.to {
			t.Errorf("%s %s by %s: status %d, to %q", c.method, c.path, c.token, got.Code, got.Header().Get("Location"))
		}
		if got.Code < 300 || got.Code == 403 {
			whole(t, got.Body.String())
		}
	}
	if len(w.looks)+len(w.acts) > 0 {
		t.Errorf("looks %v, acts %v", w.looks, w.acts)
	}
}

func TestABrowserIsKnownAfterItsSession(t *testing.T) {
	w := newWorld()
	w.ask(t, annasToken, http.MethodPost, "/leave", url.Values{})
	f := url.Values{"name": {"anna"}, "password": {goodWords}, "code": {goodCode}}
	got := w.ask(t, annasToken, http.MethodPost, "/enter", f) // with the token of a session that is over
	if c := got.Result().Cookies(); got.Code != http.StatusSeeOther || w.before != annasToken || len(c) != 1 || c[0].MaxAge != 30*24*3600 {
		t.Errorf("status %d, known by %q, cookies %v", got.Code, w.before, c)
	}
}

func TestWhatIsWrongWithAnInvitationOrARevocationIsSaid(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	nonce := strings.Repeat("A", 26)
	for _, c := range []struct {
		name, path string
		form       url.Values
		refuse     error
		status     int
		says       string
	}{
		{"a person that is there", "/people", url.Values{"id": {"anna"}, "reviewer": {"1"}}, nil, 409, "There is a person of that name"},
		{"no person", "/people", url.Values{"reviewer": {"1"}}, nil, 400, "Person is empty"},
		{"no role", "/people", url.Values{"id": {"eve"}}, nil, 400, "No role; expected one of those below"},
		{"a person whose name is too long", "/people", url.Values{"id": {"eve"}, "name": {strings.Repeat("e", maxText+1)}, "admin": {"1"}}, nil, 400, "The name has 8193 bytes"},
		{"an account that was not confirmed", "/people/disable", url.Values{"account": {"account-a"}}, nil, 400, "tick that you mean it"},
		{"no such account", "/people/disable", url.Values{"account": {"account-x"}, "sure": {"1"}}, nil, 404, "There is no such account"},
		{"the last admin", "/people/disable", url.Values{"account": {"account-c"}, "sure": {"1"}}, nil, 409, "Invite another admin first"},
		{"roles for nobody", "/people/roles", url.Values{"admin": {"1"}}, nil, 400, "Person is empty"},
		{"roles for who is not there", "/people/roles", url.Values{"person": {"mallory"}}, nil, 404, "There is no such person"},
		{"no such flag", "/flags/revoke", url.Values{"flag": {"flag-9"}, "nonce": {nonce}, "reason": {"x"}}, nil, 404, "There is no flag flag-9"},
		{"no reason", "/flags/revoke", url.Values{"flag": {"flag-1"}, "nonce": {nonce}}, nil, 400, "Give the reason"},
		{"no nonce", "/flags/revoke", url.Values{"flag": {"flag-1"}, "reason": {"x"}}, nil, 400, "The form is not whole"},
		{"one that is revoked already", "/flags/revoke", url.Values{"flag": {"flag-1"}, "nonce": {nonce}, "reason": {"my words"}}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "it does not stand"}, 404, "It does not stand"},
	} {
		w.refuse = c.refuse
		got := w.ask(t, bensToken, http.MethodPost, c.path, c.form)
		whole(t, got.Body.String())
		if got.Code != c.status || !strings.Contains(got.Body.String(), c.says) || len(w.acts) > 0 {
			t.Errorf("%s: status %d, acts %v: %s", c.name, got.Code, w.acts, alert(got.Body.String()))
		}
	}
}

func TestALookAtACaseIsWrittenDownOnce(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	w.get(t, annasToken, "/case/"+raisupID)
	w.ask(t, annasToken, http.MethodHead, "/case/"+raisupID, nil)
	w.get(t, annasToken, "/")
	w.get(t, annasToken, "/case/c-none")
	if !slices.Equal(w.looks, []string{"anna " + raisupID}) {
		t.Errorf("looks: %q", w.looks)
	}
	w.blind = fmt.Errorf("the books are full")
	if got := w.get(t, annasToken, "/case/"+raisupID); got.Code != 500 || strings.Contains(got.Body.String(), "Raisup") {
		t.Errorf("a case is shown though the look could not be written down: status %d", got.Code)
	}
}

func TestALinkIsUsedByItsButtonOnly(t *testing.T) {
	w := newWorld()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if got := w.ask(t, "", method, "/enter/"+goodLink, nil); got.Code != 200 || len(got.Result().Cookies()) > 0 {
			t.Errorf("%s uses the link", method)
		}
	}
	got := w.ask(t, "", http.MethodPost, "/enter/"+goodLink, url.Values{})
	c := got.Result().Cookies()
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/enrol" || len(c) != 1 {
		t.Fatalf("status %d, cookies %v", got.Code, c)
	}
	if k := c[0]; !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || k.Path != "/" || k.Secure || k.Name != "evenkeel" || k.Value == "" {
		t.Errorf("the cookie is %+v", k)
	}
	if got := w.ask(t, "", http.MethodPost, "/enter/used", url.Values{}); got.Code != 404 || len(got.Result().Cookies()) > 0 {
		t.Errorf("a used link: status %d", got.Code)
	}
}

func TestTheCookieOfASecureConsoleIsBoundToItsHost(t *testing.T) {
	w := newWorld()
	p := w.server(t).parts
	p.Secure = true
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	out := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "https://console.example/enter/"+goodLink, strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.Handler().ServeHTTP(out, r)
	if c := out.Result().Cookies(); len(c) != 1 || c[0].Name != "__Host-evenkeel" || !c[0].Secure || c[0].Domain != "" || c[0].Path != "/" {
		t.Errorf("cookies %+v", c)
	}
}

func TestSigningInLeadsBack(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	got := w.get(t, "", "/case/"+raisupID+"?done=x")
	to := got.Header().Get("Location")
	if want := "/enter?to=" + url.QueryEscape("/case/"+raisupID+"?done=x"); to != want {
		t.Fatalf("it leads to %q; want %q", to, want)
	}
	f := url.Values{"name": {"anna"}, "password": {goodWords}, "code": {"123 456"}, "to": {"/case/" + raisupID}}
	f.Set("code", goodCode)
	got = w.ask(t, "", http.MethodPost, "/enter", f)
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/case/"+raisupID {
		t.Errorf("status %d, to %q", got.Code, got.Header().Get("Location"))
	}
	for _, name := range []string{"name", "password", "code"} {
		long := without(f, "none")
		was := long.Get(name)
		long.Set(name, strings.Repeat("x", maxText+1))
		if got := w.ask(t, "", http.MethodPost, "/enter", long); got.Code != 400 || !strings.Contains(got.Body.String(), "The "+name+" has 8193 bytes") || !strings.Contains(got.Body.String(), `action="/enter"`) {
			t.Errorf("a %s that is too long: status %d", name, got.Code)
		}
		f.Set(name, was)
	}
	f.Set("password", "pa55-typed")
	got = w.ask(t, "", http.MethodPost, "/enter", f)
	whole(t, got.Body.String())
	if got.Code != http.StatusForbidden || strings.Contains(got.Body.String(), "pa55-typed") || !strings.Contains(got.Body.String(), `value="anna"`) || len(got.Result().Cookies()) > 0 {
		t.Errorf("a wrong password: status %d", got.Code)
	}
}

func TestNobodyIsLedElsewhereAfterSigningIn(t *testing.T) {
	for _, to := range []string{
		"", "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example", "javascript:alert(1)", "evil", "/%09/evil.example/",
		"/a//evil.example", "/\t/evil.example", "/\nSet-Cookie: x", "/%5cevil.example", "/%2f/evil.example", "/%0d%0aSet-Cookie:x", "/enter?to=/", "/leave", "/" + strings.Repeat("x", 3000), "/\x00", "http://[::1", "/%zz",
	} {
		if got := back(to); got != "/" {
			t.Errorf("%q leads to %q", to, got)
		}
	}
	for _, to := range []string{"/", "/case/c-1", "/?tenant=a%20b&closed=1", "/flags"} {
		if got := back(to); got != to {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}

// FuzzBack looks for a way that leads elsewhere.
func FuzzBack(f *testing.F) {
	f.Add("/case/c-1?x=y")
	f.Add("//evil.example/")
	f.Add("/%2f%2fevil.example")
	f.Fuzz(func(t *testing.T, to string) {
		got := back(to)
		base := &url.URL{Scheme: "https", Host: "console.example", Path: "/enter"}
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || !strings.HasPrefix(got, "/") || len(got) > 1 && (got[1] == '/' || got[1] == '\\') || strings.ContainsAny(got, "\r\n\t\\") {
			t.Errorf("%q leads to %q", to, got)
		}
	})
}

func TestEnrollingSetsBothFactors(t *testing.T) {
	w := newWorld()
	f := url.Values{"name": {"carl"}, "password": {goodWords}, "again": {"something else"}, "code": {goodCode}}
	got := w.ask(t, newToken, http.MethodPost, "/enrol", f)
	whole(t, got.Body.String())
	if got.Code != 400 || !strings.Contains(got.Body.String(), "The two passwords are not the same") || strings.Contains(got.Body.String(), goodWords) {
		t.Errorf("two passwords: status %d", got.Code)
	}
	f.Set("again", goodWords)
	got = w.ask(t, newToken, http.MethodPost, "/enrol", f)
	c := got.Result().Cookies()
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/" || len(c) != 1 || c[0].Value == newToken {
		t.Fatalf("status %d, cookies %v: %s", got.Code, c, alert(got.Body.String()))
	}
	if got := w.get(t, c[0].Value, "/"); got.Code != 200 {
		t.Errorf("enrolled, and still not let in: %d to %s", got.Code, got.Header().Get("Location"))
	}
	if got := w.get(t, newToken, "/"); got.Code != http.StatusSeeOther {
		t.Error("the session from before goes on under its old token, too")
	}
}

func TestLeavingEndsTheSession(t *testing.T) {
	w := newWorld()
	got := w.ask(t, annasToken, http.MethodPost, "/leave", url.Values{})
	if got.Code != http.StatusSeeOther || w.left != 1 {
		t.Errorf("status %d, left %d", got.Code, w.left)
	}
	if got := w.get(t, annasToken, "/"); got.Code != http.StatusSeeOther {
		t.Error("the session goes on")
	}
}

func TestWhatAnotherSiteSendsIsRefused(t *testing.T) {
	for _, h := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
	} {
		w := newWorld()
		w.folders = crowd()
		r := httptest.NewRequest(http.MethodPost, "/case/"+raisupID+"/act", strings.NewReader(typed("lift d-throttle").Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for k, v := range h {
			r.Header.Set(k, v)
		}
		r.AddCookie(cookieOf(annasToken))
		out := httptest.NewRecorder()
		w.server(t).Handler().ServeHTTP(out, r)
		if out.Code != http.StatusForbidden || len(w.acts) > 0 || !strings.Contains(out.Body.String(), "another site") {
			t.Errorf("%v: status %d, acts %v", h, out.Code, w.acts)
		}
		whole(t, out.Body.String())
	}
}

func TestAProgramIsToldTroubleAsJSON(t *testing.T) {
	w := newWorld()
	for _, c := range []struct {
		token, path string
		status      int
		kind        string
	}{{"", "/case/c-1", 401, "denied"}, {annasToken, "/case/c-1", 404, "not found"}, {annasToken, "/people", 403, "denied"}, {annasToken, "/nowhere", 404, "not found"}} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Accept", "application/json")
		if c.token != "" {
			r.AddCookie(cookieOf(c.token))
		}
		out := httptest.NewRecorder()
		w.server(t).Handler().ServeHTTP(out, r)
		var p problem
		if err := json.Unmarshal(out.Body.Bytes(), &p); err != nil || out.Code != c.status || p.Status != c.status || p.Kind != c.kind || p.Detail == "" || out.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: status %d, %+v, %v", c.path, out.Code, p, err)
		}
	}
}
