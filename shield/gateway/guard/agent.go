package guard

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The messages that HAProxy sends, and the variables that it gets, as docs/example/guard-haproxy.cfg has them.
const (
	messageAsk  = "evenkeel-ask"
	messageTold = "evenkeel-told"

	varForward = "forward" // boolean: the request passes; it is set with every decision
	varStatus  = "status"  // of the answer, where it does not
	varCookie  = "cookie"  // to be added to the backend's answer, if any
)

// Deadlines of a connection with HAProxy: without a frame, for the rest of a frame, and for what is written.
const (
	agentIdle  = 5 * time.Minute
	agentFrame = 5 * time.Second
)

// ServeAgent answers HAProxy's stream processing offload engines (SPOE) that connect to l, until l is closed. Then it closes their
// connections, and returns when all have ended. Frames of one connection are answered in their order; HAProxy opens as many
// connections as it needs.
func (g *Guard) ServeAgent(l net.Listener) error {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	sockets := make(chan struct{}, g.config.Sockets) // full: who comes is closed
	pause := least
	for {
		c, err := l.Accept()
		if err != nil {
			if t, ok := err.(interface{ Temporary() bool }); !ok || !t.Temporary() {
				return err
			}
			<-time.After(pause) // no file descriptors most likely
			pause = min(2*pause, time.Second)
			continue
		}
		pause = least
		peer, _ := netip.ParseAddrPort(c.RemoteAddr().String())
		if !g.trusts(peer.Addr()) {
			g.counts[Stranger].Add(1)
			c.Close()
			continue
		}
		select {
		case sockets <- struct{}{}:
		default:
			g.counts[Beyond].Add(1)
			c.Close()
			continue
		}
		all.Go(func() {
			stop := context.AfterFunc(ctx, func() { c.Close() })
			defer func() { stop(); c.Close(); <-sockets }()
			g.agent(c)
		})
	}
}

// least is the first pause after a connection that could not be taken.
const least = 5 * time.Millisecond

// agent is one connection.
type agent struct {
	guard *Guard
	in    *bufio.Reader
	out   *bufio.Writer
	conn  net.Conn
	most  uint32 // bytes of a frame, as agreed
	frame []byte
	reply []byte
}

var (
	none     = []string{""}
	asterisk = []byte("*")
)

var errEnd = errors.New("the connection ends")

// agent serves a connection until it ends, whatever comes.
func (g *Guard) agent(c net.Conn) {
	s := agent{guard: g, conn: c, in: bufio.NewReaderSize(c, 16<<10), out: bufio.NewWriterSize(c, 8<<10), most: MostFrame}
	err := s.greet()
	for err == nil {
		err = s.turn()
	}
	_ = c.SetWriteDeadline(g.config.Now().Add(agentFrame))
	_ = s.out.Flush()
}

// read reads the next frame. It is valid until the next call.
func (s *agent) read() error {
	now := s.guard.config.Now()
	if s.in.Buffered() == 0 {
		_ = s.conn.SetDeadline(now.Add(agentIdle))
		if err := s.out.Flush(); err != nil {
			return err
		}
	}
	size, err := s.in.Peek(4)
	if err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(size)
	if n > s.most {
		return s.leave(codeTooBig, "a frame has at most "+strconv.Itoa(int(s.most))+" bytes")
	}
	if n < 7 { // type, flags, two numbers
		return s.leave(codeInvalid, "a frame has at least 7 bytes")
	}
	_, _ = s.in.Discard(4)
	if s.in.Buffered() < int(n) {
		_ = s.conn.SetDeadline(s.guard.config.Now().Add(agentFrame))
	}
	if cap(s.frame) < int(n) {
		s.frame = make([]byte, n)
	}
	s.frame = s.frame[:n]
	_, err = io.ReadFull(s.in, s.frame)
	return err
}

// leave says why the connection ends.
func (s *agent) leave(code uint32, why string) error {
	b := appendHead(s.reply[:0], agentDisconnect, 0, 0)
	b = appendUint32(appendText(b, "status-code"), code)
	b = appendString(appendText(b, "message"), why)
	_, _ = s.out.Write(seal(b, 0))
	return errEnd
}

// greet agrees on version and size (sections 3.2.4 and 3.2.5).
func (s *agent) greet() error {
	_ = s.conn.SetDeadline(s.guard.config.Now().Add(agentFrame))
	if err := s.read(); err != nil {
		return err
	}
	h, w := readHead(s.frame)
	if h.kind != frameHello || w.bad || h.flags&flagFin == 0 {
		return s.leave(codeInvalid, "a connection begins with HAPROXY-HELLO")
	}
	version, size, capable, health := false, uint64(0), false, false
	for len(w.b) > 0 {
		name, v := w.text(), w.value()
		switch string(name) {
		case "supported-versions":
			for one := range strings.SplitSeq(string(v.b), ",") {
				major, _, _ := strings.Cut(strings.TrimSpace(one), ".")
				version = version || major == "2"
			}
			if !version && v.kind == kindString {
				return s.leave(codeVersion, "the version is 2.0")
			}
		case "max-frame-size":
			size = v.n
		case "capabilities":
			capable = v.kind == kindString
		case "healthcheck":
			health = v.kind == kindBool && v.n == 1
		}
	}
	switch {
	case w.bad:
		return s.leave(codeInvalid, errFrame.Error())
	case !version:
		return s.leave(codeNoVersion, "HAPROXY-HELLO names no version")
	case size == 0:
		return s.leave(codeNoSize, "HAPROXY-HELLO names no max-frame-size")
	case !capable:
		return s.leave(codeNoCapable, "HAPROXY-HELLO names no capabilities")
	case size < LeastFrame:
		return s.leave(codeSize, "a frame has room for 256 bytes at least")
	}
	s.most = uint32(min(size, MostFrame))
	b := appendHead(s.reply[:0], agentHello, 0, 0)
	b = appendString(appendText(b, "version"), "2.0")
	b = appendUint32(appendText(b, "max-frame-size"), s.most)
	b = appendString(appendText(b, "capabilities"), "pipelining")
	s.reply = seal(b, 0)
	if _, err := s.out.Write(s.reply); err != nil {
		return err
	}
	if health {
		return errEnd
	}
	return nil
}

// turn answers one frame.
func (s *agent) turn() error {
	if err := s.read(); err != nil {
		return err
	}
	h, w := readHead(s.frame)
	switch {
	case h.kind == frameUnset, h.flags&flagFin == 0:
		return s.leave(codeFragment, "frames are taken whole only")
	case h.kind == frameDisconnect:
		return s.leave(codeNormal, "bye")
	case w.bad:
		return s.leave(codeInvalid, errFrame.Error())
	case h.kind != frameNotify: // section 3.2.3: what is unknown is skipped
		return nil
	}
	b := appendHead(s.reply[:0], agentAck, h.stream, h.frame)
	b = s.guard.notified(b, w)
	if uint32(len(b)-4) > s.most { // a cookie that is too long for a frame; without variables the request passes
		b = appendHead(b[:0], agentAck, h.stream, h.frame)
	}
	s.reply = seal(b, 0)
	_, err := s.out.Write(s.reply)
	return err
}

// notified appends the actions that answer the messages of a frame. One that cannot be read gets none, and the request passes: its content
// is the gateway's, not the visitor's.
func (g *Guard) notified(dst []byte, w words) []byte {
	for len(w.b) > 0 {
		name, count := w.text(), w.octet()
		switch string(name) {
		case messageAsk:
			dst = g.asked(dst, &w, int(count))
		case messageTold:
			g.told(&w, int(count))
		default:
			for range count {
				w.text()
				w.value()
			}
		}
		if w.bad {
			g.counts[Malformed].Add(1)
		}
	}
	return dst
}

// asked decides on one request.
func (g *Guard) asked(dst []byte, w *words, count int) []byte {
	q := g.take()
	defer g.give(q)
	var method, uri, ja4, stable []byte
	var src netip.Addr
	f := lacking // until there are fields
	if q.header == nil {
		q.header = make(http.Header, 16)
	}
	for range count {
		name, v := w.text(), w.value()
		switch string(name) {
		case "method":
			method = v.b
		case "uri":
			if uri = v.b; v.kind == kindNull { // there is no path in OPTIONS * and in CONNECT
				uri = asterisk
			}
		case "src":
			src = v.addr()
		case "port":
			if n, ok := v.whole(); ok && n > 0 && n <= math.MaxUint16 {
				q.Port = uint16(n)
			}
		case "secure":
			q.Secure = v.kind == kindBool && v.n == 1
		case "fields":
			if v.kind == kindBinary {
				f = fields(q.header, v.b)
			}
		case "ja4":
			ja4 = v.b
		case "stable":
			stable = v.b
		}
	}
	if w.bad {
		return dst // counted by whoever called
	}
	name := q.header["Host"]
	delete(q.header, "Host")
	if q.From = src; !src.IsValid() || method == nil || uri == nil {
		f = max(f, lacking)
	}
	if f == whole {
		if len(name) == 0 { // HTTP/1.0 has none
			name = none
		}
		if f = q.set(string(method), string(uri), name[0], q.header); len(name) > 1 {
			f = max(f, broken)
		}
		g.hello(&q.Ask, string(ja4), string(stable))
	}
	v, ready := g.judge(q, f)
	forward, status := v.Forward, v.Answer.Status
	if ready != nil {
		forward, status = false, ready.status
	}
	dst = appendBool(appendSetVar(dst, varForward), forward)
	if !forward {
		return appendUint32(appendSetVar(dst, varStatus), uint32(status))
	}
	if v.SetCookie != "" {
		dst = appendString(appendSetVar(dst, varCookie), v.SetCookie)
	}
	return dst
}

// fields reads what HAProxy's req.hdrs_bin gives: pairs of texts, and an empty pair behind the last.
func fields(into http.Header, b []byte) fault {
	w := words{b: b}
	for n := 0; ; n++ {
		name, v := w.text(), w.text()
		switch {
		case w.bad:
			return broken
		case len(name) == 0:
			return whole
		case n == MostFields:
			return large
		}
		key := http.CanonicalHeaderKey(string(name))
		into[key] = append(into[key], string(v))
	}
}

// told hands on how a backend answered.
func (g *Guard) told(w *words, count int) {
	o := Outcome{Bytes: -1}
	var asked, now int64
	var first, last bool
	for range count {
		name, v := w.text(), w.value()
		switch string(name) {
		case "host":
			o.Host = string(bytes.TrimSpace(v.b))
		case "src":
			o.From = v.addr()
		case "status":
			n, _ := v.whole()
			o.Status = int(min(n, 1000))
		case "bytes":
			if n, ok := v.whole(); ok {
				o.Bytes = n
			} else if n, err := strconv.ParseInt(string(v.b), 10, 64); err == nil && n >= 0 {
				o.Bytes = n
			}
		case "asked":
			asked, first = v.whole()
		case "now":
			now, last = v.whole()
		}
	}
	if w.bad || o.Status < 100 || o.Status > 599 {
		return
	}
	if first && last && now > asked && now-asked < int64(24*time.Hour/time.Microsecond) {
		o.Took = time.Duration(now-asked) * time.Microsecond
	}
	g.counts[Told].Add(1)
	if g.config.Told != nil {
		g.config.Told(o)
	}
}
