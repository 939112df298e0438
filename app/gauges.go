package app

import (
	"context"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/prometheus/client_golang/prometheus"
)

// gauges read what the parts count when somebody asks. No label names a tenant.
type gauges struct {
	house *house

	mu    sync.Mutex
	since time.Time // when the docket was read
	known bool
	open  docket.Row // of all open cases together
}

var (
	descRecords = describe("watch_records_total", "Records that were watched, by what became of them.", "fate")
	descVerdict = describe("watch_verdicts_total", "Verdicts that rules formed.")
	descHeld    = describe("watch_held_findings", "Findings that wait because nobody is known to hold the asset.")
	descAt      = describe("stream_position", "Position of the last message that was watched.")
	descStream  = describe("stream_messages_total", "Messages of the log, by what became of them.", "fate")
	descWaiting = describe("judge_waiting", "Errands that wait for the judge.")
	descOutbox  = describe("outbox_waiting", "What was decided and waits to be sent; attacked: whom reports say that assets attacked, and who are not told yet, or not to be told.", "kind")
	descRefused = describe("orders_refused_total", "Orders that a receipt refuses, each once.")
	descGivenUp = describe("orders_given_up_total", "Orders that are over and that nobody took.")
	descUndone  = describe("measures_not_confirmed", "Measures in force in open cases of which no node says that it applies them: refused or given up (undone), only written down (on_paper), or without a word yet (unconfirmed).", "why")
	descHeads   = describe("ledger_heads_unwritten", "Signed heads of the ledger that could not be written since the last that was; what they speak for is kept.")
	descAge     = describe("checkpoint_age_seconds", "Time since a checkpoint was written, or since the start.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("evenkeel_"+name, help, labels, nil)
}

// Describe names what Collect tells.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descRecords, descVerdict, descHeld, descAt, descStream, descWaiting, descOutbox, descRefused, descGivenUp, descUndone, descHeads, descAge} {
		out <- d
	}
}

// Collect tells how it is now.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	r := g.house.report()
	t := r.Tally
	for fate, n := range map[string]uint64{
		"counted": t.Counted, "repeated": t.Repeated, "late": t.Late, "idle": t.Idle, "over_quota": t.OverQuota, "unusable": t.Unusable,
	} {
		tell(descRecords, prometheus.CounterValue, float64(n), fate)
	}
	tell(descVerdict, prometheus.CounterValue, float64(t.Evaluated))
	tell(descHeld, prometheus.GaugeValue, float64(r.Held))
	tell(descAt, prometheus.GaugeValue, float64(r.At))
	s := g.house.intake.Stats()
	for fate, n := range map[string]uint64{
		"appended": s.Messages, "consumed": s.Consumed, "repeated": s.Repeated, "damaged": s.Damaged, "missing": s.Missing,
	} {
		tell(descStream, prometheus.CounterValue, float64(n), fate)
	}
	tell(descWaiting, prometheus.GaugeValue, float64(r.Waiting))
	tell(descHeads, prometheus.GaugeValue, float64(g.house.judge.heads.missed.Load()))
	tell(descAge, prometheus.GaugeValue, r.CheckpointAge.Seconds())
	if r.Outbox {
		tell(descOutbox, prometheus.GaugeValue, float64(r.Orders), "orders")
		tell(descOutbox, prometheus.GaugeValue, float64(r.Notices), "notices")
		tell(descOutbox, prometheus.GaugeValue, float64(r.Pages), "pages")
		tell(descOutbox, prometheus.GaugeValue, float64(r.Attacked), "attacked")
	}
	refused, givenUp := g.house.orders.Undone()
	tell(descRefused, prometheus.CounterValue, float64(refused))
	tell(descGivenUp, prometheus.CounterValue, float64(givenUp))
	if row, ok := g.standing(); ok {
		for why, n := range map[string]int{"undone": row.Failed, "on_paper": row.OnPaper, "unconfirmed": row.Unconfirmed} {
			tell(descUndone, prometheus.GaugeValue, float64(n), why)
		}
	}
}

const (
	standingFor = 15 * time.Second // what is known of measures in force is told again for so long
	mostOpen    = 5000             // open cases that are read for it: those come first in which something is in force
)

// standing is what is known of all measures in force in open cases; false where the books did not
// say.
func (g *gauges) standing() (docket.Row, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.house.parts.Now(); !g.known || now.Sub(g.since).Abs() >= standingFor {
		ctx, cancel := context.WithTimeout(context.Background(), booksMay)
		defer cancel()
		rows, err := g.house.books.Cases(ctx, docket.Query{ByPlace: true, Max: mostOpen})
		g.open, g.known, g.since = docket.Row{}, err == nil, now
		for i := range rows {
			r := &rows[i]
			g.open.Failed, g.open.OnPaper, g.open.Unconfirmed = g.open.Failed+r.Failed, g.open.OnPaper+r.OnPaper, g.open.Unconfirmed+r.Unconfirmed
		}
	}
	return g.open, g.known
}

// report is how a process is, for people and for counters.
type report struct {
	counts
	Waiting         int // errands for the judge
	Orders, Notices int
	Pages           int
	Attacked        int  // whom reports say that assets attacked, who are not told yet
	Outbox          bool // the four before are known
	CheckpointAge   time.Duration
	Up              time.Duration
	Unready         []string
}

// booksMay is how long the books may take to say what waits.
const booksMay = 2 * time.Second

func (h *house) report() (r report) {
	s := h.state
	r.counts = s.counts()
	r.Waiting, r.Unready = h.bench.errands.Len(), s.unready()
	now := s.now()
	r.Up, r.CheckpointAge = now.Sub(s.began), now.Sub(s.began)
	if at := s.kept.Load(); at != 0 {
		r.CheckpointAge = now.Sub(time.Unix(0, at))
	}
	ctx, cancel := context.WithTimeout(context.Background(), booksMay)
	defer cancel()
	var err error
	r.Orders, r.Notices, err = h.books.Outbox(ctx)
	if err == nil {
		r.Pages, err = h.books.WaitingPages(ctx)
	}
	if err == nil {
		r.Attacked, err = h.clerk.kept.WaitingAttacked(ctx)
	}
	r.Outbox = err == nil
	return r
}
