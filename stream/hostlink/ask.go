package hostlink

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/nats-io/nats.go"
)

// Bounds of what is asked and answered, in bytes, and of how many questions wait on a host.
const (
	MaxQuestion = 48 << 10
	MaxAnswer   = 64 << 10
	askQueue    = 8
)

// askID tells which question is answered: its first bytes on the wire, both ways.
type askID [16]byte

// asking is what control waits for.
type asking struct {
	mu    sync.Mutex
	waits map[askID]question
}

type question struct {
	host   string
	answer chan []byte // capacity 1
}

// Ask asks a host that is here, and waits for its answer until ctx ends. What is lost on the way is asked again by
// whoever asked: KindUnavailable, also where an agent answers no questions.
func (c *Control) Ask(ctx context.Context, host string, ask []byte) ([]byte, error) {
	if len(ask) > MaxQuestion {
		return nil, evenkeel.Invalid("ask %s in %d bytes; expected at most %d", host, len(ask), MaxQuestion)
	}
	if !c.registry.admitted(host) || !c.presence.isHere(host, c.o.Now()) {
		return nil, unasked(host, "it is not here", nil)
	}
	var id askID
	_, _ = rand.Read(id[:]) // it never fails
	q := question{host, make(chan []byte, 1)}
	c.asking.mu.Lock()
	c.asking.waits[id] = q
	c.asking.mu.Unlock()
	defer func() {
		c.asking.mu.Lock()
		delete(c.asking.waits, id)
		c.asking.mu.Unlock()
	}()
	if err := c.conn.Publish(subject(host, kindAsks), append(id[:], ask...)); err != nil {
		return nil, unasked(host, "it cannot be reached", err)
	}
	select {
	case a := <-q.answer:
		return a, nil
	case <-ctx.Done():
		return nil, unasked(host, "it did not answer in time", ctx.Err())
	}
}

func unasked(host, why string, err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("ask host %s: %s", host, why), Err: err,
		Hint: "see whether evenkeel host run runs there, and in the same version",
	}
}

// answered takes an answer: to what this host was asked, and once.
func (c *Control) answered(m *nats.Msg) {
	host, _, ok := splitSubject(m.Subject)
	if !ok || len(m.Data) < len(askID{}) || len(m.Data) > len(askID{})+MaxAnswer || !c.registry.admitted(host) {
		return
	}
	id := askID(m.Data)
	c.asking.mu.Lock()
	q, waits := c.asking.waits[id]
	if waits = waits && q.host == host; waits {
		delete(c.asking.waits, id)
	}
	c.asking.mu.Unlock()
	if waits {
		q.answer <- m.Data[len(id):]
	}
}

// answers has an agent answer questions, one after the other, for as long as a connection is.
type answers struct {
	a     *Agent
	queue chan []byte
}

// offer takes a question. One too many is let go: whoever asked asks again.
func (x *answers) offer(data []byte) {
	if len(data) < len(askID{}) || len(data) > len(askID{})+MaxQuestion {
		x.a.o.Logger.Warn("a question of control cannot be read", "bytes", len(data))
		return
	}
	select {
	case x.queue <- data:
	default:
		x.a.o.Logger.Warn("control asks too much at once: a question is let go")
	}
}

func (x *answers) run(ctx context.Context, conn *nats.Conn) {
	for {
		select {
		case data := <-x.queue:
			id := askID(data)
			said := x.a.o.Answer(ctx, data[len(id):])
			if len(said) > MaxAnswer {
				x.a.o.Logger.Error("an answer to control is too long, and is not given", "bytes", len(said), "most", MaxAnswer)
				continue
			}
			if err := conn.Publish(subject(x.a.enrolment.Host, kindAnswers), append(id[:], said...)); err != nil && ctx.Err() == nil {
				x.a.o.Logger.Warn("answer control", "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}
