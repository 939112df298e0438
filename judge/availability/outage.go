package availability

import (
	"math/bits"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Millionth is a share in millionths of the whole: 999000 is 99.9 %.
type Millionth uint32

// Whole is all of it.
const Whole Millionth = 1_000_000

// shareOf is part of whole, rounded down; whole is not zero and part not more.
func shareOf(part, whole uint64) Millionth {
	high, low := bits.Mul64(min(part, whole), uint64(Whole))
	n, _ := bits.Div64(high, low, whole) // high < whole, since part <= whole and Whole < 2^64
	return Millionth(n)
}

// Percent writes a share as a number of per cent, with as many decimals as it takes: 99.95.
func (m Millionth) Percent() string {
	s := []byte{byte('0' + m/1_000_000%10), byte('0' + m/100_000%10), byte('0' + m/10_000%10), '.', byte('0' + m/1000%10), byte('0' + m/100%10), byte('0' + m/10%10), byte('0' + m%10)}
	for s[0] == '0' && s[1] != '.' {
		s = s[1:]
	}
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return string(s)
}

// Outage is a stretch of minutes in each of which less than a share of those who came were served.
type Outage struct {
	From   evenkeel.Moment `json:"from"`
	Until  evenkeel.Moment `json:"until"`
	Wanted uint64          `json:"wanted"`
	Missed uint64          `json:"missed"`
	Why    Why             `json:"why"`
	Stage  string          `json:"stage"` // the highest that held meanwhile
	// Estimated is how many of both are estimates: no edge told anything.
	Estimated uint64 `json:"estimated,omitempty"`
}

// For is how long it was.
func (o *Outage) For() time.Duration { return o.Until.Sub(o.From) }

// bridge is how long nobody may come in an outage without ending it: what nobody saw ended was not seen to end.
const bridge = 5 * time.Minute

// MaxOutages is how many are told of one stretch of time, the earliest first.
const MaxOutages = 1000

// scan finds outages in minutes that come in order.
type scan struct {
	below   Millionth
	out     []Outage
	now     *Outage
	missing Missing
	stage   Stage
}

// Outages are those of one site in [from, until), in order. Minutes that nobody visited begin none, and five of them end one.
func (h *History) Outages(from, until evenkeel.Moment, below Millionth) []Outage {
	s := scan{below: below}
	all := h.within(from.Add(-time.Hour), until) // an hour that began before holds minutes of the time too
	for i := 0; i < len(all); {
		if !all[i].hour {
			s.minute(&all[i])
			i++
			continue
		}
		// The good minutes of an hour lie between the notes that follow it.
		hour, good := &all[i], all[i].good
		for i++; i < len(all) && all[i].at < hour.at.Add(time.Hour) && !all[i].hour; i++ {
			into := all[i].at.Sub(hour.at) / time.Minute
			s.good(good & (1<<into - 1))
			good &^= 1<<into - 1
			s.minute(&all[i])
		}
		s.good(good)
	}
	s.end()
	kept := s.out[:0]
	for _, o := range s.out {
		if o.From >= from && o.From < until && len(kept) < MaxOutages {
			kept = append(kept, o)
		}
	}
	return kept
}

// good takes minutes in which all were served.
func (s *scan) good(minutes uint64) {
	if minutes != 0 && s.now != nil {
		s.end()
	}
}

func (s *scan) minute(p *piece) {
	if s.now != nil && p.at.Sub(s.now.Until) > bridge {
		s.end()
	}
	wanted := p.counts.Wanted()
	switch {
	case wanted == 0 && p.silent && s.now != nil:
		s.now.Until = p.at + aMinute
		return
	case wanted == 0:
		return
	case shareOf(p.counts.Served(), wanted) >= s.below || p.counts.Missed() == 0:
		s.end()
		return
	case s.now == nil:
		s.now = &Outage{From: p.at}
	}
	m := p.minute()
	if m.Silent {
		s.now.Estimated = plus(s.now.Estimated, wanted)
	}
	why := m.Missing()
	s.missing.add(&why)
	s.now.Until, s.now.Wanted, s.now.Missed = p.at+aMinute, plus(s.now.Wanted, wanted), plus(s.now.Missed, p.counts.Missed())
	s.stage = max(s.stage, p.counts.Highest())
}

func (s *scan) end() {
	if s.now == nil {
		return
	}
	s.now.Why, s.now.Stage = s.missing.Most(), s.stage.String()
	s.out = append(s.out, *s.now)
	s.now, s.missing, s.stage = nil, Missing{}, 0
}
