package receive

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/watch/intake"
)

func TestASenderIsKnownByItsToken(t *testing.T) {
	for _, c := range []struct {
		name, headers, from string
		status              int
		source, says        string
	}{
		{"its token", "Authorization: Bearer " + agentToken, "192.0.2.1:1", 200, "agent", ""},
		{"its token, whatever it says of itself", "Authorization: bearer  " + agentToken + "\nX-Evenkeel-Source: books", "192.0.2.1:1", 200, "agent", ""},
		{"no token, from here", "", "127.0.0.1:1", 200, "default", ""},
		{"no token, from here over IPv6", "", "[::1]:1", 200, "default", ""},
		{"no token, from here, with a name", "X-Evenkeel-Source: rack-7", "127.0.0.1:1", 200, "rack-7", ""},
		{"no token, from here, with the name of a source that has one", "X-Evenkeel-Source: books", "127.0.0.1:1", 401, "", "this source has a token"},
		{"no token, from here, with a name that is none", "X-Evenkeel-Source: " + strings.Repeat("x", 300), "127.0.0.1:1", 400, "", "at most 256"},
		{"no token, from elsewhere", "", "192.0.2.1:1", 401, "", "there is no token"},
		{"no token, passed on by a proxy that is here", "X-Forwarded-For: 192.0.2.1", "127.0.0.1:1", 401, "", "there is no token"},
		{"no token, sent by a page", "Origin: https://evil.example", "127.0.0.1:1", 401, "", "there is no token"},
		{"a wrong token, from here", "Authorization: Bearer x", "127.0.0.1:1", 401, "", "not one of ours"},
		{"the beginning of a token", "Authorization: Bearer " + agentToken[:8], "192.0.2.1:1", 401, "", "not one of ours"},
		{"an empty token", "Authorization: Bearer ", "127.0.0.1:1", 401, "", "not one of ours"},
		{"a long token", "Authorization: Bearer " + strings.Repeat("x", 5000), "192.0.2.1:1", 401, "", "not one of ours"},
		{"another scheme", "Authorization: Basic " + agentToken, "192.0.2.1:1", 401, "", "expected Authorization: Bearer"},
		{"two tokens", "Authorization: Bearer " + agentToken + "\nAuthorization: Bearer " + agentToken, "192.0.2.1:1", 401, "", "not one of ours"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, Options{})
			w := h.do(sent{path: "/v1/metrics", body: jsonOf(t, request(1)), headers: jsonHeader + c.headers, from: c.from})
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Fatalf("%d %s; expected %d and %q", w.Code, w.Body, c.status, c.says)
			}
			if all := h.log.batches(t); c.source != "" && (len(all) != 1 || all[0].Source != c.source) {
				t.Errorf("the log has %+v; expected a batch of %s", all, c.source)
			}
		})
	}
}

func TestTwoTokensOfASourceAreOneSource(t *testing.T) {
	s, err := NewSources(nil, Source{
		Name: "agent", May: intake.GrantTelemetry,
		Tokens: [][32]byte{sha256.Sum256([]byte("old")), sha256.Sum256([]byte("new"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.admit(1, 1)
	if a, b := s.withToken("old"), s.withToken("new"); a == nil || a != b {
		t.Errorf("%v and %v; expected one source with one share", a, b)
	}
}

func TestSourcesThatCannotBeAreRefused(t *testing.T) {
	good := func(name, token string) Source {
		return Source{Name: name, Tokens: [][32]byte{sha256.Sum256([]byte(token))}, May: intake.GrantTelemetry}
	}
	for _, c := range []struct {
		name string
		list []Source
		says string
	}{
		{"no name", []Source{good("", "a")}, "source is empty"},
		{"a name twice", []Source{good("a", "a"), good("a", "b")}, "given twice"},
		{"no token", []Source{{Name: "a", May: intake.GrantTelemetry}}, "has no token"},
		{"a token of nothing", []Source{good("a", "")}, "empty token"},
		{"a digest that nobody filled in", []Source{{Name: "a", Tokens: make([][32]byte, 1), May: intake.GrantTelemetry}}, "empty token"},
		{"a token of two", []Source{good("a", "x"), good("b", "x")}, "the same token"},
		{"leave to send nothing", []Source{{Name: "a", Tokens: good("a", "x").Tokens}}, "may send nothing"},
		{"a rate below zero", []Source{{Name: "a", Tokens: good("a", "x").Tokens, May: 1, Points: -1}}, "below zero"},
	} {
		if _, err := NewSources(nil, c.list...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; expected an error that says %q", c.name, err, c.says)
		}
	}
}

func TestNamesWithoutATokenAreBounded(t *testing.T) {
	h := open(t, Options{})
	body := jsonOf(t, request(1))
	for i := range maxNamed + 3 {
		want := http.StatusOK
		if i >= maxNamed {
			want = http.StatusBadRequest
		}
		if w := h.do(sent{path: "/v1/metrics", body: body, headers: jsonHeader + fmt.Sprintf("X-Evenkeel-Source: s%d", i)}); w.Code != want {
			t.Fatalf("name %d: %d %s; expected %d", i, w.Code, w.Body, want)
		}
	}
}

func TestLoopbackIsWhoMeansToComeHere(t *testing.T) {
	for _, c := range []struct {
		name, from, host, header string
		want                     bool
	}{
		{"a program here", "127.0.0.1:40000", "127.0.0.1:4318", "", true},
		{"by name", "127.0.0.1:40000", "localhost:4318", "", true},
		{"by name without a port", "127.0.0.1:40000", "LOCALHOST", "", true},
		{"over IPv6", "[::1]:40000", "[::1]:4318", "", true},
		{"over IPv6 without a port", "[::1]:40000", "[::1]", "", true},
		{"IPv4 within IPv6", "[::ffff:127.0.0.1]:40000", "127.0.0.1:4318", "", true},
		{"another machine", "192.0.2.1:40000", "127.0.0.1:4318", "", false},
		{"another machine that calls us localhost", "192.0.2.1:40000", "localhost", "", false},
		{"a page whose name was made to mean us", "127.0.0.1:40000", "evil.example:4318", "", false},
		{"a page", "127.0.0.1:40000", "127.0.0.1:4318", "Origin", false},
		{"a page that says so itself", "127.0.0.1:40000", "127.0.0.1:4318", "Sec-Fetch-Site", false},
		{"a proxy", "127.0.0.1:40000", "127.0.0.1:4318", "X-Forwarded-For", false},
		{"a proxy by the standard", "127.0.0.1:40000", "127.0.0.1:4318", "Forwarded", false},
		{"a socket of the file system", "@", "127.0.0.1:4318", "", false},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://x/", nil)
		r.RemoteAddr, r.Host = c.from, c.host
		if c.header != "" {
			r.Header.Set(c.header, "x")
		}
		if got := Loopback(r); got != c.want {
			t.Errorf("%s: %v; expected %v", c.name, got, c.want)
		}
	}
}

func TestTokensStandInNoLogAnswerOrCounter(t *testing.T) {
	var logged bytes.Buffer
	h := open(t, Options{Logger: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	h.log.setFails(fmt.Errorf("disk is full"))
	const secret = "s3cret-that-nobody-knows"
	said := ""
	for _, token := range []string{secret, agentToken, booksToken, bothToken} {
		for _, path := range []string{"/v1/metrics", "/api/v1/write", "/events"} {
			w := h.do(sent{path: path, body: snapped("x"), headers: "Authorization: Bearer " + token + "\n" + writeHeader})
			said += fmt.Sprint(w.Header()) + w.Body.String()
			w = h.do(sent{path: path, body: jsonOf(t, request(1)), headers: "Authorization: Bearer " + token + "\n" + jsonHeader})
			said += fmt.Sprint(w.Header()) + w.Body.String()
		}
	}
	families, _ := h.reg.Gather()
	said += logged.String() + fmt.Sprint(families)
	if !strings.Contains(logged.String(), "disk is full") {
		t.Error("the operator is not told that the log takes nothing")
	}
	if strings.Count(logged.String(), "\n") != 1 {
		t.Errorf("the operator is told more than once: %s", logged.String())
	}
	for _, token := range []string{secret, agentToken, booksToken, bothToken} {
		if strings.Contains(said, token) {
			t.Errorf("the token %s is told", token)
		}
	}
	h.log.setFails(nil)
	h.do(sent{path: "/v1/metrics", body: jsonOf(t, request(1)), headers: jsonHeader})
	if !strings.Contains(logged.String(), "takes batches again") {
		t.Error("the operator is not told that the log is well again")
	}
}
