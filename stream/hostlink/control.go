package hostlink

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Options say where control listens for hosts. Dir and Now are needed.
type Options struct {
	// Dir keeps the certificate authority and the list of hosts; it is made where it is missing.
	Dir string
	// Listen is the address, 127.0.0.1:7422 where it is empty; port 0 is any free one.
	Listen string
	// Addresses are under what hosts reach control, as host:port; the tokens carry them. Empty is where it
	// listens.
	Addresses []string
	// Certificate gives the operator's own certificate with its chain, asked for each connection; hosts pin the
	// last of the chain as it is at Open. nil is one by control's own authority.
	Certificate func() (*tls.Certificate, error)
	// Keeper remembers the hosts. nil is a file in Dir.
	Keeper Keeper
	// MaxConnections bounds the connections at once. 0 is 4096.
	MaxConnections int
	// Heard is told of each host that said how it is; it must not wait. nil: nobody is.
	Heard func(host string)
	// Stands is told of which decisions a host says that it carries something out; it must not wait. nil: nobody is.
	Stands func(host string, all []evenkeel.DecisionID)
	// Now is the time.
	Now func() time.Time
	// Logger hears what a person should know. nil is slog.Default.
	Logger *slog.Logger
}

// Delivery is a batch of a host. Its source is the host's id, whatever the host wrote there.
type Delivery struct {
	Host  string
	Batch *evenkeel.Batch
	// Again says that the host may have sent it before, to a control that has forgotten: after a restart of
	// control it may have been handled already.
	Again bool
}

// Outbox is the truth about the orders for hosts. Its methods are called from several goroutines, one at a time
// per host.
type Outbox interface {
	// Pending returns the orders for a host that it has not answered, in the order in which they are to be carried
	// out.
	Pending(ctx context.Context, host string) ([]evenkeel.Order, error)
	// Given says whether an order is for a host, answered or not.
	Given(ctx context.Context, host string, order evenkeel.OrderID) (bool, error)
	// Answer takes a receipt; its Node is the host. The same may come again. After an error other than of
	// KindInvalid, NotFound, Conflict or Denied the host sends it again.
	Answer(ctx context.Context, host string, r evenkeel.Receipt) error
}

// Stats counts what control did since Open.
type Stats struct {
	Taken, Repeated, Later, Refused uint64 // frames, by what was said of them
	Foreign                         uint64 // receipts for an order that the host was not given
	OrdersSent                      uint64
	Enrolled, RefusedEnrolments     uint64
	RefusedConnections              uint64
}

type tally struct {
	taken, repeated, later, refused, foreign, ordersSent, enrolled, refusedEnrolments, refusedConnections atomic.Uint64
}

// Control is the end of the link that the hosts connect to.
type Control struct {
	o         Options
	registry  *registry
	pin       Pin
	server    *server.Server
	door      *door
	conn      *nats.Conn // in the account of the hosts
	enrolConn *nats.Conn
	heard     []*nats.Subscription // records, receipts, status, enrolments
	tally     tally
	presence  presence
	asking    asking

	mu    sync.Mutex
	desks map[string]*desk
}

const (
	registryFile = "hosts.json"
	hostAccount  = "HOSTS"
	enrolAccount = "ENROL"
	startWait    = 10 * time.Second
)

func (o Options) filled() (Options, error) {
	if o.Dir == "" || o.Now == nil {
		return o, evenkeel.Invalid("open the link to hosts: no folder or no clock is given; expected Options.Dir and Options.Now")
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:7422"
	}
	if o.Keeper == nil {
		o.Keeper = File(filepath.Join(o.Dir, registryFile))
	}
	if o.MaxConnections <= 0 {
		o.MaxConnections = 4096
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}

// Enrolled returns the hosts that have enrolled in the folder of a Control, those that were shut out too, whether it is
// open or not. Where there never was one it is none.
func Enrolled(ctx context.Context, dir string) ([]Host, error) {
	r, err := File(filepath.Join(dir, registryFile)).Load(ctx)
	return r.Hosts, err
}

// Open listens. Hosts may connect from now on and are heard once Run runs; what they send before stays with them.
// Close ends it.
func Open(ctx context.Context, o Options) (*Control, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(o.Listen)
	number, bad := strconv.ParseUint(port, 10, 16)
	if err != nil || bad != nil {
		return nil, evenkeel.Invalid("listen for hosts at %q; expected an address and a port, such as 127.0.0.1:7422", o.Listen)
	}
	if ip := net.ParseIP(host); len(o.Addresses) == 0 && (host == "" || ip != nil && ip.IsUnspecified()) {
		return nil, evenkeel.Invalid("listen for hosts at every address (%s) and none is given to reach it; expected Options.Addresses, such as control.example.com:7422", o.Listen)
	}
	if len(o.Addresses) > 0 {
		if err := checkAddresses(o.Addresses); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "make the folder of the link to hosts", Err: err}
	}
	c := &Control{o: o, desks: map[string]*desk{}, presence: presence{hosts: map[string]*present{}, holders: map[evenkeel.AssetID][]string{}}, asking: asking{waits: map[askID]question{}}}
	if c.registry, err = openRegistry(ctx, o.Keeper); err != nil {
		return nil, err
	}
	if err = c.trust(host); err == nil {
		err = c.listen(host, int(number))
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// trust finds the certificate and its pin.
func (c *Control) trust(host string) error {
	if c.o.Certificate == nil {
		own, err := openAuthority(c.o.Dir, c.o.Now())
		if err != nil {
			return err
		}
		names := []string{"localhost", "127.0.0.1", "::1"}
		if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
			names = append(names, host)
		}
		for _, a := range c.o.Addresses {
			if name, _, err := net.SplitHostPort(a); err == nil {
				names = append(names, name)
			}
		}
		c.o.Certificate = own.renewing(names, c.o.Now)
	}
	cert, err := c.o.Certificate()
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the certificate of control", Err: err}
	}
	c.pin, err = pinOf(cert)
	return err
}

// listen starts the server and connects to it inside the process.
func (c *Control) listen(host string, port int) (err error) {
	if port == 0 {
		port = server.RANDOM_PORT
	}
	c.door = &door{
		registry: c.registry, secret: drawn(), now: c.o.Now,
		live: map[string]uint64{}, misses: map[netip.Prefix]misses{},
		kick: func(cid uint64) { _ = c.server.DisconnectClientByID(cid) },
		refused: func(address, why string) {
			c.tally.refusedConnections.Add(1)
			c.o.Logger.Warn("a connection of a host was refused", "address", address, "why", why)
		},
	}
	c.server, err = server.NewServer(&server.Options{
		ServerName: "evenkeel-hosts", Host: host, Port: port, NoSigs: true, NoSystemAccount: true, NoHeaderSupport: true,
		Accounts:                   []*server.Account{server.NewAccount(hostAccount), server.NewAccount(enrolAccount)},
		CustomClientAuthentication: c.door, AlwaysEnableNonce: true,
		TLS: true, TLSHandshakeFirst: true, TLSTimeout: 10, AuthTimeout: 15,
		TLSConfig: &tls.Config{
			MinVersion:     tls.VersionTLS13,
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.o.Certificate() },
			Time:           c.o.Now,
		},
		MaxConn: c.o.MaxConnections, MaxSubs: 8, MaxPayload: maxPayload, MaxControlLine: 512, MaxPending: 32 << 20,
		PingInterval: 20 * time.Second, MaxPingsOut: 2, WriteDeadline: 5 * time.Second,
	})
	if err == nil {
		c.door.hosts, err = c.server.LookupAccount(hostAccount)
	}
	if err == nil {
		c.door.enrol, err = c.server.LookupAccount(enrolAccount)
	}
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "listen for hosts", Err: err}
	}
	heard := &serverLog{log: c.o.Logger}
	c.server.SetLoggerV2(heard, false, false, false)
	c.server.Start()
	if !heard.ready(c.server) {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "listen for hosts at " + c.o.Listen, Err: errors.New(heard.last()),
			Hint: "see whether another process listens there, and whether the address is this machine's"}
	}
	inside := func(name string) (*nats.Conn, error) {
		return nats.Connect("", nats.InProcessServer(c.server), nats.Token(c.door.secret), nats.Name(name), nats.NoReconnect(),
			nats.Timeout(startWait), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
				c.o.Logger.Warn("the link to hosts", "err", err)
			}))
	}
	if c.conn, err = inside("control"); err == nil {
		c.enrolConn, err = inside(enrolUser)
	}
	if err == nil {
		err = c.subscribe()
	}
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "connect to the server for hosts", Err: err}
	}
	return nil
}

// subscribe begins to hear hosts; what they send before Run waits, up to the bounds of the client (64 MiB a kind).
func (c *Control) subscribe() error {
	for _, s := range []struct {
		conn *nats.Conn
		what string
	}{
		{c.conn, "host.*." + kindRecords}, {c.conn, "host.*." + kindReceipts}, {c.conn, "host.*." + kindStatus}, {c.conn, "host.*." + kindAnswers}, {c.enrolConn, "enrol.*.ask"},
	} {
		sub, err := s.conn.SubscribeSync(s.what)
		if err == nil {
			err = s.conn.Flush()
		}
		if err != nil {
			return err
		}
		c.heard = append(c.heard, sub)
	}
	c.door.open.Store(true)
	return nil
}

// drawn returns 256 bits by lot.
func drawn() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// Addr returns where control listens, as host:port.
func (c *Control) Addr() string { return c.server.Addr().String() }

// Pin returns what hosts pin.
func (c *Control) Pin() Pin { return c.pin }

// Invite makes a token with which one host may enrol once, until a time. An earlier token for the host works no
// more; a host that has enrolled already keeps its key until the token is used.
func (c *Control) Invite(ctx context.Context, host string, until time.Time) (Token, error) {
	addresses := c.o.Addresses
	if len(addresses) == 0 {
		addresses = []string{c.Addr()}
	}
	if err := checkAddresses(addresses); err != nil {
		return Token{}, err
	}
	secret, err := c.registry.invite(ctx, host, evenkeel.MomentOf(until), evenkeel.MomentOf(c.o.Now()))
	return Token{Host: host, Addresses: addresses, Pin: c.pin, Secret: secret}, err
}

// Revoke shuts a host out and ends its connection at once. Only a new token lets it in again.
func (c *Control) Revoke(ctx context.Context, host string) error {
	if err := c.registry.revoke(ctx, host, evenkeel.MomentOf(c.o.Now())); err != nil {
		return err
	}
	c.end(host)
	return nil
}

// end ends the connection of a host.
func (c *Control) end(host string) {
	if cid, ok := c.door.connection(host); ok {
		c.door.kick(cid)
	}
}

// Stats returns the counts.
func (c *Control) Stats() Stats {
	t := &c.tally
	return Stats{
		Taken: t.taken.Load(), Repeated: t.repeated.Load(), Later: t.later.Load(), Refused: t.refused.Load(), Foreign: t.foreign.Load(),
		OrdersSent: t.ordersSent.Load(), Enrolled: t.enrolled.Load(), RefusedEnrolments: t.refusedEnrolments.Load(),
		RefusedConnections: t.refusedConnections.Load(),
	}
}

// Close ends the server and all that it started. Hosts keep what they have not been told was taken.
func (c *Control) Close() {
	for _, conn := range []*nats.Conn{c.conn, c.enrolConn} {
		if conn != nil {
			conn.Close()
		}
	}
	if c.server != nil {
		c.server.Shutdown()
		c.server.WaitForShutdown()
	}
}

// Run hands on what hosts send, and orders to hosts, until ctx ends; then it closes control and returns nil.
// records is called from several goroutines, one at a time per host. A batch is the host's again where it returns
// an error: for good where that is of KindInvalid, else it comes again.
func (c *Control) Run(ctx context.Context, records func(context.Context, Delivery) error, outbox Outbox) error {
	ctx, cancel := context.WithCancel(ctx)
	defer c.Close()
	up := newLanes(c, records, outbox)
	defer up.wait()
	defer cancel()
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	ended := make(chan struct{}, 5) // a token per subscription that has ended
	greet := func(host string) {    // a host that has come looks for its orders
		d, fresh := c.desk(host)
		if fresh {
			work.Go(func() { c.serveOrders(ctx, d, outbox) })
		}
		d.anew.Store(true)
		d.wakeUp()
	}
	offer := func(m *nats.Msg) { up.offer(ctx, m) }
	for i, handle := range []func(*nats.Msg){
		offer, offer,
		func(m *nats.Msg) { c.hear(m, greet) },
		c.answered,
		func(m *nats.Msg) { c.enrol(ctx, m) },
	} {
		work.Go(func() {
			for {
				m, err := c.heard[i].NextMsgWithContext(ctx)
				switch {
				case err == nil:
					handle(m)
				case errors.Is(err, nats.ErrSlowConsumer): // said by the connection; what was lost comes again
				default:
					ended <- struct{}{}
					return
				}
			}
		})
	}
	select {
	case <-ctx.Done():
		return nil
	case <-ended:
		if ctx.Err() != nil {
			return nil
		}
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "the server for hosts has ended"}
	}
}

// serverLog hears what the server says.
type serverLog struct {
	log *slog.Logger

	mu    sync.Mutex
	worst string
	fatal bool
}

// ready waits until the server takes connections, or has said that it cannot.
func (l *serverLog) ready(s *server.Server) bool {
	const look = 100 * time.Millisecond
	for range startWait / look {
		if s.ReadyForConnections(look) {
			return true
		}
		l.mu.Lock()
		fatal := l.fatal
		l.mu.Unlock()
		if fatal {
			return false
		}
	}
	return false
}

func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug("nats: " + fmt.Sprintf(format, v...))
}
func (l *serverLog) Debugf(string, ...any)          {}
func (l *serverLog) Tracef(string, ...any)          {}
func (l *serverLog) Warnf(format string, v ...any)  { l.hear(fmt.Sprintf(format, v...)) }
func (l *serverLog) Errorf(format string, v ...any) { l.hear(fmt.Sprintf(format, v...)) }
func (l *serverLog) Fatalf(format string, v ...any) {
	l.hear(fmt.Sprintf(format, v...))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatal = true
}

func (l *serverLog) hear(says string) {
	l.log.Debug("nats: " + says) // whoever connects can make the server say much
	l.mu.Lock()
	defer l.mu.Unlock()
	l.worst = says
}

func (l *serverLog) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.worst
}
