package share

import (
	"maps"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// How long what was heard counts.
const (
	// Silence is after how long without a word an edge lives no more for the others.
	Silence = 2 * time.Second
	// Says is how often an edge says at least that it lives.
	Says = time.Second / 2
	// Settles is how long who lives has to be the same before a part gets greater: who is torn off falls silent one after the other.
	Settles = 700 * time.Millisecond
	// Joins is how long an edge that has heard nobody waits for its part.
	Joins = 3 * time.Second
	// Young is how long an edge does not say which addresses are new to it: all are.
	Young = 10 * time.Minute
	// known is how long an edge that is silent counts as one of the fleet: longer than a machine takes to start again or a fault of the network to be
	// mended by somebody who was called, and short enough that edges which were replaced under new names lower nobody's part until the next day.
	known = time.Hour
	// leaves is how long one that said goodbye is remembered by what it said: as long as another, to which its goodbye was lost, may say that it hears it.
	// One that comes back has no part before that is over (Joins).
	leaves = Silence + Says

	recent    = 64      // messages of an edge within which their order does not matter
	mostSites = 1 << 17 // sites of which others said something, that are remembered
	mostLeft  = 64      // edges that said goodbye, likewise
)

// Fleet is what one edge knows of the others. Its size is bounded; one goroutine at a time uses it. Make it with New.
type Fleet struct {
	self   string
	weight int
	size   int // as it was set up, itself included, without those that said goodbye
	edges  map[string]*edge
	left   map[string]bool // those that said goodbye and did not come back
	sites  map[Key]*site
	rises  []Rise
	stops  Stops
	counts Counts

	began   int64
	part    float64
	settled bool     // it has had a part
	most    bool     // it hears more than half of the fleet
	was     gathered // who lived at once, without those that said goodbye and those forgotten while it heard most
	swept   int64
	changed int64 // when who lives was another last
}

// edge is another edge.
type edge struct {
	name   string
	life   uint64
	newest uint64 // message
	taken  uint64 // bit i: the message newest-i was
	beat   uint64
	heads  uint64 // the newest message that says whom it hears
	heard  int64  // at
	weight int
	part   float64
	lived  bool  // at the last step
	gone   bool  // it said goodbye in this life
	clock  int64 // ms by which its clock is ahead of this one's, what is on the way included
	age    time.Duration
	hears  []string
	seeds  []uint64
}

// site is what others said of one.
type site struct{ of []said }

type said struct {
	by    *edge
	life  uint64
	beat  uint64
	at    int64
	stage stage.Stage
	tally stage.Tally
	spent stage.Cost
}

// Counts are how messages of others ended since the start.
type Counts struct{ Taken, Late, Refused uint64 }

// Rise is a stage that another edge went up to at a site.
type Rise struct {
	Key   Key
	Stage stage.Stage
	By    string
}

// New is what an edge knows that has heard nobody. Size is how many edges are set up, itself included; weight is 1 to MaxWeight.
func New(name string, weight, size int, now int64) (*Fleet, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	if weight < 1 || weight > MaxWeight {
		return nil, evenkeel.Invalid("weight of edge %s: %d; expected 1 to %d", name, weight, MaxWeight)
	}
	if size < 1 || size > MaxEdges {
		return nil, evenkeel.Invalid("fleet of %d edges; expected 1 to %d", size, MaxEdges)
	}
	f := &Fleet{self: name, weight: weight, size: size, edges: map[string]*edge{}, left: map[string]bool{}, sites: map[Key]*site{}, stops: Stops{tie: byte(KeyOf(name))}, began: now}
	f.Step(now)
	return f, nil
}

// Hear takes a message of another edge; clock is the own one, in ms since 1970, and serves says which sites are known here. It says
// whether the message is taken: one that came before, or that is older than what makes no difference, is not. An error says that it cannot be true.
func (f *Fleet) Hear(from string, m *Message, now, clock int64, serves func(Key) bool) (taken bool, err error) {
	if from == f.self {
		f.counts.Refused++
		return false, evenkeel.Invalid("edge %s: another one has this name; expected each once", from)
	}
	e := f.edges[from]
	if e == nil {
		if err := CheckName(from); err != nil {
			f.counts.Refused++
			return false, err
		}
		if len(f.edges) >= MaxEdges-1 && !f.forget(now) {
			f.counts.Refused++
			return false, evenkeel.Invalid("edge %s: %d edges are known; expected at most that many", from, MaxEdges)
		}
		e = &edge{name: from, heard: now - int64(Silence) - 1}
		f.edges[from] = e
	}
	if !e.take(m, now) {
		f.counts.Late++
		return false, nil
	}
	f.counts.Taken++
	if slices.Contains(m.Hears, from) {
		f.bye(e, now)
	}
	if !e.gone {
		e.heard = max(e.heard, now)
		delete(f.left, from)
	}
	if m.Seq == e.newest { // what it says of itself
		e.weight, e.part, e.age, e.clock = int(m.Weight), m.Part, m.Age, m.Clock-clock
	}
	if m.Hears != nil && m.Seq > e.heads {
		e.heads, e.hears, e.seeds = m.Seq, append(e.hears[:0], m.Hears...), append(e.seeds[:0], m.Seeds...)
	}
	e.beat = max(e.beat, m.Beat)
	for i := range m.Sites {
		if s := &m.Sites[i]; serves(s.Key) {
			f.note(e, m, s, now)
		}
	}
	return true, nil
}

// take says whether a message of an edge is one that was not heard yet.
func (e *edge) take(m *Message, now int64) bool {
	if m.Life != e.life {
		if m.Life < e.life && now-e.heard <= int64(Silence) {
			return false // of before its restart
		}
		e.life, e.newest, e.taken, e.beat, e.heads, e.gone = m.Life, m.Seq, 1, 0, 0, false
		e.hears, e.seeds = e.hears[:0], e.seeds[:0]
		return true
	}
	if m.Seq > e.newest {
		if ahead := m.Seq - e.newest; ahead < recent {
			e.taken <<= ahead
		} else {
			e.taken = 0
		}
		e.newest, e.taken = m.Seq, e.taken|1
		return true
	}
	behind := e.newest - m.Seq
	if behind >= recent || e.taken>>behind&1 == 1 {
		return false
	}
	e.taken |= 1 << behind
	return true
}

// note takes what an edge says of a site.
func (f *Fleet) note(e *edge, m *Message, s *Site, now int64) {
	x := f.sites[s.Key]
	if x == nil {
		if len(f.sites) >= mostSites {
			return
		}
		x = &site{}
		f.sites[s.Key] = x
	}
	i := slices.IndexFunc(x.of, func(o said) bool { return o.by == e })
	if i < 0 {
		x.of = append(x.of, said{by: e, at: now - int64(stage.Dwell) - 1})
		i = len(x.of) - 1
	}
	o := &x.of[i]
	if o.life == e.life && o.beat > m.Beat {
		return
	}
	was := o.stage
	if now-o.at > int64(stage.Dwell) {
		was = stage.Observe // that was another time
	}
	if s.Stage > was && len(f.rises) < mostSites {
		f.rises = append(f.rises, Rise{s.Key, s.Stage, e.name})
	}
	*o = said{e, e.life, m.Beat, now, s.Stage, s.Tally, s.Spent}
}

// Rises returns the stages that others went up to since it was asked last.
func (f *Fleet) Rises() []Rise {
	out := f.rises
	f.rises = nil
	return out
}

// Refuse counts a message that cannot be read.
func (f *Fleet) Refuse() { f.counts.Refused++ }

// Counts returns how messages ended.
func (f *Fleet) Counts() Counts { return f.counts }

// Stops are what the operator said of sites.
func (f *Fleet) Stops() *Stops { return &f.stops }

func (f *Fleet) lives(e *edge, now int64) bool { return !e.gone && now-e.heard <= int64(Silence) }

// bye takes an edge's goodbye: it has no part any more, and its part is the others' at once, as though it had never been. What it said before and comes
// later counts, and does not bring it back; only another life does.
func (f *Fleet) bye(e *edge, now int64) {
	if e.gone {
		return
	}
	e.gone, e.lived, e.heard = true, false, now // not f.changed: nobody else falls silent with it
	f.was.without(e.name)
	if len(f.left) < mostLeft {
		f.left[e.name] = true
	}
}

// forget forgets the edge that is silent longest, if that is long enough.
func (f *Fleet) forget(now int64) bool {
	var oldest *edge
	for _, e := range f.edges {
		if now-e.heard > int64(e.counts()) && (oldest == nil || e.heard < oldest.heard) {
			oldest = e
		}
	}
	if oldest == nil {
		return false
	}
	f.drop(oldest)
	if f.most && !oldest.gone { // else the others may live where they are not heard
		f.was.without(oldest.name)
		f.was.floor = max(f.was.floor-oldest.weight, 0)
	}
	return true
}

// counts is how long an edge is known that says nothing.
func (e *edge) counts() time.Duration {
	if e.gone {
		return leaves
	}
	return known
}

// Listed is how many edges are set up as far as that is known by now, beside this one: those of these names, each once though it has several addresses, and
// as many more of which nobody knows who they are. Those that said goodbye are none of them until they come back.
func (f *Fleet) Listed(names []string, unknown int) {
	f.size = 1 + unknown
	for i, name := range names {
		if name != f.self && !f.left[name] && !slices.Contains(names[:i], name) {
			f.size++
		}
	}
	f.size = min(f.size, MaxEdges)
	if len(f.left) >= mostLeft {
		for name := range f.left {
			if !slices.Contains(names, name) {
				delete(f.left, name)
			}
		}
	}
}

// Gone are the names of those that said goodbye and did not come back, in order.
func (f *Fleet) Gone() []string { return slices.Sorted(maps.Keys(f.left)) }

func (f *Fleet) drop(e *edge) {
	delete(f.edges, e.name)
	for key, x := range f.sites {
		if x.of = slices.DeleteFunc(x.of, func(o said) bool { return o.by == e }); len(x.of) == 0 {
			delete(f.sites, key)
		}
	}
}
