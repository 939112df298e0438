package watch

import (
	"cmp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/internal/drift"
	"github.com/evenkeel/evenkeel/watch/internal/seen"
)

// A clock is the event time of one source: the newest record it sent, less the lateness,
// is the watermark that closes panes. Sources have clocks of their own so that one that
// lags, or one whose clock is wrong, spoils nothing for the others.
type clock struct {
	source string
	newest evenkeel.Moment
	mark   evenkeel.Moment // what is due up to here was started
	asked  evenkeel.Moment // when identities were last forgotten
	// due holds, by the watermark that starts them, the tasks of this source's subjects;
	// next is the earliest of them, 0 for none.
	due  map[evenkeel.Moment]*tasks
	next evenkeel.Moment
	free []*tasks // emptied, for another use
	seen [evenkeel.Partitions]*seen.Set
	feed *drift.Source // what it is like
}

// tasks start together. Bursts that are over are entered into the baselines before any
// rule is weighed against those.
type tasks struct {
	bursts, closes []task
}

// task is a look at one subject's state as of the end of a beat.
type task struct {
	ref   uint32
	beat  uint32
	born  uint32 // of the state: its place may have been given to another since
	part  uint8
	floor uint8
}

type taskKind uint8

const (
	taskClose taskKind = iota
	taskBurst
)

func (e *Engine) clockOf(source string) *clock {
	c := e.clocks[source]
	if c == nil {
		c = &clock{source: source, due: map[evenkeel.Moment]*tasks{}, feed: newFeed()}
		e.clocks[source] = c
	}
	return c
}

// sortedClocks returns the clocks in the order of their sources' names.
func (e *Engine) sortedClocks() []*clock {
	names := make([]string, 0, len(e.clocks))
	for n := range e.clocks {
		names = append(names, n)
	}
	slices.Sort(names)
	out := make([]*clock, len(names))
	for i, n := range names {
		out[i] = e.clocks[n]
	}
	return out
}

// first says whether an identity is new to a source within the horizon.
func (c *clock) first(part uint8, id uint64, opt Options) bool {
	s := c.seen[part]
	if s == nil {
		s = seen.New(opt.Horizon, perPartition(opt.Identities))
		c.seen[part] = s
	}
	return s.Add(id, c.newest)
}

func (c *clock) forgotten() (n uint64) {
	for _, s := range c.seen {
		if s != nil {
			n += s.Dropped()
		}
	}
	return n
}

// advance moves a source's clock and starts what is due.
func (e *Engine) advance(c *clock, at evenkeel.Moment) {
	if at <= c.newest {
		return
	}
	was := c.newest
	c.newest = at
	if minute := minuteOf(at); minute > minuteOf(was) {
		c.feed.Advance(minute, func(x drift.Change) { e.drifted(c, x) })
	}
	e.newest = max(e.newest, at)
	mark := at.Add(-e.opt.Lateness)
	for c.next != 0 && mark >= c.next {
		e.step(c)
	}
	c.mark = max(c.mark, mark)
	if at.Sub(c.asked) >= time.Minute {
		c.asked = at
		c.forget()
	}
	e.sweep()
}

// forget lets go of identities that are older than the horizon.
func (c *clock) forget() {
	for _, s := range c.seen {
		if s != nil {
			s.Advance(c.newest)
		}
	}
}

// closeAll starts all that is due on any clock, in the order of time.
func (e *Engine) closeAll() {
	clocks := e.sortedClocks()
	for {
		var c *clock
		for _, k := range clocks {
			if k.next != 0 && (c == nil || k.next < c.next) {
				c = k
			}
		}
		if c == nil {
			return
		}
		e.newest = max(e.newest, c.next)
		e.step(c)
	}
}

// schedule plans a look at a subject for when the source's watermark reaches the end of
// the beat. A beat that the watermark has passed already, because the subject's records
// lag behind the rest of their source, is looked at with the next one.
func (e *Engine) schedule(c *clock, f *floor, at place, beat uint32, kind taskKind) {
	due := f.endOf(beat)
	if due <= c.mark {
		due = f.endOf(f.beatOf(c.mark))
	}
	b := c.due[due]
	if b == nil {
		b = c.spare()
		c.due[due] = b
		if c.next == 0 || due < c.next {
			c.next = due
		}
	}
	t := task{ref: at.ref, beat: beat, part: at.part, floor: at.floor}
	t.born = head(e.parts[at.part].tables[at.floor].keys.At(at.ref)).born()
	if kind == taskBurst {
		b.bursts = append(b.bursts, t)
	} else {
		b.closes = append(b.closes, t)
	}
}

// step starts the earliest tasks of a clock.
func (e *Engine) step(c *clock) {
	due := c.next
	b := c.due[due]
	delete(c.due, due)
	c.next, c.mark = 0, max(c.mark, due)
	for m := range c.due {
		if c.next == 0 || m < c.next {
			c.next = m
		}
	}
	was := e.clock
	e.clock = c
	// Beats of subjects that lag behind their source come in the order of time as well.
	for _, list := range [][]task{b.bursts, b.closes} {
		slices.SortStableFunc(list, func(a, b task) int { return cmp.Compare(a.beat, b.beat) })
	}
	for _, t := range b.bursts {
		if s, ok := e.stateOf(t); ok {
			e.burstOver(t, s)
		}
	}
	first := len(e.out)
	for _, t := range b.closes {
		if s, ok := e.stateOf(t); ok {
			e.final(t, s)
		}
	}
	// Within a step the order of arrival decided the order of tasks; the output must not
	// depend on it.
	slices.SortFunc(e.out[first:], func(a, b evenkeel.Finding) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject.String(), b.Subject.String()), cmp.Compare(a.ID, b.ID))
	})
	b.bursts, b.closes = b.bursts[:0], b.closes[:0]
	c.free = append(c.free, b)
	e.clock = was
}

// spare returns an empty tasks.
func (c *clock) spare() *tasks {
	if n := len(c.free); n > 0 {
		b := c.free[n-1]
		c.free = c.free[:n-1]
		return b
	}
	return &tasks{}
}

func (t task) place() place { return place{floor: t.floor, part: t.part, ref: t.ref} }

// stateOf returns the state that a task is about; not ok where the place is another's now.
func (e *Engine) stateOf(t task) (s state, ok bool) {
	tab := e.parts[t.part].tables[t.floor]
	if head(tab.keys.At(t.ref)).born() != t.born {
		return s, false
	}
	return tab.state(t.ref), true
}

// beatOf returns the beat that a moment lies in: a floor's beat is its finest pane.
func (f *floor) beatOf(at evenkeel.Moment) uint32 {
	return uint32(max(at, 0) / evenkeel.Moment(f.beat))
}

// startOf returns the moment at which a beat begins.
func (f *floor) startOf(beat uint32) evenkeel.Moment {
	return evenkeel.Moment(time.Duration(beat)) * evenkeel.Moment(f.beat)
}

// endOf returns the moment at which a beat is over.
func (f *floor) endOf(beat uint32) evenkeel.Moment {
	return evenkeel.Moment(time.Duration(beat)+1) * evenkeel.Moment(f.beat)
}
