package hostlink

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/stream/internal/spool"
	"github.com/nats-io/nats.go"
)

// Bounds of what an agent has under way at once, and how it waits.
const (
	window      = 32      // frames that are not answered
	windowBytes = 4 << 20 // in them
	ackWait     = 5 * time.Second
	firstPause  = 100 * time.Millisecond
	lastPause   = 30 * time.Second
)

// pipe sends what a spool holds, in its order, and lets go of what control has.
type pipe struct {
	spool    *spool.Spool
	receipts bool
	subject  string
	log      *slog.Logger
	// acks has room for all that is under way twice; beyond it an ack is lost, and the frame is sent again.
	acks    chan ack
	refused atomic.Uint64
}

// run sends over a connection until ctx ends. What was not answered is sent again by the next run.
func (p *pipe) run(ctx context.Context, conn *nats.Conn) {
	at := spool.ID{}               // the last one that was sent
	underWay := map[spool.ID]int{} // bytes by what is not answered
	bytes, misses := 0, 0
	quiet := time.NewTimer(ackWait) // runs out when nothing is answered for so long, or a pause is over
	defer quiet.Stop()
	paused := false
	again := func() { // all that is not answered is sent once more, after a pause
		misses++
		at, bytes, paused = spool.ID{}, 0, true
		clear(underWay)
		quiet.Reset(backoff.Pause(firstPause, lastPause, 0, p.subject, misses))
	}
	for ctx.Err() == nil {
		for !paused && len(underWay) < window && bytes < windowBytes {
			e, ok, err := p.spool.Take(at)
			if err != nil {
				p.log.Warn("read the buffer", "err", err)
				again()
				break
			}
			if !ok {
				break
			}
			at = e.ID
			f := frame{id: e.ID, base: e.Base, again: e.Again, payload: e.Data}
			if err := conn.Publish(p.subject, f.append(make([]byte, 0, frameBytes+len(e.Data)))); err != nil {
				return // the connection has ended
			}
			if len(underWay) == 0 {
				quiet.Reset(ackWait)
			}
			underWay[e.ID] = len(e.Data)
			bytes += len(e.Data)
		}
		select {
		case a := <-p.acks:
			if p.settle(a) {
				if !paused { // one of many that were under way
					again()
				}
				continue
			}
			bytes -= underWay[a.id]
			delete(underWay, a.id)
			if misses = 0; !paused {
				quiet.Reset(ackWait)
			}
		case <-p.spool.News():
		case <-quiet.C:
			if paused {
				paused = false
				quiet.Reset(ackWait)
			} else if len(underWay) > 0 {
				p.log.Warn("control does not answer: what was sent is sent again", "kind", p.subject, "frames", len(underWay))
				again()
			}
		case <-ctx.Done():
		}
	}
}

// settle does what an ack says; again is true where it has to be sent once more.
func (p *pipe) settle(a ack) (again bool) {
	switch a.verdict {
	case later:
		p.log.Debug("control does not take it now", "kind", p.subject, "why", a.says)
		return true
	case refused:
		p.refused.Add(1)
		p.log.Warn("control refuses what this host sent: it is dropped", "kind", p.subject, "why", a.says)
	}
	p.spool.Ack(a.id)
	return false
}

// hear takes an ack in.
func (p *pipe) hear(a ack) {
	select {
	case p.acks <- a:
	default:
	}
}
