package door

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/proxyproto"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// TestRequestsOnWhichTwoReadersWouldDisagreeAreRefused sends what request smuggling is made of: what is net/http's is held to here, since the gateway
// rests on it.
func TestRequestsOnWhichTwoReadersWouldDisagreeAreRefused(t *testing.T) {
	got := make(chan string, 10)
	s := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- r.Method + " " + r.URL.Path + " " + string(b) + " " + r.Header.Get("Content-Length")
	}), nil)
	const head = "POST /one HTTP/1.1\r\nHost: a.example\r\n"
	for name, c := range map[string]struct {
		send string
		code int
	}{
		"two lengths":                     {head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
		"a length with a sign":            {head + "Content-Length: +3\r\n\r\nabc", 400},
		"a length in hexadecimal":         {head + "Content-Length: 0x3\r\n\r\nabc", 400},
		"a length below zero":             {head + "Content-Length: -3\r\n\r\nabc", 400},
		"a coding that nobody knows":      {head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
		"a coding twice":                  {head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
		"a coding behind another":         {head + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", 501},
		"a space before the colon":        {head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
		"a field without a name":          {head + ": x\r\n\r\n", 400},
		"two hosts":                       {"GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", 400},
		"no host":                         {"GET / HTTP/1.1\r\n\r\n", 400},
		"a zero in a field":               {head + "X: a\x00b\r\n\r\n", 400},
		"a chunk of a length beyond all":  {head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n", 200},
		"another version than those read": {"GET / HTTP/3.0\r\nHost: a.example\r\n\r\n", 505},
	} {
		t.Run(name, func(t *testing.T) {
			conn := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots})
			// What stands behind it must never become a request of its own.
			if _, err := io.WriteString(conn, c.send+"GET /two HTTP/1.1\r\nHost: a.example\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			r := bufio.NewReader(conn)
			answer, err := http.ReadResponse(r, nil)
			if err != nil || answer.StatusCode != c.code {
				t.Fatalf("%+v, %v; expected %d", answer, err, c.code)
			}
			io.Copy(io.Discard, answer.Body)
			if _, err := http.ReadResponse(r, nil); err == nil {
				t.Error("a second request was answered")
			}
			if c.code == 200 {
				<-got // what was read before the fault
			}
			select {
			case seen := <-got:
				t.Errorf("a handler was given %q", seen)
			default:
			}
		})
	}
	conn := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots})
	io.WriteString(conn, head+"Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
	if seen := <-got; seen != "POST /one abc " {
		t.Errorf("with a length and a coding the handler is given %q: expected the coding alone (RFC 9112, section 6.3)", seen)
	}
}

// TestAHeaderThatUnfoldsToMegabytesIsRefused: one field of 3 kB in HPACK's table, named ten thousand times by a byte each.
func TestAHeaderThatUnfoldsToMegabytesIsRefused(t *testing.T) {
	reached := make(chan struct{}, 1)
	s := open(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached <- struct{}{} }), nil)
	f, ended := s.talk(t)
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	b.Write(request)
	e.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("y", 3000)})
	first := b.Bytes()
	bomb := append(bytes.Clone(first), bytes.Repeat([]byte{0x80 | 62}, 10_000)...)
	if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: bomb, EndStream: true, EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	f.WriteGoAway(0, http2.ErrCodeNo, nil)
	eventually(t, "an answer", func() bool {
		select {
		case <-ended:
			return true
		default:
			return s.resting() == 1
		}
	})
	select {
	case <-reached:
		t.Error("a handler was given it")
	default:
	}
}

// FuzzGreeting has a connection begin with anything, in pieces of any size, behind a trusted network or not.
func FuzzGreeting(f *testing.F) {
	good := helloOf("a.example")
	h := proxyproto.Header{Local: true}
	local, _ := h.AppendV2(nil)
	f.Add(good, uint8(0), false)
	f.Add(append(local, good...), uint8(7), true)
	f.Add(append([]byte("PROXY UNKNOWN\r\n"), fragmented(good, 40)...), uint8(1), true)
	f.Add([]byte("GET / HTTP/1.1\r\n"), uint8(3), false)
	f.Fuzz(func(t *testing.T, b []byte, step uint8, trusted bool) {
		c := &given{b: b, step: int(step) + 1}
		g := &greetingBuffer{b: make([]byte, 0, firstBytes)}
		if trusted {
			if _, err := g.header(c); err != nil {
				if o := outcomeOf(err, nil, false); o != NoHeader && o != Left {
					t.Fatalf("%v is %s", err, o)
				}
				return
			}
		}
		err := g.hello(c, 16<<10)
		if cap(g.b) > 32<<10 {
			t.Fatalf("%d bytes are held", cap(g.b))
		}
		if err == nil {
			naming(g.reader.Hello().ServerName)
			if len(g.reader.Hello().Message) > 16<<10 {
				t.Fatalf("a hello of %d bytes", len(g.reader.Hello().Message))
			}
			return
		}
		o := outcomeOf(err, g.b, false)
		if o == Served || o == Slow {
			t.Fatalf("%v is %s", err, o)
		}
		if said := o.farewell(); len(said) > 512 {
			t.Fatalf("%d bytes of good-bye for %s", len(said), o)
		}
	})
}

// given is a connection from which bytes come in pieces, and then its end.
type given struct {
	net.Conn
	b    []byte
	step int
}

func (g *given) Read(b []byte) (int, error) {
	if len(g.b) == 0 {
		return 0, io.EOF
	}
	n := copy(b, g.b[:min(g.step, len(g.b))])
	g.b = g.b[n:]
	return n, nil
}
