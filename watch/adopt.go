package watch

import (
	"io"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Kept says what of a checkpoint goes on under other rules. Each rule of the engine is in one
// of the three lists, in the order of ids.
type Kept struct {
	Whole  []string // rules that are the same: they go on as if nothing had happened
	Partly []string // rules that are new or changed, with windows that were there before
	Anew   []string // rules that know nothing yet
}

// Adopt makes an engine of other rules than a checkpoint's and keeps what is the same in both:
// windows of equal definition under a rule of the same grain about the same kind of subject,
// with histories and cohorts; episodes and held findings of rules that did not change;
// clocks, counter lines and identities. All else begins where the checkpoint ends, and is
// not in a replay of the log from there: a window that is new knows too little for as long
// as it looks back. A rule that changed begins a new episode, even of what it told before.
//
// Lateness, Horizon and Key must be the same, else the error is as Restore's. With the same
// rules, Adopt finds what Restore does.
func Adopt(in io.Reader, rules []*rule.Rule, opt Options) (*Engine, Kept, error) {
	l, err := open(in, rules, opt)
	if err != nil {
		return nil, Kept{}, err
	}
	if u := l.head.unfit(l.e); u != nil && u.What != "rules" && u.What != "layout" {
		return nil, Kept{}, conflict(u)
	}
	l.moves = make([]*move, len(l.head.floors))
	for i := range l.head.floors {
		l.moves[i] = l.head.floors[i].moveTo(l.e.floors)
	}
	kept := l.kept()
	e, err := l.load()
	if err != nil {
		return nil, Kept{}, err
	}
	e.adoptFeeds()
	return e, kept, nil
}

// A move is the way of a floor's subjects into a floor of another engine.
type move struct {
	to    *floor
	spans []moved
	rare  []moved
	refs  [][]uint32 // by partition: ref + 1 by stored ref, 0 where a subject is not kept
}

// moved is bytes of equal meaning.
type moved struct{ from, to, size int }

func (m moved) copy(to, from []byte) { copy(to[m.to:m.to+m.size], from[m.from:]) }

// moveTo returns what of a stored floor goes where; nil where nothing does.
func (p plan) moveTo(floors []*floor) *move {
	i := slices.IndexFunc(floors, func(f *floor) bool { return f.kind == p.kind && f.beat == p.beat })
	if i < 0 {
		return nil
	}
	m := &move{to: floors[i], refs: make([][]uint32, evenkeel.Partitions)}
	to := m.to.plan()
	for _, w := range to.windows {
		from := p.window(w)
		switch {
		case from == nil:
			continue
		case w.rare:
			m.rare = append(m.rare, moved{from.at, w.at, w.size})
		default:
			m.spans = append(m.spans, moved{from.at, w.at, w.size})
		}
		if w.burst != 0 {
			m.spans = append(m.spans, moved{from.burst, w.burst, burstBytes + peakBytes})
		}
	}
	if len(m.spans)+len(m.rare) == 0 {
		return nil
	}
	for _, r := range to.rules {
		if from := p.rule(r); from != nil {
			m.spans = append(m.spans, moved{from.episode, r.episode, episodeBytes})
		}
	}
	return m
}

// window returns the stored window that holds what w does, or nil.
func (p *plan) window(w planWindow) *planWindow {
	for i := range p.windows {
		if v := &p.windows[i]; v.digest == w.digest && v.size == w.size && v.rare == w.rare && (v.burst == 0) == (w.burst == 0) {
			return v
		}
	}
	return nil
}

// rule returns the stored rule that is the same as r, or nil.
func (p *plan) rule(r planRule) *planRule {
	for i := range p.rules {
		if v := &p.rules[i]; v.id == r.id && v.digest == r.digest {
			return v
		}
	}
	return nil
}

// subjects moves the subjects of a partition, in the order of refs.
func (m *move) subjects(part int, from *table, p *partition) {
	to := p.tables[m.to.index]
	from.keys.Each(func(key uint64, ref uint32, was []byte) bool {
		rec, at, _, ok := to.keys.Put(key)
		if !ok {
			return true
		}
		for int(ref) >= len(m.refs[part]) {
			m.refs[part] = append(m.refs[part], 0)
		}
		m.refs[part][ref] = at + 1
		copy(rec[:headerBytes], was)
		for _, s := range m.spans {
			s.copy(rec, was)
		}
		to.names.set(at, from.names.get(ref))
		head(rec).clearRare()
		if rare := from.state(ref).rare; rare != nil && len(m.rare) > 0 {
			if room := to.openRare(at); room != nil {
				for _, s := range m.rare {
					s.copy(room, rare)
				}
			}
		}
		return true
	})
}

// task says whether a task's subject was kept, and lets the task name where it is now.
func (m *move) task(t *task) bool {
	if m == nil || int64(t.ref) >= int64(len(m.refs[t.part])) || m.refs[t.part][t.ref] == 0 {
		return false
	}
	t.ref, t.floor = m.refs[t.part][t.ref]-1, m.to.index
	return true
}

// settleAll lets shares count what was found, and frees those that count nothing.
func (s *shares) settleAll(found []share) {
	s.free = s.free[:0]
	clear(s.index)
	for i := range s.list {
		h := &s.list[i]
		h.subjects, h.lines = found[i].subjects, found[i].lines
		if h.subjects+h.lines > 0 {
			s.index[h.tenant] = uint32(i)
		} else {
			h.tenant = ""
			s.free = append(s.free, uint32(i))
		}
	}
}

// compares says whether a window of the engine is compared with cohorts under this digest.
func (l *loader) compares(digest uint64) bool {
	for _, f := range l.e.floors {
		for i := range f.windows {
			if w := &f.windows[i]; w.Digest == digest && w.Cohort != nil {
				return true
			}
		}
	}
	return false
}

// same says whether the rule of an id is the same in the checkpoint and in the engine.
func (l *loader) same(id string) bool {
	lr := l.e.ruleOf(id)
	if lr == nil {
		return false
	}
	for i := range l.head.floors {
		if l.head.floors[i].rule(planRule{id: id, digest: lr.Digest}) != nil {
			return true
		}
	}
	return false
}

// kept says which rules keep what.
func (l *loader) kept() (k Kept) {
	for _, f := range l.e.floors {
		for i := range f.rules {
			lr := &f.rules[i]
			n := 0
			for _, at := range lr.windows {
				if l.keeps(f, f.plan().windows[at]) {
					n++
				}
			}
			switch {
			case l.same(lr.ID) && n == len(lr.windows):
				k.Whole = append(k.Whole, lr.ID)
			case n > 0:
				k.Partly = append(k.Partly, lr.ID)
			default:
				k.Anew = append(k.Anew, lr.ID)
			}
		}
	}
	for _, list := range [][]string{k.Whole, k.Partly, k.Anew} {
		slices.Sort(list)
	}
	return k
}

// keeps says whether a window's content is in the checkpoint.
func (l *loader) keeps(f *floor, w planWindow) bool {
	return slices.ContainsFunc(l.head.floors, func(p plan) bool {
		return p.kind == f.kind && p.beat == f.beat && p.window(w) != nil
	})
}
