package guard

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// engine is the other end of an agent's connection, as HAProxy would be it.
type engine struct {
	t testing.TB
	c net.Conn
}

func dialAgent(t testing.TB, addr string) *engine {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return &engine{t, c}
}

func (e *engine) send(frames ...[]byte) {
	e.t.Helper()
	if _, err := e.c.Write(slices.Concat(frames...)); err != nil {
		e.t.Fatal(err)
	}
}

// next reads a frame; false where the connection ended.
func (e *engine) next() (h head, w words, ok bool) {
	e.t.Helper()
	var size [4]byte
	if _, err := io.ReadFull(e.c, size[:]); err != nil {
		if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
			e.t.Fatal("the agent says nothing")
		}
		return h, w, false
	}
	b := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(e.c, b); err != nil {
		e.t.Fatal(err)
	}
	h, w = readHead(b)
	return h, w, true
}

// expect reads a frame of a kind.
func (e *engine) expect(kind byte) (head, words) {
	e.t.Helper()
	h, w, ok := e.next()
	if !ok || h.kind != kind {
		e.t.Fatalf("the agent sent %v (%v); expected a frame of type %d", h, ok, kind)
	}
	return h, w
}

// left reads the code of a disconnect, and that the connection ends.
func (e *engine) left() uint64 {
	e.t.Helper()
	_, w := e.expect(agentDisconnect)
	code := uint64(99)
	for len(w.b) > 0 {
		if name, v := w.text(), w.value(); string(name) == "status-code" {
			code = v.n
		}
	}
	if _, _, ok := e.next(); ok {
		e.t.Error("the agent goes on after its disconnect")
	}
	return code
}

func helloOf(version string, size uint32, more ...byte) []byte {
	b := appendHead(nil, frameHello, 0, 0)
	if version != "" {
		b = appendString(appendText(b, "supported-versions"), version)
	}
	if size != 0 {
		b = appendUint32(appendText(b, "max-frame-size"), size)
	}
	b = appendString(appendText(b, "capabilities"), "pipelining")
	return seal(append(b, more...), 0)
}

func (e *engine) greet() {
	e.t.Helper()
	e.send(helloOf("2.0", 16380))
	_, w := e.expect(agentHello)
	said := map[string]value{}
	for len(w.b) > 0 {
		name := string(w.text())
		said[name] = w.value()
	}
	if w.bad || string(said["version"].b) != "2.0" || said["max-frame-size"].n != 16380 || string(said["capabilities"].b) != "pipelining" {
		e.t.Fatalf("the agent says %v", said)
	}
}

// askOf is a NOTIFY for a path.
func askOf(stream uint64, path string, more ...byte) []byte {
	var fields []byte
	for _, s := range []string{"host", "shop.example", "user-agent", "visitor/1", "x-forwarded-for", "192.0.2.1", "", ""} {
		fields = appendText(fields, s)
	}
	b := appendHead(nil, frameNotify, stream, 1)
	b = append(appendText(b, messageAsk), 6)
	b = appendString(appendText(b, "method"), "GET")
	b = appendString(appendText(b, "uri"), path)
	b = append(append(appendText(b, "src"), kindIPv4), 198, 51, 100, 7)
	b = appendNumber(append(appendText(b, "port"), kindInt32), 4711)
	b = appendBool(appendText(b, "secure"), true)
	b = appendText(append(appendText(b, "fields"), kindBinary), string(fields))
	return seal(append(b, more...), 0)
}

// acked reads an ACK, and the variables that it sets.
func (e *engine) acked(stream uint64) map[string]value {
	e.t.Helper()
	h, w := e.expect(agentAck)
	if h.stream != stream || h.frame != 1 || h.flags != flagFin {
		e.t.Fatalf("the agent acknowledged %+v; expected stream %d", h, stream)
	}
	vars := map[string]value{}
	for len(w.b) > 0 {
		if kind, args, scope := w.octet(), w.octet(), w.octet(); kind != 1 || args != 3 || scope != 2 {
			e.t.Fatalf("the action is %d with %d arguments in scope %d", kind, args, scope)
		}
		name := string(w.text())
		vars[name] = w.value()
	}
	if w.bad {
		e.t.Fatal("the actions cannot be read")
	}
	return vars
}

func TestAnAgentAnswersWhatHAProxySends(t *testing.T) {
	b := newBench(t)
	addr, _ := serveAgent(t, b.guard())
	e := dialAgent(t, addr)
	e.greet()
	e.send(askOf(300, "/open?a=1"))
	if v := e.acked(300); len(v) != 1 || v["forward"].kind != kindBool || v["forward"].n != 1 {
		t.Errorf("the agent sets %v", v)
	}
	h := b.hears()[0]
	if h.Method != "GET" || h.URI != "/open?a=1" || h.Host != "shop.example" || h.Agent != "visitor/1" || h.From.String() != "198.51.100.7" || h.Port != 4711 || !h.Secure || len(h.Header) != 1 {
		t.Errorf("the judge heard %+v", h)
	}
	e.send(askOf(1<<40, "/guarded"))
	if v := e.acked(1 << 40); len(v) != 2 || v["forward"].n != 0 || v["status"].n == 0 {
		t.Errorf("the agent sets %v", v)
	}
	e.send(askOf(2, "/cookie"))
	if v := e.acked(2); v["forward"].n != 1 || string(v["cookie"].b) != "ek=passed; Path=/; HttpOnly" {
		t.Errorf("the agent sets %v", v)
	}
	e.send(seal(appendHead(nil, frameDisconnect, 0, 0), 0))
	if code := e.left(); code != codeNormal {
		t.Errorf("the agent leaves with %d", code)
	}
}

func TestManyConnectionsAndFramesAtOnce(t *testing.T) {
	b := newBench(t)
	addr, _ := serveAgent(t, b.guard())
	var all []*engine
	for range 50 {
		e := dialAgent(t, addr)
		e.greet()
		var frames [][]byte
		for n := range uint64(40) {
			frames = append(frames, askOf(n, []string{"/open", "/guarded"}[n%2]))
		}
		e.send(frames...)
		all = append(all, e)
	}
	for _, e := range all {
		for n := range uint64(40) {
			if v := e.acked(n); v["forward"].n != 1-n%2 {
				t.Fatalf("stream %d: %v", n, v)
			}
		}
	}
}

func TestAMessageThatIsMalformedCostsOnlyItself(t *testing.T) {
	b := newBench(t)
	g := b.guard()
	addr, _ := serveAgent(t, g)
	e := dialAgent(t, addr)
	e.greet()
	whole := askOf(7, "/guarded")
	for n := len(whole) - 1; n > 11; n-- { // cut behind the head
		cut := append([]byte(nil), whole[:n]...)
		e.send(seal(cut, 0))
		if v := e.acked(7); len(v) != 0 {
			t.Fatalf("cut at %d: the agent sets %v", n, v)
		}
	}
	if len(b.hears()) != 0 {
		t.Error("the judge heard what was cut")
	}
	e.send(seal(append(appendHead(nil, frameNotify, 7, 1), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 0))
	e.acked(7)
	e.send(seal(append(appendText(appendHead(nil, frameNotify, 7, 1), "of somebody else"), 0), 0))
	e.acked(7)
	e.send(seal(appendHead(nil, 77, 7, 1), 0), askOf(8, "/open")) // of a type that is not known
	if v := e.acked(8); v["forward"].n != 1 {
		t.Errorf("afterwards the agent sets %v", v)
	}
	if n := g.Counts()[Malformed]; n == 0 {
		t.Error("nothing was counted")
	}
}

func TestAnAgentSaysWhyItLeaves(t *testing.T) {
	b := newBench(t)
	addr, _ := serveAgent(t, b.guard())
	for _, c := range []struct {
		name   string
		greets bool
		frame  []byte
		code   uint64
	}{
		{"no hello", false, askOf(1, "/open"), codeInvalid},
		{"no version", false, helloOf("", 16380), codeNoVersion},
		{"another version", false, helloOf("1.0, 3.0", 16380), codeVersion},
		{"no size", false, helloOf("2.0", 0), codeNoSize},
		{"too small a size", false, helloOf("2.0", 255), codeSize},
		{"a hello that is cut", false, helloOf("2.0", 16380, 7, 'x'), codeInvalid},
		{"a frame of more than was agreed", true, binary.BigEndian.AppendUint32(nil, 16381), codeTooBig},
		{"a frame of 4 GiB", true, []byte{0xff, 0xff, 0xff, 0xff}, codeTooBig},
		{"a frame of nothing", true, []byte{0, 0, 0, 0}, codeInvalid},
		{"a frame that ends within its head", true, []byte{0, 0, 0, 7, frameNotify, 0, 0, 0, 1, 0xff, 0xff}, codeInvalid},
		{"a part of a frame", true, []byte{0, 0, 0, 7, frameNotify, 0, 0, 0, 0, 1, 1}, codeFragment},
		{"another part of a frame", true, []byte{0, 0, 0, 7, frameUnset, 0, 0, 0, 1, 1, 1}, codeFragment},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := dialAgent(t, addr)
			if c.greets {
				e.greet()
			}
			e.send(c.frame)
			if code := e.left(); code != c.code {
				t.Errorf("the code is %d; expected %d", code, c.code)
			}
		})
	}
}

func TestAHealthCheckOfHAProxyIsAnswered(t *testing.T) {
	b := newBench(t)
	addr, _ := serveAgent(t, b.guard())
	e := dialAgent(t, addr)
	e.send(helloOf("2.0", 16380, appendBool(appendText(nil, "healthcheck"), true)...))
	e.expect(agentHello)
	if _, _, ok := e.next(); ok {
		t.Error("the agent goes on")
	}
}

func TestConnectionsOfAgentsAreBounded(t *testing.T) {
	b := newBench(t)
	g := b.guard(func(c *Config) { c.Sockets = 2 })
	addr, _ := serveAgent(t, g)
	first, second := dialAgent(t, addr), dialAgent(t, addr)
	first.greet()
	second.greet()
	third := dialAgent(t, addr)
	if _, _, ok := third.next(); ok {
		t.Error("a third connection is served")
	}
	first.send(askOf(1, "/open"))
	first.acked(1)
	if g.Counts()[Beyond] != 1 {
		t.Errorf("counted: %v", g.Counts())
	}
}

func TestAnAgentThatEndsLeavesNoConnection(t *testing.T) {
	addr, stop := serveAgent(t, newBench(t).guard())
	e := dialAgent(t, addr)
	e.greet()
	stop()
	if _, _, ok := e.next(); ok {
		t.Error("the connection goes on")
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("another is taken")
	}
}

func TestStrangersDoNotAskAsHAProxy(t *testing.T) {
	b := newBench(t)
	g := b.guard(func(c *Config) { c.Trusted = c.Trusted[1:] })
	addr, _ := serveAgent(t, g)
	e := dialAgent(t, addr)
	if _, _, ok := e.next(); ok || g.Counts()[Stranger] != 1 {
		t.Errorf("a stranger is served; counted: %v", g.Counts())
	}
}

func TestNumbersComeBackAsTheyWere(t *testing.T) {
	for _, c := range []struct {
		n     uint64
		bytes int
	}{{0, 1}, {239, 1}, {240, 2}, {2287, 2}, {2288, 3}, {264431, 3}, {264432, 4}, {33818863, 4}, {33818864, 5}, {4328786159, 5}, {4328786160, 6}, {1<<64 - 1, 10}} {
		b := appendNumber(nil, c.n)
		w := words{b: b}
		if got := w.number(); got != c.n || len(b) != c.bytes || w.bad || len(w.b) != 0 {
			t.Errorf("%d comes back as %d in %d bytes; expected %d", c.n, got, len(b), c.bytes)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n, s := rapid.Uint64().Draw(t, "n"), rapid.String().Draw(t, "s")
		w := words{b: appendBool(appendString(appendNumber(nil, n), s), true)}
		if got, text, yes := w.number(), w.value(), w.value(); got != n || string(text.b) != s || yes.n != 1 || w.bad || len(w.b) != 0 {
			t.Fatalf("%d and %q come back as %d and %q", n, s, got, text.b)
		}
	})
}

func TestWhatBecameOfARequestIsTold(t *testing.T) {
	b := newBench(t)
	g := b.guard()
	told := func(status, bytes []byte, asked, now uint64) {
		b := append(appendText(nil, messageTold), 6)
		b = appendString(appendText(b, "host"), "shop.example")
		b = append(append(appendText(b, "src"), kindIPv6), netip.MustParseAddr("2001:db8::1").AsSlice()...)
		b = append(appendText(b, "status"), status...)
		b = append(appendText(b, "bytes"), bytes...)
		b = appendNumber(append(appendText(b, "asked"), kindInt64), asked)
		b = appendNumber(append(appendText(b, "now"), kindInt64), now)
		if actions := g.notified(nil, words{b: b}); len(actions) != 0 {
			t.Errorf("it has actions: %v", actions)
		}
	}
	number := func(n uint64) []byte { return appendNumber([]byte{kindInt64}, n) }
	told(number(502), appendString(nil, "1234"), 1_000_000, 1_250_000)
	told(number(200), []byte{kindNull}, 2_000_000, 1_000_000) // the clock was set back
	told(number(0), []byte{kindNull}, 1, 2)
	told(number(1<<63), []byte{kindNull}, 1, 2)
	want := []Outcome{
		{"shop.example", netip.MustParseAddr("2001:db8::1"), 502, 250 * time.Millisecond, 1234},
		{"shop.example", netip.MustParseAddr("2001:db8::1"), 200, 0, -1},
	}
	if len(b.told) != 2 || b.told[0] != want[0] || b.told[1] != want[1] {
		t.Errorf("told %+v; expected %+v", b.told, want)
	}
}

// FuzzAgent reads whatever is sent: nothing panics, and whatever is acknowledged can be read.
func FuzzAgent(f *testing.F) {
	b := newBench(f)
	g, err := New(b.config())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(slices.Concat(helloOf("2.0", 16380), askOf(1, "/open"), askOf(300, "/guarded?x")))
	f.Add(askOf(1, "/cookie"))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out strings.Builder
		g.agent(&wire{in: strings.NewReader(string(in)), out: &out})
		all := []byte(out.String())
		for len(all) > 0 {
			n := int(binary.BigEndian.Uint32(all))
			h, w := readHead(all[4 : 4+n])
			if w.bad || h.flags != flagFin || h.kind < agentHello {
				t.Fatalf("the agent sent %v", all)
			}
			all = all[4+n:]
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, h := range b.all {
			if !token(h.Method) || h.URI == "" || !h.From.IsValid() {
				t.Fatalf("the judge heard %+v", h)
			}
		}
		b.all, b.told = nil, nil
	})
}

// wire is a connection in memory.
type wire struct {
	net.Conn
	in  io.Reader
	out io.Writer
}

func (w *wire) Read(b []byte) (int, error)       { return w.in.Read(b) }
func (w *wire) Write(b []byte) (int, error)      { return w.out.Write(b) }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// A visitor can leave out a path (OPTIONS *, CONNECT) but not the argument itself.
func TestARequestWithoutAPathIsAskedAbout(t *testing.T) {
	b := newBench(t)
	g := b.guard()
	ask := func(args ...[]byte) []byte {
		m := append(appendText(nil, messageAsk), byte(len(args)))
		return g.notified(nil, words{b: slices.Concat(append([][]byte{m}, args...)...)})
	}
	method := appendString(appendText(nil, "method"), "OPTIONS")
	src := append(append(appendText(nil, "src"), kindIPv4), 198, 51, 100, 7)
	fields := append(append(appendText(nil, "fields"), kindBinary), 2, 0, 0)
	ask(method, append(appendText(nil, "uri"), kindNull), src, fields)
	if all := b.hears(); len(all) != 1 || all[0].URI != "*" || all[0].Host != "" {
		t.Errorf("the judge heard %+v", all)
	}
	for range 2 {
		if v := ask(method, src, fields); len(v) == 0 {
			t.Error("the visitor is told nothing")
		}
		ask(method, append(appendText(nil, "uri"), kindNull), src)
		ask(method, append(appendText(nil, "uri"), kindNull), fields)
	}
	if c := g.Counts(); c[Incomplete] != 6 || len(b.hears()) != 1 {
		t.Errorf("counted %v", c)
	}
}
