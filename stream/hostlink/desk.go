package hostlink

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
)

// Bounds of the orders to one host.
const (
	maxUnderWay = 64                     // that it has not answered
	orderRate   = 200                    // per second, with as many at once
	firstAgain  = 2 * time.Second        // when one that is not answered is sent again; then twice as long
	lastAgain   = time.Minute            // and at most so long
	lookAgain   = time.Minute            // when the outbox is looked at though nobody said so
	hurry       = 100 * time.Millisecond // when the rest is sent of what was too much at once
)

// desk sends the orders of one host.
type desk struct {
	host string
	wake chan struct{} // capacity 1: it holds a token while the outbox is to be looked at
	anew atomic.Bool   // the host has come anew: what was sent before may not have reached it
	sent map[evenkeel.OrderID]sending

	tokens float64 // of the rate
	filled time.Time
}

type sending struct {
	times int
	next  time.Time // when it is sent again
}

func (d *desk) wakeUp() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// desk returns the desk of a host; fresh says that nobody works at it yet.
func (c *Control) desk(host string) (d *desk, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d = c.desks[host]; d == nil {
		d = &desk{host: host, wake: make(chan struct{}, 1), sent: map[evenkeel.OrderID]sending{}, tokens: orderRate}
		c.desks[host], fresh = d, true
	}
	return d, fresh
}

func (c *Control) knownDesk(host string) (d *desk, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok = c.desks[host]
	return d, ok
}

// Nudge says that the outbox has orders for a host: it is looked at now. Where the host is away they go out when it
// comes.
func (c *Control) Nudge(host string) {
	if d, ok := c.knownDesk(host); ok {
		d.wakeUp()
	}
}

// serveOrders sends what the outbox holds, until ctx ends.
func (c *Control) serveOrders(ctx context.Context, d *desk, outbox Outbox) {
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	for {
		select {
		case <-d.wake:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		again := lookAgain
		if c.registry.admitted(d.host) && c.presence.isHere(d.host, c.o.Now()) {
			again = c.sendOrders(ctx, d, outbox)
		}
		timer.Reset(again)
	}
}

// sendOrders sends what is due and returns when to look again.
func (c *Control) sendOrders(ctx context.Context, d *desk, outbox Outbox) (again time.Duration) {
	if d.anew.Swap(false) {
		clear(d.sent)
	}
	pending, err := outbox.Pending(ctx, d.host)
	if err != nil {
		if ctx.Err() == nil {
			c.o.Logger.Warn("read the orders of a host", "host", d.host, "err", err)
		}
		return firstAgain
	}
	now := c.o.Now()
	d.tokens = min(orderRate, d.tokens+now.Sub(d.filled).Seconds()*orderRate)
	d.filled = now
	still := make(map[evenkeel.OrderID]sending, min(len(pending), maxUnderWay))
	again = lookAgain
	for _, o := range pending {
		s, before := d.sent[o.ID]
		switch {
		case !before && len(still) >= maxUnderWay:
			continue // it goes out once others are answered
		case before && now.Before(s.next):
			again = min(again, s.next.Sub(now))
		case d.tokens < 1:
			again = min(again, hurry)
		case c.sendOrder(ctx, d, outbox, o):
			d.tokens--
			s.times++
			pause := backoff.Pause(firstAgain, lastAgain, 0, d.host+string(o.ID), s.times)
			s.next = now.Add(pause)
			again, before = min(again, pause), true
		}
		if before {
			still[o.ID] = s
		}
	}
	d.sent = still
	return again
}

// sendOrder puts an order on the wire. One that is too large for it is answered here.
func (c *Control) sendOrder(ctx context.Context, d *desk, outbox Outbox, o evenkeel.Order) bool {
	text, err := json.Marshal(o)
	if err == nil && len(text) > maxOrder {
		err = evenkeel.Invalid("the order has %d bytes; expected at most %d", len(text), maxOrder)
		if bad := outbox.Answer(ctx, d.host, evenkeel.Receipt{
			Order: o.ID, Node: d.host, State: evenkeel.ReceiptRefused, Why: fmt.Sprintf("not sent: %v", err), At: evenkeel.MomentOf(c.o.Now()), Asked: o.Part(),
		}); bad != nil {
			c.o.Logger.Warn("answer an order that is too large", "host", d.host, "order", o.ID, "err", bad)
		}
	}
	if err == nil {
		err = c.conn.Publish(subject(d.host, kindOrders), text)
	}
	if err != nil {
		c.o.Logger.Warn("send an order", "host", d.host, "order", o.ID, "err", err)
		return false
	}
	c.tally.ordersSent.Add(1)
	return true
}
