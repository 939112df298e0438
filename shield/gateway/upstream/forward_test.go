package upstream_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
)

// seeing is a backend that says what heads and bodies arrive, as bytes, one connection at a time: it reads a
// request as one does that believes only Content-Length or only chunks, and answers.
func seeing(got chan<- string) func(net.Conn) {
	return func(c net.Conn) {
		r := bufio.NewReader(c)
		for {
			head := ""
			for !strings.HasSuffix(head, "\r\n\r\n") {
				line, err := r.ReadString('\n')
				if err != nil {
					if head += line; head != "" {
						got <- "a piece: " + head
					}
					return
				}
				head += line
			}
			body := ""
			if strings.Contains(head, "\r\nTransfer-Encoding: chunked\r\n") {
				for !strings.HasSuffix(body, "0\r\n\r\n") {
					line, err := r.ReadString('\n')
					if err != nil {
						break
					}
					body += line
				}
			} else if _, after, ok := strings.Cut(head, "\r\nContent-Length: "); ok {
				n := 0
				fmt.Sscan(after, &n)
				b := make([]byte, n)
				io.ReadFull(r, b)
				body = string(b)
			}
			got <- head + body
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	}
}

// TestWhatCanBeReadInTwoWaysReachesNoBackendInTheOther sends the request smuggling set over raw
// connections. Either nothing arrives, or exactly one request whose length is said in one way.
func TestWhatCanBeReadInTwoWaysReachesNoBackendInTheOther(t *testing.T) {
	const inner = "GET /smuggled HTTP/1.1\r\nHost: shop.example.org\r\n\r\n"
	for name, c := range map[string]struct {
		request string
		arrives string // a request line and how its length is said; empty: nothing
	}{
		"two lengths that differ":    {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 50\r\n\r\n" + inner, ""},
		"two lengths in one line":    {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0, 50\r\n\r\n" + inner, ""},
		"a length with a sign":       {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: +4\r\n\r\nbody" + inner, ""},
		"a length below nothing":     {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n" + inner, ""},
		"length and chunks":          {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner, "POST /a HTTP/1.1 chunked"},
		"chunks and length":          {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n4\r\nbody\r\n0\r\n\r\n", "POST /a HTTP/1.1 chunked"},
		"chunks twice":               {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + inner, ""},
		"chunks not at the end":      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + inner, ""},
		"an encoding that is none":   {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\nbody", ""},
		"chunks behind a tab":        {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\tchunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "POST /a HTTP/1.1 chunked"},
		"chunks behind 0x0b":         {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0bchunked\r\nContent-Length: 4\r\n\r\nbody", ""},
		"a space before the colon":   {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\nbody", ""},
		"a header that is folded":    {"POST /a HTTP/1.1\r\nHost: h\r\nX: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nbody", "POST /a HTTP/1.1 4"},
		"a line feed in a value":     {"GET /a HTTP/1.1\r\nHost: h\r\nX: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET /a HTTP/1.1 chunked"},
		"a carriage return in one":   {"GET /a HTTP/1.1\r\nHost: h\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n", ""},
		"a nul in one":               {"GET /a HTTP/1.1\r\nHost: h\r\nX: a\x00\r\n\r\n", ""},
		"two hosts":                  {"GET /a HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", ""},
		"no host":                    {"GET /a HTTP/1.1\r\n\r\n", ""},
		"a space in the line":        {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", ""},
		"an old version":             {"POST /a HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner, "POST /a HTTP/1.1 0"},
		"a chunk of a wrong size":    {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nbody\r\n0\r\n\r\n", "broken"},
		"a chunk that is too long":   {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nbody", "broken"},
		"a length that hop by hop":   {"POST /a HTTP/1.1\r\nHost: h\r\nConnection: Content-Length\r\nContent-Length: 4\r\n\r\nbody", "POST /a HTTP/1.1 4"},
		"another host in the line":   {"GET http://other.example.org/a HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a HTTP/1.1 none"},
		"CONNECT":                    {"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n", ""},
		"a body where none is usual": {"GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n" + inner, "GET /a HTTP/1.1 50"},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan string, 10)
			s := siteOf(raw(t, seeing(got)))
			s.Retries = 0
			f := frontOf(t, poolOf(t, s, upstream.Options{}))
			f.Config.ErrorLog = quiet
			conn, r := dial(t, f)
			fmt.Fprint(conn, c.request)
			res, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, res.Body)
			if (c.arrives == "" || c.arrives == "broken") == (res.StatusCode == 200) {
				t.Errorf("the answer is %s", res.Status)
			}
			conn.Close()
			var arrived []string
			for len(got) > 0 {
				arrived = append(arrived, <-got)
			}
			switch {
			case c.arrives == "":
				if len(arrived) > 0 {
					t.Errorf("there arrived %q", arrived)
				}
			case c.arrives == "broken":
				for _, a := range arrived {
					if strings.HasSuffix(a, "0\r\n\r\n") && strings.Contains(a, "chunked") {
						t.Errorf("what was broken arrived whole: %q", a)
					}
				}
			default:
				want, length := c.arrives[:strings.LastIndexByte(c.arrives, ' ')], c.arrives[strings.LastIndexByte(c.arrives, ' ')+1:]
				if len(arrived) == 0 || !strings.HasPrefix(arrived[0], want+"\r\n") {
					t.Fatalf("there arrived %q", arrived)
				}
				chunked, sized := strings.Contains(arrived[0], "\r\nTransfer-Encoding: chunked\r\n"), strings.Contains(arrived[0], "\r\nContent-Length: "+length+"\r\n")
				if chunked != (length == "chunked") || sized != (length != "chunked" && length != "none") || strings.Count(arrived[0], "Content-Length:") > 1 ||
					chunked && strings.Contains(arrived[0], "Content-Length:") {
					t.Errorf("its length is not said in one way: %q", arrived[0])
				}
				for _, a := range arrived[1:] {
					if strings.Contains(a, "/smuggled") && length != "chunked" {
						t.Errorf("there arrived, too, %q", a)
					}
				}
			}
		})
	}
}

func TestWhatABackendIsToldOfTheVisitorWasWrittenHere(t *testing.T) {
	heads := make(chan *http.Request, 10)
	back := serving(t, func(w http.ResponseWriter, r *http.Request) { heads <- r })
	trusted := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	from := func(addr string, secure bool) func(*http.Request) upstream.Visitor {
		return func(*http.Request) upstream.Visitor {
			return upstream.Visitor{Addr: netip.MustParseAddr(addr), Secure: secure}
		}
	}
	for name, c := range map[string]struct {
		opt            upstream.Options
		chain, address string
		proto          string
	}{
		"from outside":              {upstream.Options{}, "127.0.0.1", "127.0.0.1", "http"},
		"over TLS":                  {upstream.Options{Visitor: from("203.0.113.7", true)}, "203.0.113.7", "203.0.113.7", "https"},
		"IPv4 within IPv6":          {upstream.Options{Visitor: from("::ffff:203.0.113.7", false)}, "203.0.113.7", "203.0.113.7", "http"},
		"by a proxy that is not us": {upstream.Options{Visitor: from("203.0.113.7", true), Trusted: trusted}, "203.0.113.7", "203.0.113.7", "https"},
		"by a proxy of ours":        {upstream.Options{Visitor: from("192.0.2.1", true), Trusted: trusted}, "198.51.100.1, 192.0.2.1", "192.0.2.1", "https"},
	} {
		t.Run(name, func(t *testing.T) {
			f := frontOf(t, poolOf(t, siteOf(back.URL), c.opt))
			conn, r := dial(t, f)
			fmt.Fprint(conn, "GET /a%2Fb?x=1;y HTTP/1.1\r\nHost: shop.example.org\r\nConnection: close, X-Forwarded-For, X-Real-Ip, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 1\r\n"+
				"X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Real-IP: 198.51.100.1\r\nForwarded: for=198.51.100.1\r\nX_Forwarded_For: 198.51.100.1\r\n"+
				"x-forwarded_proto: gopher\r\nTrue-Client-IP: 198.51.100.1\r\nCF-Connecting-IP: 198.51.100.1\r\nProxy: http://evil\r\nX-Original-URL: /admin\r\nX-Forwarded-Port: 1\r\nProxy-Authorization: x\r\n"+
				"X-Kept: yes\r\nUser_Id: 7\r\n\r\n")
			res, err := http.ReadResponse(r, nil)
			if err != nil || res.StatusCode != 200 {
				t.Fatalf("%v, %v", res, err)
			}
			got := <-heads
			want := http.Header{"X-Forwarded-For": {c.chain}, "X-Real-Ip": {c.address}, "X-Forwarded-Host": {"shop.example.org"}, "X-Forwarded-Proto": {c.proto},
				"X-Kept": {"yes"}, "User_id": {"7"}}
			if fmt.Sprint(got.Header) != fmt.Sprint(want) {
				t.Errorf("told\n%v\nexpected\n%v", got.Header, want)
			}
			if got.Host != "shop.example.org" || got.URL.EscapedPath() != "/a%2Fb" {
				t.Errorf("asked for %s %s", got.Host, got.URL)
			}
		})
	}
}
