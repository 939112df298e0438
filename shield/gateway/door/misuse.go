package door

import "time"

// MisuseLimits say when a connection of HTTP/2 is cut for frames that make work and ask for nothing: resets, CONTINUATION, pings,
// priorities, settings after the first, data without data, and kinds that nobody knows; one point each. Points go
// away with time. A browser that leaves a page resets what it waited for, some hundred streams at once, and a client of gRPC
// measures the way with pings; neither comes near what an attack needs to cost anything, which is thousands a second.
type MisuseLimits struct {
	Drain  int // points that go away in a second; 100
	Hot    int // above so many a connection is cut while the door is hot; 500
	Always int // above so many it is cut in any case; 5,000
}

func (m MisuseLimits) filled() MisuseLimits {
	for _, x := range []struct {
		p *int
		n int
	}{{&m.Drain, 100}, {&m.Hot, 500}, {&m.Always, 5000}} {
		if *x.p <= 0 {
			*x.p = x.n
		}
	}
	return m
}

// misuse holds one connection's points, in thousandths.
type misuse struct {
	level int64
	at    int64 // ns
}

// add adds points at a time, and returns how many there are.
func (m *misuse) add(limits MisuseLimits, points int, now int64) int {
	if past := now - m.at; past > 0 {
		m.level = max(0, m.level-int64(float64(past)/float64(time.Second)*float64(limits.Drain)*1000))
		m.at = now
	}
	m.level += int64(points) * 1000
	return int(m.level / 1000)
}
