package prometheus

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/otlp"
	"github.com/evenkeel/evenkeel/watch/intake/promwrite"
)

// Source is the name under which records of a history travel.
const Source = "prometheus"

// Span is which part of a server's memory is read.
type Span struct {
	From, Until evenkeel.Moment
	Step        time.Duration // least time between two samples that are taken of a series, about
	Selector    string        // such as {job="node"}; "" is all
	Labels      []string      // that name an asset, the first one that is present wins; nil: those of Metric.labels
}

// History is what a server remembers of some metrics. Use: Read once, then the rest.
type History struct {
	server  *Server
	span    Span
	metrics []Metric
	decoder promwrite.Decoder
	otlp    otlp.Decoder // of series that were OpenTelemetry's
	tally   intake.Tally
	seen    []Seen
	where   map[evenkeel.AssetID]string
}

// Seen is what was read of a metric.
type Seen struct {
	Name    string `json:"name"`
	Targets int    `json:"targets"` // whose series exist somewhere in the span
	Samples int    `json:"samples"`
	Records int    `json:"records"`
}

// Progress is how far reading is. Done and Total are seconds of the span, once for each part that
// is asked for by itself.
type Progress struct {
	Questions   int
	Samples     int64
	Done, Total int64
}

// NewHistory returns the history of those metrics that are asked for. KindInvalid where the
// selector is none, or the span is empty.
func NewHistory(s *Server, span Span, metrics []Metric) (*History, error) {
	inner, ok := strings.CutPrefix(strings.TrimSpace(span.Selector), "{")
	if ok {
		inner, ok = strings.CutSuffix(inner, "}")
	}
	if span.Selector != "" && !ok {
		return nil, evenkeel.Invalid(`selector %q; expected such as {job="node"}`, span.Selector)
	}
	if span.Step < time.Second || span.Until <= span.From {
		return nil, evenkeel.Invalid("a history from %s to %s at %s; expected a stretch of time, at a second or more", span.From, span.Until, span.Step)
	}
	span.Selector = strings.Trim(strings.TrimSpace(inner), ",")
	span.From = span.From / evenkeel.Moment(time.Minute) * evenkeel.Moment(time.Minute)
	return &History{
		server: s, span: span, metrics: metrics, where: map[evenkeel.AssetID]string{},
		decoder: promwrite.Decoder{Labels: span.Labels, Limits: intake.Limits{Points: mostAnswer}},
		otlp:    otlp.Decoder{Limits: intake.Limits{Points: mostAnswer, Body: mostRequest}},
	}, nil
}

// Read asks for everything and hands on the records, in batches of one source. They are in the
// order of time within each line only. tell, where set, is told how far it is.
func (h *History) Read(ctx context.Context, take func(*evenkeel.Batch) error, tell func(Progress)) error {
	targets := make([][]string, len(h.metrics))
	var at Progress
	for i, m := range h.metrics {
		var err error
		if targets[i], err = h.server.Values(ctx, targetLabel, h.selector(m, ""), h.span.From, h.span.Until); err != nil {
			return err
		}
		at.Questions++
		h.seen = append(h.seen, Seen{Name: m.Name, Targets: len(targets[i])})
		at.Total += int64(len(m.groups(targets[i]))) * int64(h.span.Until.Sub(h.span.From).Seconds())
	}
	for i, m := range h.metrics {
		for _, group := range m.groups(targets[i]) {
			ask := asked{Metric: m, selector: h.selector(m, group), from: h.span.From, until: h.span.Until, seen: &h.seen[i]}
			ended := at.Done
			err := h.each(ctx, ask, take, func(done evenkeel.Moment, samples int) {
				at.Done = ended + int64(done.Sub(h.span.From).Seconds())
				at.Questions++
				at.Samples += int64(samples)
				if tell != nil {
					tell(at)
				}
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

const targetLabel = "instance"

// Again reads a stretch of one asset's history once more.
func (h *History) Again(ctx context.Context, asset evenkeel.AssetID, from, until evenkeel.Moment, take func(*evenkeel.Batch) error) error {
	only, known := h.where[asset]
	if !known {
		return nil
	}
	for _, m := range h.metrics {
		ask := asked{Metric: m, selector: h.selector(m, only), from: from, until: until, seen: &Seen{}}
		if err := h.each(ctx, ask, take, func(evenkeel.Moment, int) {}); err != nil {
			return err
		}
	}
	return nil
}

// asked is one metric of some targets over a stretch of time.
type asked struct {
	Metric
	selector    string
	from, until evenkeel.Moment
	seen        *Seen
}

// each asks piece by piece, in the order of time.
func (h *History) each(ctx context.Context, a asked, take func(*evenkeel.Batch) error, done func(evenkeel.Moment, int)) error {
	var p pace
	b := evenkeel.NewBatch(Source, 0)
	for from := a.from; from < a.until; {
		until := p.next(from, a.until)
		series, err := h.server.Raw(ctx, a.selector, from, until)
		if isTooMuch(err) && p.halve() {
			continue
		}
		if err != nil {
			return err
		}
		decode := h.decode
		if a.otlp != "" {
			decode = h.translate
		}
		n, err := decode(b, &a, series, take)
		if err != nil {
			return err
		}
		p.learn(n)
		done(until, n)
		from = until
	}
	return nil
}

// decode hands on what series became, and says how many samples they had.
func (h *History) decode(b *evenkeel.Batch, a *asked, series []Series, take func(*evenkeel.Batch) error) (n int, err error) {
	for _, s := range series {
		n += len(s.Values)
		labels, samples := labelsOf(s.Metric), thin(s.Values, h.span.Step)
		b.Reset(Source, 0)
		if err := h.decoder.Series(b, labels, samples, &h.tally); err != nil {
			return n, err
		}
		a.seen.Samples += len(s.Values)
		if err := h.hand(b, a, labels, take); err != nil {
			return n, err
		}
	}
	return n, nil
}

// hand hands on the records of one asset, one of whose series had these labels.
func (h *History) hand(b *evenkeel.Batch, a *asked, labels []promwrite.Label, take func(*evenkeel.Batch) error) error {
	a.seen.Records += len(b.Records)
	if len(b.Records) == 0 {
		return nil
	}
	if asset := evenkeel.AssetID(b.Text(b.Records[0].Asset)); h.where[asset] == "" {
		h.where[asset] = matchers(labels, a.labels(h.span.Labels))
	}
	return take(b)
}

// matchers name the series of the asset that a series is of: by what may name an asset.
func matchers(labels []promwrite.Label, names []string) string {
	var parts []string
	for _, l := range labels {
		if slices.Contains(names, l.Name) || l.Name == "job" {
			parts = append(parts, l.Name+"="+quote(l.Value))
		}
	}
	return strings.Join(parts, ",")
}

// selector names a metric's series: those that become records, that the operator chose, and that
// a further matcher takes.
func (h *History) selector(m Metric, more string) string {
	var parts []string
	for _, p := range []string{m.Select, h.span.Selector, more} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return m.Name + "{" + strings.Join(parts, ",") + "}"
}

// Seen returns what was read of each metric.
func (h *History) Seen() []Seen { return h.seen }

// Tally returns what became of the samples.
func (h *History) Tally() intake.Tally { return h.tally }

// Span returns what is read, as it was asked for; the beginning lies on a minute.
func (h *History) Span() Span { return h.span }
