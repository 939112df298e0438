package availability

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Columns is how many parts evenkeel.MeterSite has.
const Columns = int(evenkeel.PartAtPage-evenkeel.PartVisits) + 1

// MaxCount is the most that one reading may count: a month of bytes at 100 Gbit/s, with room.
const MaxCount = 1 << 56

// Counts is what came to a site in a time, by part; what each is, its part of evenkeel.MeterSite says.
type Counts [Columns]uint64

// columnOf is where a part stands; -1 for one of another meter.
func columnOf(p evenkeel.Part) int {
	if p < evenkeel.PartVisits || p > evenkeel.PartAtPage {
		return -1
	}
	return int(p - evenkeel.PartVisits)
}

// Of returns the count of a part.
func (c *Counts) Of(p evenkeel.Part) uint64 {
	if i := columnOf(p); i >= 0 {
		return c[i]
	}
	return 0
}

// Add adds others.
func (c *Counts) Add(o *Counts) {
	for i := range c {
		c[i] = plus(c[i], o[i])
	}
}

// plus adds without running over.
func plus(a, b uint64) uint64 {
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}

// Empty says whether nothing was counted.
func (c *Counts) Empty() bool { return *c == Counts{} }

// Served is what was served of what was wanted: never more than that.
func (c *Counts) Served() uint64 { return min(c.Of(evenkeel.PartServed), c.Wanted()) }

// Wanted is how many requests were wanted.
func (c *Counts) Wanted() uint64 { return c.Of(evenkeel.PartWanted) }

// Missed is what was wanted and not served.
func (c *Counts) Missed() uint64 { return c.Wanted() - c.Served() }

// Stage is how strictly visitors were treated, from observe (0) to page (5), as in evenkeel's words of a site's stages.
type Stage uint8

// Stages is how many there are.
const Stages = 6

var stageWords = [Stages]string{"observe", "filter", "cookie", "proof", "queue", "page"}

// String returns the word.
func (s Stage) String() string {
	if int(s) < len(stageWords) {
		return stageWords[s]
	}
	return "invalid"
}

// ParseStage reads the word.
func ParseStage(word string) (Stage, bool) {
	for i, w := range stageWords {
		if w == word {
			return Stage(i), true
		}
	}
	return 0, false
}

// Seconds is how long a stage above observe held, on all edges together.
func (c *Counts) Seconds(s Stage) uint64 {
	if s == 0 || s >= Stages {
		return 0
	}
	return c.Of(evenkeel.PartAtFilter + evenkeel.Part(s) - 1)
}

// Highest is the highest stage that held for any time.
func (c *Counts) Highest() Stage {
	for s := Stage(Stages - 1); s > 0; s-- {
		if c.Seconds(s) > 0 {
			return s
		}
	}
	return 0
}

// attacked says whether visitors were held off: what is missed beside it is missed for that. A few who are refused or asked,
// up to a tenth, are what any day brings.
func (c *Counts) attacked() bool {
	held := plus(c.Of(evenkeel.PartRefused), c.Of(evenkeel.PartAsked))
	return c.Highest() > 0 || c.Of(evenkeel.PartTurned) > 0 || held > c.Of(evenkeel.PartVisits)/10
}

// notable says whether a minute is kept by itself when its day is folded.
func (c *Counts) notable() bool { return c.Missed() > 0 || c.attacked() }

// Minute is what came to a site in a minute, on all edges.
type Minute struct {
	At evenkeel.Moment // when it began
	Counts
	Silent bool // no edge told anything of it: what was wanted is an estimate, and nothing was served
}

// aMinute in nanoseconds.
const aMinute = evenkeel.Moment(time.Minute)

// floor is the last multiple of a length that is not after m.
func floor(m, length evenkeel.Moment) evenkeel.Moment {
	rest := m % length
	if rest < 0 {
		rest += length
	}
	return m - rest
}

// Why is why requests were missed, as far as it is known.
type Why uint8

// The reasons.
const (
	WhyUnknown Why = iota
	WhyBackend     // the site's own backends answered 5xx or nothing
	WhyAttack      // visitors were held off, asked or turned away
	WhyEdges       // no edge was there
	whys
)

// String returns unknown, backend, attack or edges.
func (w Why) String() string {
	return [...]string{"unknown", "backend", "attack", "edges", "invalid"}[min(w, whys)]
}

// MarshalText writes String.
func (w Why) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Missing is how many were missed, by why.
type Missing [whys]uint64

// Sum is all of them.
func (m *Missing) Sum() (n uint64) {
	for _, x := range m {
		n = plus(n, x)
	}
	return n
}

func (m *Missing) add(o *Missing) {
	for i := range m {
		m[i] = plus(m[i], o[i])
	}
}

// Most is the reason of most of them; of two that are even, the one that is known.
func (m *Missing) Most() Why {
	why := WhyUnknown
	for w := WhyBackend; w < whys; w++ {
		if m[w] > 0 && m[w] >= m[why] {
			why = w
		}
	}
	return why
}

// Missing says why what was missed in a minute was: at most as many for the backends as these failed; of the rest, all for
// the attack where anything was held off in that minute.
func (m *Minute) Missing() (out Missing) {
	missed := m.Missed()
	if m.Silent {
		out[WhyEdges] = missed
		return out
	}
	out[WhyBackend] = min(missed, m.Of(evenkeel.PartFailed))
	missed -= out[WhyBackend]
	if m.attacked() {
		out[WhyAttack] = missed
	} else {
		out[WhyUnknown] = missed
	}
	return out
}
