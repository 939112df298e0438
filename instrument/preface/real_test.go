package preface

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/packet/capture"
)

// heard reads how the client of one connection introduces itself, and hangs up. A connection on which nothing comes is
// passed over: browsers open some in case they will need them. TLS is spoken where a certificate is given.
func heard(t *testing.T, with *tls.Config, call func(address string)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := listener.(*net.TCPListener).SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	called := make(chan struct{})
	go func() {
		defer close(called)
		call(listener.Addr().String())
	}()
	for {
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if with != nil {
			conn = tls.Server(conn, with)
		}
		text, err := listened(conn)
		conn.Close()
		if text == "" && err != nil {
			t.Logf("a connection said nothing: %v", err)
			continue
		}
		if err != nil {
			t.Fatalf("after %s: %v", text, err)
		}
		<-called
		return text
	}
}

func listened(conn net.Conn) (string, error) {
	var r Reader
	b := make([]byte, 64)
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return "", err
	}
	for {
		n, err := conn.Read(b)
		done := false
		if err == nil {
			done, err = r.Feed(b[:n])
		}
		if done || err != nil {
			return string(r.AppendText(nil)), err
		}
	}
}

// TestGoItselfIsReadOverARealConnection: what net/http sends today. Where a release of Go sends something else, this says
// what: the rules that know it have to be told then.
func TestGoItselfIsReadOverARealConnection(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(p *http.Protocols)
		want string
	}{
		{"HTTP/2 without TLS", func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, "h2|2:0;4:4194304;5:16384;6:10485760|1073741824|-|-|amps"},
		{"HTTP/1", func(p *http.Protocols) { p.SetHTTP1(true) }, "h1|1.1|Host,User-Agent,Accept,Accept-Language,Accept-Encoding"},
	} {
		t.Run(c.name, func(t *testing.T) {
			transport := &http.Transport{Protocols: new(http.Protocols)}
			c.set(transport.Protocols)
			defer transport.CloseIdleConnections()
			got := heard(t, nil, func(address string) {
				request, err := http.NewRequest("GET", "http://"+address+"/?q=1", nil)
				if err != nil {
					t.Error(err)
					return
				}
				request.Header.Set("Accept", "*/*")
				request.Header.Set("Accept-Language", "de")
				request.Header.Set("Cookie", "a=b")
				if answer, err := transport.RoundTrip(request); err == nil {
					answer.Body.Close()
					t.Error("somebody answered")
				}
			})
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// browserAt is where Debian's package has Chromium.
const browserAt = "/usr/bin/chromium"

// TestChromiumIsReadOverARealConnection: what a real browser says behind TLS, by HTTP/2 and, where that is not offered, by HTTP/1. Version
// 156 says h2|1:65536;2:0;4:6291456;6:262144|15663105|-|1:0|masp; what later ones will hardly change is asked for here.
func TestChromiumIsReadOverARealConnection(t *testing.T) {
	if _, err := os.Stat(browserAt); os.IsNotExist(err) {
		t.Fatalf("there is no %s: apt-get install chromium, or let .ci/run install it", browserAt)
	}
	server := httptest.NewTLSServer(nil) // for its certificate
	defer server.Close()
	for protocol, want := range map[string]*regexp.Regexp{
		"h2":       regexp.MustCompile(`^h2\|1:65536;[0-9:;]*6:\d+\|\d{6,}\|-\|1:0\|masp$`),
		"http/1.1": regexp.MustCompile(`^h1\|1\.1\|Host,Connection,sec-ch-ua,.*User-Agent,Accept,.*Accept-Encoding,Accept-Language`),
	} {
		t.Run(protocol, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "chromium")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) }) // a process of the browser's may be about to write a last file
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			browser := exec.CommandContext(ctx, browserAt, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
				"--disable-component-update", "--ignore-certificate-errors", "--remote-debugging-port=0", "--user-data-dir="+dir)
			browser.Cancel = func() error { return browser.Process.Signal(os.Interrupt) }
			browser.WaitDelay = 10 * time.Second
			got := heard(t, &tls.Config{Certificates: server.TLS.Certificates, NextProtos: []string{protocol}}, func(address string) {
				browser.Args = append(browser.Args, "https://"+address+"/")
				if err := browser.Start(); err != nil {
					t.Error(err)
				}
			})
			stop()
			_ = browser.Wait() // it was interrupted
			t.Log(got)
			if a, why := Contradicts(got, chromeAgent, true); a != hello.No {
				t.Errorf("a real browser contradicts its name: %s, %s", a, why)
			}
			if !want.MatchString(got) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestRealInputPrefaces reads what clients said in recorded captures, byte by byte.
func TestRealInputPrefaces(t *testing.T) {
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	said, two, one := map[string]int{}, 0, 0
	err := filepath.WalkDir(filepath.Join(root, "tls-http2"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".pcap", ".pcapng", ".cap"}, filepath.Ext(path)) {
			return err
		}
		for _, stream := range streams(t, path) {
			text, done, err := read(stream, 1)
			whole, also, err2 := read(stream, len(stream))
			if text != whole || done != also || !errors.Is(err, err2) {
				t.Errorf("%s: pieces show: %s and %s", path, text, whole)
			}
			if !done {
				if bytes.HasPrefix(stream, []byte(magic)) {
					t.Logf("%s: %s, %v", path, text, err)
				}
				continue
			}
			said[text]++
			if strings.HasPrefix(text, "h2") {
				two++
			} else {
				one++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, n := range said {
		t.Logf("%3d × %s", n, text)
	}
	t.Logf("%d connections of HTTP/2, %d of HTTP/1", two, one)
	for who, text := range map[string]string{
		"Chrome":  "h2|1:65536;3:1000;4:6291456;6:262144|15663105|-|1:0|masp",
		"Firefox": "h2|1:65536;4:131072;5:16384|12517377|3:0:0:200,5:0:0:100,7:0:0:0,9:0:7:0,11:0:3:0,13:0:0:240|0:7|mpas",
	} {
		if said[text] == 0 {
			t.Errorf("%s of these captures is not read: %s", who, text)
		}
	}
	if two < 5 || one < 1 {
		t.Errorf("%d connections of HTTP/2 and %d of HTTP/1 were read; expected some of each", two, one)
	}
}

// streams returns what each client sent in the connections of a capture, in the order of the packets, as far as
// that is the order of what was sent.
func streams(t *testing.T, path string) (out [][]byte) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := capture.New(f)
	if err != nil {
		return nil
	}
	type end struct{ from, to string }
	type stream struct {
		next  uint32
		bytes []byte
		gap   bool
	}
	open := map[end]*stream{}
	var order []*stream
	for {
		p, err := r.Next()
		if err != nil {
			break
		}
		h, ok := p.Headers()
		if !ok || h.Protocol != packet.TCP || h.Fault != packet.Sound || h.Tunnel || h.Payload > len(p.Data) {
			continue
		}
		seq, payload, ok := segment(p.Data, &h)
		if !ok {
			continue
		}
		key := end{h.Source.String() + h.Destination.String(), string([]byte{byte(h.SourcePort >> 8), byte(h.SourcePort), byte(h.DestinationPort >> 8), byte(h.DestinationPort)})}
		if h.Opens() {
			open[key] = &stream{next: seq + 1}
			order = append(order, open[key])
		}
		s := open[key]
		if s == nil || s.gap || len(payload) == 0 {
			continue
		}
		if seq != s.next {
			s.gap = seq-s.next < 1<<31 // what was sent again is passed over
			continue
		}
		s.next += uint32(len(payload))
		s.bytes = append(s.bytes, payload...)
	}
	for _, s := range order {
		if len(s.bytes) > 0 {
			out = append(out, s.bytes)
		}
	}
	return out
}

// segment finds the TCP header of a frame by its ports, behind the addresses.
func segment(frame []byte, h *packet.Headers) (seq uint32, payload []byte, ok bool) {
	source, destination := h.Source.AsSlice(), h.Destination.AsSlice()
	at := bytes.Index(frame, append(slices.Clone(source), destination...))
	if at < 0 {
		return 0, nil, false
	}
	ports := []byte{byte(h.SourcePort >> 8), byte(h.SourcePort), byte(h.DestinationPort >> 8), byte(h.DestinationPort)}
	at += 2 * len(source)
	i := bytes.Index(frame[at:], ports)
	if i < 0 || len(frame) < at+i+20 {
		return 0, nil, false
	}
	head := frame[at+i:]
	long := int(head[12]>>4) * 4
	if len(head) < long+h.Payload {
		return 0, nil, false
	}
	return uint32(head[4])<<24 | uint32(head[5])<<16 | uint32(head[6])<<8 | uint32(head[7]), head[long : long+h.Payload], true
}
