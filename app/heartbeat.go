package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/page"
)

// How long something may be wrong until the watcher outside is told nothing any more. A tick takes a second; whoever is on
// call is tried again and again, and the lead after them, within ten minutes.
const (
	sweptWithin  = 2 * time.Minute
	calledWithin = 10 * time.Minute
	gaveUpFor    = 15 * time.Minute // longer than a watcher waits

	settlesWithin = 10 * time.Second
	beatsWithin   = 20 * time.Second
	mostWaiting   = 256 // pages
)

// fitness is what has to be so, for all to be well.
type fitness struct {
	books  error           // of a write that waited for the disk
	pages  error           // of reading which pages wait
	why    []string        // why the process is not ready
	swept  evenkeel.Moment // when clocks ran out last, or the start
	waits  evenkeel.Moment // since when the oldest page that nobody has yet waits; 0: none does
	gaveUp evenkeel.Moment // when a page was given up last; 0: none was
}

// unwell says why the watcher is told nothing at a moment, or nil.
func (f *fitness) unwell(now evenkeel.Moment) error {
	switch {
	case f.books != nil:
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the books cannot be written", Err: f.books}
	case f.pages != nil:
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the books cannot be read", Err: f.pages}
	case len(f.why) > 0:
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: strings.Join(f.why, "; ")}
	case now.Sub(f.swept) > sweptWithin:
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("no clock ran out since %s", f.swept)}
	case f.waits != 0 && now.Sub(f.waits) > calledWithin:
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("a page waits since %s, and nobody has it", f.waits), Hint: "evenkeel case show and the console's page On call say whom it is tried to reach, and why that fails"}
	case f.gaveUp != 0 && now.Sub(f.gaveUp) <= gaveUpFor:
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("a page reached nobody and was given up at %s", f.gaveUp), Hint: "give those who are on call a channel that works: page.persons in the settings"}
	}
	return nil
}

// heartbeat tells a watcher outside again and again that all is well, as long as it is (R21, a dead man's switch): who
// stops telling it is noticed, whatever the reason.
type heartbeat struct {
	beat  func(context.Context, evenkeel.Moment) error
	look  func(context.Context) fitness
	every time.Duration
	now   func() evenkeel.Moment
	log   *slog.Logger

	mu     sync.Mutex
	silent string          // why it was not told last; empty: it was
	told   evenkeel.Moment // when it was told last, or the start
}

// openHeartbeat returns nil where the settings name no watcher.
func openHeartbeat(h *house, calls *Calls) (*heartbeat, error) {
	c := &h.parts.Config.Page
	if c.Heartbeat.URLFile == "" {
		return nil, nil
	}
	watcher, err := page.NewHeartbeat(c.Heartbeat.URLFile, clientOf(c))
	if err != nil {
		return nil, fmt.Errorf("page.heartbeat: %w", err)
	}
	return &heartbeat{
		beat: watcher.Beat, every: c.Heartbeat.Every, now: h.now, log: h.parts.Log, told: h.now(),
		look: func(ctx context.Context) fitness { return h.fitness(ctx, calls) },
	}, nil
}

// fitness looks how it is, and writes for it.
func (h *house) fitness(ctx context.Context, calls *Calls) fitness {
	f := fitness{why: h.state.unready(), swept: h.state.lastSwept(), gaveUp: evenkeel.Moment(calls.gaveUpAt.Load())}
	within, cancel := context.WithTimeout(ctx, settlesWithin)
	defer cancel()
	f.books = h.books.Settle(within)
	waiting, err := h.books.PendingPages(within, math.MaxInt64, mostWaiting)
	f.pages = err
	for i := range waiting {
		if at := waiting[i].Page.At; f.waits == 0 || at < f.waits {
			f.waits = at
		}
	}
	return f
}

// Run tells it until ctx ends.
func (b *heartbeat) Run(ctx context.Context) error {
	return rounds(ctx, b.every, nil, func(ctx context.Context) error { b.round(ctx); return nil }, nil)
}

// round tells it once, if all is well. What is wrong is said when it is something else than before.
func (b *heartbeat) round(ctx context.Context) {
	f := b.look(ctx)
	at := b.now()
	err := f.unwell(at)
	if err == nil {
		within, cancel := context.WithTimeout(ctx, beatsWithin)
		defer cancel()
		err = b.beat(within, at)
	}
	if ctx.Err() != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		if b.silent != "" {
			b.log.Info("the watcher outside is told again that all is well")
		}
		b.silent, b.told = "", at
	case err.Error() != b.silent:
		b.silent = err.Error()
		b.log.Error("the watcher outside is not told that all is well: it will call somebody", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "mend what is named; it is looked at again each time"))
	}
}

// saysNothing says whether the watcher was told nothing last; of none, false.
func (b *heartbeat) saysNothing() bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.silent != ""
}

var descHeartbeat = describe("heartbeat_age_seconds", "Time since the watcher outside was told that all is well, or since the start.")

// Describe names what Collect tells.
func (*heartbeat) Describe(out chan<- *prometheus.Desc) { out <- descHeartbeat }

// Collect tells how it is now.
func (b *heartbeat) Collect(out chan<- prometheus.Metric) {
	b.mu.Lock()
	age := b.now().Sub(b.told)
	b.mu.Unlock()
	out <- prometheus.MustNewConstMetric(descHeartbeat, prometheus.GaugeValue, age.Seconds())
}
