package edge

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/lab/edge/crowd"
	"github.com/evenkeel/evenkeel/lab/edge/flood"
	"github.com/evenkeel/evenkeel/lab/edge/shop"
)

// Result is how one contender fared under one attack. Tallies are those of the time of the attack, unless they say otherwise.
type Result struct {
	Contender string `json:"contender"`
	Letter    string `json:"letter"`
	Attack    string `json:"attack"`

	Attacked     crowd.Tally `json:"attacked"`
	Others       crowd.Tally `json:"others"`
	CalmAttacked crowd.Tally `json:"calm_attacked"` // before the attack
	CalmOthers   crowd.Tally `json:"calm_others"`
	Seconds      []float64   `json:"seconds"`       // goodput at the attacked site in each second since the beginning; -1 is unknown
	SecondsOther []float64   `json:"seconds_other"` // and at the others

	Recovered *time.Duration `json:"recovered"` // from the first attack request until goodput of the attacked one is 90 % and stays so; null is never
	Relieved  *time.Duration `json:"relieved"`  // until requests wait for its workers no longer than one takes, and it stays so; null is never

	Flood   flood.Report `json:"flood"`
	Reached float64      `json:"reached"` // share of the attack that was made
	Offered int          `json:"offered"` // requests that came to the attacked site's backend
	Served  int          `json:"served"`  // and were worked on

	Busy    float64 `json:"busy"`     // cores of the contender in use
	Calm    float64 `json:"calm"`     // the same before the attack
	PerKilo float64 `json:"per_kilo"` // CPU-seconds for 1,000 of the attack, less those for visitors as before it
	Memory  int64   `json:"memory"`   // the most that was resident, in bytes

	Foreign float64 `json:"foreign"` // share of the contender's core that others used during the attack
	Waited  float64 `json:"waited"`  // share of that time for which one of its threads was ready and did not get the core

	Stages []Staged `json:"stages,omitempty"` // of Evenkeel at the attacked site
	Real   []Real   `json:"real,omitempty"`   // browsers

	Lag   time.Duration `json:"lag"` // the 99th percentile of how late visitors were sent by us
	Loads string        `json:"loads"`
	Fault string        `json:"fault,omitempty"` // why it is no result, or what became of the contender

	From  time.Duration `json:"from"` // when the attack began, since the beginning
	Until time.Duration `json:"until"`
}

// What makes a run no result.
const (
	leastReached = 0.9
	mostLag      = 50 * time.Millisecond
	mostWaited   = 0.15
)

// Level is the goodput at which a site counts as being back.
const Level = 0.9

// measured is what a run leaves behind.
type measured struct {
	entries []crowd.Entry
	flood   flood.Report
	counts  []shop.Count  // of the attacked site
	offset  time.Duration // from the first of these until the beginning
	samples []sample
	real    []Real
	stages  []Staged
	workers int
}

// sample is what the contender had used at a time since the beginning.
type sample struct {
	at time.Duration
	Usage
}

// sum makes a result of what was measured.
func (c *Course) sum(contender, letter string, m measured) Result {
	r := Result{Contender: contender, Letter: letter, Attack: "none", From: c.Calm, Until: c.Calm + c.Attack, Flood: m.flood, Reached: 1, Real: m.real, Stages: m.stages}
	if p, err := flood.Named(letter); err == nil {
		r.Attack = p.Name
		r.Reached = float64(m.flood.Made) / float64(max(m.flood.Wanted, 1))
	}
	attacked, others := func(site int) bool { return site == 0 }, func(site int) bool { return site != 0 }
	r.Attacked, r.Others = crowd.Sum(m.entries, r.From, r.Until, c.Limit, attacked), crowd.Sum(m.entries, r.From, r.Until, c.Limit, others)
	r.CalmAttacked, r.CalmOthers = crowd.Sum(m.entries, 0, r.From, c.Limit, attacked), crowd.Sum(m.entries, 0, r.From, c.Limit, others)
	r.Seconds, r.SecondsOther = crowd.Seconds(m.entries, c.lasts(), attacked), crowd.Seconds(m.entries, c.lasts(), others)
	if d, ok := crowd.Recovered(r.Seconds, r.From, r.Until, Level); ok {
		r.Recovered = &d
	}
	r.shop(m)
	r.use(m.samples)
	var lags []time.Duration
	for _, e := range m.entries {
		if e.Page {
			lags = append(lags, e.Sent)
		}
	}
	slices.Sort(lags)
	r.Lag = crowd.Percentile(lags, 0.99)
	switch {
	case r.Fault != "":
	case r.Reached < leastReached:
		r.Fault = fmt.Sprintf("only %.0f %% of the attack was made", 100*r.Reached)
	case min(r.Waited, r.Foreign) > mostWaited: // programs of one contender wait for each other, too
		r.Fault = fmt.Sprintf("it waited for its core for %.0f %% of the time, others used %.0f %%", 100*r.Waited, 100*r.Foreign)
	case r.Lag > mostLag:
		r.Fault = fmt.Sprintf("visitors were sent %v late", r.Lag.Round(time.Millisecond))
	}
	return r
}

// shop sums up what came to the attacked site's backend while it was attacked.
func (r *Result) shop(m measured) {
	last := time.Duration(-1) // the end of the last step in which requests waited for longer than one takes
	end := r.From
	for i, count := range m.counts {
		at := time.Duration(i)*shop.Step - m.offset
		if at < r.From || at >= r.Until {
			continue
		}
		r.Offered += count.Offered
		r.Served += count.Served
		end = at + shop.Step
		if count.Waiting > m.workers {
			last = end
		}
	}
	switch {
	case last < 0:
		r.Relieved = new(time.Duration)
	case last < end:
		d := last - r.From
		r.Relieved = &d
	}
}

// use sums up what the contender used.
func (r *Result) use(samples []sample) {
	at := func(t time.Duration) sample { // the first from then on
		i, _ := slices.BinarySearchFunc(samples, t, func(s sample, t time.Duration) int { return int(s.at - t) })
		return samples[min(i, len(samples)-1)]
	}
	if len(samples) == 0 {
		return
	}
	for _, s := range samples {
		r.Memory = max(r.Memory, s.Memory)
	}
	calm, from, until := at(time.Second/2), at(r.From), at(r.Until)
	rate := func(a, b sample) float64 {
		if b.at <= a.at {
			return 0
		}
		return float64(b.Busy-a.Busy) / float64(b.at-a.at)
	}
	r.Calm, r.Busy = rate(calm, from), rate(from, until)
	if until.at > from.at {
		r.Waited = max(0, float64(until.Waited-from.Waited)/float64(until.at-from.at))
		r.Foreign = max(0, float64(until.Core-from.Core)/float64(until.at-from.at)-r.Busy)
	}
	if r.Flood.Made > 0 {
		r.PerKilo = max(0, r.Busy-r.Calm) * (until.at - from.at).Seconds() / float64(r.Flood.Made) * 1000
	}
	if samples[len(samples)-1].Memory == 0 {
		r.Fault = "the contender ended"
	}
}

// String says it in one line.
func (r *Result) String() string {
	s := fmt.Sprintf("attack %s (%s), %s: others %s, attacked %s, %.1f ms CPU for 1,000", r.Letter, r.Attack, r.Contender, percent(r.Others.Goodput()), percent(r.Attacked.Goodput()), 1000*r.PerKilo)
	if r.Fault != "" {
		s += "; " + r.Fault
	}
	return s
}

// WriteLines writes results as lines of JSON.
func WriteLines(w io.Writer, list []Result) error {
	e := json.NewEncoder(w)
	for i := range list {
		if err := e.Encode(&list[i]); err != nil {
			return err
		}
	}
	return nil
}
