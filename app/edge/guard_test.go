package edge

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// TestAGatewayOfOthersAsksAndItsVisitorSolves asks as Traefik and Caddy do, at a site that is attacked and at one that nobody knows here.
func TestAGatewayOfOthersAsksAndItsVisitorSolves(t *testing.T) {
	text := document("shop", "http://127.0.0.1:1", "attack: {highest: proof}\npaths: {feeds: [/feed]}\n")
	dir, sites := folder(t, map[string]string{"shop.yaml": text})
	attacked(t, dir, text, stage.Proof)
	r := run(t, dir, sites, func(s *Settings) { s.Clear, s.Guard.HTTP = nil, []string{"127.0.0.1:0"} })
	at := "http://" + r.Ready().Guard[0]
	asks := func(host, target, cookie string) (*http.Response, string) {
		t.Helper()
		q, _ := http.NewRequestWithContext(t.Context(), "GET", at+"/forward", nil)
		for k, v := range map[string]string{
			"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": host, "X-Forwarded-Uri": target, "X-Forwarded-For": "203.0.113.7",
			"Accept": "text/html", "Sec-Fetch-Dest": "document", "Cookie": cookie,
		} {
			q.Header.Set(k, v)
		}
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		b, _ := io.ReadAll(a.Body)
		return a, string(b)
	}
	if a, _ := asks("elsewhere.example", "/", ""); a.StatusCode != 204 {
		t.Errorf("a host that nobody knows here is answered %d", a.StatusCode)
	}
	if a, _ := asks("shop.example", "/feed", ""); a.StatusCode != 204 {
		t.Errorf("a feed is answered %d", a.StatusCode)
	}
	a, body := asks("shop.example", "/cart", "")
	work := regexp.MustCompile(`name="token" value="([^"]+)"><input type="hidden" name="nonce"`).FindStringSubmatch(body)
	bits := regexp.MustCompile(`data-bits="(\d+)"`).FindStringSubmatch(body)
	if a.StatusCode != 429 || work == nil || bits == nil {
		t.Fatalf("a visitor of an attacked site is answered %d: %.300s", a.StatusCode, body)
	}
	zeros, _ := strconv.Atoi(bits[1])
	nonce, ok := challenge.Solve(work[1], uint8(zeros), 1, 1<<26)
	if !ok {
		t.Fatal("the work has no solution among 2²⁶ nonces")
	}
	action := regexp.MustCompile(`method="post" action="([^"]+)"`).FindStringSubmatch(body)[1]
	q, _ := http.NewRequestWithContext(t.Context(), "POST", at+action, strings.NewReader(url.Values{"token": {work[1]}, "nonce": {nonce}, "to": {"/cart"}}.Encode()))
	for k, v := range map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example", "X-Forwarded-For": "203.0.113.7"} {
		q.Header.Set(k, v)
	}
	q.Host = "shop.example"
	x, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	x.Body.Close()
	cookie, _, _ := strings.Cut(x.Header.Get("Set-Cookie"), ";")
	back := x.Header.Get("Location")
	if x.StatusCode != 303 || !strings.HasPrefix(back, action+"?") || !strings.HasPrefix(cookie, "__Host-ek-") {
		t.Fatalf("the answer is answered %d, %v", x.StatusCode, x.Header)
	}
	for cookie, want := range map[string]string{cookie: "303 /cart", "": "403 "} { // whether it keeps the cookie is seen on the way back
		q, _ := http.NewRequestWithContext(t.Context(), "GET", at+back, nil)
		for k, v := range map[string]string{"Accept": "text/html", "Cookie": cookie, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example", "X-Forwarded-For": "203.0.113.7"} {
			q.Header.Set(k, v)
		}
		q.Host = "shop.example"
		x, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		x.Body.Close()
		if got := fmt.Sprint(x.StatusCode) + " " + x.Header.Get("Location"); got != want {
			t.Errorf("with the cookie %q the way back is %q; expected %q", cookie, got, want)
		}
	}
	if a, _ := asks("shop.example", "/cart", cookie); a.StatusCode != 204 {
		t.Errorf("who solved is answered %d", a.StatusCode)
	}
}
