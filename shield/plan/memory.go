package plan

import (
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
)

// What is remembered of the traffic at each port, at most. A destination beyond that has no bucket of its
// own, only the port's; a flow beyond that counts as new with each packet.
const (
	MostDestinations = 65_536 // of each limit
	MostRecent       = 65_536 // flows
	FlowIdle         = 60 * time.Second
	DestinationIdle  = 30 * time.Second // longer than any bucket takes to be full again
)

// Memory is what verdicts about earlier packets left. The zero Memory is that of a ruleset just put in force.
type Memory struct {
	credits map[bucketKey]Credit
	targets map[bucketKey]int // buckets of destinations, by limit
	recent  map[flowKey]evenkeel.Moment
	flows   map[int]int // in recent, by port
	swept   evenkeel.Moment
}

// bucketKey names a bucket; its fields are those that apply.
type bucketKey struct {
	port int
	rule Rule
	kind Kind
	in   bool
	rate uint64
	to   netip.Addr
}

type flowKey struct {
	port     int
	src, dst netip.AddrPort
}

func (s *Memory) take(key bucketKey, b Bucket, n uint64, at evenkeel.Moment) bool {
	if s.credits == nil {
		*s = Memory{map[bucketKey]Credit{}, map[bucketKey]int{}, map[flowKey]evenkeel.Moment{}, map[int]int{}, at}
	}
	c, known := s.credits[key]
	if !known && key.to.IsValid() {
		all := key
		all.to = netip.Addr{}
		if s.targets[all] >= MostDestinations && !s.sweep(at) || s.targets[all] >= MostDestinations {
			return true
		}
		s.targets[all]++
	}
	c, ok := b.Take(c, n, int64(at))
	s.credits[key] = c
	return ok
}

// knows says whether a flow spoke lately.
func (s *Memory) knows(f flowKey, at evenkeel.Moment) bool {
	last, ok := s.recent[f]
	return ok && at < last.Add(FlowIdle)
}

func (s *Memory) note(f flowKey, at evenkeel.Moment) {
	if s.recent == nil {
		return // nothing was ever taken
	}
	if _, known := s.recent[f]; !known {
		if s.flows[f.port] >= MostRecent && !s.sweep(at) || s.flows[f.port] >= MostRecent {
			return
		}
		s.flows[f.port]++
	}
	s.recent[f] = at
}

// sweep forgets what was idle too long, once a second at most, and says whether it looked.
func (s *Memory) sweep(at evenkeel.Moment) bool {
	if at < s.swept.Add(time.Second) {
		return false
	}
	s.swept = at
	for key, c := range s.credits {
		if key.to.IsValid() && int64(at)-c.at >= int64(DestinationIdle) {
			delete(s.credits, key)
			key.to = netip.Addr{}
			s.targets[key]--
		}
	}
	for f, last := range s.recent {
		if at >= last.Add(FlowIdle) {
			delete(s.recent, f)
			s.flows[f.port]--
		}
	}
	return true
}
