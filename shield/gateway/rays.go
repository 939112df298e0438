package gateway

import (
	"net/netip"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// Refused is one refusal, as it is found by its ray when a visitor gets in touch.
type Refused struct {
	Ray    answer.Ray
	At     evenkeel.Moment
	Site   site.ID
	From   netip.Addr
	Reason answer.Reason
	Until  evenkeel.Moment // 0 where no end was set
}

// Rays is how many refusals are remembered, the newest: some 6 MB. Under a flood of refusals those of people are soon gone; what a page
// says of reason and end is all that is needed to be heard then.
const Rays = 1 << 16

// shelf is the last refusals.
type shelf struct {
	mu   sync.Mutex
	ring []Refused
	next int // where the oldest is, once it is full
}

func (s *shelf) keep(r Refused) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ring) < Rays {
		s.ring = append(s.ring, r)
		return
	}
	s.ring[s.next] = r
	s.next = (s.next + 1) % Rays
}

// Ray finds a refusal by its ray; false where it is not remembered.
func (e *Edge) Ray(r answer.Ray) (Refused, bool) {
	s := &e.rays
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.ring) - 1; i >= 0; i-- {
		if s.ring[i].Ray == r {
			return s.ring[i], true
		}
	}
	return Refused{}, false
}
