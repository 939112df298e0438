package hostlink

import (
	"context"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/internal/packed"
	"github.com/nats-io/nats.go"
)

// Bounds of what waits for the handlers. Beyond them a frame is answered with later.
const (
	maxWaiting      = 2 * window // frames of one host
	maxWaitingBytes = 8 << 20    // of one host
	maxAllBytes     = 256 << 20  // of all
	maxHandlers     = 16         // handlers at once
)

// lanes hand on what hosts send: one goroutine per host that has something waiting, so that a host that sends much,
// or a handler that is slow with it, holds nobody else up.
type lanes struct {
	c       *Control
	records func(context.Context, Delivery) error
	outbox  Outbox
	// slots holds a token per handler at work; a lane waits while it is full. It is never closed.
	slots chan struct{}
	work  sync.WaitGroup

	mu    sync.Mutex
	lanes map[string]*lane
	bytes int // that wait
}

// lane is one host's.
type lane struct {
	host     string
	queue    []*nats.Msg
	bytes    int
	running  bool
	unpack   packed.Reader
	records  seen
	receipts seen
}

func newLanes(c *Control, records func(context.Context, Delivery) error, outbox Outbox) *lanes {
	return &lanes{c: c, records: records, outbox: outbox, slots: make(chan struct{}, maxHandlers), lanes: map[string]*lane{}}
}

func (l *lanes) wait() { l.work.Wait() }

// offer takes a message in, or answers that it is too much now. The host is known by the subject: no other may
// write there. The reply subject that a host may have set is not looked at.
func (l *lanes) offer(ctx context.Context, m *nats.Msg) {
	host, kind, ok := splitSubject(m.Subject)
	if !ok || ctx.Err() != nil || !l.c.registry.admitted(host) {
		return
	}
	l.mu.Lock()
	n := l.lanes[host]
	if n == nil {
		n = &lane{host: host}
		l.lanes[host] = n
	}
	if len(n.queue) >= maxWaiting || n.bytes+len(m.Data) > maxWaitingBytes || l.bytes+len(m.Data) > maxAllBytes {
		l.mu.Unlock()
		if f, err := parseFrame(m.Data); err == nil {
			l.answer(host, ack{id: f.id, receipts: kind == kindReceipts, verdict: later, says: "too much waits"})
		}
		return
	}
	n.queue = append(n.queue, m)
	n.bytes += len(m.Data)
	l.bytes += len(m.Data)
	start := !n.running
	n.running = true
	l.mu.Unlock()
	if start {
		l.work.Go(func() { l.run(ctx, n) })
	}
}

// run handles what waits in a lane, and ends when nothing does.
func (l *lanes) run(ctx context.Context, n *lane) {
	for {
		l.mu.Lock()
		if len(n.queue) == 0 || ctx.Err() != nil {
			n.queue, n.running = nil, false
			l.bytes -= n.bytes
			n.bytes = 0
			l.mu.Unlock()
			return
		}
		m := n.queue[0]
		n.queue[0] = nil
		n.queue = n.queue[1:]
		l.mu.Unlock()
		select {
		case l.slots <- struct{}{}:
			l.handle(ctx, n, m)
			<-l.slots
		case <-ctx.Done():
		}
		l.mu.Lock()
		n.bytes -= len(m.Data)
		l.bytes -= len(m.Data)
		l.mu.Unlock()
	}
}

// handle sees to one message and answers it.
func (l *lanes) handle(ctx context.Context, n *lane, m *nats.Msg) {
	_, kind, _ := splitSubject(m.Subject)
	f, err := parseFrame(m.Data)
	if err != nil {
		l.c.tally.refused.Add(1)
		l.c.o.Logger.Warn("a message of a host cannot be read", "host", n.host, "kind", kind, "err", err)
		return // it has no name to be answered by
	}
	a := ack{id: f.id, receipts: kind == kindReceipts, verdict: repeated}
	known, take := &n.records, l.takeRecords
	if a.receipts {
		known, take = &n.receipts, l.takeReceipt
	}
	if !known.has(f.id) {
		err := evenkeel.Invalid("host %s is revoked", n.host)
		if l.c.registry.admitted(n.host) {
			err = take(ctx, n, f)
		}
		a.verdict = taken
		if err != nil {
			a.verdict, a.says = later, err.Error()
			if final(err) {
				a.verdict = refused
			}
			l.c.o.Logger.Warn("what a host sent is not taken", "host", n.host, "kind", kind, "again", a.verdict == later, "err", err)
		} else {
			known.add(f.id, f.base)
		}
	}
	if ctx.Err() == nil {
		l.answer(n.host, a)
	}
}

// final says whether sending the same again cannot help.
func final(err error) bool {
	switch evenkeel.KindOf(err) {
	case evenkeel.KindInvalid, evenkeel.KindDenied, evenkeel.KindNotFound, evenkeel.KindConflict:
		return true
	}
	return false
}

func (l *lanes) takeRecords(ctx context.Context, n *lane, f frame) error {
	b, err := n.unpack.Batch(f.payload)
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "a batch cannot be read", Err: err}
	}
	b.Source, b.Arrived = n.host, evenkeel.MomentOf(l.c.o.Now()) // a host vouches for nobody else
	return l.records(ctx, Delivery{Host: n.host, Batch: b, Again: f.again})
}

func (l *lanes) takeReceipt(ctx context.Context, n *lane, f frame) error {
	r, err := readReceipt(f.payload)
	if err != nil {
		return err
	}
	given, err := l.outbox.Given(ctx, n.host, r.Order)
	if err != nil {
		return err
	}
	if !given {
		l.c.tally.foreign.Add(1)
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "order " + string(r.Order) + " was not given to host " + n.host}
	}
	r.Node = n.host
	if err := l.outbox.Answer(ctx, n.host, r); err != nil {
		return err
	}
	if d, ok := l.c.knownDesk(n.host); ok {
		d.wakeUp()
	}
	return nil
}

func (l *lanes) answer(host string, a ack) {
	t := &l.c.tally
	[...]interface{ Add(uint64) uint64 }{&t.refused, &t.taken, &t.repeated, &t.later, &t.refused}[a.verdict].Add(1)
	if err := l.c.conn.Publish(subject(host, kindAcks), a.encode()); err != nil {
		l.c.o.Logger.Warn("answer a host", "host", host, "err", err)
	}
}
