package edgelink

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Subjects: what an edge says, and the edges that it knows.
const (
	subjectSaid  = "said"
	subjectNames = "names"
)

const (
	startWait  = 10 * time.Second
	namesEvery = time.Second
	saidRoom   = 256                    // messages that wait for the own server
	lastWord   = 200 * time.Millisecond // that the others have for what was said last, before their connections end
	ownUser    = "own"

	// mostConnections bounds those of edges and of strangers that have not shown yet who they are; strangers go after strangerWait. One that
	// waits and says nothing takes some 20 KiB, as measured with 900 of them; MaxPending, which is more, is of what is said, and to a stranger nothing is.
	mostConnections = 1024
	strangerWait    = 2.0 // seconds for TLS, and for the name after it
)

// Link is one edge's side.
type Link struct {
	o       Options
	address string
	server  *server.Server
	conn    *nats.Conn // in the process, to the own server
	secret  string     // of that connection, drawn at each start
	said    chan []byte
	met     chan struct{} // capacity 1: an edge is heard that was not; what is told of it already is enough
	heard   func(from string, message []byte)
	lost    atomic.Uint64 // own messages that there was no room for
	refused atomic.Uint64 // connections

	mu     sync.Mutex
	others map[string]*other // by address
	start  func(*other)      // while it runs
}

// Open listens. Others may connect from now on; Run speaks and hears. Close ends it.
func Open(o Options) (*Link, error) {
	if o.Now == nil {
		return nil, evenkeel.Invalid("join edges: no clock is given; expected Options.Now")
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	l := &Link{o: o, said: make(chan []byte, saidRoom), met: make(chan struct{}, 1), others: map[string]*other{}, secret: drawn()}
	if err := l.listen(); err != nil {
		l.Close()
		return nil, err
	}
	for _, at := range o.Peers {
		l.meet(entry{"", at})
	}
	return l, nil
}

func drawn() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

func (l *Link) listen() (err error) {
	host, port, _, _ := split(l.o.Listen)
	o := &server.Options{
		ServerName: l.o.Name, Host: host, Port: cmp.Or(port, server.RANDOM_PORT), NoSigs: true, NoSystemAccount: true, NoHeaderSupport: true,
		CustomClientAuthentication: l, AuthTimeout: strangerWait,
		MaxConn: mostConnections, MaxSubs: 4, MaxPayload: MaxMessage, MaxControlLine: 512, MaxPending: 8 << 20,
		PingInterval: 2 * time.Second, MaxPingsOut: 2, WriteDeadline: 2 * time.Second,
	}
	if l.o.Certificate != nil {
		if _, err := l.o.Certificate(); err != nil {
			return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the certificate of edge " + l.o.Name, Err: err}
		}
		o.TLS, o.TLSVerify, o.TLSHandshakeFirst, o.TLSTimeout, o.TLSConfig = true, true, true, strangerWait, l.o.serverTLS()
	}
	if l.server, err = server.NewServer(o); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "listen for edges", Err: err}
	}
	log := &serverLog{log: l.o.Logger}
	l.server.SetLoggerV2(log, false, false, false)
	l.server.Start()
	if !log.ready(l.server) {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "listen for edges at " + l.o.Listen, Err: errors.New(log.last()),
			Hint: "see whether another process listens there, and whether the address is this machine's"}
	}
	l.mu.Lock() // others may be there already
	l.address = l.o.Address
	if l.address == "" {
		l.address = net.JoinHostPort(host, strconv.Itoa(l.server.Addr().(*net.TCPAddr).Port))
	}
	l.mu.Unlock()
	l.conn, err = nats.Connect("", nats.InProcessServer(l.server), nats.UserInfo(ownUser, l.secret), nats.NoReconnect(), nats.Timeout(startWait))
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "connect to the server for edges", Err: err}
	}
	return nil
}

// Check is asked by the server for each connection: its own inside the process may speak, edges may listen.
func (l *Link) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	a := c.RemoteAddress() // nil once it is closed, which may be at any moment
	if a == nil || a.Network() == "pipe" {
		ok := o.Username == ownUser && subtle.ConstantTimeCompare([]byte(o.Password), []byte(l.secret)) == 1
		if ok {
			c.RegisterUser(&server.User{Username: ownUser})
		}
		return ok
	}
	why := ""
	if l.o.Certificate != nil {
		if s := c.GetTLSConnectionState(); s == nil || len(s.PeerCertificates) == 0 || !isNamed(s.PeerCertificates[0], o.Username) {
			why = "its certificate is not of edge " + fmt.Sprintf("%.70q", o.Username)
		}
	}
	_, _, _, err := split(o.Name)
	switch {
	case why != "":
	case checkName(o.Username) != nil || err != nil:
		why = "it says no name of an edge, and no address at which it is reached"
	case o.Username == l.o.Name:
		why = "another edge is called " + l.o.Name + " too"
	}
	if why != "" {
		l.refused.Add(1)
		l.o.Logger.Warn("a connection of an edge was refused", "address", a.String(), "why", why)
		return false
	}
	c.RegisterUser(&server.User{Username: o.Username, Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Deny: []string{">"}},
		Subscribe: &server.SubjectPermission{Allow: []string{subjectSaid, subjectNames}},
	}})
	l.meet(entry{o.Username, o.Name}) // whoever hears this edge is to be heard too
	return true
}

// Addr returns where it listens, as host:port.
func (l *Link) Addr() string { return l.server.Addr().String() }

// Address returns how it says that others reach it.
func (l *Link) Address() string { return l.address }

// Say says something to all others that are reached. It does not wait: where nobody takes it, it is lost, and counted.
func (l *Link) Say(message []byte) {
	select {
	case l.said <- message:
	default:
		l.lost.Add(1)
	}
}

// Lost returns how many messages of this edge there was no room for.
func (l *Link) Lost() uint64 { return l.lost.Load() }

// Refused returns how many connections of others were refused.
func (l *Link) Refused() uint64 { return l.refused.Load() }

// meet is an edge of which something is known.
func (l *Link) meet(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.address == l.address || e.name == l.o.Name {
		return
	}
	if _, port, near, err := split(e.address); err != nil || port == 0 || l.o.Certificate == nil && !near {
		return
	}
	if x := l.others[e.address]; x != nil {
		return
	}
	given := slices.Contains(l.o.Peers, e.address)
	if !given && (len(l.others) >= 2*MaxEdges || l.hasName(e.name)) {
		return
	}
	x := &other{l: l, address: e.address, given: given, state: Edge{Address: e.address, Name: e.name}}
	l.others[e.address] = x
	if l.start != nil {
		l.start(x)
	}
}

// hasName says whether an edge of a name is heard.
func (l *Link) hasName(name string) bool { return l.ofName(name) != nil }

// ofName is the way by which an edge of a name is heard; nil: it is not.
func (l *Link) ofName(name string) *other {
	for _, x := range l.others {
		if s := x.standing(); s.Up && s.Name == name {
			return x
		}
	}
	return nil
}

// forget forgets an address at which nobody answers, where nobody set it up.
func (l *Link) forget(x *other) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.others, x.address)
}

// Edge is how another edge is reached.
type Edge struct {
	Name, Address string
	Up            bool            // it is heard
	Since         evenkeel.Moment // of that, or of when it was up last; 0: it never was
	Why           string          // it is not
	Messages      uint64          // heard
	Dropped       uint64          // that were too many or too large
}

// Edges are how the others are reached, by address.
func (l *Link) Edges() (out []Edge) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.others {
		if s := x.standing(); !s.itself && !s.twice {
			out = append(out, s.Edge)
		}
	}
	slices.SortFunc(out, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Address, b.Address)) })
	return out
}

// Listed says who those are that are set up as peers, as far as they showed it, each once though it is reached at several addresses, and at how many addresses more nobody
// knows yet who is reached.
func (l *Link) Listed() (names []string, unknown int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.others {
		switch s := x.standing(); {
		case !x.given || s.itself:
		case s.shown == "":
			unknown++
		case !slices.Contains(names, s.shown):
			names = append(names, s.shown)
		}
	}
	return names, unknown
}

// Run speaks and hears until ctx ends, brings what was said before that to the others still, closes the link, and returns nil. heard is called from several goroutines, one for each edge; what it is
// given is its own.
func (l *Link) Run(ctx context.Context, heard func(from string, message []byte)) error {
	defer l.Close()
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	l.mu.Lock()
	l.heard = heard
	l.start = func(x *other) {
		if ctx.Err() == nil {
			work.Go(func() { x.run(ctx) })
		}
	}
	for _, x := range l.others {
		l.start(x)
	}
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.start = nil
		l.mu.Unlock()
	}()
	tick := time.NewTicker(namesEvery)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			l.sayLast()
			return nil
		case m := <-l.said:
			err = l.conn.Publish(subjectSaid, m)
		case <-l.met:
			err = l.conn.Publish(subjectNames, appendNames(nil, l.names()))
		case <-tick.C:
			err = l.conn.Publish(subjectNames, appendNames(nil, l.names()))
		}
		if err != nil && ctx.Err() == nil {
			if l.conn.IsClosed() {
				return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "the server for edges has ended", Err: err}
			}
			l.o.Logger.Warn("say something to the other edges", "err", err)
		}
	}
}

// sayLast says what waits, and gives the others the time to take it: what a connection has brought when it ends is lost with it.
func (l *Link) sayLast() {
	for len(l.said) > 0 {
		if l.conn.Publish(subjectSaid, <-l.said) != nil {
			return
		}
	}
	if l.conn.FlushTimeout(lastWord) != nil {
		return
	}
	over := time.NewTimer(lastWord)
	defer over.Stop()
	<-over.C
}

// names are the edges that are heard, and this one.
func (l *Link) names() []entry {
	out := []entry{{l.o.Name, l.address}}
	for _, e := range l.Edges() {
		if e.Up && len(out) < MaxEdges {
			out = append(out, entry{e.Name, e.Address})
		}
	}
	return out
}

// Close ends the server.
func (l *Link) Close() {
	if l.conn != nil {
		l.conn.Close()
	}
	if l.server != nil {
		l.server.Shutdown()
		l.server.WaitForShutdown()
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
func (s *serverLog) ready(on *server.Server) bool {
	const look = 50 * time.Millisecond
	for range startWait / look {
		if on.ReadyForConnections(look) {
			return true
		}
		s.mu.Lock()
		fatal := s.fatal
		s.mu.Unlock()
		if fatal {
			return false
		}
	}
	return false
}

// Noticef is the server's.
func (s *serverLog) Noticef(format string, v ...any) { s.hear(false, format, v) }

// Debugf is the server's.
func (s *serverLog) Debugf(string, ...any) {}

// Tracef is the server's.
func (s *serverLog) Tracef(string, ...any) {}

// Warnf is the server's.
func (s *serverLog) Warnf(format string, v ...any) { s.hear(false, format, v) }

// Errorf is the server's.
func (s *serverLog) Errorf(format string, v ...any) { s.hear(false, format, v) }

// Fatalf is the server's.
func (s *serverLog) Fatalf(format string, v ...any) { s.hear(true, format, v) }

func (s *serverLog) hear(fatal bool, format string, v []any) {
	says := fmt.Sprintf(format, v...)
	s.log.Debug("nats: " + says) // whoever connects can make the server say much
	s.mu.Lock()
	defer s.mu.Unlock()
	s.worst, s.fatal = says, s.fatal || fatal
}

func (s *serverLog) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.worst
}
