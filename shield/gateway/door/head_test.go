package door

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"
)

var heads = map[string]struct {
	host string
	err  error
}{
	"GET / HTTP/1.1\r\nHost: a.example\r\n":                             {"a.example", nil},
	"GET /x?y HTTP/1.0\r\nhOST:\ta.example:80 \r\nX: y\r\n":             {"a.example", nil},
	"OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n":                          {"[::1]:80", nil},
	"GET / HTTP/1.0\r\n":                                                {"", nil},
	"GET / HTTP/1.1\r\n":                                                {"", errHead},
	"GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n":          {"", errHead},
	"GET / HTTP/1.1\r\nHost : a.example\r\n":                            {"", errHead},
	"GET / HTTP/1.1\r\nX: y\r\n Host: b.example\r\nHost: a.example\r\n": {"", errHead},
	"GET / HTTP/1.1\r\nX: y\nHost: b.example\r\nHost: a.example\r\n":    {"", errHead},
	"GET / HTTP/1.1\r\nHost: a.example\rX\r\n":                          {"", errHead},
	"GET / HTTP/1.1\r\nHost: a.example:99999\r\n":                       {"", errHead},
	"GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n":             {"", errNotHTTP},
	"CONNECT b.example:443 HTTP/1.1\r\nHost: a.example\r\n":             {"", errNotHTTP},
	"GET  / HTTP/1.1\r\nHost: a.example\r\n":                            {"", errNotHTTP},
	"GET / HTTP/2.0\r\nHost: a.example\r\n":                             {"", errNotHTTP},
	"GET /\r\nHost: a.example\r\n":                                      {"", errNotHTTP},
	"GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: y\r\n", 100):   {"", errHeadBig},
	"GET /\x00 HTTP/1.1\r\nHost: a.example\r\n":                         {"", errNotHTTP},
	"GET / HTTP/1.1 \r\nHost: a.example\r\n":                            {"", errNotHTTP},
	"GET / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding\r\n":        {"", errHead},
	"GET / HTTP/1.1\r\n: a.example\r\nHost: a.example\r\n":              {"", errHead},
	"GET / HTTP/1.1\r\nHost: a.example\r\nX: \x00\r\n":                  {"", errHead},
	"GET / HTTP/1.1\r\nHost: \r\n":                                      {"", nil},
	"GET / HTTP/1.1\r\nHost: a.example, b.example\r\n":                  {"a.example, b.example", nil}, // and naming calls it no name
}

func TestTheHostOfARequestIsReadInOneWayOnly(t *testing.T) {
	for head, want := range heads {
		if host, err := hostOf([]byte(head)); string(host) != want.host || err != want.err {
			t.Errorf("%q: %q, %v; expected %q, %v", head, host, err, want.host, want.err)
		}
	}
}

// FuzzHead holds what is read to net/http: whatever is taken is taken there, with the same host.
func FuzzHead(f *testing.F) {
	for head := range heads {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.Contains(b, []byte("\r\n\r\n")) || !bytes.HasSuffix(b, []byte("\r\n")) {
			return
		}
		host, err := hostOf(b)
		if err != nil {
			return
		}
		name, kind := naming(host)
		if kind != Named {
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(bytes.Clone(b), "\r\n"...))))
		if err != nil {
			if strings.Contains(err.Error(), "Transfer-Encoding") || strings.Contains(err.Error(), "Content-Length") || strings.Contains(err.Error(), "transfer encoding") ||
				strings.Contains(err.Error(), "invalid URL escape") || strings.Contains(err.Error(), "parse") {
				return // what whoever answers judges
			}
			t.Fatalf("%q: %v", b, err)
		}
		other, _, _ := strings.Cut(r.Host, ":")
		if got, _ := naming([]byte(other)); got != name {
			t.Fatalf("%q: %q, and for net/http %q", b, name, got)
		}
	})
}
