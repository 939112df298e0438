package hostlink

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/stream/internal/packed"
	"github.com/evenkeel/evenkeel/stream/internal/spool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// AgentOptions say where an agent keeps its buffer and what it is. Dir and Now are needed.
type AgentOptions struct {
	// Dir is the folder in which Enrol kept the enrolment.
	Dir string
	// MaxBytes bounds the buffer of batches. 0 is 64 MiB. Receipts have 4 MiB of their own.
	MaxBytes int64
	// Sync makes each batch safe from a power cut before Publish returns.
	Sync bool
	// Merge joins two neighbouring batches that were not sent yet into one that is shorter; false where they are to
	// stay two. It is asked when the buffer is full, for the oldest first. nil is never.
	Merge func(older, newer *evenkeel.Batch) (*evenkeel.Batch, bool)
	// About is asked for each status.
	About func() About
	// Answer answers a question of control (Control.Ask), one at a time, in at most MaxAnswer bytes. nil: none is
	// answered.
	Answer func(ctx context.Context, question []byte) []byte
	// Now is the time.
	Now func() time.Time
	// Logger hears what a person should know. nil is slog.Default.
	Logger *slog.Logger
}

// Agent is the end of the link on a host.
type Agent struct {
	o         AgentOptions
	enrolment Enrolment
	key       nkeys.KeyPair
	records   *pipe
	receipts  *pipe
	lost      atomic.Uint64 // batches that Publish could not put into the buffer
	lostIn    atomic.Uint64 // records in them
	tell      chan struct{} // capacity 1: what is to be said of this host has changed
	state     linkState
}

const receiptBytes = 4 << 20 // of the buffer of receipts

// OpenAgent opens the buffer of a host that has enrolled. An error of KindNotFound says that it has not, one of
// KindConflict that another agent runs on it.
func OpenAgent(o AgentOptions) (*Agent, error) {
	if o.Now == nil {
		return nil, evenkeel.Invalid("open the agent's link: no clock is given; expected AgentOptions.Now")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.About == nil {
		o.About = func() About { return About{} }
	}
	a := &Agent{o: o, tell: make(chan struct{}, 1)}
	a.state.is(Link{Since: evenkeel.MomentOf(o.Now())})
	var err error
	if a.enrolment, err = LoadEnrolment(o.Dir); err != nil {
		return nil, err
	}
	if a.key, err = hostKey(o.Dir, false); err != nil {
		return nil, err
	}
	records, err := spool.Open(spool.Options{Dir: filepath.Join(o.Dir, "records"), MaxBytes: o.MaxBytes, Sync: o.Sync, Merge: mergePacked(o.Merge), Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	receipts, err := spool.Open(spool.Options{Dir: filepath.Join(o.Dir, "receipts"), MaxBytes: receiptBytes, Sync: o.Sync, Logger: o.Logger})
	if err != nil {
		return nil, errors.Join(err, records.Close())
	}
	a.records = a.pipe(records, kindRecords)
	a.receipts = a.pipe(receipts, kindReceipts)
	return a, nil
}

func (a *Agent) pipe(s *spool.Spool, kind string) *pipe {
	return &pipe{spool: s, receipts: kind == kindReceipts, subject: subject(a.enrolment.Host, kind), log: a.o.Logger, acks: make(chan ack, 2*window)}
}

// mergePacked lets Merge see batches.
func mergePacked(merge func(older, newer *evenkeel.Batch) (*evenkeel.Batch, bool)) func(older, newer []byte) ([]byte, uint32, bool) {
	if merge == nil {
		return nil
	}
	return func(older, newer []byte) ([]byte, uint32, bool) {
		var r packed.Reader
		a, err := r.Batch(older)
		if err != nil {
			return nil, 0, false
		}
		b, err := r.Batch(newer)
		if err != nil {
			return nil, 0, false
		}
		both, ok := merge(a, b)
		if !ok {
			return nil, 0, false
		}
		return packed.Append(nil, evenkeel.AppendBatch(nil, both)), uint32(len(both.Records)), true
	}
}

// Host returns the id under which control knows this host.
func (a *Agent) Host() string { return a.enrolment.Host }

// Publish puts a batch into the buffer; it is sent once there is a link. nil means that it is on the disk. An error
// of KindInvalid says that it is too large: packed at most 1 MiB, and so unpacked. What is not put there is lost, and
// Fill counts it.
func (a *Agent) Publish(b *evenkeel.Batch) error {
	if len(b.Records) == 0 {
		return nil
	}
	err := a.buffer(b)
	if err != nil {
		a.lost.Add(1)
		a.lostIn.Add(uint64(len(b.Records)))
	}
	return err
}

func (a *Agent) buffer(b *evenkeel.Batch) error {
	plain := evenkeel.AppendBatch(nil, b)
	if len(plain) > packed.MaxBytes {
		return evenkeel.Invalid("publish a batch of %d bytes; expected at most %d: send it in parts", len(plain), packed.MaxBytes)
	}
	_, err := a.records.spool.Append(packed.Append(nil, plain), uint32(len(b.Records)))
	return err
}

// Report puts a receipt into the buffer for which nobody asked, such as that a measure has lapsed. Receipts of the order
// handler are reported by the agent itself.
func (a *Agent) Report(r evenkeel.Receipt) error {
	r.Asked = evenkeel.Unasked
	return a.report(r)
}

func (a *Agent) report(r evenkeel.Receipt) error {
	if err := checkReceipt(r); err != nil {
		return err
	}
	r.Node = a.enrolment.Host
	r.Effect, r.Why = cut(r.Effect, maxReceipt/4), cut(r.Why, maxReceipt/4)
	text, err := json.Marshal(r)
	if err == nil && len(text) > maxReceipt {
		err = evenkeel.Invalid("a receipt of %d bytes; expected at most %d", len(text), maxReceipt)
	}
	if err != nil {
		return err
	}
	_, err = a.receipts.spool.Append(text, 1)
	return err
}

// Fill says how full the buffer is.
func (a *Agent) Fill() Fill {
	s, r := a.records.spool.Stats(), a.receipts.spool.Stats()
	return Fill{
		Bytes: s.Bytes, MaxBytes: s.MaxBytes, Batches: s.Entries, Merged: s.Merged, Dropped: s.Dropped + r.Dropped + a.lost.Load(),
		DroppedRecords: s.DroppedRecords + a.lostIn.Load(), Damaged: s.Damaged + r.Damaged, Refused: a.records.refused.Load() + a.receipts.refused.Load(),
	}
}

// Close closes the buffer; call it after Run has returned.
func (a *Agent) Close() error { return errors.Join(a.records.spool.Close(), a.receipts.spool.Close()) }

// Run keeps the link to control until ctx ends, and then returns nil. handle is called for each order, from several
// goroutines, one at a time per decision; the same order may come again, and twice must be once. Where it returns
// an error there is no receipt, and the order comes again. It has to return when its context ends, which is that of
// one connection.
func (a *Agent) Run(ctx context.Context, handle func(context.Context, evenkeel.Order) (evenkeel.Receipt, error)) error {
	for attempts := 0; ctx.Err() == nil; {
		stood, err := a.session(ctx, handle)
		if ctx.Err() != nil {
			break
		}
		if attempts++; stood {
			attempts = 1
		}
		pause := backoff.Pause(firstPause, lastPause, 0, a.enrolment.Host, attempts)
		a.o.Logger.Warn("the link to control is down: it is tried again", "after", pause, "attempts", attempts, "err", err, "hint", evenkeel.HintOf(err))
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// session is one connection. stood says that it lasted for a heartbeat, so that the next attempt need not wait long.
func (a *Agent) session(ctx context.Context, handle func(context.Context, evenkeel.Order) (evenkeel.Receipt, error)) (stood bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conn, err := dial(a.enrolment.Addresses, a.enrolment.Pin, a.key, a.o.Now, nats.Name(a.enrolment.Host),
		nats.ClosedHandler(func(c *nats.Conn) {
			cause := c.LastError()
			if cause == nil {
				cause = errors.New("control has ended the connection")
			}
			cancel(cause)
		}))
	if err != nil {
		return false, linkError("connect to control", err)
	}
	defer conn.Close()
	orders := newOrders(a, handle)
	if _, err := conn.Subscribe(subject(a.enrolment.Host, kindAcks), func(m *nats.Msg) {
		if k, ok := parseAck(m.Data); ok && k.receipts {
			a.receipts.hear(k)
		} else if ok {
			a.records.hear(k)
		}
	}); err != nil {
		return false, linkError("hear control", err)
	}
	if _, err := conn.Subscribe(subject(a.enrolment.Host, kindOrders), func(m *nats.Msg) { orders.offer(m.Data) }); err != nil {
		return false, linkError("hear control", err)
	}
	asked := &answers{a, make(chan []byte, askQueue)}
	if a.o.Answer != nil {
		if _, err := conn.Subscribe(subject(a.enrolment.Host, kindAsks), func(m *nats.Msg) { asked.offer(m.Data) }); err != nil {
			return false, linkError("hear control", err)
		}
	}
	a.o.Logger.Info("the link to control is up", "host", a.enrolment.Host, "address", conn.ConnectedAddr())
	a.state.is(Link{Up: true, Since: evenkeel.MomentOf(a.o.Now()), Address: conn.ConnectedAddr()})
	defer func() { a.state.is(Link{Since: evenkeel.MomentOf(a.o.Now())}) }()
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel(nil)
	stood = a.beat(ctx, conn, func() { // control takes no record of a host that has not said what it holds
		work.Go(func() { a.records.run(ctx, conn) })
		work.Go(func() { a.receipts.run(ctx, conn) })
		if a.o.Answer != nil {
			work.Go(func() { asked.run(ctx, conn) })
		}
		orders.run(ctx, &work)
	})
	return stood, linkError("the connection to control has ended", context.Cause(ctx))
}

// Tell says that AgentOptions.About says something new: control hears it now and not with the next heartbeat. It does
// not wait.
func (a *Agent) Tell() {
	select {
	case a.tell <- struct{}{}:
	default:
	}
}

// holdsAgain is after how many heartbeats it is told anew what a host holds, though it is as before: control may have
// been too slow to hear it.
const holdsAgain = 6

// beat says that the host lives, until ctx ends. greeted is called once, after the first time.
func (a *Agent) beat(ctx context.Context, conn *nats.Conn, greeted func()) (stood bool) {
	tick := time.NewTicker(Heartbeat)
	defer tick.Stop()
	var told, named []evenkeel.AssetID
	owes := false // what stands is still to be told
	for beat := 0; ; {
		s := Status{About: a.o.About(), Buffer: a.Fill(), Hello: beat == 0, At: evenkeel.MomentOf(a.o.Now())}
		if len(s.Holds) > MaxHolds {
			a.o.Logger.Warn("this host holds too many guests or sites: orders about the rest do not come here", "holds", len(s.Holds), "most", MaxHolds)
			s.Holds, s.Named = s.Holds[:MaxHolds], s.Named[:min(len(s.Named), MaxHolds)]
		}
		if beat%holdsAgain == 0 || !slices.Equal(told, s.Holds) || !slices.Equal(named, s.Named) {
			named = slices.Clone(s.Named)
			told = append([]evenkeel.AssetID{}, s.Holds...)
			s.Held, s.HeldByName, s.Watched = &told, s.Named, s.Watches
			s.pack()
		}
		owes = owes || beat%holdsAgain == 0
		if !owes {
			s.Stands = nil
		}
		owes = owes && s.Stands == nil
		s.Stands = s.Stands[:min(len(s.Stands), MaxStands)]
		text, err := json.Marshal(s)
		if err == nil && len(text) > maxStatus {
			s.Blind, s.Nobodys, s.Can, s.Stands = nil, nil, nil, nil
			text, err = json.Marshal(s)
		}
		if err == nil && len(text) > maxStatus {
			err = evenkeel.Invalid("what this host holds takes %d bytes; expected at most %d", len(text), maxStatus)
			told = nil
		}
		if err == nil {
			err = conn.Publish(subject(a.enrolment.Host, kindStatus), text)
		}
		if err != nil && ctx.Err() == nil {
			a.o.Logger.Warn("say that this host lives", "err", err)
		}
		if greeted != nil {
			greeted()
			greeted = nil
		}
		select {
		case <-tick.C:
			stood = true
			beat++
		case <-a.tell:
			beat = max(beat, 1)
		case <-ctx.Done():
			return stood
		}
	}
}
