package app

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/stream"
)

// The loop of what comes to sites: how often it is written down, how many readings may wait for that (about 100 MB; beyond,
// watching waits, as it does for the judge), at how many it is not put off, and how many slots are folded at a time.
const (
	sitesEvery = 10 * time.Second
	sitesWait  = 1 << 20
	sitesSoon  = 1 << 17
	sitesFold  = 500
	// foldMargin is how much longer than readings count slots stay open: the log may be read late.
	foldMargin = time.Hour
	// A silence is said once nothing that is on its way may end it any more, and where a start was not long after it.
	settleSilence = 10 * time.Minute
	saySilence    = 6 * time.Hour
)

// sitebook takes what edges tell of sites from the log, by the way of the watcher, and has it written down. It is written
// before each checkpoint, so what is read again after a restart is all that may be missing; what came twice counts once.
type sitebook struct {
	record   availability.Record
	promises *availability.Promises
	log      *slog.Logger
	now      func() evenkeel.Moment
	holders  func() *inventory.Snapshot // as of now

	mu      sync.Mutex // guards the next three
	waiting []availability.Reading
	at      stream.Position
	arrived evenkeel.Moment
	soon    chan struct{} // capacity 1: it is to be written now
	room    chan struct{} // capacity 1: something was written
	writing sync.Mutex    // one writes

	readings *prometheus.CounterVec
	came     came
	silent   evenkeel.Moment // until when silences were said; of the loop alone
}

// came is what came to all sites together: no label names one.
type came struct {
	requests, seconds *prometheus.CounterVec
	bytes             prometheus.Counter
}

func newCame() came {
	vec := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "evenkeel", Name: name, Help: help}, []string{label})
	}
	return came{
		vec("site_requests_total", "Requests to all sites at the edge, by what they were or what became of them: a request is in several.", "what"),
		vec("site_seconds_total", "What absorbing them took: processor time at the edge, time that backends were busy, and time that those were spared, as estimated.", "of"),
		prometheus.NewCounter(prometheus.CounterOpts{Namespace: "evenkeel", Name: "site_bytes_total", Help: "Bytes sent to visitors of all sites."}),
	}
}

func (c *came) add(n *availability.Counts) {
	for word, part := range map[string]evenkeel.Part{
		"visits": evenkeel.PartVisits, "passed": evenkeel.PartPassed, "failed": evenkeel.PartFailed, "wanted": evenkeel.PartWanted, "served": evenkeel.PartServed,
		"asked": evenkeel.PartAsked, "solved": evenkeel.PartSolved, "refused": evenkeel.PartRefused, "turned": evenkeel.PartTurned,
	} {
		c.requests.WithLabelValues(word).Add(float64(n.Of(part)))
	}
	for word, part := range map[string]evenkeel.Part{"edge": evenkeel.PartEdgeTime, "backend": evenkeel.PartBackendTime, "saved": evenkeel.PartSavedTime} {
		c.seconds.WithLabelValues(word).Add(float64(n.Of(part)) / 1000)
	}
	c.bytes.Add(float64(n.Of(evenkeel.PartSiteBytes)))
}

// newSitebook makes one.
func newSitebook(h *house, p *availability.Promises) (*sitebook, error) {
	s := &sitebook{
		record: h.books.Sites(), promises: p, log: h.parts.Log, now: h.now, holders: func() *inventory.Snapshot { return h.watcher.registry.Snapshot() }, soon: make(chan struct{}, 1), room: make(chan struct{}, 1),
		readings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "evenkeel", Name: "site_readings_total", Help: "What edges told of sites, by what became of it: counted, twice (came before), late, or unusable.",
		}, []string{"fate"}),
		came: newCame(),
	}
	return s, registerAll(h.reg, s.readings, s.came.requests, s.came.seconds, s.came.bytes)
}

// take notes what a message says of sites, each for whoever held the site at the time. Where too much waits to be written,
// it waits for that, or until the work ends.
func (s *sitebook) take(ctx context.Context, at stream.Position, b *evenkeel.Batch, known *inventory.Snapshot) {
	var in []availability.Reading
	oldest, edge := b.Arrived.Add(-s.promises.Late), availability.EdgeOf(b.Source)
	var last availability.Reading // the parts of an interval come one after the other
	for i := range b.Records {
		r := &b.Records[i]
		if r.Kind != evenkeel.KindUsage || evenkeel.Meter(r.Op) != evenkeel.MeterSite {
			continue
		}
		u := b.Usage(r)
		reading, ok := availability.ReadingOf(&u, edge)
		switch {
		case !ok:
			s.readings.WithLabelValues("unusable").Inc()
			continue
		case reading.Since < oldest:
			reading.Late = true
		}
		if reading.Site == last.Site && reading.At == last.At {
			reading.Tenant = last.Tenant
		} else if h, held := known.TenancyAt(reading.Site, reading.At); held {
			reading.Tenant = h.Tenant
		}
		last = reading
		in = append(in, reading)
	}
	s.mu.Lock()
	for len(in) > 0 && len(s.waiting) >= sitesWait && ctx.Err() == nil {
		s.mu.Unlock()
		s.nudge()
		select {
		case <-s.room:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
	s.waiting = append(s.waiting, in...)
	s.at, s.arrived = max(s.at, at), max(s.arrived, b.Arrived)
	many := len(s.waiting) >= sitesSoon
	s.mu.Unlock()
	if many {
		s.nudge()
	}
}

func (s *sitebook) nudge() {
	select {
	case s.soon <- struct{}{}:
	default: // it is asked for already
	}
}

// write has all that was taken written down. What cannot be written waits on.
func (s *sitebook) write(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	in, at, arrived := s.waiting, s.at, s.arrived
	s.waiting = nil
	s.mu.Unlock()
	if at == 0 {
		return nil
	}
	tally, err := s.record.Keep(ctx, in, uint64(at), arrived)
	s.readings.WithLabelValues("counted").Add(float64(tally.Counted))
	s.readings.WithLabelValues("twice").Add(float64(tally.Twice))
	s.readings.WithLabelValues("late").Add(float64(tally.Late))
	s.came.add(&tally.New)
	if err != nil { // some of it may be written: it is told apart when it comes again
		s.mu.Lock()
		s.waiting = append(in, s.waiting...)
		s.mu.Unlock()
		return err
	}
	select {
	case s.room <- struct{}{}:
	default:
	}
	return nil
}

// Run writes until ctx ends. What is taken later is written before the last checkpoint.
func (s *sitebook) Run(ctx context.Context) error {
	return rounds(ctx, sitesEvery, s.soon, s.round, func(err error) {
		s.log.Warn("what came to sites cannot be written; it is tried again", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written"))
	})
}

// round writes, folds what no reading can change any more, and forgets.
func (s *sitebook) round(ctx context.Context) error {
	if err := s.write(ctx); err != nil {
		return err
	}
	m, err := s.record.Mark(ctx)
	if err != nil || m.Arrived == 0 {
		return err
	}
	if err := s.saySilences(ctx, m.Arrived); err != nil {
		return err
	}
	before := availability.SlotOf(m.Arrived.Add(-s.promises.Late - foldMargin))
	if before <= m.Folded && m.Folded <= s.now() { // else a clock ran ahead once: what was counted since is to be folded too
		return nil
	}
	known := s.holders()
	holder := func(site evenkeel.AssetID, at evenkeel.Moment) evenkeel.TenantID {
		if h, held := known.TenancyAt(site, at); held {
			return h.Tenant
		}
		return ""
	}
	for more := true; more; {
		if more, err = s.record.Fold(ctx, before, s.promises.Zone, holder, sitesFold); err != nil {
			return err
		}
	}
	return s.record.Forget(ctx, s.now().Add(-s.promises.Keep))
}

// saySilences warns of silences that ended before edges told something else, each once.
func (s *sitebook) saySilences(ctx context.Context, now evenkeel.Moment) error {
	from := max(s.silent, now.Add(-saySilence))
	look, err := s.promises.Look(ctx, s.record, from, now)
	if err != nil {
		return err
	}
	for i := range look.Silences {
		x := &look.Silences[i]
		if now.Sub(x.Until) < settleSilence { // it may go on, or be told yet
			break
		}
		s.silent = x.Until
		if x.Because == "" {
			s.log.Warn("no edge told anything; what would have come to sites is estimated, and counts as missed", "from", x.From, "until", x.Until,
				"hint", "if edges served meanwhile, say so in the document of settings sla, under silences: docs/availability.md")
		}
	}
	return nil
}
