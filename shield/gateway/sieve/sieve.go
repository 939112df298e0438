package sieve

import (
	"context"
	"net"
	"sync"
	"sync/atomic"

	"github.com/evenkeel/evenkeel/instrument/proxyproto"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/sieve/internal/kernel"
)

// Sieve takes connections from a listener.
type Sieve struct {
	config    Config
	door      *door.Listener
	upstreams []*upstream
	turn      atomic.Uint64
	dialer    net.Dialer
	carried   [shards]shard
	spread    atomic.Uint64 // over shards

	ctx    context.Context
	cancel context.CancelFunc
	swept  chan struct{}

	ends     [ends]atomic.Uint64
	up, down atomic.Uint64
	short    atomic.Uint64
}

// New begins to take connections from inner, which is set up as door.New says. It fails where Config is not as it says.
func New(inner *net.TCPListener, config Config) (*Sieve, error) {
	config, err := config.filled()
	if err != nil {
		return nil, err
	}
	s := &Sieve{config: config, swept: make(chan struct{})}
	for _, at := range config.Upstreams {
		s.upstreams = append(s.upstreams, &upstream{at: at, name: at.String()})
	}
	for i := range s.carried {
		s.carried[i].of = map[*carried]struct{}{}
	}
	s.dialer.KeepAlive = -1 // four calls of the kernel less: what does not move is swept
	s.ctx, s.cancel = context.WithCancel(context.Background())
	with := config.Door
	with.Through = s.carry
	if s.door, err = door.New(inner, with); err != nil {
		s.cancel()
		return nil, err
	}
	go s.sweeps()
	return s, nil
}

// carried is a connection that was passed.
type carried struct {
	client   *door.Through
	front    *net.TCPConn
	back     atomic.Pointer[net.TCPConn] // nil until an upstream took it
	upstream *upstream
	began    int64        // when the upstream took it; ns
	answered bool         // the sweep's
	gone     atomic.Bool  // the upstream said its last
	ousted   atomic.Int64 // when nothing more was to be carried of what the client says; ns
	why      atomic.Int32
	up, down int64
}

// uncut is the why of whatever ends by its own ends.
const uncut = -1

// cut ends a connection for a reason, the first one that is given. It may be called at any time, by anybody.
func (c *carried) cut(why End) {
	c.why.CompareAndSwap(uncut, int32(why))
	c.client.Reset()
	if b := c.back.Load(); b != nil {
		b.SetLinger(0)
		b.Close()
	}
}

// oust carries nothing more of what the client says, and says whether that is new.
func (c *carried) oust(now int64) bool {
	if !c.ousted.CompareAndSwap(0, now) {
		return false
	}
	c.why.CompareAndSwap(uncut, int32(Ousted))
	c.front.CloseRead()
	return true
}

var headers = sync.Pool{New: func() any { return new([proxyproto.MostBytes]byte) }}

// carry has a connection that was passed until its end.
func (s *Sieve) carry(t *door.Through) {
	front, ok := t.Conn.(*net.TCPConn)
	if !ok { // it is from a net.TCPListener
		t.Reset()
		return
	}
	c := &carried{client: t, front: front}
	c.why.Store(uncut)
	if s.config.Begin != nil {
		s.config.Begin(t.Visitor)
	}
	at := s.enter(c)
	how := s.relay(c)
	s.leave(c, at)
	if why := c.why.Load(); why != uncut {
		how = End(why)
	}
	s.finish(c, how)
}

// relay connects to an upstream, and carries both ways until both have ended.
func (s *Sieve) relay(c *carried) End {
	back, u, err := s.dial()
	if err != nil {
		c.client.Refuse(door.InternalError)
		return Undialed
	}
	defer u.open.Add(-1)
	defer back.Close()
	c.upstream, c.began = u, s.config.Door.Clock().UnixNano()
	c.back.Store(back)
	if c.why.Load() != uncut { // while nobody knew of back
		return Cut
	}
	if err := s.introduce(c, back); err != nil {
		c.cut(Broken)
		return Broken
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.down = c.move(c.front, back)
		c.gone.Store(true)
	}()
	c.up += c.move(back, c.front)
	<-done
	return Whole
}

// introduce writes what the upstream is told, and what was read of the client.
func (s *Sieve) introduce(c *carried, back *net.TCPConn) error {
	room := headers.Get().(*[proxyproto.MostBytes]byte)
	defer headers.Put(room)
	head, err := s.config.Header.append(room[:0], c.client.Visitor)
	if err != nil {
		return err
	}
	c.up = int64(len(c.client.First))
	both := net.Buffers{head, c.client.First}
	_, err = both.WriteTo(back)
	c.client.Sent()
	return err
}

// move carries what one end says to the other until its last, and tells that the last was said. Both are sockets of TCP, which the kernel
// carries between; a wrapper around either would have every byte copied through this program, and so none is taken.
func (c *carried) move(to, from *net.TCPConn) int64 {
	n, err := kernel.Carry(to, from)
	if err == nil {
		err = to.CloseWrite()
	}
	if err != nil {
		c.cut(Broken)
	}
	return n
}

// finish counts a connection that is over.
func (s *Sieve) finish(c *carried, how End) {
	now := s.config.Door.Clock()
	s.ends[how].Add(1)
	s.up.Add(uint64(c.up))
	s.down.Add(uint64(c.down))
	e := Ended{How: how, Up: c.up, Down: c.down, Hello: int64(len(c.client.First)), Took: now.Sub(c.client.Visitor.Accepted)}
	if c.upstream != nil {
		e.Upstream = c.upstream.at
		if c.down > 0 {
			c.upstream.well(now)
		}
	}
	if s.config.Note != nil {
		s.config.Note(c.client.Visitor, e)
	}
}

// Addr returns where it listens.
func (s *Sieve) Addr() net.Addr { return s.door.Addr() }

// SavesSYN returns why there are no SYNs; see door.Listener.SavesSYN.
func (s *Sieve) SavesSYN() error { return s.door.SavesSYN() }

// Shutdown takes no more connections, and waits until those that there are have ended. Where the context ends first those that are left
// are cut, and its error is returned.
func (s *Sieve) Shutdown(ctx context.Context) error {
	err := s.door.Shutdown(ctx)
	s.Close()
	return err
}

// Close takes no more connections, cuts those that were passed, and waits until all are gone: those whose hello is waited for have their time.
func (s *Sieve) Close() error {
	err := s.door.Close()
	s.cancel()
	<-s.swept // which cuts what there is, over and over
	return err
}

// Counts returns what happened so far.
func (s *Sieve) Counts() Counts {
	c := Counts{Door: s.door.Counts(), Open: s.door.Connections(), Up: s.up.Load(), Down: s.down.Load(), Short: s.short.Load()}
	for i := range s.ends {
		c.Ends[i] = s.ends[i].Load()
	}
	now := s.config.Door.Clock().UnixNano()
	for _, u := range s.upstreams {
		c.Upstreams = append(c.Upstreams, UpstreamCounts{
			At: u.at, Open: int(u.open.Load()), Took: u.took.Load(), Failed: u.failed.Load(), Unanswered: u.unanswered.Load(), Resting: u.until.Load() > now,
		})
	}
	return c
}
