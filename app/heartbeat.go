package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/rota"
)

// How long something may be wrong until the watcher outside is told nothing any more. A tick takes a second; whoever is on
// call is tried again and again, and the lead after them, within ten minutes.
const (
	sweptWithin  = 2 * time.Minute
	calledWithin = 10 * time.Minute
	gaveUpFor    = 15 * time.Minute // at least
	gaveUpBeats  = 7                // and so many times as long as between two beats: a watcher waits for five

	settlesWithin = 10 * time.Second
	looksWithin   = settlesWithin + 5*time.Second // a disk that hangs ends no statement
	beatsWithin   = 20 * time.Second
	mostWaiting   = 256 // pages
)

// quiet is why the watcher is told nothing, as metrics name it.
type quiet string

// All reasons, in the order in which they are asked about. What the console says of each is console.Unwatched.
const (
	quietBooks     quiet = "books"
	quietNotReady  quiet = "not_ready"
	quietClocks    quiet = "clocks"
	quietNoChannel quiet = "no_channel"
	quietPage      quiet = "page"
	quietGivenUp   quiet = "given_up"
	quietUntaken   quiet = "untaken" // the watcher does not take it
)

var quiets = []quiet{quietBooks, quietNotReady, quietClocks, quietNoChannel, quietPage, quietGivenUp, quietUntaken}

// fitness is what has to be so, for all to be well.
type fitness struct {
	books  error           // of a write that waited for the disk, or of reading which pages wait
	why    []string        // why the process is not ready
	swept  evenkeel.Moment // when clocks ran out last, or the start
	nobody bool            // nobody has a channel
	waits  evenkeel.Moment // since when the oldest page that nobody has yet waits; 0: none does
	gaveUp evenkeel.Moment // when a page was given up last; 0: none was
	after  time.Duration   // how long the watcher is told nothing after that
}

// unwell says why the watcher is told nothing at a moment; "" and nil: it is told.
func (f *fitness) unwell(now evenkeel.Moment) (quiet, error) {
	say := func(because quiet, hint, format string, args ...any) (quiet, error) {
		return because, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf(format, args...), Hint: hint}
	}
	switch {
	case f.books != nil:
		return quietBooks, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "look whether the books can be written and read", Err: f.books, Hint: evenkeel.HintOf(f.books)}
	case len(f.why) > 0:
		return say(quietNotReady, "", "%s", strings.Join(f.why, "; "))
	case now.Sub(f.swept) > sweptWithin:
		return say(quietClocks, "", "no clock ran out since %s", f.swept)
	case f.nobody:
		return say(quietNoChannel, "set page.persons, as docs/on-call.md says", "nobody has a channel by which they could be called")
	case f.waits != 0 && now.Sub(f.waits) > calledWithin:
		return say(quietPage, "the console's page On call says whom it is tried to reach, and why that fails", "a page waits since %s, and nobody has it", f.waits)
	case f.gaveUp != 0 && now.Sub(f.gaveUp) <= f.after:
		return say(quietGivenUp, "give those who are on call a channel that works: page.persons in the settings", "a page reached nobody and was given up at %s", f.gaveUp)
	}
	return "", nil
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
	silent quiet           // why it was not told last; "": it was
	told   evenkeel.Moment // when it was told last, or the start
}

// watcherOf is who is told by the settings, which name one.
func watcherOf(c *config.Page) (*page.Heartbeat, error) {
	w, err := page.NewHeartbeat(c.Heartbeat.URLFile, clientOf(c), c.Spoken)
	if err != nil {
		return nil, fmt.Errorf("page.heartbeat.url_file: %w", err)
	}
	return w, nil
}

// openHeartbeat returns nil where the settings name no watcher.
func openHeartbeat(h *house, calls *Calls) (*heartbeat, error) {
	c := &h.parts.Config.Page
	if c.Heartbeat.URLFile == "" {
		return nil, nil
	}
	watcher, err := watcherOf(c)
	if err != nil {
		return nil, err
	}
	nobody, after := !reaches(h.rota, calls.desk.Book), max(gaveUpFor, gaveUpBeats*c.Heartbeat.Every)
	return &heartbeat{
		beat: watcher.Beat, every: c.Heartbeat.Every, now: h.now, log: h.parts.Log, told: h.now(),
		look: func(ctx context.Context) fitness {
			f := h.fitness(ctx)
			f.nobody, f.gaveUp, f.after = nobody, evenkeel.Moment(calls.gaveUpAt.Load()), after
			return f
		},
	}, nil
}

// reaches says whether anybody who can be on call has a channel.
func reaches(turns judge.Rota, book page.Book) bool {
	r, _ := turns.(*rota.Rota)
	if r == nil {
		return len(book) > 0
	}
	return slices.ContainsFunc(r.Persons(), func(p evenkeel.PersonID) bool { return len(book[p]) > 0 })
}

// fitness looks how it is, and writes for it.
func (h *house) fitness(ctx context.Context) fitness {
	f := fitness{why: h.state.unready(), swept: h.state.lastSwept()}
	within, cancel := context.WithTimeout(ctx, settlesWithin)
	defer cancel()
	if f.books = h.books.Settle(within); f.books != nil {
		return f
	}
	var waiting []docket.Calling
	waiting, f.books = h.books.PendingPages(within, math.MaxInt64, mostWaiting)
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

// round tells it once, if all is well.
func (b *heartbeat) round(ctx context.Context) {
	slow := time.AfterFunc(looksWithin, func() {
		b.note(b.now(), quietBooks, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("the books have not answered for %s, as where a disk hangs", looksWithin)})
	})
	f := b.look(ctx)
	slow.Stop()
	at := b.now()
	because, err := f.unwell(at)
	if err == nil {
		within, cancel := context.WithTimeout(ctx, beatsWithin)
		defer cancel()
		if err = b.beat(within, at); err != nil {
			because = quietUntaken
		}
	}
	if ctx.Err() == nil {
		b.note(at, because, err)
	}
}

// note keeps why the watcher was told nothing at a moment, or that it was told. It is logged when that is another reason than
// before: what a watcher answers may read differently each time.
func (b *heartbeat) note(at evenkeel.Moment, because quiet, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.silent
	if b.silent = because; because == "" {
		b.told = at
	}
	const says = "the watcher outside is not told that all is well: it will call somebody"
	switch {
	case because == was:
	case because == "":
		b.log.Info("the watcher outside is told again that all is well")
	case because == quietNotReady: // as while a start reads the log: what else makes it so is an error there
		b.log.Warn(says, "because", because, "err", err)
	default:
		b.log.Error(says, "because", because, "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "mend what is named; it is looked at again each time"))
	}
}

// saysNothing is why the watcher was told nothing last; "" where it was, or there is none.
func (b *heartbeat) saysNothing() string {
	if b == nil {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.silent)
}

var (
	descHeartbeat = describe("heartbeat_age_seconds", "Time since the watcher outside was told that all is well, or since the start.")
	descQuiet     = describe("heartbeat_silent", "1 where this is why the watcher outside is told nothing.", "because")
)

// Describe names what Collect tells.
func (*heartbeat) Describe(out chan<- *prometheus.Desc) { out <- descHeartbeat; out <- descQuiet }

// Collect tells how it is now.
func (b *heartbeat) Collect(out chan<- prometheus.Metric) {
	b.mu.Lock()
	age, silent := b.now().Sub(b.told), b.silent
	b.mu.Unlock()
	out <- prometheus.MustNewConstMetric(descHeartbeat, prometheus.GaugeValue, age.Seconds())
	for _, q := range quiets {
		is := 0.0
		if q == silent {
			is = 1
		}
		out <- prometheus.MustNewConstMetric(descQuiet, prometheus.GaugeValue, is, string(q))
	}
}
