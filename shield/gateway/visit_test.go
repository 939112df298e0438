package gateway

import (
	"net/http/httptest"
	"testing"
)

// TestTheOrderOfFieldsContradictsAName: what of HTTP/1 no browser writes, once for a connection and a user agent.
func TestTheOrderOfFieldsContradictsAName(t *testing.T) {
	const chromium = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
	const program = "h1|1.1|Host,User-Agent,Accept,Accept-Language,Accept-Encoding"
	page := httptest.NewRequest("GET", "/", nil)
	page.Header.Set("Accept", "text/html")
	script := httptest.NewRequest("GET", "/news", nil)
	script.Header.Set("Accept", "text/html")
	script.Header.Set("Sec-Fetch-Mode", "cors")
	if !opens(page) || opens(script) || opens(httptest.NewRequest("POST", "/", nil)) {
		t.Error("what opens a page is taken for another, or the other way")
	}
	for _, x := range []struct {
		name   string
		client *Client
		agent  string
		want   bool
	}{
		{"a program that says it is a browser", &Client{spoke: program, opened: true}, chromium, true},
		{"a program that says what it is", &Client{spoke: program, opened: true}, "Program/1.0", false},
		{"a script in a page", &Client{spoke: program}, chromium, false},
		{"a browser", &Client{spoke: "h1|1.1|Host,Connection,User-Agent,Accept,Accept-Encoding,Accept-Language", opened: true}, chromium, false},
		{"nothing is known", &Client{}, chromium, false},
		{"no connection", nil, chromium, false},
	} {
		if got := x.client.contradicts(x.agent); got != x.want {
			t.Errorf("%s: %v", x.name, got)
		}
		if got := x.client.contradicts(x.agent); got != x.want {
			t.Errorf("%s, once more: %v", x.name, got)
		}
		if x.client.contradicts("") {
			t.Errorf("%s: without a user agent something is contradicted", x.name)
		}
	}
	c := &Client{spoke: program, opened: true}
	c.contradicts(chromium)
	if n := testing.AllocsPerRun(100, func() { c.contradicts(chromium) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
