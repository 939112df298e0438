package lookback

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/lookback/prometheus"
	"github.com/evenkeel/evenkeel/lab/replay"
	"github.com/evenkeel/evenkeel/lab/sorted"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Options say what to look back over, and by what.
type Options struct {
	Server    *prometheus.Server
	Span      prometheus.Span
	Inventory []string // files of CloudEvents; none: nothing is known of anybody
	Rules     []*rule.Rule
	Policy    *policy.Policy // in force
	Old       *policy.Policy // of 2019
	// Judge decides by Policy and watches Old in shadow. Other is one like it, with books of
	// its own.
	Judge, Other decider
	Sort         sorted.Options
	Most         int // busy machines that are told; 0 is 10
	Kept         int // findings whose terms are kept; 0 is 20,000
	Problem      func(feed.Problem)
	Progress     func(Progress)
}

// Stage is what a lookback is doing.
type Stage string

// The stages.
const (
	Asking   Stage = "asking"   // the Prometheus
	Watching Stage = "watching" // what it remembers
	Closer   Stage = "closer"   // looks at single machines again
)

// Progress is how far a stage is. Questions and Samples are those asked and read so far.
type Progress struct {
	Stage       Stage
	Done, Total int64
	Questions   int
	Samples     int64
}

// bucket is the grain of a month's trace.
const bucket = time.Hour

// Bounds of how many findings are kept with their terms, of what lists hold, and of the busy
// machines that are told. All are counted.
const (
	mostFindings = 20_000
	mostListed   = 200
	mostSpared   = 10
)

// Run looks back. The error is one of the server (with what to do), of an inventory file, of the
// disk or of the context; a malformed line of an inventory costs itself only.
func Run(ctx context.Context, o Options) (Report, error) {
	run, err := begin(ctx, o)
	if err != nil {
		return Report{}, err
	}
	sum, err := replay.Run(ctx, run.script(), run.found)
	if err != nil {
		return Report{}, err
	}
	if run.traces.empty() {
		return Report{}, run.nothing()
	}
	run.sum = sum
	return run.report(ctx)
}

// looking is a lookback under way.
type looking struct {
	Options
	version string
	history *prometheus.History
	traces  *traces
	witness *witness
	sum     replay.Summary
	finds   *finds // of rules in force
}

// begin asks who answers, before anything else is asked.
func begin(ctx context.Context, o Options) (*looking, error) {
	if o.Judge == o.Other {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "look back: one judge for both; expected that the stand-in has books of its own"}
	}
	o.Most, o.Kept = cmp.Or(o.Most, mostSpared), cmp.Or(o.Kept, mostFindings)
	l := &looking{Options: o, finds: newFinds(o.Kept), witness: newWitness(&o)}
	var err error
	if l.history, err = prometheus.NewHistory(o.Server, o.Span, wanted(o.Rules)); err != nil {
		return nil, err
	}
	if l.version, err = o.Server.Version(ctx); err != nil {
		return nil, err
	}
	l.Span = l.history.Span()
	l.traces = newTraces(l.Span.From, l.Span.Until, bucket)
	return l, nil
}

// wanted are the metrics that windows of the rules take, and those of a CPU in any case. Of containers
// only what names its asset becomes records.
func wanted(rules []*rule.Rule) []prometheus.Metric {
	takes := map[rule.Signal]bool{rule.SignalCPUBusy: true}
	for _, r := range rules {
		for _, w := range r.Windows {
			takes[w.Of] = true
		}
	}
	return slices.DeleteFunc(prometheus.Metrics(), func(m prometheus.Metric) bool {
		return !slices.ContainsFunc(signals(m), func(s rule.Signal) bool { return takes[s] })
	})
}

// signals are those that a metric is read for.
func signals(m prometheus.Metric) []rule.Signal {
	network, disk := m.Meter == evenkeel.MeterNetwork, m.Meter == evenkeel.MeterDisk
	switch {
	case network && m.Part == evenkeel.PartReceive:
		return []rule.Signal{rule.SignalNetworkBytes, rule.SignalNetworkInBytes}
	case network && m.Part == evenkeel.PartTransmit:
		return []rule.Signal{rule.SignalNetworkBytes, rule.SignalNetworkOutBytes}
	case network:
		return []rule.Signal{rule.SignalNetworkBytes, rule.SignalNetworkInBytes, rule.SignalNetworkOutBytes}
	case disk && m.Part == evenkeel.PartRead:
		return []rule.Signal{rule.SignalDiskBytes, rule.SignalDiskReadBytes}
	case disk && m.Part == evenkeel.PartWrite:
		return []rule.Signal{rule.SignalDiskBytes, rule.SignalDiskWriteBytes}
	case disk:
		return []rule.Signal{rule.SignalDiskBytes, rule.SignalDiskReadBytes, rule.SignalDiskWriteBytes}
	}
	return []rule.Signal{rule.SignalCPUBusy}
}

func (l *looking) script() replay.Script {
	stand, err := standIn()
	rules := l.Rules
	if err == nil { // the tests hold that it is read
		rules = append(slices.Clone(rules), stand)
	}
	return replay.Script{
		Rules: rules, Inventory: l.Inventory, Feed: l.feed, Sort: l.Sort, Docket: l.witness, Problem: l.Problem,
		Decided: l.decided,
		Progress: func(p replay.Progress) {
			if p.Watching {
				l.tell(Progress{Stage: Watching, Done: p.Done, Total: p.Total})
			}
		},
	}
}

func (l *looking) tell(p Progress) {
	if l.Progress != nil {
		l.Progress(p)
	}
}

// feed reads the history, and says whose each machine is where nobody said so.
func (l *looking) feed(ctx context.Context, take func(*evenkeel.Batch) error) error {
	err := l.history.Read(ctx, func(b *evenkeel.Batch) error {
		l.traces.add(b)
		return take(b)
	}, func(p prometheus.Progress) {
		l.tell(Progress{Stage: Asking, Done: p.Done, Total: p.Total, Questions: p.Questions, Samples: p.Samples})
	})
	if err != nil || len(l.Inventory) > 0 {
		return err
	}
	b := evenkeel.NewBatch("assumed", 0)
	for i, asset := range l.traces.names() {
		from := l.Span.From.Add(-24 * time.Hour)
		b.AddTenancy(evenkeel.Tenancy{At: from, ID: uint64(i) + 1, Asset: asset, Tenant: evenkeel.TenantID(asset), From: from})
	}
	return take(b)
}

// found takes what rules in force found.
func (l *looking) found(f evenkeel.Finding) error {
	switch {
	case f.Mode != evenkeel.ModeLive || f.Again:
	case f.Held == "":
		l.finds.add(&f)
	case f.Revision == evenkeel.Final:
		l.finds.hold(&f)
	}
	return nil
}

func (l *looking) decided(d evenkeel.Decision) error {
	if d.Mode == evenkeel.ModeLive {
		l.finds.decide(&d)
	}
	return nil
}

// nothing says why there is no report.
func (l *looking) nothing() error {
	e := &evenkeel.Error{
		Kind: evenkeel.KindNotFound,
		Says: "ask " + l.Server.Address() + ": it remembers nothing of node_cpu_seconds_total, nor of any other metric that is known here, from " +
			l.Span.From.String() + " to " + l.Span.Until.String(),
		Hint: "does it scrape node_exporter or keep OpenTelemetry's system metrics, with a label that names the machine, and for so long (--storage.tsdb.retention.time)?",
	}
	if l.Span.Selector != "" {
		e.Hint = "does --selector name the job of node_exporter, or of OpenTelemetry's metrics? Without it all are looked at"
	}
	return e
}
