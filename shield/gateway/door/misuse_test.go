package door

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"pgregory.net/rapid"
)

// settings reads the server's first frame, which is its settings.
func settings(t *testing.T, c net.Conn) map[uint16]uint32 {
	t.Helper()
	var head [9]byte
	if _, err := io.ReadFull(c, head[:]); err != nil || head[3] != frameSettings {
		t.Fatalf("%x, %v", head, err)
	}
	body := make([]byte, int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(c, body); err != nil {
		t.Fatal(err)
	}
	out := map[uint16]uint32{}
	for ; len(body) >= 6; body = body[6:] {
		out[binary.BigEndian.Uint16(body)] = binary.BigEndian.Uint32(body[2:])
	}
	return out
}

// talk opens a connection of HTTP/2 on which a test writes frames of its own. What the server says is read and passed over.
func (s *site) talk(t *testing.T) (*http2.Framer, chan error) {
	t.Helper()
	c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots, NextProtos: []string{"h2"}})
	if _, err := io.WriteString(c, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	f := http2.NewFramer(c, nil)
	if err := f.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, c)
		ended <- err
	}()
	return f, ended
}

var request = func() []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a.example"}} {
		e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	return b.Bytes()
}()

func TestMisuseOfHTTP2IsCutWhenItCosts(t *testing.T) {
	attacks := map[string]func(f *http2.Framer, i int) error{
		"rapid reset": func(f *http2.Framer, i int) error {
			if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: request, EndStream: true, EndHeaders: true}); err != nil {
				return err
			}
			return f.WriteRSTStream(uint32(2*i+1), http2.ErrCodeCancel)
		},
		"pings":    func(f *http2.Framer, i int) error { return f.WritePing(false, [8]byte{}) },
		"settings": func(f *http2.Framer, i int) error { return f.WriteSettings() },
		"empty data": func(f *http2.Framer, i int) error {
			if i == 0 {
				return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: request, EndHeaders: true})
			}
			return f.WriteData(1, false, nil)
		},
		"continuations without an end": func(f *http2.Framer, i int) error {
			if i == 0 {
				return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: request})
			}
			return f.WriteContinuation(1, false, nil)
		},
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			wait := make(chan struct{})
			defer close(wait)
			s := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-wait:
				case <-r.Context().Done():
				}
			}), func(c *Config) { c.Misuse = MisuseLimits{Drain: 1, Hot: 300, Always: 3000} })
			run := func() int {
				f, ended := s.talk(t)
				for i := range 50_000 {
					if err := attack(f, i); err != nil {
						<-ended
						return i
					}
				}
				t.Fatalf("nothing was cut: %+v, %d connections", s.door.Counts(), s.door.Connections())
				return 0
			}
			s.door.SetHot(true)
			n := run()
			if c := s.door.Counts(); c.Misused != 1 {
				t.Errorf("%d were cut, after %d", c.Misused, n)
			}
			s.door.SetHot(false)
			run()
			// net/http itself ends some of these earlier than the door does when it is not hot.
			t.Logf("%d were cut by the door", s.door.Counts().Misused)
		})
	}
}

func TestAQuietDoorLetsABrowserResetAPage(t *testing.T) {
	s := open(t, http.NotFoundHandler(), nil)
	s.door.SetHot(true)
	f, ended := s.talk(t)
	for i := range 200 {
		if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: request, EndStream: true, EndHeaders: true}); err != nil {
			t.Fatal(err)
		}
		if err := f.WriteRSTStream(uint32(2*i+1), http2.ErrCodeCancel); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-ended:
		t.Errorf("it was cut: %v", err)
	default:
	}
	if n := s.door.Counts().Misused; n != 0 {
		t.Errorf("%d were cut", n)
	}
}

func TestAHeaderBlockOfHTTP2HasItsTime(t *testing.T) {
	s := open(t, http.NotFoundHandler(), func(c *Config) { c.Limits.HeaderTime = 50 * time.Millisecond })
	f, ended := s.talk(t)
	if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: request, EndStream: true}); err != nil {
		t.Fatal(err)
	}
	<-ended // or the test hangs
}

func TestAHeaderOfHTTP1HasItsTime(t *testing.T) {
	s := open(t, http.NotFoundHandler(), nil)
	s.server.ReadHeaderTimeout = 100 * time.Millisecond
	c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for _, b := range "GET / HTTP/1.1\r\nHost: a.example\r\nX: " + strings.Repeat("x", 5000) {
		<-tick.C
		if _, err := io.WriteString(c, string(b)); err != nil {
			return
		}
	}
	t.Error("a header that takes a minute is read to its end")
}

func TestABodyThatComesTooSlowlyIsEnded(t *testing.T) {
	for name, set := range map[string]func(*http.Protocols){"HTTP/1": one, "HTTP/2": two} {
		t.Run(name, func(t *testing.T) {
			s, failed := open(t, nil, nil), make(chan error, 1)
			s.server.Handler = s.door.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, err := io.Copy(io.Discard, r.Body)
				failed <- err
				w.WriteHeader(http.StatusRequestTimeout)
			}), func(r *http.Request) Pace {
				if r.ContentLength > 0 {
					return Pace{Bytes: 1 << 20, Grace: time.Minute}
				}
				return Pace{Bytes: 1 << 20, Grace: 100 * time.Millisecond}
			})
			client := s.client(t, set)
			body, w := io.Pipe()
			defer w.Close()
			go io.WriteString(w, "one piece, and then nothing")
			r, _ := http.NewRequest("POST", "https://a.example/", body)
			if answer, err := client.Do(r); err == nil {
				answer.Body.Close()
			}
			if err := <-failed; !errors.Is(err, ErrSlow) {
				t.Errorf("the handler is told %v", err)
			}
			if n := s.door.Counts().SlowBody; n != 1 {
				t.Errorf("%d bodies were slow", n)
			}
			// One that comes at once is read whole, however long its handler takes over it.
			answer, err := client.Post("https://a.example/", "text/plain", strings.NewReader(strings.Repeat("x", 1<<20)))
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if err := <-failed; err != nil {
				t.Errorf("a body that came at once: %v", err)
			}
		})
	}
}

func TestABodyThatNobodyReadsDoesNotKeepItsConnection(t *testing.T) {
	s := open(t, nil, nil)
	s.server.Handler = s.door.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}), nil)
	c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots})
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000\r\n\r\nx")
	if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after half a minute it is still open")
	}
}

func TestAHeaderOfHTTP1ThatIsTooLongIsRefused(t *testing.T) {
	s := open(t, http.NotFoundHandler(), nil)
	c := tls.Client(s.dial(t), &tls.Config{ServerName: "a.example", RootCAs: s.roots})
	go io.WriteString(c, "GET / HTTP/1.1\r\nHost: a.example\r\nX: "+strings.Repeat("x", 100_000))
	b := make([]byte, 12)
	if _, err := io.ReadFull(c, b); string(b) != "HTTP/1.1 431" && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the answer is %q, %v", b, err)
	}
}

// TestPiecesDoNotShowInFrames draws frames, and how they are cut.
func TestPiecesDoNotShowInFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		b.WriteString(http2.ClientPreface)
		want, sawSettings, block := 0, false, false
		for range rapid.IntRange(0, 20).Draw(t, "frames") {
			kind, flags := byte(rapid.IntRange(0, 12).Draw(t, "kind")), byte(rapid.SampledFrom([]int{0, 1, 4, 5}).Draw(t, "flags"))
			n := rapid.SampledFrom([]int{0, 1, 8, 300}).Draw(t, "bytes")
			b.Write([]byte{0, byte(n >> 8), byte(n), kind, flags, 0, 0, 0, 1})
			b.Write(bytes.Repeat([]byte{0xff}, n))
			switch {
			case kind == frameHeaders, kind == frameWindow, kind == frameData && (n > 0 || flags&1 != 0):
			case kind == frameSettings && !sawSettings:
				sawSettings = true
			default:
				want++
			}
			if kind == frameHeaders || kind == frameContinuation {
				block = flags&flagEndHeaders == 0
			}
		}
		var f frames
		got := 0
		for rest := b.Bytes(); len(rest) > 0; {
			n := min(len(rest), rapid.IntRange(1, 40).Draw(t, "piece"))
			got += f.feed(rest[:n])
			rest = rest[n:]
		}
		if got != want || f.block != block {
			t.Fatalf("%d points and %v, expected %d and %v", got, f.block, want, block)
		}
	})
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte(http2.ClientPreface+"\x00\x00\x00\x04\x00\x00\x00\x00\x00"), 3)
	f.Fuzz(func(t *testing.T, b []byte, step int) {
		var whole, pieces frames
		a, n := whole.feed(b), 0
		step = max(1, step)
		for rest := b; len(rest) > 0; rest = rest[min(step, len(rest)):] {
			n += pieces.feed(rest[:min(step, len(rest))])
		}
		if a != n || whole != pieces {
			t.Fatalf("%d and %d points, %+v and %+v", a, n, whole, pieces)
		}
	})
}

func TestPointsGoAwayWithTime(t *testing.T) {
	var m misuse
	limits := MisuseLimits{Drain: 100}.filled()
	now := int64(time.Hour)
	m.add(limits, 0, now)
	if got := m.add(limits, 500, now); got != 500 {
		t.Errorf("%d points", got)
	}
	if got := m.add(limits, 0, now+2*int64(time.Second)); got != 300 {
		t.Errorf("%d after two seconds", got)
	}
	if got := m.add(limits, 0, now-int64(time.Hour)); got != 300 {
		t.Errorf("%d after the clock was set back", got)
	}
	if got := m.add(limits, 0, now+int64(time.Hour)); got != 0 {
		t.Errorf("%d after an hour", got)
	}
}
