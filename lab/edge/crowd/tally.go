package crowd

import (
	"slices"
	"time"
)

// InTime is how soon an answer has to be there to be of use.
const InTime = time.Second

// Tally is how the requests of some people fared.
type Tally struct {
	Wanted  int            `json:"wanted"`
	Good    int            `json:"good"`   // answered within InTime, questions included
	Beside  int            `json:"beside"` // the same, without the time that questions took
	Late    int            `json:"late"`   // answered, and later than that, questions included
	By      map[string]int `json:"by"`     // outcomes; together they are Wanted
	Status  map[int]int    `json:"status"` // of HTTP, of those that were not answered rightly; 0 is none
	P50     time.Duration  `json:"p50"`
	P99     time.Duration  `json:"p99"`
	Visits  int            `json:"visits"`
	Asked   int            `json:"asked"`   // visits in which a question was asked
	Waited  int            `json:"waited"`  // visits in which a page said that there is no room yet
	Blocked int            `json:"blocked"` // visits in which a page was refused
}

// Goodput is the share that was answered in time; 1 where nothing was wanted.
func (t *Tally) Goodput() float64 { return share(t.Good, t.Wanted, 1) }

// GoodputBeside is the same without the time that questions took.
func (t *Tally) GoodputBeside() float64 { return share(t.Beside, t.Wanted, 1) }

// AskedShare is the share of visits in which a question was asked; 0 where there was none.
func (t *Tally) AskedShare() float64 { return share(t.Asked, t.Visits, 0) }

// WaitedShare is the share of visits in which a page said that there is no room yet.
func (t *Tally) WaitedShare() float64 { return share(t.Waited, t.Visits, 0) }

// BlockedShare is the share of visits in which a page was refused.
func (t *Tally) BlockedShare() float64 { return share(t.Blocked, t.Visits, 0) }

func share(n, of int, none float64) float64 {
	if of == 0 {
		return none
	}
	return float64(n) / float64(of)
}

// Sum tallies the entries that are due from a time on and before another, of those sites for which which says so. limit is how long a visitor
// waits: that is what an answer that did not come took.
func Sum(entries []Entry, from, until, limit time.Duration, which func(site int) bool) Tally {
	t := Tally{By: map[string]int{}, Status: map[int]int{}}
	var took []time.Duration
	asked, waited, blocked, visits := map[int]bool{}, map[int]bool{}, map[int]bool{}, map[int]bool{}
	for _, e := range entries {
		if e.Due < from || e.Due >= until || !which(e.Site) {
			continue
		}
		t.Wanted++
		t.By[e.Outcome.String()]++
		visits[e.Visit] = true
		if e.Asked > 0 {
			asked[e.Visit] = true
		}
		if e.Waited > 0 {
			waited[e.Visit] = true
		}
		if e.Page && e.Outcome == Refused {
			blocked[e.Visit] = true
		}
		if e.Outcome != Answered {
			t.Status[e.Status]++
			took = append(took, max(limit, e.Took))
			continue
		}
		took = append(took, e.Took)
		if e.Took <= InTime {
			t.Good++
		} else {
			t.Late++
		}
		if e.Took-e.Asking <= InTime {
			t.Beside++
		}
	}
	t.Visits, t.Asked, t.Waited, t.Blocked = len(visits), len(asked), len(waited), len(blocked)
	slices.Sort(took)
	t.P50, t.P99 = Percentile(took, 0.5), Percentile(took, 0.99)
	return t
}

// Percentile returns the least of the values, in ascending order, that is not exceeded by that share of them (the nearest rank); 0 of none.
func Percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(p * float64(len(sorted)))
	if float64(rank) < p*float64(len(sorted)) {
		rank++
	}
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Seconds returns the goodput of each second of a stretch of time; -1 where nothing was wanted.
func Seconds(entries []Entry, lasts time.Duration, which func(site int) bool) []float64 {
	good, wanted := make([]int, (lasts+time.Second-1)/time.Second), make([]int, (lasts+time.Second-1)/time.Second)
	for _, e := range entries {
		i := int(e.Due / time.Second)
		if i < 0 || i >= len(good) || !which(e.Site) {
			continue
		}
		wanted[i]++
		if e.Outcome == Answered && e.Took <= InTime {
			good[i]++
		}
	}
	out := make([]float64, len(good))
	for i := range out {
		out[i] = share(good[i], wanted[i], -1)
	}
	return out
}

// Recovered returns how long after from the goodput is at or above level again and stays there until until, by seconds of Seconds; 0 where it never
// fell below, and false where it did not come back.
func Recovered(seconds []float64, from, until time.Duration, level float64) (time.Duration, bool) {
	last := -1
	first, end := int(from/time.Second), min(int((until+time.Second-1)/time.Second), len(seconds))
	for i := first; i < end; i++ {
		if seconds[i] >= 0 && seconds[i] < level {
			last = i
		}
	}
	switch {
	case last < 0:
		return 0, true
	case last >= end-1:
		return 0, false
	}
	return time.Duration(last+1-first) * time.Second, true
}
