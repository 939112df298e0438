package stream

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A pull asks for at most pullBytes. The bound has to be in bytes, because a number of
// messages that is good for small ones stalls on large ones; it is above maxMessage, or the
// largest would never come.
const (
	pullBytes    = 4 << 20
	pullMessages = 1 << 14
	pullExpires  = 30 * time.Second
)

// pull reads the stream after a position until ctx ends, the session ends or deliver returns
// an error. The server keeps a consumer in memory for it, which nobody acknowledges to and
// which goes by itself.
func (s *session) pull(ctx context.Context, after Position, deliver func(Position, []byte) error) error {
	name, err := s.consumer(ctx, after)
	if err != nil {
		return err
	}
	defer s.forget(name)
	inbox := s.conn.NewInbox()
	sub, err := s.conn.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer sub.Unsubscribe()
	defer context.AfterFunc(ctx, func() { sub.Unsubscribe() })() // wakes once up
	if err := sub.SetPendingLimits(2*pullMessages, 4*pullBytes); err != nil {
		return err
	}
	p := puller{session: s, sub: sub, inbox: inbox, seq: 1, deliver: deliver,
		subject: "$JS.API.CONSUMER.MSG.NEXT." + streamName + "." + name}
	for {
		if err := p.once(); err != nil {
			return err
		}
	}
}

func (s *session) consumer(ctx context.Context, after Position) (name string, err error) {
	ctx, cancel := context.WithTimeout(ctx, ackWait)
	defer cancel()
	c, err := s.js.CreateConsumer(ctx, streamName, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: uint64(after) + 1,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: 2 * pullExpires,
	})
	if err != nil {
		return "", err
	}
	return c.CachedInfo().Name, nil
}

// forget tells the server that a consumer is done with. Where that does not arrive, the
// server finds out by itself.
func (s *session) forget(name string) {
	_ = s.conn.Publish("$JS.API.CONSUMER.DELETE."+streamName+"."+name, nil)
}

// puller is one reading of the stream.
type puller struct {
	session *session
	sub     *nats.Subscription
	inbox   string
	subject string
	seq     uint64 // the consumer's number of the next message, which has no gaps
	deliver func(Position, []byte) error
}

var pullRequest = fmt.Appendf(nil, `{"batch":%d,"max_bytes":%d,"expires":%d}`, pullMessages, pullBytes, pullExpires.Nanoseconds())

// once asks for messages and sees to them until the server says that these were all.
func (p *puller) once() error {
	if err := p.session.conn.PublishRequest(p.subject, p.inbox, pullRequest); err != nil {
		return err
	}
	for left := pullMessages; left > 0; left-- {
		m, err := p.sub.NextMsg(pullExpires + ackWait)
		if err != nil {
			return err
		}
		if status := m.Header.Get("Status"); status != "" {
			return ended(status, m.Header.Get("Description"))
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		if meta.Sequence.Consumer != p.seq {
			return fmt.Errorf("message %d came where %d was expected", meta.Sequence.Consumer, p.seq)
		}
		p.seq++
		if err := p.deliver(Position(meta.Sequence.Stream), m.Data); err != nil {
			return err
		}
	}
	return nil
}

// ended says what the end of a pull means: nil where another one may follow.
func ended(status, says string) error {
	switch {
	case status == "404", status == "408", status == "409" && (says == "Message Size Exceeds MaxBytes" || says == "Batch Completed"):
		return nil
	}
	return fmt.Errorf("the server ended the reading: %s %s", status, says)
}
