package upstream_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
)

func TestBodiesStreamBothWaysAndNothingIsHeldBack(t *testing.T) {
	back := serving(t, func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		if err := rc.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		w.WriteHeader(200)
		if err := rc.Flush(); err != nil {
			t.Error(err)
		}
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			fmt.Fprintf(w, "heard %s\n", lines.Text())
			if err := rc.Flush(); err != nil {
				t.Error(err)
			}
		}
	})
	p := poolOf(t, siteOf(back.URL), upstream.Options{})
	f := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		if err := p.Serve(w, r); err != nil {
			t.Error(err)
		}
	}))
	f.Start()
	defer f.Close()
	body, write := io.Pipe()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, f.URL, body)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answers := bufio.NewReader(res.Body)
	for i := range 3 { // each answer is awaited before the next line is sent
		fmt.Fprintf(write, "line %d\n", i)
		if got, err := answers.ReadString('\n'); err != nil || got != fmt.Sprintf("heard line %d\n", i) {
			t.Fatalf("line %d: %q, %v", i, got, err)
		}
	}
	write.Close()
	if rest, err := io.ReadAll(answers); err != nil || len(rest) != 0 {
		t.Fatalf("at the end: %q, %v", rest, err)
	}
}

func TestEventsAreFlushedOneByOne(t *testing.T) {
	next := make(chan bool, 1)
	next <- true
	back := serving(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; <-next; i++ {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
	})
	defer close(next)
	f := frontOf(t, poolOf(t, siteOf(back.URL), upstream.Options{}))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	for i := range 3 {
		if i > 0 {
			next <- true
		}
		if got, err := lines.ReadString('\n'); err != nil || got != fmt.Sprintf("data: %d\n", i) {
			t.Fatalf("event %d: %q, %v", i, got, err)
		}
		if _, err := lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
}

// switching answers an upgrade and then echoes.
func switching(got chan<- *http.Request) func(net.Conn) {
	return func(c net.Conn) {
		r := bufio.NewReader(c)
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		got <- req
		up := req.Header.Get("Upgrade")
		if up == "" {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain")
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", up)
		io.Copy(c, r)
	}
}

func TestAnUpgradeIsATunnelAndOneThatSmugglesIsNone(t *testing.T) {
	got := make(chan *http.Request, 10)
	p := poolOf(t, siteOf(raw(t, switching(got))), upstream.Options{})
	f := frontOf(t, p)
	for _, protocol := range []string{"websocket", "chat/2"} {
		c, r := dial(t, f)
		fmt.Fprintf(c, "GET /ws HTTP/1.1\r\nHost: shop.example.org\r\nConnection: keep-alive, Upgrade\r\nUpgrade: %s\r\nSec-WebSocket-Key: x\r\n\r\n", protocol)
		res, err := http.ReadResponse(r, nil)
		if err != nil || res.StatusCode != 101 || res.Header.Get("Upgrade") != protocol {
			t.Fatalf("%s: %v, %v", protocol, res, err)
		}
		if req := <-got; req.Host != "shop.example.org" || req.Header.Get("Sec-Websocket-Key") != "x" {
			t.Errorf("the backend got %v", req)
		}
		for i := range 3 {
			fmt.Fprintf(c, "frame %d\n", i)
			if line, err := r.ReadString('\n'); err != nil || line != fmt.Sprintf("frame %d\n", i) {
				t.Fatalf("%q, %v", line, err)
			}
		}
		if n := p.State().Backends[0].InFlight; n != 1 {
			t.Errorf("%d are in flight; expected the tunnel", n)
		}
		c.Close()
		until(t, "the tunnel is over", func() bool { return p.State().Backends[0].InFlight == 0 })
	}
	for _, protocol := range []string{"h2c", "H2C, websocket", "HTTP/2.0", "TLS/1.2"} {
		c, r := dial(t, f)
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: shop.example.org\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\nUpgrade: %s\r\n\r\n", protocol)
		res, err := http.ReadResponse(r, nil)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%s: %v, %v", protocol, res, err)
		}
		if req := <-got; req.Header.Get("Upgrade") != "" || req.Header.Get("Connection") != "" || req.Header.Get("Http2-Settings") != "" {
			t.Errorf("%s reached the backend: %v", protocol, req.Header)
		}
	}
}

func TestTrailersAndEarlyHintsPass(t *testing.T) {
	back := serving(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Trailer", "X-Sum")
		io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, "sum of ")
		w.Header().Set("X-Sum", r.Trailer.Get("X-Part"))
		w.Header().Set(http.TrailerPrefix+"X-Late", fmt.Sprint(r.Trailer["X-Forwarded-For"], r.Trailer["X-Unsaid"]))
	})
	f := frontOf(t, poolOf(t, siteOf(back.URL), upstream.Options{}))
	body, write := io.Pipe()
	req, _ := http.NewRequest(http.MethodPost, f.URL, body)
	req.Trailer = http.Header{"X-Part": nil, "X-Forwarded-For": nil}
	hints := ""
	req = req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		hints += fmt.Sprint(code, h.Get("Link"))
		return nil
	}}))
	go func() {
		fmt.Fprint(write, "body")
		req.Trailer.Set("X-Part", "part")
		req.Trailer.Set("X-Forwarded-For", "203.0.113.9")
		write.Close()
	}()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != "sum of " {
		t.Fatalf("%q, %v", b, err)
	}
	if res.Trailer.Get("X-Sum") != "part" || res.Trailer.Get("X-Late") != "[] []" {
		t.Errorf("the trailers are %v", res.Trailer)
	}
	if hints != "103</a.css>; rel=preload" {
		t.Errorf("the hints are %q", hints)
	}
}

func TestHalfAnAnswerIsNeverTakenForAWholeOne(t *testing.T) {
	for name, head := range map[string]string{"of a length": "Content-Length: 100\r\n\r\nhalf", "in chunks": "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"} {
		t.Run(name, func(t *testing.T) {
			back := raw(t, func(c net.Conn) {
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					fmt.Fprint(c, "HTTP/1.1 200 OK\r\n"+head)
				}
			})
			p := poolOf(t, siteOf(back), upstream.Options{})
			res, err := http.Get(frontOf(t, p).URL)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if err == nil {
				t.Error("it looks whole")
			}
			until(t, "nothing is in flight", func() bool { return p.State().Backends[0].InFlight == 0 })
		})
	}
}

func TestABackendThatStopsInTheMiddleIsGivenUp(t *testing.T) {
	back := raw(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		if _, err := http.ReadRequest(r); err == nil {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			io.Copy(io.Discard, r) // until the other side ends it
		}
	})
	s := siteOf(back)
	s.Timeouts.Idle = time.Second
	res, err := http.Get(frontOf(t, poolOf(t, s, upstream.Options{})).URL)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	if err == nil {
		t.Error("it looks whole")
	}
}

func TestABackendThatReadsNothingIsGivenUp(t *testing.T) {
	stop := make(chan bool)
	back := raw(t, func(c net.Conn) { <-stop })
	defer close(stop)
	s := siteOf(back)
	s.Timeouts.Idle = time.Second
	f := frontOf(t, poolOf(t, s, upstream.Options{}))
	go func() {
		res, err := http.Post(f.URL, "text/plain", io.LimitReader(zeros{}, 1<<30))
		if err == nil {
			res.Body.Close()
		}
	}()
	if e := f.failed(t); e.Reason != upstream.Failed {
		t.Errorf("says %v", e)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestABackendThatNeverAnswersIsGivenUp(t *testing.T) {
	silent := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	silent.Config.Protocols = new(http.Protocols)
	silent.Config.Protocols.SetUnencryptedHTTP2(true)
	silent.Start()
	t.Cleanup(silent.Close)
	for name, address := range map[string]string{"HTTP/1.1": raw(t, func(c net.Conn) { io.Copy(io.Discard, c) }), "h2c": silent.URL} {
		t.Run(name, func(t *testing.T) {
			s := siteOf(address)
			s.Backends[0].HTTP2 = name == "h2c"
			s.Backends[0].Check = "/"
			s.Timeouts.Answer, s.Health.Timeout, s.Retries = 100*time.Millisecond, 100*time.Millisecond, 0
			p := poolOf(t, s, upstream.Options{})
			f := frontOf(t, p)
			status, body := get(t, f.URL)
			if e := f.failed(t); status != 504 || e.Reason != upstream.Failed || e.Cause != upstream.Silent || e.Tried != 1 || !strings.Contains(body, "no backend answered") {
				t.Errorf("%d %q, %v", status, body, e)
			}
			if p.CheckAll(t.Context()); p.State().Backends[0].Cause != upstream.Silent {
				t.Errorf("a check says %+v", p.State())
			}
		})
	}
}
