package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ackWait is how long a message may take until it is durable. A server that cannot write
// does not answer at all.
const ackWait = 20 * time.Second

// acks counts the server's answers to the messages of each publish. All messages of one
// publish share one reply subject, so that an answer costs no look-up by message.
type acks struct {
	prefix string

	mu      sync.Mutex
	next    uint64
	waiting map[uint64]*pending
	top     Position // the highest that was acknowledged
	err     error    // set once no answers come any more
}

// pending is a publish that waits.
type pending struct {
	left int
	err  error         // the first refusal
	done chan struct{} // closed when all have answered, or none will any more
}

// listenForAcks subscribes to the answers on a connection.
func listenForAcks(nc *nats.Conn) (*acks, error) {
	a := &acks{prefix: nc.NewInbox() + ".", waiting: map[uint64]*pending{}}
	_, err := nc.Subscribe(a.prefix+"*", a.take)
	return a, err
}

// expect begins a publish of n messages and returns their reply subject.
func (a *acks) expect(n int) (id uint64, reply string, p *pending) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next++
	p = &pending{left: n, done: make(chan struct{})}
	if a.err != nil {
		p.err = a.err
		close(p.done)
	} else {
		a.waiting[a.next] = p
	}
	return a.next, a.prefix + strconv.FormatUint(a.next, 36), p
}

// wait returns nil once all messages of a publish are acknowledged.
func (a *acks) wait(ctx context.Context, id uint64, p *pending) error {
	timer := time.NewTimer(ackWait)
	defer timer.Stop()
	var err error
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = errNoAnswer
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.waiting, id)
	return err
}

var errNoAnswer = fmt.Errorf("no answer for %v", ackWait)

// take sees to one answer.
func (a *acks) take(m *nats.Msg) {
	id, err := strconv.ParseUint(strings.TrimPrefix(m.Subject, a.prefix), 36, 64)
	if err != nil {
		return
	}
	at, refused := answer(m)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.top = max(a.top, at)
	p := a.waiting[id]
	if p == nil {
		return
	}
	if p.err == nil {
		p.err = refused
	}
	if p.left--; p.left == 0 {
		delete(a.waiting, id)
		close(p.done)
	}
}

// answer returns the position of a message that is acknowledged, or why it is not.
func answer(m *nats.Msg) (Position, error) {
	if len(m.Data) == 0 {
		return 0, jetstream.ErrNoStreamResponse
	}
	if !bytes.Contains(m.Data, []byte(`"error"`)) {
		if at := positionIn(m.Data); at > 0 {
			return at, nil
		}
	}
	var a struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &a); err != nil || a.Error == nil {
		return 0, fmt.Errorf("the answer is no acknowledgement: %.200q", m.Data)
	}
	return 0, a.Error
}

// positionIn returns the number behind "seq": or 0. Nothing else in an acknowledgement has
// that name, and reading all of it would cost more than storing the message.
func positionIn(ack []byte) (at Position) {
	_, rest, _ := bytes.Cut(ack, []byte(`"seq":`))
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		at = 10*at + Position(c-'0')
	}
	return at
}

// fail ends every publish that waits, and all later ones.
func (a *acks) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return
	}
	a.err = err
	for id, p := range a.waiting {
		if p.err == nil {
			p.err = err
		}
		delete(a.waiting, id)
		close(p.done)
	}
}

// failure returns why no answers come any more, or nil.
func (a *acks) failure() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// reached returns the highest position that was acknowledged.
func (a *acks) reached() Position {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.top
}
