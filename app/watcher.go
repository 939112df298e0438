package app

import (
	"context"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/watch"
)

// errandsWait is how many errands may wait for the judge; beyond, watching waits.
const errandsWait = 256

// errand is what the judge has to do about one message of the log.
type errand struct {
	at      stream.Position
	arrived evenkeel.Moment
	made    time.Time
	begun   time.Time           // when the judge first took it up
	known   *inventory.Snapshot // as of the message
	acts    []docket.Act
	assets  []evenkeel.AssetID // may have changed hands
	feeds   []docket.Feed      // that drift, or do no longer
	found   []evenkeel.Finding
	listed  []evenkeel.Relisted // contacts that are others now
	image   *image              // to be kept once all before it is judged
	last    bool
	owed    bool // it is about what was in the log at the start
}

// image is what is known at a position, to be kept.
type image struct {
	at       stream.Position
	engine   *watch.Snapshot
	registry *inventory.Snapshot
}

// watcher takes messages of the log in, one after the other.
type watcher struct {
	recollection
	intake  *stream.Intake
	errands *stream.Topic[*errand]
	pending *errand // was not handed on when the work ended
	state   *state
	every   time.Duration
	sees    func(*evenkeel.Batch) // looks whether the platform is hurt; nil: nobody does
	saved   time.Time
	saves   stream.Position
	sites   *sitebook // nil: what comes to sites is not counted
	// free holds the memory of the last image, while none is under way: capacity 1.
	free chan *watch.Snapshot
}

func newWatcher(m recollection, intake *stream.Intake, errands *stream.Topic[*errand], s *state, every time.Duration) *watcher {
	w := &watcher{recollection: m, intake: intake, errands: errands, state: s, every: every, saved: s.now(), saves: m.at, free: make(chan *watch.Snapshot, 1)}
	w.free <- m.engine.Snapshot(nil)
	s.see(w.engine, w.at, true)
	return w
}

// Run watches until ctx ends.
func (w *watcher) Run(ctx context.Context) error { return w.intake.Consume(ctx, w.at, w.take) }

// take observes one message and hands on what follows. It returns an error only when the work
// ends: what was observed once is never observed again.
func (w *watcher) take(ctx context.Context, at stream.Position, b *evenkeel.Batch) error {
	before := w.registry.Snapshot()
	applied, err := w.registry.Apply(b)
	if err != nil {
		w.state.refused.Add(float64(applied.Refused))
		w.state.log.Warn("inventory records are left out", "source", b.Source, "err", err, "hint", evenkeel.HintOf(err))
	}
	e := &errand{at: at, arrived: b.Arrived, known: w.registry.Snapshot()}
	if w.sees != nil {
		w.sees(b)
	}
	w.state.owe(e)
	if applied.Used > 0 {
		e.assets = b.Assets(evenkeel.KindTenancy, evenkeel.KindLifecycle)
		e.found = w.engine.Attribute(e.known)
		e.listed = e.known.Relisted(b, before)
	}
	for i := range b.Records {
		if r := &b.Records[i]; r.Kind == evenkeel.KindBurst {
			e.acts = append(e.acts, actevent.FromBurst(b.Burst(r)))
		}
	}
	if w.sites != nil {
		w.sites.take(ctx, at, b, e.known)
	}
	e.found = slices.Concat(e.found, w.engine.Observe(b, e.known))
	e.feeds = feedsOf(w.engine.Drifts())
	w.at = at
	e.made = w.state.now()
	w.state.observed.Observe(e.made.Sub(b.Arrived.Time()).Seconds())
	w.state.see(w.engine, at, applied.Used > 0)
	if len(e.acts)+len(e.assets)+len(e.feeds)+len(e.found)+len(e.listed) > 0 {
		if err := w.hand(ctx, e); err != nil {
			return err
		}
	} else {
		w.state.paid(e)
	}
	if e.made.Sub(w.saved) >= w.every {
		w.picture(ctx)
	}
	return nil
}

func (w *watcher) hand(ctx context.Context, e *errand) error {
	err := w.errands.Publish(ctx, e)
	if err != nil {
		w.pending = e
	}
	return err
}

// picture has what is known written down, unless the last one is still under way.
func (w *watcher) picture(ctx context.Context) {
	select {
	case old := <-w.free:
		w.saved, w.saves = w.state.now(), w.at
		_ = w.hand(ctx, w.errandOf(old)) // else it is pending
	default:
	}
}

func (w *watcher) errandOf(old *watch.Snapshot) *errand {
	return &errand{at: w.at, image: &image{at: w.at, engine: w.engine.Snapshot(old), registry: w.registry.Snapshot()}}
}

// finish hands on what is left, and a last image, where anything came since the one before.
func (w *watcher) finish(ctx context.Context) error {
	if e := w.pending; e != nil {
		w.pending = nil
		if err := w.hand(ctx, e); err != nil {
			return err
		}
	}
	e := &errand{at: w.at}
	if w.at != w.saves {
		select {
		case old := <-w.free:
			e = w.errandOf(old)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	e.last = true
	return w.hand(ctx, e)
}

// feedsOf are drifts as the judge takes them.
func feedsOf(list []watch.Drift) (feeds []docket.Feed) {
	for _, d := range list {
		feeds = append(feeds, docket.NewFeed(d.Source, d.Input, d.Since, d.At, d.Over, d.Says, d.Rules))
	}
	return feeds
}
