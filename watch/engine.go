package watch

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/internal/keyed"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Holder says who held what, and what was known of them. A value is one immutable view.
type Holder interface {
	TenancyAt(asset evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool)
	AccountAt(tenant evenkeel.TenantID, at evenkeel.Moment) evenkeel.Account
	CreatedBy(tenant evenkeel.TenantID, principal string, from, until evenkeel.Moment, most int) []evenkeel.AssetID
}

// Options are the engine's settings; the zero value of a field means its default.
type Options struct {
	// Lateness is how far behind the newest record of its source a record may be and still
	// count in final findings. Default 60 s, at most 7 min: windows keep 8 open panes.
	Lateness time.Duration
	// Horizon is how long, in event time, the identity of a record is remembered, so that
	// the same record counts once. Default and least: twice the lateness.
	Horizon time.Duration
	// Key keeps a tenant from choosing names that collide with another's.
	Key siphash.Key
	// Subjects and Lines are the most states of subjects and counter lines that are kept
	// (default 4 Mi and 16 Mi), spread evenly over the partitions.
	Subjects, Lines int
	// TenantShare is the part of each partition, 1/TenantShare, that one tenant may have, and
	// all unknown tenants together. Default 4.
	TenantShare int
	// Identities is the most identities remembered of one source (default 64 Mi).
	Identities int
	// Held is the most findings held for want of a tenancy (default 10,000).
	Held int
}

func (o Options) withDefaults() Options {
	fill := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	if o.Lateness == 0 {
		o.Lateness = time.Minute
	}
	o.Lateness = min(o.Lateness, 7*time.Minute)
	o.Horizon = max(o.Horizon, 2*o.Lateness)
	fill(&o.Subjects, 4<<20)
	fill(&o.TenantShare, 4)
	fill(&o.Lines, 16<<20)
	fill(&o.Identities, 64<<20)
	fill(&o.Held, 10_000)
	return o
}

// Engine watches. It is for one goroutine.
type Engine struct {
	opt    Options
	rules  string   // digest of the set
	floors []*floor // rules about one kind of subject, of one grain each
	parts  [evenkeel.Partitions]partition
	clocks map[string]*clock // by source
	base   baselines
	held   held
	newest evenkeel.Moment // of all sources
	swept  uint32          // second of the last sweep
	born   uint32          // states that were ever made
	tally  Tally

	// For one call of Observe.
	holder Holder
	batch  *evenkeel.Batch
	clock  *clock
	syms   symbols
	out    []evenkeel.Finding
	drifts []Drift
	told   []Drift // of before the first call: under other rules
}

// partition is the state of one 64th of the keys.
type partition struct {
	tables []*table     // of subjects, by floor
	lines  *keyed.Table // last reading of each counter line
	swept  uint32       // where the next look at lines begins
	shares shares
}

// Tally counts what happened to records. Every record is in exactly one of Counted,
// Repeated, Late, Idle, OverQuota and Unusable, or is of a kind that no rule watches.
type Tally struct {
	Records   uint64 // given to Observe
	Counted   uint64 // fed at least one window
	Repeated  uint64 // identity seen before
	Late      uint64 // older than the lateness of its subject allows
	Idle      uint64 // no rule's window takes it, or a counter's first reading
	OverQuota uint64 // its tenant had used up its share of the state
	Unusable  uint64 // of all CPUs of an asset whose CPU count nobody told, or of an unknown part
	Unknown   uint64 // counted, but nobody holds the asset
	Evaluated uint64 // verdicts formed
	Forgotten uint64 // identities not remembered for want of room
	Unhoused  uint64 // held findings dropped for want of room
}

// New makes an engine of rules; two rules with the same id are refused.
func New(rules []*rule.Rule, opt Options) (*Engine, error) {
	set, err := rule.NewSet(rules)
	if err != nil {
		return nil, err
	}
	e := &Engine{opt: opt.withDefaults(), rules: set.Digest(), clocks: map[string]*clock{}}
	e.base.init()
	e.held.most = e.opt.Held
	if e.floors, err = layOut(set.Rules(), e.opt.Lateness); err != nil {
		return nil, err
	}
	for i := range e.parts {
		p := &e.parts[i]
		p.lines = keyed.New(lineBytes, perPartition(e.opt.Lines))
		p.shares = newShares(perPartition(e.opt.Subjects)/e.opt.TenantShare, perPartition(e.opt.Lines)/e.opt.TenantShare)
		for _, f := range e.floors {
			p.tables = append(p.tables, newTable(f, perPartition(e.opt.Subjects)))
		}
	}
	return e, nil
}

// perPartition spreads a bound over the partitions: at least one each, since none would be
// no bound at all.
func perPartition(n int) int { return max(n/evenkeel.Partitions, 1) }

// Observe takes a batch and returns the findings that it makes, in the order in which they
// could first be made. The slice is valid until the next call. The holder is the view of
// the inventory that belongs to this place in the log.
func (e *Engine) Observe(b *evenkeel.Batch, h Holder) []evenkeel.Finding {
	e.begin(b, h)
	e.drifts, e.told = append(e.drifts[:0], e.told...), nil
	e.clock = e.clockOf(b.Source)
	e.syms.reset(len(b.Strings))
	for i := range b.Records {
		e.record(&b.Records[i])
	}
	return e.out
}

// Flush closes all panes, as if every source had gone on for ever: the end of a replay.
func (e *Engine) Flush(h Holder) []evenkeel.Finding {
	e.begin(nil, h)
	e.closeAll()
	return e.out
}

func (e *Engine) begin(b *evenkeel.Batch, h Holder) {
	e.batch, e.holder, e.out = b, h, e.out[:0]
}

// Tally returns the counts so far.
func (e *Engine) Tally() Tally {
	t := e.tally
	t.Unhoused = e.held.dropped
	for _, c := range e.clocks {
		t.Forgotten += c.forgotten()
	}
	return t
}

// record is the way of one record through the engine.
func (e *Engine) record(r *evenkeel.Record) {
	e.tally.Records++
	e.advance(e.clock, r.At)
	var part uint8
	switch r.Kind {
	case evenkeel.KindUsage, evenkeel.KindFlow, evenkeel.KindHostEvent, evenkeel.KindReport, evenkeel.KindRequest:
		part = e.symbol(r.Asset).part
	default:
		part = e.symbol(r.Tenant).part
	}
	if !e.wanted(r) {
		e.tally.Idle++
		return
	}
	if r.ID != 0 && !e.clock.first(part, r.ID, e.opt) {
		e.tally.Repeated++
		return
	}
	e.tally.note(e.place(part, r))
}

// place feeds a record to every floor that takes it.
func (e *Engine) place(part uint8, r *evenkeel.Record) (became fate) {
	var y *symbol
	in := reading{}
	for _, f := range e.floors {
		switch {
		case !f.takes(r):
		case f.kind != evenkeel.SubjectAsset:
			if ref, ok := e.accountState(f, part, r); ok {
				became = max(became, e.enter(f, place{floor: f.index, part: part, ref: ref}, r, in))
			} else {
				became = max(became, overQuota)
			}
		default:
			if y == nil {
				y = e.asset(r)
				if r.Kind == evenkeel.KindUsage {
					if in, became = e.meter(&e.parts[part], y.holding, r); became != counted {
						return became
					}
					became = idle
				}
				e.feed(r, y, in)
			}
			ref, ok := e.assetState(f, y, r)
			if !ok {
				became = max(became, overQuota)
				continue
			}
			became = max(became, e.enter(f, place{floor: f.index, part: part, ref: ref}, r, in))
		}
	}
	if y != nil && y.holding == nil && became == counted {
		e.tally.Unknown++
	}
	return became
}

func (e *Engine) wanted(r *evenkeel.Record) bool {
	for _, f := range e.floors {
		if f.takes(r) {
			return true
		}
	}
	return false
}

// A fate is what became of a record; where it meets several floors the greatest counts.
type fate uint8

const (
	idle fate = iota
	unusable
	overQuota
	late
	counted
)

func (t *Tally) note(became fate) {
	switch became {
	case counted:
		t.Counted++
	case late:
		t.Late++
	case overQuota:
		t.OverQuota++
	case unusable:
		t.Unusable++
	default:
		t.Idle++
	}
}

// place is where a subject's state is.
type place struct {
	floor uint8
	part  uint8
	ref   uint32
}

// enter adds a record to the windows that take it and weighs the rules that watch them.
func (e *Engine) enter(f *floor, at place, r *evenkeel.Record, in reading) fate {
	tab := e.parts[at.part].tables[at.floor]
	s, beat := tab.state(at.ref), f.beatOf(r.At)
	fed, refused := f.add(tab, at.ref, &s, e.batch, r, in)
	if fed == 0 {
		if refused {
			return late
		}
		return idle
	}
	e.plan(f, at, head(s.rec), beat)
	for i := range f.rules {
		if lr := &f.rules[i]; fed&lr.mask != 0 {
			e.provisional(f, lr, at, s, r.At)
		}
	}
	e.track(f, at, s.rec, beat, fed)
	return counted
}

// plan sees to it that a beat that holds its first record is looked at when it closes, and
// once more when the widest pane that it lies in does: the subject may be silent by then.
func (e *Engine) plan(f *floor, at place, h header, beat uint32) {
	newest, some := h.newest()
	if !h.touch(beat) {
		return
	}
	e.schedule(e.clock, f, at, beat, taskClose)
	if f.wide > 1 && (!some || newest/f.wide != beat/f.wide) {
		if last := (beat/f.wide+1)*f.wide - 1; last != beat {
			e.schedule(e.clock, f, at, last, taskClose)
		}
	}
}
