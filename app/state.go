package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/watch"
)

// state is what the parts of a process tell about themselves, for whoever asks how it is.
type state struct {
	now   func() time.Time
	log   *slog.Logger
	began time.Time
	backlog
	meters

	busy atomic.Int64 // since when the judge is at an errand, in Unix nanoseconds; 0: it is not
	kept atomic.Int64 // when the newest checkpoint was written; 0: not since the start

	mu       sync.Mutex
	seen     counts
	held     []evenkeel.Finding // some of those whose owner is not known, the oldest
	looked   time.Time          // when held findings were counted
	nobodys  unownedTeller      // tells of them
	sweeping error              // of the last sweep
	sweptAt  time.Time          // when one went well last
}

// backlog is what is to be read again after a start.
type backlog struct {
	goal stream.Position // how far the log reached at the start
	left uint64          // messages up to there that were still to be watched
	owed atomic.Int64    // errands about them that are not done
	read func() uint64   // messages that were consumed since, or passed over because they are damaged or gone
}

type meters struct {
	observed, judged               prometheus.Histogram
	refused, setAside, actsRefused prometheus.Counter
}

// counts are the engine's.
type counts struct {
	Tally watch.Tally
	Held  int
	At    stream.Position
}

func (s *state) counts() counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// heldFew is how many held findings are counted at each message; more, once a second.
// heldShown is how many are shown to people.
const (
	heldFew   = 64
	heldShown = 256
)

// unowned returns the oldest findings about what nobody is known to hold.
func (s *state) unowned() []evenkeel.Finding {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// see notes what the engine did. It is called by the goroutine that the engine belongs to.
func (s *state) see(e *watch.Engine, at stream.Position, sure bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tally, now := e.Tally(), s.now()
	if sure || tally.Evaluated != s.seen.Tally.Evaluated && (s.seen.Held < heldFew || now.Sub(s.looked) > time.Second) {
		held := e.Held()
		s.seen.Held, s.held, s.looked = len(held), held[:min(len(held), heldShown)], now
		s.nobodys.tell(s.held, now, s.log)
	}
	s.seen.Tally, s.seen.At = tally, at
}

// swept notes how a sweep ended. The same error is told once.
func (s *state) swept(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && (s.sweeping == nil || s.sweeping.Error() != err.Error()) {
		s.log.Error("let clocks run out; it is tried again each second", "err", err, "hint", "see whether the books can be written")
	}
	if s.sweeping = err; err == nil {
		s.sweptAt = s.now()
	}
}

// lastSwept is when clocks ran out without a fault last, or the start.
func (s *state) lastSwept() evenkeel.Moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sweptAt.IsZero() {
		return evenkeel.MomentOf(s.began)
	}
	return evenkeel.MomentOf(s.sweptAt)
}

// judgeMay is how long one errand may take before the judge is said to be stuck.
const judgeMay = 30 * time.Second

// behind says whether the log is still being read again.
func (s *state) behind() bool { return s.seen.At < s.goal && s.read() < s.left }

// caughtUp waits until the log was read again and all that was in it is judged: before, what
// is known of tenants may be old, and what they said may be unheard.
func (s *state) caughtUp(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		s.mu.Lock()
		behind := s.behind() || s.owed.Load() > 0 // in this order: what is watched is owed before
		s.mu.Unlock()
		if !behind {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// owe notes an errand that is to be done before what is known is what the log says.
func (s *state) owe(e *errand) {
	if e.owed = e.at <= s.goal; e.owed {
		s.owed.Add(1)
	}
}

// paid notes that it is done.
func (s *state) paid(e *errand) {
	if e.owed {
		e.owed = false
		s.owed.Add(-1)
	}
}

// unready says why the process is not ready to take telemetry in; nothing where it is.
func (s *state) unready() (why []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind() {
		why = append(why, fmt.Sprintf("the log is read again: position %d of %d", s.seen.At, s.goal))
	} else if s.owed.Load() > 0 {
		why = append(why, "what was found in the log is still judged: orders and clocks wait for it")
	}
	if since := s.busy.Load(); since != 0 && s.now().Sub(time.Unix(0, since)) > judgeMay {
		why = append(why, "the judge is stuck: see the log")
	}
	if s.sweeping != nil {
		why = append(why, "clocks do not run out: see the log")
	}
	return why
}

// register makes the counters; h is asked for the rest when somebody looks.
func (s *state) register(reg *prometheus.Registry, h *house) error {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "evenkeel", Name: name, Help: help})
	}
	seconds := func(name, help string, buckets ...float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "evenkeel", Name: name, Help: help, Buckets: buckets})
	}
	s.observed = seconds("watch_arrival_seconds", "Time from the arrival of a batch to its being watched, and to its provisional findings.",
		.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60)
	s.judged = seconds("judge_finding_seconds", "Time from a finding to its decision being kept.",
		.0005, .001, .0025, .005, .01, .02, .05, .1, .25, .5, 1, 10, 60)
	s.refused = counter("inventory_refused_total", "Inventory records that were left out.")
	s.setAside = counter("judge_set_aside_total", "Findings that could not be judged and were kept aside.")
	s.actsRefused = counter("judge_acts_refused_total", "Announced bursts that could not be taken in.")
	return registerAll(reg, s.observed, s.judged, s.refused, s.setAside, s.actsRefused, &gauges{house: h})
}

func registerAll(reg *prometheus.Registry, all ...prometheus.Collector) error {
	for _, c := range all {
		if err := reg.Register(c); err != nil {
			return err
		}
	}
	return nil
}
