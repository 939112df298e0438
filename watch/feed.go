package watch

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/internal/drift"
)

// Drift says that what a source sends is not what it was, or that it is as before. It is no
// finding about anybody: it says that findings by this input may be wrong.
type Drift struct {
	Source string
	Input  string          // such as cpu-fraction, network-transmit, flow-out
	Since  evenkeel.Moment // by the time of the source; with source and input it tells drifts apart
	At     evenkeel.Moment // when this was noticed
	Over   bool            // it is as before, or has been like this for a week
	Says   string          // what changed, a sentence
	Rules  []string        // that use the input, by id
}

// What is watched of a source: each part of each meter, and flows either way.
const (
	meters     = int(evenkeel.MeterDisk)
	parts      = int(evenkeel.PartWrite) + 1
	feedUsage  = meters * parts
	feedInputs = feedUsage + 2
)

var (
	meterWords = [meters]string{"cpu-fraction", "cpu-time", "cpu-cores", "network", "disk"}
	partWords  = [parts]string{"", "-idle", "-iowait", "-user", "-busy", "-transmit", "-receive", "-read", "-write"}
)

// The marks of a reading. Those of flows are what it lacks, in the order of a flow's names.
const (
	markNobodys   = 1 << 0
	markPerCPU    = 1 << 5
	markCounter   = 1 << 6
	markIncrement = 1 << 7
)

var markWords = [8]string{
	"are of a machine that nobody is known to hold", "have no remote address", "have no name", "have no application", "have no protocol",
	"are of one CPU", "are of a counter", "are of what was added",
}

func newFeed() *drift.Source { return drift.NewSource(feedInputs, 1<<feedUsage-1) }

// inputWord is the name of an input.
func inputWord(i int) string {
	switch i {
	case feedUsage:
		return "flow-out"
	case feedUsage + 1:
		return "flow-in"
	}
	return meterWords[i/parts] + partWords[i%parts]
}

// Drifts returns what the last Observe found of the sources themselves. The slice is valid until the
// next one. Whoever judges findings hears of these first.
func (e *Engine) Drifts() []Drift { return e.drifts }

// feed counts a record towards what its source is like.
func (e *Engine) feed(r *evenkeel.Record, y *symbol, in reading) {
	input, marked, v := 0, uint8(0), in.raw
	switch r.Kind {
	case evenkeel.KindUsage:
		if int(r.Op) < 1 || int(r.Op) > meters || int(r.Part) >= parts {
			return
		}
		input = (int(r.Op)-1)*parts + int(r.Part)
		if r.Count != 0 {
			marked |= markPerCPU
		}
		switch evenkeel.Form(r.Form) {
		case evenkeel.FormCumulative:
			marked |= markCounter
		case evenkeel.FormDelta:
			marked |= markIncrement
		}
	case evenkeel.KindFlow:
		input, v = feedUsage, float64(r.Count)
		if evenkeel.Direction(r.Op) == evenkeel.DirectionIn {
			input++
		}
		for i, name := range r.Names[:4] {
			if name == 0 {
				marked |= 2 << i
			}
		}
	default:
		return
	}
	if y.holding == nil {
		marked |= markNobodys
	}
	if e.clock.feed.Take(input, y.key, v, marked) {
		if c, drifts := e.clock.feed.Early(input); drifts {
			e.drifted(e.clock, c)
		}
	}
}

// minuteOf is a moment in whole minutes.
func minuteOf(at evenkeel.Moment) uint32 {
	return uint32(min(max(int64(at)/int64(time.Minute), 0), math.MaxUint32))
}

// drifted notes what became of an input that a rule uses.
func (e *Engine) drifted(c *clock, x drift.Change) {
	rules := e.rulesOf(x.Input)
	if len(rules) == 0 {
		return
	}
	e.drifts = append(e.drifts, Drift{
		Source: c.source, Input: inputWord(x.Input), Since: evenkeel.Moment(x.Since * int64(time.Minute)), At: c.newest, Over: x.Over, Says: changeSays(&x), Rules: rules,
	})
}

// rulesOf names the rules that use an input, in order.
func (e *Engine) rulesOf(input int) (ids []string) {
	r := evenkeel.Record{Kind: evenkeel.KindFlow}
	if input < feedUsage {
		r = evenkeel.Record{Kind: evenkeel.KindUsage, Op: uint8(input/parts + 1), Part: uint8(input % parts)}
	}
	for _, f := range e.floors {
		for i := range f.rules {
			if lr := &f.rules[i]; slices.ContainsFunc(lr.windows, func(w int) bool {
				of := f.windows[w].Window
				// A flow is of a window whatever `where` asks: that may be what changed.
				return of.Of.Record() == r.Kind && (r.Kind == evenkeel.KindFlow || of.Match(nil, &r))
			}) {
				ids = append(ids, lr.ID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// changeSays says what changed.
func changeSays(c *drift.Change) string {
	switch c.Unlike.What {
	case drift.KindValues:
		return fmt.Sprintf("The middle one of the values that machines send is about %s; it was about %s.", short(c.Is), short(c.Was))
	case drift.KindZeros:
		return fmt.Sprintf("Of 1000 machines %.0f send a 0; before it was %.0f.", c.Is, c.Was)
	case drift.KindMark:
		return fmt.Sprintf("Of 1000 readings %.0f "+markWords[c.Unlike.Mark]+"; before it was %.0f.", c.Is, c.Was)
	case drift.KindFewer:
		return fmt.Sprintf("In ten minutes %.0f records came; in every hour of the last days it was at least %.0f.", c.Is, c.Was)
	case drift.KindMore:
		return fmt.Sprintf("In ten minutes %.0f records came; in every hour of the last days it was at most %.0f.", c.Is, c.Was)
	}
	return "It came for the first time, of a source that is known for a day and longer."
}

// short is a number of two digits or more.
func short(v float64) string {
	if v >= 1 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

// adoptFeeds says once more, under other rules, what drifts: others may use it now.
func (e *Engine) adoptFeeds() {
	for _, c := range e.sortedClocks() {
		c.feed.Rest()
		for _, x := range c.feed.Open() {
			e.drifted(c, x)
		}
	}
	e.told, e.drifts = e.drifts, nil
}
