package replay

import (
	"context"
	"io"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/sorted"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Script says what to replay.
type Script struct {
	Rules     []*rule.Rule
	Inventory []string // files of CloudEvents; "-" is Stdin
	Files     []string // files of telemetry, inventory or both; "-" is Stdin
	Stdin     io.Reader
	Format    feed.Format // of Files; the inventory's is always found out
	// Feed, where set, gives records that stand in no file, after those that do.
	Feed   func(ctx context.Context, take func(*evenkeel.Batch) error) error
	Assets []string // attributes that name an asset, the first one present wins; nil: the default
	// Of captures: whose an address is, where none is said those that the Inventory says are held; and, where
	// set, the guest through whose port all packets passed.
	Guests   wire.Guests
	Egress   evenkeel.AssetID
	Watch    watch.Options
	Accounts inventory.Options
	Sort     sorted.Options

	// Docket judges what is found; nil: findings only.
	Docket decider
	// Acts are what people do meanwhile, in any order. The bursts that tenants announce in
	// Files and Inventory are acts too.
	Acts []docket.Act

	// Decided, where set, is told of each decision, and of each state that it comes into.
	Decided func(evenkeel.Decision) error
	// Refused, where set, is told of each act that could not be done, and why.
	Refused func(docket.Act, error)
	// Problem, where set, is told of the first malformed lines as they are met.
	Problem func(feed.Problem)
	// Progress, where set, is told how far reading, and then watching, is.
	Progress func(Progress)
}

// Progress is how far a replay is.
type Progress struct {
	Watching bool // else still reading
	Done     int64
	Total    int64 // bytes while reading, records while watching; 0 unknown
}

// Summary says what a replay did.
type Summary struct {
	Read      feed.Summary
	Inventory inventory.Applied
	Refused   error // the first inventory record that was refused
	Sort      sorted.Stats
	Watched   watch.Tally
	From      evenkeel.Moment // of the first and the last record
	Until     evenkeel.Moment
	Findings  int // final revisions of live rules
	Shadow    int // final revisions of rules in shadow
	Held      int // revisions that nobody's tenancy explains
	// Unconfirmed findings were provisional and never became final, those held left out.
	Unconfirmed int
	Decided     Tally // zero without a Docket
}

// Run replays a script and calls emit for each finding in the order in which it could first
// be made; those that nobody's tenancy explains come last. What is decided about a finding is
// told after it. An error is one of emit, of Decided, of the docket, of the context, of the
// disk, or of KindInvalid where a file's format is not a known one.
func Run(ctx context.Context, s Script, emit func(evenkeel.Finding) error) (sum Summary, err error) {
	engine, err := watch.New(s.Rules, s.Watch)
	if err != nil {
		return sum, err
	}
	sorter := sorted.New(s.Sort)
	defer func() {
		sum.Sort = sorter.Stats()
		if e := sorter.Close(); err == nil {
			err = e
		}
	}()
	p := player{
		Script: s, engine: engine, registry: inventory.New(s.Accounts), sum: &sum, emit: emit, final: map[evenkeel.FindingID]bool{},
	}
	if err = p.read(ctx, sorter); err != nil {
		return sum, err
	}
	err = p.watch(ctx, sorter)
	sum.Watched = engine.Tally()
	for _, confirmed := range p.final {
		if !confirmed {
			sum.Unconfirmed++
		}
	}
	return sum, err
}

type player struct {
	Script
	engine   *watch.Engine
	registry *inventory.Registry
	sum      *Summary
	emit     func(evenkeel.Finding) error
	final    map[evenkeel.FindingID]bool // of the findings that are not held: whether they became final
	time     *timeline                   // nil without a docket
}

// read takes all inputs in: what is inventory into the registry, everything to be sorted.
func (p *player) read(ctx context.Context, sorter *sorted.Sorter) error {
	opts := feed.Options{Problem: p.Problem, Assets: p.Assets}
	if p.Progress != nil {
		opts.Progress = func(f feed.Progress) { p.Progress(Progress{Done: f.Read, Total: f.Total}) }
	}
	take := func(b *evenkeel.Batch) error {
		applied, err := p.registry.Apply(b)
		p.sum.Inventory = add(p.sum.Inventory, applied)
		if err != nil && p.sum.Refused == nil {
			p.sum.Refused = err
		}
		return sorter.Add(b)
	}
	books := feed.New(opts)
	held := wire.Guests{}
	err := books.Files(ctx, p.Inventory, p.Stdin, func(b *evenkeel.Batch) error {
		addresses(b, &held)
		return take(b)
	})
	if err == nil {
		opts.Format, opts.Guests, opts.Egress = p.Format, p.Guests, p.Egress
		if opts.Guests.Len() == 0 {
			opts.Guests = held
		}
		files := feed.New(opts)
		err = files.Files(ctx, p.Files, p.Stdin, take)
		p.sum.Read = join(books.Summary(), files.Summary())
	}
	if err == nil && p.Feed != nil {
		err = p.Feed(ctx, take)
	}
	return err
}

// addresses notes which assets are addresses, or ranges of them, that somebody holds or held.
func addresses(b *evenkeel.Batch, held *wire.Guests) {
	for i := range b.Records {
		r := &b.Records[i]
		if r.Kind != evenkeel.KindTenancy || evenkeel.AssetKind(r.Op) != evenkeel.AssetAddress {
			continue
		}
		asset := b.Text(r.Asset)
		if of, err := wire.ParseAddresses(asset); err == nil {
			_ = held.Add(of, evenkeel.AssetID(asset)) // the same one twice, or one too many
		}
	}
}

func (p *player) watch(ctx context.Context, sorter *sorted.Sorter) error {
	known := p.registry.Snapshot()
	p.time = p.timeline(known)
	total, done := sorter.Stats().Records, int64(0)
	for b, err := range sorter.Batches(ctx) {
		if err != nil {
			return err
		}
		p.span(b)
		if err := p.time.begin(ctx, p.sum.From); err != nil {
			return err
		}
		if err := p.observe(ctx, b, known); err != nil {
			return err
		}
		done += int64(len(b.Records))
		if p.Progress != nil {
			p.Progress(Progress{Watching: true, Done: done, Total: total})
		}
	}
	if err := p.put(ctx, p.engine.Flush(known)); err != nil {
		return err
	}
	if err := p.end(ctx); err != nil {
		return err
	}
	held := p.engine.Held()
	p.sum.Held = len(held)
	return p.put(ctx, held)
}

// observe watches a batch, in pieces between which people act.
func (p *player) observe(ctx context.Context, b *evenkeel.Batch, known *inventory.Snapshot) error {
	from := 0
	piece := func(to int) error {
		some := *b
		some.Records = b.Records[from:to:to]
		from = to
		found := p.engine.Observe(&some, known)
		if err := p.time.drifted(ctx, p.engine.Drifts()); err != nil {
			return err
		}
		return p.put(ctx, found)
	}
	for i := range b.Records {
		r := &b.Records[i]
		if !p.time.waits(r) {
			continue
		}
		err := piece(i)
		if err == nil {
			err = p.time.until(ctx, r.At)
		}
		if err == nil && r.Kind == evenkeel.KindBurst {
			err = p.time.do(ctx, actevent.FromBurst(b.Burst(r)))
		}
		if err != nil {
			return err
		}
	}
	return piece(len(b.Records))
}

// end does the acts that are left and lets the clocks run to the last record or act, and no
// further: what happens after the end of the input is not known.
func (p *player) end(ctx context.Context) error {
	if p.time == nil {
		return nil
	}
	last := p.sum.Until
	if n := len(p.time.acts); n > 0 {
		last = max(last, p.time.acts[n-1].At)
	}
	if last == 0 { // nothing happened at all: there is no moment at which anything is in force
		return nil
	}
	if err := p.time.begin(ctx, last); err != nil {
		return err
	}
	return p.time.until(ctx, last)
}

func (p *player) span(b *evenkeel.Batch) {
	if len(b.Records) == 0 {
		return
	}
	if p.sum.From == 0 {
		p.sum.From = b.Records[0].At
	}
	p.sum.Until = b.Records[len(b.Records)-1].At
}

// put tells findings, and has those judged whose tenant is known. What is told again is judged and
// is no finding more.
func (p *player) put(ctx context.Context, found []evenkeel.Finding) error {
	for _, f := range found {
		judged := p.time != nil && f.Held == ""
		if judged {
			if err := p.time.until(ctx, f.At); err != nil {
				return err
			}
		}
		if !f.Again {
			p.count(&f)
			if err := p.emit(f); err != nil {
				return err
			}
		}
		if judged {
			if err := p.time.consider(ctx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *player) count(f *evenkeel.Finding) {
	if f.Held != "" {
		return
	}
	final := f.Revision == evenkeel.Final
	p.final[f.ID] = p.final[f.ID] || final
	switch {
	case final && f.Mode == evenkeel.ModeLive:
		p.sum.Findings++
	case final:
		p.sum.Shadow++
	}
}

func add(a, b inventory.Applied) inventory.Applied {
	a.Used += b.Used
	a.Repeated += b.Repeated
	a.Ignored += b.Ignored
	a.Refused += b.Refused
	a.Dropped += b.Dropped
	return a
}

func join(a, b feed.Summary) feed.Summary {
	b.Files += a.Files
	b.Lines += a.Lines
	b.Records += a.Records
	b.Malformed += a.Malformed
	b.Problems = append(a.Problems, b.Problems...)
	b.Empty = append(a.Empty, b.Empty...)
	b.Tally.Merge(a.Tally) // an inventory holds no packets
	return b
}
