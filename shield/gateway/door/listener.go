package door

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/instrument/preface"
	"github.com/evenkeel/evenkeel/instrument/synprint"
	"github.com/evenkeel/evenkeel/shield/gateway/door/internal/kernel"
)

var noTime time.Time

// validates is the protocol of certificate authorities that look whose a name is (RFC 8737 section 4).
const validates = "acme-tls/1"

// Config is how a door is set up.
type Config struct {
	Clock       func() time.Time                                     // time.Now of the process; deadlines of sockets are counted by it
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error) // nil without Through: the port speaks no TLS
	Validates   bool                                                 // Certificate answers certificate authorities as well (TLS-ALPN-01, RFC 8737)
	Through     func(*Through)                                       // TLS is spoken by somebody behind; called on the connection's own goroutine, and the connection is done when it returns
	Clear       bool                                                 // with Through: a port of HTTP without TLS; the head of the first request is read in place of a hello, and its host is the name
	TLS         *tls.Config                                          // what else is set; certificates and protocols of it are not used
	Decide      func(*Visitor) Decision                              // nil passes all; the visitor may be kept only where it is passed
	Note        func(*Visitor, Outcome)                              // told of each connection that came as far as an address; nil is nobody
	Trusted     []netip.Prefix                                       // networks of proxies, which have to send a PROXY header
	ClearHTTP2  bool                                                 // a port without TLS takes HTTP/2 of clients that know beforehand
	Limits      Limits
	Misuse      MisuseLimits
}

// Listener takes connections from a net.Listener, and gives out those that may come in. It is a net.Listener itself.
type Listener struct {
	config   Config
	limits   Limits
	misuse   MisuseLimits
	inner    net.Listener
	tls      *tls.Config
	greets   bool // with a hello of TLS
	clear    bool // with a request, which is passed through
	book     *book
	noSaving error // why the kernel saves no SYNs

	ready, narrow chan net.Conn
	isNarrow      atomic.Bool // somebody serves narrow
	hot           atomic.Bool
	hands         chan struct{} // of handshakes
	holding       atomic.Int64
	ctx           context.Context
	cancel        context.CancelFunc
	greeters      sync.WaitGroup
	closing       sync.Once

	outcomes [outcomes]atomic.Uint64
	misused  atomic.Uint64
	slowBody atomic.Uint64
	noSYN    atomic.Uint64
}

// New begins to take connections from inner. It fails where a Config lacks its clock. The kernel saves SYNs from now on, where it can.
// A net.ListenConfig for inner has SetMultipathTCP(false), as there are no SYNs else, and KeepAlive -1: that is four calls of the
// kernel for each connection, which the door makes only for those that come in.
func New(inner net.Listener, config Config) (*Listener, error) {
	if config.Clock == nil {
		return nil, errors.New("open the door: no clock is given")
	}
	if config.Through != nil && config.Certificate != nil {
		return nil, errors.New("open the door: TLS is either passed through or answered; expected one of Through and Certificate")
	}
	for _, p := range config.Trusted {
		if !p.IsValid() || p.Bits() == 0 {
			return nil, fmt.Errorf("open the door: the network %s cannot be trusted: expected one with an address and a length above 0", p)
		}
	}
	l := &Listener{
		config: config, limits: config.Limits.filled(), misuse: config.Misuse.filled(), inner: inner,
		ready: make(chan net.Conn), narrow: make(chan net.Conn),
	}
	l.greets = config.Certificate != nil || config.Through != nil && !config.Clear
	l.clear = config.Through != nil && config.Clear
	if config.Through != nil && config.Limits.IdlePerPrefix <= 0 {
		l.limits.IdlePerPrefix = l.limits.PerPrefix // what is quiet is not known to be without a request
	}
	if config.Through != nil && config.Limits.IdlePerTenant <= 0 {
		l.limits.IdlePerTenant = l.limits.PerTenant
	}
	l.book = newBook(l.limits)
	l.hands = make(chan struct{}, l.limits.Handshakes)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.noSaving = kernel.SaveSYN(inner)
	if config.Certificate != nil {
		c := config.TLS
		if c == nil {
			c = &tls.Config{}
		}
		l.tls = c.Clone()
		l.tls.MinVersion = max(l.tls.MinVersion, tls.VersionTLS12)
		l.tls.Certificates, l.tls.GetConfigForClient = nil, nil
		l.tls.GetCertificate = l.certificate
		l.tls.NextProtos = []string{"h2", "http/1.1"}
		if config.Validates {
			validation := l.tls.Clone()
			validation.NextProtos = []string{validates}
			l.tls.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == validates {
					return validation, nil
				}
				return nil, nil
			}
		}
	}
	l.greeters.Add(1)
	go l.take()
	return l, nil
}

// SavesSYN returns why the kernel keeps no SYNs for this listener, if it does not: there are none where Linux listens for Multipath TCP,
// as Go has it do unless net.ListenConfig.SetMultipathTCP(false) says otherwise.
func (l *Listener) SavesSYN() error { return l.noSaving }

// take accepts until the inner listener is closed.
func (l *Listener) take() {
	defer l.greeters.Done()
	pause := 5 * time.Millisecond
	for {
		c, err := l.inner.Accept()
		if err == nil {
			pause = 5 * time.Millisecond
			l.meet(c)
			continue
		}
		if t, ok := err.(interface{ Temporary() bool }); !ok || !t.Temporary() || l.ctx.Err() != nil {
			return
		}
		for range 16 { // no file descriptors most likely: those that do nothing make place
			if !l.book.shed() {
				break
			}
		}
		select {
		case <-time.After(pause):
		case <-l.ctx.Done():
			return
		}
		pause = min(2*pause, time.Second)
	}
}

// meet begins with a connection, unless there is no place for it.
func (l *Listener) meet(c net.Conn) {
	now := l.config.Clock()
	v := &Visitor{Accepted: now, Peer: addressOf(c.RemoteAddr()), Secure: l.greets}
	v.Remote, v.Local = v.Peer, addressOf(c.LocalAddr())
	trusted := l.trusts(v.Peer.Addr())
	e := &entry{close: func() { abort(c) }}
	if !trusted {
		e.prefix = prefixOf(v.Peer.Addr())
	}
	if o := l.book.enter(e, now.UnixNano()); o != Served {
		l.note(v, o)
		abort(c)
		return
	}
	l.greeters.Add(1)
	go l.greet(c, v, e, trusted)
}

func (l *Listener) trusts(a netip.Addr) bool {
	for _, p := range l.config.Trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func (l *Listener) note(v *Visitor, o Outcome) {
	l.outcomes[o].Add(1)
	if l.config.Note != nil {
		l.config.Note(v, o)
	}
}

// greet brings a connection from accept to hand-over, or to its end.
func (l *Listener) greet(c net.Conn, v *Visitor, e *entry, trusted bool) {
	defer l.greeters.Done()
	g := buffers.Get().(*greetingBuffer)
	end := func(o Outcome, farewell []byte) {
		bid(c, farewell)
		l.book.leave(e)
		l.note(v, o)
		v.hello.Message = nil
		g.release()
	}
	if l.greets || l.clear || trusted {
		c.SetReadDeadline(v.Accepted.Add(l.limits.HelloTime))
	}
	if trusted {
		h, err := g.header(c)
		if err != nil {
			end(outcomeOf(err, nil, e.phase.Load() == gone), nil)
			return
		}
		if h.Known() {
			v.Remote, v.Local, v.Proxied = h.Source, h.Target, true
			if o := l.book.move(e, prefixOf(h.Source.Addr()), v.Accepted.UnixNano()); o != Served {
				end(o, nil)
				return
			}
		}
	} else if l.noSaving == nil {
		l.fetchSYN(c, v)
	}
	if l.greets {
		if err := g.hello(c, l.limits.HelloBytes); err != nil {
			o := outcomeOf(err, g.b, e.phase.Load() == gone)
			end(o, o.farewell())
			return
		}
		v.hello = *g.reader.Hello()
		v.Name, v.Naming = naming(v.hello.ServerName)
	}
	if l.clear {
		host, err := g.head(c)
		if err != nil {
			o := outcomeOf(err, nil, e.phase.Load() == gone)
			end(o, o.clearly())
			return
		}
		v.Name, v.Naming = naming(host)
	}
	v.Greeted = l.config.Clock()
	if !l.book.greeted(e) {
		end(Overtaken, nil)
		return
	}
	d, o := l.decide(v)
	if o != Served {
		var word []byte
		if o == Refused {
			word = alerts[d.Alert][:]
		}
		if !v.Secure {
			word = nil
			if l.clear && o == Refused {
				word = clearNo
			}
		}
		end(o, word)
		return
	}
	v.Tenant = d.Tenant
	if !l.book.assign(e, d.Tenant) {
		end(Crowded, nil)
		return
	}
	if l.config.Through != nil {
		l.through(c, v, e, g)
		return
	}
	l.shake(c, v, e, g)
}

func (l *Listener) fetchSYN(c net.Conn, v *Visitor) {
	var b [256]byte
	n, err := kernel.SavedSYN(c, b[:])
	if err == nil && n > 0 {
		v.SYN, err = synprint.Read(b[:n])
		v.SYNSaved = err == nil
	}
	if !v.SYNSaved {
		l.noSYN.Add(1)
	}
}

// decide asks until there is an answer that is not to wait.
func (l *Listener) decide(v *Visitor) (Decision, Outcome) {
	if l.config.Decide == nil {
		return Decision{}, Served
	}
	for {
		d := l.config.Decide(v)
		switch d.Do {
		case Pass:
			return d, Served
		case Refuse:
			if d.Alert == 0 {
				d.Alert = AccessDenied
			}
			return d, Refused
		case Hold:
			wait := min(max(d.Wait, time.Millisecond), l.limits.HoldTime-v.Held)
			if wait <= 0 || !l.hold(wait) {
				return d, HeldTooLong
			}
			v.Held += wait
		default:
			return d, Dropped
		}
	}
}

// hold waits; false where too many do, or the door is closed.
func (l *Listener) hold(d time.Duration) bool {
	defer l.holding.Add(-1)
	if l.holding.Add(1) > int64(l.limits.Holding) {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// shake does the handshake and hands on.
func (l *Listener) shake(c net.Conn, v *Visitor, e *entry, g *greetingBuffer) {
	end := func(o Outcome) {
		abort(c)
		l.book.leave(e)
		l.note(v, o)
	}
	out := &Conn{Conn: c, raw: c, door: l, visitor: v, entry: e, tap: taps.Get().(*preface.Reader)}
	switch {
	case l.tls != nil:
	case len(g.b) > 0:
		out.Conn = &replayed{Conn: c, before: g.b}
	default:
		g.release()
	}
	c.SetReadDeadline(noTime)
	if l.tls != nil {
		ctx, cancel := context.WithTimeout(l.ctx, l.limits.HandshakeTime)
		defer cancel()
		r := &replayed{Conn: c, before: g.b, slot: &slot{of: l.hands, ctx: ctx}, remote: v.Remote}
		if r.slot.take() != nil {
			end(Failed)
			return
		}
		t := tls.Server(r, l.tls)
		err := t.HandshakeContext(ctx)
		r.slot.put()
		r.slot = nil
		if err != nil {
			c.Close() // crypto/tls has said why
			end(Failed)
			return
		}
		state := t.ConnectionState()
		v.state, v.Protocol, v.Shaken = &state, state.NegotiatedProtocol, l.config.Clock()
		if v.Protocol == validates { // the handshake was all of it (RFC 8737 section 3)
			t.Close()
			end(Validated)
			return
		}
		out.Conn = t
	}
	keepAlive(c)
	out.two = v.Protocol == "h2" || l.tls == nil && l.config.ClearHTTP2
	e.close = out.cut
	l.book.rest(e, l.config.Clock().UnixNano())
	ready, narrow := l.ready, l.narrow
	if l.isNarrow.Load() && l.Hot() {
		ready = nil
	} else {
		narrow = nil
	}
	select {
	case ready <- out:
		l.note(v, Served)
	case narrow <- out:
		l.note(v, Served)
	case <-l.ctx.Done():
		out.cut()
		out.Close()
		l.note(v, Shut)
	}
}

// keepAlive is for those that come in: whoever listens has it turned off (see New).
func keepAlive(c net.Conn) {
	if t, ok := c.(interface {
		SetKeepAliveConfig(net.KeepAliveConfig) error
	}); ok {
		t.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4})
	}
}

// Accept returns the next connection that may come in. With Through there is none.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Addr returns the address of the inner listener.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// Close takes no more connections, and drops those that were not handed on yet.
func (l *Listener) Close() error {
	var err error
	l.closing.Do(func() {
		err = l.inner.Close()
		l.cancel()
	})
	return err
}

// Shutdown takes no more connections, and waits until those that are at the door are handed on or gone, and those that were passed through done; then it closes.
// Afterwards the http.Server is shut down. It returns the context's error where that ends first.
func (l *Listener) Shutdown(ctx context.Context) error {
	l.inner.Close()
	done := make(chan struct{})
	go func() {
		l.greeters.Wait()
		close(done)
	}()
	defer l.Close()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SetHot says whether the machine is near its end: then misuse is cut sooner, and new connections go to Narrow.
func (l *Listener) SetHot(hot bool) { l.hot.Store(hot) }

// Hot says whether it is, or the door has more than four fifths of the connections that it holds.
func (l *Listener) Hot() bool {
	return l.hot.Load() || l.book.total.Load()*5 > int64(l.limits.Connections)*4
}

// Narrow returns a listener that gets connections which come while the door is hot, in place of Accept; for an http.Server with the same
// settings but fewer streams (NarrowStreams), since net/http has one number of streams for all connections of a server.
func (l *Listener) Narrow() net.Listener {
	l.isNarrow.Store(true)
	return &narrowed{Listener: l, done: make(chan struct{})}
}

type narrowed struct {
	*Listener
	done chan struct{}
	once sync.Once
}

func (n *narrowed) Accept() (net.Conn, error) {
	select {
	case <-n.done:
		return nil, net.ErrClosed
	case c := <-n.narrow:
		return c, nil
	case <-n.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close leaves the door open.
func (n *narrowed) Close() error {
	n.once.Do(func() {
		n.isNarrow.Store(false)
		close(n.done)
	})
	return nil
}

// Counts returns what happened so far.
func (l *Listener) Counts() (c Counts) {
	for i := range l.outcomes {
		c.Outcomes[i] = l.outcomes[i].Load()
	}
	c.Misused, c.Evicted, c.SlowBody, c.NoSYN = l.misused.Load(), l.book.evicted.Load(), l.slowBody.Load(), l.noSYN.Load()
	return c
}

// Connections returns how many there are: at the door, and handed on.
func (l *Listener) Connections() int { return int(l.book.total.Load()) }
