package share

import "time"

// Stops are what the operator said last of each site, at whichever edge. Of two that were said, the one with the greater stamp counts, at
// every edge: whoever says something gives it a stamp greater than all that it has heard, and than its clock's ms.
type Stops struct {
	of     map[Key]stopped
	newest uint64
	tie    byte // so that what two edges say at once is not of one stamp
}

type stopped struct {
	stamp uint64
	until int64 // ticks; 0: it is let go of
	at    int64 // when it was heard
}

// mostStopped bounds them; what is over is remembered for a day.
const mostStopped = 4096

// Say is what the operator says of a site at this edge; a left of 0 lets go of it.
func (s *Stops) Say(key Key, left time.Duration, now, clock int64) Stop {
	s.newest = max(s.newest>>8+1, uint64(max(clock, 0)))<<8 | uint64(s.tie)
	x := Stop{Key: key, Stamp: s.newest, Left: max(left, 0)}
	s.put(x, now)
	return x
}

// Hear takes what another edge says, and says whether it is news.
func (s *Stops) Hear(x Stop, now int64) bool {
	s.newest = max(s.newest, x.Stamp)
	if was, ok := s.of[x.Key]; ok && was.stamp >= x.Stamp {
		return false
	}
	return s.put(x, now)
}

func (s *Stops) put(x Stop, now int64) bool {
	if s.of == nil {
		s.of = map[Key]stopped{}
	}
	if _, ok := s.of[x.Key]; !ok && len(s.of) >= mostStopped {
		return false
	}
	until := int64(0)
	if x.Left > 0 {
		until = now + int64(x.Left)
	}
	s.of[x.Key] = stopped{x.Stamp, until, now}
	return true
}

// All are those that still tell something, as of now; into is used again.
func (s *Stops) All(now int64, into []Stop) []Stop {
	for key, x := range s.of {
		if now-x.at > int64(mostAge) && x.until <= now {
			delete(s.of, key)
			continue
		}
		into = append(into, Stop{key, x.stamp, time.Duration(max(x.until-now, 0))})
	}
	return into
}
