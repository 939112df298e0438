package host

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// An asset may tell each sign so often at once, and once more after each refill; the same twice within quiet is told
// once. Signs have allowances of their own: a flood of one hides no other.
const (
	burst  = 8
	refill = 5 * time.Minute
	quiet  = 5 * time.Minute
)

// sign is a kind with what explains it: as many as there are words.
type sign struct {
	kind     Kind
	explains Explanation
}

// allowance is what an asset has told. Its size is bounded by the number of signs and by burst.
type allowance struct {
	signs   map[sign]*told
	leftOut int64
}

type told struct {
	tokens int
	since  evenkeel.Moment // tokens were counted then
	last   []recent        // the newest at the end, at most burst
}

type recent struct {
	name string
	at   evenkeel.Moment
}

type allowed uint8

const (
	allowedTold allowed = iota
	allowedMerged
	allowedNot
)

// take says whether one more may be told.
func (a *allowance) take(s sign, name string, at evenkeel.Moment) allowed {
	t := a.signs[s]
	if t == nil {
		if a.signs == nil {
			a.signs = map[sign]*told{}
		}
		t = &told{tokens: burst, since: at}
		a.signs[s] = t
	}
	for i := range t.last {
		if r := &t.last[i]; r.name == name && at.Sub(r.at) < quiet && at >= r.at.Add(-quiet) {
			return allowedMerged
		}
	}
	if n := int(at.Sub(t.since) / refill); n > 0 {
		t.tokens = min(burst, t.tokens+n)
		t.since = t.since.Add(time.Duration(n) * refill)
		if t.tokens == burst {
			t.since = at
		}
	}
	if t.tokens == 0 {
		a.leftOut++
		return allowedNot
	}
	t.tokens--
	if len(t.last) == burst {
		t.last = append(t.last[:0], t.last[1:]...)
	}
	t.last = append(t.last, recent{name, at})
	return allowedTold
}
