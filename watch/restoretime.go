package watch

import (
	"math"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/sketch"
	"github.com/evenkeel/evenkeel/watch/internal/seen"
)

// clocks reads the clocks of all sources.
func (l *loader) clocks() {
	for range l.head.clocks {
		l.r.Begin(sectionTime)
		source, c := l.clock()
		if _, twice := l.e.clocks[source]; twice {
			l.r.Fail("source %q has two clocks", source)
		}
		if l.r.Err() != nil {
			return
		}
		l.e.clocks[source] = c
	}
}

func (l *loader) clock() (source string, c *clock) {
	r := l.r
	source = r.Text(mostText)
	c = &clock{
		source: source, feed: newFeed(),
		newest: evenkeel.Moment(r.Uint64()), mark: evenkeel.Moment(r.Uint64()), asked: evenkeel.Moment(r.Uint64()),
		due: map[evenkeel.Moment]*tasks{},
	}
	last := evenkeel.Moment(0)
	for range r.Count(math.MaxInt32) {
		at := evenkeel.Moment(r.Uint64())
		if at <= last {
			r.Fail("tasks due at %d after those at %d; expected a later moment", at, last)
		}
		b := &tasks{bursts: l.tasks(), closes: l.tasks()}
		if r.Err() != nil {
			return source, c
		}
		if last = at; len(b.bursts)+len(b.closes) == 0 { // all about subjects that were not kept
			continue
		}
		c.due[at] = b
		if c.next == 0 {
			c.next = at
		}
	}
	for i := range c.seen {
		if r.Bool() {
			c.seen[i] = seen.Read(r, l.e.opt.Horizon, perPartition(l.e.opt.Identities))
		}
	}
	if r.Version() > 1 {
		c.feed.Read(r)
	}
	return source, c
}

func (l *loader) tasks() (list []task) {
	r := l.r
	for range r.Count(math.MaxInt32) {
		t := task{floor: r.Byte(), part: r.Byte(), ref: readUint32(r), beat: readUint32(r), born: readUint32(r)}
		switch {
		case r.Err() != nil:
			return nil
		case int(t.floor) >= len(l.head.floors) || t.part >= evenkeel.Partitions:
			r.Fail("a task on floor %d of partition %d", t.floor, t.part)
		case l.moves != nil:
			if !l.moves[t.floor].task(&t) {
				continue
			}
		case !l.e.parts[t.part].tables[t.floor].keys.Known(t.ref):
			r.Fail("a task about subject %d, of which there is none", t.ref)
		}
		list = append(list, t)
	}
	return list
}

func (l *loader) cohorts() {
	r := l.r
	last := cohortKey{}
	for i := range r.Count(mostCohorts) {
		key := cohortKey{window: r.Uint64(), group: r.Text(mostText)}
		if i > 0 && key.compare(last) <= 0 {
			r.Fail("cohort %q is there twice, or not in order", key.group)
		}
		c := &cohort{}
		for _, h := range [...]*sketch.Histogram{&c.counts, &c.sums} {
			stored := make([]byte, r.Count(sketch.MaxEncoded))
			r.Bytes(stored)
			if r.Err() != nil {
				return
			}
			if err := h.UnmarshalBinary(stored); err != nil {
				r.Fail("cohort %q: %v", key.group, err)
			}
		}
		if last = key; l.moves == nil || l.compares(key.window) {
			l.e.base.cohorts[key] = c
		}
	}
}

func (l *loader) held() {
	for range l.r.Count(math.MaxInt32) {
		n, id := l.finding()
		switch lr := l.e.ruleOf(id); {
		case l.r.Err() != nil:
			return
		case l.moves != nil && !l.same(id):
		case lr == nil:
			l.r.Fail("a held finding of rule %q, of which there is none", id)
		case len(n.slots) != lr.Slots():
			l.r.Fail("a held finding of rule %s with %d values; expected %d", id, len(n.slots), lr.Slots())
		default:
			n.state(lr)
			l.e.held.list = append(l.e.held.list, n)
		}
	}
}

// finding reads a held finding, but for what its rule says of its slots.
func (l *loader) finding() (n heldFinding, id string) {
	r := l.r
	id = r.Text(mostText)
	n.ID, n.Revision = evenkeel.FindingID(r.Text(mostText)), evenkeel.Revision(r.Byte())
	n.Subject = evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: evenkeel.AssetID(r.Text(mostText))}
	for _, at := range [...]*evenkeel.Moment{&n.Subject.Since, &n.From, &n.Until, &n.At} {
		*at = evenkeel.Moment(r.Uint64())
	}
	n.Held = r.Text(mostText)
	for range r.Count(64) {
		n.Panes = append(n.Panes, readSeries(r))
	}
	for range r.Count(mostValues) {
		if r.Err() != nil {
			break
		}
		n.slots = append(n.slots, readValue(r))
	}
	if r.Version() > 2 {
		n.Aims = readAims(r)
	}
	if n.Revision != evenkeel.Provisional && n.Revision != evenkeel.Final {
		r.Fail("a held finding of revision %d", n.Revision)
	}
	return n, id
}

// state lets a rule state a held finding again.
func (n *heldFinding) state(lr *laidRule) {
	n.lr, n.Rule, n.Version, n.Family, n.Mode = lr, lr.ID, lr.Version, lr.Family, lr.Mode
	copy(lr.slots, n.slots)
	lr.Weigh(lr.slots, &lr.verdict)
	lr.state(&n.Finding)
	n.fires = lr.verdict.Fires
}

// ruleOf returns the rule of an id, or nil.
func (e *Engine) ruleOf(id string) *laidRule {
	for _, f := range e.floors {
		for i := range f.rules {
			if lr := &f.rules[i]; lr.ID == id {
				return lr
			}
		}
	}
	return nil
}
