package sieve

import (
	"context"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/sieve/internal/kernel"
)

// shards is in how many parts the list of connections is kept, so that those that come and go do not wait for one another.
const shards = 16

type shard struct {
	mu sync.Mutex
	of map[*carried]struct{}
	_  [48]byte // of another processor's line
}

func (s *Sieve) enter(c *carried) *shard {
	at := &s.carried[s.spread.Add(1)%shards]
	at.mu.Lock()
	at.of[c] = struct{}{}
	at.mu.Unlock()
	return at
}

func (s *Sieve) leave(c *carried, at *shard) {
	at.mu.Lock()
	delete(at.of, c)
	at.mu.Unlock()
}

// quiet is how long nothing has to move on a connection before it may be ended for another that needs its place, where everything is full.
const quiet = 5 * time.Second

// sweeps asks the kernel now and then what moves, so that no deadline has to be moved with every byte; about once in a quarter of the shortest
// time that is bounded.
func (s *Sieve) sweeps() {
	defer close(s.swept)
	each := min(s.config.Idle, s.config.AnswerTime, s.config.Linger, 4*quiet) / 4
	tick := time.NewTicker(max(each, 10*time.Millisecond))
	defer tick.Stop()
	var room []*carried
	for {
		select {
		case <-tick.C:
			now := s.config.Door.Clock().UnixNano()
			for i := range s.carried {
				room = s.carried[i].all(room[:0])
				for _, c := range room {
					s.look(c, now)
				}
				clear(room)
			}
		case <-s.ctx.Done():
			s.cutAll(tick)
			return
		}
	}
}

func (h *shard) all(room []*carried) []*carried {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.of {
		room = append(room, c)
	}
	return room
}

// look ends what has to end.
func (s *Sieve) look(c *carried, now int64) {
	back := c.back.Load()
	if back == nil {
		return // dialing has its own bound
	}
	if since := c.ousted.Load(); since != 0 && now-since > int64(oustWithin) {
		c.cut(Ousted)
		return
	}
	if !c.answered {
		info, err := kernel.Of(back)
		switch {
		case err != nil: // closed meanwhile, or no Linux
		case info.Received > 0:
			c.answered = true
			c.upstream.well(time.Unix(0, now))
		case !c.client.Visitor.Secure: // who uploads is answered when it is done
		case now-c.began > int64(s.config.AnswerTime):
			c.upstream.unanswered.Add(1)
			if c.upstream.answered.Load() < c.began { // it answers nobody else either: no single client is believed
				c.upstream.fault(time.Unix(0, now))
			}
			c.cut(Unanswered)
			return
		}
	}
	info, err := kernel.Of(c.front)
	switch {
	case err != nil:
	case info.Quiet > s.config.Idle:
		c.cut(Idled)
	case c.gone.Load() && info.Quiet > s.config.Linger:
		c.cut(Lingered)
	case info.Quiet > quiet:
		c.client.Quiet()
	default:
		c.client.Lively()
	}
}

// oustWithin is how long the gateway behind has to say the rest to somebody who may not stay.
const oustWithin = 2 * time.Second

// Oust ends the connections that were passed and of whose visitor a function says that he may not stay, and returns how many. Nothing more of what he says
// is carried; what the gateway has answered still is, for a few seconds. It looks at each connection once.
func (s *Sieve) Oust(who func(*door.Visitor) bool) (n int) {
	now := s.config.Door.Clock().UnixNano()
	var room []*carried
	for i := range s.carried {
		room = s.carried[i].all(room[:0])
		for _, c := range room {
			if who(c.client.Visitor) && c.oust(now) {
				n++
			}
		}
	}
	return n
}

// cutAll ends all, those too that only now come in from the door, until there are none.
func (s *Sieve) cutAll(tick *time.Ticker) {
	tick.Reset(10 * time.Millisecond)
	done := make(chan struct{})
	go func() {
		s.door.Shutdown(context.Background())
		close(done)
	}()
	for {
		var room []*carried
		for i := range s.carried {
			room = s.carried[i].all(room)
		}
		for _, c := range room {
			c.cut(Cut)
		}
		select {
		case <-done:
			return
		case <-tick.C:
		}
	}
}
