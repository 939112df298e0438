package watch

import (
	"cmp"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/internal/drift"
	"github.com/evenkeel/evenkeel/watch/internal/keyed"
	"github.com/evenkeel/evenkeel/watch/internal/seen"
)

// Snapshot is all that an engine knows, as of one moment between two calls of it. The engine
// does not change it: another goroutine can write it.
type Snapshot struct {
	rules   string
	opt     Options
	floors  []*floor // their definitions only
	at      instant
	parts   [evenkeel.Partitions]partImage
	clocks  []clockImage  // in the order of their sources' names
	cohorts []cohortImage // in the order of their keys
	held    []heldFinding
	dropped uint64
}

// instant is the engine's numbers that stand alone.
type instant struct {
	newest evenkeel.Moment
	swept  uint32
	born   uint32
	tally  Tally
}

type partImage struct {
	tables []tableImage // by floor
	lines  *keyed.Image
	swept  uint32
	shares []share
	free   []uint32
}

type tableImage struct {
	keys, rare *keyed.Image // rare nil where no window is rare
	names      names
	swept      uint32
}

type clockImage struct {
	source string
	newest evenkeel.Moment
	mark   evenkeel.Moment
	asked  evenkeel.Moment
	due    []dueTasks // in the order of time
	seen   [evenkeel.Partitions]*seen.Image
	feed   *drift.Source
}

type dueTasks struct {
	at             evenkeel.Moment
	bursts, closes []task
}

type cohortImage struct {
	key          cohortKey
	counts, sums []byte // as stored
}

// Snapshot copies the engine's state, which is all that the goroutine that runs the engine has
// to wait for: WriteTo belongs into another. An old snapshot that nobody uses any more gives
// its memory, which makes the copy some ten times as fast: what takes long is to be given
// memory by the system. It may be nil. After a Restore take one before work begins.
func (e *Engine) Snapshot(old *Snapshot) *Snapshot {
	if old == nil {
		old = &Snapshot{}
	}
	s := old
	s.rules, s.opt, s.floors = e.rules, e.opt, e.floors
	s.at = instant{newest: e.newest, swept: e.swept, born: e.born, tally: e.tally}
	for i := range e.parts {
		s.parts[i].copy(&e.parts[i])
	}
	clocks := make([]clockImage, 0, len(e.clocks))
	for i, source := range slices.Sorted(maps.Keys(e.clocks)) {
		c := clockImage{}
		if i < len(s.clocks) {
			c = s.clocks[i]
		}
		c.copy(source, e.clocks[source])
		clocks = append(clocks, c)
	}
	s.clocks = clocks
	s.cohorts = e.base.image()
	// What a held finding points to is never changed: whoever states it anew replaces it.
	s.held, s.dropped = append(s.held[:0], e.held.list...), e.held.dropped
	return s
}

func (m *partImage) copy(p *partition) {
	m.tables = append(m.tables, make([]tableImage, len(p.tables)-len(m.tables))...)
	for i, t := range p.tables {
		m.tables[i].copy(t)
	}
	m.lines, m.swept = p.lines.Image(m.lines), p.swept
	m.shares, m.free = append(m.shares[:0], p.shares.list...), append(m.free[:0], p.shares.free...)
}

func (m *tableImage) copy(t *table) {
	m.keys, m.swept = t.keys.Image(m.keys), t.swept
	if t.rare != nil {
		m.rare = t.rare.Image(m.rare)
	}
	m.names.at = append(m.names.at[:0], t.names.at...)
	m.names.text = slices.Clip(t.names.text) // what is there is not written again, only appended to
}

func (m *clockImage) copy(source string, c *clock) {
	m.source, m.newest, m.mark, m.asked = source, c.newest, c.mark, c.asked
	m.feed = c.feed.Copy()
	due := make([]dueTasks, 0, len(c.due))
	for i, at := range slices.Sorted(maps.Keys(c.due)) {
		d := dueTasks{}
		if i < len(m.due) {
			d = m.due[i]
		}
		d.at = at
		d.bursts, d.closes = append(d.bursts[:0], c.due[at].bursts...), append(d.closes[:0], c.due[at].closes...)
		due = append(due, d)
	}
	m.due = due
	for i, s := range c.seen {
		if s == nil {
			m.seen[i] = nil
			continue
		}
		m.seen[i] = s.Image(m.seen[i])
	}
}

// image stores the cohorts' sketches: they are few and small.
func (b *baselines) image() []cohortImage {
	out := make([]cohortImage, 0, len(b.cohorts))
	for key, c := range b.cohorts {
		m := cohortImage{key: key}
		m.counts, _ = c.counts.AppendBinary(nil) // which never fails
		m.sums, _ = c.sums.AppendBinary(nil)
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b cohortImage) int { return a.key.compare(b.key) })
	return out
}

func (k cohortKey) compare(o cohortKey) int {
	return cmp.Or(cmp.Compare(k.window, o.window), cmp.Compare(k.group, o.group))
}
